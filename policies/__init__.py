"""Deciding: policy files read, checked and turned into SQL and decisions. No clock, socket or database."""
