"""Looking back: each ticket as it was when it came in, with what there was by then and nothing later."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import structs

from connectors.records import Customer
from integration.backtest import BackTest, back_test
from integration.progress import silent
from integration.store import records
from policies.load import load_text
from tests.integration.stock import Stock, stocked
from tests.integration.test_cli import run
from tests.policies.desk import DAY, NOW, TAIL, text

HOUR = 3600
MIDDLE = """
traits:
  recent: {count: tickets, within: 30 days}
  open_before: {count: tickets, where: "status != 'solved'"}
  bad: {count: ratings, where: "score = 'bad'"}
segments:
  busy:
    kind: behavioural
    label: Busy
    rank: 1
    when: recent >= 3
    treatment: {tags: [busy], priority: {at_least: high}}
  let_down: {kind: sentiment, label: Let down, rank: 2, when: bad >= 1, treatment: {service_level: quick}}
  piled: {kind: journey, label: Piled up, rank: 3, when: open_before >= 3}
situations:
  again: {label: Again, rank: 4, when: reopens >= 1, treatment: {tags: [again]}}
"""
QUICK = """service_levels:
  quick:
    label: Quick
    first_reply: {urgent: 1 hour, high: 2 hours, normal: 4 hours, low: 8 hours}
    resolution: {urgent: 1 day, high: 2 days, normal: 3 days, low: 4 days}
"""
SOURCE = text(MIDDLE, tail=TAIL.replace("service_levels:\n", QUICK))
OF = load_text(SOURCE, "trial.yaml")


def back(stock: Stock, since: int = 0, until: int = NOW, sample: int = 9) -> BackTest:
    return back_test(stock.store, OF, since, until, NOW, sample, silent)


@pytest.fixture
def stock(tmp_path: Path) -> Iterator[Stock]:
    """Ann, who wrote four times in April and rated the second answer badly; Bob, who wrote once."""
    with stocked(tmp_path) as found:
        found.add("customers", id="7", name="Ann")
        found.add("customers", id="8", name="Bob")
        for number, day in enumerate((60, 55, 50, 45), start=1):
            at = NOW - day * DAY
            later = {"status": "closed", "solved_at": at + 7 * DAY, "reopens": 1, "replies": 3}
            found.add(
                "tickets",
                id=str(number),
                customer_id="7",
                created_at=at,
                priority="low",
                first_reply_minutes=120 * number,
                **later,
            )
        found.add("ratings", ticket_id="2", customer_id="7", score="bad", created_at=NOW - 52 * DAY)
        found.add("tickets", id="5", customer_id="8", created_at=NOW - 40 * DAY)
        yield found


def by_ticket(found: BackTest) -> dict[str, tuple[str, ...]]:
    return {one.ticket_id: one.segments for one in found.sample}


def test_every_ticket_is_looked_at_as_it_came_in(stock: Stock) -> None:
    """Counts grow with the tickets there were, and a rating counts from its day on."""
    found = back(stock)
    assert (found.tickets, found.customers) == (5, 2)
    assert by_ticket(found) == {
        "1": (),
        "2": (),
        "3": ("busy", "let_down"),
        "4": ("busy", "let_down"),
        "5": (),
    }
    assert found.segments == {"busy": 2, "let_down": 2}


def test_what_came_later_is_not_known_then(stock: Stock) -> None:
    """Tickets that were reopened later are new ones: the situation about reopening holds for none."""
    assert all(one.situations == () for one in back(stock).sample)


def test_what_would_have_been_asked_for_is_counted(stock: Stock) -> None:
    """Fields, priorities beside those they had, and the busiest hour."""
    found = back(stock)
    assert found.fields == {"tags": 2, "priority": 2, "service_level": 2}
    assert found.priorities == {"low → high": 2}
    assert found.busiest == 1


def test_promises_are_held_against_the_times_that_were(stock: Stock) -> None:
    """High means two hours and two days: replies after six and eight hours, solved after a week."""
    promised = back(stock).promises["quick"]
    assert (promised["first_reply"].met, promised["first_reply"].missed) == (0, 2)
    assert (promised["resolution"].met, promised["resolution"].missed) == (0, 2)
    (third,) = (one for one in back(stock).sample if one.ticket_id == "3")
    assert third.due == {"first_reply": third.at + 2 * HOUR, "resolution": third.at + 2 * DAY}


def test_only_the_days_asked_for_are_looked_at(stock: Stock) -> None:
    """From the first instant on and before the last; what came before still counts as past."""
    found = back(stock, since=NOW - 50 * DAY, until=NOW - 45 * DAY)
    assert by_ticket(found) == {"3": ("busy", "let_down")}


def test_customers_are_as_they_were_then(stock: Stock) -> None:
    """A plan that was another until day 48 decides by the former one before."""
    of = load_text(
        text("""
