"""Who is in which segment, what follows for each ticket, and who has to be looked at again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, select

from integration.store import feedback, past, schema
from integration.store.bulk import fetch, listing, many
from policies.stages import Reached
from policies.standing import Facts, Query, Standing
from policies.treatment import Decision


@dataclass(frozen=True, slots=True)
class Mark:
    """A customer to assign again, with the count that tells whether they changed meanwhile."""

    customer_id: str
    mark: int


def dirty(connection: Connection, most: int) -> list[Mark]:
    """The next customers to assign again."""
    table = schema.dirty
    rows = connection.execute(select(table).order_by(table.c.customer_id).limit(most))
    return [Mark(row.customer_id, row.mark) for row in rows]


def count_dirty(connection: Connection) -> int:
    """How many customers wait to be assigned again."""
    return int(connection.exec_driver_sql("SELECT count(*) FROM dirty").scalar_one())


def marked(connection: Connection, customers: Sequence[str]) -> list[Mark]:
    """Mark these customers; gives their marks."""
    many(
        connection,
        "INSERT INTO dirty (customer_id, mark) VALUES (?, 1)"
        " ON CONFLICT (customer_id) DO UPDATE SET mark = mark + 1",
        [(customer,) for customer in customers],
    )
    rows = connection.exec_driver_sql(
        "SELECT customer_id, mark FROM dirty WHERE customer_id IN (SELECT value FROM json_each(?))",
        (listing(customers),),
    )
    return [Mark(str(row[0]), int(row[1])) for row in rows]


def clean(connection: Connection, marks: Iterable[Mark]) -> None:
    """Take marks back, except where the customer was marked again since."""
    connection.exec_driver_sql(
        "DELETE FROM dirty WHERE customer_id = ? AND mark = ?",
        [(mark.customer_id, mark.mark) for mark in marks],
    )


def mark_everyone(connection: Connection, after: str, most: int) -> str | None:
    """Mark the next customers in order of id; gives the last of them, None at the end."""
    rows = connection.exec_driver_sql(
        "SELECT id FROM customers WHERE id > ? ORDER BY id LIMIT ?", (after, most)
    ).fetchall()
    connection.exec_driver_sql(
        "INSERT INTO dirty (customer_id, mark) SELECT id, 1 FROM customers WHERE id > ? ORDER BY id LIMIT ?"
        " ON CONFLICT (customer_id) DO UPDATE SET mark = mark + 1",
        (after, most),
    )
    return str(rows[-1][0]) if len(rows) == most else None


_MEMBERS = (
    "SELECT customer_id FROM memberships WHERE customer_id > :after"
    " AND segment IN (SELECT value FROM json_each(:segments))"
    " UNION SELECT customer_id FROM decisions WHERE customer_id > :after AND EXISTS ("
    "SELECT 1 FROM json_each(body, '$.decision.situations') AS held"
    " WHERE held.value IN (SELECT value FROM json_each(:situations)))"
    " ORDER BY customer_id LIMIT :most"
)


def mark_members(
    connection: Connection, segments: Sequence[str], situations: Sequence[str], after: str, most: int
) -> str | None:
    """Mark the next who are in such a segment or have a ticket in such a situation; None at the end."""
    asked = {"segments": listing(segments), "situations": listing(situations), "after": after, "most": most}
    found = [row[0] for row in connection.exec_driver_sql(_MEMBERS, asked)]
    many(
        connection,
        "INSERT INTO dirty (customer_id, mark) VALUES (?, 1)"
        " ON CONFLICT (customer_id) DO UPDATE SET mark = mark + 1",
        [(customer,) for customer in found],
    )
    return found[-1] if len(found) == most else None


def is_dirty(connection: Connection, customer_id: str) -> bool:
    """Whether a customer waits to be assigned again."""
    return bool(fetch(connection, "SELECT 1 FROM dirty WHERE customer_id = ?", (customer_id,)))


def run_query(
    connection: Connection, query: Query, scope: Sequence[str], bound: Mapping[str, str | int]
) -> list[tuple[object, ...]]:
    """The rows of a policy's statement for these customers."""
    values = {**query.parameters, **bound, "scope": listing(scope)}
    return [tuple(row) for row in connection.exec_driver_sql(query.sql, values)]


