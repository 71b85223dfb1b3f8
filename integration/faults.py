"""Errors on their way out: one sentence for the person, one exit code for the program."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback

from integration import show

OK, FAILURE, USAGE, PARTIAL, SIGN_IN, CHANGES, LATER = 0, 1, 2, 3, 5, 10, 75

EXIT_CODES = {
    "connectors.errors.AuthenticationError": SIGN_IN,
    "connectors.errors.RetryableError": LATER,
    "connectors.errors.ConnectorError": FAILURE,
    "connectors.sandbox.csv_cells.CsvError": FAILURE,
    "integration.check.NotAssignedError": FAILURE,
    "integration.demo.DemoError": FAILURE,
    "integration.explain.AmbiguousError": USAGE,
    "integration.explain.NotKnownError": FAILURE,
    "integration.importing.rows.ImportStopError": FAILURE,
    "integration.init.InitError": FAILURE,
    "integration.jobs.ObserveError": FAILURE,
    "integration.plan_file.PlanError": FAILURE,
    "integration.screening.run.ScreeningError": FAILURE,
    "integration.settings.SettingsError": USAGE,
    "integration.sign_in.SignInError": FAILURE,
    "integration.store.engine.StoreBusyError": LATER,
    "integration.store.engine.StoreError": FAILURE,
    "integration.suggest.run.SuggestError": FAILURE,
    "policies.faults.PolicyError": FAILURE,
}
"""Errors whose text is written for people, by name: reporting one must not have to import the others."""


def report(fault: Exception, *, json: bool) -> int:
    """Say what happened on standard error (and as JSON where asked) and give the exit code."""
    message, code = explain(fault)
    with contextlib.suppress(OSError):  # the stream itself may be what failed: a full disk
        sys.stderr.write(show.printable(f"deskcue: {message}\n"))
        if json:
            show.as_json({"error": message, "exit": code})
    return code


def explain(fault: Exception) -> tuple[str, int]:
    """The sentence and the exit code of an error; the nearest of its kinds decides."""
    for kind in type(fault).__mro__:
        code = EXIT_CODES.get(f"{kind.__module__}.{kind.__qualname__}")
        if code is not None:
            return str(fault), code
    return _unexpected(fault), FAILURE


def _unexpected(fault: Exception) -> str:
    """Where it broke, without its text, which may quote a secret or a customer.

    The operating system's own word for an error quotes nobody, and often says all.
    """
    if os.environ.get("DESKCUE_DEBUG") == "1":
        return "".join(traceback.format_exception(fault))
    frames = traceback.extract_tb(fault.__traceback__)
    said = f": {fault.strerror}" if isinstance(fault, OSError) and fault.strerror else ""
    place = f" at {os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else ""
    return (
        f"something unexpected happened ({type(fault).__name__}{place}{said}). Nothing is lost."
        " Set DESKCUE_DEBUG=1 to see more; the output may then hold customer data."
    )