traits: {plan: {from: customer.fields.plan, type: text}}
segments: {gold: {kind: value, label: Gold, rank: 1, when: plan = 'gold', treatment: {tags: [gold]}}}
"""),
        "trial.yaml",
    )
    before = Customer(id="7", version=1, name="Ann", fields={"plan": "free"}, updated_at=NOW - 70 * DAY)
    after = structs.replace(before, version=2, fields={"plan": "gold"}, updated_at=NOW - 48 * DAY)
    found = back_test(stock.store, of, 0, NOW, NOW, 9, silent)
    assert (
        "Fields of customers and companies are those of today: no change of them has been seen."
        in found.assumed
    )
    for version in (before, after):
        with stock.store.write() as connection:
            records.save(connection, [structs.replace(version, version=version.version + 10)])
    found = back_test(stock.store, of, 0, NOW, NOW, 9, silent)
    assert by_ticket(found) == {"1": (), "2": (), "3": (), "4": ("gold",), "5": ()}
    assert any("as they were since 2026-" in line for line in found.assumed)


def test_pauses_and_the_priority_of_the_beginning_count_where_they_were_kept(stock: Stock) -> None:
    """Solved after a week, six days of it pending: within two days; and it came in as urgent, not low."""
    with stock.store.write() as connection:
        at = NOW - 50 * DAY
        for day, status, priority in ((0, "new", "urgent"), (1, "pending", "low"), (7, "solved", "low")):
            connection.exec_driver_sql(
                "INSERT INTO ticket_steps (ticket_id, at, status, priority) VALUES ('3', ?, ?, ?)",
                (at + day * DAY, status, priority),
            )
    found = back(stock)
    assert found.priorities == {"high enough already": 1, "low → high": 1}
    assert (found.promises["quick"]["resolution"].met, found.promises["quick"]["resolution"].missed) == (1, 1)
    (third,) = (one for one in found.sample if one.ticket_id == "3")
    assert (third.had, third.due["first_reply"]) == ("urgent", third.at + HOUR)
    assert any(line.startswith("The course of 4 tickets was not kept") for line in found.assumed)


def test_the_load_is_told_by_group_and_hour(stock: Stock) -> None:
    """Where the policy routes nobody the ticket's own group counts, by name where it is known."""
    with stock.store.write() as connection:
        connection.exec_driver_sql("UPDATE tickets SET group_id = '9' WHERE id IN ('1', '2')")
        connection.exec_driver_sql(
            "UPDATE tickets SET group_id = '8', created_at = ? WHERE id IN ('4', '5')", (NOW - DAY,)
        )
    found = back_test(stock.store, OF, 0, NOW, NOW, 0, silent, groups={"Billing": "9"}, minutes=12)
    assert {name: (load.tickets, load.busiest, load.minutes) for name, load in found.groups.items()} == {
        "Billing": (2, 1, 24), "group 8": (2, 2, 24), "no group": (1, 1, 12),
    }  # fmt: skip
    assert found.groups["group 8"].busiest_at == (NOW - DAY) // HOUR * HOUR
    assert {load.minutes for load in back(stock).groups.values()} == {None}


def test_a_route_goes_before_the_group_a_ticket_has(stock: Stock) -> None:
    """The group that the policy asks for is the one that is loaded."""
    routed = load_text(SOURCE.replace("{tags: [busy], ", "{tags: [busy], route: Care, "), "trial.yaml")
    found = back_test(stock.store, routed, 0, NOW, NOW, 0, silent)
    assert {name: load.tickets for name, load in found.groups.items()} == {"Care": 2, "no group": 3}


def test_nothing_is_stored(stock: Stock) -> None:
    """The store is as before: no standing, no decision, and its tickets have their later life."""
    back(stock)
    with stock.store.read() as connection:
        for table in ("standings", "decisions", "memberships"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == 0
        assert connection.exec_driver_sql("SELECT status FROM tickets WHERE id = '1'").scalar() == "closed"


def test_the_command_tells_what_it_assumed(stock: Stock, tmp_path: Path) -> None:
    """In words and as JSON; days that are none are a usage error."""
    (tmp_path / "p.yaml").write_text(SOURCE)
    stock.store.close()
    (tmp_path / "var").mkdir()
    (tmp_path / "deskcue.db").rename(tmp_path / "var" / "deskcue.db")
    done = run(tmp_path, "policy", "backtest", "p.yaml", "--sample", "1")
    assert done.returncode == 0, done.stderr
    assert "5 tickets of 2 customers, each as it came in." in done.stdout
    assert "are those of today" in done.stdout
    assert "low → high" in done.stdout
    empty = run(tmp_path, "policy", "backtest", "p.yaml", "--to", "2001-01-01", "--json")
    assert '"tickets": 0' in empty.stdout
    assert run(tmp_path, "policy", "backtest", "--from", "soon").returncode == 2
    assert run(tmp_path, "policy", "backtest", "--from", "2026-02-01", "--to", "2026-01-01").returncode == 2
