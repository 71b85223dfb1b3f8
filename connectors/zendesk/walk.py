"""Walking a stream from a saved place to its end, with its guards; how pages look is not known here."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, Protocol, TypeVar

import msgspec

from connectors.answer import plain
from connectors.errors import CursorError, RejectedError, SlowError, UnreadableCursorError
from connectors.listing import Broken
from connectors.records import DeadLetter, Page, Record, Stream
from connectors.zendesk.faults import Fault
from connectors.zendesk.pace import PageSize
from connectors.zendesk.streams import Reading

_log = logging.getLogger(__name__)

FEW = 4
"""Records of a page that may always be unreadable; beyond it their share counts."""

SHARE = 0.01
"""Share of a page that may be unreadable; beyond it the desk has changed its ways, not a record."""

Translate = Callable[[object], Record | None]


class _Place(Protocol):
    @property
    def key(self) -> object: ...
    @property
    def newest(self) -> int: ...


P = TypeVar("P", bound=_Place)


class _Way(Protocol[P]):
    def begin(self, place: P) -> P: ...
    def ask(self, place: P) -> Reading | Fault: ...
    def after(self, place: P, page: Reading, records: Sequence[Record]) -> P: ...
    def restart(self, place: P) -> P | None: ...
    def ends(self, place: P, page: Reading) -> bool: ...


class Walk(Generic[P]):
    """One stream's way, begun from any place of type ``kind``."""

    def __init__(
        self, stream: Stream, way: _Way[P], kind: type[P], translate: Translate, size: PageSize
    ) -> None:
        self._stream = stream
        self._way = way
        self._kind = kind
        self._translate = translate
        self._size = size

    def pages(self, saved: str | None) -> Iterator[Page]:
        """The pages behind the saved place; the last page's place is where the next walk goes on.

        A refused cursor is answered once by starting again a little earlier.
        A page that is not the last and leads to a place already seen raises CursorError instead of being
        given out.
        """
        place = self._way.begin(self._begin(saved))
        seen = {place.key}
        restarted = False
        while True:
            got = self._ask(place)
            if isinstance(got, Fault):
                if got.too_recent:
                    yield self._page(place, (), (), last=True)
                    return
                place = self._again(place, got, restarted=restarted)
                seen, restarted = {place.key}, True
                continue
            records, dead = understood(self._stream, got.raws, self._translate)
            last, place = self._way.ends(place, got), self._way.after(place, got, records)
            if not last and place.key in seen:
                raise CursorError(
                    f"The help desk's export of {self._stream} does not move on; it was stopped."
                )
            seen.add(place.key)
            yield self._page(place, records, dead, last=last)
            if last:
                return

    def _ask(self, place: P) -> Reading | Fault:
        """The page behind ``place``, asked for in smaller pieces where the desk cannot finish it in time."""
        while True:
            try:
                got = self._way.ask(place)
            except SlowError:
                if not self._size.too_slow():
                    raise
                _log.warning("the desk is slow; %s are read %d at a time", self._stream, self._size.now)
            else:
                self._size.came()
                return got

    def _begin(self, saved: str | None) -> P:
        if saved is None:
            return self._kind()
        try:
            return msgspec.json.decode(saved, type=self._kind)
        except msgspec.DecodeError:
            raise UnreadableCursorError(
                f"The saved place of {self._stream} cannot be read; start without it."
            ) from None

    def _again(self, place: P, said: Fault, *, restarted: bool) -> P:
        again = self._way.restart(place)
        reason = f"{said.code} {said.text}".strip() or "no reason given"
        if again is None:
            raise RejectedError(f"The help desk refuses to give out its {self._stream} ({reason}).")
        if restarted:
            raise CursorError(f"The help desk refuses its own cursor for {self._stream} ({reason}).")
        _log.warning(
            "the saved place of %s was refused; it is read again from a little earlier", self._stream
        )
        return again

    def _page(
        self, place: P, records: tuple[Record, ...], dead: tuple[DeadLetter, ...], *, last: bool
    ) -> Page:
        cursor = msgspec.json.encode(place).decode()
        return Page(
            stream=self._stream, records=records, cursor=cursor, last=last, dead=dead, stamp=place.newest
        )


def understood(
    stream: Stream, raws: Iterable[object], translate: Translate
) -> tuple[tuple[Record, ...], tuple[DeadLetter, ...]]:
    """The records in ``raws``, and a dead letter for each that is none; RejectedError when that is many."""
    records: list[Record] = []
    dead: list[DeadLetter] = []
    met = 0
    for raw in raws:
        met += 1
        try:
            record = translate(raw)
        except ValueError as error:
            why = raw.why if isinstance(raw, Broken) else str(error)
            dead.append(DeadLetter(stream=stream, id=_id(raw), reason=plain(why)))
        else:
            if record is not None:
                records.append(record)
    if len(dead) > FEW and len(dead) > SHARE * met:
        raise RejectedError(
            f"{len(dead)} of {met} {stream} on a page cannot be understood (first: {dead[0].reason}). "
            "The help desk seems to have changed their form; nothing of this page was taken."
        )
    return tuple(records), tuple(dead)


def _id(raw: object) -> str:
    """The record's id where it has one; otherwise a name that is the same each time it comes."""
    found = raw.get("id") if isinstance(raw, dict) else getattr(raw, "id", None)
    if isinstance(found, int | str) and not isinstance(found, bool) and len(str(found)) <= 40:
        return plain(str(found))
    digest = hashlib.sha256(msgspec.json.encode(_printable(raw))).hexdigest()
    return f"unreadable-{digest[:16]}"


def _printable(raw: object) -> str:
    return repr(raw).encode("ascii", "backslashreplace").decode()
