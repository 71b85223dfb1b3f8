"""Imports into the store: what is taken, what stays, what stops, and whom it concerns."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event

from connectors.records import Customer
from integration.assign import assign
from integration.explain import why_customer
from integration.progress import silent
from integration.store import assignments, imports, records
from integration.store.dump import canonical
from integration.store.engine import Store
from policies.segments import customer_query, read_customer
from tests.integration.importing import HEAD, IMPORTS, Imports
from tests.integration.stock import stocked
from tests.integration.world import BrittleStore, CrashError, Fuse
from tests.policies.desk import DAY, NOW, policy

EVENTS = """
imports:
  web: {file: web.csv, key: external_id, kind: events, headings: {happened_at: at}}
traits:
  logins: {count: events, where: "name = 'login'", within: 30 days}
  spent: {sum: event.value}
segments:
  big: {kind: value, label: Big, rank: 1, when: logins >= 2}
"""


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Imports]:
    """A store with two customers, and nothing imported yet."""
    store = Store(tmp_path / "deskcue.db", writer=True)
    found = Imports(tmp_path, store)
    found.stock.add("customers", id="ann", email="Ann@X.example", external_id="A1")
    found.stock.add("customers", id="bob", email="bob@y.example", external_id="B1")
    yield found
    store.close()


def test_every_type_of_cell_is_taken_as_what_it_is(at: Imports) -> None:
    """Numbers, texts, days, truths and sets are stored under the key in small letters, with file and line."""
    at.write(
        "\ufeff" + HEAD, ' Ann@X.EXAMPLE ,12.50,"=1+1, ""x""",2027-01-31T12:00+02:00,Yes,a|b||a,2026-05-31'
    )
    taken = at.take()
    assert (taken.rows, taken.new, taken.bad) == (1, 1, [])
    (row,) = at.stored()
    assert json.loads(row["fields"]) == {
        "arr": 12.5,
        "plan": '=1+1, "x"',
        "renewal": "2027-01-31T10:00:00Z",
        "beta": True,
        "marks": ["a", "b"],
    }
    assert (row["key"], row["origin"], row["line"]) == ("ann@x.example", "crm.csv", 2)
    assert row["as_of"] == 1_780_185_600


def test_whom_an_import_concerns_is_assigned_again_and_nobody_else(at: Imports) -> None:
    """A changed value marks the customer it is about; one that nobody has yet marks nobody."""
    at.rows("ann@x.example 120", "new@z.example 1")
    taken = at.take()
    assert (taken.customers, at.dirty()) == (1, ["ann"])
    assert (taken.unmatched, taken.unmatched_lines) == (1, (3,))
    at.rows("ann@x.example 120", "new@z.example 2", "bob@y.example 3")
    assert (at.take().changed, at.dirty()) == (1, ["bob"])


def test_who_appears_later_has_their_value_without_another_import(at: Imports) -> None:
    """Values wait under their key; a customer who gets that address is in the segment by assigning alone."""
    at.rows("late@z.example 500")
    at.take()
    assign(at.store, at.policy, at.clock, silent, at_rest=False)
    at.stock.add("customers", id="late", email="Late@z.example")
    with at.store.write() as connection:
        records.mark_dirty(connection, ["late"])
    assign(at.store, at.policy, at.clock, silent, at_rest=False)
    with at.store.read() as connection:
        assert assignments.members(connection, ["late", "ann"]) == {"late": {"big": False}}


def test_what_changes_little_by_little_is_what_changes_at_once(at: Imports) -> None:
    """After each import, those who were marked stand where everybody would stand if all were assigned."""
    steps = [
        ["ann@x.example 120", "bob@y.example 5"],
        ["ann@x.example 99", "bob@y.example 500"],
        ["bob@y.example 500"],
        ["bob@y.example 500 2026-05-30", "ann@x.example 100"],
    ]
    for rows in steps:
        at.rows(*rows)
        at.take()
        assign(at.store, at.policy, at.clock, silent, at_rest=False)
        little = standings(at)
        assign(at.store, at.policy, at.clock, silent, at_rest=False, everyone=True)
        assert standings(at) == little


