"""Certification: what a shifter says of a run in one reconstruction, and what a shift leader says of that.

A *certification* is the word on one (run, reconstruction) in one *workspace* (the tracker's, say): a status for each of
the workspace's components, for some of them bad lumisections, the reference run that it was compared with, and why. One
is live at a time. Its act appends the certification and the statuses of the components that follow from it, so that the
golden JSON knows at once. Editing, withdrawing, restoring and handing over are acts too.

A *reference run* is a run in one reconstruction that was certified good and that others are compared with.
"""
