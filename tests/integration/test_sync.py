"""Reading a desk page by page: nothing lost, nothing backwards, one broken stream alone."""

from __future__ import annotations

import contextlib
import gc
import itertools
import random
import weakref
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from connectors.base import Capabilities
from connectors.errors import AuthenticationError, ConnectorError, RetryableError, UnavailableError
from connectors.records import Page, Stream, Ticket
from integration.progress import silent
from integration.store import dump, records, status
from integration.store.engine import Store
from integration.sync import CLEANED_EVERY, sync
from tests.clock import FakeClock
from tests.integration.world import BrittleStore, CrashError, Fuse, World

Tell = Callable[[str | None], Iterator[Page]]


class Scripted(World):
    """A desk whose streams say what the test wrote down for them."""

    def __init__(self, **streams: Tell) -> None:
        super().__init__(FakeClock())
        self.told = {Stream(name): tell for name, tell in streams.items()}

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(vendor="script", streams=tuple(self.told), fields=(), batch=10, jobs=1)

    def pages(self, stream: Stream, cursor: str | None) -> Iterator[Page]:
        return self.told[stream](cursor)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = Store(tmp_path / "deskcue.db", writer=True)
    yield found
    found.close()


def ticket(number: int, version: int = 1, **values: str) -> Ticket:
    return Ticket(
        id=str(number), version=version, stamp=f"s{version}", status="open", created_at=1, updated_at=1,
        subject=values.get("subject"),
    )  # fmt: skip


def page(*found: Ticket, cursor: str, last: bool = False) -> Page:
    return Page(stream=Stream.TICKETS, records=found, cursor=cursor, last=last)


def saying(*pages: Page) -> Tell:
    return lambda _cursor: iter(pages)


def failing(fault: ConnectorError, *before: Page) -> Tell:
    def tell(_cursor: str | None) -> Iterator[Page]:
        yield from before
        raise fault

    return tell


def place(store: Store, stream: Stream = Stream.TICKETS) -> str | None:
    with store.read() as connection:
        return records.cursor(connection, stream)


def stored(store: Store) -> set[str]:
    with store.read() as connection:
        return set(records.read(connection, Ticket, [str(number) for number in range(100)]))


def canonical(store: Store) -> list[str]:
    with store.read() as connection:
        return list(dump.canonical(connection))


def read(store: Store, desk: World) -> dict[Stream, str | None]:
    return {Stream(name): one.fault for name, one in sync(store, desk, desk.clock, silent).streams.items()}


def test_f_page_03_the_same_cursor_again_stops_the_stream(store: Store) -> None:
    """The page that leads nowhere is not applied, the place stays, and the reason is kept."""
    desk = Scripted(tickets=saying(page(ticket(1), cursor="a"), page(ticket(2), cursor="a")))
    faults = read(store, desk)
    assert "same place twice" in str(faults[Stream.TICKETS])
    assert (stored(store), place(store)) == ({"1"}, "a")
    with store.read() as connection:
        found = status.streams(connection)["tickets"]
    assert found.synced_at is None
    assert "same place twice" in str(found.fault)


def test_f_page_03_the_last_page_may_stay_where_it_is(store: Store) -> None:
    """Nothing new: the desk answers with the place it was asked from, and that is no fault."""
    desk = Scripted(tickets=saying(page(ticket(1), cursor="a", last=True)))
    assert read(store, desk) == {Stream.TICKETS: None}
    assert read(store, desk) == {Stream.TICKETS: None}


def test_a_stream_without_its_last_page_is_not_taken_for_whole(store: Store) -> None:
    """A connector that simply stops leaves the place behind what was saved, and a fault."""
    faults = read(store, Scripted(tickets=saying(page(ticket(1), cursor="a"))))
    assert "without its last page" in str(faults[Stream.TICKETS])
    assert place(store) == "a"


def test_f_page_05_pages_in_any_order_and_twice_end_alike(tmp_path: Path) -> None:
    """INV-6: all orders of four pages, each with one of them again, give the same records."""
    pages = [
        (ticket(1, 1, subject="a"), ticket(2, 1, subject="b")),
        (ticket(1, 2, subject="c"),),
        (ticket(2, 3, subject="d"), ticket(3, 1, subject="e")),
        (ticket(1, 4, subject="f"), ticket(3, 5, subject="g")),
    ]
    fresh = Store(tmp_path / "deskcue.db", writer=True)
    found = set()
    for order in itertools.permutations(range(4)):
        told = [*order, order[0]]
        with fresh.write() as connection:
            connection.exec_driver_sql("DELETE FROM tickets")
            connection.exec_driver_sql("DELETE FROM streams")
        drawn = [page(*pages[one], cursor=f"{number}", last=number == 4) for number, one in enumerate(told)]
        assert read(fresh, Scripted(tickets=saying(*drawn))) == {Stream.TICKETS: None}
        found.add("\n".join(canonical(fresh)))
    fresh.close()
    assert len(found) == 1


@pytest.mark.parametrize("fault", [RetryableError("down"), UnavailableError("not in this plan")])
def test_f_page_10_one_stream_fails_and_the_others_go_on(store: Store, fault: ConnectorError) -> None:
    """Its place does not move, the others are read to the end, and the result is not complete."""
    whole = Page(stream=Stream.RATINGS, records=(), cursor="r", last=True)
    desk = Scripted(tickets=failing(fault, page(ticket(1), cursor="a")), ratings=saying(whole))
    result = sync(store, desk, desk.clock, silent)
    assert not result.complete
    assert result.streams[Stream.TICKETS].fault == fault.message
    assert (place(store), place(store, Stream.RATINGS)) == ("a", "r")
    with store.read() as connection:
        assert status.freshness(connection).fault == fault.message


