"""The ticket fields that show segment and service level: which steps make them as they should be.

A field keeps every choice it has. Choices are added and renamed one by one, by their ids: a list of choices
would replace the one there, and a choice that it leaves out takes its values off all tickets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from connectors.setup import Choice, Left, Memory, Request, Requirements, Step, Survey
from connectors.zendesk import ours
from connectors.zendesk.ours import Recognised, There, joined, keys, mark, marked, recognise, unclear

PATH = "/api/v2/ticket_fields"

LOSES = "Its values go from every ticket, closed ones included, for good; the tags that it set stay."


class _Shown(NamedTuple):
    """A field as it should be: ``values`` are tag to choice; ``hidden`` must not be among them."""

    key: str
    title: str
    why: str
    text: str
    values: dict[str, Choice]
    hidden: dict[str, Choice]


def compare(things: Sequence[There], wanted: Requirements, prefix: str, memory: Memory) -> Survey:
    """The steps from the fields there are to those wanted."""
    steps: list[Step] = []
    left: list[Left] = []
    found: dict[str, str] = {}
    for shown in _shown(wanted, prefix):
        mine = recognise(things, prefix, shown.key, memory)
        if mine.thing is not None:
            found[shown.key] = mine.thing.id
        free, taken = _apart(shown, things, mine.thing)
        left += taken
        if mine.twins:
            left.append(Left(key=shown.key, reason=unclear(mine.twins), hinders=True))
        elif mine.thing is None:
            steps += _make(shown, free, prefix)
        else:
            steps += _change(shown, free, mine.thing, prefix)
            left += _states(shown, mine.thing)
        left += _hidden(shown, mine.thing)
    return Survey(steps=tuple(steps), left=tuple(left), found=found)


def removal(things: Sequence[There], prefix: str, memory: Memory) -> Survey:
    """The steps that take our fields away; one to which people added choices only loses ours."""
    mine = {key: recognise(things, prefix, key, memory) for key in keys(things, prefix, "field", memory)}
    return joined(_removal(key, one, prefix) for key, one in mine.items())


def _removal(key: str, mine: Recognised, prefix: str) -> Survey:
    foreign = [one for one in _options(mine.thing) if not str(one.get("value")).startswith(prefix)]
    if mine.thing is None or not foreign or ours.keeps(key, mine, prefix):
        return ours.removal(key, mine, prefix, "Ticket field", PATH, LOSES)
    names = ", ".join(str(one.get("name")) for one in foreign)
    kept = Left(key=key, reason=f"“{mine.thing.name}” stays, since people added choices to it: {names}.")
    return Survey(steps=_take_apart(key, mine.thing, prefix), left=(kept,))


def _shown(wanted: Requirements, prefix: str) -> tuple[_Shown, ...]:
    segments = {f"{prefix}segment_{one.name}": one for one in wanted.segments}
    hidden = {f"{prefix}segment_{one.name}": one for one in wanted.hidden}
    levels = {f"{prefix}sla_{one.name}": Choice(name=one.name, label=one.label) for one in wanted.levels}
    return (
        _Shown(
            "field.segment",
            "Segment",
            "Agents, views and reports can see the customer's segment on the ticket.",
            "The customer's segment, as the policy file defines it.",
            segments,
            hidden,
        ),
        _Shown(
            "field.service_level",
            "Service level",
            "Agents, views and reports can see what was promised; field and tag follow one another.",
            "The service level that was decided for this ticket.",
            levels,
            {},
        ),
    )


def _apart(
    shown: _Shown, things: Iterable[There], mine: There | None
) -> tuple[dict[str, Choice], list[Left]]:
    """The choices that can be had, and those whose value belongs to another field."""
    taken: dict[str, str] = {}
    for thing in things:
        if mine is None or thing.id != mine.id:
            values = [*(one.get("value") for one in _options(thing)), thing.raw.get("tag")]
            taken |= {str(value): thing.name for value in values if value}
    free = {value: one for value, one in shown.values.items() if value not in taken}
    return free, [
        Left(
            key=f"{shown.key}/{one.name}",
            reason=f"The value {value} belongs to the field “{taken[value]}” already, and no two fields may"
            " share one. Rename it there, or set another desk.tag_prefix.",
            hinders=True,
        )
        for value, one in shown.values.items()
        if value in taken
    ]


def _make(shown: _Shown, free: Mapping[str, Choice], prefix: str) -> list[Step]:
    if not free:
        return []
    labels = ", ".join(one.label for one in free.values())
    field = {
        "type": "tagger",
        "title": shown.title,
        "agent_description": marked(shown.text, prefix, shown.key),
        "required": False,
        "visible_in_portal": False,
        "editable_in_portal": False,
        "custom_field_options": [{"name": one.label, "value": value} for value, one in free.items()],
    }
    request = Request(method="POST", path=(PATH,), body={"ticket_field": field})
    what = f"Ticket field “{shown.title}”, seen by agents only, with the choices {labels}"
    return [Step(key=shown.key, verb="make", what=what, why=shown.why, request=request)]


def _change(shown: _Shown, free: Mapping[str, Choice], thing: There, prefix: str) -> list[Step]:
    if thing.raw.get("type") != "tagger":
        return []
    there = {str(one.get("value")): one for one in _options(thing)}
    steps = [_remark(shown, thing, prefix)] if mark(prefix, shown.key) not in thing.text else []
    for value, choice in free.items():
        if value not in there:
            what = f"Choice “{choice.label}” ({value}) for the ticket field “{thing.name}”"
            steps.append(_put(shown, choice, thing, "make", what, {"name": choice.label, "value": value}))
        elif there[value].get("name") != choice.label:
            what = f"Choice “{there[value].get('name')}” of “{thing.name}” is called “{choice.label}” now"
            option = {"id": there[value].get("id"), "name": choice.label, "value": value}
            steps.append(_put(shown, choice, thing, "change", what, option))
    return steps


def _put(
    shown: _Shown, choice: Choice, thing: There, verb: Any, what: str, option: Mapping[str, object]
) -> Step:
    path = (PATH, thing.id, "options")
    return Step(
        key=f"{shown.key}/{choice.name}",
        verb=verb,
        what=what,
        why="The policy file says so.",
        request=Request(method="POST", path=path, body={"custom_field_option": option}),
    )


def _remark(shown: _Shown, thing: There, prefix: str) -> Step:
    body = {"ticket_field": {"agent_description": marked(thing.text, prefix, shown.key)}}
    return Step(
        key=shown.key,
        verb="change",
        what=f"Our mark in the description of the ticket field “{thing.name}”",
        why="By the mark it is known again should this store be lost.",
        request=Request(method="PUT", path=(PATH, thing.id), body=body),
    )


def _states(shown: _Shown, thing: There) -> list[Left]:
    if thing.raw.get("type") != "tagger":
        reason = f"“{thing.name}” is not a drop-down field, so it cannot hold our choices."
    elif thing.raw.get("active") is False:
        reason = (
            f"Somebody switched the field “{thing.name}” off. Switch it on among the desk's ticket fields."
        )
    else:
        return []
    return [Left(key=shown.key, reason=reason, hinders=True)]


def _hidden(shown: _Shown, thing: There | None) -> list[Left]:
    there = {str(one.get("value")) for one in _options(thing)}
    return [
        Left(
            key=f"{shown.key}/{choice.name}",
            reason=(
                f"“{choice.label}” rests on a protected trait and must not be readable at the desk, yet it is"
                f" a choice of “{shown.title}”. Take it out there; that clears it from all tickets."
                if value in there
                else f"“{choice.label}” rests on a protected trait, so it is no choice of a field."
            ),
            hinders=value in there,
        )
        for value, choice in shown.hidden.items()
    ]


def _take_apart(key: str, thing: There, prefix: str) -> tuple[Step, ...]:
    return tuple(
        Step(
            key=f"{key}/{str(one.get('value')).removeprefix(prefix)}",
            verb="remove",
            what=f"Choice “{one.get('name')}” of the ticket field “{thing.name}”",
            why="We made it.",
            lasting="It goes from every ticket, with its tag, for good.",
            request=Request(method="DELETE", path=(PATH, thing.id, "options", str(one.get("id")))),
        )
        for one in _options(thing)
        if str(one.get("value")).startswith(prefix)
    )


def _options(thing: There | None) -> list[dict[str, Any]]:
    listed = thing and thing.raw.get("custom_field_options")
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
