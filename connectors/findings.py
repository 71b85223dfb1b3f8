"""What an examination finds: one value a check, with a remedy where something is wrong."""

from __future__ import annotations

from typing import Literal

import msgspec

Level = Literal["ok", "warning", "fault"]

SIGN_IN = "sign-in"
"""The check whose fault means that the desk does not let us in at all."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one check, in words for an admin; ``remedy`` is one sentence, empty where all is well.

    A ``fault`` keeps something from working, a ``warning`` makes it poorer or will become a fault.
    """

    check: str
    level: Level
    what: str
    remedy: str = ""


def ok(check: str, what: str) -> Finding:
    return Finding(check=check, level="ok", what=what)


def warning(check: str, what: str, remedy: str) -> Finding:
    return Finding(check=check, level="warning", what=what, remedy=remedy)


def fault(check: str, what: str, remedy: str) -> Finding:
    return Finding(check=check, level="fault", what=what, remedy=remedy)
