"""Imports by a query at another database: nothing is changed there, and nothing of it is repeated."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from integration.store.engine import Store
from tests.integration.importing import Imports
from tests.policies.desk import NOW, policy

MIDDLE = """
imports:
  crm:
    query: select mail, arr, day, active from crm order by 1
    database: warehouse
    key: email
    headings: {email: mail}
    columns: {arr: number, active: boolean, day: date}
    expires: 90 days
traits:
  arr: {from: import.crm.arr}
segments:
  big: {kind: value, label: Big, rank: 1, when: arr >= 100}
"""


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Imports]:
    """A store with a customer, and the name of a database that has no address yet."""
    store = Store(tmp_path / "deskcue.db", writer=True)
    found = Imports(tmp_path, store, MIDDLE)
    found.stock.add("customers", id="ann", email="ann@x.example")
    yield found
    store.close()


@pytest.fixture
def warehouse(at: Imports, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A database of somebody else."""
    connection = sqlite3.connect(tmp_path / "warehouse.db", isolation_level=None)
    connection.execute("CREATE TABLE crm (mail TEXT, arr REAL, day TEXT, active INTEGER)")
    connection.execute(
        "INSERT INTO crm VALUES ('Ann@x.example', 1e2, '2026-05-31', 1), ('b@y.example', 0.1, '', 0)"
    )
    at.databases["warehouse"] = SecretStr(f"sqlite:///{tmp_path}/warehouse.db")
    yield connection
    connection.close()


def test_rows_of_a_query_are_taken_as_those_of_a_file(at: Imports, warehouse: sqlite3.Connection) -> None:
    """Their day is the instant of the query; what is gone from it is taken away."""
    taken = at.take()
    assert (taken.new, taken.unmatched, taken.bad, taken.stopped) == (2, 1, [], None)
    assert at.arr() == {
        "ann@x.example": '{"arr":100.0,"active":true,"day":"2026-05-31T00:00:00Z"}',
        "b@y.example": '{"arr":0.1,"active":false}',
    }
    assert [(row["as_of"], row["origin"], row["line"]) for row in at.stored()] == [
        (NOW, "query at warehouse", 1),
        (NOW, "query at warehouse", 2),
    ]
    assert at.dirty() == ["ann"]
    at.clock.advance(60)
    warehouse.execute("DELETE FROM crm WHERE arr < 1")
    taken = at.take()
    assert (taken.changed, taken.gone, at.dirty()) == (0, 1, [])


def test_a_query_that_lost_more_than_half_of_its_rows_takes_nothing_away(
    at: Imports, warehouse: sqlite3.Connection
) -> None:
    """How many there are shows at the end only: what came is taken, and whom it concerns is assigned."""
    warehouse.execute("INSERT INTO crm VALUES ('c@y.example', 3, '', 0)")
    at.take()
    at.dirty()
    warehouse.execute("DELETE FROM crm WHERE mail <> 'Ann@x.example'")
    warehouse.execute("UPDATE crm SET arr = 5")
    taken = at.take()
    assert "had 3 rows and has 1 now" in str(taken.stopped)
    assert len(at.stored()) == 3
    assert at.dirty() == ["ann"]
    assert at.take(accept=True).gone == 2


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (None, "There is no database warehouse in the settings"),
        ("sqlite:////nowhere/at-all.db", "is a file that is not there"),
        ("postgresql+psycopg://ann:s3cret@127.0.0.1:9/crm", "did not answer the query (OperationalError)"),
        ("oracle+s3cret://x", "is not an address such as"),
        ("s3cret", "is not an address such as"),
        ("mysql+pymysql://ann:s3cret@127.0.0.1/crm", "needs the driver pymysql. Install it with pip."),
    ],
)
def test_a_database_that_does_not_answer_is_named_and_its_address_is_not(
    at: Imports, address: str | None, said: str
) -> None:
    """Passwords stand in addresses: none of one is repeated."""
    if address:
        at.databases["warehouse"] = SecretStr(address)
    stopped = str(at.take().stopped)
    assert said in stopped
    assert "s3cret" not in stopped
    assert "127.0.0.1" not in stopped


def test_a_query_that_cannot_be_answered_is_not_quoted(at: Imports, warehouse: sqlite3.Connection) -> None:
    """The database's own words may hold rows; its kind of complaint is enough to look for it there."""
    warehouse.execute("DROP TABLE crm")
    assert "did not answer the query (OperationalError)" in str(at.take().stopped)


def test_a_column_that_the_query_does_not_give_is_named(at: Imports, warehouse: sqlite3.Connection) -> None:
    """As in a file."""
    at.policy = policy(MIDDLE.replace("select mail, arr, day, active", "select mail, arr, day"))
    assert "has no column active. Its columns are mail, arr, day." in str(at.take().stopped)


def test_nothing_can_be_written_in_sqlite(at: Imports, warehouse: sqlite3.Connection) -> None:
    """A query that begins harmlessly and writes is refused by the database."""
    query = "with x as (select 1) insert into crm select 'x', 1, '', 1"
    at.policy = policy(MIDDLE.replace("select mail, arr, day, active from crm order by 1", query))
    assert at.take().stopped
    assert warehouse.execute("SELECT count(*) FROM crm").fetchone() == (2,)


def test_nothing_can_be_written_in_postgresql(at: Imports, postgres_address: str) -> None:
    """There the transaction itself only reads; decimals, days and lists come as they are."""
    table = "deskcue_import_trial"
    with psycopg.connect(postgres_address, autocommit=True) as server:
        server.execute(f"DROP TABLE IF EXISTS {table}")
        server.execute(f"CREATE TABLE {table} (mail text, arr numeric, day date, active boolean)")
        server.execute(f"INSERT INTO {table} VALUES ('ann@x.example', 12.340, '2026-05-31', true)")
        address = postgres_address.replace("postgresql://", "postgresql+psycopg://")
        at.databases["warehouse"] = SecretStr(address)
        server.execute(f"CREATE SEQUENCE {table}_seq")
        writing = f"select mail, nextval('{table}_seq') as arr, day, active from {table}"
        at.policy = policy(MIDDLE.replace("select mail, arr, day, active from crm order by 1", writing))
        assert "(ReadOnlySqlTransaction)" in str(at.take().stopped)
        at.policy = policy(MIDDLE.replace("from crm order by 1", f"from {table}"))
        assert at.take().stopped is None
        server.execute(f"DROP TABLE {table}; DROP SEQUENCE {table}_seq")
    assert at.arr() == {"ann@x.example": '{"arr":12.34,"active":true,"day":"2026-05-31T00:00:00Z"}'}
