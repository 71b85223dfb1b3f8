"""A Zendesk-compatible help desk in a box: for the demo, for tests and for trying policies."""
