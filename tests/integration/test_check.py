"""Comparing what is stored with what is true: it finds what was tampered with, and repairs when asked."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.server import RunningSandbox
from integration import commands, jobs
from integration.app import App
from integration.check import Checked, Difference, NotAssignedError
from integration.progress import silent
from integration.scheduler import TABLE
from integration.store import due, facts
from tests.integration.desk import beside, settings, small_desk


@pytest.fixture(scope="module")
def desk() -> Iterator[RunningSandbox]:
    with RunningSandbox(small_desk(), delay=0.0) as found:
        yield found


@pytest.fixture(scope="module")
def assigned(desk: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose customers are assigned; each test works on its own copy."""
    folder = tmp_path_factory.mktemp("assigned")
    with beside(desk, folder) as found:
        jobs.sync_desk(found, silent)
        jobs.assign_customers(found, silent)
    return folder


@pytest.fixture
def app(desk: RunningSandbox, assigned: Path, tmp_path: Path) -> Iterator[App]:
    shutil.copytree(assigned, tmp_path, dirs_exist_ok=True)
    with beside(desk, tmp_path) as found:
        yield found


def one(app: App, sql: str) -> Any:
    with app.store.read() as connection:
        return connection.exec_driver_sql(sql).scalar()


def change(app: App, sql: str, *values: object) -> None:
    with app.store.write() as connection:
        connection.exec_driver_sql(sql, values)


def check(app: App) -> Checked:
    return jobs.check_assignments(app, silent)


def test_after_an_assignment_nothing_differs(app: App) -> None:
    """Everyone is compared, and what is stored is what is true."""
    everyone = one(app, "SELECT count(*) FROM customers")
    assert check(app) == Checked(customers=everyone)


@pytest.mark.parametrize(
    ("sql", "part"),
    [
        ("UPDATE standings SET body = '{}' WHERE customer_id = ?", "standing"),
        ("DELETE FROM standings WHERE customer_id = ?", "standing"),
        ("DELETE FROM memberships WHERE customer_id = ?", "memberships"),
        ("UPDATE memberships SET kept = 1 WHERE customer_id = ?", "memberships"),
        ("DELETE FROM decisions WHERE customer_id = ?", "decisions"),
        ("UPDATE decisions SET body = '{}' WHERE customer_id = ?", "decisions"),
        (
            "INSERT INTO decisions SELECT 'x', ?, policy, body, decided_at, place FROM decisions LIMIT 1",
            "decisions",
        ),
    ],
)
def test_whatever_was_tampered_with_is_found(app: App, sql: str, part: str) -> None:
    """Each stored part is compared: less, other and more than is true are differences of that customer."""
    customer = one(
        app, "SELECT customer_id FROM memberships JOIN decisions USING (customer_id) ORDER BY 1 LIMIT 1"
    )
    change(app, sql, customer)
    assert check(app).differences == [Difference(customer, (part,))]


def test_nothing_may_be_stored_of_whoever_is_gone(app: App) -> None:
    """A customer who is deleted without a mark is found by what is left of them."""
    customer = one(app, "SELECT customer_id FROM memberships ORDER BY 1 LIMIT 1")
    change(app, "UPDATE customers SET deleted = 1 WHERE id = ?", customer)
    (found,) = check(app).differences
    assert found.customer_id == customer
    assert {"standing", "memberships"} <= set(found.parts)


def test_whoever_waits_to_be_assigned_is_left_out(app: App) -> None:
    """A record that changed and an instant that has come are no differences: they are about to be settled."""
    changed, timed = one(app, "SELECT min(id) FROM customers"), one(app, "SELECT max(id) FROM customers")
    with app.store.write() as connection:
        connection.exec_driver_sql("DELETE FROM standings WHERE customer_id IN (?, ?)", (changed, timed))
        connection.exec_driver_sql("INSERT INTO dirty (customer_id, mark) VALUES (?, 1)", (changed,))
        due.save(connection, {timed: app.clock.wall()})
    found = check(app)
    assert (found.waiting, found.differences) == (2, [])


def test_another_policy_is_said_instead_of_a_thousand_differences(app: App) -> None:
    """Before the policy of now has assigned there is nothing to compare."""
    with app.store.write() as connection:
        facts.put(connection, {"assigned by": "another"})
    with pytest.raises(NotAssignedError, match="deskcue assign"):
        check(app)


def test_the_command_prints_ids_and_repairs_only_when_asked(
    app: App,
    desk: RunningSandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit 1 and the ids of who differs; with --everyone all is well afterwards."""
    customer = one(app, "SELECT customer_id FROM memberships ORDER BY 1 LIMIT 1")
    change(app, "DELETE FROM memberships WHERE customer_id = ?", customer)
    monkeypatch.setattr(commands, "load", lambda: settings(desk, tmp_path))
    assert commands.check_assignments(repair=False, json=True) == 1
    found = json.loads(capsys.readouterr().out)
    assert [one["customer_id"] for one in found["differences"]] == [customer]
    assert commands.check_assignments(repair=False, json=False) == 1
    said = capsys.readouterr().out
    assert customer in said
    assert "Nothing was changed" in said
    app.store.close()
    assert commands.check_assignments(repair=True, json=False) == 1
    assert "assigned again" in capsys.readouterr().out
    assert commands.check_assignments(repair=False, json=False) == 0


def test_the_daily_check_reports_a_difference_and_changes_nothing(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    """The scheduled check writes one line without names, and leaves the fault where it can be studied."""
    job = next(timed for timed in TABLE if timed.name == "check")
    job.run(app)
    assert caplog.records == []
    customer = one(app, "SELECT customer_id FROM memberships ORDER BY 1 LIMIT 1")
    change(app, "DELETE FROM memberships WHERE customer_id = ?", customer)
    job.run(app)
    (line,) = caplog.messages
    assert "1 of" in line
    assert "assign --check" in line
    assert len(check(app).differences) == 1


def test_the_clock_job_looks_at_exactly_those_who_are_due(app: App) -> None:
    """Nobody before the instant, one customer at it, and nobody a second time."""
    assert jobs.keep_time(app).customers == 0
    customer = one(app, "SELECT min(id) FROM customers WHERE deleted = 0")
    with app.store.write() as connection:
        due.save(connection, {customer: app.clock.wall()})
    assert jobs.keep_time(app).customers == 1
    assert jobs.keep_time(app).customers == 0
