"""Being told to stop, by Ctrl-C, SIGTERM or SIGHUP: a command ends wherever it is, and forgets it nowhere."""

from __future__ import annotations

import signal
import sys
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

AGAIN = 0.01
"""Seconds after which a stop that was dropped comes again."""

_asked: int | None = None


def watch() -> None:
    """From now on a signal ends the work as Ctrl-C does: what was opened is closed on the way out.

    A signal the process ignores stays ignored, for nohup.
    """
    for number in SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _stop)
    signal.signal(signal.SIGALRM, _again)
    sys.unraisablehook = _unraisable


def asked() -> int | None:
    """The signal that told this process to stop, if one did."""
    return _asked


def demand() -> None:
    """Stop here when the process has been told to: before work that would never end by itself."""
    if _asked is not None:
        _stop(_asked, None)


def _stop(number: int, _frame: FrameType | None) -> None:
    global _asked  # noqa: PLW0603  # a process is told to stop once
    _asked = number
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(128 + number)


def _again(_number: int, _frame: FrameType | None) -> None:
    demand()


def _unraisable(fault: sys.UnraisableHookArgs) -> None:
    """Python drops what is raised while it collects garbage: a stop that comes just then comes once more."""
    if _asked is not None and issubclass(fault.exc_type, SystemExit | KeyboardInterrupt):
        signal.setitimer(signal.ITIMER_REAL, AGAIN)
    else:
        sys.__unraisablehook__(fault)
