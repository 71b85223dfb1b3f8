"""Walking the four streams: what is asked, where it ends, what is saved, and when it stops in protest."""

from __future__ import annotations

import json
import logging

import pytest

from connectors.errors import CursorError, RejectedError, RetryableError, UnavailableError
from connectors.records import Page, Stream
from connectors.zendesk.api import Zendesk
from tests.clock import NOON, FakeClock
from tests.connectors.fault_server import as_json, response
from tests.connectors.zendesk.scripted import (
    TOKEN,
    Script,
    a_rating,
    a_ticket,
    a_user,
    an_organization,
    desk,
    exported,
)

TOO_RECENT = [
    as_json(
        {"error": "InvalidValue", "description": "Too recent start_time. Use one older than 5 minutes"}, 422
    ),
    as_json(
        {"errors": [{"code": "StartTimeTooRecent", "title": "start_time must be more than 60 s ago"}]}, 400
    ),
]
REFUSED = as_json({"error": "InvalidValue", "description": "Cursor is invalid or has expired"}, 422)


def walked(account: Zendesk, stream: Stream, cursor: str | None = None) -> list[Page]:
    return list(account.pages(stream, cursor))


def ids(pages: list[Page]) -> list[str]:
    return [record.id for page in pages for record in page.records]


def test_tickets_are_walked_from_the_beginning_and_resumed_at_the_end() -> None:
    """The first round starts at 0, follows cursors with the same filters, and the last cursor is kept."""
    script = Script(
        incremental_tickets_cursor=[
            exported("tickets", [a_ticket(1), a_ticket(2)], "c1", end=False),
            exported("tickets", [a_ticket(3)], "c2", end=True),
            exported("tickets", [], "c2", end=True),
        ]
    )
    with desk(script, page_size=2) as account:
        pages = walked(account, Stream.TICKETS)
        again = walked(account, Stream.TICKETS, pages[-1].cursor)
        assert account.requests == {"read": 4}
    filters = {"per_page": "2", "include": "metric_sets,slas", "support_type_scope": "all"}
    assert [query for _, query in script.asked] == [
        {"start_time": "0", **filters},
        {"cursor": "c1", **filters},
        {"cursor": "c2", **filters},
    ]
    assert ids(pages) == ["1", "2", "3"]
    assert [page.last for page in pages] == [False, True]
    assert [(page.records, page.last) for page in again] == [((), True)]
    assert again[-1].cursor == pages[-1].cursor
    assert all(request.headers["authorization"] == f"Bearer {TOKEN}" for request in script.requests)


def test_every_page_s_place_starts_the_next_walk() -> None:
    """A walk that stopped after its first page goes on from there."""
    script = Script(
        incremental_users_cursor=[
            exported("users", [a_user(1)], "c1", end=False),
            exported("users", [a_user(2)], "c2", end=True),
        ]
    )
    with desk(script) as account:
        first = next(account.pages(Stream.CUSTOMERS, None))
        assert ids(walked(account, Stream.CUSTOMERS, first.cursor)) == ["2"]
    assert script.asked[-1] == ("incremental_users_cursor", {"cursor": "c1", "per_page": "1000"})


def test_a_ssrf_07_only_the_cursor_is_taken_from_an_answer() -> None:
    """The address of the next page names another host, and is not followed."""
    script = Script(
        incremental_users_cursor=[
            exported("users", [], "c1&x=../..", end=False),
            exported("users", [a_user(1)], "c2", end=True),
        ]
    )
    with desk(script) as account:
        assert ids(walked(account, Stream.CUSTOMERS)) == ["1"]
    assert script.asked[-1] == ("incremental_users_cursor", {"cursor": "c1&x=../..", "per_page": "1000"})


