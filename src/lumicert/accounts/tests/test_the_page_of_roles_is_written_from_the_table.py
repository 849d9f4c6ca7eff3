"""docs/roles.md says what the table of roles says."""

from __future__ import annotations

from lumicert.accounts.page import page
from lumicert.accounts.roles import ROLES_WITH, Permission, Role


def test_the_page_is_what_the_table_gives(pytestconfig):
    written = (pytestconfig.rootpath / "docs" / "roles.md").read_text()
    assert written == page(), "write it again: python -m lumicert.accounts.page > docs/roles.md"


def test_each_cell_of_the_page_is_what_the_table_says():
    rows = {line.split("|")[1].strip(" `"): line.split("|")[3:-1] for line in page().splitlines() if "| `" in line}
    for permission in Permission:
        assert [cell.strip() == "yes" for cell in rows[permission]] == [role in ROLES_WITH[permission] for role in Role]
