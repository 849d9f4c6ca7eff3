"""The decision log: what was said about the data, by whom, when, and what follows from it.

An *event* is one statement about one run, dataset, component and set of lumisections. An *act* is what one click or one
command did: one or more events, all or none. The log is append-only and commit-ordered. *Projections* are tables that
are functions of the log; they are kept in the same transaction and can be made again from event 1.
"""
