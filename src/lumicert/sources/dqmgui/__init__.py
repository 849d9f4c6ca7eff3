"""The DQM GUI: which datasets of a run have histograms."""
