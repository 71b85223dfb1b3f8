"""The connector and the store against the sandbox desk, where the two have to agree on its oddities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import pytest

from connectors import connect
from connectors.base import Connector
from connectors.records import Customer, Rating, Record, Stream, Term, Ticket
from connectors.sandbox.deletion import delete_ticket, erase_ticket
from connectors.sandbox.people import delete_user, erase_user, merge_users
from connectors.sandbox.rules.records import Target
from connectors.sandbox.server import RunningSandbox
from connectors.sandbox.state import Desk
from integration.progress import silent
from integration.store import records
from integration.store.engine import Store
from integration.sync import Synced, sync
from tests.clock import NOON, FakeClock
from tests.connectors.sandbox.rig import ANA, BEN, OWNER, small_desk, ticket
from tests.connectors.sandbox.rulebook import create, person, policy, update

MINUTE = 60


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def desk(clock: FakeClock) -> Desk:
    return small_desk(clock)


@pytest.fixture
def account(desk: Desk, clock: FakeClock) -> Iterator[Connector]:
    with RunningSandbox(desk) as sandbox:
        signed_in = connect(
            "zendesk", address=sandbox.address, client_id="deskcue", client_secret=sandbox.token,
            clock=clock, tag_prefix="cue_", loopback=True,
        )  # fmt: skip
        yield signed_in
        signed_in.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = Store(tmp_path / "deskcue.db", writer=True)
    yield found
    found.close()


def read(store: Store, account: Connector, clock: FakeClock) -> Synced:
    return sync(store, account, clock, silent)


def kept(store: Store, kind: type, *keys: object) -> Mapping[str, Record]:
    with store.read() as connection:
        found: Mapping[str, Record] = records.read(connection, kind, [str(key) for key in keys])
        return found


def one(store: Store, key: int) -> Ticket:
    found = kept(store, Ticket, key)[str(key)]
    assert isinstance(found, Ticket)
    return found


def test_acceptance_05_the_latest_minute_comes_with_the_next_sync(
    desk: Desk, clock: FakeClock, account: Connector, store: Store
) -> None:
    """A change is withheld for sixty seconds, not lost, and a poll in between is no fault."""
    assert read(store, account, clock).complete
    update(desk, 101, subject="Changed")
    clock.advance(MINUTE - 1)
    for _ in range(2):
        assert read(store, account, clock).complete
        assert one(store, 101).subject == "Subject 101"
    clock.advance(2)
    assert read(store, account, clock).complete
    assert one(store, 101).subject == "Changed"


def test_acceptance_05_the_tickets_of_ai_agents_and_the_deleted_ones_arrive(
    desk: Desk, clock: FakeClock, account: Connector, store: Store
) -> None:
    """All support types are asked for; a deletion keeps what was known, and scrubbing adds nothing to it."""
    ticket(desk, 103).support_type = "ai_agent"
    assert read(store, account, clock).complete
    assert one(store, 103).subject == "Subject 103"
    delete_ticket(desk, ticket(desk, 101), person(desk, OWNER))
    clock.advance(2 * MINUTE)
    read(store, account, clock)
    assert (one(store, 101).deleted, one(store, 101).subject) == (True, "Subject 101")
    erase_ticket(desk, ticket(desk, 101))
    clock.advance(2 * MINUTE)
    read(store, account, clock)
    assert (one(store, 101).deleted, one(store, 101).subject) == (True, "Subject 101")


def test_acceptance_05_empty_pages_expired_cursors_and_slow_exports_lose_nothing(
    desk: Desk, clock: FakeClock, store: Store
) -> None:
    """Whatever the export is up to, in the end everything has come and nothing is a dead letter."""
    faults = {"export-empty-page": 0.5, "export-cursor-expired": 0.2, "export-slow": 0.5, "export-stuck": 0.1}
    desk.trouble.set(faults)
    with RunningSandbox(desk) as sandbox:
        account = connect(
            "zendesk", address=sandbox.address, client_id="deskcue", client_secret=sandbox.token,
            clock=clock, tag_prefix="cue_", loopback=True, page_size=2,
        )  # fmt: skip
        for number in range(30):
            update(desk, 101 + number % 7, subject=f"Round {number}")
            clock.advance(7 * MINUTE)
            read(store, account, clock)
        desk.trouble.clear()
        clock.advance(2 * MINUTE)
        assert read(store, account, clock).complete
        account.close()
    assert sum(desk.trouble.struck.values()) > 10
    for number in range(101, 108):
        assert one(store, number).subject == ticket(desk, number).subject
    with store.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM dead_letters").scalar_one() == 0


def test_people_who_are_deleted_erased_and_merged(
    desk: Desk, clock: FakeClock, account: Connector, store: Store
) -> None:
    """Deleted keeps the name, erased keeps nothing, and the tickets of who was merged are the winner's."""
    other = create(desk, BEN)
    clock.advance(2 * MINUTE)
    read(store, account, clock)
    merge_users(desk, person(desk, BEN), person(desk, ANA), person(desk, OWNER))
    clock.advance(2 * MINUTE)
    read(store, account, clock)
    ben = kept(store, Customer, BEN)[str(BEN)]
    assert isinstance(ben, Customer)
    assert (ben.deleted, ben.name) == (True, "Ben")
    assert one(store, other.id).customer_id == str(ANA)
    delete_user(desk, person(desk, ANA), person(desk, OWNER))
    erase_user(desk, person(desk, ANA))
    clock.advance(2 * MINUTE)
    read(store, account, clock)
    ana = kept(store, Customer, ANA)[str(ANA)]
    assert isinstance(ana, Customer)
    assert (ana.deleted, ana.erased, ana.name, ana.email) == (True, True, "", None)


