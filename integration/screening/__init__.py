"""Everyone read in one pass by DuckDB, in a process of its own; whoever reads otherwise is assigned again."""

from integration.screening.run import ScreeningError, available, screen

__all__ = ["ScreeningError", "available", "screen"]
