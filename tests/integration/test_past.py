"""Last month's answer is the one that was true then: by the policy, the words and the values of that time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import func, select

from connectors.records import Customer
from integration import commands, show, tell
from integration.explain import NotKnownError
from integration.settings import SettingsError
from integration.store import assignments, past, records, were
from integration.store.schema import metadata
from integration.then import instant, why_then
from policies.load import load_text
from tests.integration.life import DAY, HOUR, Life
from tests.policies.desk import text

POLICY = text(
    """
traits: {lately: {count: tickets, within: 30 days}}
segments:
  often: {kind: behavioural, label: In touch, rank: 1, when: "lately >= 2", treatment: {tags: [often]}}
situations:
  fresh: {label: Fresh, rank: 2, when: "now - created_at < days(2)", treatment: {tags: [fresh]}}
"""
)


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    """One customer, 7, with a ticket of now and one that leaves the window in ten days."""
    found = Life(tmp_path, 1, people=0)
    found.policy = load_text(POLICY, "trial.yaml")
    now = found.clock.wall()
    found.add("customers", id="7", name="", created_at=now - 90 * DAY)
    for key, at in (("1", now), ("2", now - 20 * DAY)):
        found.add("tickets", id=key, stamp="", customer_id="7", status="open", created_at=at)
    found.assign()
    yield found
    found.close()


def tags(life: Life, at: int, ticket: str = "1") -> list[str]:
    return [part.value for part in why_then(life.store, life.policy, ticket, at).decision.tags]


def test_each_instant_has_the_answer_of_its_time(life: Life) -> None:
    """Two changes by time alone give three answers, each from its first second to its last."""
    start = life.clock.wall()
    for _ in range(24 * 12):
        life.clock.advance(HOUR)
        life.assign()
    assert tags(life, start) == tags(life, start + 2 * DAY - 1) == ["fresh", "often"]
    assert tags(life, start + 2 * DAY) == tags(life, start + 10 * DAY - 1) == ["often"]
    assert tags(life, start + 10 * DAY) == tags(life, life.clock.wall()) == []


def test_the_proof_of_then_has_the_values_and_words_of_then(life: Life) -> None:
    """After an edit and a changed count, the former version still proves the former answer."""
    first, start = life.policy, life.clock.wall()
    life.clock.advance(DAY)
    life.policy = load_text(
        POLICY.replace("lately >= 2", "lately >= 3").replace("In touch", "Loud"), "new.yaml"
    )
    life.assign()
    life.clock.advance(DAY)
    then, now = (why_then(life.store, life.policy, "1", at) for at in (start, life.clock.wall()))
    assert (then.policy, now.policy) == (first.version, life.policy.version)
    (before,), (after,) = then.segments, now.segments
    assert (before.label, before.truth, before.lines[0].text) == ("In touch", True, "lately >= 2")
    assert (after.label, after.truth, after.lines[0].seen) == ("Loud", False, {"lately": 2})
    assert (then.memberships, now.memberships) == ({"often": False}, {})
    assert (then.until, now.until) == (start + DAY, None)
    assert [verdict.truth for verdict in then.situations] == [True]


STAGED = text(
    """
traits: {lately: {count: tickets, within: 30 days}, joined: {from: customer.created_at}}
segments:
  often:
    kind: behavioural
    label: In touch
    rank: 1
    when: lately >= 2
    treatment: {priority: {at_least: high, for: 3 days}}
stages:
  begins: {label: Begins, rank: 2, enter: "now - joined < days(95)", stay: 6 days}
  goes_on: {label: Goes on, rank: 3, enter: "now - joined >= days(95)"}
"""
)


def test_the_stage_and_the_boost_are_those_that_were_decided_then(life: Life) -> None:
    """Neither today's stage nor a boost that is over by now is told of the time before."""
    life.policy = load_text(STAGED, "trial.yaml")
    start = life.clock.wall()
    life.assign()
    found = [why_then(life.store, life.policy, "1", start).decision]
    for _ in range(24 * 9):
        life.clock.advance(HOUR)
        life.assign()
    instants = [start, start + 3 * DAY - 1, start + 3 * DAY, start + 6 * DAY - 1, start + 6 * DAY]
    found += [why_then(life.store, life.policy, "1", at).decision for at in instants]
    assert [one.stage for one in found] == ["begins"] * 5 + ["goes_on"]
    assert [one.priority.value if one.priority else None for one in found] == ["high"] * 3 + [None] * 3
    assert [bool(one.held) for one in found] == [False] * 3 + [True] * 3


def test_a_ticket_that_was_settled_keeps_what_was_decided_before(life: Life) -> None:
    """Nothing is decided for it any more, and nothing is said of the time after; what was before remains."""
    start = life.clock.wall()
    life.clock.advance(DAY)
    with life.store.write() as connection:
        connection.exec_driver_sql("UPDATE tickets SET status = 'solved' WHERE id = '1'")
        connection.exec_driver_sql("INSERT INTO dirty (customer_id, mark) VALUES ('7', 1)")
    life.assign()
    assert tags(life, start + DAY - 1) == ["fresh", "often"]
    with pytest.raises(NotKnownError, match="settled have no decision"):
        why_then(life.store, life.policy, "1", start + DAY)
    with pytest.raises(NotKnownError, match="begins at"):
        why_then(life.store, life.policy, "1", start - 1)
    with pytest.raises(NotKnownError, match="Nothing is kept"):
        why_then(life.store, life.policy, "99", start)


