"""The pitfalls of reading that others fell into, each by its number, and the pace of slow desks."""

from __future__ import annotations

import json

import pytest

from connectors.errors import CursorError, SlowError, UnreadableCursorError
from connectors.records import Page, Stream
from connectors.zendesk.api import Zendesk
from connectors.zendesk.pace import PATIENCE, PageSize
from tests.clock import NOON, FakeClock
from tests.connectors.fault_server import as_json
from tests.connectors.zendesk.scripted import Script, a_rating, a_ticket, a_user, desk, exported
from tests.connectors.zendesk.test_streams import TOO_RECENT, ids, rated, timed, walked

from tests.connectors.zendesk.scripted import an_organization  # isort: skip

SLOW = as_json({"error": "GatewayTimeout", "description": "took too long"}, 504)


def sizes(script: Script) -> list[str]:
    """The page sizes asked for, each once in a row."""
    asked = [query["per_page"] for _, query in script.asked]
    return [size for at, size in enumerate(asked) if not at or asked[at - 1] != size]


def test_pitfall_02_a_next_page_that_is_never_null_ends() -> None:
    """The time-based export names a next page for ever; its own word, or a page not full, ends it."""
    for end in (True, None):
        script = Script(incremental_organizations=[timed([an_organization(1)], 1000, end)])
        with desk(script) as account:
            assert ids(walked(account, Stream.ORGANIZATIONS)) == ["1"]
        assert len(script.asked) == 1


def test_pitfall_02_the_same_full_page_again_is_reported() -> None:
    """Full pages that end where they began are no end but a fault, after one repeat."""
    page = timed([an_organization(number) for number in range(1, 1001)], 1000)
    with desk(Script(incremental_organizations=[page])) as account:
        pages = account.pages(Stream.ORGANIZATIONS, None)
        next(pages)
        with pytest.raises(CursorError, match="does not move on"):
            next(pages)


def test_pitfall_03_the_place_is_the_desk_s_own_and_never_now() -> None:
    """What is saved is the cursor or the end that the desk names, however late our clock is."""
    script = Script(
        incremental_users_cursor=[exported("users", [a_user(1)], "c9", end=True)],
        incremental_organizations=[timed([an_organization(1)], 1_000, end=True)],
    )
    with desk(script, clock=FakeClock(NOON + 10**6)) as account:
        assert json.loads(walked(account, Stream.CUSTOMERS)[-1].cursor)["cursor"] == "c9"
        assert json.loads(walked(account, Stream.ORGANIZATIONS)[-1].cursor) == {"start_time": 1_000}


@pytest.mark.parametrize("answer", TOO_RECENT)
def test_pitfall_04_too_recent_is_nothing_new(answer: bytes) -> None:
    """Both forms of the complaint end the round without a record and without moving the place."""
    script = Script(incremental_organizations=[answer], incremental_tickets_cursor=[answer])
    with desk(script) as account:
        for stream, saved in ((Stream.ORGANIZATIONS, '{"start_time":5}'), (Stream.TICKETS, '{"stamp":5}')):
            (page,) = walked(account, stream, saved)
            assert (page.records, page.last) == ((), True)
            assert json.loads(page.cursor).items() >= json.loads(saved).items()


def test_pitfall_04_the_start_is_held_back() -> None:
    """No start within the withheld minute is ever asked for."""
    script = Script(incremental_organizations=[timed([], None, end=True)])
    with desk(script, clock=FakeClock()) as account:
        walked(account, Stream.ORGANIZATIONS, json.dumps({"start_time": NOON}))
    assert int(script.asked[0][1]["start_time"]) <= NOON - 61


def test_pitfall_05_a_page_that_takes_too_long_is_asked_for_in_smaller_pieces() -> None:
    """1000, then 200, then 100 a page; the records come, and later rounds begin small."""
    slow = [SLOW] * 10
    script = Script(
        incremental_tickets_cursor=[
            *slow,
            exported("tickets", [a_ticket(1)], "c1", end=False),
            exported("tickets", [a_ticket(2)], "c2", end=True),
        ]
    )
    with desk(script) as account:
        assert ids(walked(account, Stream.TICKETS)) == ["1", "2"]
        walked(account, Stream.TICKETS)
    assert sizes(script) == ["1000", "200", "100"]


