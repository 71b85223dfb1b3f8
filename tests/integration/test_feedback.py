"""What agents say of the advice: how it is kept, replaced, counted, listed and forgotten."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from connectors.records import Customer, Record
from integration.preview import preview
from integration.progress import silent
from integration.store import feedback, records
from integration.store.engine import Store
from integration.store.feedback import Count, Feedback, Wanted
from tests.integration.stock import Stock, stocked
from tests.integration.test_cli import run
from tests.policies.desk import NOW, policy, text

GIVEN = Feedback(
    ticket_id="1042",
    agent_id="42",
    policy="aaaaaaaaaaaa",
    customer_id="7",
    segment="vip",
    tone="calm",
    channel="phone",
    verdict="wrong",
    part="tone",
    line="Too stiff for Ann",
    at=NOW,
)

MIDDLE = """
traits:
  seats: {from: customer.fields.seats, type: number}
segments:
  big: {kind: value, label: Big, rank: 1, when: seats >= 10, treatment: {tags: [big]}}
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = Store(tmp_path / "deskcue.db", writer=True)
    yield found
    found.close()


def put(store: Store, **other: object) -> Feedback:
    given = msgspec.structs.replace(GIVEN, **other)
    with store.write() as connection:
        feedback.put(connection, given)
    return given


def kept(store: Store, wanted: Wanted = Wanted()) -> list[Feedback]:  # noqa: B008  # frozen
    with store.read() as connection:
        return feedback.latest(connection, wanted, 100)


def save(store: Store, *found: Record) -> None:
    with store.write() as connection:
        records.save(connection, found)


def test_a_later_answer_of_the_same_agent_takes_the_place_of_the_first(store: Store) -> None:
    """One answer per agent, ticket and policy version; all others stand beside it."""
    put(store)
    other = put(store, agent_id="43")
    newer = put(store, policy="bbbbbbbbbbbb")
    elsewhere = put(store, ticket_id="1043")
    last = put(store, verdict="right", part="", line="", at=NOW + 5)
    found = kept(store)
    assert found[0] == last
    assert sorted(found[1:], key=str) == sorted([other, newer, elsewhere], key=str)


def test_answers_are_counted_by_segment_and_part(store: Store) -> None:
    """The most frequent answer of a segment comes first; a day and a segment narrow what is counted."""
    for number, (segment, part) in enumerate(
        [("vip", "tone"), ("vip", "old"), ("vip", "old"), ("", "segment"), ("vip", "")]
    ):
        verdict = "wrong" if part else "right"
        put(store, ticket_id=str(number), segment=segment, part=part, verdict=verdict, at=NOW + number)
    with store.read() as connection:
        assert feedback.counts(connection, Wanted()) == [
            Count("", "wrong", "segment", 1),
            Count("vip", "wrong", "old", 2),
            Count("vip", "right", "", 1),
            Count("vip", "wrong", "tone", 1),
        ]
        narrow = feedback.counts(connection, Wanted(since=NOW + 2, segment="vip"))
    assert narrow == [Count("vip", "right", "", 1), Count("vip", "wrong", "old", 1)]
    assert [one.ticket_id for one in kept(store, Wanted(since=NOW + 3))] == ["4", "3"]


def test_a_priv_01_erasing_a_customer_erases_what_was_said_of_them(store: Store) -> None:
    """Nothing of it is left in the table in the moment the desk says so; other customers' answers stay."""
    put(store)
    other = put(store, ticket_id="1043", customer_id="8")
    save(store, Customer(id="7", version=1, name="Ann", updated_at=NOW))
    assert len(kept(store)) == 2
    save(store, Customer(id="7", version=2, updated_at=NOW, erased=True, deleted=True))
    assert kept(store) == [other]


def test_whoever_is_deleted_is_forgotten_with_what_was_decided(tmp_path: Path) -> None:
    """Answers go when memberships and decisions of a deleted customer do."""
    with stocked(tmp_path) as stock:
        stock.add("customers", id="7", name="Ann", deleted=True)
        stock.add("customers", id="8", name="Bob")
        put(stock.store)
        other = put(stock.store, ticket_id="1043", customer_id="8")
        stock.assign(policy(MIDDLE))
        assert kept(stock.store) == [other]


