"""What must hold between an app and its sandbox desk once quiet has returned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

import msgspec
from sqlalchemy import select

from connectors.changes import Field
from connectors.records import UNSOLVED, Customer, Organization, Rating, Record, Ticket
from connectors.sandbox import wire, wire_people
from connectors.sandbox.limits import MINUTE, PLANS
from connectors.sandbox.state import Desk
from connectors.sandbox.weather import STORMS
from connectors.zendesk import translate
from connectors.zendesk.places import Places, places
from connectors.zendesk.wire import WireTicketField
from integration.plan import Rules, plan_ticket
from integration.store import outbox, planning, records, rows
from integration.store.engine import Store
from tests.integration.hands import PREFIX

BASE = "http://127.0.0.1:1"
HEARD = (*STORMS, "error-503-wait", "neighbours", None)
"""Faults whose answer arrives as it was sent; of a spoilt one nobody knows what it asked for."""

EVERYTHING = ""
LONGEST_PEACE = 900.0
"""Seconds of a Retry-After that the connector keeps at once."""


def _same(stored: Record | None, shown: Record | None) -> bool:
    """Of what is deleted the store keeps what it knew before: the desk shows next to nothing of it."""
    if stored is None or shown is None or not (stored.deleted and shown.deleted):
        return stored == shown
    return stored.version == shown.version


def store_equals_desk(store: Store, desk: Desk) -> None:
    """INV-1, INV-2: every record of the desk as it is now, field by field, and nothing else."""
    with store.read() as connection:
        for kind, found in _shown(desk).items():
            found_rows = connection.execute(select(records.TABLES[kind])).mappings()
            stored = {row["id"]: rows.decode(kind, row) for row in found_rows}
            wanted = {one.id: one for one in found}
            differ = {
                key for key in stored.keys() | wanted.keys() if not _same(stored.get(key), wanted.get(key))
            }
            assert not differ, [(stored.get(key), wanted.get(key)) for key in sorted(differ)]


def _shown(desk: Desk) -> dict[type[Record], list[Record]]:
    """All that the desk would show of itself, in our words."""
    found = places_of(desk)
    tickets = [wire.ticket(desk, one, BASE, metrics=True) for one in desk.tickets]
    ratings = [translate.rating(_sent(wire.rating(one, BASE))) for one in desk.ratings]
    return {
        Organization: [
            translate.organization(_sent(wire_people.organization(one, BASE))) for one in desk.organizations
        ],
        Customer: [translate.customer(_sent(wire_people.user(one, BASE))) for one in desk.users],
        Ticket: [
            found.read(translate.ticket(_sent(one), names=found.names, prefix=PREFIX)) for one in tickets
        ],
        Rating: [one for one in ratings if one is not None],
    }


def places_of(desk: Desk) -> Places:
    """Where the desk keeps what we write."""
    fields = [wire_people.field(one, BASE, "ticket_fields") for one in desk.ticket_fields]
    return places(msgspec.convert(_sent(fields), list[WireTicketField]), PREFIX)


def _sent(shown: object) -> object:
    return msgspec.json.decode(msgspec.json.encode(shown))


def decisions_are_written(store: Store, desk: Desk, rules: Rules) -> None:
    """INV-3: what was decided is on the ticket, or something says why not."""
    tickets = [str(key) for key in desk.tickets.ids]
    with store.read() as connection:
        given_up = outbox.refused(connection, tickets)
        stored = records.read(connection, Ticket, tickets)
        known = list(planning.known(connection, list(stored.values()), rules.most_high))
    for one in known:
        if one.ticket.status not in UNSOLVED or one.decision is None or one.ticket.id in given_up:
            continue
        reasons = {(entry.field, str(entry.value)) for entry in plan_ticket(one, rules).kept}
        for part in one.decision.tags:
            tag = rules.tag_prefix + part.value
            assert tag in one.ticket.tags or (Field.TAGS, tag) in reasons, f"{tag} is nowhere on {one.ticket}"
        wanted = one.decision.priority
        if wanted and one.ticket.priority != wanted.value:
            assert any(name is Field.PRIORITY for name, _ in reasons), f"no priority on {one.ticket}"


def peace_was_kept(desk: Desk, starts: Collection[int]) -> None:
    """F-HTTP-01: no process asks anything while an answer it got still asks for peace.

    ``starts`` are the requests with which a new process began, which knows nothing of the one before.
    """
    closed: dict[str, float] = defaultdict(float)
    for number, entry in enumerate(desk.ledger.requests):
        if number in starts:
            closed.clear()
        if entry.fault == "delayed" and entry.status:
            continue  # sent long ago
        early = max(closed[EVERYTHING], closed[entry.template]) - entry.mono
        assert early <= 0, f"{entry} comes {early:.1f} s too early"
        if entry.fault in HEARD and entry.wait is not None and entry.wait > 0:
            # Storms are of the whole account; the desk's own limits may be of one address.
            where = EVERYTHING if entry.fault else entry.template
            closed[where] = max(closed[where], entry.mono + min(entry.wait, LONGEST_PEACE))


def reserve_was_kept(desk: Desk, share: float) -> None:
    """F-HTTP-03: in no minute of the account has the app sent more than its share of the requests.

    A request that the line doubled was sent once and stands in the ledger twice.
    """
    ours, begun, used = PLANS[desk.limits.plan].account * share, 0.0, 0.0
    for entry in desk.ledger.requests:
        if not entry.template.startswith("/api/"):
            continue
        if entry.mono >= begun + MINUTE:
            begun, used = entry.mono, 0.0
        used += 0.5 if entry.fault == "duplicate" else 1
        assert used <= ours, f"{used:.0f} requests in a minute of which {ours:.0f} are ours"
