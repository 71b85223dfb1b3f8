"""Whether a filter fits a ticket, as it is now and in what has just happened to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from connectors.sandbox.audits import current
from connectors.sandbox.records import PRIORITIES, STATUSES, Comment, FieldValue, Ticket, User
from connectors.sandbox.rules.reading import CUSTOM
from connectors.sandbox.rules.records import Condition, Conditions

VIA = {"web": 0, "email": 4, "api": 5, "rule": 8, "chat": 29, "voice": 33, "mobile": 30, "closed_ticket": 27}
"""Channels by the numbers that conditions use."""

FIXED: dict[str, FieldValue] = {"brand_id": 1, "ticket_form_id": None, "custom_status_id": None}
"""What every ticket has while it holds nothing of its own."""


class Happening(NamedTuple):
    """One update under way: ``Create`` or ``Change``, through what, by whom, and what it has changed so far.

    ``before`` holds the first old value of each field by the names audits use; rules add to it.
    """

    kind: str
    channel: str
    author: User
    before: dict[str, FieldValue]
    comment: Comment | None


def fits(conditions: Conditions, ticket: Ticket, happening: Happening) -> bool:
    """Whether all of ``all`` and one of ``any`` hold."""
    return all(_holds(line, ticket, happening) for line in conditions.all) and (
        not conditions.any or any(_holds(line, ticket, happening) for line in conditions.any)
    )


def _holds(line: Condition, ticket: Ticket, happening: Happening) -> bool:
    special = SPECIAL.get(line.field)
    if special is not None:
        return special(line, ticket, happening)
    custom = CUSTOM.fullmatch(line.field)
    name = custom.group(1) if custom else line.field
    value = _value(name, ticket)
    return OPERATORS[line.operator](
        value, line.value, _Past(name in happening.before, happening.before.get(name))
    )


def _value(name: str, ticket: Ticket) -> Any:
    if name in FIXED and not hasattr(ticket, name):
        return FIXED[name]
    if name in ("reopens", "replies"):
        return getattr(ticket.metrics, name)
    return current(ticket, name)


class _Past(NamedTuple):
    changed: bool
    value: FieldValue


def _text(value: Any) -> str:
    """How values are compared: numbers and their text are the same, nothing is empty."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _same(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, tuple):
        return any(_same(value, one) for one in wanted)
    if isinstance(value, list):
        return _text(wanted) in map(_text, value)
    return _text(value) == _text(wanted)


def _words(wanted: Any) -> set[str]:
    """The words of a condition: a text is parted at spaces."""
    parts = wanted if isinstance(wanted, tuple) else str(wanted or "").split()
    return {_text(part) for part in parts}


def _among(value: Any, wanted: Any) -> bool:
    mine = {_text(one) for one in value} if isinstance(value, list) else {_text(value)}
    return bool(mine & _words(wanted))


def _rank(value: Any) -> float | None:
    """Where a value stands: statuses and priorities in their order, numbers by size."""
    for scale in (STATUSES, PRIORITIES):
        if value in scale:
            return float(scale.index(value))
    try:
        return float(_text(value))
    except ValueError:
        return None


def _below(value: Any, wanted: Any) -> bool:
    mine, theirs = _rank(value), _rank(wanted)
    return mine is not None and theirs is not None and mine < theirs


OPERATORS: dict[str, Callable[[Any, Any, _Past], bool]] = {
    "is": lambda value, wanted, _: _same(value, wanted),
    "is_not": lambda value, wanted, _: not _same(value, wanted),
    "less_than": lambda value, wanted, _: _below(value, wanted),
    "greater_than": lambda value, wanted, _: _below(wanted, value),
    "includes": lambda value, wanted, _: _among(value, wanted),
    "not_includes": lambda value, wanted, _: not _among(value, wanted),
    "present": lambda value, _, __: value not in (None, "", []),
    "not_present": lambda value, _, __: value in (None, "", []),
    "changed": lambda _, __, past: past.changed,
    "not_changed": lambda _, __, past: not past.changed,
    "value": lambda value, wanted, past: past.changed and _same(value, wanted),
    "not_value": lambda value, wanted, past: not (past.changed and _same(value, wanted)),
    "value_previous": lambda _, wanted, past: past.changed and _same(past.value, wanted),
    "not_value_previous": lambda _, wanted, past: not (past.changed and _same(past.value, wanted)),
}
"""How a value is compared; ``value`` asks what a field was changed to, ``value_previous`` from what."""


def _judged(line: Condition, truth: bool) -> bool:
    """The answer to a line that knows no other operators than is and is not."""
    return truth != line.operator.startswith(("is_not", "not_"))


def _channel(line: Condition, channel: str) -> bool:
    wanted = line.value if isinstance(line.value, tuple) else (line.value,)
    return _judged(line, any(_text(one) in (channel, str(VIA.get(channel, ""))) for one in wanted))


def _update_type(line: Condition, _: Ticket, happening: Happening) -> bool:
    return _judged(line, _text(line.value).lower() == happening.kind.lower())


def _public(line: Condition, _: Ticket, happening: Happening) -> bool:
    comment, wanted = happening.comment, _text(line.value)
    if wanted == "not_relevant":
        return _judged(line, comment is not None)
    public = wanted in ("true", "requester_can_see_comment")
    return _judged(line, comment is not None and comment.public is public)


def _role(line: Condition, _: Ticket, happening: Happening) -> bool:
    author = happening.author
    words = {str(author.id), author.role, *(("agent", "all_agents") if author.staff else ("end_user",))}
    return _judged(line, _text(line.value) in words)


def _speech(text: str | None, line: Condition) -> bool:
    """Words in a text: any of them, or the words as one piece for is and is not."""
    said = (text or "").lower()
    if line.operator in ("includes", "not_includes"):
        return _judged(line, any(word.lower() in said.split() for word in _words(line.value)))
    return _judged(line, _text(line.value).lower() in said)


SPECIAL: dict[str, Callable[[Condition, Ticket, Happening], bool]] = {
    "update_type": _update_type,
    "via_id": lambda line, ticket, _: _channel(line, ticket.channel),
    "current_via_id": lambda line, _, happening: _channel(line, happening.channel),
    "comment_is_public": _public,
    "role": _role,
    "current_tags": lambda line, ticket, happening: OPERATORS[line.operator](
        ticket.tags, line.value, _Past("tags" in happening.before, happening.before.get("tags"))
    ),
    "subject_includes_word": lambda line, ticket, _: _speech(ticket.subject, line),
    "comment_includes_word": lambda line, _, happening: _speech(
        happening.comment.body if happening.comment else None, line
    ),
}
"""Fields that are not simply a value of the ticket."""
