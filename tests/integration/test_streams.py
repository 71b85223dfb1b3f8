"""What a sync makes of a desk's moods: streams not offered, emptied, unreadable places, deletions, merges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest

from connectors.base import Capabilities
from connectors.errors import ConnectorError, UnavailableError, UnreadableCursorError
from connectors.records import Customer, Organization, Page, Rating, Record, Stream, Term, Ticket
from integration import commands
from integration.progress import silent
from integration.store import assignments, dump, records, status
from integration.store.engine import Store
from integration.sync import EmptiedError, Synced, sync
from tests.clock import FakeClock
from tests.integration.world import World

NOW = 1_780_000_000


class Told(World):
    """A desk that gives these pages, or raises, stream by stream; it writes down the cursors it was given."""

    def __init__(self, **streams: Sequence[Page] | ConnectorError) -> None:
        super().__init__(FakeClock())
        self.told = {Stream(name): said for name, said in streams.items()}
        self.asked: list[tuple[Stream, str | None]] = []

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(vendor="told", streams=tuple(self.told), fields=(), batch=10, jobs=1)

    def since(self, stream: Stream, stamp: int) -> str:
        return f"since {stamp}"

    def pages(self, stream: Stream, cursor: str | None) -> Iterator[Page]:
        self.asked.append((stream, cursor))
        said = self.told[stream]
        if cursor == "broken":
            raise UnreadableCursorError("the place cannot be read")
        if isinstance(said, ConnectorError):
            raise said
        yield from said


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = Store(tmp_path / "deskcue.db", writer=True)
    yield found
    found.close()


def page(stream: Stream, *found: Record, cursor: str = "c", stamp: int = 0, whole: bool = False) -> Page:
    return Page(stream=stream, records=found, cursor=cursor, last=True, stamp=stamp, whole=whole)


def ticket(number: int, version: int = 1, **values: object) -> Ticket:
    stated: dict[str, object] = {
        "id": str(number), "version": version, "stamp": f"s{version}", "status": "open",
        "customer_id": "7", "created_at": NOW, "updated_at": NOW,
    } | values  # fmt: skip
    return msgspec.convert(stated, Ticket)


def customer(name: str, version: int = 1, **values: object) -> Customer:
    stated: dict[str, object] = {"id": name, "version": version, "name": f"N{name}", "updated_at": NOW}
    return msgspec.convert(stated | values, Customer)


def term(number: int, part: Stream = Stream.GROUPS, version: int = 1) -> Term:
    return Term(id=f"{part}:{number}", version=version, part=part, name=f"G{number}", updated_at=NOW)


def read(store: Store, desk: Told) -> Synced:
    return sync(store, desk, desk.clock, silent)


def keep(store: Store, *found: Record) -> None:
    with store.write() as connection:
        records.save(connection, found)


def one(store: Store, kind: type, key: str) -> Record:
    with store.read() as connection:
        found: Record = records.read(connection, kind, [key])[key]
        return found


def marked(store: Store) -> set[str]:
    with store.read() as connection:
        return {mark.customer_id for mark in assignments.dirty(connection, 100)}


NO = UnavailableError("Not found (404): this plan has no such thing.", status=404)


def test_pitfall_10_a_stream_that_was_never_offered_is_no_fault(store: Store) -> None:
    """A plan without service levels: said in the result and kept, exit code 0, the others are read."""
    desk = Told(service_levels=NO, tickets=[page(Stream.TICKETS, ticket(1))])
    for _ in range(2):
        result = read(store, desk)
        assert result.streams["service_levels"].unavailable == NO.message
        assert result.complete
        assert commands.how_well(result) == 0
    assert one(store, Ticket, "1")
    with store.read() as connection:
        assert status.streams(connection)["service_levels"].unavailable == NO.message


def test_f_http_06_a_stream_that_is_taken_away_is_a_fault_once(store: Store) -> None:
    """What we had been reading is missed by somebody: exit code 3 the first time, known after that."""
    offered = Told(groups=[page(Stream.GROUPS, term(1), whole=True)], tickets=[page(Stream.TICKETS)])
    gone = Told(groups=NO, tickets=[page(Stream.TICKETS)])
    assert read(store, offered).complete
    first, second = read(store, gone), read(store, gone)
    assert (first.streams["groups"].fault, second.streams["groups"].fault) == (NO.message, None)
    assert [commands.how_well(one) for one in (first, second)] == [3, 0]
    assert read(store, offered).streams["groups"].unavailable is None
    with store.read() as connection:
        assert status.streams(connection)["groups"].unavailable is None
    assert read(store, gone).streams["groups"].fault == NO.message


@pytest.mark.parametrize("stream", [Stream.TICKETS, Stream.CUSTOMERS, Stream.ORGANIZATIONS])
def test_f_http_06_a_stream_that_advice_rests_on_stays_a_fault(store: Store, stream: Stream) -> None:
    """Without tickets, customers or organizations nothing can be advised, on no plan."""
    desk = Told(**{stream.value: NO}, ratings=[page(Stream.RATINGS)])
    for _ in range(2):
        assert read(store, desk).streams[stream].fault == NO.message


def test_f_page_04_an_unreadable_place_heals(store: Store) -> None:
    """The stream goes on from the newest version it ever gave, and is whole again after that."""
    read(store, Told(tickets=[page(Stream.TICKETS, ticket(1), stamp=500)]))
    with store.write() as connection:
        connection.exec_driver_sql("UPDATE streams SET cursor = 'broken'")
    desk = Told(tickets=[page(Stream.TICKETS, ticket(2), cursor="d", stamp=600)])
    assert read(store, desk).complete
    assert desk.asked == [(Stream.TICKETS, "broken"), (Stream.TICKETS, "since 500")]
    with store.read() as connection:
        assert (records.cursor(connection, Stream.TICKETS), records.stamp(connection, Stream.TICKETS)) == (
            "d",
            600,
        )


def test_a_record_fetched_by_itself_does_not_move_the_stream(store: Store) -> None:
    """The newest version of a stream is the one its pages gave: what came another way proves nothing."""
    read(store, Told(tickets=[page(Stream.TICKETS, ticket(1), stamp=500)]))
    keep(store, ticket(1, 900))
    with store.read() as connection:
        assert records.stamp(connection, Stream.TICKETS) == 500


def test_a_stream_that_was_full_and_comes_back_empty_stops_the_run(store: Store) -> None:
    """From its beginning, without a record: nothing is changed, nothing else is read, the reason stays."""
    read(store, Told(customers=[page(Stream.CUSTOMERS, customer("7"))]))
    with store.write() as connection:
        connection.exec_driver_sql("UPDATE streams SET cursor = NULL")
    desk = Told(customers=[page(Stream.CUSTOMERS)], tickets=[page(Stream.TICKETS)])
    with pytest.raises(EmptiedError, match="came back empty"):
        read(store, desk)
    assert [stream for stream, _ in desk.asked] == [Stream.CUSTOMERS]
    with store.read() as connection:
        assert "came back empty" in str(status.streams(connection)["customers"].fault)
    assert not one(store, Customer, "7").deleted


def test_a_list_without_its_last_record_is_believed_only_where_that_can_be(store: Store) -> None:
    """No groups at all is a fault of the desk; no service levels any more is news."""
    levels = Stream.SERVICE_LEVELS
    full = {"groups": [page(Stream.GROUPS, term(1), whole=True)]}
    read(store, Told(**full, service_levels=[page(levels, term(1, levels), whole=True)]))
    read(store, Told(service_levels=[page(levels, whole=True)]))
    assert one(store, Term, "service_levels:1").deleted
    with pytest.raises(EmptiedError):
        read(store, Told(groups=[page(Stream.GROUPS, whole=True)]))
    assert not one(store, Term, "groups:1").deleted


def test_what_a_whole_list_does_not_name_is_gone_and_may_come_back(store: Store) -> None:
    """A group that is missing is deleted; the same group again, unchanged, is there again."""
    both = Told(groups=[page(Stream.GROUPS, term(1), term(2), whole=True)])
    read(store, both)
    read(store, Told(groups=[page(Stream.GROUPS, term(1), whole=True)]))
    assert one(store, Term, "groups:2").deleted
    read(store, Told(groups=[page(Stream.GROUPS, term(1), whole=False)]))
    assert not one(store, Term, "groups:1").deleted
    read(store, both)
    assert not one(store, Term, "groups:2").deleted


def test_f_page_11_a_deletion_keeps_what_was_known(store: Store) -> None:
    """Subject and tags of a ticket, name and mail of a customer stay; the scrubbed text is not taken."""
    keep(store, customer("7", email="ana@example.com"), ticket(1, subject="Parcel", tags=("a",)))
    keep(store, ticket(1, 2, deleted=True, status="closed"), customer("7", 2, deleted=True, email=None))
    kept = one(store, Ticket, "1")
    assert isinstance(kept, Ticket)
    assert (kept.deleted, kept.version, kept.stamp) == (True, 2, "s2")
    assert (kept.subject, kept.tags) == ("Parcel", ("a",))
    person = one(store, Customer, "7")
    assert isinstance(person, Customer)
    assert (person.deleted, person.email) == (True, "ana@example.com")
    keep(store, ticket(1, 1, subject="Old"))
    assert one(store, Ticket, "1").deleted
    keep(store, ticket(1, 3, subject="Back"))
    assert not one(store, Ticket, "1").deleted


def test_f_page_11_who_was_erased_on_purpose_is_forgotten(store: Store) -> None:
    """A person deleted for good at the desk leaves nothing but the number."""
    keep(store, customer("7", email="ana@example.com", fields={"age": 40}, external_id="crm-1"))
    keep(store, Customer(id="7", version=2, updated_at=NOW, erased=True, deleted=True))
    person = one(store, Customer, "7")
    assert person == Customer(id="7", version=2, updated_at=NOW, erased=True, deleted=True)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_f_page_11_tickets_follow_who_was_merged(store: Store, order: tuple[int, int]) -> None:
    """The one who lost is deleted and shares the external id: their tickets are the winner's, also later."""
    verdict = msgspec.convert(
        {"id": "5", "version": 1, "ticket_id": "1", "customer_id": "7", "score": "good",
         "created_at": 1, "updated_at": 1}, Rating,
    )  # fmt: skip
    keep(store, customer("7"), ticket(1), verdict)
    news = [customer("7", 2, external_id="CRM", deleted=True), customer("8", 2, external_id="CRM")]
    keep(store, customer("7", 1, external_id="CRM"))
    for at in order:
        keep(store, news[at])
    assert one(store, Ticket, "1").customer_id == "8"  # type: ignore[union-attr]
    assert one(store, Rating, "5").customer_id == "8"  # type: ignore[union-attr]
    keep(store, ticket(2, 5), ticket(1, 6))
    assert {one(store, Ticket, key).customer_id for key in ("1", "2")} == {"8"}  # type: ignore[union-attr]
    assert {"7", "8"} <= marked(store)
    keep(store, customer("7", 9, external_id="other"), ticket(3, 9))
    assert one(store, Ticket, "3").customer_id == "7"  # type: ignore[union-attr]


