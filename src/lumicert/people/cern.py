"""CERN's sign-in service, spoken to by django-allauth as OpenID Connect: authorisation code, PKCE, state, nonce.

allauth keeps state and verifier and exchanges the code. It does not check the signature of an ID token that came over
TLS, nor a nonce (release 65), so both are checked here: OpenID Connect Core 1.0, 3.1.3.7. Nothing of allauth's own
pages, sign-ups or e-mail is used: it hands over who came, and `arrivals` makes an account of that.
"""

from __future__ import annotations

import functools
import hmac
import secrets
import ssl
from typing import Any

import certifi
import jwt
import requests
import structlog
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from lumicert.people import calls

PROVIDER = "cern"
# of what CERN says about a person, what is kept
KEPT = ("sub", "cern_upn", "name", "given_name", "family_name", "email", "cern_roles")
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256")
CONNECT_SECONDS, READ_SECONDS = 3.05, 8.0
# somebody who signs out waits for it
PATIENCE_SECONDS = 2.0
LEEWAY_SECONDS = 30
SERVER_ERROR = 500
# after this the keys are asked for again, so that one that CERN took out of service opens nothing for long
_KEYS_SECONDS = 300
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


_log = structlog.get_logger(__name__)


class NotTrusted(OAuth2Error):
    """What came back is not a sign-in that can be trusted; the text says why."""


class NoAnswer(OAuth2Error):
    """CERN's sign-in service does not answer, or not with what it should; the text says what is wrong."""


def is_configured() -> bool:
    """Whether this installation is registered at CERN's sign-in service."""
    return settings.CONFIG.oidc_client_id is not None


# -- asking CERN ----------------------------------------------------------------------------------------------------


class _Verified(requests.adapters.HTTPAdapter):
    """Trusts the authority of `LUMICERT_CA_FILE` beside the public ones, and waits a bounded time."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> Any:
        context = ssl.create_default_context(cafile=certifi.where())
        if settings.CONFIG.ca_file is not None:
            context.load_verify_locations(settings.CONFIG.ca_file)
        return super().init_poolmanager(*args, **kwargs, ssl_context=context)

    def __init__(self, read: float = READ_SECONDS) -> None:
        self.read = read
        super().__init__()

    def send(self, request: Any, **kwargs: Any) -> Any:  # type: ignore[override]  # passed on as they come
        read = min(self.read, settings.CONFIG.source_timeout)
        answer = super().send(request, **kwargs | {"timeout": (min(CONNECT_SECONDS, self.read), read)})
        if answer.status_code >= SERVER_ERROR:
            raise requests.HTTPError(response=answer)
        # allauth would take a web page in place of a token for a form that was filled in
        if request.method == "POST" and answer.ok and "json" not in answer.headers.get("Content-Type", ""):
            raise requests.exceptions.JSONDecodeError("a web page in place of a token", "", 0)
        return answer


def outgoing(read: float = READ_SECONDS) -> requests.Session:
    """A session for questions to CERN: verified TLS, bounded waiting, no redirects, nothing from the environment."""
    session = requests.Session()
    session.trust_env = False
    session.max_redirects = 0
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Verified(read))
    return session


def _asked(address: str, read: float = READ_SECONDS) -> dict[str, Any]:
    try:
        with outgoing(read) as session:
            answer = session.get(address)
            answer.raise_for_status()
            found = answer.json()
    except requests.RequestException as error:
        raise NoAnswer(f"{address} {_in_words(error)}") from error
    if not isinstance(found, dict):
        raise NoAnswer(f"{address} answered JSON that is not an object")
    return found


def _in_words(error: requests.RequestException) -> str:
    """What a question to CERN met, for the person who waits to be signed in."""
    for kind, words in _MET:
        if isinstance(error, kind):
            return words
    status = error.response.status_code if error.response is not None else None
    return f"answered with status {status}" if status else "gave no usable answer"


# the particular ones first: some are also of a kind below
_MET: tuple[tuple[type[requests.RequestException], str], ...] = (
    (requests.exceptions.SSLError, "shows a certificate that is not trusted here"),
    (requests.Timeout, "did not answer in time"),
    (requests.TooManyRedirects, "leads elsewhere"),
    (requests.exceptions.JSONDecodeError, "answered something that is not JSON"),
    (requests.ConnectionError, "is not reached"),
)


class _Keys(jwt.PyJWKClient):
    """The keys that CERN signs with, kept for a while; an unknown key id has them fetched again, once."""

    def fetch_data(self) -> Any:
        with calls.told("the keys that it signs with", failing=NoAnswer):
            found = _asked(self.uri)
            keys = found.get("keys")
            if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
                raise NoAnswer(f"{self.uri} gave no list of keys")
        return found


@functools.lru_cache(maxsize=4)
def _keys(address: str) -> _Keys:
    # no pause between two fetches: tokens come from CERN alone, so nobody else can make us ask by a made-up key id
    return _Keys(address, lifespan=_KEYS_SECONDS, cooldown_duration=0)


def forget_keys() -> None:
    """Fetch CERN's keys anew when next needed; for tests, where CERN is another one each time."""
    _keys.cache_clear()


