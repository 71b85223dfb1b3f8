"""A help desk in memory, as the store holds it, and small policies to ask about it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import create_engine, insert
from sqlalchemy.pool import StaticPool

from integration.store.schema import metadata
from policies.load import load_text
from policies.model import Policy
from policies.segments import (
    Facts,
    Standing,
    customer_query,
    next_at,
    read_customer,
    read_ticket,
    ticket_query,
)

NOW = 1_780_300_800
"""1 June 2026, 08:00 UTC."""
DAY = 86400

HEAD = """
policy: trial
goal: Try it
owner: Nobody
metric: None
review_by: 2027-05-31
"""
TAIL = """
tones:
  plain: {label: Plain, do: [Answer], opening: {en: Hello}}
  calm: {label: Calm, do: [Breathe], opening: {en: Hello}}
  warm: {label: Warm, do: [Smile], opening: {en: Hello}}
channels:
  phone: {label: Call}
  chat: {label: Chat}
service_levels:
  fast: {label: Fast, first_reply: {urgent: 30 minutes, high: 1 hour, normal: 4 hours, low: 8 hours}}
  slow: {label: Slow, first_reply: {urgent: 1 hour, high: 4 hours, normal: 8 hours, low: 24 hours}}
house: {tone: plain}
"""

_ALWAYS: dict[str, dict[str, object]] = {
    "organizations": {"name": "", "tags": "[]", "fields": "{}"},
    "customers": {"name": "", "tags": "[]", "fields": "{}"},
    "tickets": {"stamp": "", "status": "open", "tags": "[]", "fields": "{}", "created_at": NOW - DAY},
    "ratings": {"score": "good", "commented": False, "created_at": NOW - DAY},
}


def text(middle: str, *, head: str = HEAD, tail: str = TAIL) -> str:
    """The source of a policy with its uninteresting ends."""
    return head + middle + tail


def policy(middle: str) -> Policy:
    """A policy whose traits, segments and situations are ``middle``."""
    return load_text(text(middle), "trial.yaml")


def one(condition: str, traits: str = "") -> Policy:
    """A policy with one segment, ``asked``, of one condition."""
    return policy(f"traits: {{{traits}}}\nsegments:\n  asked: {_segment(condition)}\n")


def _segment(condition: str) -> str:
    return json.dumps({"kind": "value", "label": "Asked", "rank": 1, "when": condition})


class Desk:
    """Records by table; what is not said has a default."""

    def __init__(self) -> None:
        self.engine = create_engine("sqlite://", poolclass=StaticPool)
        metadata.create_all(self.engine)
        self.count = 0

    def add(self, table: str, **given: Any) -> str:
        """One record; ``fields`` and ``tags`` are plain values. Returns its id."""
        self.count += 1
        row = {"id": str(self.count), "version": 1, "digest": "", "updated_at": 1, "deleted": False}
        row |= _ALWAYS[table] | given
        for name in ("fields", "tags"):
            if name in given:
                row[name] = json.dumps(given[name], ensure_ascii=False)
        with self.engine.begin() as connection:
            connection.execute(insert(metadata.tables[table]), row)
        return str(row["id"])

    def rows(self, sql: str, parameters: Mapping[str, object]) -> list[tuple[object, ...]]:
        """The rows of a statement, as the driver gives them."""
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(sql, dict(parameters))]

    def standings(self, of: Policy, *ids: str, now: int = NOW) -> list[Standing]:
        """The standing of each of these customers that exists."""
        query = customer_query(of)
        rows = self.rows(query.sql, query.given(scope=json.dumps(ids), now=now))
        return [read_customer(of, row) for row in rows]

    def standing(self, of: Policy, customer: str, now: int = NOW) -> Standing:
        """The standing of one customer."""
        (standing,) = self.standings(of, customer, now=now)
        return standing

    def next_at(self, of: Policy, customer: str, now: int = NOW) -> int | None:
        """When time alone can next change something about a customer or one of their tickets."""
        given = {"scope": json.dumps([customer]), "now": now, "all_statuses": 1}
        rows = [
            row
            for query in (customer_query(of), ticket_query(of))
            for row in self.rows(query.sql, {**query.parameters, **given})
        ]
        return min((at for at in map(next_at, rows) if at is not None), default=None)

    def facts(self, of: Policy, *ids: str, now: int = NOW, all_statuses: int = 1) -> list[Facts]:
        """The facts of every ticket of these customers."""
        query = ticket_query(of)
        scope: Sequence[str] = ids
        given = query.given(scope=json.dumps(scope), now=now, all_statuses=all_statuses)
        return [read_ticket(of, row) for row in self.rows(query.sql, given)]
