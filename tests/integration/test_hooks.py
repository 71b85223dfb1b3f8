"""Webhooks arriving: proven, remembered before the answer, followed once, and lost by nobody."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from connectors import read_webhook
from connectors.hints import Hint
from connectors.records import Stream
from integration.follow import follow
from integration.store import inbox
from integration.store.engine import Store, StoreBusyError
from integration.store.inbox import InboxFullError
from integration.web import hooks as room
from integration.web.hooks import FORGERIES, LARGEST, Hooks
from tests.clock import FakeClock
from tests.connectors.zendesk.test_webhook import NOW, SECRET, event, signed
from tests.integration.test_web import app as pages
from tests.integration.world import World

JSON = ("content-type", "application/json")
PLACE = "/hooks/zendesk"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = Store(tmp_path / "deskcue.db", writer=True)
    yield found
    found.close()


def keep(store: Store, hint: Hint) -> None:
    with store.write() as connection:
        inbox.remember(connection, hint, NOW)


def waiting(store: Store) -> list[str]:
    with store.read() as connection:
        return [hint.record_id for hint in inbox.waiting(connection, 100)]


def door(remember: Callable[[Hint], None]) -> Starlette:
    read = partial(read_webhook, "zendesk", secrets=(SECRET,), now=NOW)
    return pages(hooks={"zendesk": Hooks(read=read, remember=remember, clock=FakeClock(NOW))})


async def _post(page: Starlette, body: bytes | AsyncIterator[bytes], headers: list[tuple[str, str]]) -> int:
    transport = httpx.ASGITransport(page)
    async with httpx.AsyncClient(transport=transport, base_url="http://here.example") as client:
        answer = await client.post(PLACE, content=body, headers=headers)
        assert answer.status_code != 503 or answer.headers["retry-after"] == "30"
        assert answer.headers["x-content-type-options"] == "nosniff"
        return answer.status_code


def post(page: Starlette, body: bytes, *headers: tuple[str, str]) -> int:
    return asyncio.run(_post(page, body, list(headers) or [*signed(body), JSON]))


def test_f_web_01_one_event_is_remembered_once(store: Store) -> None:
    """However often it is delivered, and each delivery is answered with yes."""
    page = door(partial(keep, store))
    assert [post(page, event()) for _ in range(5)] == [200] * 5
    assert waiting(store) == ["5158"]


def test_f_web_03_yes_is_said_after_the_commit(store: Store) -> None:
    """A sender that heard yes can rely on it: the hint is there when the answer leaves."""
    seen: list[list[str]] = []

    def remember(hint: Hint) -> None:
        keep(store, hint)
        seen.append(waiting(store))

    assert post(door(remember), event()) == 200
    assert seen == [["5158"]]


@pytest.mark.parametrize("fault", [StoreBusyError("locked"), InboxFullError()])
def test_f_web_04_what_cannot_be_stored_is_sent_again(fault: Exception) -> None:
    """A locked store or a full inbox says so in the one way after which the sender repeats."""

    def remember(hint: Hint) -> None:
        raise fault

    assert post(door(remember), event()) == 503


def test_f_web_04_a_store_that_takes_its_time_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sender is asked to come again; the late commit makes its repetition a known one."""
    monkeypatch.setattr(room, "STORE_PATIENCE", 0.05)
    free = threading.Event()
    done = threading.Event()

    def remember(hint: Hint) -> None:
        free.wait(5)
        done.set()

    async def deliver() -> int:
        code = await _post(door(remember), event(), [*signed(event()), JSON])
        free.set()
        return code

    assert asyncio.run(deliver()) == 503
    assert done.wait(5)


