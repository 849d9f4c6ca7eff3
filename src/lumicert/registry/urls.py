"""Addresses of runs, fills, lists, imports, events and the search."""

from __future__ import annotations

from django.urls import path

from lumicert.registry import entry_views, fill_views, import_views, table_views, views
from lumicert.shell.saved_views import saved_view_paths

app_name = "registry"

urlpatterns = [
    path("runs/", table_views.runs, name="runs"),
    path("runs/new", entry_views.enter, name="enter"),
    *saved_view_paths("runs/", page=table_views.PAGE, table="registry:runs"),
    path("runs/<int:run>", views.run, name="run"),
    path("runs/<int:run>/mark", views.mark, name="mark"),
    path("runs/<int:run>/values/<slug:name>", entry_views.value_of_run, name="run-value"),
    path("fills/", fill_views.fills, name="fills"),
    path("fills/<int:fill>", fill_views.fill, name="fill"),
    path("fills/<int:fill>/values/<slug:name>", entry_views.value_of_fill, name="fill-value"),
    path("events/", views.events, name="events"),
    path("events/act/<uuid:act>", views.act, name="act"),
    path("events/act/<uuid:act>/undo", views.undo, name="undo"),
    path("search", views.search, name="search"),
    path("lists/", import_views.lists, name="lists"),
    path("lists/download", import_views.download, name="download"),
    path("import/", import_views.desk, name="import"),
    path("import/<uuid:job>", import_views.progress, name="progress"),
]
