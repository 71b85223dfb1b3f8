"""The next instant at which time alone can change an answer: never too late, and exact where it matters."""

from __future__ import annotations

import json
import sqlite3
from random import Random

import pytest
from sqlalchemy import insert
from sqlglot import exp

from integration.store.schema import metadata
from policies.dialects import SQLITE, Parameters, bound
from policies.faults import PolicyError
from policies.instants import NEXT, add_instants, next_at
from policies.language import NOW as NOW_NAME
from policies.language import read
from policies.model import Policy
from policies.moving import flowing, motion
from policies.rules import compiled
from policies.statements import Statement, column
from tests.policies import slow
from tests.policies.desk import DAY, NOW, Desk, one, policy
from tests.policies.drawn import Drawn
from tests.policies.test_agreement import SCOPE, drawn_row

HOUR = 3600
DATABASE = sqlite3.connect(":memory:", check_same_thread=False)
GRID = [NOW + hours * HOUR + beside for hours in range(-24 * 40, 24 * 40) for beside in (-1, 0, 1)]
"""Eighty days around the beginning, on, before and after every hour: drawn dates and spans meet there."""


def _columns() -> dict[str, exp.Expr]:
    return {name: exp.column(name, table="f") for name in SCOPE}


def _row(values: dict[str, slow.Value]) -> dict[str, object]:
    return {f"v_{name}": json.dumps(one) if isinstance(one, list) else one for name, one in values.items()}


def _values() -> exp.Select:
    return exp.select(*(exp.alias_(exp.Placeholder(this=f"v_{name}"), name) for name in SCOPE))


def _next(text: str, row: dict[str, slow.Value], now: int) -> int | None:
    """When the condition can change for this row, as the engine says."""
    statement = Statement(SQLITE)
    statement.steps.append(("asked", _values()))
    step = add_instants(statement, "asked", list(SCOPE), motion([read(text, SCOPE)], {}), _columns())
    query = statement.query(exp.select(column(NEXT)).from_(step))
    (found,) = DATABASE.execute(query.sql, {**query.parameters, **_row(row), "now": now}).fetchall()
    return next_at(found)


def _truths(text: str, row: dict[str, slow.Value], instants: list[int]) -> list[bool | None]:
    """The truth of the condition at each of these instants."""
    parameters = Parameters()

    def at_each(node: exp.Expr) -> exp.Expr:
        named = isinstance(node, exp.Placeholder) and node.name == NOW_NAME
        return exp.column("value", table="n") if named else node

    truth = bound(read(text, SCOPE), _columns(), parameters, SQLITE).transform(at_each)
    statement = SQLITE.sql(exp.select(truth).from_(_values().subquery("f")))
    found = DATABASE.execute(
        f"{statement}, json_each(:instants) AS n ORDER BY n.value",
        {**parameters.values, **_row(row), "instants": json.dumps(instants)},
    )
    return [None if one is None else bool(one) for (one,) in found]


@pytest.mark.parametrize("seed", range(4))
def test_nothing_changes_before_the_next_instant(seed: int) -> None:
    """For drawn conditions and rows the truth is the same at every instant before the one that is named."""
    random = Random(seed)
    moving = 0
    for _ in range(60):
        text, row = Drawn(random, SCOPE).condition().text, drawn_row(random)
        now = random.randint(NOW - 20 * DAY, NOW + 20 * DAY)
        named = _next(text, row, now)
        moving += named is not None
        until = GRID[-1] if named is None else named
        instants = sorted({now, *(at for at in (*GRID, until - 1) if now <= at < until)})
        found = _truths(text, row, instants)
        assert len(set(found)) == 1, (text, row, now, named)
    assert moving > 3


