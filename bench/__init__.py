"""Measurements, each a program of its own; none of them is part of the tests or of what is shipped."""
