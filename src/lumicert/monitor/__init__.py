"""The outside systems: how they are, what waits for them, and fetching what is missing."""
