"""A simulated CERN that speaks the real protocols: for the demo, for tests, for training.

A *world* is everything that will ever happen in it (`model`, made by `generator` from a seed or by `real` from an
export of OMS); a *view* is what can be known of it at an instant (`view`); the *doors* are the servers that tell it in
the wire formats of OMS, CERN's sign-in, the DQM GUI and brilcalc. The room imports no other room of Lumicert.
"""
