"""What a run made of tickets, read from the journal: by ticket and field, the first value and the last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.changes import Change, Field, Value
from integration.store.bulk import listing
from integration.store.wish import value

PORTION = 500


@dataclass(frozen=True, slots=True)
class Effect:
    """One field of one ticket as a run left it."""

    change: Change
    """From what it was before the run to what it was after."""
    at: int
    """When it was written last."""


Effects = Mapping[Field, Effect]


ALL = "all"
"""The name of all runs together: what they made of tickets as a whole."""

_WRITTEN = "FROM journal WHERE event = 'written' AND (run = :run OR :run = 'all')"


def tickets(connection: Connection, run: str, after: str) -> list[str]:
    """The next tickets that a run wrote to, in order of id."""
    rows = connection.exec_driver_sql(
        f"SELECT DISTINCT ticket_id {_WRITTEN} AND ticket_id > :after ORDER BY ticket_id LIMIT :most",
        {"run": run, "after": after, "most": PORTION},
    )
    return [str(row[0]) for row in rows]


def of(connection: Connection, run: str, among: Sequence[str]) -> dict[str, Effects]:
    """What a run made of these tickets; what it left as it had been is no effect."""
    rows = connection.exec_driver_sql(
        f"SELECT ticket_id, field, before, after, reason, at {_WRITTEN}"  # noqa: S608  # fixed text
        " AND ticket_id IN (SELECT value FROM json_each(:among)) ORDER BY id",
        {"run": run, "among": listing(among)},
    )
    found: dict[str, dict[Field, Effect]] = {ticket: {} for ticket in among}
    for ticket, name, before, after, reason, at in rows:
        field = Field(name)
        change = Change(field=field, before=value(before), after=value(after), reason=reason)
        former = found[ticket].get(field)
        found[ticket][field] = Effect(_joined(former.change, change) if former else change, at)
    return {
        ticket: {field: one for field, one in made.items() if one.change.before != one.change.after}
        for ticket, made in found.items()
    }


def rewritten(connection: Connection, run: str, among: Sequence[str]) -> dict[str, frozenset[Field]]:
    """The fields of these tickets that another run has written after this one did."""
    rows = connection.exec_driver_sql(
        "SELECT DISTINCT ticket_id, field FROM journal AS j WHERE event = 'written' AND run <> :run"
        " AND ticket_id IN (SELECT value FROM json_each(:among)) AND id > (SELECT max(id) FROM journal AS k"
        " WHERE k.run = :run AND k.ticket_id = j.ticket_id AND k.field = j.field AND k.event = 'written')",
        {"run": run, "among": listing(among)},
    )
    found: dict[str, set[Field]] = {}
    for ticket, name in rows:
        found.setdefault(ticket, set()).add(Field(name))
    return {ticket: frozenset(fields) for ticket, fields in found.items()}


def _joined(first: Change, second: Change) -> Change:
    """Two changes of one field as one; of tags only what we did counts, not what others did in between."""
    if first.field is not Field.TAGS:
        return Change(field=first.field, before=first.before, after=second.after, reason=second.reason)
    # What we put on and took off again, or the other way round, is as it was.
    added = (set(first.added) - set(second.removed)) | (set(second.added) - set(first.removed))
    removed = (set(first.removed) - set(second.added)) | (set(second.removed) - set(first.added))
    before, after = _tags(removed), _tags(added)
    return Change(field=first.field, before=before, after=after, reason=f"{first.reason} {second.reason}")


def _tags(entries: set[str]) -> Value:
    return tuple(sorted(entries))


@dataclass(frozen=True, slots=True)
class Run:
    """One run: when it was, by which policy, and what came of it."""

    id: str
    policy: str
    started_at: int
    finished_at: int | None
    """None while something is left to send."""
    planned: int
    """Changes that were to be made."""
    tickets: int
    changes: int
    """Fields that were written, of so many tickets."""
    undoes: str | None
    """The run that this one takes back."""
    held: int = 0
    """Fields that wait for their release since this run was taken back."""


_RUNS = (
    "SELECT r.id, r.policy, r.started_at, r.finished_at, r.changes,"
    " (SELECT count(DISTINCT j.ticket_id) FROM journal AS j WHERE j.run = r.id AND j.event = 'written'),"
    " (SELECT count(*) FROM journal AS j WHERE j.run = r.id AND j.event = 'written'), r.undoes,"
    " (SELECT count(*) FROM holds AS h WHERE h.run = r.id) FROM runs AS r"
)
_LAST = (
    f"{_RUNS} WHERE r.undoes IS NULL AND EXISTS (SELECT 1 FROM journal AS j"  # noqa: S608  # fixed text
    " WHERE j.run = r.id AND j.event = 'written') ORDER BY r.started_at DESC, r.rowid DESC LIMIT 1"
)

_EVERYTHING = f"SELECT min(at), max(at), count(*), count(DISTINCT ticket_id), count(*) {_WRITTEN}"


def runs(connection: Connection, most: int) -> Iterator[Run]:
    """The latest runs, newest first."""
    query = f"{_RUNS} ORDER BY r.started_at DESC, r.rowid DESC LIMIT ?"
    for row in connection.exec_driver_sql(query, (most,)):
        yield Run(*row)


def run(connection: Connection, name: str) -> Run | None:
    """One run by its id; ``last`` is the newest that wrote something and takes back none.

    ``all`` is everything that was ever written; None where nothing was.
    """
    if name == ALL:
        row = connection.exec_driver_sql(_EVERYTHING, {"run": ALL}).first()
        if row is None or row[0] is None:
            return None
        return Run(ALL, "", row[0], row[1], row[2], tickets=row[3], changes=row[4], undoes=None)
    query, given = (_LAST, ()) if name == "last" else (f"{_RUNS} WHERE r.id = ?", (name,))
    row = connection.exec_driver_sql(query, given).first()
    return None if row is None else Run(*row)
