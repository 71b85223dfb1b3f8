"""Webhooks: who wants to hear of what, what waits to be told, and how it is signed, sent and tried again."""
