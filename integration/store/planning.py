"""What planning reads: tickets with their decision, what we wrote to them and what the desk refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, func, select

from connectors.changes import Field, TicketUpdate, Value
from connectors.records import UNSOLVED, Ticket
from integration.store import holds, line, outbox, schema
from integration.store.adrift import adrift, arrived
from integration.store.assignments import Decided
from integration.store.engine import Store
from integration.store.holds import Held
from integration.store.owned import owned
from integration.store.rows import decode
from policies.treatment import Decision

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Known:
    """All a plan may look at for one ticket: as last seen, as decided, as last written, as refused."""

    ticket: Ticket
    decision: Decision | None
    owned: Mapping[Field, Value]
    refused: tuple[TicketUpdate, str] | None = None
    held: Held = field(default_factory=dict)
    """Fields that were taken back, with the run."""
    full: float | None = None
    """The share of open tickets that may have high priority, where others come first and fill it."""


def known(connection: Connection, tickets: Sequence[Ticket], most_high: float) -> Iterator[Known]:
    """Everything a plan may look at, for tickets in hand.

    ``most_high`` is the share of open tickets that may have high priority.
    """
    places = line.places(connection, [ticket.id for ticket in tickets])
    end = line.end(connection, most_high) if places else None
    return _known(connection, tickets, line.behind(places, end), most_high)


def _known(
    connection: Connection, tickets: Sequence[Ticket], behind: Set[str], most_high: float
) -> Iterator[Known]:
    ids = [ticket.id for ticket in tickets]
    table = schema.decisions
    rows = connection.execute(select(table.c.ticket_id, table.c.body).where(table.c.ticket_id.in_(ids)))
    decided = {row.ticket_id: msgspec.json.decode(row.body, type=Decided).decision for row in rows}
    ours, refused, held = owned(connection, ids), outbox.refused(connection, ids), holds.of(connection, ids)
    lost = adrift(connection, ids)
    for ticket in tickets:
        owns, refusal = ours.get(ticket.id, {}), refused.get(ticket.id)
        if ticket.id in lost:
            owns = arrived(ticket, owns, lost[ticket.id])
        full = most_high if ticket.id in behind else None
        yield Known(ticket, decided.get(ticket.id), owns, refusal, held.get(ticket.id, {}), full)


def everything(store: Store, *, at_rest: bool, most_high: float) -> Iterator[Known]:
    """Every ticket a plan looks at, in order of id, a chunk in memory at a time."""
    after = ""
    with store.read() as connection:
        end = line.end(connection, most_high)
    while True:
        with store.read() as connection:
            tickets = _tickets(connection, after, at_rest=at_rest)
            places = line.places(connection, [ticket.id for ticket in tickets]) if end else {}
            chunk = list(_known(connection, tickets, line.behind(places, end), most_high))
        if not chunk:
            return
        yield from chunk
        after = tickets[-1].id


def of_customers(
    store: Store, customers: Sequence[str], *, at_rest: bool, most_high: float
) -> Iterator[Known]:
    """The tickets of these customers that a plan looks at."""
    table = schema.tickets
    for start in range(0, len(customers), CHUNK):
        query = _looked_at(select(table), at_rest=at_rest)
        query = query.where(table.c.customer_id.in_(customers[start : start + CHUNK])).order_by(table.c.id)
        with store.read() as connection:
            rows = connection.execute(query).mappings()
            chunk = list(known(connection, [decode(Ticket, row) for row in rows], most_high))
        yield from chunk


def count(connection: Connection, *, at_rest: bool) -> int:
    """How many tickets ``everything`` will give."""
    query = _looked_at(select(func.count()).select_from(schema.tickets), at_rest=at_rest)
    return int(connection.execute(query).scalar_one())


def _tickets(connection: Connection, after: str, *, at_rest: bool) -> list[Ticket]:
    table = schema.tickets
    query = _looked_at(select(table).where(table.c.id > after), at_rest=at_rest)
    rows = connection.execute(query.order_by(table.c.id).limit(CHUNK)).mappings()
    return [decode(Ticket, row) for row in rows]


def _looked_at(query: Select[Any], *, at_rest: bool) -> Select[Any]:
    table = schema.tickets
    query = query.where(table.c.deleted.is_(False))
    return query if at_rest else query.where(table.c.status.in_(UNSOLVED))