def test_a_ticket_that_changes_hands_marks_both_customers(store: Store) -> None:
    """Whoever had it and whoever has it are looked at again."""
    keep(store, ticket(1, customer_id="7"))
    with store.write() as connection:
        connection.exec_driver_sql("DELETE FROM dirty")
    keep(store, ticket(1, 2, customer_id="8"))
    assert marked(store) == {"7", "8"}


def test_a_page_of_thousands_is_saved_in_portions(store: Store) -> None:
    """No transaction holds more than a thousand records, and the place moves with the last of them only."""
    many = page(Stream.TICKETS, *(ticket(number) for number in range(2_500)), cursor="end", stamp=9)
    parts = list(records.portions(many))
    assert [len(part.records) for part in parts] == [1000, 1000, 500]
    with store.write() as connection:
        records.save_page(connection, parts[0], NOW)
        assert records.cursor(connection, Stream.TICKETS) is None
    assert read(store, Told(tickets=[many])).streams["tickets"].seen == 2_500
    with store.read() as connection:
        assert records.cursor(connection, Stream.TICKETS) == "end"
        assert status.count(connection)["tickets"] == 2_500


def test_pitfall_01_what_comes_again_changes_nothing(store: Store) -> None:
    """The boundary of an export comes with every poll: one row, nobody marked, nothing counted as changed."""
    company = Organization(id="1", version=1, updated_at=1)
    desk = Told(organizations=[page(Stream.ORGANIZATIONS, company, company)])
    assert read(store, desk).streams["organizations"].changed == 1
    with store.read() as connection:
        before = list(dump.canonical(connection))
    assert read(store, desk).streams["organizations"].changed == 0
    with store.read() as connection:
        assert list(dump.canonical(connection)) == before
        assert status.count(connection)["organizations"] == 1


def test_a_deletion_leaves_equal_stores_whatever_was_seen_before_it(store: Store, tmp_path: Path) -> None:
    """INV-1: one store saw the ticket before it went, another did not: their canonical text is the same."""
    other = Store(tmp_path / "other.db", writer=True)
    keep(store, ticket(1, subject="Parcel"), ticket(1, 2, deleted=True))
    keep(other, ticket(1, 2, deleted=True))
    texts = []
    for each in (store, other):
        with each.read() as connection:
            texts.append([line for line in dump.canonical(connection) if "tickets" in line])
    other.close()
    assert texts[0] == texts[1]
