"""What becomes of wishes where the ticket alone does not tell: marks, notes, limits, calls in two forms."""

from __future__ import annotations

import json
from pathlib import Path

from connectors.changes import Change, Field, Outcome, TicketUpdate, Value
from connectors.sandbox.definitions import add_ticket_field
from connectors.sandbox.server import RunningSandbox
from integration import jobs
from integration.apply.endings import Applied
from integration.apply.settling import Settler
from integration.progress import silent
from integration.store import journal, outbox
from integration.store.owned import owned
from integration.store.wish import Wish
from tests.integration.desk import beside, small_desk
from tests.integration.rounds import RULES, Rounds
from tests.integration.world import decide

NOTE = "A key account: answer first."


def change(field: Field, after: Value) -> Change:
    return Change(field=field, before=None, after=after, reason="Key account")


def claimed(rounds: Rounds, *changes: Change) -> Wish:
    """A wish for ticket 1 that has just been taken for sending."""
    ticket = rounds.world.add(1, tags=("billing",))
    rounds.sync()
    update = TicketUpdate(ticket_id="1", stamp=ticket.stamp, changes=changes)
    with rounds.store.write() as connection:
        outbox.start_run(connection, run="r", policy="p", plan="h", changes=1, now=1)
        outbox.enqueue(connection, "r", [update])
        return outbox.claim(connection, outbox.waiting(connection, 10), 1)[0]


def settle(rounds: Rounds, wish: Wish, *said: Outcome) -> Applied:
    applied = Applied()
    Settler(rounds.store, rounds.world, rounds.clock, RULES, applied).settle([wish], said)
    return applied


def mine(rounds: Rounds) -> dict[Field, Value]:
    with rounds.store.read() as connection:
        return dict(owned(connection, ["1"]).get("1", {}))


def test_f_http_19_a_note_without_an_answer_is_found_by_its_mark(rounds: Rounds) -> None:
    """It was left and the answer got lost: the history says so, and it counts as written."""
    wish = claimed(rounds, change(Field.NOTE, NOTE))
    rounds.world.marked["1"] = {wish.update.mark, wish.update.note_mark or ""}
    rounds.world.edit("1")
    assert settle(rounds, wish).written == 1
    assert mine(rounds) == {Field.NOTE: NOTE}
    assert rounds.waiting() == {}


def test_a_note_that_nobody_can_find_is_not_left_twice(rounds: Rounds) -> None:
    """It may arrive yet: the note is given up with its reason, and what else was asked goes on."""
    decide(rounds.store, rounds.world, "1", priority="high")
    wish = claimed(rounds, change(Field.NOTE, NOTE), change(Field.PRIORITY, "high"))
    settle(rounds, wish)
    with rounds.store.read() as connection:
        lines = [(one.field, one.event) for one in journal.history(connection, "1")]
        (waiting,) = outbox.waiting(connection, 10)
    assert (Field.NOTE, "blocked") in lines
    assert [one.field for one in waiting.update.changes] == [Field.PRIORITY]
    assert mine(rounds) == {Field.NOTE: NOTE}


def test_a_note_that_came_with_an_older_update_is_known(rounds: Rounds) -> None:
    """The mark of the note itself tells, although the update around it was another one."""
    wish = claimed(rounds, change(Field.NOTE, NOTE))
    rounds.world.marked["1"] = {"of-another-update", wish.update.note_mark or ""}
    settle(rounds, wish)
    with rounds.store.read() as connection:
        assert [one.event for one in journal.history(connection, "1")][:2] == ["sending", "written"]


def test_whose_priority_it_is_stands_in_the_history(rounds: Rounds) -> None:
    """Nobody answered and the ticket shows what we wanted: without our mark a person has set it."""
    for marked, event in ((False, "found"), (True, "written")):
        rounds.world.desk.clear()
        wish = claimed(rounds, change(Field.PRIORITY, "high"))
        rounds.world.marked["1"] = {wish.update.mark} if marked else set()
        rounds.world.edit("1", priority="high")
        settle(rounds, wish)
        assert rounds.events("1")[-1] == event
    assert mine(rounds) == {Field.PRIORITY: "high"}


