"""The golden JSON: which lumisections a policy finds good, as of which event, and why each is in or out."""
