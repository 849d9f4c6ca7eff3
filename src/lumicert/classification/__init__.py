"""The rules of classification: reading, trying, saving and applying them, and why a run is what it is."""
