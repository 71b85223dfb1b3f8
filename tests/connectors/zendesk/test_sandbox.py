"""The connector against the sandbox desk over HTTP: the whole way there and back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors import connect
from connectors.base import Connector
from connectors.changes import Change, Field, Outcome, TicketUpdate, Value
from connectors.errors import AuthenticationError, RetryableError
from connectors.records import VOCABULARY, Page, Stream, Ticket
from connectors.sandbox.seed import seed
from connectors.sandbox.server import RunningSandbox
from connectors.sandbox.state import Desk
from tests.clock import NOON, FakeClock
from tests.connectors.zendesk.scripted import PREFIX

SETTLED = 61
"""Seconds after which the desk's exports show a change."""


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def sandbox(clock: FakeClock) -> Iterator[RunningSandbox]:
    filled = seed(NOON, customers=40, organizations=8, tickets=160, clock=clock)
    with RunningSandbox(filled) as running:
        yield running


@pytest.fixture
def account(sandbox: RunningSandbox, clock: FakeClock) -> Iterator[Connector]:
    signed_in = connected(sandbox, clock)
    yield signed_in
    signed_in.close()


def connected(sandbox: RunningSandbox, clock: FakeClock, secret: str | None = None) -> Connector:
    return connect(
        "zendesk",
        address=sandbox.address,
        client_id="deskcue",
        client_secret=secret or sandbox.token,
        clock=clock,
        tag_prefix=PREFIX,
        loopback=True,
        page_size=30,
    )


def walked(account: Connector, stream: Stream, cursor: str | None = None) -> list[Page]:
    return list(account.pages(stream, cursor))


def ids(pages: list[Page]) -> set[str]:
    return {record.id for page in pages for record in page.records}


def held(desk: Desk) -> dict[Stream, set[str]]:
    numbers = {
        Stream.ORGANIZATIONS: desk.organizations.ids,
        Stream.CUSTOMERS: desk.users.ids,
        Stream.TICKETS: desk.tickets.ids,
        Stream.RATINGS: desk.ratings.ids,
        Stream.GROUPS: desk.groups.ids,
        Stream.TICKET_FIELDS: desk.ticket_fields.ids,
        Stream.CUSTOMER_FIELDS: desk.user_fields.ids,
        Stream.ORGANIZATION_FIELDS: desk.organization_fields.ids,
        Stream.STATUSES: [6_001 + number for number in range(5)],
        Stream.BRANDS: [1],
    }
    return {
        stream: {f"{stream}:{key}" if stream in VOCABULARY else str(key) for key in keys}
        for stream, keys in numbers.items()
    }


def update(ticket: Ticket, field: Field, before: Value, after: Value) -> TicketUpdate:
    wish = Change(field=field, before=before, after=after, reason="a test wants it")
    return TicketUpdate(ticket_id=ticket.id, stamp=ticket.stamp, changes=(wish,))


def some_tickets(account: Connector, *statuses: str) -> list[Ticket]:
    pages = walked(account, Stream.TICKETS)
    found = [each for page in pages for each in page.records if isinstance(each, Ticket)]
    return [each for each in found if each.status in statuses and not each.deleted]


@pytest.mark.parametrize("stream", [one for one in Stream if one is not Stream.SERVICE_LEVELS])
def test_every_record_of_the_desk_arrives(
    stream: Stream, account: Connector, sandbox: RunningSandbox
) -> None:
    """Each stream gives all of the desk's records and no dead letter; a second round hardly anything."""
    pages = walked(account, stream)
    assert ids(pages) == held(sandbox.desk)[stream]
    assert [letter for page in pages for letter in page.dead] == []
    assert [page.last for page in pages] == [False] * (len(pages) - 1) + [True]
    again = walked(account, stream, pages[-1].cursor)
    assert len(ids(again)) <= 2 or stream in VOCABULARY


def test_f_page_09_a_walk_broken_off_anywhere_goes_on_from_its_last_page(
    account: Connector, sandbox: RunningSandbox, clock: FakeClock
) -> None:
    """A new connector with the cursor of any page gives exactly the records behind that page."""
    pages = walked(account, Stream.TICKETS)
    assert len(pages) == 6
    for at, page in enumerate(pages):
        other = connected(sandbox, clock)
        assert ids(walked(other, Stream.TICKETS, page.cursor)) == ids(pages[at + 1 :])
        other.close()


def test_f_page_07_a_record_that_changes_during_the_walk_comes_again(
    account: Connector, clock: FakeClock
) -> None:
    """A ticket changed after its page was read arrives once more, in its newer version."""
    target = some_tickets(account, "open")[0]
    before = next(iter(account.tickets([target.id]).values()))
    pages = account.pages(Stream.TICKETS, None)
    seen = [next(pages)]
    job = account.send([update(before, Field.TAGS, (), ("cue_vip",))])
    clock.advance(SETTLED)
    assert [each.result for each in account.outcomes([job])[job]] == ["accepted"]
    clock.advance(SETTLED)
    seen += list(pages)
    versions = [each for page in seen for each in page.records if each.id == target.id]
    assert isinstance(versions[-1], Ticket)
    assert "cue_vip" in versions[-1].tags
    assert versions[-1].version > before.version


