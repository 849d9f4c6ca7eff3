"""Addresses of certifications, their review, reference runs and coverage."""

from __future__ import annotations

from django.urls import path

from lumicert.review import coverage_views, desk_views, reference_views, table_views, views, week_views
from lumicert.shell.saved_views import saved_view_paths

app_name = "review"
ONE = "<int:run>/<slug:reconstruction>"

urlpatterns = [
    path("certifications/", table_views.certifications, name="certifications"),
    path("certifications/news", table_views.count_of_news, name="news"),
    path("certifications/news/seen", table_views.seen, name="seen"),
    path("certifications/withdrawn/", views.withdrawn, name="withdrawn"),
    *saved_view_paths("certifications/", page=table_views.PAGE, table="review:certifications"),
    path(f"certifications/{ONE}/", views.certification, name="certification"),
    path(f"certifications/{ONE}/withdraw", views.withdraw, name="withdraw"),
    path(f"certifications/{ONE}/restore", views.restore, name="restore"),
    path(f"certifications/{ONE}/hand-over", views.hand_over, name="hand-over"),
    path(f"certifications/{ONE}/review", views.review, name="say-review"),
    path(f"certifications/{ONE}/promote", views.promote, name="promote"),
    path("review/", desk_views.desk, name="desk"),
    path("review/week/", week_views.week, name="week"),
    path("review/week/tick", week_views.tick, name="tick"),
    path(f"review/{ONE}/", desk_views.one, name="one"),
    path("references/", reference_views.references, name="references"),
    path("references/promote", reference_views.promote, name="promote-reference"),
    path(f"references/{ONE}/", reference_views.reference, name="reference"),
    path(f"references/{ONE}/edit", reference_views.edit, name="edit-reference"),
    path(f"references/{ONE}/demote", reference_views.demote, name="demote"),
    path("coverage/", coverage_views.board, name="coverage"),
    path("coverage/check", coverage_views.check, name="check"),
]
