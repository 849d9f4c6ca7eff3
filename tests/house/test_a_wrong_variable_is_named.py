"""A deployment that cannot start says which variable is wrong, with its value, and never shows a secret."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumicert.site import config
from lumicert.site.errors import ConfigError

SENTINEL = "sentinel-7c1f"


def load(**variables: str) -> config.Config:
    with pytest.MonkeyPatch.context() as patch:
        for name in [*config.Config.model_fields, "embedded_url", "test_run"]:
            patch.delenv(f"LUMICERT_{name.upper()}", raising=False)
        patch.delenv("DATABASE_URL", raising=False)
        for name, value in variables.items():
            patch.setenv(name, value)
        return config.load.__wrapped__()


def complaint(**variables: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(**variables)
    return str(caught.value)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LUMICERT_PORT", "eighty"),
        ("LUMICERT_PORT", "70000"),
        ("LUMICERT_LOG_FORMAT", "xml"),
        ("LUMICERT_DEMO", "perhaps"),
        ("LUMICERT_PUBLIC_URL", "certify.example.org"),
        ("LUMICERT_PUBLIC_URL", "https://example.org/certify"),
        ("LUMICERT_UPLOAD_LIMIT_MB", "0"),
    ],
)
def test_a_wrong_value_is_shown_with_its_variable(variable: str, value: str) -> None:
    text = complaint(**{variable: value})
    assert variable in text
    assert repr(value) in text


def test_every_wrong_variable_is_named_at_once() -> None:
    text = complaint(LUMICERT_PORT="x", LUMICERT_LOG_FORMAT="y")
    assert "LUMICERT_PORT" in text
    assert "LUMICERT_LOG_FORMAT" in text


@pytest.mark.parametrize(
    "url",
    [
        f"mysql://lumicert:{SENTINEL}@db/lumicert",
        f"postgresql://lumicert:{SENTINEL}/x@db/lumicert",
        f"postgresql://lumicert:{SENTINEL}@db:port/lumicert",
        f"postgresql://lumicert:[{SENTINEL}@db/lumicert",
        SENTINEL,
    ],
)
def test_a_wrong_database_address_is_refused_without_its_password(url: str) -> None:
    text = complaint(DATABASE_URL=url)
    assert "DATABASE_URL" in text
    assert SENTINEL not in text


@given(odd=st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S")), max_size=6))
def test_no_password_however_odd_is_ever_shown(odd: str) -> None:
    try:
        shown = repr(load(DATABASE_URL=f"postgresql://u:{odd}{SENTINEL}{odd}@db/x"))
    except ConfigError as error:
        shown = str(error)
    assert SENTINEL not in shown


def test_a_short_signing_key_is_refused_without_being_shown() -> None:
    text = complaint(LUMICERT_SECRET_KEY=SENTINEL)
    assert "LUMICERT_SECRET_KEY" in text
    assert SENTINEL not in text


def test_an_empty_variable_is_an_unset_one() -> None:
    assert load(DATABASE_URL="", LUMICERT_PORT="").port == 8000
    assert load(DATABASE_URL="").database_url is None


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_the_demo_serves_this_machine(host: str) -> None:
    assert load(LUMICERT_DEMO="true", LUMICERT_HOST=host).loopback


@pytest.mark.parametrize("host", ["192.0.2.7", "::", "certify.example.org"])
def test_the_demo_serves_no_other_machine(host: str) -> None:
    text = complaint(LUMICERT_DEMO="true", LUMICERT_HOST=host)
    assert "LUMICERT_DEMO" in text
    assert host in text


def test_the_public_address_is_an_allowed_host_and_makes_cookies_secure() -> None:
    found = load(LUMICERT_PUBLIC_URL="https://certify.example.org/")
    assert found.public_url == "https://certify.example.org"
    assert found.public_host == "certify.example.org"
    assert found.secure
    assert not load(LUMICERT_PUBLIC_URL="http://certify.example.org").secure


def test_the_signing_key_is_made_once_and_for_the_owner_alone(tmp_path) -> None:
    found = load(LUMICERT_DATA=str(tmp_path / "data"))
    key = config.secret_key(found)
    assert config.secret_key(found) == key
    assert len(key) >= 50
    assert (tmp_path / "data" / "secret-key").stat().st_mode & 0o777 == 0o600


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"LUMICERT_DATA: .*file.* cannot be used"):
        config.secret_key(load(LUMICERT_DATA=str(tmp_path / "file" / "data")))
