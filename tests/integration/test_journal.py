"""The journal: every row linked to the one before, listed by what is asked for, and proved unchanged."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from connectors.sandbox.server import RunningSandbox
from integration import jobs
from integration.progress import silent
from integration.store import chain, engine, journal
from integration.store.chain import Proof, prove
from integration.store.engine import Store
from integration.store.journal import Entry, Wanted
from tests.integration.desk import beside, small_desk
from tests.integration.rounds import Rounds
from tests.integration.test_cli import run
from tests.integration.world import decide


@pytest.fixture
def rounds(tmp_path: Path) -> Iterator[Rounds]:
    """A desk of three tickets, of two customers, that were written to in one run."""
    found = Rounds(tmp_path)
    for number in (1, 2, 3):
        found.world.add(number, customer_id="7" if number < 3 else "8")
    found.sync()
    for number in (1, 2, 3):
        decide(found.store, found.world, str(number), "vip", priority="high")
    found.cycle()
    yield found
    found.close()


def proof(rounds: Rounds) -> Proof:
    with rounds.store.read() as connection:
        return prove(connection)


def write(rounds: Rounds, sql: str) -> None:
    with rounds.store.write() as connection:
        connection.exec_driver_sql(sql)


def listed(rounds: Rounds, wanted: Wanted, most: int = 99) -> list[Entry]:
    with rounds.store.read() as connection:
        return journal.latest(connection, wanted, most)


def test_what_was_written_is_proved_unchanged(rounds: Rounds) -> None:
    """Two rows for each of two fields of three tickets; more rows go on from the same end."""
    whole = proof(rounds)
    assert (whole.rows, whole.broken) == (12, None)
    decide(rounds.store, rounds.world, "1", "gold")
    rounds.cycle()
    later = proof(rounds)
    assert (later.rows, later.broken) == (14, None)
    assert later.end != whole.end


@pytest.mark.parametrize(
    ("tampering", "broken"),
    [
        ("UPDATE journal SET reason = 'nothing' WHERE id = 5", 5),
        ("UPDATE journal SET at = at - 1 WHERE id = 1", 1),
        ("UPDATE journal SET chain = 'x' WHERE id = 12", 12),
        ("DELETE FROM journal WHERE id = 7", 7),
        ("DELETE FROM journal WHERE id > 10", 11),
        ("DELETE FROM journal", 1),
    ],
)
def test_what_was_changed_or_removed_is_found(rounds: Rounds, tampering: str, broken: int) -> None:
    """The first row that is not as it was written, or is missing, is named."""
    write(rounds, tampering)
    assert proof(rounds).broken == broken


def test_rows_are_listed_by_what_is_asked_for(rounds: Rounds) -> None:
    """By ticket, customer, run and instant; the latest of them, oldest first."""
    everything = listed(rounds, Wanted())
    assert len(everything) == 12
    assert {entry.ticket_id for entry in listed(rounds, Wanted(customer="7"))} == {"1", "2"}
    assert {entry.ticket_id for entry in listed(rounds, Wanted(ticket="3"))} == {"3"}
    assert listed(rounds, Wanted(run="run-0")) == []
    assert listed(rounds, Wanted(since=everything[-1].at + 1)) == []
    assert listed(rounds, Wanted(), most=2) == everything[-2:]


def test_a_journal_of_an_earlier_version_is_linked_once(rounds: Rounds, tmp_path: Path) -> None:
    """The migration links the rows that are there, and later rows go on from them."""
    whole = proof(rounds)
    old = tmp_path / "old" / "deskcue.db"
    old.parent.mkdir()
    rounds.close()
    shutil.copy(rounds.path, old)
    store = Store(old, writer=True)
    with store.write() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(engine.__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        connection.exec_driver_sql("ALTER TABLE journal DROP COLUMN chain")
        connection.exec_driver_sql("DROP TABLE feedback")
        command.stamp(config, "0010")
        command.upgrade(config, "0011")
        command.stamp(config, "head")  # what came later is there
    store.close()
    store = Store(old, writer=True)
    with store.read() as connection:
        assert prove(connection) == whole
        assert chain.end(connection) == whole.end
    store.close()


def test_the_command_lists_and_proves(tmp_path: Path) -> None:
    """Rows for people and programs; a changed row ends with 1 and is named."""
    with RunningSandbox(small_desk(), delay=0.0) as sandbox, beside(sandbox, tmp_path / "var") as app:
        jobs.cycle(app, silent)
        with app.store.read() as connection:
            first = journal.latest(connection, Wanted(), 1)[0]
    where = {"DESKCUE_DATA": "var"}
    done = run(tmp_path, "journal", "--ticket", f"#{first.ticket_id}", **where)
    assert done.returncode == 0
    assert f"#{first.ticket_id}" in done.stdout
    rows = json.loads(run(tmp_path, "journal", "--most", "1", "--json", **where).stdout)
    assert rows[0]["ticket_id"] == first.ticket_id
    proved = run(tmp_path, "journal", "--verify", **where)
    assert proved.returncode == 0
    assert "are as they were written" in proved.stdout
    store = Store(tmp_path / "var" / "deskcue.db", writer=True)
    with store.write() as connection:
        connection.exec_driver_sql("UPDATE journal SET after = NULL WHERE id = 2")
    store.close()
    changed = run(tmp_path, "journal", "--verify", **where)
    assert changed.returncode == 1
    assert "Row 2 of the journal is missing or not as it was written." in changed.stdout
    assert run(tmp_path, "journal", "--since", "soon", **where).returncode == 2
