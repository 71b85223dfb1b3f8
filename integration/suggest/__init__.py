"""Proposing segments from the data of a desk: it writes a file for a person to read and activates nothing."""

from integration.suggest.run import Suggested, SuggestError, suggest

__all__ = ["SuggestError", "Suggested", "suggest"]