def test_changes_arrive_and_can_be_read_back(account: Connector, clock: FakeClock) -> None:
    """Tags, priority and level of several tickets change in one call, and reading shows exactly that."""
    first, second, third = some_tickets(account, "open", "new", "pending")[:3]
    job = account.send(
        [
            update(first, Field.TAGS, (), ("cue_vip", "cue_eu")),
            update(second, Field.PRIORITY, second.priority, "urgent"),
            update(third, Field.SERVICE_LEVEL, None, "gold"),
        ]
    )
    assert account.outcomes([job]) == {}
    clock.advance(1)
    outcomes = account.outcomes([job])[job]
    assert {each.ticket_id: each.result for each in outcomes} == {
        first.id: "accepted",
        second.id: "accepted",
        third.id: "accepted",
    }
    now = account.tickets([first.id, second.id, third.id])
    assert set(now[first.id].tags) == {*first.tags, "cue_vip", "cue_eu"}
    assert now[second.id].priority == "urgent"
    assert now[third.id].service_level == "gold"
    assert now[third.id].tags == third.tags
    assert account.requests["update"] == 1
    assert account.requests["job"] == 2
    undone = account.send(
        [
            update(now[first.id], Field.TAGS, ("cue_vip", "cue_eu"), ("cue_eu",)),
            update(now[third.id], Field.SERVICE_LEVEL, "gold", None),
        ]
    )
    clock.advance(1)
    assert [each.result for each in account.outcomes([undone])[undone]] == ["accepted", "accepted"]
    last = account.tickets([first.id, third.id])
    assert set(last[first.id].tags) == {*first.tags, "cue_eu"}
    assert last[third.id].service_level is None


def test_f_http_08_an_old_stamp_changes_nothing(account: Connector, clock: FakeClock) -> None:
    """A ticket that moved since it was read answers with a conflict and stays as the other left it."""
    ticket = some_tickets(account, "open")[0]
    job = account.send([update(ticket, Field.TAGS, (), ("cue_first",))])
    clock.advance(5)
    assert [each.result for each in account.outcomes([job])[job]] == ["accepted"]
    late = account.send([update(ticket, Field.TAGS, (), ("cue_late",))])
    clock.advance(5)
    (outcome,) = account.outcomes([late])[late]
    assert (outcome.ticket_id, outcome.result) == (ticket.id, "conflict")
    assert "cue_late" not in account.tickets([ticket.id])[ticket.id].tags


def test_f_http_07_and_09_each_ticket_of_a_call_has_its_own_fate(
    account: Connector, clock: FakeClock
) -> None:
    """In one call a closed ticket is rejected with its reason, an unknown one is gone, the rest is done."""
    closed, opened = some_tickets(account, "closed")[0], some_tickets(account, "open")[0]
    unknown = TicketUpdate(ticket_id="999999999", stamp=opened.stamp, changes=())
    job = account.send(
        [
            update(closed, Field.PRIORITY, closed.priority, "urgent"),
            unknown,
            update(opened, Field.TAGS, (), ("cue_x",)),
        ]
    )
    clock.advance(1)
    found = {each.ticket_id: each for each in account.outcomes([job])[job]}
    assert found[closed.id].result == "rejected"
    assert "closed" in found[closed.id].reason
    assert found["999999999"].result == "gone"
    assert found[opened.id] == Outcome(ticket_id=opened.id, result="accepted")


def test_more_jobs_than_the_desk_takes_wait(clock: FakeClock) -> None:
    """With thirty jobs under way the next call is told to wait; once they are done it is taken."""
    slow = seed(NOON, customers=40, organizations=8, tickets=160, clock=clock)
    with RunningSandbox(slow, delay=3600) as running:
        account = connected(running, clock)
        tickets = some_tickets(account, "closed", "solved", "open")[:31]
        wishes = [update(each, Field.TAGS, (), ("cue_x",)) for each in tickets]
        jobs = [account.send([wish]) for wish in wishes[:30]]
        with pytest.raises(RetryableError, match="TooManyJobs") as caught:
            account.send([wishes[30]])
        assert caught.value.wait is not None
        assert account.outcomes(jobs) == {}
        clock.advance(3600)
        jobs.append(account.send([wishes[30]]))
        assert set(account.outcomes(jobs)) == set(jobs[:30])
        account.close()


def test_a_job_of_yesterday_is_forgotten(account: Connector, clock: FakeClock) -> None:
    """A job that the desk no longer knows has no outcomes: only reading tells."""
    ticket = some_tickets(account, "open")[0]
    job = account.send([update(ticket, Field.TAGS, (), ("cue_x",))])
    clock.advance(1)
    account.outcomes([job])
    clock.advance(86_401)
    assert list(account.outcomes([job])[job]) == []
    assert "cue_x" in account.tickets([ticket.id])[ticket.id].tags


def test_f_auth_01_a_token_that_ends_in_mid_walk_goes_unnoticed(account: Connector, clock: FakeClock) -> None:
    """Tokens live half an hour; a walk that takes longer signs in again and misses nothing."""
    found: set[str] = set()
    for page in account.pages(Stream.TICKETS, None):
        found |= ids([page])
        clock.advance(1801)
    assert len(found) == 160


def test_deleted_tickets_come_as_deleted(account: Connector, sandbox: RunningSandbox) -> None:
    """What was deleted at the desk arrives as deleted without its subject, and is not shown by id."""
    gone = {str(each.id) for each in sandbox.desk.tickets if each.status == "deleted"}
    assert gone
    pages = walked(account, Stream.TICKETS)
    dead = [each for page in pages for each in page.records if each.deleted]
    assert {each.id for each in dead} == gone
    assert all(isinstance(each, Ticket) and each.subject is None for each in dead)
    assert account.tickets(sorted(gone)) == {}


def test_a_wrong_secret_is_told_apart(sandbox: RunningSandbox, clock: FakeClock) -> None:
    """A client secret that is wrong ends in one request and a message on what to check."""
    stranger = connected(sandbox, clock, "not-the-secret")
    with pytest.raises(AuthenticationError, match="client secret"):
        walked(stranger, Stream.CUSTOMERS)
    assert stranger.requests == {"read": 1}
    stranger.close()
