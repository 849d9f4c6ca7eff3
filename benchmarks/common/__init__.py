"""What several benchmarks need: a Lumicert of their own, and how its pages are measured."""
