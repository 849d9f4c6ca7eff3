"""Addresses of the rules."""

from __future__ import annotations

from django.urls import path

from lumicert.classification import apply_views, views

app_name = "classification"

urlpatterns = [
    path("", views.rules, name="rules"),
    path("explain", views.explain, name="explain"),
    path("apply", apply_views.apply, name="apply"),
    path("apply/<uuid:asked>/stop", apply_views.stop, name="stop"),
    path("<slug:name>/", views.rule_set, name="rule-set"),
    path("<slug:name>/edit", views.edit, name="edit"),
]
