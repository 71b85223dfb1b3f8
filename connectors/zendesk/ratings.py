"""What customers thought: the older ratings and the newer surveys, of which an account has one kind active.

Both are ordinary lists. The older one can be asked from a time on and is read in overlapping rounds; the
newer one is followed by its cursor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from connectors.answer import Answer, strict_json
from connectors.errors import UnavailableError
from connectors.records import Rating, Record, Score
from connectors.zendesk import translate
from connectors.zendesk.faults import Fault, fault
from connectors.zendesk.streams import OVERLAP, REFUSALS, Read, Reading
from connectors.zendesk.times import seconds
from connectors.zendesk.wire import WireAnswer, WireSurvey

SIZE = "100"
"""Records of a full page: what the vendor allows at most."""

LISTS: dict[str, tuple[str, str]] = {
    "old": ("/api/v2/satisfaction_ratings", "satisfaction_ratings"),
    "new": ("/api/v2/guide/survey_responses", "survey_responses"),
}
"""Each kind's path and the name of its list."""

CATEGORIES: Mapping[str, Score] = {"good": "good", "neutral": "neutral", "bad": "bad"}


class RatedPlace(msgspec.Struct, frozen=True):
    """Where a round of the ``kind`` in hand stands.

    ``since`` is where the round of the older kind started, ``after`` the cursor within it, ``high`` the
    newest record of it. ``surveys`` is the cursor of the newer kind, which outlasts its rounds.
    ``missing`` says that the older kind is not offered.
    """

    since: int = 0
    after: str | None = None
    high: int = 0
    kind: Literal["old", "new"] = "old"
    surveys: str | None = None
    missing: bool = False

    @property
    def key(self) -> object:
        """What must differ from one page to the next."""
        return self.kind, self.since, self.after, self.surveys

    @property
    def newest(self) -> int:
        """The newest record given so far."""
        return self.high


class RatedList:
    """Both kinds, one after the other; a kind that is not offered is passed over, both are an error."""

    def __init__(self, read: Read) -> None:
        self._read = read

    def begin(self, place: RatedPlace) -> RatedPlace:
        """The place itself: what to read again is seen to in asking."""
        return place

    def ask(self, place: RatedPlace) -> Reading | Fault:
        """The page behind ``place``, or why there is none."""
        path, _ = LISTS[place.kind]
        try:
            return self._read(path, self._query(place), lambda answer: _decoded(answer, place.kind))
        except UnavailableError:
            if place.kind == "new" and place.missing:
                raise
            return Reading(raws=(), last=True, offered=False)

    def after(self, place: RatedPlace, page: Reading, records: Sequence[Record]) -> RatedPlace:
        """The place behind ``page``; after the last one of both kinds a new round starts at the newest."""
        if place.kind == "new":
            surveys = page.cursor or place.surveys
            return RatedPlace(place.since, None, place.high, "old" if page.last else "new", surveys)
        high = max([place.high, *map(_created, page.raws)])
        if not page.last:
            return RatedPlace(place.since, page.cursor, high, "old", place.surveys)
        return RatedPlace(high, None, high, "new", place.surveys, missing=not page.offered)

    def restart(self, place: RatedPlace) -> RatedPlace | None:
        """The beginning of the round, when the cursor within it is refused."""
        if place.kind == "new":
            return None if place.surveys is None else msgspec.structs.replace(place, surveys=None)
        return None if place.after is None else msgspec.structs.replace(place, after=None)

    def ends(self, place: RatedPlace, page: Reading) -> bool:
        """The last page of the older kind is not the end: the newer kind follows."""
        return page.last and place.kind == "new"

    def _query(self, place: RatedPlace) -> list[tuple[str, str]]:
        query = [("page[size]", SIZE)]
        if place.kind == "old":
            query.append(("start_time", str(max(0, place.since - OVERLAP))))
        after = place.after if place.kind == "old" else place.surveys
        return query if after is None else [*query, ("page[after]", after)]


def rating(raw: object) -> Rating | None:
    """The verdict in a record of either kind; None where no verdict was given."""
    survey = isinstance(raw, dict) and "answers" in raw
    return _survey(msgspec.convert(raw, WireSurvey)) if survey else translate.rating(raw)


def _survey(wire: WireSurvey) -> Rating | None:
    answers = wire.answers or []
    verdict = next((one for one in answers if one.rating_category in CATEGORIES), None)
    if verdict is None or verdict.rating_category is None:
        return None
    created = seconds(wire.created_at or verdict.created_at or "", "created_at")
    updated = max(created, *(_changed(one, created) for one in answers))
    return Rating(
        id=wire.id,
        version=updated,
        ticket_id=_ticket(wire),
        customer_id=_number(wire.responder_id),
        score=CATEGORIES[verdict.rating_category],
        commented=any(isinstance(one.value, str) and one.value.strip() for one in answers),
        created_at=created,
        updated_at=updated,
    )


def _ticket(wire: WireSurvey) -> str | None:
    for subject in wire.subjects or ():
        kind, _, number = (subject.zrn or "").rpartition(":")
        if kind == "zen:ticket":
            return _number(number)
        if subject.type == "ticket":
            return _number(subject.id)
    return None


def _number(value: object) -> str | None:
    """An id, be it sent as a number or as text."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return text if text.isascii() and text.isdigit() and int(text) > 0 else None


def _changed(answer: WireAnswer, otherwise: int) -> int:
    return seconds(answer.updated_at, "updated_at") if answer.updated_at else otherwise


def _decoded(answer: Answer, kind: str) -> Reading | Fault:
    if answer.status in REFUSALS:
        return fault(answer.body)
    body, (_, name) = strict_json(answer.body), LISTS[kind]
    meta = msgspec.convert(body, _Listed).meta
    if meta.has_more and not meta.after_cursor:
        raise ValueError("the page is not the last and names no cursor")
    raws = body.get(name)
    if not isinstance(raws, list):
        raise ValueError(f"the page holds no {name}")
    return Reading(raws=raws, last=not meta.has_more, cursor=meta.after_cursor)


def _created(raw: object) -> int:
    """When a rating was made, 0 where it does not say: also the unanswered ones move the place on."""
    text = raw.get("created_at") if isinstance(raw, dict) else None
    try:
        return seconds(text, "created_at") if isinstance(text, str) else 0
    except ValueError:
        return 0


class _Meta(msgspec.Struct, kw_only=True):
    has_more: bool
    after_cursor: str | None = None


class _Listed(msgspec.Struct, kw_only=True):
    meta: _Meta
