"""The long-running process: it answers, keeps its schedule, and ends when told to."""

from __future__ import annotations

import json
import logging
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from connectors.errors import RetryableError
from connectors.sandbox.server import RunningSandbox
from integration.app import App
from integration.scheduler import Scheduler, Timed
from integration.serve import serve
from integration.settings import SettingsError
from integration.store import status
from tests.integration.desk import beside, small_desk
from tests.integration.test_cycle import command

CANARY = "s3cr3t-canary"


@pytest.fixture
def desk() -> Iterator[RunningSandbox]:
    with RunningSandbox(small_desk(), delay=0.0) as found:
        yield found


@pytest.fixture
def app(desk: RunningSandbox, tmp_path: Path) -> Iterator[App]:
    with beside(desk, tmp_path) as found:
        yield found


def run_for(app: App, seconds: float, *table: Timed) -> None:
    scheduler = Scheduler(app, table)
    scheduler.start()
    time.sleep(seconds)
    scheduler.stop()


def test_a_job_runs_at_the_instant_it_must_not_miss(app: App) -> None:
    """An hourly job starts when an instant comes that another job has found, not an hour later."""
    ran, instants = threading.Event(), list[int]()
    first = Timed("cycle", lambda app: instants.append(app.clock.wall() + 1), lambda _: 3600, lambda _: None)
    clock = Timed("clock", lambda _: ran.set(), lambda _: 3600, sooner=lambda _: next(iter(instants), None))
    scheduler = Scheduler(app, (first, clock))
    scheduler.start()
    try:
        assert ran.wait(10)
        assert app.clock.wall() >= instants[0]
    finally:
        scheduler.stop()


def test_f_sch_02_a_job_that_outlasts_its_interval_never_overlaps(app: App) -> None:
    """The next start is merged with those that were missed."""
    running = threading.Semaphore(1)
    alone: list[bool] = []

    def slow(_app: App) -> None:
        alone.append(running.acquire(blocking=False))
        time.sleep(0.3)
        running.release()

    run_for(app, 1.0, Timed("slow", slow, lambda _: 0.05))
    assert 2 <= len(alone) <= 5
    assert all(alone)


