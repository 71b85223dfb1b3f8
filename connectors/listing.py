"""A long list inside an answer, decoded straight into typed records, and as strictly as all other JSON.

A typed decoder keeps the last of two keys in silence. What gives a lost one away is the length: split into
keys and values that stay as they are, and put together again, compact objects are as long as before only
when nothing was dropped. Putting together never adds: blanks and escapes only make the original longer.
Whatever this quick reading cannot vouch for goes the slow, strict way: the page, or, where only values are
odd, the records of a part of it.

What it vouches for: the keys around the list and those of each record are there once; every number and every
value that is kept is in range and of its type; and nothing is nested too deeply for the parser. It does not
look inside properties that nobody reads, and takes the last of two keys inside one that somebody does.
Looking there as well would cost about as much as all the rest of the reading (measured in 2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain

import msgspec

from connectors.answer import strict_json

MOST_KEYS = 256
"""Keys of a kind of record that get slots; records with more are no records of a help desk."""

PART = 96 * 1024
"""Bytes of a list, or a little more, that are read at a time."""


class Broken(msgspec.Struct, frozen=True):
    """A record of a list that is no strict JSON by itself: its id as far as it has one, and what is wrong."""

    id: int | str | None = None
    why: str = ""


def listed(body: bytes, name: str, kind: type[msgspec.Struct]) -> tuple[dict[str, object], Iterable[object]]:
    """What stands around the list ``name`` in the one JSON object of ``body``, and the list's records.

    ValueError when the body is no such object or holds no such list. A record is of type ``kind``, or else a
    plain JSON object or Broken: one that is odd holds up no other. Where the JSON is written in an unusual
    way all of them are plain JSON values. They are made as they are taken, and can be taken once.
    """
    found = _quick(body, name, kind)
    if found is not None:
        return found
    around = strict_json(body)
    records = around.pop(name, None)
    if not isinstance(records, list):
        raise ValueError(f"the page holds no {name}")
    return around, records


def _quick(
    body: bytes, name: str, kind: type[msgspec.Struct]
) -> tuple[dict[str, object], Iterable[object]] | None:
    head = f'"{name}":'.encode()
    start = body.find(head + b"[") + len(head)
    end = body.rfind(b"]") + 1
    if start < len(head) or end <= start:
        return None
    rest = body[:start] + b"null" + body[end:]
    if rest.count(head) != 1:
        return None
    try:
        around = strict_json(rest)
        if not all(len(_ENCODE(_members(part, kind))) == len(part) for part in _parts(body, start, end)):
            return None
    except (ValueError, RecursionError):
        return None
    return (around, _records(_parts(body, start, end), kind)) if around.pop(name, ...) is None else None


def _records(parts: Iterable[bytes], kind: type[msgspec.Struct]) -> Iterator[object]:
    for part in parts:
        try:
            yield from _decoder(kind).decode(part)
        except ValueError:
            yield from map(_plain, _EACH(part))


def _plain(record: msgspec.Raw) -> object:
    """The record as strict JSON has it; its own keys are there once, what lies in them was not looked at."""
    try:
        return strict_json(bytes(record))
    except ValueError as error:
        return Broken(_named(record), str(error))


def _named(record: msgspec.Raw) -> int | str | None:
    try:
        return _NAME(record).id
    except ValueError:
        return None


def _parts(body: bytes, start: int, end: int) -> Iterator[bytes]:
    """The list as shorter lists: what is gone through three times should stay near the processor.

    A list is parted where a record begins with the same key as the first one. Should that be a place inside
    another record, neither part is JSON. A quotation mark before a key is no part of a text.
    """
    between = b"}," + body[start + 1 : body.find(b":", start, end) + 1]
    while (cut := body.find(between, start + PART, end)) >= 0:
        yield b"[%b]" % body[start + 1 : cut + 1]
        start = cut + 1  # the comma stands for the bracket
    yield b"[%b" % body[start + 1 : end]


def _members(array: bytes, kind: type[msgspec.Struct]) -> Sequence[object]:
    """Every record split into its keys and untouched values.

    Records of one kind mostly have the same keys, and slots made for those are filled sooner than
    dictionaries. A key that has no slot is refused by them, and has one from the next page on.
    """
    known, slots = _SLOTS.get(kind, _NONE)
    try:
        return slots.decode(array)
    except msgspec.ValidationError:
        records = _MEMBERS.decode(array)
    met = tuple(dict.fromkeys((*known, *chain.from_iterable(records))))
    if len(met) <= MOST_KEYS and not any(_UNFIT.search(key) for key in met):
        _SLOTS[kind] = (met, _slots(met))
    return records


def _slots(keys: tuple[str, ...]) -> msgspec.json.Decoder[Sequence[object]]:
    names = {f"slot_{place}": key for place, key in enumerate(keys)}
    empty = msgspec.Raw | msgspec.UnsetType
    record = msgspec.defstruct(
        "Slots",
        [(name, empty, msgspec.UNSET) for name in names],
        rename=names,
        forbid_unknown_fields=True,
        gc=False,
    )
    return msgspec.json.Decoder(list[record])  # type: ignore[valid-type]  # the type is a value here


@lru_cache
def _decoder(kind: type[msgspec.Struct]) -> msgspec.json.Decoder[list[object]]:
    return msgspec.json.Decoder(list[kind])  # type: ignore[valid-type]  # the type is a value here


_ENCODE = msgspec.json.Encoder().encode
_MEMBERS = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])
_EACH = msgspec.json.Decoder(list[msgspec.Raw]).decode
_NAME = msgspec.json.Decoder(Broken).decode
_UNFIT = re.compile(r'["\\\x00-\x1f]')
"""What the name of a slot may not hold."""

_NONE: tuple[tuple[str, ...], msgspec.json.Decoder[Sequence[object]]] = ((), _slots(()))
_SLOTS: dict[type[msgspec.Struct], tuple[tuple[str, ...], msgspec.json.Decoder[Sequence[object]]]] = {}
"""The keys met so far in records of a kind, in order, and slots for them."""