# -- what is believed -----------------------------------------------------------------------------------------------


def claims_of(id_token: str, *, keys_at: str, issuer: str, audience: str, nonce: str) -> dict[str, Any]:
    """The claims of an ID token, after every check: signature by key id, issuer, audience, times, nonce.

    Raises:
        NotTrusted: saying which check failed.
        NoAnswer: where CERN's keys cannot be had.
    """
    try:
        header = jwt.get_unverified_header(id_token)
        if not isinstance(header.get("kid"), str):
            raise NotTrusted("the ID token names no key")
        claims: dict[str, Any] = jwt.decode(
            id_token,
            _keys(keys_at).get_signing_key(header["kid"]),
            algorithms=list(ALGORITHMS),
            audience=audience,
            issuer=issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": ["exp", "iat", "iss", "aud", "sub"]},
        )
    except jwt.PyJWTError as error:
        raise NotTrusted(f"the ID token is not good: {error}") from error
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise NotTrusted("the ID token answers another sign-in than this one (nonce)")
    # a token for several applications says which of them asked (3.1.3.7, 4 and 5)
    if claims.get("azp", audience) != audience or (isinstance(claims["aud"], list) and "azp" not in claims):
        raise NotTrusted("the ID token was made out for another application (azp)")
    if not claims["sub"]:
        raise NotTrusted("the ID token does not say whose it is (sub)")
    return claims


# -- allauth's seams ------------------------------------------------------------------------------------------------


