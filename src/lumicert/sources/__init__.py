"""What stands outside: one folder a system. A source knows its protocol or file format, and no database."""
