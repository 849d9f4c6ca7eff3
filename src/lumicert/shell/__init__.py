"""The shell of every page: frame, menu, error pages, shared components, static files. It has no tables of its own."""
