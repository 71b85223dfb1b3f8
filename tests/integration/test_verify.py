"""Reading a run back: what stands, what a person or a later run changed, and the proof of one ticket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.changes import Field
from connectors.sandbox.changes import update
from connectors.sandbox.server import RunningSandbox
from integration import jobs
from integration.app import App
from integration.explain import NotKnownError
from integration.plan_file import PlanError
from integration.progress import silent
from integration.prove import prove
from integration.tell_verify import tell_proven, tell_verified
from integration.undo_plan import written
from integration.verify import Verified, verify
from tests.integration.desk import beside, small_desk
from tests.integration.rounds import RULES, Rounds
from tests.integration.world import decide


def fill(rounds: Rounds, tickets: int) -> None:
    """Tickets that were all written to in one run."""
    for number in range(1, tickets + 1):
        rounds.world.add(number, tags=("billing",))
        decide(rounds.store, rounds.world, str(number), "vip", priority="high")
    rounds.cycle()


def read_back(rounds: Rounds, run: str = "last", sample: int | None = None) -> Verified:
    found = written(rounds.store, run)
    return verify(rounds.store, rounds.world, RULES, found, sample, silent)


def test_what_stands_is_counted_by_field_and_nothing_is_written(rounds: Rounds) -> None:
    """A run that nobody touched: every value stands, and reading it back sends nothing."""
    fill(rounds, 25)
    calls = len(rounds.world.sent)
    found = read_back(rounds)
    assert (found.tickets, found.read, found.differences) == (25, 25, [])
    assert found.stands == {"tags": 25, "priority": 25}
    assert len(rounds.world.sent) == calls


def test_what_people_changed_since_is_listed_with_both_values(rounds: Rounds) -> None:
    """F-OUT-05: a tag taken off, a priority set and a ticket deleted are three differences, each by field."""
    fill(rounds, 5)
    rounds.world.edit("2", tags=("billing",))
    rounds.world.edit("3", priority="low")
    rounds.world.edit("4", deleted=True)
    found = read_back(rounds)
    shown = {(one.ticket_id, one.field): (one.wrote, one.shows) for one in found.differences}
    assert shown == {
        ("2", Field.TAGS): (("cue_vip",), ()),
        ("3", Field.PRIORITY): ("high", "low"),
        ("4", Field.TAGS): (("cue_vip",), None),
        ("4", Field.PRIORITY): ("high", None),
    }
    assert {one.by for one in found.differences} == {""}, "this desk shows no history"


def test_what_a_later_run_replaced_is_no_difference(rounds: Rounds) -> None:
    """The first run's value is gone because ours came after: counted apart."""
    fill(rounds, 3)
    with rounds.store.read() as connection:
        first = str(connection.exec_driver_sql("SELECT id FROM runs").scalar_one())
    decide(rounds.store, rounds.world, "1", "gold", priority="urgent")
    rounds.cycle()
    found = read_back(rounds, first)
    assert (found.differences, found.later) == ([], 2)
    assert found.stands == {"tags": 2, "priority": 2}


@pytest.mark.parametrize(("sample", "read"), [(1, 1), (7, 7), (25, 25), (400, 25), (None, 25)])
def test_a_sample_is_as_large_as_asked_for_and_the_same_each_time(
    rounds: Rounds, sample: int | None, read: int
) -> None:
    """So many tickets are read, spread over all, and a second look takes the same ones."""
    fill(rounds, 25)
    for number in range(1, 26):
        rounds.world.edit(str(number), priority="low")
    found, again = read_back(rounds, sample=sample), read_back(rounds, sample=sample)
    assert found.read == read
    assert len(found.differences) == read
    assert found.differences == again.differences


def test_a_run_that_never_was_is_named(rounds: Rounds) -> None:
    """Before anything was written, and for a name that is none."""
    with pytest.raises(PlanError, match="No run has written anything yet"):
        written(rounds.store, "last")
    fill(rounds, 1)
    with pytest.raises(PlanError, match="There is no run run-x"):
        written(rounds.store, "run-x")


@pytest.fixture
def desk() -> Iterator[RunningSandbox]:
    with RunningSandbox(small_desk(), delay=0.0) as found:
        yield found


@pytest.fixture
def app(desk: RunningSandbox, tmp_path: Path) -> Iterator[App]:
    with beside(desk, tmp_path) as found:
        jobs.cycle(found, silent)
        yield found


def untag(app: App, desk: RunningSandbox) -> str:
    """An agent takes off all that we put on one ticket; gives its id."""
    with app.store.read() as connection:
        number = str(
            connection.exec_driver_sql(
                "SELECT ticket_id FROM journal WHERE event = 'written' AND field = 'tags' ORDER BY id"
            ).scalar()
        )
    ticket, agent = desk.desk.tickets.get(int(number)), desk.desk.users.get(desk.desk.agent_id)
    assert ticket is not None
    assert agent is not None
    kept = [tag for tag in ticket.tags if not tag.startswith("cue_")]
    update(desk.desk, ticket, {"tags": [*kept, "theirs"]}, agent, "web")
    return number


def test_a_desk_with_a_history_tells_who_changed_it(
    app: App, desk: RunningSandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    """The difference names the agent by number and the instant; the command prints both."""
    number = untag(app, desk)
    found = jobs.verify_run(app, silent, "last", None)
    (tags,) = [one for one in found.differences if one.field is Field.TAGS]
    assert (tags.ticket_id, tags.shows) == (number, ())
    assert tags.by == f"person {desk.desk.agent_id}"
    assert tags.at is not None
    tell_verified(found)
    assert f"by person {desk.desk.agent_id}" in capsys.readouterr().out


def test_service_levels_are_checked_where_the_desk_shows_targets(app: App) -> None:
    """This desk has no service level policies: our levels stand on tickets and no target runs."""
    found = jobs.verify_run(app, silent, "last", None)
    assert found.promised > 0
    assert found.running == 0


def test_the_proof_goes_from_facts_to_the_latest_edit(
    app: App, desk: RunningSandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    """Facts, policy version, decision, change and the call that carried it, the chain, and who came after."""
    number = untag(app, desk)
    found = prove(app.store, app.connector, app.policy, number, app.clock.wall())
    assert found.then.policy == app.policy.version
    assert any(line.seen for verdict in found.then.segments for line in verdict.lines)
    assert {row.entry.event for row in found.rows} == {"sending", "written"}
    assert all(row.job for row in found.rows if row.entry.event == "written")
    assert (found.journal.broken, found.journal.rows > 0) == (None, True)
    assert found.edits is not None
    assert [bool(edit.marks) for edit in found.edits if edit.field is Field.TAGS] == [True, False]
    tell_proven(found, app.policy)
    told = capsys.readouterr().out
    assert f"by person {desk.desk.agent_id}" in told
    assert told.index("Segments") < told.index("Decision") < told.index("In the journal")


def test_without_the_desk_the_proof_says_what_it_cannot_tell(app: App) -> None:
    """Offline everything kept here stands, and later edits are unknown instead of none."""
    with app.store.read() as connection:
        number = str(connection.exec_driver_sql("SELECT ticket_id FROM decisions").scalar())
    found = prove(app.store, None, app.policy, number, app.clock.wall())
    assert (found.edits, found.silence) == (None, "the desk was not asked")
    with pytest.raises(NotKnownError, match="Nothing is kept"):
        prove(app.store, None, app.policy, number, 1)