def standings(at: Imports) -> list[str]:
    with at.store.read() as connection:
        return [line for line in canonical(connection) if line.startswith(('["standings', '["memberships'))]


def test_an_unchanged_file_does_nothing(at: Imports) -> None:
    """The same file again writes no row and marks nobody; with a later date and days of its own, too."""
    at.rows("ann@x.example 120")
    at.take()
    at.dirty()
    before = at.stored()
    at.write(HEAD, at.row("ann@x.example 120"), day=NOW + DAY)
    taken = at.take()
    assert (taken.unchanged, taken.rows) == (True, 1)
    assert (at.stored(), at.dirty()) == (before, [])


def test_a_file_that_says_no_day_holds_longer_when_it_is_written_again(at: Imports) -> None:
    """Its own date is the day of its rows; the same value is news only to those for whom it had expired."""
    at.policy = policy(IMPORTS.replace("    as_of: day\n", ""))
    at.write(HEAD, at.row("ann@x.example 120"), day=NOW - 80 * DAY)
    at.take()
    assert at.dirty() == ["ann"]
    at.write(HEAD, at.row("ann@x.example 120"), day=NOW - DAY)
    taken = at.take()
    assert (taken.unchanged, taken.changed, at.dirty()) == (False, 0, [])
    assert at.stored()[0]["as_of"] == NOW - DAY
    at.clock.advance(100 * DAY)
    at.write(HEAD, at.row("ann@x.example 120"), day=NOW + 99 * DAY)
    at.take()
    assert at.dirty() == ["ann"]


def test_bad_rows_are_named_and_the_others_taken(at: Imports) -> None:
    """Each bad cell has file, line, column and remedy, and no word of what is in it; its old value stays."""
    at.rows("ann@x.example 120", "bob@y.example 5")
    at.take()
    at.write(
        HEAD,
        "ann@x.example,s3cret,,31.05.2027,perhaps,,2026-05-31",
        "bob@y.example,6,,,,,2026-05-31",
        '"x@z.example",1,"two\nlines",,,,2026-05-31',
        "y@z.example,7,,,,,2026-06-09",
    )
    taken = at.take()
    said = [(bad.line, bad.column, bad.message) for bad in taken.bad]
    assert said == [
        (2, "arr", "this is not a number"),
        (2, "renewal", "this is not a date"),
        (2, "beta", "this is neither true nor false"),
        (4, "plan", "the text holds a character that cannot be printed"),
        (6, "day", "the day lies ahead"),
    ]
    assert "s3cret" not in repr(taken)
    assert all(bad.remedy and bad.origin == "crm.csv" for bad in taken.bad)
    assert (taken.refused, taken.gone) == (3, 0)
    assert at.arr() == {"ann@x.example": '{"arr":120}', "bob@y.example": '{"arr":6}'}
    assert at.take().refused == 3, "a file with bad rows is read again, so that they are told again"


def test_rows_that_are_gone_lose_their_value(at: Imports) -> None:
    """At the end of a whole reading what the file no longer has is taken away, and its customers assigned."""
    at.rows("ann@x.example 120", "bob@y.example 5")
    at.take()
    at.dirty()
    at.rows("bob@y.example 5")
    taken = at.take()
    assert (taken.gone, at.dirty(), list(at.arr())) == (1, ["ann"], ["bob@y.example"])


