"""Tokens: shown once, kept as a digest, good for their scopes and as long as role, account and date allow."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from lumicert.accounts.models import User
from lumicert.accounts.roles import Permission, Role
from lumicert.decisions.models import Event
from lumicert.people import services
from lumicert.people.models import Token
from lumicert.people.tokens import OPENS, Scope, account_for, allowed, digest

READ_AND_CERTIFY = frozenset({Scope.READ, Scope.CERTIFY})


@pytest.fixture
def made(shifter):
    return services.make_token(owner=shifter, name="nightly", scopes=[Scope.READ, Scope.CERTIFY], days=90)


def bearer(secret: str) -> str:
    return f"Bearer {secret}"


def test_a_token_is_shown_once_and_kept_as_a_digest(client_of, shifter):
    page = client_of(shifter)
    answer = page.post("/account/tokens", {"name": "nightly", "scopes": ["certify"], "days": "30"})
    secret = answer.context["secret"]
    assert secret.startswith("lct_")
    assert len(secret) >= 4 + 43
    assert secret in answer.content.decode()
    assert secret not in page.get("/account/tokens").content.decode()
    token = Token.objects.get()
    assert token.digest == digest(secret)
    assert secret not in str(vars(token))
    assert account_for(bearer(secret)) == (shifter, READ_AND_CERTIFY)


def test_no_event_holds_the_secret(made, shifter):
    token, secret = made
    services.revoke_token(token=token, actor=shifter)
    events = list(Event.objects.order_by("seq"))
    assert [event.kind for event in events] == ["token.made", "token.revoked"]
    assert all(secret not in str(event.payload) and token.digest not in str(event.payload) for event in events)
    assert events[0].payload["prefix"] == token.prefix == secret[:10]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_written_as_one_likes(made, shifter, scheme):
    assert account_for(f"{scheme} {made[1]}") == (shifter, READ_AND_CERTIFY)


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Bearer lct_", "Basic lct_x", "lct_x", "Bearer " + "lct_" + "x" * 10_000]
)
def test_what_is_no_token_opens_nothing(made, header):
    assert account_for(header) is None


def test_a_token_with_one_letter_changed_opens_nothing(made):
    secret = made[1]
    assert account_for(bearer(secret[:-1] + ("a" if secret[-1] != "a" else "b"))) is None
    assert account_for(bearer(digest(secret))) is None


def test_a_revoked_token_opens_nothing(made, shifter):
    services.revoke_token(token=made[0], actor=shifter)
    services.revoke_token(token=made[0], actor=shifter)
    assert account_for(bearer(made[1])) is None
    assert Event.objects.filter(kind="token.revoked").count() == 1


def test_an_expired_token_opens_nothing(made):
    Token.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert account_for(bearer(made[1])) is None


def test_the_token_of_an_account_that_was_switched_off_opens_nothing(made):
    User.objects.update(is_active=False)
    assert account_for(bearer(made[1])) is None


def test_s4_a_role_that_was_taken_away_is_taken_from_its_tokens(made):
    owner, scopes = account_for(bearer(made[1]))
    assert allowed(owner, scopes, Permission.CERTIFY)
    User.objects.update(role=Role.GUEST)
    owner, scopes = account_for(bearer(made[1]))
    assert not allowed(owner, scopes, Permission.CERTIFY)
    assert not allowed(owner, scopes, Permission.READ)


def test_a_token_may_no_more_than_its_scopes_and_its_owner():
    admin = User(username="x", role=Role.ADMIN)
    for permission in Permission:
        in_scopes = permission in OPENS[Scope.READ] | {Permission.PUBLIC}
        assert allowed(admin, frozenset({Scope.READ}), permission) == in_scopes
    assert not allowed(User(username="x", role=Role.SHIFTER), frozenset(Scope), Permission.REVIEW)
    assert not allowed(admin, frozenset(), Permission.READ)


def test_no_scope_opens_administration():
    assert not any(Permission.ADMINISTER in opened for opened in OPENS.values())
    assert not allowed(User(username="x", role=Role.ADMIN), frozenset(Scope), Permission.ADMINISTER)


def test_every_permission_but_two_is_in_some_scope():
    assert set(Permission) - frozenset().union(*OPENS.values()) == {Permission.PUBLIC, Permission.ADMINISTER}


def test_a_token_is_looked_up_in_one_query_and_seen_once_a_minute(made, django_assert_num_queries):
    with django_assert_num_queries(2):
        account_for(bearer(made[1]))
    seen = Token.objects.get().last_used_at
    with django_assert_num_queries(1):
        account_for(bearer(made[1]))
    assert Token.objects.get().last_used_at == seen
    Token.objects.update(last_used_at=timezone.now() - timedelta(minutes=2))
    with django_assert_num_queries(2):
        account_for(bearer(made[1]))
    assert Token.objects.get().last_used_at > seen


def test_a_token_is_good_for_a_year_at_most(client_of, shifter):
    answer = client_of(shifter).post("/account/tokens", {"name": "long", "days": "366"})
    assert answer.status_code == 422
    assert 'value="long"' in answer.content.decode()
    assert not Token.objects.exists()
    token, _ = services.make_token(owner=shifter, name="long", scopes=[Scope.READ], days=4000)
    assert token.expires_at - token.made_at == timedelta(days=365)


def test_a_scope_that_does_not_exist_is_refused(client_of, shifter):
    answer = client_of(shifter).post("/account/tokens", {"name": "x", "days": "1", "scopes": ["administer"]})
    assert answer.status_code == 422
    assert not Token.objects.exists()


def test_the_token_of_another_can_be_neither_seen_nor_revoked(client_of, made, shifter2, admin_account):
    for somebody in (shifter2, admin_account):
        assert made[0].prefix not in client_of(somebody).get("/account/tokens").content.decode()
        assert client_of(somebody).post(f"/account/tokens/{made[0].pk}/revoke").status_code == 404
    assert Token.objects.get().revoked_at is None


def test_one_revokes_ones_own_on_the_page(client_of, made, shifter):
    client_of(shifter).post(f"/account/tokens/{made[0].pk}/revoke")
    assert "revoked" in client_of(shifter).get("/account/tokens").content.decode()
    assert account_for(bearer(made[1])) is None


def test_a_token_does_not_open_pages(client, made):
    assert client.get("/account", headers={"Authorization": bearer(made[1])}).status_code == 302
