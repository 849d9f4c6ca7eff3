"""Who may do what: accounts, their roles, the table of permissions, and signing in."""
