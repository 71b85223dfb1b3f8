"""The language of search: words, quoted phrases and ``property:value`` terms, parsed into a list.

What a term means for a ticket or a person is in ``finding.py``.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple

from connectors.sandbox.refusals import RefusedError, described

TERM = re.compile(r'(-)?(?:([A-Za-z_][\w.]*)\s*(:|>=|<=|>|<)\s*)?("[^"]*"?|[^\s"]+)')
SPANS = {"minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800, "month": 2_592_000, "year": 31_536_000}
AGO = re.compile(r"(\d{1,6})\s*(minute|hour|day|week|month|year)s?$")
DAY = 86_400
ORDERING = ("order_by", "sort")
LONGEST = 4_096


class Term(NamedTuple):
    """One term; ``key`` is empty for a free word, ``sign`` is ``:`` or a comparison."""

    key: str
    sign: str
    value: str
    negated: bool = False


class Query(NamedTuple):
    """A whole query: what to match, which kinds of records it names, and in which order it wants them."""

    terms: tuple[Term, ...]
    kinds: frozenset[str]
    order_by: str
    falling: bool


def parse(text: str) -> Query:
    """The query a text asks."""
    if len(text) > LONGEST:
        raise refused("The query is too long")
    terms = [_term(found) for found in TERM.finditer(text)]
    ordering = {term.key: term.value for term in terms if term.key in ORDERING}
    kinds = frozenset(term.value for term in terms if term.key == "type" and not term.negated)
    named = kinds & {"ticket", "user", "organization", "group"}
    rest = tuple(
        term
        for term in terms
        if term.key not in ORDERING and not (term.key == "type" and term.value in named)
    )
    return Query(rest, named, ordering.get("order_by", ""), ordering.get("sort", "desc") != "asc")


def _term(found: re.Match[str]) -> Term:
    minus, key, sign, value = found.groups()
    return Term((key or "").lower(), sign or "", value.strip('"').lower(), bool(minus))


def instants(value: str, now: int) -> tuple[int, int]:
    """The first and the last second that a date, a time or a span back from now means."""
    ago = AGO.match(value)
    if ago:
        at = now - int(ago[1]) * SPANS[ago[2]]
        return at, at
    try:
        at = int(_moment(value).timestamp())
    except (ValueError, OverflowError):
        raise refused(f"{value} is not a date") from None
    return at, at + DAY - 1 if len(value) <= len("2026-01-01") else at


def _moment(value: str) -> datetime:
    moment = datetime.fromisoformat(value.upper())
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def refused(reason: str) -> RefusedError:
    """A search that cannot be made."""
    return described(422, "invalid", f"Invalid search: {reason}")
