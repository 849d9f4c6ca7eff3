"""Every door of the product. A view that declares no permission keeps the product from starting."""

from __future__ import annotations

from django.urls import include, path

from lumicert.accounts.permissions import Permission, requires
from lumicert.people.views import Home
from lumicert.site import health

handler400 = "lumicert.shell.views.bad_request"
handler403 = "lumicert.shell.views.permission_denied"
handler404 = "lumicert.shell.views.page_not_found"
handler500 = "lumicert.shell.views.server_error"

home = requires(Permission.SIGNED_IN)(Home.as_view(pattern_name="registry:runs"))

urlpatterns = [
    path("", home, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", include("lumicert.people.urls")),
    path("", include("lumicert.registry.urls")),
    path("", include("lumicert.review.urls")),
    path("crosscheck/", include("lumicert.crosscheck.urls")),
    path("golden/", include("lumicert.golden.urls")),
    path("sources/", include("lumicert.monitor.urls")),
    path("rules/", include("lumicert.classification.urls")),
    path("manage/", include("lumicert.administration.urls")),
    path("", include("lumicert.api.urls")),
    path("", include("lumicert.shift.urls")),
]
