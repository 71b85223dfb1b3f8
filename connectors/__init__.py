"""Talking to help desks: one folder a vendor, one face for all."""
