"""Our certifications against a Run Registry, and the outbox that writes what we decide to the one outside.

*Ours* is what a live certification says of each component, as sets of lumisections by status. *There* is what a
registry says of the same dataset: our own log, in which somebody may have marked components since, or the Run Registry
outside, as a worker last saw it. No page asks outside.
"""
