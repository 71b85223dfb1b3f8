"""Solved tickets that may help with another one, with what decides which of them help most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection

from integration.store.bulk import fetch, listing
from integration.store.subjects import Found


@dataclass(frozen=True, slots=True)
class Solved:
    """One solved ticket."""

    ticket_id: str
    subject: str
    created_at: int
    solved_at: int
    replies: int | None
    score: float
    """How much its subject is alike, from 0 to 1 for the most alike one."""
    rated: str | None
    """The newest rating: ``good`` or ``bad``."""
    segments: frozenset[str]
    """The segments its customer is in."""


_LOOK = (
    "SELECT t.id, t.subject, t.created_at, t.solved_at, t.replies, (SELECT r.score FROM ratings AS r"
    "  WHERE r.ticket_id = t.id AND NOT r.deleted ORDER BY r.created_at DESC, r.id DESC LIMIT 1),"
    " (SELECT json_group_array(m.segment) FROM memberships AS m WHERE m.customer_id = t.customer_id)"
    " FROM tickets AS t WHERE t.id IN (SELECT value FROM json_each(:ids)) AND t.id <> :but AND NOT t.deleted"
    " AND t.status IN ('solved', 'closed') AND t.solved_at IS NOT NULL AND t.subject IS NOT NULL"
    " AND t.group_id IS :group"
)


def solved(connection: Connection, found: Sequence[Found], *, but: str, group: str | None) -> list[Solved]:
    """What was found in the words, but for one ticket, and only of one group: its agents may see them."""
    top = max((one.score for one in found), default=0.0)
    scores = {one.ticket_id: one.score / top if top > 0 else 0.0 for one in found}
    given = {"ids": listing(scores), "but": but, "group": group}
    return [
        Solved(
            ticket_id=row[0],
            subject=row[1],
            created_at=row[2],
            solved_at=row[3],
            replies=row[4],
            score=scores[row[0]],
            rated=row[5],
            segments=frozenset(_names(row[6])),
        )
        for row in fetch(connection, _LOOK, given)
    ]


def _names(text: str) -> list[str]:
    return msgspec.json.decode(text, type=list[str])