def test_nothing_is_taken_away_while_some_keys_cannot_be_read(at: Imports) -> None:
    """A row without a readable key may be the one that seems to be gone."""
    at.rows("ann@x.example 120", "bob@y.example 5")
    at.take()
    at.rows("ann@x.example 120", "bob(at)y.example 5")
    taken = at.take()
    assert (taken.kept, taken.gone, taken.refused) == (True, 0, 1)
    assert list(at.arr()) == ["ann@x.example", "bob@y.example"]
    at.write(HEAD, at.row("ann@x.example 120"), "bob@y.example,5,,,,")
    assert at.take().bad[0].message == "the row has more or fewer cells than the heading"
    assert list(at.arr()) == ["ann@x.example", "bob@y.example"]


@pytest.mark.parametrize("rows", [[], ["ann@x.example 1"]])
def test_a_list_that_lost_more_than_half_stops(at: Imports, rows: list[str]) -> None:
    """Nothing of it is taken, and the way to take it all the same is named."""
    at.rows("ann@x.example 120", "bob@y.example 5", "c@z.example 6")
    at.take()
    before = at.arr()
    at.rows(*rows)
    taken = at.take()
    assert "had 3 rows" in str(taken.stopped)
    assert "deskcue import crm --accept" in str(taken.stopped)
    assert at.arr() == before
    accepted = at.take(accept=True)
    assert (accepted.stopped, accepted.gone) == (None, 3 - len(rows))


def test_half_of_a_list_may_go(at: Imports) -> None:
    """Exactly half is not more than half."""
    at.rows("ann@x.example 120", "bob@y.example 5")
    at.take()
    at.rows("bob@y.example 5")
    assert at.take().stopped is None


def test_of_two_rows_with_one_key_the_later_day_counts(at: Imports) -> None:
    """Whichever comes first; of one day, two that differ are an error, and two that are equal are none."""
    at.rows("ann@x.example 1 2026-05-30", "ANN@x.example 2 2026-05-31", "ann@x.example 3 2026-05-29")
    taken = at.take()
    assert (taken.new, taken.changed, taken.duplicates, taken.refused) == (1, 0, 2, 0)
    assert at.arr() == {"ann@x.example": '{"arr":2}'}
    at.rows("ann@x.example 4", "ann@x.example 4", "ann@x.example 5")
    taken = at.take()
    assert (taken.duplicates, taken.refused) == (1, 1)
    assert (taken.bad[0].line, taken.bad[0].message) == (4, "the same is said otherwise on line 2")
    assert at.arr() == {"ann@x.example": '{"arr":4}'}


def test_rows_with_one_key_meet_over_portions_too(at: Imports) -> None:
    """A thousand rows lie between them, and with them a transaction."""
    between = [f"u{number}@z.example 1" for number in range(1500)]
    at.rows("ann@x.example 1", *between, "ann@x.example 2", "u7@z.example 9 2026-06-01")
    taken = at.take()
    assert (taken.rows, taken.new, taken.duplicates, taken.refused) == (1503, 1501, 1, 1)
    assert at.arr()["ann@x.example"] == '{"arr":1}'
    assert at.arr()["u7@z.example"] == '{"arr":9}'