D = NOW - 10 * DAY
ROW: dict[str, slow.Value] = {
    "n1": 4, "n2": None, "d1": D, "d2": None, "t1": "team", "t2": None, "b1": True, "b2": None, "s1": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("d1 + days(30) > now", D + 30 * DAY),
        ("d1 + days(30) >= now", D + 30 * DAY),
        ("now - d1 > days(30)", D + 30 * DAY),
        ("not now - d1 >= days(30)", D + 30 * DAY),
        ("now - d1 = days(30)", D + 30 * DAY),
        ("d1 between now - days(30) and now", D + 30 * DAY),
        ("(d1 + days(30) > now) = b1", D + 30 * DAY),
        ("(d1 + days(30) > now) is null", D + 30 * DAY),
        ("coalesce(d2, d1) + days(30) > now", D + 30 * DAY),
        ("coalesce((d1 + days(30) > now), false)", D + 30 * DAY),
        ("now in (d1, d1 + days(30))", D + 30 * DAY),
        ("now - d1 + (now - d1) > days(60)", D + 30 * DAY),
        ("d1 + days(n1 * 5) > now", D + 20 * DAY),
        ("d1 + days(30) > now and d1 + days(20) > now", D + 20 * DAY),
        ("d1 + days(5) > now", None),
        ("d2 > now", None),
        ("n1 > 3", None),
        ("now - now = days(0)", None),
        ("d1 < now", None),
        ("year(now) = 2026", NOW + 16 * HOUR),
        ("hour(now) >= 9", NOW + HOUR),
        ("day(now - hours(1)) = 1", NOW + 17 * HOUR),
        ("month(d1) = 5", None),
        ("years_since(d1) >= 1", NOW + 16 * HOUR),
        ("least(d1 + days(30), d1 + days(40)) < now", D + 30 * DAY),
        ("greatest(d1 + days(30), now) > d1 + days(31)", D + 30 * DAY),
    ],
)
def test_the_instant_is_where_the_sides_meet(text: str, expected: int | None) -> None:
    """It is where both sides are equal; what has passed, is missing or stands still has none."""
    assert _next(text, ROW, NOW) == expected


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("d1 + days(30) > now", [True, False, False]),
        ("d1 + days(30) <= now", [False, True, True]),
        ("d1 + days(30) >= now", [True, True, False]),
        ("now - d1 > days(30)", [False, False, True]),
        ("now - d1 = days(30)", [False, True, False]),
    ],
)
def test_both_sides_of_an_edge_are_looked_at(text: str, found: list[bool]) -> None:
    """``>`` changes at the instant itself, ``>=`` a second later: both are named, one after the other."""
    edge = D + 30 * DAY
    assert _truths(text, ROW, [edge - 1, edge, edge + 1]) == found
    assert [_next(text, ROW, at) for at in (edge - 1, edge, edge + 1)] == [edge, edge + 1, None]


def test_a_row_leaves_its_window_when_it_is_as_old_as_the_window_is_long() -> None:
    """The count falls exactly there, and every trait's window is watched, whoever reads it."""
    desk = Desk()
    customer = desk.add("customers")
    for days in (29, 3, 400):
        desk.add("tickets", customer_id=customer, created_at=NOW - days * DAY)
    asked = one("tickets_30d >= 2", "tickets_30d: {count: tickets, within: 30 days}")
    leaves = NOW + DAY
    assert desk.next_at(asked, customer) == leaves
    assert desk.standing(asked, customer, now=leaves - 1).segments == (True,)
    assert desk.standing(asked, customer, now=leaves).segments == (False,)
    assert desk.next_at(asked, customer, now=leaves) == NOW + 27 * DAY
    assert desk.next_at(asked, customer, now=NOW + 27 * DAY) is None


def test_a_row_dated_ahead_counts_from_its_own_instant() -> None:
    """A ticket of tomorrow is not there today; with or without a window it comes in at its own second."""
    desk = Desk()
    customer = desk.add("customers")
    desk.add("tickets", customer_id=customer, created_at=NOW + 77)
    desk.add("tickets", customer_id=customer, created_at=NOW + 5, deleted=True)
    asked = one("all_tickets >= 1", "all_tickets: {count: tickets}")
    assert desk.next_at(asked, customer) == NOW + 77
    assert desk.standing(asked, customer, now=NOW + 76).segments == (False,)
    assert desk.standing(asked, customer, now=NOW + 77).segments == (True,)
    assert desk.next_at(asked, customer, now=NOW + 77) is None


