"""Every view declares its permission, and a middleware enforces it.

`requires` writes the permission on the view. `PermissionMiddleware` reads it before the view runs: a view without one
is refused to everybody (closed by default), and the start-up check in `lumicert.accounts.checks` names it, so that a
forgotten declaration is found at start and not by a stranger.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, TypeVar

import structlog
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, get_resolver

from lumicert.accounts.models import User, may
from lumicert.accounts.refusals import lacking, not_signed_in, undeclared
from lumicert.accounts.roles import Permission

__all__ = [
    "DeclaredView",
    "Permission",
    "PermissionMiddleware",
    "account_of",
    "declared_views",
    "requires",
    "undeclared_views",
]

_View = TypeVar("_View", bound=Callable[..., Any])
_log = structlog.get_logger(__name__)


def requires(permission: Permission) -> Callable[[_View], _View]:
    """Declare the permission of a view, given as a function or as a class.

    Raises:
        ValueError: the view has already declared another permission.
    """

    def declare(view: _View) -> _View:
        earlier = vars(view).get("required_permission", permission)
        if earlier is not permission:
            raise ValueError(f"{view_name(view)} already requires {earlier}: one view has one permission")
        view.required_permission = permission  # type: ignore[attr-defined]
        return view

    return declare


def account_of(request: HttpRequest) -> User:
    """The account behind a request, in a view that requires more than `public`: the middleware let nobody else in."""
    if not isinstance(request.user, User):
        raise PermissionDenied("This needs an account.")
    return request.user


def required_permission(view: Callable[..., Any]) -> Permission | None:
    """The permission a view has declared, on itself or on the class it was made from; None where it has not."""
    of_class = getattr(getattr(view, "view_class", None), "required_permission", None)
    found = getattr(view, "required_permission", of_class)
    return found if isinstance(found, Permission) else None


def view_name(view: Callable[..., Any]) -> str:
    """Where a view is defined, as `module.function` or `module.Class`."""
    target = getattr(view, "view_class", view)
    return f"{target.__module__}.{getattr(target, '__qualname__', type(target).__qualname__)}"


@dataclass(frozen=True, slots=True)
class DeclaredView:
    """One door of the product: its address pattern (`/runs/<int:run>`), its view, the permission that opens it."""

    route: str
    view: Callable[..., Any]
    permission: Permission | None
    patterns: tuple[URLPattern | URLResolver, ...]

    def __str__(self) -> str:
        return f"{self.route} ({view_name(self.view)})"


def declared_views(urlconf: str | ModuleType | None = None) -> list[DeclaredView]:
    """Every view that an address leads to, in the order of the URLconf (by default the product's own)."""
    return list(_walk(get_resolver(urlconf), "/", ()))  # type: ignore[arg-type]


def undeclared_views(urlconf: str | ModuleType | None = None) -> list[str]:
    """The views without a permission, each as `/address (module.function)`."""
    return [str(view) for view in declared_views(urlconf) if view.permission is None]


def _walk(resolver: URLResolver, prefix: str, parents: tuple[URLPattern | URLResolver, ...]) -> Iterator[DeclaredView]:
    for entry in resolver.url_patterns:
        route, chain = prefix + str(entry.pattern), (*parents, entry)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, route, chain)
        else:
            yield DeclaredView(route, entry.callback, required_permission(entry.callback), chain)


class PermissionMiddleware:
    """Lets a request through to its view only when the view's permission allows it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """The refusal, or None to let the view run."""
        permission = required_permission(view)
        if permission is None:
            _log.error("view declares no permission", view=view_name(view), path=request.path)
            return undeclared(request)
        if may(request.user, permission):
            return None
        return lacking(request, permission) if request.user.is_authenticated else not_signed_in(request)
