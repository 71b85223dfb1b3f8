"""Whose hand did what on a sandbox desk: seen from its ledger, while an app and agents work there."""

from __future__ import annotations

from collections import Counter

import msgspec

from connectors.changes import Field
from connectors.sandbox.ledger import Effect
from integration.store.assignments import Decided

PREFIX = "cue_"
"""How the app's own tags begin."""

STANDS = {Field.SERVICE_LEVEL: f"{PREFIX}sla_", Field.SEGMENT: f"{PREFIX}segment_"}
"""The tags that stand for other fields on this desk."""


class Hands:
    """What the app's user and everybody else did to tickets; ``ours`` is that user."""

    def __init__(self, ours: int) -> None:
        self._ours = ours
        self._seen = 0
        self._asked: dict[int, frozenset[str]] = {}
        self._generation: Counter[int] = Counter()
        self._edits: Counter[int] = Counter()
        self._hands: dict[tuple[int, str], int | None] = {}
        self._wrote: dict[int, object] = {}
        """The priority we wrote last, by ticket."""
        self.known: set[tuple[int, str]] = set()
        """What the app knew to be its own before the last look: a ticket with a tag or ``priority``."""
        self.placed: set[tuple[int, str]] = set()
        """Tags that we put on a ticket and that still stand there."""
        self.undone = 0
        """Times a person undid what the app had done and never seen, so that it was done again."""
        self.effects: Counter[tuple[object, ...]] = Counter()
        self.wronged: list[str] = []

    def decided_now(self, asked: dict[int, frozenset[str]]) -> None:
        """What is decided for each ticket from now on."""
        for ticket in asked.keys() | self._asked.keys():
            if asked.get(ticket) != self._asked.get(ticket):
                self._generation[ticket] += 1
        self._asked = asked

    def look(self, effects: list[Effect]) -> None:
        """Take note of what has happened since the last look."""
        for effect in effects[self._seen :]:
            if effect.kind == "ticket" and effect.author_id != self._ours:
                self._theirs(effect)
            elif effect.kind == "ticket":
                self._our(effect)
        self._seen = len(effects)

    def _theirs(self, effect: Effect) -> None:
        self._edits[effect.id] += 1
        self._hands[effect.id, effect.field] = effect.author_id
        if effect.field == "tags":
            gone = set(_list(effect.before)) - set(_list(effect.after))
            self.placed -= {(effect.id, tag) for tag in gone}
            # Who takes off what nobody asks for any more has done our work.
            for tag in gone & self._asked.get(effect.id, frozenset()):
                self._hands[effect.id, tag] = effect.author_id

    def _our(self, effect: Effect) -> None:
        key, name = effect.id, effect.field
        self.effects[key, name, str(effect.after), self._generation[key], self._edits[key]] += 1
        if name == "priority":
            self._priority(effect)
        elif name == "tags":
            self._tags(effect)
        elif not name.isdigit():
            self.wronged.append(f"{name} of ticket {key}")

    def _priority(self, effect: Effect) -> None:
        hand, place = self._hands.get((effect.id, "priority")), (effect.id, "priority")
        # A person who sets what we had written before takes our side: values have no memory of hands.
        if effect.before is not None and hand != self._ours and effect.before != self._wrote.get(effect.id):
            self.wronged.append(f"priority {effect.before} of ticket {effect.id} became {effect.after}")
        elif effect.before is None and hand not in (None, self._ours):
            self._again(place)
        self._hands[place], self._wrote[effect.id] = self._ours, effect.after

    def _again(self, place: tuple[int, str]) -> None:
        """We set what a person took away: that is wrong if the app knew that it had been its own."""
        if place in self.known:
            self.wronged.append(f"{place[1]} of ticket {place[0]} came back")
        self.undone += 1

    def _tags(self, effect: Effect) -> None:
        before, after = set(_list(effect.before)), set(_list(effect.after))
        for tag in before ^ after:
            if not tag.startswith(PREFIX):
                self.wronged.append(f"tag {tag} of ticket {effect.id}")
        self.placed -= {(effect.id, tag) for tag in before - after}
        self.placed |= {(effect.id, tag) for tag in after - before}
        for tag in after - before:
            if self._hands.pop((effect.id, tag), None) is not None:
                self._again((effect.id, tag))


def owned_in(field: str, value: str | None) -> list[str]:
    """What a row of what we wrote last names: tags, or ``priority``."""
    if value is None:
        return []
    if field in STANDS:
        return [STANDS[Field(field)] + msgspec.json.decode(value, type=str)]
    return msgspec.json.decode(value, type=list[str]) if field == Field.TAGS else [field]


def _list(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def asked(body: str) -> frozenset[str]:
    """What a stored decision asks for: tags as the desk shows them, and a priority."""
    decision = msgspec.json.decode(body, type=Decided).decision
    found = {PREFIX + part.value for part in decision.tags}
    if decision.service_level is not None:
        found.add(STANDS[Field.SERVICE_LEVEL] + decision.service_level.value)
    if decision.mark is not None:
        found.add(STANDS[Field.SEGMENT] + decision.mark.value)
    if decision.priority is not None:
        found.add(f"priority {decision.priority.value}")
    return frozenset(found)