def test_a_filter_that_reads_now_moves_with_it() -> None:
    """Rows that a trait counts by their age against a date of their own are watched one by one."""
    desk = Desk()
    customer, other = desk.add("customers"), desk.add("customers")
    for hours in (3, 1):
        desk.add("tickets", customer_id=customer, waiting_since=NOW - hours * HOUR)
    asked = one(
        "stale >= 1", 'stale: {count: tickets, where: "waiting_since < now - hours(4)", within: 30 days}'
    )
    assert desk.next_at(asked, customer) == NOW + HOUR
    assert desk.standing(asked, customer, now=NOW + HOUR).segments == (False,)
    assert desk.next_at(asked, customer, now=NOW + HOUR) == NOW + HOUR + 1
    assert desk.standing(asked, customer, now=NOW + HOUR + 1).segments == (True,)
    assert desk.next_at(asked, other) is None


def test_a_situation_is_watched_for_every_ticket() -> None:
    """The earliest ticket of a customer decides when to look at them."""
    desk = Desk()
    customer = desk.add("customers")
    for hours in (1, 3):
        desk.add("tickets", customer_id=customer, waiting_since=NOW - hours * HOUR, created_at=NOW - 90 * DAY)
    asked = policy(
        'traits: {}\nsegments: {x: {kind: value, label: X, rank: 1, when: "true = false"}}\n'
        'situations: {late: {label: Late, rank: 2, when: "now - waiting_since >= hours(4)"}}\n'
    )
    assert desk.next_at(asked, customer) == NOW + HOUR
    late = [one.situations for one in desk.facts(asked, customer, now=NOW + HOUR)]
    assert late == [(False,), (True,)]


def test_a_policy_without_time_never_has_to_be_looked_at_again() -> None:
    """Who is compared with what stands still has no next instant."""
    desk = Desk()
    customer = desk.add("customers", locale="de")
    desk.add("tickets", customer_id=customer)
    assert desk.next_at(one("locale = 'de'", "locale: {from: customer.locale}"), customer) is None


def test_a_leap_day_and_the_end_of_a_year_are_days_like_others() -> None:
    """Spans are seconds of UTC: a year's end and the 29th of February change nothing about them."""
    leap, new_year = 1_835_395_200, 1_830_297_600  # 29 February 2028 and 1 January 2028, UTC
    for start in (leap, new_year):
        row = {**ROW, "d1": start - DAY}
        assert _next("now - d1 > days(2)", row, start) == start + DAY
        assert _truths("now - d1 > days(2)", row, [start + DAY, start + DAY + 1]) == [False, True]


def test_too_many_comparisons_with_now_are_refused() -> None:
    """A policy that no statement could watch is refused with what to do, and not watched in part."""
    lines = [f"d + days({n}) > now" for n in range(301)]
    groups = [lines[at : at + 50] for at in range(0, len(lines), 50)]
    when = json.dumps({"any": [{"any": group} for group in groups]})
    with pytest.raises(PolicyError, match="301 different comparisons with now"):
        policy(
            "traits: {d: {from: customer.created_at}}\n"
            f"segments: {{x: {{kind: value, label: X, rank: 1, when: {when}}}}}\n"
        )


def test_many_comparisons_are_watched_together() -> None:
    """More instants than one call of a database takes still give the earliest."""
    desk = Desk()
    customer = desk.add("customers", created_at=NOW)
    lines = [f"d + days({n}) > now" for n in range(150, 0, -1)]
    when = json.dumps({"any": [{"any": lines[at : at + 50]} for at in range(0, 150, 50)]})
    asked = policy(
        "traits: {d: {from: customer.created_at}}\n"
        f"segments: {{x: {{kind: value, label: X, rank: 1, when: {when}}}}}\n"
    )
    assert desk.next_at(asked, customer) == NOW + DAY