def test_an_older_day_never_replaces_a_newer_one_unasked(at: Imports) -> None:
    """INV-6: yesterday's export over today's changes nothing; with --accept it is taken as it stands."""
    at.rows("ann@x.example 120 2026-05-31")
    at.take()
    at.rows("ann@x.example 90 2026-05-30")
    taken = at.take()
    assert (taken.older, taken.changed) == (1, 0)
    assert at.arr() == {"ann@x.example": '{"arr":120}'}
    assert at.take(accept=True).changed == 1
    assert at.arr() == {"ann@x.example": '{"arr":90}'}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (HEAD.encode("utf-16"), "is UTF-16 text. Save it as CSV UTF-8"),
        ((HEAD + "\nb\xf6b@y.example,1,,,,,2026-05-31\n").encode("latin-1"), "not UTF-8 text"),
        (b"", "is empty. Its first line names the columns: email, arr"),
        (b"mail,arr\n", "has no column email, plan"),
        (HEAD.replace("arr", "email").encode(), "has no column arr"),
        ((HEAD + ",arr\n").encode(), "has the column arr twice"),
        ((HEAD + '\nann@x.example,"1,,,,,\n').encode(), "line 2: this is not CSV"),
        ((HEAD + '\nann@x.example,"1"2,,,,,\n').encode(), "line 2: this is not CSV"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused_whole(
    at: Imports, content: bytes, said: str
) -> None:
    """Its encoding, its columns and its quotes are looked at before anything of it is taken."""
    at.rows("ann@x.example 120")
    at.take()
    (at.folder / "crm.csv").write_bytes(content)
    taken = at.take()
    assert said in str(taken.stopped)
    assert at.arr() == {"ann@x.example": '{"arr":120}'}


def test_a_file_that_is_not_there_is_named(at: Imports) -> None:
    """A folder, and a name that leads nowhere, are no files."""
    assert "There is no file crm.csv beside the policy" in str(at.take().stopped)
    (at.folder / "crm.csv").mkdir()
    assert "There is no file crm.csv beside the policy" in str(at.take().stopped)


def test_a_file_that_is_written_while_it_is_read_takes_nothing_away(at: Imports) -> None:
    """What was read stays, what seems to be gone stays as well, and the next reading begins anew."""
    at.rows(*(f"u{number}@z.example 1" for number in range(1500)))
    at.take()
    at.rows(*(f"u{number}@z.example 2" for number in range(1400)))

    def grow(*_: object) -> None:
        with (at.folder / "crm.csv").open("a") as file:
            file.write(at.row("more@z.example 1") + "\n")

    engine = at.store._writer
    assert engine is not None
    event.listen(engine, "begin", grow, once=True)
    taken = at.take()
    assert "changed while it was read" in str(taken.stopped)
    assert len(at.arr()) >= 1500
    at.rows(*(f"u{number}@z.example 2" for number in range(1400)))
    assert at.take().stopped is None
    assert len(at.arr()) == 1400


def test_a_crash_anywhere_is_made_good_by_doing_it_again(tmp_path: Path) -> None:
    """However it dies, the same command then leads to the same rows, and nobody is forgotten."""
    rows = [f"u{number}@z.example {number}" for number in range(1200)]
    (tmp_path / "begun").mkdir()
    with stocked(tmp_path / "begun") as stock:
        for number in range(0, 1200, 100):
            stock.add("customers", id=f"c{number:04}", email=f"u{number}@z.example")
        at = Imports(tmp_path / "begun", stock.store)
        at.rows(*rows)
        at.take()
        at.dirty()
        at.rows(*rows[:700], *(f"{row}1" for row in rows[700:1100]))

    fuse = Fuse()
    with again(tmp_path, "calm", fuse) as calm:
        before = fuse.passed
        calm.take()
        points, right, touched = fuse.passed - before, calm.arr(), calm.dirty()
    assert touched == ["c0700", "c0800", "c0900", "c1000", "c1100"]
    assert points > 15
    for point in range(1, points + 1):
        fuse = Fuse()
        with again(tmp_path, f"at{point}", fuse) as at:
            fuse.left = point
            with pytest.raises(CrashError):
                at.take()
            at.take()
            assert at.arr() == right, point
            assert at.dirty() == touched, point


@contextmanager
def again(folder: Path, name: str, fuse: Fuse) -> Iterator[Imports]:
    """A copy of what was begun, in a store that can die."""
    shutil.copytree(folder / "begun", folder / name)
    store = BrittleStore(folder / name / "deskcue.db", fuse)
    try:
        yield Imports(folder / name, store)
    finally:
        store.close()


def test_a_reading_that_broke_off_is_not_mistaken_for_the_file_before_or_after(tmp_path: Path) -> None:
    """The former file again is read again, and another file has no rows twice; news waits meanwhile."""
    fuse = Fuse()
    store = BrittleStore(tmp_path / "deskcue.db", fuse)
    at = Imports(tmp_path, store)
    at.stock.add("customers", id="ann", email="ann@x.example")
    rows = [f"u{number}@z.example 1" for number in range(1100)]
    at.rows("ann@x.example 1", *rows)
    at.take()
    at.dirty()

    def break_off() -> None:
        fuse.left = 6
        with pytest.raises(CrashError):
            at.take()
        assert at.arr()["ann@x.example"] == '{"arr":2}'

    at.rows("ann@x.example 2", *rows)
    break_off()
    at.rows("ann@x.example 1", *rows)
    assert (at.take().refused, at.arr()["ann@x.example"]) == (0, '{"arr":1}')
    assert at.dirty() == ["ann"]
    at.rows("ann@x.example 2", *rows)
    break_off()
    at.rows("ann@x.example 2 2026-06-01", *rows)
    at.take()
    assert at.dirty() == ["ann"]
    store.close()


def test_an_import_takes_at_most_a_thousand_rows_a_transaction(at: Imports) -> None:
    """So that nobody waits long for the writer."""
    at.rows(*(f"u{number}@z.example 1" for number in range(3500)))
    sizes: list[int] = []
    engine = at.store._writer
    assert engine is not None

    def note(*given: object) -> None:
        _, _, statement, parameters, *_ = given
        if "INTO imported" in str(statement):
            sizes.append(len(parameters))  # type: ignore[arg-type]  # executemany

    event.listen(engine, "before_cursor_execute", note)
    at.take()
    assert sizes == [1000, 1000, 1000, 500]


def test_a_dry_run_judges_and_stores_nothing(at: Imports) -> None:
    """What would be new and what is bad is told; the store stays as it was."""
    at.write(HEAD, at.row("ann@x.example 120"), at.row("bob@y.example many"))
    taken = at.take(dry=True)
    assert (taken.rows, taken.new, taken.refused) == (2, 1, 1)
    assert (at.stored(), at.dirty()) == ([], [])
    with at.store.read() as connection:
        assert imports.states(connection) == {}


def test_events_are_counted_in_their_windows(at: Imports) -> None:
    """Rows that are events give computed traits, by the customer's own id; equal events are one."""
    at.policy = policy(EVENTS)
    at.write(
        "external_id,name,at,value",
        "A1,login,2026-05-30,",
        "A1,login,2026-05-31T10:00Z,",
        "A1,login,2026-05-31T10:00Z,",
        "A1,login,2026-04-01,",
        "A1,bought,2026-05-31,12.5",
        "B1,bought,2026-05-31,1",
        "a1,login,2026-05-31,",
        name="web.csv",
    )
    taken = at.take()
    assert (taken.rows, taken.new, taken.duplicates, taken.unmatched) == (7, 6, 1, 1)
    assert at.dirty() == ["ann", "bob"]
    query = customer_query(at.policy)
    with at.store.read() as connection:
        rows = assignments.run_query(connection, query, ["ann", "bob"], {"now": NOW})
    found = {one.customer_id: one.traits for one in (read_customer(at.policy, row) for row in rows)}
    assert found == {"ann": {"logins": 2, "spent": 12.5}, "bob": {"logins": 0, "spent": 1}}


def test_events_are_found_by_customer_also_when_everybody_is_asked_about(at: Imports) -> None:
    """Each customer's events by the index: customers times events would take hours on a large desk."""
    query = customer_query(policy(EVENTS.replace("external_id", "email")), everyone=True)
    with at.store.read() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query.sql}", query.given(now=NOW)).all()
    steps = [str(row[-1]) for row in plan]
    assert "SEARCH e USING INDEX events_by_key (key=? AND kind=?)" in steps
    assert "SCAN c" in steps
    assert "SCAN e" not in steps


