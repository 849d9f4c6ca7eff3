"""The deployment's settings, read from the environment and checked before anything starts.

Every variable is listed in docs/operator.md. A wrong value stops the start with a message that names the variable and,
unless it is a secret, its value; secrets are held as `SecretStr`, so that no message and no log line can show them.
"""

from __future__ import annotations

import contextlib
import functools
import ipaddress
import os
import secrets
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from lumicert.site import folders
from lumicert.site.errors import ConfigError

# handed from the command line to Django by ourselves; nobody sets it by hand
EMBEDDED_URL_VARIABLE = "LUMICERT_EMBEDDED_URL"
_SECRET_VARIABLES = frozenset(
    {"DATABASE_URL", "LUMICERT_SECRET_KEY", "LUMICERT_SSO_CLIENT_SECRET", "LUMICERT_OIDC_CLIENT_SECRET"}
)


class Config(BaseSettings):
    """One deployment. Field `x` is the variable `LUMICERT_X`, but for `DATABASE_URL`; empty means unset."""

    model_config = SettingsConfigDict(env_prefix="LUMICERT_", env_ignore_empty=True, extra="ignore", frozen=True)

    database_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_URL")
    data: Path = Field(default_factory=folders.default_data_folder)
    demo: bool = False
    debug: bool = False
    secret_key: SecretStr | None = Field(default=None, min_length=32)
    allowed_hosts: Annotated[list[str], NoDecode] = ["127.0.0.1", "localhost", "[::1]"]
    public_url: str | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    log_format: Literal["console", "json"] = "console"
    upload_limit_mb: int = Field(default=64, ge=1, le=2048)
    # a folder of JSON files beside the workspaces that are shipped
    workspaces: Path | None = None
    # the API: its list of reference runs without a token, and how often a token may ask; 0 is as often as it likes
    public_reference_api: bool = False
    api_rate: int = Field(default=600, ge=0, description="requests a minute")

    # sources: one without an address is not asked
    oms_url: str | None = None
    oms_audience: str = "cmsoms-prod"
    oms_every: int = Field(default=60, ge=1, le=3600)
    oms_quiet: int = Field(default=7200, ge=1)
    dqmgui_url: str | None = None
    dqmgui_every: int = Field(default=600, ge=1, le=3600)
    run_registry_url: str | None = None
    run_registry_audience: str = "cmsrunregistry-sso-proxy"
    # whether what is decided here is written there as well
    run_registry_write: bool = False
    sso_url: str = "https://auth.cern.ch/auth/realms/cern"
    sso_client_id: str | None = None
    sso_client_secret: SecretStr | None = None
    sso_way: Literal["api-access", "exchange"] = "api-access"
    # people who sign in with CERN; the realm is that of sso_url
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = Field(default=None, validate_default=True)
    session_hours: float = Field(default=12, gt=0, le=168)
    ca_file: Path | None = None
    source_timeout: float = Field(default=60, gt=0, le=600)

    @field_validator("data")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _split_hosts(cls, value: object) -> object:
        return [host.strip() for host in value.split(",") if host.strip()] if isinstance(value, str) else value

    @field_validator("database_url")
    @classmethod
    def _only_postgresql(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _check_database_url(value.get_secret_value())
        return value

    @field_validator("public_url")
    @classmethod
    def _origin(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ValueError("must be scheme and host alone, such as https://certify.example.org")
        return f"{parts.scheme}://{parts.netloc}"

    @field_validator("oidc_client_secret")
    @classmethod
    def _both_or_none(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if (value is None) != (info.data.get("oidc_client_id") is None):
            raise ValueError("LUMICERT_OIDC_CLIENT_ID and LUMICERT_OIDC_CLIENT_SECRET go together: set both or neither")
        if value is not None and not _is_private(info.data.get("sso_url", "")):
            raise ValueError("people sign in over https only: LUMICERT_SSO_URL is an http address of another machine")
        return value

    @model_validator(mode="after")
    def _demo_stays_here(self) -> Self:
        if self.demo and not self.loopback:
            raise ValueError(
                f"demo mode lets everybody sign in without a password, so it serves this machine alone: "
                f"leave LUMICERT_HOST at 127.0.0.1 (it is {self.host!r}) or unset LUMICERT_DEMO"
            )
        return self

    @property
    def loopback(self) -> bool:
        """True when only this machine can reach `host`."""
        with contextlib.suppress(ValueError):
            return ipaddress.ip_address(self.host).is_loopback
        return self.host == "localhost"

    @property
    def sign_in_origins(self) -> list[str]:
        """Where browsers are sent to sign in: one origin, and none where CERN's sign-in is not configured."""
        parts = urlsplit(self.sso_url)
        return [f"{parts.scheme}://{parts.netloc}"] if self.oidc_client_id else []

    @property
    def secure(self) -> bool:
        """True when people reach the product over https, so that cookies may travel only there."""
        return self.public_url is not None and self.public_url.startswith("https://")

    @property
    def public_host(self) -> str | None:
        """The host that people type, without its port."""
        return urlsplit(self.public_url).hostname if self.public_url else None


def _is_private(url: str) -> bool:
    """Whether nobody else can read along: https, or this machine alone."""
    parts = urlsplit(url)
    return parts.scheme == "https" or parts.hostname in {"127.0.0.1", "localhost", "::1"}


def _check_database_url(url: str) -> None:
    # urlsplit quotes what it could not read, which may be half a password: its own words are never passed on
    try:
        parts = urlsplit(url)
        port_is_read = parts.port is None or parts.port > 0
    except ValueError:
        port_is_read = False
    if not port_is_read:
        raise ValueError("cannot be read as an address; a password with / : @ # or ? in it must be percent-encoded")
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError("must be a postgresql://user:password@host:port/name address; PostgreSQL is the only database")


def _line(item: ErrorDetails) -> str:
    message = item["msg"].removeprefix("Value error, ")
    if not item["loc"]:
        return f"  LUMICERT_DEMO: {message}"
    location = str(item["loc"][0])
    variable = location if location == "DATABASE_URL" else f"LUMICERT_{location.upper()}"
    shown = "" if variable in _SECRET_VARIABLES else f"{item['input']!r}: "
    return f"  {variable}: {shown}{message}"


@functools.cache
def load() -> Config:
    """The checked settings of this process.

    Raises:
        ConfigError: naming each variable that is wrong, with its value unless it is a secret.
    """
    try:
        return Config()
    except ValidationError as error:
        raise ConfigError("The environment is not usable:\n" + "\n".join(map(_line, error.errors()))) from None


def secret_key(config: Config) -> str:
    """The signing key: from `LUMICERT_SECRET_KEY`, else one made once and kept in the data folder, mode 0600.

    Raises:
        ConfigError: when the data folder cannot be written or its key not be read.
    """
    if config.secret_key is not None:
        return config.secret_key.get_secret_value()
    path = config.data / "secret-key"
    try:
        if not path.exists():
            _make_secret_key(path)
        return path.read_text()
    except OSError as error:
        raise ConfigError(f"LUMICERT_DATA: {error.filename or path} cannot be used: {error.strerror}") from error


def _make_secret_key(path: Path) -> None:
    folders.make_data_folder(path.parent)
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.touch(mode=0o600)
    try:
        fresh.write_text(secrets.token_urlsafe(64))
        # link, not rename: of two processes that start together exactly one makes the key
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(fresh)
    finally:
        fresh.unlink()
