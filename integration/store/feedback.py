"""What agents say of the advice they were shown: one answer per agent, ticket and policy version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec
from sqlalchemy import Connection

from integration.store.bulk import listing

Verdict = Literal["right", "wrong"]
Part = Literal["", "segment", "tone", "channel", "old", "other"]
"""What is wrong; empty where nothing is."""


class Feedback(msgspec.Struct, frozen=True):
    """One answer. Segment, tone and channel are those shown, by their names in the policy."""

    ticket_id: str
    agent_id: str
    """As the desk names them; empty where nobody has to sign in."""
    policy: str
    customer_id: str
    segment: str
    """Empty for a customer in no segment that may be shown."""
    tone: str
    channel: str
    verdict: Verdict
    part: Part
    line: str
    """An agent's own words about a customer: never logged."""
    at: int


class Count(msgspec.Struct, frozen=True):
    """How often one answer was given about one segment."""

    segment: str
    verdict: Verdict
    part: Part
    count: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which answers are asked for; None asks for all."""

    since: int | None = None
    segment: str | None = None


_NAMES = ", ".join(Feedback.__struct_fields__)
_PUT = (
    f"INSERT INTO feedback ({_NAMES}) VALUES ({', '.join('?' * len(Feedback.__struct_fields__))})"  # noqa: S608  # the same
    " ON CONFLICT (ticket_id, agent_id, policy) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in Feedback.__struct_fields__[3:])
)
_WANTED = "FROM feedback WHERE (:since IS NULL OR at >= :since) AND (:segment IS NULL OR segment = :segment)"


def put(connection: Connection, given: Feedback) -> None:
    """Keep an answer; it replaces what the same agent said of this ticket under the same policy."""
    connection.exec_driver_sql(_PUT, msgspec.structs.astuple(given))


def latest(connection: Connection, wanted: Wanted, most: int) -> list[Feedback]:
    """The newest answers, the newest first."""
    rows = connection.exec_driver_sql(
        f"SELECT {_NAMES} {_WANTED} ORDER BY at DESC, ticket_id, agent_id LIMIT :most",  # fixed text
        {**_bound(wanted), "most": most},
    )
    return [Feedback(*row) for row in rows]


def counts(connection: Connection, wanted: Wanted) -> list[Count]:
    """How often each answer was given about each segment: by segment, the most frequent first."""
    rows = connection.exec_driver_sql(
        f"SELECT segment, verdict, part, count(*) AS count {_WANTED}"  # fixed text
        " GROUP BY segment, verdict, part ORDER BY segment, count DESC, verdict, part",
        _bound(wanted),
    )
    return [Count(*row) for row in rows]


def called_wrong(connection: Connection, customers: Sequence[str]) -> dict[str, str]:
    """The tickets of these customers whose advice somebody called wrong, and whose they are."""
    rows = connection.exec_driver_sql(
        "SELECT DISTINCT ticket_id, customer_id FROM feedback WHERE verdict = 'wrong'"
        " AND customer_id IN (SELECT value FROM json_each(?))",
        (listing(customers),),
    )
    return {str(row[0]): str(row[1]) for row in rows}


def forget(connection: Connection, customers: Sequence[str]) -> None:
    """Forget what was said of the advice for customers who are gone."""
    if customers:
        connection.exec_driver_sql(
            "DELETE FROM feedback WHERE customer_id IN (SELECT value FROM json_each(?))",
            (listing(customers),),
        )


def _bound(wanted: Wanted) -> dict[str, object]:
    return {"since": wanted.since, "segment": wanted.segment}
