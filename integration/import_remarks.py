"""What lint can say of a policy's imports only by looking at what was imported."""

from __future__ import annotations

from collections.abc import Iterator

from integration.store import imports
from integration.store.engine import Store
from integration.store.imports import State
from integration.store.shelf import Shelf
from policies.import_model import Import
from policies.lint import Remark
from policies.model import Policy


def from_imports(policy: Policy, store: Store, now: int) -> Iterator[Remark]:
    """Imports that were never read, that say nothing any more, or that are about nobody here."""
    if not policy.imports:
        return
    with store.read() as connection:
        states = imports.states(connection)
        newest = {
            name: Shelf(name, spec.kind, spec.key).newest(connection) for name, spec in policy.imports.items()
        }
    for name, spec in policy.imports.items():
        state = states.get(name, State())
        if state.whole_at is None:
            remedy = f"Run `deskcue import {name}`."
            message = f"{name} has never been read whole, so that all its values are unknown"
            yield Remark("import-unread", ("imports", name), message, remedy)
        else:
            yield from _read(name, spec, state, newest[name], now)


def _read(name: str, spec: Import, state: State, newest: int | None, now: int) -> Iterator[Remark]:
    if newest is not None and spec.expires and newest + spec.expires <= now:
        message = f"every value of {name} has expired: the newest is {(now - newest) // 86400:,} days old"
        yield Remark("import-stale", ("imports", name), message, f"Bring {spec.origin} up to date.")
    if 2 * state.unmatched > state.rows:
        message = f"no customer has {state.unmatched:,} of the keys in {state.rows:,} rows of {name}"
        remedy = f"Look whether {spec.heading(spec.key)} is what the desk knows as {spec.key}."
        yield Remark("import-unmatched", ("imports", name), message, remedy)
