"""What came back over HTTP and how far it is trusted: strict JSON, plain words, bounded sizes. No sockets."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

import msgspec
from isal import isal_zlib

DEEPEST = 64
"""Objects and lists that may lie in one another."""

LONGEST = 86_400
"""Seconds that a header may ask for; beyond it the number is taken for a mistake."""

PIECE = 256 * 1024
"""Bytes that are unpacked at a time."""

_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+")


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A whole answer: unpacked, within its size cap. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"Answer({self.status}, {len(self.body)} bytes)"


class TooLargeError(ValueError):
    """An answer is larger, packed or unpacked, than it may be."""


def unpack(chunks: Iterable[bytes], encoding: str, cap: int) -> bytes:
    """The whole body from its chunks, as sent or gzip; ValueError when it is neither, or cut.

    Both the packed and the unpacked size are held to ``cap`` bytes while reading, so that a small
    answer cannot unpack into all of memory. A cut gzip body has no end mark, even when a proxy has
    put the length right.
    """
    if encoding not in ("", "identity", "gzip"):
        raise ValueError("the body is packed in a way that was not asked for")
    unpacker = isal_zlib.decompressobj(wbits=31) if encoding == "gzip" else None
    pieces: list[bytes] = []
    packed = size = 0
    for chunk in chunks:
        packed += len(chunk)
        for piece in (chunk,) if unpacker is None else _inflated(unpacker, chunk):
            pieces.append(piece)
            size += len(piece)
            if size > cap:
                break
        if packed > cap or size > cap:
            raise TooLargeError(f"the body is larger than {cap} bytes")
    if unpacker is not None and packed and (not unpacker.eof or unpacker.unused_data):
        raise ValueError("the packed body is cut")
    return b"".join(pieces)  # a buffer that grows is copied more than once


def _inflated(unpacker: isal_zlib.Decompress, chunk: bytes) -> Iterator[bytes]:
    """A chunk unpacked piece by piece, as one alone may hold a whole bomb."""
    try:
        while chunk:
            yield unpacker.decompress(chunk, PIECE)
            chunk = unpacker.unconsumed_tail
    except isal_zlib.error:  # type: ignore[misc]  # its stub takes the class for an instance
        raise ValueError("the packed body is damaged") from None


def strict_json(body: bytes) -> dict[str, object]:
    """The one JSON object in ``body``, or ValueError without a word of its content.

    Repeated keys, NaN, numbers beyond a float, trailing text and nesting beyond ``DEEPEST`` are refused: a
    lenient parser takes them in silence and differs from the next one in what it makes of them.
    Bytes that are not UTF-8 become the replacement character, so that one broken name does not hold up a
    page for ever.
    """
    try:
        value = _STRICT.decode(body.decode("utf-8", "replace"))
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"the JSON is malformed or cut at character {error.pos}") from None
    if not isinstance(value, dict):
        raise ValueError("the JSON is not an object")
    _demand_shallow(value)
    return value


def plain(text: str, limit: int = 200) -> str:
    """``text`` on one line, without control, direction and half characters, at most ``limit`` long."""
    line = " ".join(_UNPRINTABLE.sub(" ", text[: limit * 4]).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def retry_after(value: str | None, now: int) -> float | None:
    """Seconds to wait as a ``Retry-After`` header states them, None where it states nothing usable.

    ``now`` is the wall time that a date is measured against; more than a day counts as a day. Zero, the
    past and nonsense are None: the caller then backs off by its own measure, not at once.
    """
    if value is None or len(value) > 64:
        return None
    text = value.strip()
    seconds = int(text) if _SECONDS.fullmatch(text) else _until(text, now)
    return float(min(seconds, LONGEST)) if seconds > 0 else None


def redacted(text: str, secrets: Iterable[str]) -> str:
    """``text`` without the secrets that were sent, should the other side repeat them."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    return text


def _until(text: str, now: int) -> int:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return 0
    # A date in "-0000" comes back without a zone, which timestamp() would take for local time.
    return math.ceil((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()) - now


def _demand_shallow(value: dict[str, object]) -> None:
    level: list[object] = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)  # type: ignore[attr-defined]  # a list
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise ValueError("the JSON is nested too deeply")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("the JSON repeats a key")
    return found


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("the JSON holds a number out of range")
    return number


def _refuse(name: str) -> object:
    raise ValueError(f"the JSON holds {name}")


_STRICT = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_finite, parse_constant=_refuse)