def test_f_page_03_a_cursor_that_stands_still_stops_the_walk() -> None:
    """The same cursor with more to come raises CursorError; the repeated page is not given out."""
    same = exported("users", [a_user(1)], "c1", end=False)
    script = Script(incremental_users_cursor=[same, same])
    with desk(script) as account:
        pages = account.pages(Stream.CUSTOMERS, None)
        assert ids([next(pages)]) == ["1"]
        with pytest.raises(CursorError, match="does not move on"):
            next(pages)
    assert len(script.asked) == 2


def test_f_page_03_a_circle_of_cursors_stops_the_walk() -> None:
    """A cursor that was already seen in this walk raises CursorError, too."""
    script = Script(
        incremental_users_cursor=[exported("users", [], f"c{at % 3}", end=False) for at in range(9)],
    )
    with desk(script) as account, pytest.raises(CursorError):
        walked(account, Stream.CUSTOMERS)
    assert len(script.asked) == 4


def test_f_page_04_a_refused_cursor_leads_back_a_little(caplog: pytest.LogCaptureFixture) -> None:
    """After a refused cursor the walk starts 10 minutes before the newest record it ever saw, and says so."""
    first = exported("tickets", [a_ticket(1, generated_timestamp=1_790_000_000)], "c1", end=True)
    script = Script(
        incremental_tickets_cursor=[first, REFUSED, exported("tickets", [a_ticket(1)], "c7", end=True)]
    )
    with desk(script) as account, caplog.at_level(logging.WARNING):
        saved = walked(account, Stream.TICKETS)[-1].cursor
        assert json.loads(saved) == {"cursor": "c1", "stamp": 1_790_000_000}
        assert ids(walked(account, Stream.TICKETS, saved)) == ["1"]
    assert [query.get("start_time") for _, query in script.asked] == ["0", None, str(1_790_000_000 - 600)]
    assert "the saved place of tickets was refused" in caplog.text


def test_f_page_04_a_desk_that_refuses_every_cursor_is_left() -> None:
    """A second refusal in one walk raises CursorError; a refused beginning raises RejectedError."""
    script = Script(
        incremental_users_cursor=[
            exported("users", [], "c1", end=False),
            REFUSED,
            exported("users", [], "c2", end=False),
            REFUSED,
        ]
    )
    with desk(script) as account, pytest.raises(CursorError, match="its own cursor"):
        walked(account, Stream.CUSTOMERS)
    assert len(script.asked) == 4
    script = Script(incremental_users_cursor=[REFUSED])
    with desk(script) as account, pytest.raises(RejectedError, match="InvalidValue Cursor is invalid"):
        walked(account, Stream.CUSTOMERS)


def test_a_place_that_is_no_place_is_a_cursor_error() -> None:
    """A saved text of another kind is refused before anything is asked."""
    script = Script(incremental_users_cursor=[exported("users", [], "c1", end=True)])
    with desk(script) as account:
        for saved in ("", "c1", "[]", '{"cursor": 5}'):
            with pytest.raises(CursorError, match="cannot be read"):
                walked(account, Stream.CUSTOMERS, saved)
    assert script.asked == []


def test_f_page_08_an_empty_page_is_not_the_end() -> None:
    """Empty pages with more to come are passed on, with their place."""
    script = Script(
        incremental_users_cursor=[
            exported("users", [], "c1", end=False),
            exported("users", [], "c2", end=False),
            exported("users", [a_user(1)], "c3", end=True),
        ]
    )
    with desk(script) as account:
        pages = walked(account, Stream.CUSTOMERS)
    assert [len(page.records) for page in pages] == [0, 0, 1]
    assert [json.loads(page.cursor)["cursor"] for page in pages] == ["c1", "c2", "c3"]


def test_f_page_08_an_end_without_a_cursor_keeps_the_old_one() -> None:
    """A last page that names no cursor leaves the one that led to it."""
    script = Script(
        incremental_users_cursor=[
            exported("users", [a_user(1)], "c1", end=False),
            exported("users", [a_user(2)], None, end=True),
        ]
    )
    with desk(script) as account:
        assert json.loads(walked(account, Stream.CUSTOMERS)[-1].cursor)["cursor"] == "c1"


