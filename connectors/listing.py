"""A long list inside an answer, decoded straight into typed records, and as strictly as all other JSON.

A typed decoder keeps the last of two keys in silence. What gives a lost one away is the length: a compact
object is exactly as long as its keys, its values and their punctuation, so a list in which something came
twice is longer than its parts. Whatever this quick reading cannot vouch for goes the slow, strict way.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain

import msgspec

from connectors.answer import strict_json


def listed(body: bytes, name: str, kind: type[msgspec.Struct]) -> tuple[dict[str, object], list[object]]:
    """What stands around the list ``name`` in the one JSON object of ``body``, and the list's records.

    The records are all of type ``kind``, or, where one of them is not or the JSON is written in an unusual
    way, all as plain JSON values. ValueError when the body is no such object or holds no such list.
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
) -> tuple[dict[str, object], list[object]] | None:
    head = f'"{name}":'.encode()
    start = body.find(head + b"[") + len(head)
    end = body.rfind(b"]") + 1
    if start < len(head) or end <= start:
        return None
    array, rest = body[start:end], body[:start] + b"null" + body[end:]
    if rest.count(head) != 1:
        return None
    try:
        if _length(_MEMBERS.decode(array)) != len(array):
            return None
        around = strict_json(rest)
        records = _decoder(kind).decode(array)
    except (ValueError, RecursionError):
        return None
    return (around, records) if around.pop(name, array) is None else None


def _length(rows: list[dict[str, msgspec.Raw]]) -> int:
    """How long a compact list of these objects is, when no key of theirs came twice.

    Never more than it really is: escapes, blanks and letters beyond ASCII only make the original longer.
    """
    keys = sum(map(len, chain.from_iterable(rows)))
    values = len(b"".join(chain.from_iterable(map(dict.values, rows))))
    return 2 * len(rows) + 1 + 4 * sum(map(len, rows)) + keys + values


@lru_cache
def _decoder(kind: type[msgspec.Struct]) -> msgspec.json.Decoder[list[object]]:
    return msgspec.json.Decoder(list[kind])  # type: ignore[valid-type]  # the type is a value here


_MEMBERS = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])
