"""docs/roles.md, written from the table of roles: `python -m lumicert.accounts.page > docs/roles.md`."""

from __future__ import annotations

import sys

from lumicert.accounts.roles import ROLES_WITH, Permission, Role

_HEAD = """# Who may do what

Written from `lumicert.accounts.roles` by `python -m lumicert.accounts.page > docs/roles.md`; a test compares. Every
view declares one of these permissions, and a view that declares none is closed to everybody. An account that was
switched off may do only what is public.

"""
_FOOT = """
Nobody who is not signed in may do more than `public`. A guest is who has a CERN account and no role here. A role
counts in the workspaces of its account (`tracker`, `dt`, `*` for all). Roles of CERN accounts come from CERN's sign-in
service each time that somebody signs in, by the mapping under People > Role mapping; see docs/admin.md.
"""


def page() -> str:
    """The page as Markdown: one line a permission, one column a role."""
    head = ["permission", "may", *(str(role.label) for role in Role)]
    rows = [head, ["---", "---", *[":-:"] * len(Role)], *map(_row, Permission)]
    return _HEAD + "".join(f"| {' | '.join(row)} |\n" for row in rows) + _FOOT


def _row(permission: Permission) -> list[str]:
    has = ["yes" if role in ROLES_WITH[permission] else "" for role in Role]
    return [f"`{permission}`", permission.deed, *has]


if __name__ == "__main__":
    sys.stdout.write(page())
