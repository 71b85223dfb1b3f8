"""What an account needs so that Deskcue can work beside it, and the steps that bring it there.

A survey compares what is wanted with what is there and touches nothing; each of its steps can be shown,
and only ``Connector.take`` does one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

Verb = Literal["make", "change", "remove", "fetch"]
"""``fetch`` brings something here and changes nothing at the desk."""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a ticket can be marked with: our name for it, and what people read."""

    name: str
    label: str


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """A service level: seconds until the first reply, by priority."""

    name: str
    label: str
    first_reply: Mapping[str, int]


class Requirements(msgspec.Struct, frozen=True, kw_only=True):
    """Everything an account should have for us."""

    segments: tuple[Choice, ...] = ()
    hidden: tuple[Choice, ...] = ()
    """Segments that must not be readable at the desk."""
    levels: tuple[Level, ...] = ()
    """Strictest first."""
    address: str = ""
    """Where the desk shall report what happens; empty when it cannot reach us."""


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """What is known here of what was made there before."""

    ids: Mapping[str, str] = {}
    """The desk's id of each thing of ours, by the thing's key."""
    secrets: frozenset[str] = frozenset()
    """Ids of those whose secret is kept here."""


class Ref(msgspec.Struct, frozen=True):
    """The place of an id that is only known once the thing with this key has been made."""

    key: str


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """How a step is done, in the vendor's words; ``Ref`` may stand for an id in ``path`` and ``body``."""

    method: str
    path: tuple[str | Ref, ...]
    query: tuple[tuple[str, tuple[str | Ref, ...]], ...] = ()
    body: object = None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to do at the desk."""

    key: str
    """Names the thing, and is the same in every survey: ``field.segment``, ``level.fast``."""
    verb: Verb
    what: str
    why: str
    lasting: str = ""
    """What of it cannot be taken back."""
    needs: tuple[str, ...] = ()
    """Keys of things that must be there before."""
    instead: tuple[Step, ...] = ()
    """What is done where the desk refuses this step."""
    request: Request


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """Something that stays as it is, and why. ``hinders`` where something that is needed is missing by it."""

    key: str
    reason: str
    hinders: bool = False


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done, what is left as it is, and what of ours was found there."""

    steps: tuple[Step, ...] = ()
    left: tuple[Left, ...] = ()
    found: Mapping[str, str] = {}
    """The desk's ids of what is ours, by key."""


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What a step has brought: the id of what it made, or a secret, which no text shows."""

    id: str = ""
    secret: str = ""

    def __repr__(self) -> str:
        return f"Taken({self.id!r})"
