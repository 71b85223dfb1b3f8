"""How we know our own things again: by the id that was remembered, and by a mark in their description.

With the id a thing stays ours after somebody renamed it. With the mark a store that was lost makes nothing
twice, and nothing without it is ever removed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from connectors.setup import Left, Memory, Request, Step, Survey

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


class There(msgspec.Struct, frozen=True, kw_only=True):
    """One thing at the desk: what every kind of it has, and all of it as it came."""

    id: str
    name: str
    text: str
    """The description, where the mark stands."""
    raw: Mapping[str, Any]


class Recognised(msgspec.Struct, frozen=True, kw_only=True):
    """Our thing, if it is there, or else the ids of several that carry its mark while none is remembered."""

    thing: There | None = None
    twins: tuple[str, ...] = ()


def there(raw: object, *, name: str, text: str) -> There:
    """A thing from an answer; ``name`` and ``text`` say which properties these are.

    Raises ValueError for what is no thing with an id.
    """
    if not isinstance(raw, dict):
        raise ValueError("a list holds something that is no object")
    key = str(raw.get("id"))
    if _ID.fullmatch(key) is None:
        raise ValueError("a record has no id")
    return There(id=key, name=str(raw.get(name) or ""), text=str(raw.get(text) or ""), raw=raw)


def mark(prefix: str, key: str) -> str:
    """The mark of a thing. The tag prefix is in it, so that two installations do not take each other's."""
    return f"[deskcue {prefix}{key}]"


def marked(text: str, prefix: str, key: str) -> str:
    """A description with the mark at its end."""
    return f"{text} {mark(prefix, key)}".strip()


def recognise(things: Iterable[There], prefix: str, key: str, memory: Memory) -> Recognised:
    """Which of these is ours under that key."""
    found, remembered = list(things), memory.ids.get(key)
    known = next((thing for thing in found if thing.id == remembered), None)
    if known is not None:
        return Recognised(thing=known)
    alike = [thing for thing in found if mark(prefix, key) in thing.text]
    if len(alike) > 1:
        return Recognised(twins=tuple(thing.id for thing in alike))
    return Recognised(thing=alike[0] if alike else None)


def keys(things: Iterable[There], prefix: str, kind: str, memory: Memory) -> list[str]:
    """The keys of everything of ours among these: those marked there and those remembered here, each once."""
    shape = re.compile(re.escape(f"[deskcue {prefix}") + rf"({kind}\.[a-z0-9_]+)\]", re.ASCII)
    ids = {thing.id: thing for thing in things}
    stated = [match for thing in ids.values() for match in shape.findall(thing.text)]
    remembered = [key for key, one in memory.ids.items() if key.startswith(f"{kind}.") and one in ids]
    return list(dict.fromkeys([*stated, *remembered]))


def keeps(key: str, mine: Recognised, prefix: str) -> str:
    """Why a thing must not be removed; empty where it is ours beyond doubt."""
    if mine.twins:
        return unclear(mine.twins)
    if mine.thing is None or mark(prefix, key) in mine.thing.text:
        return ""
    return f"“{mine.thing.name}” does not carry our mark any more: somebody made it theirs."


def removal(key: str, mine: Recognised, prefix: str, word: str, path: str, lasting: str = "") -> Survey:
    """The step that removes one thing of ours, or why it stays; nothing where there is none."""
    if reason := keeps(key, mine, prefix):
        return Survey(left=(Left(key=key, reason=reason, hinders=True),))
    if mine.thing is None:
        return Survey()
    request = Request(method="DELETE", path=(path, mine.thing.id))
    what = f"{word} “{mine.thing.name}”"
    step = Step(key=key, verb="remove", what=what, why="We made it.", lasting=lasting, request=request)
    return Survey(steps=(step,))


def joined(parts: Iterable[Survey]) -> Survey:
    """Several surveys as one."""
    every = list(parts)
    return Survey(
        steps=tuple(step for part in every for step in part.steps),
        left=tuple(left for part in every for left in part.left),
        found={key: one for part in every for key, one in part.found.items()},
    )


def unclear(twins: tuple[str, ...]) -> str:
    """Why nothing is done about several things of the same mark."""
    return (
        f"{len(twins)} things carry our mark ({', '.join(twins)}), and it is not remembered which of them is"
        " ours. Somebody may have copied one: take the copy away, or the mark out of its description."
    )