def test_f_crash_10_a_job_that_fails_is_named_and_runs_again(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    """INV-11: an expected error says its sentence, another only its kind; neither ends the clock."""
    turns: list[int] = []

    def failing(_app: App) -> None:
        turns.append(1)
        if len(turns) % 2:
            raise RetryableError("the desk is resting")
        raise ValueError(CANARY)

    with caplog.at_level(logging.WARNING, "deskcue.scheduler"):
        run_for(app, 0.5, Timed("failing", failing, lambda _: 0.05))
    said = [record.getMessage() for record in caplog.records if record.name == "deskcue.scheduler"]
    assert len(turns) > 2
    assert "failing stopped: the desk is resting" in said
    assert "failing failed: ValueError" in said
    assert not any(CANARY in line for line in said)


def test_two_jobs_never_run_at_once(app: App) -> None:
    """One process writes, and inside it one job at a time."""
    inside: list[str] = []
    overlaps: list[str] = []

    def job(name: str) -> Timed:
        def run(_app: App) -> None:
            overlaps.extend(inside)
            inside.append(name)
            time.sleep(0.05)
            inside.remove(name)

        return Timed(name, run, lambda _: 0.06)

    run_for(app, 0.6, job("a"), job("b"))
    assert overlaps == []


def test_a_language_that_is_not_shipped_is_refused_at_the_start(app: App) -> None:
    """The message names the setting and the languages there are."""
    finnish = app.settings.sidebar.model_copy(update={"locale": "fi"})
    settings = app.settings.model_copy(update={"sidebar": finnish})
    with pytest.raises(SettingsError, match=r"sidebar\.locale.*'fi'.*ar, de, es, fr, ja, pt"):
        serve(App(settings, app.store, app.clock), port=0, ready=lambda _: None)


def test_an_unsigned_sidebar_is_refused_beyond_this_machine(app: App) -> None:
    """What shows customers to whoever asks listens on no other address."""
    settings = app.settings.model_copy(
        update={
            "sidebar": app.settings.sidebar.model_copy(update={"unsigned": True}),
            "server": app.settings.server.model_copy(update={"host": "0.0.0.0"}),  # noqa: S104  # never bound
        }
    )
    with pytest.raises(SettingsError, match="unsigned"):
        serve(App(settings, app.store, app.clock), port=0, ready=lambda _: None)


def ready(client: httpx.Client, address: str) -> None:
    """Wait for the first cycle, which is due at once in a store that was never synced."""
    until = time.monotonic() + 20
    while client.get(f"{address}/readyz").text != "ready":
        assert time.monotonic() < until
        time.sleep(0.1)


def test_the_first_cycle_waits_only_while_the_last_sync_is_young(app: App) -> None:
    """A process that is restarted often still reads the desk, and not more often than it should."""
    never = Scheduler(app)
    never.start()
    until = time.monotonic() + 20
    while synced_at(app) is None:
        assert time.monotonic() < until
        time.sleep(0.05)
    never.stop()
    again = Scheduler(app)
    again.start()
    following = again.next_cycle()
    again.stop()
    assert following is not None
    assert app.clock.wall() + 800 < following <= app.clock.wall() + 900


def synced_at(app: App) -> int | None:
    with app.store.read() as connection:
        return status.freshness(connection).synced_at


def test_a_job_that_will_not_end_is_broken_off(app: App, caplog: pytest.LogCaptureFixture) -> None:
    """A stop does not wait for a cycle of many minutes."""
    going, end = threading.Event(), threading.Event()

    def endless(_app: App) -> None:
        going.set()
        end.wait(30)

    scheduler = Scheduler(app, (Timed("endless", endless, lambda _: 60, lambda _: None),), grace=0.2)
    scheduler.start()
    assert going.wait(5)
    started = time.monotonic()
    scheduler.stop()
    assert time.monotonic() - started < 2
    end.set()
    assert "broken off" in caplog.text


def test_f_crash_07_serve_answers_and_ends_when_told(desk: RunningSandbox, tmp_path: Path) -> None:
    """The address is printed once it answers; SIGTERM ends it with 0 within ten seconds."""
    process = command(tmp_path, desk, "serve", "--port", "0", "--json")
    assert process.stdout is not None
    said = b"".join(iter(process.stdout.readline, b"}\n")) + b"}"
    address = json.loads(said)["address"]
    with httpx.Client(trust_env=False) as client:
        assert client.get(f"{address}/healthz").text == "ok"
        ready(client, address)
        assert client.get(f"{address}/sidebar/tickets/1").status_code == 401
        assert "Deskcue" in client.get(address).text
    process.send_signal(signal.SIGTERM)
    _, fault = process.communicate(timeout=10)
    assert process.returncode == 0, fault.decode()
    assert b"Traceback" not in fault


def test_the_sidebar_shows_what_the_cycle_decided(desk: RunningSandbox, tmp_path: Path) -> None:
    """From the desk over the store to the fragment: the customer, their segment and the tone."""
    from integration import jobs
    from integration.progress import silent
    from integration.sidebar import render_fragment, view
    from integration.sidebar.stored import sources

    with beside(desk, tmp_path) as app:
        jobs.cycle(app, silent)
        with app.store.read() as connection:
            query = 'SELECT ticket_id FROM decisions WHERE body LIKE \'%"segment":"renewal_at_stake"%\''
            number = str(connection.exec_driver_sql(query).scalars().first())
        found = sources(app.store, number, None)
        seen = view(found, app.policy, now=app.clock.wall(), zone="UTC")
        html = render_fragment(seen, insert=False)
        nobody = view(sources(app.store, "1", None), app.policy, now=app.clock.wall(), zone="UTC")
    assert "Renewal at stake" in html
    assert found.decision is not None
    assert found.decision.tone is not None
    assert app.policy.tones[found.decision.tone.value].label in html
    assert "No segment yet" in render_fragment(nobody, insert=False)
