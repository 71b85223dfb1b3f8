"""Guard rails in what a policy does: manner, waiting, floor, the fields it can touch, the counterfactual."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import replace

import pytest
from sqlalchemy import insert, update

from connectors.changes import Field
from integration.store.schema import customers, tickets
from policies.faults import Fault, PolicyError
from policies.load import STARTER, load, load_text
from policies.model import Policy
from policies.serving import Treatment
from policies.standing import Facts
from policies.treatment import Decision, decide
from tests.policies.desk import DAY, NOW, TAIL, Desk, policy, text

HOUR = 3600
ALL = "traits: {}\nsegments:\n  all_: {kind: value, label: All, rank: 1, when: 'true', treatment: {}}\n"


def refused(source: str) -> list[Fault]:
    """The faults of a policy."""
    with pytest.raises(PolicyError) as caught:
        load_text(source, "p.yaml")
    return list(caught.value.faults)


@pytest.mark.parametrize(
    "said",
    [
        "Low value",
        "low-value customers",
        "Wertlos",
        "Kunde zweiter Klasse",
        "peu rentable",
        "Pénible",
        "de poco valor",
        "Problem customer!",
        "価値の低いお客様",
    ],
)
def test_g_9_words_that_demean_are_refused_wherever_they_can_be_read(said: str) -> None:
    """In labels, advice, next steps, notes, tags and names, in any of the languages of the list."""
    for before, after in (
        ("label: All", f'label: "{said}"'),
        ("treatment: {}", f'treatment: {{next_step: "{said}"}}'),
        ("treatment: {}", f'treatment: {{note: "{said}"}}'),
    ):
        (found,) = refused(text(ALL.replace(before, after)))
        assert (found.code, found.severity) == ("MANNER", "error")
    for before in ("label: Calm", "do: [Breathe]"):
        key = before.partition(":")[0]
        after = f"{key}: [{said}]" if key == "do" else f"{key}: {said}"
        (found,) = refused(text(ALL, tail=TAIL.replace(before, after)))
        assert found.message.startswith("speaks ill of people: ")


def test_g_9_a_tag_or_a_name_that_demeans_is_refused() -> None:
    """What is written on the desk is read there by everybody."""
    assert refused(text(ALL.replace("treatment: {}", "treatment: {tags: [low-value]}")))[0].code == "MANNER"
    assert refused(text(ALL.replace("all_:", "low_value:")))[0].code == "MANNER"


def test_g_9_what_a_tone_says_to_avoid_may_be_named() -> None:
    """To avoid calling a question stupid is good advice; words inside words are other words."""
    tail = TAIL.replace("do: [Breathe]", "do: [Avoid closeries], avoid: [Calling a question stupid]")
    assert load_text(text(ALL, tail=tail), "p").tones["calm"].avoid


@pytest.mark.parametrize("line", ["I guarantee it", "Wir erstatten alles", "C'est gratuit", "返金いたします"])
def test_g_9_an_opening_line_that_promises_is_warned_about(line: str) -> None:
    """The policy loads; whoever judges it sees the line."""
    of = load_text(
        text(ALL, tail=TAIL.replace("opening: {en: Hello}", f'opening: {{en: "{line}"}}', 1)), "p.yaml"
    )
    assert [(fault.code, fault.severity) for fault in of.warnings] == [("PROMISE", "warning")]


def test_g_9_the_starter_speaks_well_of_everybody() -> None:
    """The shipped policy has no finding of manner, promise, floor or starving."""
    assert load([STARTER]).warnings == ()


def test_g_8_a_treatment_can_ask_for_nothing_but_service() -> None:
    """The fields are these; closing, refusing, pricing, banning and answering have no word."""
    assert set(Treatment.model_fields) == {
        *("tags", "priority", "service_level", "route", "tone", "channel", "next_step", "note"),
    }
    assert {field.value for field in Field} == {
        "tags",
        "priority",
        "service_level",
        "segment",
        "group",
        "note",
    }
    for key in (
        "status",
        "comment",
        "reply",
        "assignee",
        "close",
        "price",
        "discount",
        "ban",
        "macro",
        "subject",
    ):
        (found,) = refused(text(ALL.replace("treatment: {}", f"treatment: {{{key}: x}}")))
        assert found.message == f"{key} is not a key here"


@pytest.mark.parametrize("word", ["none", "lowest", "ignored", "closed"])
def test_g_4_no_priority_below_low_exists(word: str) -> None:
    """Nobody can be put aside: a priority is one of four, and only ever a lower bound."""
    assert refused(text(ALL.replace("treatment: {}", f"treatment: {{priority: {{at_least: {word}}}}}")))


def test_g_4_a_promise_above_the_floor_is_refused() -> None:
    """The slowest first reply of every service level is at most the floor; a week where none is written."""
    assert load_text(text(ALL + "floor: 24 hours\n"), "p").floor == DAY
    (found,) = refused(text(ALL + "floor: 12 hours\n"))
    assert found.message == "Slow allows 1 day until the first reply, and the floor is 12 hours"
    assert (found.code, found.line) == ("FLOOR", 21)
    assert refused(text(ALL, tail=TAIL.replace("low: 24 hours", "low: 8 days")))[0].code == "FLOOR"


def test_g_4_a_policy_that_lets_some_wait_for_ever_is_warned_about() -> None:
    """Where some go first, something must raise those who wait: a rule, or a situation that reads it."""
    first = ALL.replace("treatment: {}", "treatment: {priority: {at_least: high}}")
    (warning,) = policy(first).warnings
    assert (warning.code, warning.severity) == ("STARVING", "warning")
    assert policy(ALL).warnings == ()
    assert policy(first + "waiting: {after: 4 hours, priority: high}\n").warnings == ()
    own = "situations: {w: {label: W, rank: 1, when: waiting_since < now - hours(1), treatment: {%s}}}\n"
    assert policy(first + own % "priority: {at_least: high}").warnings == ()
    assert len(policy(first + own % "tone: calm").warnings) == 1


WAITING = "waiting:\n  - {after: 10 minutes, priority: normal}\n  - {after: 4 hours, priority: high}\n"


@pytest.mark.parametrize(
    ("waited", "status", "asked"),
    [
        (9 * 60, "open", None),
        (10 * 60 + 1, "open", "normal"),
        (4 * HOUR - 1, "new", "normal"),
        (4 * HOUR, "new", "high"),
        (9 * DAY, "pending", None),
        (None, "open", None),
    ],
)
def test_g_4_waiting_raises_priority(waited: int | None, status: str, asked: str | None) -> None:
    """At the instant a step is reached the ticket asks for its priority, whoever the customer is."""
    of, desk = policy(ALL + WAITING), Desk()
    customer = desk.add("customers")
    since = None if waited is None else NOW - waited
    desk.add("tickets", customer_id=customer, status=status, waiting_since=since)
    (facts,) = desk.facts(of, customer)
    part = decide(of, "7", {}, facts, None).priority
    assert (part.value if part else None) == asked
    if asked == "high" and part:
        assert part.won.reason == "Waiting for 4 hours asks for at least high priority."


def waits(of: Policy, seed: int) -> list[float]:
    """Hours that each of 400 tickets waits where one agent always takes the most urgent, then the oldest.

    Nine in ten are from customers of a segment that goes first, and agents are nearly all at work.
    """
    drawn, clock = random.Random(seed), 0.0
    queue: list[tuple[float, bool]] = []
    found: list[float] = []
    arrivals = sorted((drawn.uniform(0, 400 * 0.25), drawn.random() < 0.9) for _ in range(400))
    while arrivals or queue:
        while arrivals and (not queue or arrivals[0][0] <= clock):
            arrived, first = arrivals.pop(0)
            clock = max(clock, arrived) if not queue else clock
            queue.append((arrived, first))
        at, (arrived, _) = min(enumerate(queue), key=lambda one: (-urgency(of, clock, *one[1]), one[1][0]))
        queue.pop(at)
        found.append(clock - arrived)
        clock += 0.26
    return found


def urgency(of: Policy, clock: float, arrived: float, first: bool) -> int:
    """How far up the ticket's decision puts it."""
    steps = [float(rule.label.split()[2]) for rule in of.situations.values()]
    held = tuple(clock - arrived >= step for step in steps)
    decision = decide(of, "7", {"all_": False} if first else {}, Facts("7", "a", "open", {}, (), held), None)
    return ["", "low", "normal", "high", "urgent"].index(decision.priority.value if decision.priority else "")


