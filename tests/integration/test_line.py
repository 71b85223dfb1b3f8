"""High priority is for a share of the open tickets: who is raised and who is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.changes import Change, Field, TicketUpdate
from connectors.records import Priority, Status, Ticket
from integration.plan import Rules, TicketPlan, plan_ticket
from integration.store import assignments, line, owned, planning, records
from integration.store.assignments import Decided
from integration.store.engine import Store
from integration.store.wish import Wish
from policies.pressing import WAITED
from policies.standing import Facts
from policies.treatment import Claim, Decision, Part

OPEN = 100
SHARE = 0.2
RULES = Rules(tag_prefix="cue_", most_high=SHARE)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = Store(tmp_path / "deskcue.db", writer=True)
    yield found
    found.close()


def put(store: Store, *tickets: Ticket) -> None:
    with store.write() as connection:
        records.save(connection, tickets)


def ticket(number: int, priority: Priority | None = None, status: Status = "open") -> Ticket:
    return Ticket(
        id=f"{number:03}", version=1, stamp="s", status=status, created_at=number, updated_at=1,
        priority=priority,
    )  # fmt: skip


def ask(store: Store, numbers: range, place: int | None, priority: str = "high") -> None:
    part = Part(priority, Claim(priority, "segment:vip", "Key account"))
    with store.write() as connection:
        assignments.save_decisions(
            connection,
            [
                Decided(
                    Decision(
                        ticket_id=f"{number:03}", policy="p", segment="vip", segments=("vip",),
                        situations=(), priority=part, place=place,
                    ),
                    Facts(f"{number:03}", "7", "open", {}, (), ()),
                )
                for number in numbers
            ],
            1,
        )  # fmt: skip


def plans(store: Store) -> dict[int, TicketPlan]:
    everything = planning.everything(store, at_rest=False, most_high=SHARE)
    return {int(known.ticket.id): plan_ticket(known, RULES) for known in everything}


def raised(store: Store) -> list[int]:
    return [number for number, plan in plans(store).items() if plan.changes]


def test_a_fifth_of_the_open_tickets_is_raised_and_the_rest_is_told_why(store: Store) -> None:
    """First by place, then whoever came first; solved tickets count for nothing."""
    put(store, *(ticket(number) for number in range(OPEN)), ticket(900, status="solved"))
    ask(store, range(50), place=300)
    ask(store, range(50, 60), place=200)
    assert raised(store) == [*range(10), *range(50, 60)]
    held = plans(store)[10].kept
    assert any(one.field is Field.PRIORITY and "over the cap: 20%" in one.reason for one in held)


def test_whoever_has_high_priority_takes_room_and_keeps_it(store: Store) -> None:
    """People's choices and earlier ones fill the share; none is taken back, and nobody is added."""
    put(store, *(ticket(number, "urgent" if number < 15 else None) for number in range(OPEN)))
    ask(store, range(20, 60), place=300)
    assert raised(store) == [20, 21, 22, 23, 24]


def test_a_priority_that_somebody_set_takes_no_place_in_line(store: Store) -> None:
    """Such a ticket is not raised anyway: it must not keep others from it."""
    put(store, *(ticket(number, "normal" if number < 30 else None) for number in range(OPEN)))
    ask(store, range(OPEN), place=300)
    assert raised(store) == list(range(30, 50))


def test_what_deskcue_set_to_normal_stands_in_line(store: Store) -> None:
    """Ours is raised further like one without priority."""
    put(store, *(ticket(number, "normal") for number in range(OPEN)))
    change = Change(field=Field.PRIORITY, before=None, after="normal", reason="r")
    wishes = [
        Wish(TicketUpdate(ticket_id=f"{n:03}", stamp="s", changes=(change,)), "r", "p", "done", None, 1, None)
        for n in range(5)
    ]
    with store.write() as connection:
        owned.own(connection, wishes, 1)
    ask(store, range(OPEN), place=300)
    assert raised(store) == list(range(5))


def test_g_4_nobody_who_waited_is_held_back(store: Store) -> None:
    """Waiting goes over the cap, and takes the room of those behind."""
    put(store, *(ticket(number) for number in range(OPEN)))
    ask(store, range(40), place=WAITED)
    ask(store, range(40, 60), place=300)
    assert raised(store) == list(range(40))


def test_on_a_small_desk_the_share_says_nothing(store: Store) -> None:
    """Ten tickets may be raised anywhere."""
    put(store, *(ticket(number) for number in range(12)))
    ask(store, range(12), place=300)
    assert raised(store) == list(range(line.ALWAYS))


def test_one_ticket_and_all_tickets_are_judged_alike(store: Store) -> None:
    """Planning again while sending holds back whom the plan held back."""
    put(store, *(ticket(number, "high" if number % 9 == 0 else None) for number in range(OPEN)))
    ask(store, range(OPEN), place=300)
    ask(store, range(30, 40), place=7)
    whole = plans(store)
    with store.read() as connection:
        for number, plan in whole.items():
            found = records.read(connection, Ticket, [f"{number:03}"])
            [known] = planning.known(connection, list(found.values()), SHARE)
            assert plan_ticket(known, RULES) == plan
