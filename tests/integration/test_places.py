"""The sidebar beside a customer and an organization: what it shows, from which rows, what it leaves out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import event

from integration.sidebar import Company, View, advice_data, advice_text, company, render_fragment, view
from integration.sidebar.alone import alone
from integration.sidebar.stored import OTHERS, company_sources, customer_sources
from integration.store.companies import MOST_CUSTOMERS
from policies.load import load_text
from policies.model import Policy
from policies.standing import Facts
from policies.treatment import decide
from tests.integration.sidebar_cases import (
    DAY,
    DECISION,
    NOW,
    ORGANIZATION,
    POLICY,
    SHOP,
    TICKET,
    ZONE,
    apart,
    firm,
    northwind,
    seen,
    standing,
    with_customer,
)
from tests.integration.stock import Stock, stocked
from tests.policies import desk


def test_a_customer_is_shown_apart_from_any_ticket() -> None:
    """Segment, reasons, tone, channel, next step, how to write and facts; no deadline and no opening line."""
    shown = seen(apart())
    assert (shown.state, shown.title, shown.name, shown.company) == (
        "ready",
        "Renewal at stake",
        "Maya Chen",
        "Northwind",
    )
    assert shown.announcement == "Advice for Maya Chen: Renewal at stake"
    assert shown.why is not None
    assert shown.why.summary == "Plan: enterprise, Bad ratings in 60 days: 3"
    assert shown.tone is not None
    assert shown.tone.value == "Calm and accountable"
    assert shown.channel is not None
    assert (shown.channel.value, shown.channel.reason) == ("Call, then email a recap", "Calls in 90 days: 4")
    assert shown.alert is not None
    assert shown.alert.text == "Bring in the success manager before you close this."
    assert shown.writing is not None
    assert shown.writing.do
    assert len(shown.facts) == 4
    assert (shown.reply_by, shown.writing.sample, shown.solved) == (None, None, ())


def test_an_opening_line_that_answers_nobody_is_not_shown() -> None:
    """The house's own needs no word of a ticket, and thanks for one all the same."""
    how = seen(replace(apart(), members={"key_account": False})).writing
    assert how is not None
    assert (how.do[0], how.sample) == ("Answer the question in the first line", None)


def test_segments_ask_for_the_same_as_for_a_ticket_without_a_situation() -> None:
    """One code decides both; apart from a ticket nothing names one."""
    facts = Facts("101", "7", "open", {}, (), (False,) * len(SHOP.situations))
    ticket = decide(SHOP, "101", {"renewal_at_stake": False, "prefers_phone": False}, facts, None)
    found = alone(replace(apart(), members={"renewal_at_stake": False, "prefers_phone": False}), SHOP, NOW)
    assert found == replace(ticket, ticket_id="")


def test_what_takes_a_ticket_to_know_asks_for_nothing() -> None:
    """A step that a situation could hold back is held; no tone and no priority comes from a situation."""
    text = POLICY.replace(
        "situations:",
        "next_steps:\n  manager: {kind: outreach, text: Call, unless: [reopens >= 1]}\nsituations:",
    ).replace("next_step: Bring in the success manager before you close this", "next_step: manager")
    held = load_text(text, "held.yaml")
    for days, lead in ((90, None), (18, "Renewal in 18 days.")):
        near = standing(renewal=NOW + days * DAY)
        shown = seen(replace(apart(), assigned_by=held.version, standing=near), held)
        assert shown.state == "ready"
        assert (shown.alert and (shown.alert.lead, shown.alert.text)) == (lead and (lead, ""))


def test_g_1_what_is_protected_colours_the_tone_and_is_not_named() -> None:
    """A segment that reads a protected trait is neither title nor reason, beside no ticket either."""
    sources = replace(
        apart(),
        members={"elders": False, "key_account": False},
        standing=standing(truths={"age": True}, age=83),
    )
    html = render_fragment(seen(sources), insert=True)
    assert "Key account" in html
    assert "Calm and accountable" in html
    assert "83" not in html
    assert "Takes their time" not in html


def test_a_boost_that_is_over_does_not_count_here_either() -> None:
    """The decision is made as of now, with the day on which each membership began."""
    text = POLICY.replace("priority: {at_least: high}", "priority: {at_least: high, for: 7 days}")
    lasting = load_text(text, "lasting.yaml")
    for days, wanted in ((1, "high"), (8, None)):
        sources = replace(apart(), assigned_by=lasting.version, since={"renewal_at_stake": NOW - days * DAY})
        found = alone(sources, lasting, NOW)
        assert found is not None
        assert found.value("priority") == wanted