def test_f_web_05_the_inbox_is_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond its measure the sender waits, and nothing that waits is lost."""
    monkeypatch.setattr(inbox, "MOST", 2)
    page = door(partial(keep, store))
    codes = [post(page, event(id=f"e{n}", subject=f"zen:ticket:{n}")) for n in (1, 2, 3)]
    assert codes == [200, 200, 503]
    assert waiting(store) == ["1", "2"]


def test_a_hook_01_a_forgery_learns_nothing(store: Store) -> None:
    """It gets 401 and leaves nothing; a signed empty body is taken and leads to nothing."""
    page = door(partial(keep, store))
    assert post(page, event(), JSON) == 401
    assert post(page, event(), *signed(b"other"), JSON) == 401
    assert post(page, b"", *signed(b""), JSON) == 200
    assert waiting(store) == []


def test_a_hook_04_a_replay_has_no_second_effect(store: Store) -> None:
    """Also after the hint has been followed."""
    page, world = door(partial(keep, store)), World(FakeClock(NOW))
    world.add(5158)
    assert post(page, event()) == 200
    assert follow(store, world, FakeClock(NOW)).records == 1
    assert post(page, event()) == 200
    assert follow(store, world, FakeClock(NOW)).hints == 0


def test_a_hook_08_a_huge_body_is_not_read(store: Store) -> None:
    """Reading stops at the limit, whatever a header says of its length."""
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while read < 50 * LARGEST:
            read += 65_536
            yield b" " * 65_536

    page = door(partial(keep, store))
    assert asyncio.run(_post(page, endless(), [*signed(b""), JSON])) == 413
    assert read <= 2 * LARGEST


def test_a_hook_09_a_slow_body_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sender that trickles does not hold a place for ever."""
    monkeypatch.setattr(room, "PATIENCE", 0.05)

    async def trickle() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(10)

    assert asyncio.run(_post(door(lambda _: None), trickle(), [*signed(b""), JSON])) == 408


def test_a_hook_10_a_packed_body_is_not_unpacked() -> None:
    """No bomb is opened."""
    assert post(door(lambda _: None), event(), *signed(event()), JSON, ("content-encoding", "gzip")) == 415


def test_a_hook_11_only_json_is_taken_and_only_by_post() -> None:
    """Other kinds of content, other methods and signed nonsense have their own answers."""
    page = door(lambda _: None)
    assert post(page, event(), *signed(event()), ("content-type", "text/plain")) == 415
    assert post(page, b"[" * 100_000) == 400

    async def ask(method: str) -> int:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(page), base_url="http://h.example"
        ) as client:
            return (await client.request(method, PLACE)).status_code

    assert {method: asyncio.run(ask(method)) for method in ("GET", "PUT", "TRACE")} == {
        "GET": 405, "PUT": 405, "TRACE": 405,
    }  # fmt: skip


def test_a_hook_13_a_strange_id_is_refused_before_any_call(store: Store) -> None:
    """It never reaches the inbox, so nothing is ever asked of the desk."""
    page = door(partial(keep, store))
    assert post(page, event(subject="zen:ticket:../users/1")) == 400
    assert waiting(store) == []


def test_a_hook_15_a_flood_of_forgeries_slows_down_and_genuine_ones_pass(store: Store) -> None:
    """The forger is told to wait; the desk behind the same address is heard."""
    page = door(partial(keep, store))
    codes = [post(page, event(), JSON) for _ in range(FORGERIES + 3)]
    assert codes == [401] * FORGERIES + [429] * 3
    assert post(page, event()) == 200


def test_many_hints_about_one_record_are_one_look(store: Store) -> None:
    """What is fetched is the record as it is now, however many events led to it."""
    world = World(FakeClock(NOW))
    world.add(7)
    for number in range(40):
        keep(store, Hint(event_id=f"e{number}", stream=Stream.TICKETS, record_id="7"))
    found = follow(store, world, FakeClock(NOW))
    assert (found.hints, found.records, found.changed) == (40, 1, 1)
    assert world.requests["read"] == 1
    assert waiting(store) == []


def test_f_web_03_hints_wait_until_their_records_are_saved(store: Store) -> None:
    """A desk that cannot be reached, or a record that is gone, loses no hint and holds up no other."""
    world = World(FakeClock(NOW))
    world.add(7)
    keep(store, Hint(event_id="a", stream=Stream.TICKETS, record_id="7"))
    keep(store, Hint(event_id="b", stream=Stream.TICKETS, record_id="8"))
    world.unreadable.add("7")
    with pytest.raises(Exception, match="understood"):
        follow(store, world, FakeClock(NOW))
    assert waiting(store) == ["7", "8"]
    world.unreadable.clear()
    assert follow(store, world, FakeClock(NOW)).records == 1
    assert waiting(store) == []


def test_followed_hints_are_forgotten_after_a_week(store: Store) -> None:
    """The inbox stays small; those that wait stay however old they are."""
    keep(store, Hint(event_id="old", stream=Stream.TICKETS, record_id="1"))
    keep(store, Hint(event_id="waits", stream=Stream.TICKETS, record_id="2"))
    with store.write() as connection:
        inbox.followed(connection, [Hint(event_id="old", stream=Stream.TICKETS, record_id="1")], NOW)
        inbox.tidy(connection, NOW + inbox.KEPT + 1)
        left = connection.exec_driver_sql("SELECT event_id FROM inbox").scalars().all()
    assert left == ["waits"]