def test_answers_follow_a_customer_who_is_merged(store: Store) -> None:
    """What was said under the old id counts for the one who stays, and is erased with them."""
    put(store)
    save(store, Customer(id="7", version=1, name="Ann", external_id="a", updated_at=NOW))
    save(store, Customer(id="7", version=2, name="Ann", external_id="a", updated_at=NOW, deleted=True))
    save(store, Customer(id="9", version=3, name="Ann", external_id="a", updated_at=NOW))
    assert [one.customer_id for one in kept(store)] == ["9"]


def test_a_preview_counts_wrong_advice_that_would_change(tmp_path: Path) -> None:
    """Of the open tickets whose advice was called wrong, those that the policy would serve otherwise."""
    with stocked(tmp_path) as stock:
        _bigs(stock)
        looked = preview(stock.store, policy(MIDDLE), NOW, silent).judged
        assert (looked.wrong, looked.changing) == (2, 0)
        looser = policy(MIDDLE.replace(">= 10", ">= 5"))
        looked = preview(stock.store, looser, NOW, silent).judged
        assert (looked.wrong, looked.changing) == (2, 1)


def _bigs(stock: Stock) -> None:
    """Three customers of 12, 7 and 6 seats, an open ticket each; the first two are called wrong, one twice.

    The third is called right, and a solved ticket of the second is called wrong.
    """
    for name, seats in (("7", 12), ("8", 7), ("9", 6)):
        stock.add("customers", id=name, name=name, fields={"seats": seats})
        stock.add("tickets", id=f"10{name}", customer_id=name)
    stock.add("tickets", id="200", customer_id="8", status="solved")
    stock.assign(policy(MIDDLE))
    for ticket, customer, agent in (
        ("107", "7", "1"),
        ("108", "8", "1"),
        ("108", "8", "2"),
        ("200", "8", "1"),
    ):
        put(stock.store, ticket_id=ticket, customer_id=customer, agent_id=agent)
    put(stock.store, ticket_id="109", customer_id="9", verdict="right", part="", line="")


def test_the_commands_tell_it(tmp_path: Path) -> None:
    """Counts first, then the newest with their lines; the preview has a sentence; a wrong day ends with 2."""
    (tmp_path / "p.yaml").write_text(text(MIDDLE.replace(">= 10", ">= 5")))
    here = {"DESKCUE_DATA": str(tmp_path), "DESKCUE_POLICY": '["p.yaml"]'}
    with stocked(tmp_path) as stock:
        empty = run(tmp_path, "feedback", **here)
        assert (empty.returncode, empty.stdout) == (0, "Nobody has said anything about the advice yet.\n")
        _bigs(stock)
        put(stock.store, segment="", agent_id="", part="other", line="Not \x1b[31m hers", at=NOW + 60)
    told = run(tmp_path, "feedback", **here)
    assert told.returncode == 0, told.stderr
    lines = told.stdout.splitlines()
    assert [line.split() for line in lines[1:4]] == [
        ["no", "segment", "wrong", "otherwise", "1"],
        ["vip", "wrong", "tone", "4"],
        ["vip", "right", "1"],
    ]
    assert lines[5].endswith(
        "#1042  wrong otherwise: no segment, calm, phone (policy aaaaaaaaaaaa, somebody who did not sign in)"
    )
    assert lines[6] == "    Not \N{REPLACEMENT CHARACTER}[31m hers"
    found = json.loads(run(tmp_path, "feedback", "--segment", "vip", "--most", "1", "--json", **here).stdout)
    assert [one["count"] for one in found["counts"]] == [4, 1]
    assert len(found["newest"]) == 1
    assert run(tmp_path, "feedback", "--since", "yesterday", **here).returncode == 2
    looked = run(tmp_path, "policy", "preview", **here)
    assert "1 of 2 open tickets called wrong by agents would be served otherwise.\n" in looked.stdout
    looked = run(tmp_path, "policy", "preview", "--json", **here)
    assert json.loads(looked.stdout)["called_wrong"] == {"wrong": 2, "changing": 1}