@pytest.mark.parametrize(
    "half",
    [
        as_json({"users": [], "after_cursor": "c1"}),
        as_json({"after_cursor": "c1", "end_of_stream": True}),
        as_json({"users": {}, "after_cursor": "c1", "end_of_stream": True}),
        as_json({"users": [], "after_cursor": None, "end_of_stream": False}),
        as_json({"users": [], "after_cursor": "c1", "end_of_stream": "no"}),
        response(body=b"<html>Back soon</html>", kind="text/html"),
    ],
)
def test_f_http_14_and_15_a_page_without_its_envelope_is_asked_for_again(half: bytes) -> None:
    """A page that does not say where it ends is no page: it is asked for again, and nothing is lost."""
    script = Script(incremental_users_cursor=[half, exported("users", [a_user(1)], "c1", end=True)])
    with desk(script) as account:
        assert ids(walked(account, Stream.CUSTOMERS)) == ["1"]
    assert len(script.asked) == 2


@pytest.mark.parametrize("status", [403, 404, 410])
@pytest.mark.parametrize("stream", list(Stream))
def test_f_http_06_a_stream_that_is_not_offered_is_unavailable(stream: Stream, status: int) -> None:
    """403, 404 and 410 on a stream say that this stream cannot be had; the reason is in the error."""
    no = as_json({"error": "InvalidEndpoint", "description": "Not found"}, status)
    script = Script(
        incremental_tickets_cursor=[no],
        incremental_users_cursor=[no],
        incremental_organizations=[no],
        satisfaction_ratings=[no],
        guide_survey_responses=[no],
        groups=[no],
        ticket_fields=[no],
        user_fields=[no],
        organization_fields=[no],
        custom_statuses=[no],
        brands=[no],
        slas_policies=[no],
    )
    with desk(script) as account, pytest.raises(UnavailableError, match="InvalidEndpoint: Not found"):
        walked(account, stream)
    assert len(script.requests) == (2 if stream is Stream.RATINGS else 1)


@pytest.mark.parametrize("answer", TOO_RECENT)
def test_a_time_too_recent_means_nothing_new(answer: bytes) -> None:
    """Both forms of the complaint are an empty last page at the same place."""
    script = Script(incremental_organizations=[answer], incremental_users_cursor=[answer])
    with desk(script) as account:
        for stream in (Stream.ORGANIZATIONS, Stream.CUSTOMERS):
            first = walked(account, stream)
            assert [(page.records, page.last) for page in first] == [((), True)]
            assert walked(account, stream, first[0].cursor)[0].cursor == first[0].cursor


def timed(records: list[dict[str, object]], end_time: int | None, end: bool | None = None) -> bytes:
    page = {
        "organizations": records,
        "count": len(records),
        "end_time": end_time,
        "next_page": "https://evil.example",
    }
    return as_json(page if end is None else {**page, "end_of_stream": end})


def test_organizations_go_by_time_and_repeat_their_boundary() -> None:
    """Each page starts at the end of the one before, also in the next round."""
    script = Script(
        incremental_organizations=[
            timed([an_organization(1), an_organization(2)], 1000, end=False),
            timed([an_organization(2), an_organization(3)], 2000, end=True),
            timed([an_organization(3)], 2000, end=True),
            timed([], None, end=True),
        ]
    )
    with desk(script) as account:
        pages = walked(account, Stream.ORGANIZATIONS)
        assert ids(pages) == ["1", "2", "2", "3"]
        again = walked(account, Stream.ORGANIZATIONS, pages[-1].cursor)
        assert json.loads(walked(account, Stream.ORGANIZATIONS, again[-1].cursor)[-1].cursor) == {
            "start_time": 2000
        }
    assert [query["start_time"] for _, query in script.asked] == ["0", "1000", "2000", "2000"]