def test_a_refused_account_stops_the_whole_sync(store: Store) -> None:
    """No stream can do better: the others are not even asked, and the reason is kept."""
    asked: list[str | None] = []

    def never(cursor: str | None) -> Iterator[Page]:
        asked.append(cursor)
        yield page(cursor="x", last=True)

    desk = Scripted(tickets=failing(AuthenticationError("signed out")), ratings=never)
    with pytest.raises(AuthenticationError):
        sync(store, desk, desk.clock, silent)
    assert asked == []
    with store.read() as connection:
        assert status.streams(connection)["tickets"].fault == "signed out"


class _Knot:
    """Something that only the garbage collector can take away."""

    def __init__(self) -> None:
        self.itself = self


def test_inv_9_a_sync_makes_no_garbage_old(store: Store) -> None:
    """What was garbage before some syncs is gone after them, however long a process syncs."""
    gc.collect()
    left = weakref.ref(_Knot())
    assert left() is not None
    for _ in range(CLEANED_EVERY):
        sync(store, Scripted(tickets=saying(page(cursor="end", last=True))), FakeClock(), silent)
    assert left() is None


def test_a_fault_is_forgotten_when_the_stream_is_read_again(store: Store) -> None:
    """Health says what is, not what was."""
    read(store, Scripted(tickets=failing(RetryableError("down"))))
    read(store, Scripted(tickets=saying(page(cursor="a", last=True))))
    with store.read() as connection:
        assert status.streams(connection)["tickets"].fault is None


def test_f_page_09_a_sync_that_dies_anywhere_reads_at_most_one_page_again(tmp_path: Path) -> None:
    """F-CRASH-03, INV-1, INV-5: dying at each point alone, the end is the same and no page is skipped."""
    calm = run(tmp_path / "calm", [])
    dead, k = True, 0
    while dead:
        k += 1
        found = run(tmp_path / str(k), [k])
        dead = found[2]
        assert found[0] == calm[0]
        assert found[1] <= calm[1] + dead
    assert k > 12


def test_f_crash_01_a_sync_that_dies_again_and_again_gets_there(tmp_path: Path) -> None:
    """Eight histories of syncs, each dying at several drawn points: all end alike."""
    calm = run(tmp_path / "calm", [])
    seed = random.randrange(1 << 30)
    draw = random.Random(seed)
    for number in range(8):
        deaths = [draw.randrange(1, 14) for _ in range(draw.randrange(2, 6))]
        found = run(tmp_path / str(number), deaths)
        assert found[0] == calm[0], f"seed {seed}"
        assert found[1] <= calm[1] + len(deaths), f"seed {seed}"


def run(folder: Path, deaths: Sequence[int]) -> tuple[list[str], int, bool]:
    """The store after syncs that died at these points and one that did not, pages given, whether one died."""
    folder.mkdir()
    fuse, given, died = Fuse(), 0, False
    everything = [page(ticket(one), cursor=str(one), last=one == 6) for one in range(1, 7)]

    def tell(cursor: str | None) -> Iterator[Page]:
        nonlocal given
        for each in everything[int(cursor or 0) :]:
            fuse.point()
            given += 1
            yield each
        if cursor == "6":  # read to the end before: nothing new
            yield page(cursor="6", last=True)

    for left in [*deaths, 0]:
        store = BrittleStore(folder / "deskcue.db", fuse)
        fuse.left = left
        try:
            sync(store, Scripted(tickets=tell), FakeClock(), silent)
        except CrashError:
            died = True
        fuse.left = 0
        store.close()
    store = BrittleStore(folder / "deskcue.db", fuse)
    found = canonical(store)
    store.close()
    return found, given, died


@pytest.mark.full
def test_f_page_09_fifty_deaths_in_a_long_first_sync_cost_fifty_pages_at_most(tmp_path: Path) -> None:
    """A first sync of a million records in pages of a thousand dies fifty times and still gets there."""
    seed = random.randrange(1 << 30)
    draw = random.Random(seed)
    fuse, given, pages = Fuse(), 0, 1_000

    def tell(cursor: str | None) -> Iterator[Page]:
        nonlocal given
        for number in range(int(cursor or 0), pages):
            fuse.point()
            given += 1
            found = (ticket(number * 1_000 + one) for one in range(1_000))
            yield page(*found, cursor=str(number + 1), last=number + 1 == pages)
        if cursor == str(pages):
            yield page(cursor=str(pages), last=True)

    for left in [*(draw.randrange(1, 60) for _ in range(50)), 0]:
        store = BrittleStore(tmp_path / "deskcue.db", fuse)
        fuse.left = left
        with contextlib.suppress(CrashError):
            sync(store, Scripted(tickets=tell), FakeClock(), silent)
        fuse.left = 0
        store.close()
    store = BrittleStore(tmp_path / "deskcue.db", fuse)
    with store.read() as connection:
        assert status.count(connection)["tickets"] == pages * 1_000, f"seed {seed}"
    store.close()
    assert given <= pages + 50, f"seed {seed}"