def test_g_4_nobody_starves() -> None:
    """With waiting declared the longest wait stays near step and backlog; without it the others starve."""
    first = ALL.replace("treatment: {}", "treatment: {priority: {at_least: high}}")
    raised = policy(first + "waiting: {after: 2 hours, priority: urgent}\n")
    for seed in range(3):
        with_rule, without = max(waits(raised, seed)), max(waits(policy(first), seed))
        backlog = max(waits(policy(ALL), seed))
        assert with_rule <= 2 + backlog + 0.26
        assert without > with_rule


PROTECTED: Mapping[str, tuple[object, ...]] = {
    "age": (19, 45, 80, None),
    "gender": ("f", "m", "x", None),
    "religion": ("a", "b", None),
    "nationality": ("DE", "JP", "BR", None),
    "marital_status": ("married", "single", None),
    "health": (True, False, None),
}
MANNERS = (
    "\n---\ntraits:\n"
    + "".join(
        f"  {name}: {{from: customer.fields.{name}, type: {kind}}}\n"
        for name, kind in {
            "gender": "text",
            "religion": "text",
            "nationality": "text",
            "marital_status": "text",
            "health": "boolean",
        }.items()
    )
    + "segments:\n"
    + "".join(
        f'  manner_{rank}: {{kind: demographic, label: Manner {rank}, rank: {rank}, when: "{when}",'
        f" treatment: {{tone: {tone}}}}}\n"
        for rank, (when, tone) in enumerate(
            (
                ("gender = 'f' or in_segment('formal_manner')", "formal"),
                ("religion = 'a' and nationality != 'DE'", "warm"),
                ("marital_status = 'married' or health", "casual"),
            ),
            start=920,
        )
    )
)