def test_somebody_never_read_has_no_segment_yet() -> None:
    """The brief's unknown state: house style, when the next sync is, and no name."""
    shown = seen(replace(apart(), customer=None, standing=None, members={}, ratings=()))
    assert (shown.state, shown.title, shown.name, shown.facts) == ("unknown", "No segment yet", "", ())
    assert shown.note is not None
    assert shown.note.text.startswith("We have never seen this customer. The next sync is at 12:00.")
    assert shown.tone is not None
    assert shown.tone.reason == "House style, not personal advice"
    assert shown.channel is not None
    assert shown.channel.value == "The channel they write in"
    assert shown.announcement == "Advice for this customer: No segment yet"


def test_a_colleague_is_no_customer() -> None:
    """An agent's own page says so, without a name and without advice that nobody needs."""
    shown = seen(with_customer(apart(), deleted=True))
    assert (shown.title, shown.name, shown.tone, shown.writing) == ("No segment", "", None, None)
    assert shown.note is not None
    assert shown.note.text == "This person is not a customer at the help desk, or no longer."


def test_what_another_policy_assigned_is_not_shown() -> None:
    """Its reasons could not be told truly."""
    assert alone(replace(apart(), assigned_by="000000000000"), SHOP, NOW) is None
    shown = seen(replace(apart(), assigned_by="000000000000"))
    assert shown.state == "unknown"
    assert shown.note is not None
    assert shown.note.text.startswith("The policy has changed")


def test_subjects_are_told_where_the_desk_has_one_group_only() -> None:
    """Who reads a user's page may not read every group's tickets; with one group there is nothing to hide."""
    assert [one.subject for one in seen(apart()).open] == [TICKET.subject, "Subject not shown"]
    assert [one.subject for one in seen(replace(apart(), group="4")).open] == [TICKET.subject, "Secret"]
    assert [title for title, _ in seen(apart()).lists] == ["Open tickets", "Solved like this"]
    many = replace(apart(), open=(TICKET,) * OTHERS)
    assert len(seen(many).open) == 3


def test_an_organization_is_shown_as_its_people() -> None:
    """Name and size, segments best rank first, what its own traits say, tickets, the most pressing step."""
    shown = firm(northwind())
    assert (shown.title, shown.size) == ("Northwind", "40 customers, 1 open ticket")
    assert [(one.label, one.count, one.look) for one in shown.segments] == [
        ("Renewal at stake", "2", "falling"),
        ("Key account", "3", "gem"),
        ("Likes to talk", "1", "plain"),
    ]
    assert [(one.label, one.value) for one in shown.facts] == [
        ("Plan", "enterprise"),
        ("Yearly revenue", "€48,000"),
        ("Renewal", "Feb 20, 2027 (in 90 days)"),
    ]
    assert shown.alert is not None
    assert (shown.alert.lead, shown.alert.text) == (
        "Next step.",
        "#101: Bring in the success manager before you close this.",
    )
    assert [one.ticket_id for one in shown.open] == ["101"]
    assert (shown.note, shown.old, shown.updated) == (None, None, "4 minutes ago")
    html = render_fragment(shown, insert=True)
    assert "Takes their time" not in html
    assert "Tone" not in html


def test_a_renewal_that_is_near_leads_the_alert_of_an_organization() -> None:
    """It is the organization's own date; the step of the most pressing ticket follows it."""
    near = standing(renewal=NOW + 18 * DAY).traits
    shown = firm(replace(northwind(), traits=near))
    assert shown.alert is not None
    assert shown.alert.lead == "Renewal in 18 days."
    assert shown.alert.text.startswith("#101: ")
    assert firm(replace(northwind(), traits=near, pressing=None)).alert == replace(shown.alert, text="")


def test_as_text_numbers_stand_under_one_another() -> None:
    """However long the labels of a policy are, something stands between them and their number."""
    told = advice_text(firm(northwind())).splitlines()
    at = told.index("Customers by segment")
    assert told[at + 1 : at + 4] == [
        "  Renewal at stake  2",
        "  Key account       3",
        "  Likes to talk     1",
    ]
    assert "  Yearly revenue  €48,000" in told


@pytest.mark.parametrize("deleted", [True, False])
def test_an_organization_that_is_not_stored_says_so(deleted: bool) -> None:
    """No number and no name is made up; one that was deleted waits for no sync."""
    missing = msgspec.structs.replace(ORGANIZATION, deleted=True) if deleted else None
    shown = firm(replace(northwind(), organization=missing))
    assert (shown.state, shown.title, shown.size) == ("unknown", "Organization not known", "")
    assert (shown.segments, shown.facts, shown.open, shown.alert) == ((), (), (), None)
    assert shown.note is not None
    assert shown.note.text == (
        "This organization was deleted at the help desk."
        if deleted
        else "We have never seen this organization. The next sync is at 12:00."
    )


