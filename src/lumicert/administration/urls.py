"""Addresses of what administrators manage."""

from __future__ import annotations

from django.urls import path

from lumicert.administration import checklist_views, views

app_name = "administration"

urlpatterns = [
    path("", views.index, name="index"),
    path("problems/", views.problems, name="problems"),
    path("problems/save", views.save_problem, name="save-problem"),
    path("reasons/", views.reasons, name="reasons"),
    path("reasons/save", views.save_reason, name="save-reason"),
    path("checklists/", checklist_views.checklists, name="checklists"),
    path("checklists/new", checklist_views.new, name="new-checklist"),
    path("checklists/<slug:identifier>/", checklist_views.checklist, name="checklist"),
    path("checklists/<slug:identifier>/edit", checklist_views.edit, name="edit-checklist"),
]
