"""Django's settings, derived from `lumicert.site.config`.

Only the address of the embedded PostgreSQL is read from the environment here: the command line starts that server
before Django and hands its address over.
"""

from __future__ import annotations

import os
from urllib.parse import parse_qs, unquote, urlsplit

from csp.constants import NONE, SELF

from lumicert.site import config as _config

CONFIG = _config.load()
DEMO = CONFIG.demo
DEBUG = CONFIG.debug
SECRET_KEY = _config.secret_key(CONFIG)
ALLOWED_HOSTS = CONFIG.allowed_hosts + ([CONFIG.public_host] if CONFIG.public_host else [])
CSRF_TRUSTED_ORIGINS = [CONFIG.public_url] if CONFIG.public_url else []

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    "csp",
    "django_htmx",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "lumicert.accounts",
    "lumicert.shell",
    "lumicert.decisions",
    "lumicert.people",
    "lumicert.rules",
    "lumicert.catalogue",
    "lumicert.runs",
    "lumicert.certification",
    "lumicert.registry",
    "lumicert.golden",
    "lumicert.monitor",
    "lumicert.classification",
    "lumicert.crosscheck",
    "lumicert.review",
    "lumicert.administration",
    "lumicert.certhelper",
    "lumicert.api",
    "lumicert.shift",
    "lumicert.site",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "lumicert.site.static.StaticFiles",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "lumicert.people.sessions.SlidingSessions",
    # tells whose token a request carries, before the permission is asked for
    "lumicert.api.gate.Gate",
    "lumicert.accounts.permissions.PermissionMiddleware",
]

ROOT_URLCONF = "lumicert.site.urls"
ASGI_APPLICATION = "lumicert.site.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "lumicert.shell.context.shell",
            ],
            "builtins": ["lumicert.shell.templatetags.lumicert_ui"],
        },
    }
]


def _database(url: str) -> dict[str, object]:
    """Django's description of a libpq URI; what stands behind `?` goes to libpq as it is."""
    parts = urlsplit(url)
    options: dict[str, object] = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    host = str(options.pop("host", "") or parts.hostname or "")
    # a page waits at most this long for a connection before it says that the database is away
    options["connect_timeout"] = options.get("connect_timeout", "5")
    options["pool"] = {"min_size": 1, "max_size": 12, "timeout": 5}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "postgres",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        # a connection that died with the server is replaced, instead of failing the next page
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


_url = CONFIG.database_url.get_secret_value() if CONFIG.database_url else os.environ.get(_config.EMBEDDED_URL_VARIABLE)
DATABASES = {"default": _database(_url) if _url else {"ENGINE": "django.db.backends.dummy"}}

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "people:sign-in"
LOGIN_REDIRECT_URL = "/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]

# of allauth the protocol with CERN is used, and none of its pages
SOCIALACCOUNT_ADAPTER = "lumicert.people.cern.CernAdapter"

SESSION_COOKIE_NAME = "lumicert_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = int(CONFIG.session_hours * 3600)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = CONFIG.secure
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "lumicert.shell.views.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 31536000 if CONFIG.secure else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if CONFIG.secure else None
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        # signing in and out are forms whose answer leads to CERN, and browsers count that as the form's target
        "form-action": [SELF, *CONFIG.sign_in_origins],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

STATIC_URL = "static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# the files ship inside the package, so that no collection step can be forgotten
WHITENOISE_USE_FINDERS = True
# names do not change with their contents, so that a browser asks each time; "not modified" is the usual answer
WHITENOISE_MAX_AGE = 0

DATA_UPLOAD_MAX_MEMORY_SIZE = CONFIG.upload_limit_mb * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

LANGUAGE_CODE = "en-gb"
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False

LOGGING_CONFIG = "lumicert.site.log.configure"
LOGGING = {"log_format": CONFIG.log_format}