def test_a_pol_06_traits_that_move_through_one_another_stay_small() -> None:
    """Numbers are watched step by step however they follow; a tower of dates is refused, at once."""
    tower = ", ".join(f'x{n}: {{is: "x{n + 1} + x{n + 1}"}}' for n in range(30))
    numbers = one("x0 > 1", f'{tower}, x30: {{is: "years_since(d)"}}, d: {{from: customer.created_at}}')
    desk = Desk()
    customer = desk.add("customers", created_at=NOW - 400 * DAY)
    assert desk.next_at(numbers, customer) == NOW + 16 * HOUR
    dates = ", ".join(f'x{n}: {{is: "least(x{n + 1}, x{n + 1})"}}' for n in range(30))
    with pytest.raises(PolicyError, match="moves with time through too many traits"):
        one("x0 > now", f'{dates}, x30: {{is: "now + days(1)"}}')


IMPORTS = (
    "imports:\n"
    "  crm: {file: crm.csv, key: email, columns: {arr: number}, expires: 90 days}\n"
    "  web: {file: web.csv, key: email, kind: events}\n"
)


def _imported(desk: Desk) -> str:
    customer = desk.add("customers", email="Ana@Example.com")
    row = {
        "kind": "email", "origin": "f", "line": 2, "digest": "", "seen": 1, "news": False, "deleted": False,
    }  # fmt: skip
    with desk.engine.begin() as connection:
        crm = {**row, "source": "crm", "key": "ana@example.com", "as_of": NOW - 60 * DAY}
        connection.execute(insert(metadata.tables["imported"]), crm | {"fields": '{"arr": 5}'})
        for number, days in enumerate((29, 3)):
            event = {**row, "source": "web", "key": "ana@example.com", "id": str(number), "name": "login"}
            event |= {"happened_at": NOW - days * DAY, "value": None}
            connection.execute(insert(metadata.tables["events"]), event)
    return customer


def test_an_imported_value_is_looked_at_when_it_expires() -> None:
    """In that second it becomes unknown; until then nothing changes."""
    desk = Desk()
    customer = _imported(desk)
    asked = policy(
        f"{IMPORTS}traits: {{arr: {{from: import.crm.arr}}}}\n"
        'segments: {x: {kind: value, label: X, rank: 1, when: "arr >= 5"}}\n'
    )
    ends = NOW + 30 * DAY
    assert desk.next_at(asked, customer) == ends
    assert desk.standing(asked, customer, now=ends - 1).segments == (True,)
    assert desk.standing(asked, customer, now=ends).segments == (None,)
    assert desk.next_at(asked, customer, now=ends) is None


def test_an_event_leaves_its_window_like_any_row() -> None:
    """Imported events are watched by the instant at which they happened."""
    desk = Desk()
    customer = _imported(desk)
    asked = policy(
        f"{IMPORTS}traits: {{logins: {{count: events, within: 30 days}}}}\n"
        'segments: {x: {kind: value, label: X, rank: 1, when: "logins >= 2"}}\n'
    )
    assert desk.next_at(asked, customer) == NOW + DAY
    assert desk.standing(asked, customer, now=NOW + DAY - 1).segments == (True,)
    assert desk.standing(asked, customer, now=NOW + DAY).segments == (False,)


RENEWAL = "renewal: {from: customer.fields.renewal, type: date}, joined: {from: customer.created_at}"


def _walk(desk: Desk, asked: Policy, customer: str, steps: int) -> list[int]:
    """The instants named one after the other, at each of which and a second before which all is as it was."""
    flow, now, named = flowing(compiled(asked).definitions), NOW, list[int]()
    for _ in range(steps):
        at = desk.next_at(asked, customer, now=now)
        assert at is not None
        assert _still(desk, asked, customer, now, flow) == _still(desk, asked, customer, at - 1, flow)
        named.append(at)
        now = at
    return named


