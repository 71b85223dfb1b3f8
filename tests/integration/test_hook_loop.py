"""From the desk's webhook to the ticket's tags, over HTTP both ways, without waiting for a resync."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from connectors.sandbox.server import RunningSandbox
from integration.serve import free_port
from integration.store.engine import Store
from tests.integration.desk import small_desk
from tests.integration.test_cycle import command, finish
from tests.integration.test_serve import ready

PATIENCE = 90.0


@pytest.fixture
def desk() -> Iterator[RunningSandbox]:
    with RunningSandbox(small_desk(), delay=0.0) as found:
        yield found


def until(true: Callable[[], bool]) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.05)


def asked(folder: Path, query: str) -> int:
    """The number that the store gives; 0 where it has none."""
    store = Store(folder / "deskcue.db", writer=False)
    with store.read() as connection:
        found = connection.exec_driver_sql(query).scalar()
    store.close()
    return int(found or 0)


def member(folder: Path) -> int:
    """A customer whose segments ask for tags."""
    return asked(folder, "SELECT customer_id FROM decisions WHERE body LIKE '%\"tags\":[{%' LIMIT 1")


def waiting(folder: Path) -> int:
    """Webhooks that were taken and not followed yet."""
    return asked(folder, "SELECT count(*) FROM inbox WHERE followed_at IS NULL")


def test_a_new_ticket_is_served_at_once_and_the_loop_ends(desk: RunningSandbox, tmp_path: Path) -> None:
    """F-OUT-03: the desk reports a new ticket, we tag it once, and the echo of our hand leads to nothing."""
    port = free_port("127.0.0.1")
    place = {"DESKCUE_SERVER__ADDRESS": f"http://127.0.0.1:{port}", "DESKCUE_SERVER__PORT": str(port)}
    assert finish(command(tmp_path, desk, "setup", "--apply", **place))[0] == 0
    serving = command(tmp_path, desk, "serve", "--json", **place)
    assert serving.stdout is not None
    assert b"".join(iter(serving.stdout.readline, b"}\n"))
    try:
        with httpx.Client(trust_env=False, headers={"Authorization": f"Bearer {desk.token}"}) as client:
            ready(client, place["DESKCUE_SERVER__ADDRESS"])
            until(lambda: member(tmp_path) > 0)
            wish = {"requester_id": member(tmp_path), "comment": {"body": "Nothing works any more."}}
            made = client.post(f"{desk.address}/api/v2/tickets", json={"ticket": wish}).json()["ticket"]
            assert not any(tag.startswith("cue_") for tag in made["tags"])
            address = f"{desk.address}/api/v2/tickets/{made['id']}"

            def served() -> bool:
                return any(tag.startswith("cue_") for tag in client.get(address).json()["ticket"]["tags"])

            until(served)
            until(lambda: not waiting(tmp_path))
            audits = client.get(f"{address}/audits").json()["audits"]
            assert len([audit for audit in audits if "deskcue" in audit["metadata"]["custom"]]) == 1
    finally:
        serving.send_signal(signal.SIGTERM)
        _, fault = serving.communicate(timeout=20)
    assert serving.returncode == 0, fault.decode()
    assert b"Traceback" not in fault
