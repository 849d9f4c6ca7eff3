"""The SSO's door: the addresses of a realm of CERN's Keycloak, under ``/auth/realms/cern``.

Errors of tokens are JSON as RFC 6749 has it; a person sees pages. The sign-in page asks for no password: one chooses
who one is.
"""

from __future__ import annotations

import base64
import binascii
import html
import secrets
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

import jwt
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from lumicert.sandbox.people import PEOPLE
from lumicert.sandbox.realm import EXCHANGE, Asked, Client, Realm, Refused, Session, person, s256

PATH = "/auth/realms/cern"
OIDC = f"{PATH}/protocol/openid-connect"
COOKIE = "SANDBOX_SSO"
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class SsoDoor:
    """The endpoints of one realm, whose addresses begin with `base_url`."""

    def __init__(self, realm: Realm, base_url: str) -> None:
        self.realm, self.base_url = realm, base_url

    def routes(self) -> list[BaseRoute]:
        """What the door answers."""
        return [
            Route(f"{PATH}/.well-known/openid-configuration", self.discovery),
            Route(f"{PATH}/api-access/token", self.api_access, methods=["POST"]),
            Route(f"{OIDC}/token", self.token, methods=["POST"]),
            Route(f"{OIDC}/auth", self.auth, methods=["GET", "POST"]),
            Route(f"{OIDC}/certs", self.certs),
            Route(f"{OIDC}/userinfo", self.userinfo, methods=["GET", "POST"]),
            Route(f"{OIDC}/logout", self.logout, methods=["GET", "POST"]),
        ]

    def sign_in_address(self, client_id: str, back_to: str) -> str:
        """Where an application that finds nobody signed in sends people."""
        asked = {"client_id": client_id, "redirect_uri": back_to, "response_type": "code", "scope": "openid"}
        asked |= {"code_challenge": s256(secrets.token_urlsafe(32)), "code_challenge_method": "S256"}
        return f"{self.base_url}{OIDC}/auth?{urlencode(asked)}"

    async def discovery(self, request: Request) -> Response:
        """OpenID Connect Discovery 1.0."""
        oidc = self.base_url + OIDC
        return JSONResponse(
            {
                "issuer": self.realm.issuer,
                "authorization_endpoint": f"{oidc}/auth",
                "token_endpoint": f"{oidc}/token",
                "userinfo_endpoint": f"{oidc}/userinfo",
                "end_session_endpoint": f"{oidc}/logout",
                "jwks_uri": f"{oidc}/certs",
                "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials", EXCHANGE],
                "response_types_supported": ["code"],
                "response_modes_supported": ["query"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "code_challenge_methods_supported": ["S256"],
                "scopes_supported": ["openid", "profile", "email"],
                "claims_supported": [*PEOPLE["guest"].claims(), "iss", "aud", "auth_time", "nonce", "sid"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def certs(self, request: Request) -> Response:
        """The keys that tokens are signed with."""
        return JSONResponse(self.realm.keys.public())

    async def token(self, request: Request) -> Response:
        """The token endpoint of OpenID Connect."""
        return await self._granted(request, api_access=False)

    async def api_access(self, request: Request) -> Response:
        """CERN's short cut: a client's token with the audience of another application."""
        return await self._granted(request, api_access=True)

    async def _granted(self, request: Request, *, api_access: bool) -> Response:
        form = await _form(request)
        grant = self.realm.api_access_token if api_access else self.realm.token
        try:
            return JSONResponse(grant(*_credentials(request, form), form), headers=_NO_STORE)
        except Refused as refused:
            return _refusal(refused)

    async def userinfo(self, request: Request) -> Response:
        """The claims about whom a token is for."""
        try:
            claims = self.realm.verify(bearer(request) or "")
        except jwt.InvalidTokenError as error:
            headers = {"WWW-Authenticate": f'Bearer realm="cern", error="invalid_token", error_description="{error}"'}
            return JSONResponse({"error": "invalid_token", "error_description": str(error)}, 401, headers)
        known = person(claims["sub"])
        return JSONResponse(known.claims() if known else {"sub": claims["sub"]})

    async def auth(self, request: Request) -> Response:
        """The authorisation endpoint: a page that asks who one is, or straight back for who is signed in."""
        given = dict(request.query_params) | await _form(request)
        client = self.realm.client(given.get("client_id", ""))
        if client is None or not client.may_return_to(given.get("redirect_uri", "")):
            # who cannot be trusted is not sent back to: that would be an open redirect
            return _page("We are sorry...", f"<p>{_why_no_way_back(client, given)}</p>", 400)
        try:
            asked = _asked(client, given)
            session = self._who(request, given)
        except Refused as refused:
            return self._back(given, {"error": refused.error, "error_description": refused.description})
        if session is None:
            return _choice(request)
        return self._back(given, {"code": self.realm.code(asked, session)}, session)

    def _who(self, request: Request, given: Mapping[str, str]) -> Session | None:
        if request.method == "POST":
            chosen = person(given.get("who", ""))
            if chosen is None:
                raise Refused("access_denied", f"there is no account {given.get('who', '')!r}")
            return self.realm.sign_in(chosen)
        prompt = given.get("prompt", "")
        session = None if prompt == "login" else self.realm.session(request.cookies.get(COOKIE))
        if session is None and prompt == "none":
            raise Refused("login_required", "nobody is signed in")
        return session

    def _back(self, given: Mapping[str, str], said: dict[str, str], session: Session | None = None) -> Response:
        said = said | {"iss": self.realm.issuer} | ({"state": given["state"]} if "state" in given else {})
        if session is not None:
            said["session_state"] = session.sid
        response = RedirectResponse(_extended(given["redirect_uri"], said), 302, _NO_STORE)
        if session is not None:
            # lax, so that it comes along when an application sends the browser here
            response.set_cookie(COOKIE, session.sid, path=PATH, httponly=True, samesite="lax")
        return response

    async def logout(self, request: Request) -> Response:
        """OpenID Connect RP-Initiated Logout 1.0."""
        given = dict(request.query_params) | await _form(request)
        try:
            hint = self.realm.told_by(given["id_token_hint"]) if "id_token_hint" in given else {}
        except jwt.InvalidTokenError as error:
            return _page("We are sorry...", f"<p>The id_token_hint is none of ours: {html.escape(str(error))}</p>", 400)
        client = self.realm.client(hint.get("azp") or given.get("client_id", ""))
        back = given.get("post_logout_redirect_uri")
        if back is not None and (client is None or not client.may_return_to(back)):
            return _page("We are sorry...", "<p>Invalid redirect uri: this client did not register it.</p>", 400)
        # both: the application may name another session than that of this browser
        for sid in (hint.get("sid"), request.cookies.get(COOKIE)):
            self.realm.end(sid)
        state = {"state": given["state"]} if "state" in given else {}
        response = RedirectResponse(_extended(back, state), 302) if back else _page("You are signed out", "")
        response.delete_cookie(COOKIE, path=PATH)
        return response


def bearer(request: Request) -> str | None:
    """The token of the Authorization header, or None."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


async def _form(request: Request) -> dict[str, str]:
    if request.method != "POST":
        return {}
    body = (await request.body()).decode(errors="replace")
    return dict(parse_qsl(body, keep_blank_values=True))


def _credentials(request: Request, form: Mapping[str, str]) -> tuple[str, str]:
    """Client id and secret, out of the Authorization header (where both are URL-encoded) or the form."""
    # the header wins over the form (RFC 6749, 2.3.1 recommends it)
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        user, _, secret = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote_plus(user), unquote_plus(secret)


def _refusal(refused: Refused) -> Response:
    body = {"error": refused.error, "error_description": refused.description}
    headers = _NO_STORE | ({"WWW-Authenticate": 'Basic realm="cern"'} if refused.status == 401 else {})
    return JSONResponse(body, refused.status, headers)


def _asked(client: Client, given: Mapping[str, str]) -> Asked:
    if given.get("response_type") != "code":
        raise Refused("unsupported_response_type", "response_type must be code")
    if given.get("code_challenge_method") != "S256" or len(given.get("code_challenge", "")) != 43:
        raise Refused("invalid_request", "Missing or wrong code_challenge: PKCE with S256 is asked of every client")
    return Asked(
        client=client,
        redirect_uri=given["redirect_uri"],
        challenge=given["code_challenge"],
        scope=given.get("scope", "openid"),
        nonce=given.get("nonce"),
    )


def _why_no_way_back(client: Client | None, given: Mapping[str, str]) -> str:
    if client is None:
        return f"Client not found: {html.escape(given.get('client_id', ''))!r}"
    return f"Invalid parameter: redirect_uri {html.escape(given.get('redirect_uri', ''))!r} is not registered"


def _extended(address: str, parameters: dict[str, str]) -> str:
    if not parameters:
        return address
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(parameters)}"


def _choice(request: Request) -> Response:
    buttons = "".join(
        f'<p><button name="who" value="{one.upn}">{one.upn}</button> {one.name}, {", ".join(one.roles)}</p>'
        for one in PEOPLE.values()
    )
    action = html.escape(f"{OIDC}/auth?{request.url.query}")
    return _page("Who are you?", f'<form method="post" action="{action}">{buttons}</form>')


def _page(title: str, content: str, status: int = 200) -> HTMLResponse:
    head = f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}: simulated CERN SSO</title>'
    style = "<style>body{font:15px sans-serif;max-width:34em;margin:4em auto}button{min-width:8em;padding:.4em}</style>"
    note = "<p><small>This is the sign-in page of a simulated CERN. It asks for no password.</small></p>"
    body = f"<h1>{title}</h1>{content}{note}</body></html>"
    return HTMLResponse(f"{head}{style}</head><body>{body}", status, _NO_STORE | {"Content-Security-Policy": _CSP})


_CSP = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
