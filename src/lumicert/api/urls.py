"""The doors of the API. What is not declared is answered as a problem too, instead of with a page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from lumicert.accounts.permissions import Permission, requires
from lumicert.api.openapi import description
from lumicert.api.operations import doors
from lumicert.api.problems import not_there
from lumicert.api.reference_runs import all_runs_with_references

app_name = "api"


# nothing is read or written: whose session it is, and whether it was meant, does not matter
@csrf_exempt
@requires(Permission.PUBLIC)
def nothing_here(request: HttpRequest, rest: str = "") -> HttpResponse:
    """404 for an address that is none of the API's."""
    return not_there(f"The API has no address {request.path[:200]}; /api/v1/openapi.json has all.").response


urlpatterns = [
    path("certify/allRunsRefRuns/", all_runs_with_references, name="all-runs-ref-runs"),
    path("mldatasets/allRunsRefRuns/", all_runs_with_references, name="all-runs-ref-runs-of-old"),
    path("api/v1/openapi.json", description, name="openapi"),
    path("api/v1/", include(doors())),
    path("api/", nothing_here),
    path("api/<path:rest>", nothing_here),
]