def _still(desk: Desk, asked: Policy, customer: str, now: int, flow: frozenset[str]) -> object:
    standing = desk.standing(asked, customer, now=now)
    return {name: one for name, one in standing.traits.items() if name not in flow}, standing.lines


def test_days_to_the_first_of_several_dates_are_counted_until_its_second_is_over() -> None:
    """In that second they are 0, and in the next they are those to the date after it."""
    desk = Desk()
    customer = desk.add("customers")
    first, second = NOW + 2 * DAY, NOW + 12 * DAY + 12 * HOUR
    for breach_at in (first, second):
        desk.add("tickets", customer_id=customer, breach_at=breach_at)
    asked = one("left >= 0", "left: {days_until: ticket.breach_at}")
    assert desk.next_at(asked, customer, now=first) == first + 1
    values = [desk.standing(asked, customer, now=at).traits["left"] for at in (first, first + 1)]
    assert values == [0, 10]
    assert _walk(desk, asked, customer, 12)[-1] <= second


@pytest.mark.parametrize(
    "traits",
    [
        'f: {is: "now + hours(2)"}, x: {is: "hour(f)"}',
        'f: {is: "now + hours(2)"}, g: {is: "f + hours(1)"}, x: {is: "day(g) * 2"}',
        'f: {is: "now + (now - joined)"}, x: {days_until: f}',
        'f: {is: "now + (now - joined)"}, x: {days_since: f}',
        'f: {is: "renewal - (now - joined)"}, x: {is: "years_since(f)"}',
        'f: {is: "now - hours(7) - (now - joined) - (now - joined)"}, x: {age_band: f, bands: {a: 0, b: 2}}',
    ],
)
def test_what_is_made_of_a_date_that_moves_is_watched(traits: str) -> None:
    """Numbers, days and bands step where that date does, however fast it goes and in either direction."""
    desk = Desk()
    customer = desk.add(
        "customers", created_at=NOW - 363 * DAY - 12 * HOUR, fields={"renewal": "2026-08-01T10:30:00Z"}
    )
    asked = one("x is not null", f"{RENEWAL}, {traits}")
    assert len(_walk(desk, asked, customer, 30)) == 30


def test_days_to_a_date_that_keeps_its_distance_are_never_looked_at() -> None:
    """What stands at a whole number and stays there is not looked at second by second."""
    desk = Desk()
    customer = desk.add("customers", fields={"renewal": "2026-08-01T10:30:00Z"})
    asked = one("x > 3", f'{RENEWAL}, f: {{is: "least(now + days(3), renewal)"}}, x: {{days_until: f}}')
    (leaves,) = _walk(desk, asked, customer, 1)
    assert leaves == 1_785_580_200 - 3 * DAY
    assert desk.next_at(one("x > 3", 'f: {is: "now + days(3)"}, x: {days_until: f}'), customer) is None


def test_sums_that_lose_digits_name_the_same_instant() -> None:
    """Years ahead and with parts of a second the edge is still the second in which the answer changes."""
    row = {**ROW, "d1": NOW - 60, "n1": 1000.123457}
    edge = int(NOW - 60 + 1000.123457 * DAY)
    named = _next("now - d1 > days(n1)", row, NOW)
    assert named is not None
    assert edge - 1 <= named <= edge + 1
    assert _truths("now - d1 > days(n1)", row, [edge, edge + 1]) == [False, True]


def test_a_pol_06_conditions_that_read_what_moves_too_often_are_refused() -> None:
    """What would have to be written out is counted before it is made."""
    moving = ", ".join(f'x{n}: {{is: "least(x{n + 1}, x{n + 1})"}}' for n in range(2))
    line = " and ".join(["x0 > now"] * 250)
    when = json.dumps({"any": [line] * 10})
    with pytest.raises(PolicyError, match="what the conditions read moves with time"):
        policy(
            f'traits: {{{moving}, x2: {{is: "now + days(1)"}}}}\n'
            f"segments: {{x: {{kind: value, label: X, rank: 1, when: {when}}}}}\n"
        )
