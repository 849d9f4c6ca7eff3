"""Who may do what: accounts, their roles, and the table of permissions."""
