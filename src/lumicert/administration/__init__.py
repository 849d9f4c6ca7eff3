"""What an administrator manages: the lists of problems and reasons, and the checklists."""
