"""The addresses of the desk: one module a topic, each with its table of rows."""
