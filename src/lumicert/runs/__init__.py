"""Runs, datasets and lumisections as the log tells them: which exist, and what sources reported of them."""