def test_pitfall_05_the_smallest_page_that_takes_too_long_is_an_error_for_later() -> None:
    """When nothing smaller is left, the stream stops with an error that says to try again."""
    script = Script(incremental_users_cursor=[SLOW])
    with desk(script) as account, pytest.raises(SlowError, match="Try again later"):
        walked(account, Stream.CUSTOMERS)
    assert sizes(script) == ["1000", "200", "100"]


def test_the_page_size_comes_back_slowly() -> None:
    """After many good pages one step up, and never above what is set; a slow one starts the count again."""
    size = PageSize(500)
    assert size.too_slow()
    assert size.too_slow()
    assert not size.too_slow()
    for _ in range(PATIENCE - 1):
        size.came()
    assert size.now == 100
    size.came()
    assert size.now == 200
    for _ in range(PATIENCE * 3):
        size.came()
    assert size.now == 500


def test_pitfall_07_more_than_ten_thousand_records_are_read_by_cursor() -> None:
    """Twelve pages of a thousand: no page number is ever asked for, and every record comes (F-PAGE-06)."""
    pages = [
        exported("users", [a_user(at * 1000 + n + 1) for n in range(1000)], f"c{at}", end=at == 11)
        for at in range(12)
    ]
    script = Script(incremental_users_cursor=pages)
    with desk(script) as account:
        assert len(set(ids(walked(account, Stream.CUSTOMERS)))) == 12_000
    assert not any("page" in query or "offset" in query for _, query in script.asked)


def test_pitfall_09_a_desk_that_ignores_the_cursor_is_found_out() -> None:
    """The same users again under another cursor's name: the second identical cursor stops the walk."""
    same = exported("users", [a_user(1)], "c1", end=False)
    script = Script(incremental_users_cursor=[same])
    with desk(script) as account, pytest.raises(CursorError):
        walked(account, Stream.CUSTOMERS)
    assert [query.get("cursor") for _, query in script.asked] == [None, "c1"]


@pytest.mark.parametrize("via", ["web", 7, None, ["web"], {"channel": ["web"]}, {"channel": {"a": 1}}])
def test_pitfall_14_loose_shapes_do_not_hold_up_a_page(via: object) -> None:
    """``via`` of any shape, and custom fields of any value, leave the ticket readable."""
    fields = [{"id": 30, "value": value} for value in ({"a": 1}, [1, "x"], 2.5, True, None)]
    loose = a_ticket(1, via=via, custom_fields=fields, an_unknown={"x": [1]})
    script = Script(incremental_tickets_cursor=[exported("tickets", [loose], "c", end=True)])
    with desk(script) as account:
        (page,) = walked(account, Stream.TICKETS)
    assert (ids([page]), page.dead) == (["1"], ())


def test_pitfall_15_ratings_go_on_behind_the_first_hundred() -> None:
    """Three pages of ratings are three pages, not the first one."""
    rows = [a_rating(number) for number in range(1, 251)]
    script = Script(
        satisfaction_ratings=[
            rated(rows[:100], "r1", more=True),
            rated(rows[100:200], "r2", more=True),
            rated(rows[200:], None, more=False),
        ]
    )
    with desk(script) as account:
        assert len(set(ids(walked(account, Stream.RATINGS)))) == 250


def since(account: Zendesk, stream: Stream, stamp: int) -> list[Page]:
    return walked(account, stream, account.since(stream, stamp))


def test_f_page_04_a_place_can_be_made_from_the_newest_version() -> None:
    """``since`` gives a cursor from which the ten minutes before a version are read again."""
    script = Script(
        incremental_tickets_cursor=[exported("tickets", [], "c", end=True)],
        incremental_organizations=[timed([], None, end=True)],
        satisfaction_ratings=[rated([], None, more=False)],
    )
    with desk(script) as account:
        for stream in (Stream.TICKETS, Stream.ORGANIZATIONS, Stream.RATINGS):
            since(account, stream, 1_790_000_000)
        with pytest.raises(UnreadableCursorError):
            walked(account, Stream.TICKETS, "broken")
    assert [query["start_time"] for _, query in script.asked] == [str(1_790_000_000 - 600)] * 3


def test_every_page_says_how_far_it_has_come() -> None:
    """A page's stamp is the newest version of the stream so far, to start from should its cursor be lost."""
    script = Script(
        incremental_tickets_cursor=[
            exported("tickets", [a_ticket(1, generated_timestamp=900)], "c1", end=False),
            exported("tickets", [a_ticket(2, generated_timestamp=700)], "c2", end=True),
        ]
    )
    with desk(script) as account:
        assert [page.stamp for page in walked(account, Stream.TICKETS)] == [900, 900]
