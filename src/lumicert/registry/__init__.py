"""Runs and what was said of them: pages of runs, marking, history and undo, the log, lists, imports, search, demo."""
