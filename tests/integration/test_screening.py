"""Everyone read in one pass by DuckDB: whoever reads otherwise is found without any mark, and nobody else."""

from __future__ import annotations

import logging
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from integration import assign as assigning
from integration.screening.run import ScreeningError
from integration.store.engine import Store
from policies.model import Policy
from policies.prints import customer_prints
from tests.integration.life import Life
from tests.policies.desk import one


@contextmanager
def living(folder: Path, policy: Policy | None = None, seed: int = 3) -> Iterator[Life]:
    """Twelve customers who are assigned and screened."""
    found = Life(folder, seed)
    try:
        found.policy = policy or found.policy
        found.assign()
        assert found.assign(screen=True) == 12
        yield found
    finally:
        found.close()


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    with living(tmp_path) as found:
        yield found


@pytest.fixture
def compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Life]:
    """The same, but they are compared with one another, and ten are many."""
    monkeypatch.setattr(assigning, "MANY", 10)
    with living(tmp_path, comparing()) as found:
        yield found


def lose_marks(store: Store) -> None:
    """What would have had customers looked at is gone: only a look at everyone can find them."""
    with store.write() as connection:
        connection.exec_driver_sql("DELETE FROM dirty")
        connection.exec_driver_sql("DELETE FROM due")


def prints(life: Life) -> dict[str, int]:
    with life.store.read() as connection:
        rows = connection.exec_driver_sql("SELECT customer_id, print FROM prints")
        return {row[0]: row[1] for row in rows}


def write(life: Life, sql: str, *values: object) -> None:
    with life.store.write() as connection:
        connection.exec_driver_sql(sql, values)


def comparing() -> Policy:
    """A policy that compares customers by how often they write."""
    return one("third >= 3", "seen: {count: tickets}, third: {quantile: seen, groups: 3}")


def agree(life: Life) -> bool:
    checked = life.check()
    return (checked.waiting, checked.differences) == (0, [])


def test_who_reads_as_before_is_not_looked_at(life: Life) -> None:
    """A second screening finds nobody, and everyone has a print."""
    assert len(prints(life)) == 12
    assert life.assign(screen=True) == 0


@pytest.mark.parametrize(
    "seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.full) for seed in range(2, 8))]
)
def test_a_screening_finds_whoever_changed_without_a_mark(tmp_path: Path, seed: int) -> None:
    """Drawn policies, hours and records whose marks are lost: afterwards all that is stored is true."""
    found = 0
    with living(tmp_path, seed=seed) as life:
        for _ in range(12):
            for _ in range(life.chance.randrange(3)):
                life.something()
            life.clock.advance(life.chance.randrange(1, 40 * 3600))
            lose_marks(life.store)
            found += life.assign(screen=True)
            assert agree(life)
            assert life.assign(screen=True) == 0
    assert found


@pytest.mark.parametrize(
    ("line", "trait", "read"),
    [
        ("seen >= 2", "seen: {count: tickets}", False),
        ("plan like 'team%'", "plan: {from: customer.fields.plan, type: text}", False),
        ("latest > now - days(3)", "latest: {maximum: ticket.created_at}", True),
    ],
)
def test_a_line_is_part_of_the_print_where_its_traits_do_not_settle_it(
    line: str, trait: str, *, read: bool
) -> None:
    """What follows from traits that are in the print is not worked out for everyone; what time moves is."""
    _, _, printed = customer_prints(one(line, trait)).sql.rpartition("HASH(")
    assert ("x.l0" in printed) is read


def test_only_the_one_whose_ticket_changed_is_looked_at(life: Life) -> None:
    """A ticket's channel is read by no condition of this policy, and decides how its customer is answered."""
    with life.store.read() as connection:
        ticket = connection.exec_driver_sql(
            "SELECT ticket_id, customer_id FROM decisions ORDER BY ticket_id"
        ).first()
    assert ticket is not None
    write(life, "UPDATE tickets SET channel = 'sms' WHERE id = ?", ticket[0])
    before = prints(life)
    assert life.assign(screen=True) == 1
    after = prints(life)
    assert {name for name in after if after[name] != before[name]} == {ticket[1]}


def test_who_is_gone_is_forgotten(life: Life) -> None:
    """A deleted customer without a mark: nothing of them stays, their print neither."""
    write(life, "UPDATE customers SET deleted = 1 WHERE id = '1'")
    life.assign(screen=True)
    with life.store.read() as connection:
        for table in ("standings", "memberships", "decisions", "prints", "due"):
            found = connection.exec_driver_sql(f"SELECT count(*) FROM {table} WHERE customer_id = '1'")
            assert found.scalar() == 0, table


def test_whoever_is_assigned_otherwise_loses_the_print(life: Life) -> None:
    """What is stored anew is not vouched for: the next screening looks at them once more."""
    write(life, "INSERT INTO dirty VALUES ('1', 1)")
    assert life.assign() == 1
    assert "1" not in prints(life)
    assert life.assign(screen=True) == 1


def test_another_policy_has_other_prints(life: Life) -> None:
    """Prints of an earlier policy say nothing: everyone is looked at."""
    life.policy = one("seen >= 2", "seen: {count: tickets}")
    life.assign()
    assert life.assign(screen=True) == 12
    assert agree(life)


def write_often(life: Life) -> None:
    """Some customers write often, are looked at, and a day goes by until the next census."""
    for name in ("1", "2", "3", "4", "5") * 9:
        life.add("tickets", stamp="", customer_id=name, created_at=life.clock.wall() - 60, status="solved")
    life.assign()
    life.clock.advance(25 * 3600)


def test_a_moved_census_is_followed_by_a_screening(compared: Life) -> None:
    """Of many customers, only those whom the new cuts put elsewhere are looked at."""
    write_often(compared)
    assert 0 < compared.assign() < 12
    assert agree(compared)


def test_where_a_screening_fails_everyone_is_looked_at(
    compared: Life, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The process that reads everyone dies at once: the customers are assigned all the same."""
    write_often(compared)
    monkeypatch.setattr(sys, "executable", "false")
    with caplog.at_level(logging.WARNING, "deskcue"):
        assert compared.assign() >= 12
    assert "ended early" in caplog.text
    assert agree(compared)


def test_what_duckdb_cannot_read_is_told_without_quoting_it(life: Life) -> None:
    """The answer names the kind of the failure, and nothing of what the store holds."""
    write(life, "UPDATE customers SET created_at = 'Anna' WHERE id = '1'")
    with pytest.raises(ScreeningError, match=r"DuckDB ended with [A-Za-z]+\.$"):
        life.assign(screen=True)


def test_the_store_may_be_anywhere(tmp_path: Path) -> None:
    """A folder with a quote and a space in its name, and nothing is left beside the store."""
    folder = tmp_path / "it's here"
    folder.mkdir()
    with living(folder):
        pass
    assert {path.name for path in folder.iterdir()} <= {"clock.db", "clock.db.lock"}
    connection = sqlite3.connect(folder / "clock.db")
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
