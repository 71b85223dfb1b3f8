"""Drawn histories of a desk, its agents and a policy, with crashes and lost answers between them."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from connectors.changes import Field
from connectors.errors import ConnectorError
from connectors.records import Page, Stream, Ticket
from integration.release import release_run, release_ticket
from integration.store import effects, outbox, planning, records
from integration.store.engine import Store
from integration.undo_plan import Only
from policies.model import MOST_HIGH
from tests.integration.rounds import RULES, Rounds
from tests.integration.world import CrashError, Trick, decide

NUMBERS = st.sampled_from(["1", "2", "3"])
TRICKS = st.sampled_from(
    [
        "swallowed", "never arrived", "late", "halved", "forgotten", "endless", "overtaken",
        "rejected", "conflict", "busy", "signed out",
    ]
)  # fmt: skip

DEATHS = st.integers(min_value=-20, max_value=30).map(lambda point: max(point, 0))
"""The point at which the process dies; 0 for not at all."""

_TEMPLATE: list[Path] = []
"""An empty store that every example starts from, made once."""


def template() -> Path:
    if not _TEMPLATE:
        _TEMPLATE.append(Path(tempfile.mkdtemp()) / "deskcue.db")
        Store(_TEMPLATE[0], writer=True).close()
    return _TEMPLATE[0]


@pytest.fixture(scope="module", autouse=True)
def tidy() -> Iterator[None]:
    yield
    while _TEMPLATE:
        shutil.rmtree(_TEMPLATE.pop().parent)


class Desk(RuleBasedStateMachine):
    """Agents edit, pages come, minds change, calls fail, processes die: what must still hold."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.rounds = Rounds(self.folder, template())
        self.world = self.rounds.world
        self.world.batch = 2
        self.world.parallel = 2
        self.foreign: dict[str, set[str]] = {}
        """Tags outside our prefix, as people left them."""
        self.removed: set[tuple[str, str]] = set()
        """Tags of ours that a person once took off."""
        self.plans: list[Path] = []
        self.ways_back: set[Path] = set()
        """Those plans that take a run back."""
        self.snapshots: list[Ticket] = []

    @initialize()
    def open(self) -> None:
        for number in range(1, 4):
            self.world.add(number, tags=("billing",))
            self.foreign[str(number)] = {"billing"}
            decide(self.rounds.store, self.world, str(number), "vip", priority="high")
        self.rounds.sync()

    def teardown(self) -> None:
        try:
            self.quiet_returns()
        finally:
            self.rounds.close()
            shutil.rmtree(self.folder)

    def alive(self, number: str) -> bool:
        return not self.world.desk[number].deleted and self.world.desk[number].status == "open"

    @rule(number=NUMBERS, tag=st.sampled_from(["a", "b"]))
    def an_agent_tags(self, number: str, tag: str) -> None:
        if self.alive(number):
            self.foreign[number] ^= {tag}
            ours = {one for one in self.world.desk[number].tags if one.startswith("cue_")}
            self.world.edit(number, tags=tuple(sorted(ours | self.foreign[number])))

    @rule(number=NUMBERS)
    def an_agent_takes_our_tags_off(self, number: str) -> None:
        if self.alive(number):
            self.removed |= {(number, one) for one in self.world.desk[number].tags if one.startswith("cue_")}
            self.world.edit(number, tags=tuple(sorted(self.foreign[number])))

    @rule(number=NUMBERS, priority=st.sampled_from(["low", "normal", None]))
    def an_agent_sets_the_priority(self, number: str, priority: str | None) -> None:
        if self.alive(number):
            self.world.edit(number, priority=priority)

    @rule(number=NUMBERS, deleted=st.booleans())
    def a_ticket_ends(self, number: str, *, deleted: bool) -> None:
        if self.alive(number):
            self.world.edit(number, **({"deleted": True} if deleted else {"status": "solved"}))

    @rule(
        number=NUMBERS,
        tags=st.sets(st.sampled_from(["vip", "gold"])),
        priority=st.sampled_from([None, "high", "urgent"]),
        level=st.sampled_from([None, "fast"]),
    )
    def the_policy_changes_its_mind(
        self, number: str, tags: set[str], priority: str | None, level: str | None
    ) -> None:
        decide(self.rounds.store, self.world, number, *tags, priority=priority, level=level)

    @rule(dies=DEATHS)
    def pages_arrive(self, dies: int) -> None:
        self.snapshots += list(self.world.desk.values())
        with self.mortal(dies):
            self.rounds.sync()

    @rule()
    @precondition(lambda self: self.snapshots)
    def an_old_page_arrives_again(self) -> None:
        with self.rounds.store.write() as connection:
            before = records.read(connection, Ticket, list(self.world.desk))
            place = records.cursor(connection, Stream.TICKETS) or "0"
            page = Page(stream=Stream.TICKETS, records=tuple(self.snapshots), cursor=place, last=True)
            records.save_page(connection, page, self.rounds.clock.wall())
            after = records.read(connection, Ticket, list(self.world.desk))
        assert all(after[one].version >= before[one].version for one in before)

    @rule(tricks=st.lists(TRICKS, max_size=3), dies=DEATHS)
    def a_round_is_made(self, tricks: list[Trick], dies: int) -> None:
        self.world.tricks.extend(tricks)
        self.plans.append(self.rounds.plan()[0])
        with self.mortal(dies):
            self.rounds.apply(self.plans[-1])

    @rule(number=NUMBERS, trick=st.sampled_from(["rejected", "never arrived", "conflict"]))
    @precondition(lambda self: not self.world.poison)
    def a_ticket_becomes_poison(self, number: str, trick: Trick) -> None:
        self.world.poison[number] = trick

    @rule(pick=st.integers(min_value=0), dies=DEATHS)
    @precondition(lambda self: self.plans)
    def an_old_plan_is_applied(self, pick: int, dies: int) -> None:
        path = self.plans[pick % len(self.plans)]
        if path in self.ways_back:  # one that was interrupted takes back now what it had left
            self.something_else_is_wanted()
        with self.mortal(dies):
            self.rounds.apply(path)

    @rule(
        run=st.sampled_from(["last", "last", "all"]),
        field=st.sampled_from([None, Field.TAGS, Field.PRIORITY]),
        dies=DEATHS,
    )
    @precondition(lambda self: self.ran())
    def a_run_is_taken_back(self, run: str, field: Field | None, dies: int) -> None:
        self.something_else_is_wanted()
        with self.mortal(dies):
            self.plans.append(self.rounds.undo(run, Only(field=field))[0])
            self.ways_back.add(self.plans[-1])
            self.rounds.apply(self.plans[-1])

    def something_else_is_wanted(self) -> None:
        """Taking back and releasing are decisions of people: each may have its effect."""
        self.world.generation.update(self.world.desk.keys())

    def settled(self) -> bool:
        """Whether no wish is under way: one that takes back and what a release brings are two effects."""
        return not self.rounds.waiting().keys() & {"pending", "claimed", "unknown"}

    def ran(self) -> bool:
        """Whether a run has written anything."""
        with self.rounds.store.read() as connection:
            return effects.run(connection, "last") is not None

    @rule(number=NUMBERS)
    @precondition(lambda self: self.settled())
    def somebody_releases_the_tags(self, number: str) -> None:
        """What stands is ours from now on, whoever put it there: only tags, so that nobody is wronged."""
        self.something_else_is_wanted()
        release_ticket(self.rounds.store, self.rounds.clock, RULES, number, [Field.TAGS])

    @rule()
    @precondition(lambda self: self.ran() and self.settled())
    def somebody_releases_a_run(self) -> None:
        with self.rounds.store.read() as connection:
            run = effects.run(connection, "last")
        assert run is not None
        self.something_else_is_wanted()
        release_run(self.rounds.store, run.id)

    @contextlib.contextmanager
    def mortal(self, point: int) -> Iterator[None]:
        """The process dies at this point of what it does, and is started again."""
        self.rounds.fuse.left = point
        try:
            yield
        except CrashError:
            self.rounds.reopen()
        except ConnectorError:
            pass
        self.rounds.fuse.left = 0

    @rule()
    def what_was_under_way_arrives(self) -> None:
        self.world.deliver()

    @rule()
    def quiet_returns(self) -> None:
        self.rounds.settle()
        self.rounds.check()
        self.ours_is_known_as_ours()

    def ours_is_known_as_ours(self) -> None:
        """What we put on a living ticket we can take off again; nobody is blamed for what they did not do."""
        with self.rounds.store.read() as connection:
            seen = list(planning.known(connection, list(self.world.desk.values()), MOST_HIGH))
            given_up = outbox.refused(connection, list(self.world.desk))
        owned = {one.ticket.id: one.owned for one in seen}
        for number, ticket in self.world.desk.items():
            mine = set(owned.get(number, {}).get(Field.TAGS) or ())
            if not self.alive(number) or number in given_up:
                continue
            for tag in ticket.tags:
                if tag.startswith(RULES.tag_prefix) and self.world.hands[number, tag] == "us":
                    assert tag in mine, f"{tag} of ticket {number} was forgotten"
            for tag in mine - set(ticket.tags):
                assert (number, tag) in self.removed, f"{tag} was never on ticket {number}"

    @invariant()
    def other_peoples_tags_stand(self) -> None:
        """INV-7, F-OUT-06."""
        for number, tags in self.foreign.items():
            assert {one for one in self.world.desk[number].tags if not one.startswith("cue_")} == tags

    @invariant()
    def a_persons_priority_stands(self) -> None:
        """INV-7, F-OUT-05."""
        assert self.world.wronged == []

    @invariant()
    def one_effect_a_decision(self) -> None:
        """INV-4: while no person touches a ticket, a field moves once for what was decided."""
        seen = Counter((one.ticket_id, one.field, one.generation, one.edits) for one in self.world.audits)
        assert set(seen.values()) <= {1}


Desk.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,  # the same histories each time; test_many_histories draws new ones
    database=None,
)
TestDesk = Desk.TestCase


@pytest.mark.full
@pytest.mark.parametrize("part", range(5))
def test_many_histories(part: int) -> None:
    """The same, drawn far more often: 1,000 histories of 60 steps a part."""
    from hypothesis.stateful import run_state_machine_as_test

    many = settings(
        max_examples=1000,
        stateful_step_count=60,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    run_state_machine_as_test(Desk, settings=many)
