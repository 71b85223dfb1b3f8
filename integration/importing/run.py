"""All imports of a policy, one after the other; one that cannot be read does not keep the others from it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

import msgspec

from connectors.clock import Clock
from integration.importing import csv_file, query
from integration.importing.rows import ImportStopError, Places, Source
from integration.importing.take import LINES, Reading, Taken
from integration.importing.understand import Understanding, required
from integration.progress import Progress
from integration.store import imports
from integration.store.engine import Store
from integration.store.imports import State
from integration.store.shelf import Shelf
from policies.import_model import Import
from policies.model import Policy


@dataclass(frozen=True, slots=True)
class Asked:
    """Which imports are wanted, and how."""

    names: Collection[str] = ()
    """None means all, and then what no policy has any more is taken away."""
    accept: bool = False
    dry: bool = False


def import_all(
    store: Store, policy: Policy, places: Places, clock: Clock, progress: Progress, asked: Asked
) -> Iterator[Taken]:
    """Import what was asked for; gives what became of each as soon as it is known."""
    with store.read() as connection:
        states = imports.states(connection)
    for name, spec in policy.imports.items():
        if not asked.names or name in asked.names:
            yield _one(store, name, spec, states.get(name, State()), places, clock.wall(), progress, asked)
    if not asked.names and not asked.dry:
        for name in sorted(states.keys() - policy.imports.keys()):
            imports.drop(store, name)


def _one(
    store: Store,
    name: str,
    spec: Import,
    state: State,
    places: Places,
    now: int,
    progress: Progress,
    asked: Asked,
) -> Taken:
    taken = Taken(name, spec.origin)
    shelf = Shelf(name, spec.kind, spec.key)
    try:
        with _opened(spec, places, now) as source:
            understanding = Understanding(name, spec, min(source.day, now), now)
            read = State(_signature(spec), _digest(source, spec), state.seen)
            if _is_read(read, state) and not asked.accept:
                taken.unchanged, taken.rows, taken.unmatched = True, state.rows, state.unmatched
                _put(store, name, msgspec.structs.replace(state, read_at=now), asked)
                return taken
            reading = Reading(store, shelf, understanding, taken, progress, asked.accept, asked.dry)
            reading.take(source, state)
    except ImportStopError as fault:
        taken.stopped = str(fault)
        return taken
    if not asked.dry:
        if read.signature != state.signature:
            imports.drop_other(store, shelf)
        _end(store, shelf, taken, read, reading.seen, now)
    return taken


def _end(store: Store, shelf: Shelf, taken: Taken, read: State, seen: int, now: int) -> None:
    with store.read() as connection:
        taken.unmatched, taken.unmatched_lines = shelf.unmatched(connection, LINES)
    counts = {"rows": taken.rows, "unmatched": taken.unmatched, "refused": taken.refused}
    whole = msgspec.structs.replace(read, seen=seen, whole_at=now, read_at=now, **counts)
    with store.write() as connection:
        imports.put_state(connection, taken.name, whole)


def _put(store: Store, name: str, state: State, asked: Asked) -> None:
    if not asked.dry:
        with store.write() as connection:
            imports.put_state(connection, name, state)


def _is_read(read: State, state: State) -> bool:
    """Whether nothing is new; where rows were refused it is read again, so that they are told again."""
    same = (read.signature, read.digest) == (state.signature, state.digest)
    return bool(read.digest) and same and not state.refused


def _signature(spec: Import) -> str:
    return hashlib.blake2b(spec.model_dump_json().encode(), digest_size=16).hexdigest()


def _digest(source: Source, spec: Import) -> str:
    """What is to be read, and its day, where rows have none of their own: it makes values last longer."""
    found = source.digest()
    if found is None:
        return ""
    return found if spec.as_of or spec.kind == "events" else f"{found} {source.day}"


def _opened(spec: Import, places: Places, now: int) -> AbstractContextManager[Source]:
    if spec.file is not None:
        return csv_file.opened(places.folders, spec, required(spec))
    return query.opened(places, spec, required(spec), now)
