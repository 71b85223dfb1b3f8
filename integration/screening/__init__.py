"""Everyone read in one pass by DuckDB, in a process of its own; whoever reads otherwise is assigned again.

Nothing is taken in here: the other process comes by here, too, and needs none of what this one does.
"""
