"""One's own tokens: make, see, revoke."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from lumicert.accounts.permissions import Permission, account_of, requires
from lumicert.people import selectors, services
from lumicert.people.forms import TokenForm
from lumicert.people.models import Token

UNPROCESSABLE = 422


@requires(Permission.READ)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """One's tokens, and making one. The answer to that shows the secret, once: no redirect could carry it safely."""
    form = TokenForm(request.POST) if request.method == "POST" else TokenForm()
    if not form.is_bound:
        return _page(request, form)
    if not form.is_valid():
        return _page(request, form, status=UNPROCESSABLE)
    token, secret = services.make_token(owner=account_of(request), **form.cleaned_data)
    return _page(request, TokenForm(), made=token, secret=secret)


def _page(
    request: HttpRequest, form: TokenForm, *, made: Token | None = None, secret: str = "", status: int = 200
) -> HttpResponse:
    now = timezone.now()
    mine = [(token, _state(token, token.is_good(now))) for token in selectors.tokens_of(account_of(request))]
    context = {"form": form, "tokens": mine, "made": made, "secret": secret}
    return render(request, "people/tokens.html", context, status=status)


def _state(token: Token, good: bool) -> str:
    if token.revoked_at:
        return "revoked"
    return "good" if good else "expired"


@requires(Permission.READ)
@never_cache
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of one's own tokens."""
    token = Token.objects.filter(pk=pk, owner=account_of(request)).first()
    if token is None:
        raise Http404("You have no such token.")
    services.revoke_token(token=token, actor=account_of(request))
    messages.success(request, f"The token {token.name} ({token.prefix}…) is good no more.")
    return redirect("people:tokens")
