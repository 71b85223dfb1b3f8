"""The store: pages saved whole, never backwards, one writer, owner's eyes only."""

from __future__ import annotations

import itertools
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from connectors.records import Customer, DeadLetter, Organization, Page, Rating, Record, Stream, Ticket
from integration.store import assignments, bulk, dump, engine, facts, records
from integration.store.engine import Store, StoreBusyError, StoreError
from integration.store.schema import metadata

NOW = 1_780_000_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = Store(tmp_path / "deskcue.db", writer=True)
    yield found
    found.close()


def ticket(number: int, version: int, **values: object) -> Ticket:
    stated: dict[str, object] = {
        "id": str(number), "version": version, "stamp": f"s{version}", "status": "open",
        "customer_id": "7", "created_at": NOW, "updated_at": NOW,
    } | values  # fmt: skip
    return msgspec.convert(stated, Ticket)


def customer(name: str, version: int = 1, **values: object) -> Customer:
    return msgspec.convert(
        {"id": name, "version": version, "name": name, "updated_at": NOW} | values, Customer
    )


def page(stream: Stream, *found: Record, cursor: str = "c", last: bool = True) -> Page:
    return Page(stream=stream, records=found, cursor=cursor, last=last)


def keep(store: Store, *pages: Page) -> int:
    changed = 0
    for one in pages:
        with store.write() as connection:
            changed += records.save_page(connection, one, NOW)
    return changed


def dirty(store: Store) -> dict[str, int]:
    with store.read() as connection:
        return {mark.customer_id: mark.mark for mark in assignments.dirty(connection, 100)}


def canonical(store: Store) -> list[str]:
    with store.read() as connection:
        return list(dump.canonical(connection))


def test_a_record_comes_back_as_it_was_saved(store: Store) -> None:
    """Every kind of record survives the way into the store and back, unset values included."""
    found: list[Record] = [
        Organization(
            id="1", version=1, name="Ärzte & Söhne", tags=("a",), fields={"arr": 1.5, "n": None}, updated_at=1
        ),
        customer("7", email="x@example.com", fields={"age": 44, "tags": ("p", "q"), "on": True}),
        ticket(5, 3, subject="Grüße 🙂", tags=("b", "c"), priority="high", reopens=0),
        Rating(
            id="9",
            version=1,
            ticket_id="5",
            customer_id="7",
            score="bad",
            commented=True,
            created_at=1,
            updated_at=2,
        ),
    ]
    with store.write() as connection:
        records.save(connection, found)
    with store.read() as connection:
        assert records.read(connection, Organization, ["1"])["1"] == found[0]
        assert records.read(connection, Customer, ["7"])["7"] == found[1]
        assert records.read(connection, Ticket, ["5"])["5"] == found[2]
        assert records.read(connection, Rating, ["9"])["9"] == found[3]


def test_inv_06_an_older_version_never_replaces_a_newer_one(store: Store) -> None:
    """Whatever the order in which versions arrive, the newest stays (F-PAGE-05)."""
    versions = [ticket(5, version, subject=f"v{version}") for version in (1, 2, 3)]
    for order in itertools.permutations([*versions, versions[0]]):
        with store.write() as connection:
            connection.exec_driver_sql("DELETE FROM tickets")
        keep(store, *(page(Stream.TICKETS, one) for one in order))
        with store.read() as connection:
            assert records.read(connection, Ticket, ["5"])["5"].subject == "v3"


def test_of_two_answers_with_one_stamp_the_later_stays(store: Store) -> None:
    """Stamps have whole seconds: a second change within one is not lost."""
    keep(
        store,
        page(Stream.TICKETS, ticket(5, 1, subject="a")),
        page(Stream.TICKETS, ticket(5, 1, subject="b")),
    )
    with store.read() as connection:
        assert records.read(connection, Ticket, ["5"])["5"].subject == "b"


def test_the_same_record_again_changes_nothing(store: Store) -> None:
    """Boundary records that come again on every poll make nobody dirty."""
    assert keep(store, page(Stream.TICKETS, ticket(5, 1))) == 1
    with store.write() as connection:
        connection.exec_driver_sql("DELETE FROM dirty")
    assert keep(store, page(Stream.TICKETS, ticket(5, 1))) == 0
    assert dirty(store) == {}


def test_a_ticket_that_changes_hands_marks_both_customers(store: Store) -> None:
    """The former requester loses a ticket, so they are looked at again, too."""
    keep(store, page(Stream.TICKETS, ticket(5, 1, customer_id="7")))
    keep(store, page(Stream.TICKETS, ticket(5, 2, customer_id="8")))
    assert dirty(store) == {"7": 2, "8": 1}


