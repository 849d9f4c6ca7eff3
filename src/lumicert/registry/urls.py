"""Addresses of runs, lists, imports, events and the search."""

from __future__ import annotations

from django.urls import path

from lumicert.registry import import_views, views

app_name = "registry"

urlpatterns = [
    path("runs/", views.runs, name="runs"),
    path("runs/<int:run>", views.run, name="run"),
    path("runs/<int:run>/mark", views.mark, name="mark"),
    path("events/", views.events, name="events"),
    path("events/act/<uuid:act>", views.act, name="act"),
    path("events/act/<uuid:act>/undo", views.undo, name="undo"),
    path("search", views.search, name="search"),
    path("lists/", import_views.lists, name="lists"),
    path("lists/download", import_views.download, name="download"),
    path("import/", import_views.desk, name="import"),
    path("import/<uuid:job>", import_views.progress, name="progress"),
]