def test_f_page_02_the_place_is_never_now() -> None:
    """A place in the future, as after a jump of the clock, is asked for two minutes before now at most."""
    script = Script(
        incremental_organizations=[timed([], None, end=True)],
        incremental_users_cursor=[exported("users", [], "c1", end=True)],
    )
    with desk(script, clock=FakeClock()) as account:
        walked(account, Stream.ORGANIZATIONS, json.dumps({"start_time": NOON + 5000}))
        walked(account, Stream.CUSTOMERS, json.dumps({"stamp": 2**62}))
    assert [query["start_time"] for _, query in script.asked] == [str(NOON - 120)] * 2


def test_f_page_01_a_second_longer_than_a_page_makes_progress() -> None:
    """5,000 records of one second in one long page are taken; the walk goes on behind that second."""
    many = [an_organization(number) for number in range(1, 5001)]
    script = Script(
        incremental_organizations=[timed(many, 1000, end=False), timed([an_organization(9)], 2000, end=True)]
    )
    with desk(script) as account:
        assert len(ids(walked(account, Stream.ORGANIZATIONS))) == 5001


def test_f_page_01_a_desk_that_cuts_such_a_second_is_reported_not_circled() -> None:
    """Full pages that all end where they began raise CursorError after one repeat."""
    many = [an_organization(number) for number in range(1, 1001)]
    script = Script(incremental_organizations=[timed(many, 1000, end=False)])
    with desk(script) as account:
        pages = account.pages(Stream.ORGANIZATIONS, None)
        next(pages)
        with pytest.raises(CursorError, match="does not move on"):
            next(pages)
    assert len(script.asked) == 2


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (1, 1), (999, 1), (1000, 2), (1001, 2)])
def test_f_page_12_page_sizes_around_the_limit(count: int, pages: int) -> None:
    """Where the desk does not say that it ends, a page that is not full ends it; every record comes."""
    everything = [an_organization(number) for number in range(1, count + 1)]
    script = Script(incremental_organizations=[timed(everything[:1000], 1000), timed(everything[999:], 2000)])
    with desk(script) as account:
        found = walked(account, Stream.ORGANIZATIONS)
    assert len(found) == pages
    assert len(set(ids(found))) == count


def rated(records: list[dict[str, object]], cursor: str | None, *, more: bool) -> bytes:
    return as_json({"satisfaction_ratings": records, "meta": {"has_more": more, "after_cursor": cursor}})


def test_ratings_go_in_rounds_that_overlap() -> None:
    """A round follows cursors to its end; the next starts ten minutes before the newest record seen."""
    late = "2026-10-02T09:30:00Z"
    script = Script(
        satisfaction_ratings=[
            rated([a_rating(1), a_rating(2, score="offered")], "r1", more=True),
            rated([a_rating(3, score="bad", created_at="2026-10-01T00:00:00Z")], "r2", more=False),
            rated([a_rating(1)], None, more=False),
        ]
    )
    with desk(script) as account:
        pages = walked(account, Stream.RATINGS)
        assert ids(pages) == ["1", "3"]
        assert ids(walked(account, Stream.RATINGS, pages[-1].cursor)) == ["1"]
    newest = 1_790_933_400
    assert a_rating(1)["created_at"] == late
    assert [query for _, query in script.asked] == [
        {"page[size]": "100", "start_time": "0"},
        {"page[size]": "100", "start_time": "0", "page[after]": "r1"},
        {"page[size]": "100", "start_time": str(newest - 600)},
    ]
    place = json.loads(pages[-1].cursor)
    assert (place["since"], place["after"], place["high"]) == (newest, None, newest)


