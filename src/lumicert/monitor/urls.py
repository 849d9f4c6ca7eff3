"""Addresses of the sources and of back-fills."""

from __future__ import annotations

from django.urls import path

from lumicert.monitor import views

app_name = "monitor"

urlpatterns = [
    path("", views.sources, name="sources"),
    path("fetch", views.fetch, name="fetch"),
    path("again", views.again, name="again"),
    path("backfill", views.backfill, name="backfill"),
    path("backfill/<uuid:asked>/stop", views.stop, name="stop"),
]