class CernAdapter(DefaultSocialAccountAdapter):
    """Tells allauth of our one application, and takes over where allauth would make accounts and pages."""

    def list_apps(self, request: HttpRequest | None, provider: Any = None, client_id: Any = None) -> list[Any]:
        """The application of `LUMICERT_OIDC_CLIENT_ID`, from the settings alone: the table of allauth is not asked."""
        from allauth.socialaccount.models import SocialApp

        config = settings.CONFIG
        if not is_configured():
            return []
        return [
            SocialApp(
                provider="openid_connect",
                provider_id=PROVIDER,
                name="CERN",
                client_id=config.oidc_client_id,
                secret=config.oidc_client_secret.get_secret_value() if config.oidc_client_secret else "",
                settings={
                    "server_url": config.sso_url,
                    "oauth_pkce_enabled": True,
                    "token_auth_method": "client_secret_post",
                    "fetch_userinfo": False,
                },
            )
        ]

    def get_requests_session(self) -> requests.Session:
        return outgoing()

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        """Have the sign-in page say it, in place of allauth's page."""
        from lumicert.people.entrance import page_of_failure

        raise ImmediateHttpResponse(page_of_failure(request, exception, cancelled=str(error) == "cancelled"))

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Who came is known: from here on the accounts are ours."""
        from lumicert.people.arrivals import welcome

        raise ImmediateHttpResponse(welcome(request, sociallogin))


class CernDoor(OpenIDConnectOAuth2Adapter):
    """The protocol with CERN, with the checks that allauth leaves out."""

    nonce = ""

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        """Where CERN is to send people back to; this address is registered there."""
        return request.build_absolute_uri(reverse("people:cern-callback"))

    @property
    def openid_config(self) -> dict[str, Any]:
        """What CERN publishes about its service; its issuer must be the one that we were told to trust."""
        if not hasattr(self, "_openid_config"):
            self._openid_config = _published(settings.CONFIG.sso_url)
        return self._openid_config

    def get_access_token_data(self, *args: Any, **kwargs: Any) -> Any:
        try:
            with calls.told("the token of a sign-in", failing=NoAnswer):
                return self._token(*args, **kwargs)
        except NoAnswer:
            raise
        # it did answer: a code that it does not take is no outage
        except (OAuth2Error, KeyError, ValueError, TypeError, AttributeError) as error:
            # the words of the answer are for the log: they may be a whole web page
            _log.warning("CERN's token endpoint refused the code", said=str(error)[:500])
            raise NoAnswer("its token endpoint did not take the code of this sign-in") from error

    def _token(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().get_access_token_data(*args, **kwargs)
        except requests.RequestException as error:
            raise NoAnswer(f"its token endpoint {_in_words(error)}") from error

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        """Who signed in, by the verified ID token."""
        # allauth's models are there only when all apps are
        from allauth.socialaccount.models import SocialAccount, SocialLogin

        id_token = kwargs["response"].get("id_token")
        if not isinstance(id_token, str):
            raise NoAnswer("the token endpoint gave no ID token")
        claims = claims_of(
            id_token,
            keys_at=self.openid_config["jwks_uri"],
            issuer=settings.CONFIG.sso_url,
            audience=app.client_id,
            nonce=self.nonce,
        )
        account = SocialAccount(provider=PROVIDER, uid=claims["sub"], extra_data={k: claims.get(k) for k in KEPT})
        login = SocialLogin(account=account, provider=self.get_provider())
        # for signing out there as well
        login.there = {"address": self.openid_config.get("end_session_endpoint"), "id_token": id_token}
        return login


def answers() -> bool:
    """Whether CERN's service can be used now, asked with little patience: for somebody who is about to go there."""
    try:
        _published(settings.CONFIG.sso_url, PATIENCE_SECONDS)
    except NoAnswer:
        return False
    return True


def _published(issuer: str, read: float = READ_SECONDS) -> dict[str, Any]:
    with calls.told("what it publishes of itself", failing=NoAnswer):
        return _checked(issuer, _asked(f"{issuer}/.well-known/openid-configuration", read))


def _checked(issuer: str, found: dict[str, Any]) -> dict[str, Any]:
    # a service that speaks for another one is not the one that we trust (OpenID Connect Discovery 1.0, 4.3)
    if found.get("issuer") != issuer:
        raise NoAnswer(f"the service at {issuer} says that it is {str(found.get('issuer'))[:200]!r}")
    missing = [name for name in _ENDPOINTS if not isinstance(found.get(name), str)]
    if missing:
        raise NoAnswer(f"the service at {issuer} does not say its {', '.join(missing)}")
    return found


class Callback(OAuth2CallbackView):
    """Where CERN sends people back to. The nonce of the sign-in that they began is in its state."""

    def _get_state(self, request: HttpRequest, provider: Any) -> tuple[Any, Any]:
        state, response = super()._get_state(request, provider)
        if state is not None:
            self.adapter.nonce = state.get("nonce") or secrets.token_urlsafe()
        return state, response


class CernProvider(OpenIDConnectProvider):
    """allauth's OpenID Connect, through our door."""

    oauth2_adapter_class = CernDoor


def send_there(request: HttpRequest, *, back_to: str) -> HttpResponseBase:
    """Send somebody to CERN to sign in, and afterwards on to `back_to`, an address of this site.

    Raises:
        NoAnswer: where CERN's service cannot be used now.
    """
    nonce = secrets.token_urlsafe(32)
    app = CernAdapter(request).list_apps(request)[0]
    provider = CernProvider(request, app=app)
    answer: HttpResponseBase = provider.redirect(
        request, process="login", next_url=back_to, auth_params={"nonce": nonce}, nonce=nonce
    )
    return answer


def take_back(request: HttpRequest) -> HttpResponseBase:
    """Somebody comes back from CERN."""
    view = Callback.adapter_view(CernDoor(request, PROVIDER))
    answer: HttpResponseBase = view(request)
    return answer
