"""Run Registry: what is said there of each dataset's components, and saying it there."""