def test_events_with_an_id_may_be_equal_and_may_not_contradict(at: Imports) -> None:
    """Two purchases of one second are two by their ids; one id that says two things is an error."""
    at.policy = policy(EVENTS.replace("kind: events", "kind: events, id: order"))
    at.write(
        "order,external_id,name,at,value",
        "1,A1,bought,2026-05-31,5",
        "2,A1,bought,2026-05-31,5",
        "2,A1,bought,2026-05-31,6",
        name="web.csv",
    )
    taken = at.take()
    assert (taken.new, taken.refused) == (2, 1)
    assert [row["value"] for row in at.stored("events")] == [5, 5]


def test_domains_reach_everybody_with_an_address_there(at: Imports) -> None:
    """One row is about all customers of a company."""
    at.policy = policy(IMPORTS.replace("key: email", "key: domain"))
    at.stock.add("customers", id="amy", email="amy@X.EXAMPLE")
    at.stock.add("customers", id="odd", email="a@b@x.example")
    at.write(HEAD.replace("email", "domain"), at.row("@X.example 5"), at.row("nobody 5"))
    taken = at.take()
    assert (at.dirty(), taken.bad[0].message) == (["amy", "ann"], "this is no domain")


def test_an_import_that_no_policy_has_is_taken_away(at: Imports) -> None:
    """With all imports, and not when one of them is named."""
    at.rows("ann@x.example 120")
    at.take()
    at.policy = policy(IMPORTS.replace("crm:", "sales:").replace("import.crm.", "import.sales."))
    at.take_all("sales")
    assert [row["source"] for row in at.stored()] == ["crm", "sales"]
    at.take_all()
    assert [row["source"] for row in at.stored()] == ["sales"]


