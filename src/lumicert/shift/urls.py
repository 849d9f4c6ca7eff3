"""Addresses of the shifter's desk."""

from __future__ import annotations

from django.urls import path

from lumicert.shift import bulk_views, queue_views, views

app_name = "shift"

urlpatterns = [
    path("queue/", queue_views.queue, name="queue"),
    path("queue/next", queue_views.go_on, name="next"),
    path("certify/bulk", bulk_views.bulk, name="bulk"),
    path("certify/<int:run>/<slug:reconstruction>/", views.certify, name="certify"),
    path("certify/<int:run>/<slug:reconstruction>/draft", views.draft, name="draft"),
    path("certify/<int:run>/<slug:reconstruction>/discard", views.discard, name="discard"),
    path("certify/<int:run>/<slug:reconstruction>/claim", views.claim, name="claim"),
    path("certify/<int:run>/<slug:reconstruction>/seen", views.seen, name="seen"),
    path("certify/<int:run>/<slug:reconstruction>/release", views.release, name="release"),
]