def test_f_page_04_a_refused_cursor_of_ratings_starts_the_round_again() -> None:
    """The round begins again where it began, and the newest record seen is not forgotten."""
    script = Script(satisfaction_ratings=[REFUSED, rated([], None, more=False)])
    with desk(script) as account:
        saved = json.dumps({"since": 5000, "after": "r1", "high": 7000})
        place = json.loads(walked(account, Stream.RATINGS, saved)[-1].cursor)
    assert (place["since"], place["after"], place["high"]) == (7000, None, 7000)
    assert script.asked[-1][1] == {"page[size]": "100", "start_time": "4400"}


def test_f_data_05_one_poisoned_record_does_not_stop_the_page() -> None:
    """A record that is none becomes a dead letter with id and reason and no content; the rest goes on."""
    poison: list[object] = [a_user(2, name=["Ana"]), a_user(3, id="x\x1b"), {"name": "Ana"}, "Ana"]
    script = Script(
        incremental_users_cursor=[exported("users", [a_user(1), *poison, a_user(5)], "c", end=True)]
    )
    with desk(script) as account:
        (page,) = walked(account, Stream.CUSTOMERS)
    assert ids([page]) == ["1", "5"]
    assert [letter.id for letter in page.dead[:2]] == ["2", "x"]
    assert all(letter.id.startswith("unreadable-") for letter in page.dead[2:])
    assert "name" in page.dead[0].reason
    assert "Ana" not in repr(page.dead)


@pytest.mark.parametrize(
    ("bad", "of", "stops"), [(4, 4, False), (5, 100, True), (10, 1000, False), (11, 1000, True)]
)
def test_f_data_06_many_poisoned_records_stop_the_stream(bad: int, of: int, stops: bool) -> None:
    """More than 1 % of a page, and at least five, is drift: the stream stops and the page is not taken."""
    users = [a_user(at, updated_at=None if at <= bad else "2026-10-02T09:30:00Z") for at in range(1, of + 1)]
    with desk(Script(incremental_users_cursor=[exported("users", users, "c1", end=True)])) as account:
        if stops:
            with pytest.raises(RejectedError, match=f"{bad} of {of} customers"):
                walked(account, Stream.CUSTOMERS)
        else:
            (page,) = walked(account, Stream.CUSTOMERS)
            assert len(page.dead) == bad


def test_metric_sets_beside_the_tickets_are_found() -> None:
    """Metrics as an array of their own count like those within each ticket."""
    page = {
        "tickets": [a_ticket(1), a_ticket(2, metric_set={"replies": 9}), a_ticket(3)],
        "metric_sets": [{"id": 1, "ticket_id": 1, "replies": 4}, {"ticket_id": 2, "replies": 5}],
        "after_cursor": "c1",
        "end_of_stream": True,
    }
    with desk(Script(incremental_tickets_cursor=[as_json(page)])) as account:
        (found,) = walked(account, Stream.TICKETS)
    assert [getattr(ticket, "replies", "") for ticket in found.records] == [4, 9, None]


def test_keys_of_ticket_fields_are_read_anew_each_round() -> None:
    """A field's key comes from the desk's list, which is asked for once a round."""
    ticket = a_ticket(1, custom_fields=[{"id": 30, "value": "Billing"}, {"id": 31, "value": True}])
    script = Script(incremental_tickets_cursor=[exported("tickets", [ticket, ticket], "c1", end=True)])
    with desk(script) as account:
        (page,) = walked(account, Stream.TICKETS)
        walked(account, Stream.TICKETS)
        assert account.requests == {"read": 4}
    assert [getattr(each, "fields", "") for each in page.records] == [
        {"product_area": "Billing", "sla_met": True}
    ] * 2


def test_f_http_04_a_desk_that_stays_down_fails_in_order() -> None:
    """When every attempt fails, the walk raises RetryableError and the saved place is as it was."""
    clock = FakeClock()
    with desk(Script(incremental_users_cursor=[response(502)]), clock=clock) as account:
        with pytest.raises(RetryableError, match="502"):
            walked(account, Stream.CUSTOMERS)
        assert account.requests == {"read": 5}
