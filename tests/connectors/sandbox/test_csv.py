"""A desk from a table: every column, every kind of fault."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from connectors.sandbox.csv_desk import KNOWN, CsvError, from_csv
from connectors.sandbox.state import Desk
from tests.clock import NOON
from tests.connectors.sandbox.rig import ticket

HEADER = "ticket_id,created_at,status,requester_id,requester_name,requester_email"
COMPRESSED = gzip.compress(
    b"ticket_id,created_at,status\n" + b"".join(b"%d,2026-01-01,open\n" % key for key in range(1, 5_000))
)
START = 1_767_225_600
"""2026-01-01 00:00:00 UTC."""


def table(folder: Path, *lines: str, name: str = "tickets.csv") -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def load(folder: Path, *lines: str) -> Desk:
    return from_csv(table(folder, *lines), NOON)


def fault(folder: Path, *lines: str) -> str:
    with pytest.raises(CsvError) as caught:
        load(folder, *lines)
    return str(caught.value)


def test_every_column_finds_its_place(tmp_path: Path) -> None:
    """One row with all known columns and two of its own."""
    header = ",".join([*KNOWN, "Region", "vip"])
    row = (
        "7,2026-01-01T00:00:00Z,Closed,3,Ana Lima,ana@acme.example,Acme,Subject,Text,"
        "2026-01-01T02:00:00Z,2026-01-03T00:00:00+00:00,phone,2,56,Red red_hot,2,1,good,South,true"
    )
    desk = load(tmp_path, header, row)
    made = ticket(desk, 7)
    assert (made.status, made.priority, made.channel) == ("closed", "high", "voice")
    assert (made.subject, made.description, made.tags) == ("Subject", "Text", ["red", "red_hot"])
    assert (made.metrics.reopens, made.metrics.assignee_stations) == (1, 3)
    assert (made.metrics.solved_at, made.metrics.full_resolution_minutes) == (START + 7_200, 120)
    assert made.updated_at == made.generated_timestamp == START + 2 * 86_400
    person = desk.users.get(3)
    assert person is not None
    assert (person.name, person.email, person.updated_at) == ("Ana Lima", "ana@acme.example", START)
    company = desk.organizations.get(person.organization_id)
    assert company is not None
    assert (company.name, made.organization_id) == ("Acme", company.id)
    assert [group.name for group in desk.groups] == ["Group 56"]
    assert [(rating.score, rating.ticket_id) for rating in desk.ratings] == [("good", 7)]
    assert [comment.body for comment in desk.comments[7]] == ["Text"]
    first = desk.audits[7][0]
    assert (first.id, first.events[0]["body"]) == (desk.comments[7][0].audit_id, "Text")
    assert (first.made["subject"], first.made["tags"]) == ("Subject", ["red", "red_hot"])
    fields = {field.title: field for field in desk.ticket_fields if field.removable}
    assert (fields["Region"].type, fields["vip"].type) == ("text", "checkbox")
    assert made.custom_fields == {fields["Region"].id: "South", fields["vip"].id: True}


def test_the_three_required_columns_suffice(tmp_path: Path) -> None:
    """A ticket without requester stays without, and only the staff is on the desk."""
    desk = load(tmp_path, "ticket_id,created_at,status", "5,2026-01-01T01:00:00,open")
    made = ticket(desk, 5)
    assert (made.requester_id, made.created_at, made.updated_at) == (None, START + 3_600, START + 3_600)
    assert all(user.staff for user in desk.users)
    assert desk.users.get(desk.agent_id) is not None


def test_customers_are_known_by_number_address_or_name(tmp_path: Path) -> None:
    """The same number, else the same address, else the same name is the same person."""
    desk = load(
        tmp_path,
        HEADER,
        "1,2026-01-02,open,40,,",
        "2,2026-01-01,open,40,,forty@a.example",
        "3,2026-01-01,open,,Bo,BO@a.example",
        "4,2026-01-01,open,,,bo@a.example",
        "5,2026-01-01,open,,Cy,",
        "6,2026-01-01,open,,cy,",
        "7,2026-01-01,open,41,,",
        "8,2026-01-03,open,40,,",
    )
    asked = [ticket(desk, key).requester_id for key in range(1, 8)]
    assert asked[0] == asked[1] == 40
    assert asked[2] == asked[3] != asked[4] == asked[5]
    forty, nameless = desk.users.get(40), desk.users.get(41)
    assert forty is not None
    assert nameless is not None
    assert (forty.email, forty.created_at, forty.updated_at) == ("forty@a.example", START, START)
    assert (nameless.name, nameless.email, nameless.locale) == ("Caller 41", None, None)


def test_ticket_and_requester_numbers_may_overlap(tmp_path: Path) -> None:
    """They are different kinds, and the staff gets numbers that nobody has."""
    desk = load(tmp_path, HEADER, "1,2026-01-01,open,1,,", "2,2026-01-01,open,2,,")
    assert {user.id for user in desk.users} == {1, 2, 3, 4}
    assert {desk.owner_id, desk.agent_id} == {3, 4}


def test_a_column_is_a_checkbox_only_if_nothing_speaks_against_it(tmp_path: Path) -> None:
    """Empty cells do not; another word does; an empty column is text."""
    desk = load(
        tmp_path,
        "ticket_id,created_at,status,a,b,c",
        "1,2026-01-01,open,true,true,",
        "2,2026-01-01,open,,no,",
    )
    types = {field.title: field.type for field in desk.ticket_fields if field.removable}
    assert types == {"a": "checkbox", "b": "text", "c": "text"}
    a, b, _ = [field.id for field in desk.ticket_fields if field.removable]
    assert ticket(desk, 1).custom_fields == {a: True, b: "true"}


def test_compressed_marked_and_quoted_tables_are_read(tmp_path: Path) -> None:
    """gzip, a byte order mark, line ends of Windows, commas and line breaks inside quotes."""
    text = '\ufeffticket_id,created_at,status,description\r\n1,2026-01-01,open,"Hello, there\nJosé"\r\n'
    path = tmp_path / "desk.csv.gz"
    path.write_bytes(gzip.compress(text.encode("utf-8")))
    desk = from_csv(path, NOON)
    assert ticket(desk, 1).description == "Hello, there\nJosé"
    assert desk.name == "Desk"


@pytest.mark.parametrize(
    ("row", "column", "remedy"),
    [
        ("x,2026-01-01,open,,,", "ticket_id", "give every ticket and requester a number"),
        ("0,2026-01-01,open,,,", "ticket_id", "above 0"),
        (",2026-01-01,open,,,", "ticket_id", "is empty"),
        ("1,yesterday,open,,,", "created_at", "write it like 2026-01-15T09:30:00Z"),
        ("1,1950-01-01,open,,,", "created_at", "correct the year"),
        ("1,2026-01-01,done,,,", "status", "use one of new, open"),
        ("1,2026-01-01,,,,", "status", "is empty"),
        ("1,2026-01-01,open,seven,,", "requester_id", "is not a whole number"),
        ("1,2026-01-01,open,,,nonsense", "requester_email", "correct it or leave it empty"),
    ],
)
def test_a_bad_cell_is_named_with_its_remedy(tmp_path: Path, row: str, column: str, remedy: str) -> None:
    """File, line and column stand in the error, and what to do."""
    said = fault(tmp_path, HEADER, "9,2026-01-01,open,,,", row)
    assert said.startswith(f"tickets.csv, line 3, column {column}:")
    assert remedy in said


@pytest.mark.parametrize(
    ("column", "cell"),
    [("priority", "5"), ("priority", "top"), ("score", "fine"), ("reopens", "-1"), ("reopens", "1e9")],
)
def test_a_bad_optional_cell_is_no_smaller_fault(tmp_path: Path, column: str, cell: str) -> None:
    """Nothing is guessed: an optional cell is right or empty."""
    said = fault(tmp_path, f"ticket_id,created_at,status,{column}", f"1,2026-01-01,open,{cell}")
    assert f"line 2, column {column}: '{cell}' is not" in said


def test_a_ticket_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    """The second row is named."""
    said = fault(tmp_path, HEADER, "1,2026-01-01,open,,,", "1,2026-01-01,open,,,")
    assert said == "tickets.csv, line 3, column ticket_id: '1' is there twice: keep one row for each ticket"


def test_a_number_already_given_away_is_refused(tmp_path: Path) -> None:
    """A customer without number got it; the error says to number them all."""
    rows = ("1,2026-01-01,open,,Bo,", "2,2026-01-01,open,1000000000,,")
    assert "number them all" in fault(tmp_path, HEADER, *rows)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["ticket_id,status"], "line 1: the columns created_at are missing: add them"),
        ([""], "line 1: the columns ticket_id, created_at, status are missing"),
        (["ticket_id,created_at,status,a,a"], "the column 'a' is there more than once"),
        (["ticket_id,created_at,status,"], "has no name: rename it"),
        ([HEADER, "1,2026-01-01,open"], "line 2: 3 cells for 6 columns"),
        ([HEADER, '1,2026-01-01,open,,"Bo" Smith,'], "line 2: "),
        ([HEADER, '1,2026-01-01,open,,"Bo'], "check the quotes"),
    ],
)
def test_a_bad_table_is_named_with_its_remedy(tmp_path: Path, lines: list[str], said: str) -> None:
    """Header and shape of the rows."""
    assert said in fault(tmp_path, *lines)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "t.csv.gz",
            COMPRESSED[: len(COMPRESSED) // 2],
            "the compressed data is damaged",
        ),
        ("t.csv.gz", b"not compressed", "cannot be read"),
        (
            "t.csv",
            "ticket_id,created_at,status,n\n1,2026-01-01,open,é".encode("latin-1"),
            "it is not UTF-8 text",
        ),
        ("t.csv", None, "no such file or directory"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    """Damaged, of another kind, in another encoding, or not there: one sentence with the file's name."""
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CsvError, match=said) as caught:
        from_csv(path, NOON)
    assert str(caught.value).startswith(name)


def test_blank_lines_are_passed_over(tmp_path: Path) -> None:
    """Editors leave them at the end; a table without rows gives an empty desk."""
    assert len(load(tmp_path, "ticket_id,created_at,status", "", "1,2026-01-01,open", "").tickets) == 1
    assert len(load(tmp_path, "ticket_id,created_at,status").tickets) == 0
