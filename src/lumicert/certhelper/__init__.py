"""Moving from CertHelper: its PostgreSQL database, read and never written, becomes events of origin import.

CertHelper keeps one row a certification, whose key is that of its *run reconstruction*, a run in one reconstruction.
Each row becomes what the form here would have written; what does not fit is told in a *report*, row by row with the
original's key. A *digest* of each row lies in its event, so that importing again appends what has changed since and
nothing else, and what a person here has changed since is never overwritten.
"""
