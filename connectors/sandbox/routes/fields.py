"""Field definitions and satisfaction ratings."""

from __future__ import annotations

from connectors.sandbox import wire, wire_people
from connectors.sandbox.call import Answer, Call, Row, found, ok
from connectors.sandbox.paging import instant, page, whole
from connectors.sandbox.records import FieldDefinition, Rating
from connectors.sandbox.refusals import invalid_attribute, unknown_endpoint
from connectors.sandbox.state import Shelf

VERDICTS = ("good", "bad")
UNANSWERED = ("offered", "unoffered")


def ticket_fields(call: Call) -> Answer:
    return _fields(call, call.desk.ticket_fields, "ticket_fields")


def user_fields(call: Call) -> Answer:
    return _fields(call, call.desk.user_fields, "user_fields")


def organization_fields(call: Call) -> Answer:
    return _fields(call, call.desk.organization_fields, "organization_fields")


def _fields(call: Call, shelf: Shelf[FieldDefinition], name: str) -> Answer:
    """All at once, unless a page size is asked for."""

    def show(field: FieldDefinition) -> wire.Json:
        return wire_people.field(field, call.base, name)

    if "page[size]" in call.query or "page" in call.query:
        return Answer(200, page(shelf, name, call.query, call.address, show, lambda _: True))
    return Answer(200, whole(shelf, name, show))


def ticket_field(call: Call) -> Answer:
    record: FieldDefinition = found(call.desk.ticket_fields.get(call.id()))
    return ok(ticket_field=wire_people.field(record, call.base, "ticket_fields"))


def ratings(call: Call) -> Answer:
    """Verdicts, oldest first; the times hold for their last change and include both ends."""
    if call.desk.trouble.strikes("surveys"):
        raise unknown_endpoint()
    score = call.query.get("score", "received")
    word = score.removesuffix("_with_comment").removesuffix("_without_comment")
    if word not in (*VERDICTS, *UNANSWERED, "received"):
        raise invalid_attribute("score", "is not a known score")
    start, end = instant(call.query, "start_time", 0), instant(call.query, "end_time", 10**18)

    def fits(rating: Rating) -> bool:
        in_time = start <= rating.updated_at <= end
        commented = score == word or (rating.comment is not None) == score.endswith("_with_comment")
        return in_time and commented and word in ("received", rating.score)

    def show(rating: Rating) -> wire.Json:
        return wire.rating(rating, call.base)

    return Answer(200, page(call.desk.ratings, "satisfaction_ratings", call.query, call.address, show, fits))


def rating(call: Call) -> Answer:
    record: Rating = found(call.desk.ratings.get(call.id()))
    return ok(satisfaction_rating=wire.rating(record, call.base))


ROWS = (
    Row("GET", "/api/v2/ticket_fields", ticket_fields),
    Row("GET", "/api/v2/ticket_fields/{id}", ticket_field),
    Row("GET", "/api/v2/user_fields", user_fields),
    Row("GET", "/api/v2/organization_fields", organization_fields),
    Row("GET", "/api/v2/satisfaction_ratings", ratings, admin=True),
    Row("GET", "/api/v2/satisfaction_ratings/{id}", rating),
)
