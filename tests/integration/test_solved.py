"""Solved like this: found by words, ranked by likeness, segment and rating, shown to those who may see it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import msgspec
import pytest

from integration.sidebar import render_fragment
from integration.sidebar.others import MOST, ranked
from integration.sidebar.stored import sources
from integration.store.solved import Solved
from integration.store.subjects import NAME, Subjects, words_of
from tests.integration.sidebar_cases import DAY, HOUR, NOW, TICKET, known, seen
from tests.integration.stock import Stock, stocked
from tests.integration.test_sidebar_page import Page


@pytest.fixture
def stock(tmp_path: Path) -> Iterator[Stock]:
    with stocked(tmp_path) as found:
        yield found


def solve(stock: Stock, number: int, subject: str, customer: str = "7", **values: object) -> None:
    stated: dict[str, object] = {
        "status": "closed",
        "created_at": NOW - DAY,
        "solved_at": NOW - HOUR,
        **values,
    }
    stock.add("tickets", id=str(number), customer_id=customer, subject=subject, **stated)


def words(stock: Stock) -> Subjects:
    found = Subjects(stock.store.path)
    found.refresh(stock.store)
    return found


def names(stock: Stock, subject: str) -> list[str]:
    return [one.ticket_id for one in words(stock).alike(subject, 10)]


def test_solved_tickets_are_found_by_the_words_of_their_subject(stock: Stock) -> None:
    """The more and the rarer words are shared the nearer; marks on letters and case make no difference."""
    solve(stock, 1, "Export to CSV fails")
    solve(stock, 2, "Export is slow")
    solve(stock, 3, "Café printer jams")
    solve(stock, 4, "Invoice is wrong")
    assert names(stock, "CSV export fails again")[:2] == ["1", "2"]
    assert names(stock, "CAFE") == ["3"]
    assert names(stock, "Password") == []
    assert names(stock, '" OR * NEAR(') == []


def test_words_that_are_everywhere_tell_nothing(stock: Stock) -> None:
    """A word of hundreds of tickets is not looked for; a rare one beside it is."""
    with stock.store.write() as connection:
        connection.exec_driver_sql(
            "WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 1300)"
            " INSERT INTO tickets (id, version, digest, stamp, status, tags, fields, created_at, updated_at,"
            " deleted, subject) SELECT i, 1, '', '', 'closed', '[]', '{}', 1, 1, 0, 'Problem with it' FROM n"
        )
    solve(stock, 1, "Problem with the gyroscope")
    assert names(stock, "Problem with it") == []
    assert names(stock, "Problem with a gyroscope") == ["1"]


def test_the_index_follows_the_store(stock: Stock) -> None:
    """What is opened again or deleted leaves it, what is renamed moves, and a second look moves nothing."""
    for number in (1, 2, 3):
        solve(stock, number, "Printer jams")
    assert words(stock).refresh(stock.store) == 0
    with stock.store.write() as connection:
        connection.exec_driver_sql("UPDATE tickets SET status = 'open', version = 2 WHERE id = '1'")
        connection.exec_driver_sql("UPDATE tickets SET deleted = 1, version = 2 WHERE id = '2'")
        connection.exec_driver_sql("UPDATE tickets SET subject = 'Scanner hums', version = 2 WHERE id = '3'")
    assert Subjects(stock.store.path).refresh(stock.store) == 3
    assert names(stock, "printer") == []
    assert names(stock, "scanner") == ["3"]


def test_without_an_index_or_with_a_broken_one_there_is_advice_all_the_same(stock: Stock) -> None:
    """A file that is not there, or no database, costs the list and nothing else."""
    solve(stock, 1, "Printer jams")
    assert Subjects(stock.store.path).alike("printer", 5) == []
    (stock.store.path.parent / "subjects-1.db").write_bytes(
        b"no database at all, but long enough to be read as one" * 9
    )
    assert Subjects(stock.store.path).alike("printer", 5) == []
    assert names(stock, "printer") == ["1"], "the next look makes it anew"


def test_a_disk_without_room_costs_the_index_and_not_the_sync(stock: Stock) -> None:
    """A folder stands where the file should be: nothing is indexed, it is said, and nothing is raised."""
    solve(stock, 1, "Printer jams")
    (stock.store.path.parent / "subjects-1.db").mkdir()
    assert Subjects(stock.store.path).refresh(stock.store) == 0
    assert Subjects(stock.store.path).alike("printer", 5) == []


def alike(number: int, *, score: float = 1.0, rated: str | None = None, segment: str = "") -> Solved:
    return Solved(
        str(number),
        "s",
        NOW - DAY,
        NOW - HOUR * number,
        2,
        score,
        rated,
        frozenset({segment} if segment else ()),
    )


def test_likeness_segment_and_rating_decide_in_this_order() -> None:
    """Alike comes first; among the alike the same segment, then a good rating; a bad one goes last."""
    found = [
        alike(1, rated="bad"), alike(2), alike(3, rated="good"), alike(4, segment="vip"),
        alike(5, segment="vip", rated="good"), alike(6, score=0.2, segment="vip", rated="good"),
    ]  # fmt: skip
    assert [one.ticket_id for one in ranked(found, "vip")] == ["5", "4", "3", "2", "1"]
    assert [one.ticket_id for one in ranked(found, None)] == ["3", "5", "2", "4", "1"]


def test_recall_is_better_with_the_segment_than_without(stock: Stock) -> None:
    """Planted pairs: the same words, another fix for another segment; the right ones come first."""
    chance, number = Random(5), 0
    topics = [f"{thing} {fault}" for thing in ("export", "printer", "invoice", "login", "router", "report")
              for fault in ("fails", "hangs", "vanished", "doubled", "slow")]  # fmt: skip
    for segment in ("vip", "newcomer"):
        for person in range(20):
            key = f"{segment}{person}"
            stock.add("customers", id=key, name=key)
            with stock.store.write() as connection:
                connection.exec_driver_sql("INSERT INTO memberships VALUES (?, ?, 1, 0)", (key, segment))
    planted: dict[tuple[str, str], set[str]] = {}
    for topic in topics:
        for segment in ("vip", "newcomer"):
            for _ in range(3):
                number += 1
                filler = " ".join(chance.sample(("today", "again", "please", "since monday", "on site"), 2))
                solve(stock, number, f"{topic} {filler}", f"{segment}{chance.randrange(20)}")
                planted.setdefault((topic, segment), set()).add(str(number))
    index = words(stock)
    stock.add("tickets", id="999", customer_id="vip0", status="open", subject="x", created_at=NOW)
    recall = {True: 0.0, False: 0.0}
    for (topic, segment), wanted in planted.items():
        with stock.store.write() as connection:
            connection.exec_driver_sql("UPDATE tickets SET subject = ? WHERE id = '999'", (f"My {topic}",))
        found = sources(stock.store, "999", None).solved
        assert found, "the index is empty"
        for by_segment in recall:
            first = {one.ticket_id for one in ranked(found, segment if by_segment else None)[:MOST]}
            recall[by_segment] += len(first & wanted) / MOST / len(planted)
    assert index.refresh(stock.store) == 0
    assert recall[True] >= 0.9
    assert recall[False] <= 0.6


def test_only_tickets_of_the_same_group_are_shown(stock: Stock) -> None:
    """Who may read this ticket may read those of its group; of others nothing is told."""
    stock.add("customers", id="7", name="Ann")
    stock.add(
        "tickets",
        id="9",
        customer_id="7",
        status="open",
        subject="Printer jams",
        group_id="3",
        created_at=NOW,
    )
    solve(stock, 1, "Printer jams", group_id="3")
    solve(stock, 2, "Printer jams", group_id="4")
    solve(stock, 3, "Printer jams")
    words(stock)
    assert [one.ticket_id for one in sources(stock.store, "9", None).solved] == ["1"]
    stock.add(
        "tickets",
        id="10",
        customer_id="7",
        status="pending",
        subject="Secret",
        group_id="4",
        created_at=NOW - 9,
    )
    view = seen(
        replace(
            known(),
            open=sources(stock.store, "9", None).open,
            ticket=msgspec.structs.replace(TICKET, group_id="3"),
        )
    )
    assert [(one.ticket_id, one.subject) for one in view.open] == [("10", "In another group")]


def test_both_lists_are_folded_and_capped() -> None:
    """Three of each at most, with how they stand and how they went; a host gets buttons, others numbers."""
    tickets = tuple(
        msgspec.structs.replace(
            TICKET, id=str(number), subject=f"No {number}", status="pending", created_at=NOW - DAY
        )
        for number in range(201, 206)
    )
    solved = tuple(alike(number, rated="good", segment="renewal_at_stake") for number in range(1, 6))
    view = seen(replace(known(), open=tickets, solved=solved))
    assert [one.note for one in view.open] == ["Waits for the customer, came in 24 hours ago"] * 3
    assert (view.solved[0].ticket_id, view.solved[0].note) == (
        "1",
        "Solved in 23 hours, 2 replies, rated good",
    )
    page = Page(render_fragment(view, insert=True))
    assert page.tags.count("details") == 3
    assert [value for _, name, value in page.attributes if name == "data-ticket"] == [
        "201",
        "202",
        "203",
        "1",
        "2",
        "3",
    ]
    alone = Page(render_fragment(view, insert=False))
    assert "#201" in alone.text
    assert "data-ticket" not in [name for _, name, _ in alone.attributes]
    assert ("details", "open", "") not in page.attributes


def test_words_are_small_bare_and_once() -> None:
    """As the index has them; numbers count as words, single letters do not."""
    assert words_of("Größe: ÉTÉ 404 a größe") == ["große", "ete", "404"]


def test_an_index_that_was_made_anew_is_read_and_not_the_former(stock: Stock) -> None:
    """It is kept open between questions; a file that was put in its place is noticed."""
    solve(stock, 1, "Export fails")
    assert [one.ticket_id for one in words(stock).alike("Export fails", 5)] == ["1"]
    for path in stock.store.path.parent.glob(f"{NAME}*"):
        path.unlink()
    assert Subjects(stock.store.path).alike("Export fails", 5) == []
    solve(stock, 2, "Export fails")
    assert {one.ticket_id for one in words(stock).alike("Export fails", 5)} == {"1", "2"}
