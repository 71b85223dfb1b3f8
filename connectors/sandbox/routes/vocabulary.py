"""What an account calls things, beside its fields and teams: brands and statuses; and the newer surveys."""

from __future__ import annotations

from connectors.sandbox import wire, wire_words
from connectors.sandbox.call import Answer, Call, Row, ok
from connectors.sandbox.paging import page
from connectors.sandbox.records import STATUSES, Rating
from connectors.sandbox.refusals import unknown_endpoint


def brands(call: Call) -> Answer:
    shown = [wire_words.brand(call.desk, call.base)]
    return ok(brands=shown, count=len(shown), next_page=None, previous_page=None)


def custom_statuses(call: Call) -> Answer:
    """Unlike other lists it never comes in pages."""
    started = call.desk.opened_at
    rows = [
        wire_words.custom_status(number, status, started, call.base)
        for number, status in enumerate(STATUSES[:-1], wire.FIRST_STATUS)
    ]
    return Answer(200, {"custom_statuses": rows})


def survey_responses(call: Call) -> Answer:
    """The answers to the newer surveys, oldest first; an account without them has no such address."""
    if not call.desk.trouble.strikes("surveys"):
        raise unknown_endpoint()

    def show(rating: Rating) -> wire.Json:
        return wire_words.survey(rating)

    query = {"page[size]": "100", **call.query}
    return Answer(200, page(call.desk.ratings, "survey_responses", query, call.address, show, lambda _: True))


ROWS = (
    Row("GET", "/api/v2/brands", brands),
    Row("GET", "/api/v2/custom_statuses", custom_statuses),
    Row("GET", "/api/v2/guide/survey_responses", survey_responses, admin=True),
)