def test_targets_of_service_levels_arrive_with_their_tickets(
    desk: Desk, clock: FakeClock, account: Connector, store: Store
) -> None:
    """A policy that matched shows as running target and as the instant at which it breaks."""
    policy(desk, "VIP", [Target("high", "first_reply_time", 60, business_hours=False)])
    made = create(desk)
    update(desk, made.id, priority="high")
    clock.advance(2 * MINUTE)
    read(store, account, clock)
    assert one(store, made.id).breach_at == NOON + 60 * MINUTE
    assert [target.metric for target in one(store, made.id).targets] == ["first_reply"]
    level = kept(store, Term, "service_levels:1")
    assert [term.name for term in level.values() if isinstance(term, Term)] == ["VIP"]


def test_pitfall_10_a_poor_plan_is_read_as_far_as_it_goes(
    desk: Desk, clock: FakeClock, account: Connector, store: Store
) -> None:
    """No service levels, no ratings, no finer statuses: named with the reason, everything else read."""
    desk.trouble.set(
        {"plan-without-service-levels": 1.0, "plan-without-ratings": 1.0, "plan-without-custom-statuses": 1.0}
    )
    result = read(store, account, clock)
    lacking = {name for name, stream in result.streams.items() if stream.unavailable}
    assert lacking == {"service_levels", "ratings", "statuses"}
    assert result.complete
    assert len(kept(store, Ticket, *range(101, 110))) == 9


def test_ratings_of_either_kind_say_the_same(
    desk: Desk, clock: FakeClock, account: Connector, store: Store
) -> None:
    """An account that changes over to surveys keeps its verdicts: same score, ticket and customer."""
    read(store, account, clock)
    old = [one for one in kept(store, Rating, 31, 32).values() if isinstance(one, Rating)]
    desk.trouble.set({"surveys": 1.0})
    read(store, account, clock)
    found = kept(store, Rating, *(f"01SURVEY{number:018}" for number in (31, 32)))
    new = [msgspec.structs.replace(one, id=two.id) for one, two in zip(found.values(), old, strict=True)]
    assert new == old


def test_every_part_of_the_vocabulary_arrives(
    desk: Desk, clock: FakeClock, account: Connector, store: Store
) -> None:
    """Each stream of words has been read whole, and priorities come with the field that holds them."""
    result = read(store, account, clock)
    assert {name for name, stream in result.streams.items() if not stream.seen} <= {"service_levels"}
    with store.read() as connection:
        priority = connection.exec_driver_sql(
            "SELECT choices FROM terms WHERE part = 'ticket_fields' AND key = 'priority'"
        ).scalar_one()
    assert [choice["value"] for choice in msgspec.json.decode(priority)] == [
        "low",
        "normal",
        "high",
        "urgent",
    ]
    assert Stream.GROUPS in result.streams