def flip(desk: Desk, of: Policy, attribute: str, people: Mapping[str, dict[str, object]]) -> int:
    """Give everybody another value of the attribute; how many decisions differ in more than wording."""
    before = decisions(desk, of, people)
    with desk.engine.begin() as connection:
        for customer, fields in people.items():
            values = PROTECTED[attribute]
            other = values[(values.index(fields[attribute]) + 1) % len(values)]
            body = json.dumps({**fields, attribute: other})
            connection.execute(update(customers).where(customers.c.id == customer).values(fields=body))
    after = decisions(desk, of, people)
    assert before.keys() == after.keys() == people.keys()
    assert any(before[name].tone != after[name].tone for name in people), f"{attribute} is read by nothing"
    return sum(unworded(before[name]) != unworded(after[name]) for name in people)


def decisions(desk: Desk, of: Policy, people: Mapping[str, object]) -> dict[str, Decision]:
    """The decision of everybody's only ticket."""
    standings = {one.customer_id: one for one in desk.standings(of, *people)}
    found = {}
    for facts in desk.facts(of, *people):
        truths = zip(of.segments, standings[facts.customer_id].segments, strict=True)
        members = {name: False for name, truth in truths if truth}
        found[facts.customer_id] = decide(of, facts.ticket_id, members, facts, "email")
    return found


def unworded(decision: Decision) -> Decision:
    """The decision without what may be told differently: tone, and the memberships that only colour it."""
    return replace(decision, tone=None, segment=None, segments=())


def crowd(desk: Desk, count: int) -> dict[str, dict[str, object]]:
    """So many customers with drawn protected fields and drawn tickets, one open for each."""
    drawn = random.Random(7)
    people = {
        str(n): {name: drawn.choice(values) for name, values in PROTECTED.items()} for n in range(count)
    }
    common = {"version": 1, "digest": "", "updated_at": 1, "deleted": False}
    rows = [
        {**common, "id": name, "name": "", "tags": "[]", "fields": json.dumps(fields)}
        for name, fields in people.items()
    ]
    asked = [
        {
            **common,
            "id": name,
            "customer_id": name,
            "stamp": "",
            "status": "open",
            "tags": "[]",
            "fields": "{}",
            "created_at": NOW - drawn.randrange(90 * DAY),
            "waiting_since": NOW - drawn.randrange(4 * DAY),
            "channel": drawn.choice(["email", "voice"]),
            "reopens": drawn.randrange(3),
        }
        for name in people
    ]
    with desk.engine.begin() as connection:
        connection.execute(insert(customers), rows)
        connection.execute(insert(tickets), asked)
    return people


@pytest.mark.parametrize("count", [250, pytest.param(10_000, marks=pytest.mark.full)])
def test_g_12_flipping_a_protected_attribute_changes_wording_at_most(count: int) -> None:
    """Tags, priority, speed, route, channel, step and mark of everybody stay, with every reason and loser."""
    of, desk = load_text(STARTER.read_text("utf-8") + MANNERS, "p.yaml"), Desk()
    people = crowd(desk, count)
    assert {attribute: flip(desk, of, attribute, people) for attribute in PROTECTED} == dict.fromkeys(
        PROTECTED, 0
    )