def channels(connection: Connection, tickets: Sequence[str]) -> dict[str, str | None]:
    """The channel each of these tickets came in by."""
    rows = connection.exec_driver_sql(
        "SELECT id, channel FROM tickets WHERE id IN (SELECT value FROM json_each(?))", (listing(tickets),)
    )
    return {row[0]: row[1] for row in rows}


def members(connection: Connection, customers: Sequence[str]) -> dict[str, dict[str, bool]]:
    """Memberships by customer: segment and whether it is only kept because its condition is unknown."""
    held = fetch(
        connection,
        "SELECT customer_id, segment, kept FROM memberships"
        " WHERE customer_id IN (SELECT value FROM json_each(?)) ORDER BY customer_id, segment",
        (listing(customers),),
    )
    found: dict[str, dict[str, bool]] = {}
    for customer, segment, kept in held:
        found.setdefault(customer, {})[segment] = bool(kept)
    return found


def since(connection: Connection, customers: Sequence[str]) -> dict[str, dict[str, int]]:
    """When each membership of these customers began."""
    rows = connection.exec_driver_sql(
        "SELECT customer_id, segment, since FROM memberships"
        " WHERE customer_id IN (SELECT value FROM json_each(?))",
        (listing(customers),),
    )
    found: dict[str, dict[str, int]] = {}
    for customer, segment, begun in rows:
        found.setdefault(customer, {})[segment] = begun
    return found


def save_members(
    connection: Connection, customer_id: str, before: Mapping[str, bool], now_in: Mapping[str, bool], now: int
) -> int:
    """Turn one set of memberships into another, keeping the date of those that stay; gives the changes."""
    gone = before.keys() - now_in.keys()
    many(
        connection,
        "DELETE FROM memberships WHERE customer_id = ? AND segment = ?",
        [(customer_id, segment) for segment in sorted(gone)],
    )
    fresh = {segment: kept for segment, kept in now_in.items() if before.get(segment) is not kept}
    many(
        connection,
        "INSERT INTO memberships (customer_id, segment, since, kept) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (customer_id, segment) DO UPDATE SET kept = excluded.kept",
        [(customer_id, segment, now, kept) for segment, kept in sorted(fresh.items())],
    )
    return len(gone) + len(now_in.keys() - before.keys())


def stages(connection: Connection, customers: Sequence[str]) -> dict[str, Reached]:
    """The stage each of these customers is in."""
    rows = connection.exec_driver_sql(
        "SELECT customer_id, stage, since FROM stages WHERE customer_id IN (SELECT value FROM json_each(?))",
        (listing(customers),),
    )
    return {row[0]: Reached(row[1], row[2]) for row in rows}


def save_stages(
    connection: Connection, before: Mapping[str, Reached], after: Mapping[str, Reached | None]
) -> None:
    """Turn the stages of some customers into others; what stays is not written."""
    moved = {name: to for name, to in after.items() if to != before.get(name)}
    many(
        connection,
        "DELETE FROM stages WHERE customer_id = ?",
        [(name,) for name in sorted(name for name, to in moved.items() if to is None)],
    )
    many(
        connection,
        "INSERT INTO stages (customer_id, stage, since) VALUES (?, ?, ?)"
        " ON CONFLICT (customer_id) DO UPDATE SET stage = excluded.stage, since = excluded.since",
        [(name, to.stage, to.since) for name, to in sorted(moved.items()) if to is not None],
    )


def body(one: Standing | Decided) -> str:
    """How a standing or a decision is kept; equal ones are kept as equal text."""
    return msgspec.json.encode(one).decode()


