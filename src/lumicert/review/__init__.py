"""What was certified: the table of certifications, one with its history, a leader's review, references, coverage.

A *review* is a second person's word on one version of a certification: approved, or sent back with a comment. It counts
while that version is the live one; a certification whose live version nobody reviewed is *unreviewed*.
"""
