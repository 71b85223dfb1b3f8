"""How many records to ask for at once: fewer where the desk cannot finish in time, more again later."""

from __future__ import annotations

STEPS = (1000, 200, 100)
"""Records a page; what others have come down to on accounts with heavy tickets."""

PATIENCE = 20
"""Pages that must come well before more is asked for again."""


class PageSize:
    """The size of the next page of one stream, never above ``most``."""

    def __init__(self, most: int) -> None:
        self._steps = (most, *(step for step in STEPS if step < most))
        self._at = 0
        self._well = 0

    @property
    def now(self) -> int:
        """Records to ask for."""
        return self._steps[self._at]

    def too_slow(self) -> bool:
        """A page did not come in time; whether a smaller one can be asked for."""
        self._well = 0
        if self._at + 1 == len(self._steps):
            return False
        self._at += 1
        return True

    def came(self) -> None:
        """A page came in time."""
        self._well += 1
        if self._at and self._well >= PATIENCE:
            self._at, self._well = self._at - 1, 0
