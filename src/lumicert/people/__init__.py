"""People: signing in with CERN or a local password, the roles that follow from it, tokens for programs.

A *CERN account* is one that CERN's sign-in service vouches for; it is known by the `sub` of its claims, and its role is
computed from `cern_roles` by the *role mapping* each time that its person signs in. A *local account* has a password
and a role that an administrator gave it: the way in when CERN's service is away. A *token* lets a program act for an
account, within the scopes that its owner chose.
"""
