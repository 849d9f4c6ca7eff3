"""Rules that classify: which type and class a run has, whether it is significant, its datasets, its components' status.

The rules come in five *rule sets*, each a document with versions (see `documents`). `facts` is what is known of a run,
`classify` and `statuses` draw the conclusions, `explain` says why, `compare` what another version would change.
"""