def test_a_company_marks_all_its_people(store: Store) -> None:
    """What an organization says, it says about every customer in it."""
    keep(
        store, page(Stream.CUSTOMERS, customer("7", organization_id="1"), customer("8", organization_id="2"))
    )
    with store.write() as connection:
        connection.exec_driver_sql("DELETE FROM dirty")
    keep(store, page(Stream.ORGANIZATIONS, Organization(id="1", version=1, updated_at=1)))
    assert dirty(store) == {"7": 1}


def test_a_mark_set_during_the_work_stays(store: Store) -> None:
    """A customer who changed while being assigned is assigned again."""
    with store.write() as connection:
        records.mark_dirty(connection, ["7"])
    with store.read() as connection:
        taken = assignments.dirty(connection, 10)
    with store.write() as connection:
        records.mark_dirty(connection, ["7"])
        assignments.clean(connection, taken)
    assert dirty(store) == {"7": 2}


def test_inv_05_a_page_and_its_cursor_are_saved_together_or_not_at_all(store: Store) -> None:
    """A failure after the records leaves neither records nor cursor behind."""

    def half() -> None:
        with store.write() as connection:
            records.save_page(connection, page(Stream.TICKETS, ticket(5, 1)), NOW)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        half()
    with store.read() as connection:
        assert records.read(connection, Ticket, ["5"]) == {}
        assert records.cursor(connection, Stream.TICKETS) is None
    assert dirty(store) == {}


def test_a_dead_letter_leaves_when_its_record_is_understood(store: Store) -> None:
    """A record that could not be read keeps its reason until it can."""
    dead = DeadLetter(stream=Stream.TICKETS, id="5", reason="status: not a text")
    keep(store, Page(stream=Stream.TICKETS, records=(), cursor="c", last=True, dead=(dead,)))
    with store.read() as connection:
        assert connection.exec_driver_sql("SELECT id, reason FROM dead_letters").fetchall() == [
            ("5", dead.reason)
        ]
    keep(store, page(Stream.TICKETS, ticket(5, 1)))
    with store.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM dead_letters").scalar() == 0


def test_a_fault_keeps_the_place_and_the_last_good_time(store: Store) -> None:
    """A stream that fails says why, and goes on from where it was."""
    keep(store, page(Stream.TICKETS, ticket(5, 1), cursor="place"))
    with store.write() as connection:
        records.save_fault(connection, Stream.TICKETS, "the desk is down", NOW + 60)
    with store.read() as connection:
        assert records.cursor(connection, Stream.TICKETS) == "place"
        row = connection.exec_driver_sql("SELECT synced_at, fault FROM streams").one()
        assert tuple(row) == (NOW, "the desk is down")


def test_the_canonical_dump_does_not_depend_on_the_order_of_arrival(tmp_path: Path) -> None:
    """Two stores that learnt the same in another order print the same."""
    found = [page(Stream.TICKETS, ticket(number, 1)) for number in range(5)]
    printed = []
    for name, order in (("a", found), ("b", [*reversed(found), found[0]])):
        store = Store(tmp_path / name, writer=True)
        keep(store, *order)
        printed.append(canonical(store))
        store.close()
    assert printed[0] == printed[1]
    assert len(printed[0]) == 6


def test_the_migrations_make_the_schema(store: Store) -> None:
    """What the migrations build is what the schema says, with nothing left over."""
    with store.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_f_sql_07_a_store_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    """An older program does not touch a newer store, and says which schema it met."""
    path = tmp_path / "deskcue.db"
    Store(path, writer=True).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(StoreError, match="schema 9999"):
        Store(path, writer=True)


def test_f_sql_03_a_second_writer_is_told_who_the_first_is(store: Store) -> None:
    """One process writes; another hears its number, and reading goes on."""
    with pytest.raises(StoreBusyError, match=f"pid {os.getpid()}"):
        Store(store.path, writer=True)
    reader = Store(store.path, writer=False)
    with reader.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM tickets").scalar() == 0
    reader.close()


def test_a_reader_cannot_write(store: Store) -> None:
    """Connections for reading refuse to change anything."""
    with pytest.raises(Exception, match="readonly"), store.read() as connection:
        connection.exec_driver_sql("DELETE FROM tickets")


def test_a_sec_04_the_store_is_for_its_owner_only(store: Store) -> None:
    """The file with customer data is readable by nobody else."""
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600


def test_f_sql_01_writers_in_threads_never_meet_a_locked_database(store: Store) -> None:
    """Read-then-write transactions of eight threads all succeed, one after the other."""
    faults: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for version in range(20):
                keep(store, page(Stream.TICKETS, ticket(number, version, subject=str(version))))
        except BaseException as fault:  # noqa: BLE001  # handed to the test's own thread
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with store.read() as connection:
        found = records.read(connection, Ticket, [str(number) for number in range(8)])
    assert {one.subject for one in found.values()} == {"19"}