def test_an_organization_waits_for_its_people_to_be_assigned_again() -> None:
    """After a change of the policy what is left is what the desk itself says."""
    shown = firm(replace(northwind(), assigned_by="000000000000"))
    assert (shown.title, shown.segments, shown.facts, shown.alert) == ("Northwind", (), (), None)
    assert shown.note is not None
    assert shown.note.text.startswith("The policy has changed")
    decided = replace(northwind(), pressing=replace(DECISION, policy="000000000000"))
    assert firm(decided).alert is None


def test_counts_of_a_part_say_that_they_are_of_a_part() -> None:
    """More than were counted, and those whose segments are still worked out."""
    crowd = replace(northwind().crowd, customers=2000, whole=False, waiting=3)
    shown = firm(replace(northwind(), crowd=crowd, open_count=1001))
    assert shown.size == "more than 2,000 customers, more than 1,000 open tickets"
    assert shown.counted == "Counted among 1,997 of them."


def test_fragments_beside_customers_and_organizations_stay_within_their_budget() -> None:
    """At most 12 KB with the longest names that a desk can hold."""
    long = with_customer(replace(apart(), fault="x" * 5000), name="Ma " * 500)
    assert len(render_fragment(seen(long), insert=True).encode()) <= 12 * 1024
    named = msgspec.structs.replace(ORGANIZATION, name="N" * 5000)
    large = replace(northwind(), organization=named, traits={"plan": "x" * 5000}, fault="x" * 5000)
    assert len(render_fragment(firm(large), insert=True).encode()) <= 12 * 1024


TEAM = desk.policy("""
traits:
  plan: {from: organization.fields.plan, type: text, label: Plan}
  seats: {from: customer.fields.seats, type: number, label: Seats}
segments:
  big:
    kind: value
    label: Big
    rank: 1
    when: seats >= 10
    treatment: {tone: calm, priority: {at_least: high}, next_step: Call}
  small: {kind: value, label: Small, rank: 2, when: seats < 10, treatment: {tone: warm, next_step: Write}}
""")


@pytest.fixture
def stock(tmp_path: Path) -> Iterator[Stock]:
    """A team with three customers, one of them gone, and one open ticket; another team beside it."""
    with stocked(tmp_path) as found:
        found.add("organizations", id="3", name="Northwind", fields={"plan": "team"})
        found.add("organizations", id="4", name="Elsewhere")
        for number, seats, gone in (("7", 12, False), ("8", 3, False), ("9", 40, True)):
            found.add(
                "customers",
                id=number,
                name=f"N{number}",
                organization_id="3",
                fields={"seats": seats},
                deleted=gone,
            )
        found.add("customers", id="10", organization_id="4", fields={"seats": 99})
        found.add("tickets", id="101", customer_id="7", organization_id="3", subject="One")
        found.add("tickets", id="102", customer_id="7", organization_id="3", status="closed")
        found.add("tickets", id="103", customer_id="10", organization_id="4")
        found.assign(TEAM)
        yield found


def person(stock: Stock, customer: str) -> View:
    found = customer_sources(stock.store, customer, None)
    return view(found, TEAM, now=desk.NOW, zone=ZONE)


def team(stock: Stock, number: str = "3", policy: Policy = TEAM) -> Company:
    return company(company_sources(stock.store, number, None), policy, now=desk.NOW, zone=ZONE)


def test_a_customer_without_any_ticket_is_advised_from_the_store(stock: Stock) -> None:
    """Nothing is decided for tickets of theirs, as there is none; and nothing is written."""
    before = _everything(stock)
    shown = person(stock, "8")
    assert (shown.title, shown.company, shown.open) == ("Small", "Northwind", ())
    assert shown.tone is not None
    assert shown.tone.value == "Warm"
    assert [one.ticket_id for one in person(stock, "7").open] == ["101"]
    assert person(stock, "9").title == "No segment"
    assert person(stock, "404").title == "No segment yet"
    assert team(stock, "404").state == "unknown"
    assert _everything(stock) == before


def _everything(stock: Stock) -> list[tuple[object, ...]]:
    with stock.store.read() as connection:
        return [
            tuple(row)
            for table in ("decisions", "standings", "memberships", "dirty", "outbox")
            for row in connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY 1, 2")
        ]


