"""What ``deskcue import`` does: import, tell what became of it, give the exit code."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from integration import faults, jobs, show
from integration.app import opened
from integration.importing import Asked, Taken
from integration.settings import SettingsError, load
from integration.tell_imports import document, tell_imports
from policies.faults import nearest
from policies.load import STARTER
from policies.load import load as load_policy


def import_rows(names: Collection[str], *, accept: bool, dry: bool, json: bool) -> int:
    """Import all, or those that are named."""
    settings = load()
    known = load_policy(settings.policy or (STARTER,)).imports
    for name in names:
        if name not in known:
            there = f"There are: {', '.join(known)}." if known else "Declare it under imports."
            raise SettingsError(f"There is no import {name} in the policy. {nearest(name, known, there)}")
    with opened(settings, writer=not dry) as app, show.progress() as progress:
        found = jobs.import_rows(app, progress, Asked(names, accept, dry))
    show.as_json(document(found)) if json else tell_imports(found, dry=dry)
    return exit_code(found)


def exit_code(found: Sequence[Taken]) -> int:
    """All taken, nothing taken, or a part."""
    stopped = [taken for taken in found if taken.stopped]
    if stopped and len(stopped) == len(found):
        return faults.FAILURE
    return faults.PARTIAL if stopped or any(taken.refused for taken in found) else faults.OK