def test_what_is_old_is_let_go_and_what_holds_is_not(life: Life) -> None:
    """A row goes when it has ended before the given instant, a few at a time."""
    start = life.clock.wall()
    for _ in range(11):
        life.clock.advance(DAY)
        life.assign()
    with life.store.write() as connection:
        assert past.tidy(connection, start + 2 * DAY + 1, 100) > 0
        assert past.tidy(connection, start + 2 * DAY + 1, 100) == 0
    with pytest.raises(NotKnownError):
        tags(life, start)
    assert tags(life, start + 2 * DAY) == ["often"]
    assert tags(life, life.clock.wall()) == []


def test_whoever_is_gone_is_gone_from_the_past_too(life: Life) -> None:
    """With a customer who is deleted goes what was ever decided and seen of them."""
    start = life.clock.wall()
    life.clock.advance(3 * DAY)
    life.assign()
    assert tags(life, start)
    with life.store.write() as connection:
        connection.exec_driver_sql("UPDATE customers SET deleted = 1")
        connection.exec_driver_sql("INSERT INTO dirty (customer_id, mark) VALUES ('7', 1)")
    life.assign()
    with life.store.read() as connection:
        for table in ("past_decisions", "past_standings", "due"):
            assert connection.execute(select(func.count()).select_from(metadata.tables[table])).scalar() == 0


def test_of_customers_without_tickets_no_past_is_kept(life: Life) -> None:
    """What was seen of them explains no decision: keeping it would only fill the disk."""
    life.add("customers", id="8", name="", created_at=1)
    life.add("tickets", id="3", stamp="", customer_id="8", status="solved", created_at=life.clock.wall())
    life.assign()
    life.clock.advance(31 * DAY)
    life.assign()
    with life.store.read() as connection:
        found = assignments.standing(connection, "8")
        kept = connection.exec_driver_sql("SELECT DISTINCT customer_id FROM past_standings").fetchall()
    assert found is not None
    assert found[0].traits == {"lately": 0}
    assert [tuple(row) for row in kept] == [("7",)]


def test_a_clock_that_comes_by_an_instant_twice_keeps_the_first(life: Life) -> None:
    """Setting the clock back breaks nothing: what was kept of an instant stays."""
    start = life.clock.wall()
    for change in (3 * DAY, -3 * DAY, 3 * DAY, -3 * DAY, 3 * DAY):
        life.clock.jump(change)
        life.assign()
    assert tags(life, start) == ["fresh", "often"]
    assert tags(life, life.clock.wall()) == ["often"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2026-10-01", 1_790_812_800),
        ("2026-10-01T09:30", 1_790_847_000),
        ("2026-10-01T09:30:00Z", 1_790_847_000),
        ("2026-10-01 11:30+02:00", 1_790_847_000),
        ("2026-02-30", None),
        ("yesterday", None),
    ],
)
def test_an_instant_is_written_as_a_day_or_a_day_and_time(given: str, expected: int | None) -> None:
    """A day is its beginning; without a zone it is UTC."""
    assert instant(given) == expected


def test_a_time_that_cannot_be_read_is_a_fault_of_usage() -> None:
    """The command says how to write it, before it opens anything."""
    with pytest.raises(SettingsError, match="2026-10-01T09:30"):
        commands.why("1", at="last week", json=False)


def test_what_held_then_is_told_and_is_a_document(life: Life, capsys: pytest.CaptureFixture[str]) -> None:
    """For people the version, since when and until when, and every line; for programs the same as JSON."""
    start = life.clock.wall()
    life.clock.advance(3 * DAY)
    life.assign()
    found = why_then(life.store, life.policy, "1", start + 5)
    tell.tell_then(found, life.policy)
    said = capsys.readouterr().out
    for words in (life.policy.version, "which held until", "lately >= 2", "tag: fresh"):
        assert words in said
    show.as_json(found)
    assert json.loads(capsys.readouterr().out)["until"] == start + 3 * DAY


def companion(version: int, **values: object) -> Customer:
    stated: dict[str, object] = {"id": "7", "version": version, "name": "Ann", "updated_at": version}
    return msgspec.convert({**stated, **values}, Customer)


def test_what_customers_were_like_is_kept_until_they_are_erased(life: Life) -> None:
    """A row for what a policy could read otherwise, none for the rest; erasing takes all of it."""

    def seen(one: Customer) -> list[tuple[int, str]]:
        with life.store.write() as connection:
            records.save(connection, [one])
            rows = connection.exec_driver_sql(
                "SELECT until, body ->> 'fields' FROM past_records ORDER BY until"
            )
            return [(int(row[0]), str(row[1])) for row in rows]

    seen(companion(10, fields={"plan": "free"}))
    before = seen(companion(20, fields={"plan": "free"}, name="Ann Other"))
    assert [until for until, _ in before if until > 10] == []
    changed = seen(companion(30, fields={"plan": "gold"}))
    assert changed[-1] == (30, '{"plan":"free"}')
    assert seen(companion(25, fields={"plan": "old"})) == changed, "an older version says nothing"
    assert seen(companion(40, deleted=True, erased=True)) == []


def test_former_records_are_let_go_in_time(life: Life) -> None:
    """As many as asked for, and only those that ended before the instant."""
    for version in (10, 20, 30):
        with life.store.write() as connection:
            records.save(connection, [companion(version, fields={"plan": version})])
    with life.store.write() as connection:
        assert were.tidy(connection, 30, 10) == 2
        assert were.tidy(connection, 31, 10) == 1
