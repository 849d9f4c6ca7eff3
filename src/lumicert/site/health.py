"""`/healthz`: the process answers. `/readyz`: it can serve, so the database is there and migrated."""

from __future__ import annotations

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lumicert.accounts.permissions import Permission, requires

# lets a second Lumicert that finds its port taken say by whom
PRODUCT_HEADER = "X-Lumicert"


@requires(Permission.PUBLIC)
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 as long as the process answers, whatever became of the database."""
    # only a demo, which serves its own machine alone, tells where its data are
    about = f"data folder {settings.CONFIG.data}" if settings.DEMO else "running"
    return JsonResponse({"status": "ok"}, headers={PRODUCT_HEADER: about})


@requires(Permission.PUBLIC)
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers and has every migration, else 503 and which of the two is missing."""
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return JsonResponse({"status": "database away"}, status=503)
    if missing:
        return JsonResponse({"status": "migrations missing", "missing": len(missing)}, status=503)
    return JsonResponse({"status": "ready"})