def test_our_own_tags_need_no_look_into_the_history(rounds: Rounds) -> None:
    """Nobody else writes tags with our prefix: a lost answer costs one read, not one for each ticket."""
    for number in range(1, 9):
        rounds.world.add(number)
    rounds.sync()
    for number in range(1, 9):
        decide(rounds.store, rounds.world, str(number), "vip", priority="high")
    rounds.world.tricks.extend(["swallowed"])
    path, _ = rounds.plan()
    before = rounds.world.requests["read"]
    assert rounds.apply(path).written == 8
    assert rounds.world.requests["read"] == before + 1


def test_f_out_11_a_ticket_at_its_limit_waits_and_others_go_on(rounds: Rounds) -> None:
    """Thirty updates in ten minutes: its row waits those ten minutes, new plans too, and is sent then."""
    for number in range(1, 6):
        rounds.world.add(number)
    rounds.sync()
    for number in range(1, 6):
        decide(rounds.store, rounds.world, str(number), "vip")
    rounds.world.limited = {"3"}
    applied = rounds.cycle()
    assert (applied.written, applied.later, applied.refused) == (4, 1, 0)
    assert rounds.waiting() == {"later": 1}
    calls = len(rounds.world.sent)
    rounds.world.limited.clear()
    rounds.clock.advance(300)
    rounds.cycle()
    assert len(rounds.world.sent) == calls
    rounds.clock.advance(301)
    assert rounds.cycle().written == 1
    assert rounds.world.desk["3"].tags == ("cue_vip",)
    rounds.check()


def test_f_out_09_a_ticket_always_at_its_limit_is_given_up(rounds: Rounds) -> None:
    """Waiting is bounded, too: after TRIES it is blocked with the reason until the ticket moves."""
    rounds.world.add(1)
    rounds.sync()
    decide(rounds.store, rounds.world, "1", "vip")
    rounds.world.limited = {"1"}
    for _ in range(5):
        rounds.cycle()
        rounds.clock.advance(601)
    assert rounds.waiting() == {"blocked": 1}
    assert "thirty updates" in rounds.given_up()["1"]
    assert len(rounds.world.sent) == outbox.TRIES


def test_what_no_call_can_carry_is_given_up_unsent(rounds: Rounds) -> None:
    """The desk has no such value any more: nothing is sent for that ticket, and its reason is kept."""
    for number in (1, 2):
        rounds.world.add(number)
    rounds.sync()
    for number in (1, 2):
        decide(rounds.store, rounds.world, str(number), "vip")
    rounds.world.lacking = {"2": "there is no such option"}
    assert (applied := rounds.cycle()).written == 1
    assert applied.refused == 1
    assert rounds.world.sent == [("1",)]
    assert rounds.given_up() == {"2": "there is no such option"}


def test_a_desk_that_passes_tags_over_gets_them_all_the_same(tmp_path: Path) -> None:
    """The first call shows it; priorities written then are ours, and the tags follow in the other form."""
    with RunningSandbox(small_desk(), delay=0.0) as desk:
        desk.desk.trouble.set({"per-ticket-tags-ignored": 1})
        with beside(desk, tmp_path) as app:
            applied = jobs.cycle(app, silent).applied
            assert applied is not None
            assert applied.refused == 0
            with app.store.read() as connection:
                rows = connection.exec_driver_sql("SELECT body FROM decisions").fetchall()
            for body in (json.loads(row[0])["decision"] for row in rows):
                found = desk.desk.tickets.get(int(body["ticket_id"]))
                assert found is not None
                assert {f"cue_{part['value']}" for part in body["tags"]} <= set(found.tags)
            assert jobs.cycle(app, silent).planned.foot.changes == 0


def test_the_segment_is_written_where_the_desk_has_its_field(tmp_path: Path) -> None:
    """Sync finds the dropdown and its options, the plan fills it; a segment without option is left out."""
    with RunningSandbox(small_desk(), delay=0.0) as desk, beside(desk, tmp_path) as app:
        names = sorted(app.policy.segments)
        choices = {f"cue_segment_{name}": name for name in names[:-1]}
        field = add_ticket_field(desk.desk, "Segment", "tagger", choices, 1)
        cycle = jobs.cycle(app, silent)
        assert cycle.planned.foot.fields["segment"] > 0
        with app.store.read() as connection:
            ids = [row[0] for row in connection.exec_driver_sql("SELECT ticket_id FROM decisions")]
        tickets = [found for one in ids if (found := desk.desk.tickets.get(int(one))) is not None]
        shown = {found.custom_fields.get(field) for found in tickets}
        assert shown <= {*choices, None}
        assert len(shown) > 1
        assert jobs.cycle(app, silent).planned.foot.changes == 0
