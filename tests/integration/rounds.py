"""An app's write path beside a desk in memory: sync, plan, apply, and what must hold afterwards."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from connectors.changes import Field
from connectors.records import UNSOLVED, Ticket
from integration.apply import Applied, apply
from integration.plan import Rules, plan_ticket
from integration.plan_file import Foot, Head, Line, write_plan
from integration.progress import silent
from integration.store import journal, outbox, planning, records
from integration.store.engine import Store
from integration.sync import Synced, sync
from integration.undo_plan import Only, run_of, undo_lines
from policies.model import MOST_HIGH
from tests.clock import FakeClock
from tests.integration.world import BrittleStore, Fuse, World

RULES = Rules(tag_prefix="cue_")


class Rounds:
    """One store and one desk; ``reopen`` is what a restart after a crash does."""

    def __init__(self, folder: Path, template: Path | None = None) -> None:
        self.folder, self.clock, self.fuse = folder, FakeClock(), Fuse()
        self.path = folder / "deskcue.db"
        if template is not None:
            shutil.copy(template, self.path)
        self.world = World(self.clock, self.fuse)
        self.store: Store = BrittleStore(self.path, self.fuse)
        self._plans = 0

    def reopen(self) -> None:
        self.store.close()
        self.fuse.left = 0
        self.store = BrittleStore(self.path, self.fuse)

    def close(self) -> None:
        self.store.close()

    def sync(self) -> Synced:
        return sync(self.store, self.world, self.clock, silent)

    def plan(self) -> tuple[Path, Foot]:
        self._plans += 1
        self.clock.advance(1)  # plans of one second that say the same are one run
        path = self.folder / f"{self._plans}.plan.jsonl"
        head = Head(desk="https://world.example", policy="p", made_at=self.clock.wall())
        known = planning.everything(self.store, at_rest=False, most_high=MOST_HIGH)
        drawn = (Line(plan=plan_ticket(one, RULES)) for one in known)
        return path, write_plan(path, head, drawn, batch=self.world.batch)

    def undo(self, run: str, only: Only = Only()) -> tuple[Path, Foot]:  # noqa: B008  # frozen
        """The way back from a run, as a plan."""
        self._plans += 1
        self.clock.advance(1)
        path = self.folder / f"{self._plans}.undo.jsonl"
        found = run_of(self.store, run)
        head = Head(
            desk="https://world.example", policy="p", made_at=self.clock.wall(), undoes=found.id,
            part=not only.whole,
        )  # fmt: skip
        drawn = undo_lines(self.store, found, only, RULES, silent)
        return path, write_plan(path, head, drawn, batch=self.world.batch)

    def apply(self, path: Path) -> Applied:
        return apply(self.store, self.world, self.clock, RULES, path, silent)

    def cycle(self) -> Applied:
        self.sync()
        return self.apply(self.plan()[0])

    def waiting(self) -> dict[str, int]:
        with self.store.read() as connection:
            return outbox.count(connection)

    def given_up(self) -> dict[str, str]:
        """Tickets the outbox has given up, with the reason."""
        with self.store.read() as connection:
            return {
                name: said for name, (_, said) in outbox.refused(connection, list(self.world.desk)).items()
            }

    def events(self, ticket_id: str) -> list[str]:
        with self.store.read() as connection:
            return [entry.event for entry in journal.history(connection, ticket_id)]

    def calm(self) -> None:
        """Nothing goes wrong any more, and what was under way arrives."""
        self.world.tricks.clear()
        self.world.poison.clear()
        self.world.unreadable.clear()
        self.world.deaf = False
        self.world.deliver()

    def settle(self) -> None:
        """Quiet returns: cycles go round until one has nothing to write."""
        self.calm()
        for _ in range(6):
            self.cycle()
            self.sync()
            if not self.plan()[1].changes and not self._unsettled():
                return
        raise AssertionError(f"no quiet after six cycles: {self.waiting()}")

    def _unsettled(self) -> bool:
        return bool(self.waiting().keys() & {"pending", "claimed", "unknown"})

    def check(self) -> None:
        """What must hold once quiet has returned."""
        calls = len(self.world.sent)
        self.cycle()
        assert len(self.world.sent) == calls, "a cycle in peace sent something"
        assert not self._unsettled()
        given_up = self.given_up()
        with self.store.read() as connection:
            stored = records.read(connection, Ticket, list(self.world.desk))
            assert _shown(stored) == _shown(self.world.desk), "the store differs from the desk"
            known = list(planning.known(connection, list(stored.values()), MOST_HIGH))
        for one in known:
            if one.ticket.deleted or one.ticket.status not in UNSOLVED or one.decision is None:
                continue
            kept = plan_ticket(one, RULES).kept
            reasons = {(entry.field, str(entry.value)) for entry in kept}
            for part in one.decision.tags:
                tag = RULES.tag_prefix + part.value
                there = tag in one.ticket.tags or one.ticket.id in given_up
                explained = (Field.TAGS, tag) in reasons or Field.TAGS in one.held
                assert there or explained, f"{tag} is nowhere on {one.ticket}"
            wanted = one.decision.priority
            if wanted and one.ticket.priority != wanted.value and one.ticket.id not in given_up:
                assert any(field is Field.PRIORITY for field, _ in reasons), one.ticket
        assert self.world.wronged == []


def _shown(tickets: Mapping[str, Ticket]) -> dict[str, Ticket | str]:
    """Tickets as they must be in the store: of a deleted one only the deletion, as its text is kept."""
    return {name: "deleted" if ticket.deleted else ticket for name, ticket in tickets.items()}
