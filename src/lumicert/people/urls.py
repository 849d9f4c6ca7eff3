"""Addresses of signing in and out, of accounts, of the role mapping, and of one's own tokens."""

from __future__ import annotations

from django.urls import path

from lumicert.people import mapping_views, sign_in_views, token_views, views

app_name = "people"

urlpatterns = [
    path("sign-in", sign_in_views.sign_in, name="sign-in"),
    path("sign-in/demo", sign_in_views.demo_sign_in, name="demo-sign-in"),
    path("sign-in/cern", sign_in_views.cern_sign_in, name="cern-sign-in"),
    # the address that is registered at CERN
    path("sign-in/cern/callback", sign_in_views.cern_callback, name="cern-callback"),
    path("sign-out", sign_in_views.sign_out, name="sign-out"),
    path("account", views.own_account, name="own-account"),
    path("account/tokens", token_views.tokens, name="tokens"),
    path("account/tokens/<int:pk>/revoke", token_views.revoke, name="revoke-token"),
    path("people", views.people, name="people"),
    path("people/<int:pk>", views.account, name="account"),
    path("people/<int:pk>/role", views.set_role, name="set-role"),
    path("people/<int:pk>/switch", views.switch, name="switch"),
    path("people/roles", mapping_views.mapping, name="mapping"),
    path("people/roles/<int:version>/restore", mapping_views.restore, name="restore-mapping"),
]
