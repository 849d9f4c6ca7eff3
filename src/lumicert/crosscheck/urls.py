"""Addresses of the cross-check and of the outbox."""

from __future__ import annotations

from django.urls import path

from lumicert.crosscheck import outbox_views, views

app_name = "crosscheck"

urlpatterns = [
    path("", views.comparison, name="comparison"),
    path("ask", views.ask, name="ask"),
    path("outbox", outbox_views.outbox, name="outbox"),
    path("outbox/again", outbox_views.all_again, name="all-again"),
    path("outbox/write", outbox_views.write, name="write"),
    path("outbox/<int:delivery>/again", outbox_views.again, name="again"),
    path("outbox/<int:delivery>/give-up", outbox_views.give_up, name="give-up"),
]