def test_an_organization_counts_its_own_people(stock: Stock) -> None:
    """Those who are gone and those elsewhere count nowhere; its facts are those of any of its customers."""
    shown = team(stock)
    assert shown.size == "2 customers, 1 open ticket"
    assert [(one.label, one.count) for one in shown.segments] == [("Big", "1"), ("Small", "1")]
    assert [(one.label, one.value) for one in shown.facts] == [("Plan", "team")]
    assert shown.counted == ""
    assert shown.alert is not None
    assert shown.alert.text == "#101: Call."


def test_the_ticket_first_in_line_presses_most(stock: Stock) -> None:
    """Whatever is newer: the line for high priority comes first."""
    stock.add("tickets", id="200", customer_id="8", organization_id="3", created_at=desk.NOW - 60)
    stock.assign(TEAM)
    shown = team(stock)
    assert [one.ticket_id for one in shown.open] == ["200", "101"]
    assert shown.alert is not None
    assert shown.alert.text == "#101: Call."


def test_people_whom_an_edit_concerns_are_not_counted_until_they_are_looked_at(stock: Stock) -> None:
    """What an earlier version found stands for the last one only where no edit waits for the customer."""
    with stock.store.write() as connection:
        connection.exec_driver_sql("UPDATE standings SET policy = 'before' WHERE customer_id = '8'")
        connection.exec_driver_sql("INSERT INTO state VALUES ('assigned beside', 'before')"
                                   " ON CONFLICT (key) DO UPDATE SET value = 'before'")  # fmt: skip
    assert [one.label for one in team(stock).segments] == ["Big", "Small"]
    with stock.store.write() as connection:
        connection.exec_driver_sql("INSERT INTO dirty VALUES ('8', 1)")
    shown = team(stock)
    assert [one.label for one in shown.segments] == ["Big"]
    assert shown.counted == "Counted among 1 of them."


def test_the_only_group_of_the_desk_is_found(stock: Stock) -> None:
    """By its id as tickets carry it; a second one, and subjects are not told."""
    term = {
        "version": 1,
        "digest": "",
        "part": "groups",
        "name": "x",
        "active": 1,
        "choices": "[]",
        "detail": "{}",
    }
    for number, subject in (("4", "One"), ("5", "Subject not shown")):
        with stock.store.write() as connection:
            connection.exec_driver_sql("UPDATE tickets SET group_id = '4' WHERE id = '101'")
            names = ", ".join(term)
            connection.exec_driver_sql(
                f"INSERT INTO terms (id, updated_at, deleted, {names}) VALUES (?, 1, 0, ?, ?, ?, ?, ?, ?, ?)",
                (f"groups:{number}", *term.values()),
            )
        assert [one.subject for one in team(stock).open] == [subject]
        assert [one.subject for one in person(stock, "7").open] == [subject]


def test_inv_9_a_large_organization_costs_no_more_than_a_small_one(stock: Stock) -> None:
    """As many statements, each with an end, each by an index: no table is gone through."""
    ran: list[tuple[str, Any]] = []
    event.listen(
        stock.store._readers, "before_cursor_execute", lambda _c, _k, sql, given, *_: ran.append((sql, given))
    )
    team(stock), person(stock, "7")
    small = [sql for sql, _ in ran]
    crowd = MOST_CUSTOMERS + 500
    with stock.store.write() as connection:
        connection.exec_driver_sql(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
            " INSERT INTO customers (id, version, digest, name, organization_id, tags, fields, updated_at,"
            " deleted) SELECT 'c' || i, 1, '', '', '3', '[]', '{}', 1, 0 FROM n",
            (crowd,),
        )
        connection.exec_driver_sql(
            "INSERT INTO tickets (id, version, digest, stamp, status, tags, fields, created_at, updated_at,"
            " deleted, customer_id, organization_id)"
            " SELECT 't' || id, 1, '', '', 'open', '[]', '{}', 1, 1, 0, '7', '3' FROM customers"
        )
    ran.clear()
    shown = team(stock)
    person(stock, "7")
    large = tuple(ran)
    assert [sql for sql, _ in large] == small
    assert shown.size.startswith("more than ")
    with stock.store.read() as connection:
        for sql, given in large:
            if sql.startswith(("SELECT", "WITH")):
                _demand_indexed(
                    connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given).fetchall(), sql
                )
    assert len(json.dumps(advice_data(shown))) < 4096


_FREE = ("json_each", "near", "live", "newest", "streams", "state", "CONSTANT", "terms")
"""Lists that are bounded themselves, and tables of a few rows."""


def _demand_indexed(plan: Any, sql: str) -> None:
    for *_, step in plan:
        assert not step.startswith("SCAN") or any(word in step for word in _FREE), f"{step}: {sql}"
