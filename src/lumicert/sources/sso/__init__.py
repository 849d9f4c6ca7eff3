"""CERN's single sign-on, as far as a program needs it: tokens for other systems."""