def save_standings(connection: Connection, policy: str, standings: Sequence[Standing], now: int) -> None:
    """Store what was seen of each customer, and keep what was before; a row that says the same stays."""
    coming = [(one.customer_id, policy, body(one)) for one in standings]
    past.keep_standings(connection, coming, now)
    many(
        connection,
        "INSERT INTO standings (customer_id, policy, body, assigned_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (customer_id) DO UPDATE SET policy = excluded.policy, body = excluded.body,"
        " assigned_at = excluded.assigned_at"
        " WHERE standings.body <> excluded.body OR standings.policy <> excluded.policy",
        [(*one, now) for one in coming],
    )


def standing(connection: Connection, customer_id: str) -> tuple[Standing, str, int] | None:
    """What was last seen of a customer, the policy version that looked, and when."""
    found = fetch(
        connection, "SELECT body, policy, assigned_at FROM standings WHERE customer_id = ?", (customer_id,)
    )
    if not found:
        return None
    seen, version, at = found[0]
    return msgspec.json.decode(seen, type=Standing), version, at


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision with the facts about its ticket that led to it."""

    decision: Decision
    facts: Facts


def save_decisions(connection: Connection, decided: Sequence[Decided], now: int) -> int:
    """Store decisions and keep those before; gives how many differ."""
    if not decided:
        return 0
    rows = [
        (
            one.decision.ticket_id,
            one.facts.customer_id,
            one.decision.policy,
            body(one),
            now,
            one.decision.place,
        )
        for one in decided
    ]
    before = _bodies(connection, [row[0] for row in rows])
    changed = [row for row in rows if before.get(row[0]) != row[3]]
    past.keep_decisions(connection, [row[0] for row in changed], now)
    many(
        connection,
        "INSERT INTO decisions (ticket_id, customer_id, policy, body, decided_at, place)"
        " VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (ticket_id) DO UPDATE SET customer_id = excluded.customer_id,"
        " policy = excluded.policy, body = excluded.body, decided_at = excluded.decided_at,"
        " place = excluded.place",
        changed,
    )
    return len(changed)


def _bodies(connection: Connection, tickets: Sequence[str]) -> dict[str, str]:
    rows = connection.exec_driver_sql(
        "SELECT ticket_id, body FROM decisions WHERE ticket_id IN (SELECT value FROM json_each(?))",
        (listing(tickets),),
    )
    return {row[0]: row[1] for row in rows}


def drop_decisions(connection: Connection, customers: Sequence[str], keep: Sequence[str], now: int) -> None:
    """Take back decisions of these customers' tickets that no longer get one."""
    past.keep_dropped(connection, customers, keep, now)
    connection.exec_driver_sql(
        "DELETE FROM decisions WHERE customer_id IN (SELECT value FROM json_each(?))"
        " AND ticket_id NOT IN (SELECT value FROM json_each(?))",
        (listing(customers), listing(keep)),
    )


def forget(connection: Connection, customers: Sequence[str]) -> None:
    """Drop what was derived about customers who are gone, now and before."""
    past.forget(connection, customers)
    feedback.forget(connection, customers)
    for table in ("standings", "memberships", "stages", "decisions", "due", "prints"):
        connection.exec_driver_sql(
            f"DELETE FROM {table} WHERE customer_id IN (SELECT value FROM json_each(?))",  # noqa: S608  # fixed names
            (listing(customers),),
        )


def decision(connection: Connection, ticket_id: str) -> Decided | None:
    """What was decided for a ticket."""
    found = fetch(connection, "SELECT body FROM decisions WHERE ticket_id = ?", (ticket_id,))
    return msgspec.json.decode(found[0][0], type=Decided) if found else None


def save_policy(connection: Connection, version: str, name: str, text: str, now: int) -> None:
    """Keep a policy's text for as long as something it decided may be asked about."""
    connection.exec_driver_sql(
        "INSERT INTO policies (version, name, text, first_used_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (version) DO NOTHING",
        (version, name, text, now),
    )


def policy_text(connection: Connection, version: str) -> tuple[str, str] | None:
    """Name and text of a policy that once decided."""
    row = connection.execute(select(schema.policies).where(schema.policies.c.version == version)).first()
    return None if row is None else (row.name, row.text)
