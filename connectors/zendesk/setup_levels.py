"""Service level policies from the levels of the policy file: which steps make them as they should be.

Ours are found again and kept; of other people's only the place may move, never the order among them.
What people added to ours (more metrics, more conditions, settings we do not know) is sent back as it came.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.setup import Left, Level, Memory, Ref, Request, Requirements, Step, Survey
from connectors.zendesk import ours
from connectors.zendesk.ours import There, joined, keys, mark, marked, recognise, unclear

PATH = "/api/v2/slas/policies"
METRIC = "first_reply_time"
READ_ONLY = frozenset({"id", "url", "created_at", "updated_at"})
TEXT = "First reply as the policy file promises it."

LOSES = "Tickets that have it lose its targets at their next update."


def compare(things: Sequence[There], wanted: Requirements, prefix: str, memory: Memory) -> Survey:
    """The steps from the policies there are to those wanted; ours come first, the strictest at the top."""
    steps: list[Step] = []
    left: list[Left] = []
    found: dict[str, str] = {}
    order: list[str | Ref] = []
    for level in wanted.levels:
        key = f"level.{level.name}"
        mine = recognise(things, prefix, key, memory)
        if mine.twins:
            left.append(Left(key=key, reason=unclear(mine.twins), hinders=True))
        elif mine.thing is None:
            steps.append(_make(key, level, prefix))
            order.append(Ref(key))
        else:
            found[key] = mine.thing.id
            order.append(mine.thing.id)
            steps += _change(key, level, mine.thing, prefix)
    steps += _order(things, order)
    former = [
        key
        for key in keys(things, prefix, "level", memory)
        if key.removeprefix("level.") not in _names(wanted)
    ]
    left += [
        Left(
            key=key,
            reason="Its level is not asked for any more. It stays; delete it at the desk if you like.",
        )
        for key in former
    ]
    return Survey(steps=tuple(steps), left=tuple(left), found=found)


def removal(things: Sequence[There], prefix: str, memory: Memory) -> Survey:
    """The steps that take our policies away."""
    mine = {key: recognise(things, prefix, key, memory) for key in keys(things, prefix, "level", memory)}
    return joined(
        ours.removal(key, one, prefix, "Service level policy", PATH, LOSES) for key, one in mine.items()
    )


def _names(wanted: Requirements) -> set[str]:
    return {level.name for level in wanted.levels}


def _make(key: str, level: Level, prefix: str) -> Step:
    policy = {
        "title": _title(level),
        "description": marked(TEXT, prefix, key),
        "filter": {"all": [_condition(level, prefix)], "any": []},
        "policy_metrics": [_row(priority, minutes) for priority, minutes in _minutes(level).items()],
    }
    promised = ", ".join(f"{priority} {minutes}" for priority, minutes in _minutes(level).items())
    return Step(
        key=key,
        verb="make",
        what=f"Service level policy “{_title(level)}” for tickets tagged {_tag(level, prefix)}:"
        f" first reply in minutes, {promised}",
        why="Without it the level is a tag that nobody measures. It holds from a ticket's next update on.",
        request=Request(method="POST", path=(PATH,), body={"sla_policy": policy}),
    )


def _change(key: str, level: Level, thing: There, prefix: str) -> list[Step]:
    """One step for all that differs; everything else is sent back as it came."""
    policy = {name: value for name, value in thing.raw.items() if name not in READ_ONLY}
    differences: list[str] = []
    if thing.name != _title(level):
        differences.append(f"called “{_title(level)}”")
        policy["title"] = _title(level)
    if mark(prefix, key) not in thing.text:
        differences.append("with our mark in its description")
        policy["description"] = marked(thing.text, prefix, key)
    filters, condition = _mapping(policy.get("filter")), _condition(level, prefix)
    if not any(_same(one, condition) for one in _rows(filters.get("all"))):
        differences.append(f"for tickets tagged {_tag(level, prefix)}")
        policy["filter"] = {**filters, "all": [*_rows(filters.get("all")), condition]}
    policy["policy_metrics"], moved = _metrics(_rows(policy.get("policy_metrics")), level)
    differences += moved
    if not differences:
        return []
    request = Request(method="PUT", path=(PATH, thing.id), body={"sla_policy": policy})
    what = f"Service level policy “{thing.name}”: {', '.join(differences)}"
    why = "The policy file says so. What people added to it stays."
    return [Step(key=key, verb="change", what=what, why=why, request=request)]


def _metrics(rows: list[dict[str, Any]], level: Level) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows with our targets in them, and what that changes; a row keeps its business hours."""
    result, moved = [dict(row) for row in rows], []
    for priority, minutes in _minutes(level).items():
        row = next(
            (one for one in result if (one.get("metric"), one.get("priority")) == (METRIC, priority)), None
        )
        if row is None:
            result.append(_row(priority, minutes))
            moved.append(f"first reply for {priority} in {minutes} minutes")
        elif row.get("target") != minutes:
            moved.append(f"first reply for {priority} {row.get('target')} → {minutes} minutes")
            row["target"] = minutes
            row.pop("target_in_seconds", None)
    return result, moved


def _order(things: Sequence[There], mine: list[str | Ref]) -> list[Step]:
    """The first policy that matches wins, so ours have to stand before one that matches everything."""
    there = [thing.id for thing in sorted(things, key=_position)]
    others = [one for one in there if one not in mine]
    expected = [*there, *(one for one in mine if isinstance(one, Ref))]
    wanted = [*mine, *others]
    if expected == wanted:
        return []
    moves = f" The {len(others)} others move down and keep their order." if others else ""
    return [
        Step(
            key="level order",
            verb="change",
            what=f"Our service level policies first, the strictest at the top.{moves}",
            why="A ticket gets the first policy that matches it; ours match only tickets with our tags.",
            needs=tuple(one.key for one in mine if isinstance(one, Ref)),
            request=Request(method="PUT", path=(PATH, "reorder"), query=(("sla_policy_ids", tuple(wanted)),)),
        )
    ]


def _position(thing: There) -> int:
    place = thing.raw.get("position")
    return place if isinstance(place, int) else 0


def _title(level: Level) -> str:
    return f"Deskcue: {level.label}"


def _tag(level: Level, prefix: str) -> str:
    return f"{prefix}sla_{level.name}"


def _condition(level: Level, prefix: str) -> dict[str, Any]:
    return {"field": "current_tags", "operator": "includes", "value": _tag(level, prefix)}


def _same(one: Mapping[str, Any], condition: Mapping[str, Any]) -> bool:
    return all(one.get(name) == value for name, value in condition.items())


def _minutes(level: Level) -> dict[str, int]:
    return {priority: seconds // 60 for priority, seconds in level.first_reply.items()}


def _row(priority: str, minutes: int) -> dict[str, Any]:
    return {"priority": priority, "metric": METRIC, "target": minutes, "business_hours": False}


def _rows(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