def test_f_res_02_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """No traceback: the message names the path and the reason."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        Store(blocked / "deskcue.db", writer=True)


def test_f_crash_01_a_page_in_hand_when_killed_is_as_if_never_come(tmp_path: Path) -> None:
    """SIGKILL inside the transaction leaves the store as before it."""
    path = tmp_path / "deskcue.db"
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from integration.store.engine import Store\n"
        "from tests.integration.test_store import NOW, page, ticket\n"
        "from integration.store import records\n"
        "from connectors.records import Stream\n"
        "store = Store(Path(sys.argv[1]), writer=True)\n"
        "with store.write() as connection:\n"
        "    one = page(Stream.TICKETS, ticket(1, 1), cursor='one', last=False)\n"
        "    records.save_page(connection, one, NOW)\n"
        "with store.write() as connection:\n"
        "    records.save_page(connection, page(Stream.TICKETS, ticket(2, 1), cursor='two'), NOW)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run(
        [sys.executable, "-c", script, str(path)], check=False, cwd=Path(__file__).parent.parent.parent
    )
    store = Store(path, writer=True)
    with store.read() as connection:
        assert set(records.read(connection, Ticket, ["1", "2"])) == {"1"}
        assert records.cursor(connection, Stream.TICKETS) == "one"
    store.close()


@pytest.mark.parametrize("name", ["a#b", "a?b", "a%20b", "a&mode=rw", "a b", "\u00e9"])
def test_a_folder_with_any_name_holds_its_own_store(tmp_path: Path, name: str) -> None:
    """Signs with a meaning in addresses do not lead to another file."""
    found = Store(tmp_path / name / "deskcue.db", writer=True)
    with found.write() as connection:
        facts.put(connection, {"desk": name})
    found.close()
    reader = Store(tmp_path / name / "deskcue.db", writer=False)
    with reader.read() as connection:
        assert facts.get(connection)["desk"] == name
    reader.close()
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("writer", [True, False])
def test_a_file_that_is_no_database_is_named(tmp_path: Path, writer: bool) -> None:
    """The file, and what is wrong with it, without a statement."""
    path = tmp_path / "deskcue.db"
    path.write_bytes(b"not a database, but long enough to look at" * 200)
    with pytest.raises(StoreError, match=r"deskcue\.db cannot be used: file is not a database"):
        look(Store(path, writer=writer))


def look(store: Store) -> None:
    try:
        with store.read() as connection:
            facts.get(connection)
    finally:
        store.close()


def test_a_store_without_tables_says_what_to_run(tmp_path: Path) -> None:
    """Left by a start that was killed between the file and its tables."""
    path = tmp_path / "deskcue.db"
    path.touch()
    with pytest.raises(StoreError, match="deskcue sync"):
        look(Store(path, writer=False))


def _first_version(path: Path) -> None:
    """A store as the first version left it."""
    config = Config()
    config.set_main_option("script_location", str(Path(engine.__file__).parent / "migrations"))
    writer = create_engine(f"sqlite:///{path}")
    with writer.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    writer.dispose()


def test_a_store_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    """Its records stay, and tickets are read from the beginning once more, for what they did not have yet."""
    path = tmp_path / "old.db"
    _first_version(path)
    with sqlite3.connect(path) as old:
        old.execute("INSERT INTO streams VALUES ('tickets', 'place', 1, 5, NULL, NULL)")
        old.execute("INSERT INTO streams VALUES ('customers', 'place', 1, 5, NULL, NULL)")
        old.execute(
            "INSERT INTO customers (id, version, digest, name, tags, fields, updated_at, deleted)"
            " VALUES ('7', 1, '', 'Ana', '[]', '{}', 1, 0)"
        )
    old.close()
    store = Store(path, writer=True)
    with store.read() as connection:
        assert records.cursor(connection, Stream.TICKETS) is None
        assert records.cursor(connection, Stream.CUSTOMERS) == "place"
        assert records.read(connection, Customer, ["7"])["7"].name == "Ana"
    store.close()


def test_a_store_counts_what_it_wrote(store: Store) -> None:
    """Whoever keeps what they read learns of every transaction that took place, and of no other."""
    before = store.written
    with store.write() as connection:
        facts.put(connection, {"a": "1"})
    with pytest.raises(KeyError), store.write():
        raise KeyError
    with store.read() as connection:
        facts.get(connection)
    assert store.written == before + 1


def test_what_the_driver_says_itself_is_told_in_the_same_way(store: Store) -> None:
    """Short answers come straight from the driver: its complaint is a sentence with a remedy, too."""
    with pytest.raises(StoreError, match="deskcue sync"), store.read() as connection:
        bulk.fetch(connection, "SELECT body FROM nowhere")
    with store.write() as connection:
        facts.put(connection, {"a": "1"})
        assert bulk.fetch(connection, "SELECT value FROM state WHERE key = ?", ("a",)) == [("1",)]
        assert bulk.fetch_named(connection, "SELECT key, value FROM state") == [{"key": "a", "value": "1"}]