def test_an_import_that_becomes_one_of_events_leaves_no_values_behind(at: Imports) -> None:
    """What a policy no longer asks for is not kept."""
    at.rows("ann@x.example 120")
    at.take()
    at.policy = policy(EVENTS.replace("web: {file: web.csv", "crm: {file: web.csv"))
    at.write("external_id,name,at", "A1,login,2026-05-30", ",,", name="web.csv")
    assert at.take().rows == 1
    assert (at.stored(), len(at.stored("events"))) == ([], 1)


def test_rows_of_another_kind_of_key_match_nobody(at: Imports) -> None:
    """After a change of the key, and before the next import, what is stored under the old one is not read."""
    at.stock.add("customers", id="odd", email=None, external_id="ann@x.example")
    at.rows("ann@x.example 120")
    at.take()
    at.policy = policy(IMPORTS.replace("key: email", "key: external_id"))
    with at.store.read() as connection:
        rows = assignments.run_query(connection, customer_query(at.policy), ["ann", "odd"], {"now": NOW})
    assert [read_customer(at.policy, row).traits["arr"] for row in rows] == [None, None]


def test_whom_the_desk_forgets_is_forgotten_here(at: Imports) -> None:
    """What was imported about a person goes with them; what is about their company stays."""
    at.rows("ann@x.example 120", "bob@y.example 5")
    at.take()
    gone = Customer(id="ann", version=9, name="", updated_at=NOW, deleted=True, erased=True)
    with at.store.write() as connection:
        records.save(connection, [gone])
    assert list(at.arr()) == ["bob@y.example"]


def test_why_names_file_line_day_and_end(at: Imports) -> None:
    """The proof of an imported value is its row, in force or not; of a computed one its events."""
    at.rows("bob@y.example 5", "ann@x.example 120 2026-05-20")
    at.take()
    at.stock.assign(at.policy)
    source = why_customer(at.store, at.policy, "ann").sources["arr"]
    assert source.record == "crm.csv line 3, as of 2026-05-20"
    assert source.at == 1_779_235_200
    assert source.until == 1_779_235_200 + 90 * DAY
    at.stock.add("customers", id="eve", email="eve@z.example")
    at.stock.assign(at.policy)
    assert why_customer(at.store, at.policy, "eve").sources["arr"].record == "no row of import crm"
