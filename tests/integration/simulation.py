"""One app beside one sandbox desk, a seed's worth of trouble, and what must hold once quiet has returned.

Everything is the real thing but the sockets and the clock. `python -m tests.integration.simulation 10000`
runs many seeds on all cores and prints the figures; `--first N` begins elsewhere, for the seed of a failure.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, fields
from multiprocessing import get_context
from pathlib import Path

import msgspec

from connectors.base import Capabilities
from connectors.changes import Field
from connectors.errors import ConnectorError
from connectors.http import Door
from connectors.records import UNSOLVED, VOCABULARY
from connectors.sandbox.agents import EDITS
from connectors.sandbox.app import application
from connectors.sandbox.trouble import FAULTS, STATES
from connectors.zendesk.api import SUFFIXES, Zendesk
from connectors.zendesk.faults import words
from connectors.zendesk.limits import LIMITS
from connectors.zendesk.oauth import ClientCredentials
from integration.app import EVERYWHERE
from integration.apply import apply
from integration.assign import assign
from integration.plan import Rules, plan_ticket
from integration.plan_file import Foot, Head, Line, write_plan
from integration.progress import silent
from integration.store import outbox, planning
from integration.store.engine import Store
from integration.sync import Synced, sync
from policies.model import MOST_HIGH
from tests.clock import FakeClock
from tests.integration import quiet
from tests.integration.drawn_desk import draw_desk, live, policies
from tests.integration.hands import PREFIX, Hands, asked, owned_in
from tests.integration.world import BrittleStore, CrashError, Fuse
from tests.wire import Wire

TOKEN = "simulated"


@dataclass(slots=True)
class Figures:
    """What many seeds amount to."""

    seeds: int = 0
    requests: int = 0
    injected_429: int = 0
    own_429: int = 0
    crashes: int = 0
    stopped: int = 0
    """Rounds that ended early, with an error of the connector."""
    written: int = 0
    given_up: int = 0
    undone: int = 0
    forgotten: int = 0
    """Tags of ours on open tickets that the app does not know to be its own."""
    struck: Counter[str] = field(default_factory=Counter)

    def add(self, other: Figures) -> None:
        """Count another run's figures to these."""
        for one in fields(self):
            total = getattr(self, one.name)
            total += getattr(other, one.name)
            setattr(self, one.name, total)


class Narrow(Zendesk):
    """The connector with smaller calls, so that a small desk needs many of them."""

    most = 100
    everything = True
    """Whether the account's own words are read, too; they are read whole each time, and cost most calls."""

    @property
    def capabilities(self) -> Capabilities:
        found = super().capabilities
        streams = tuple(one for one in found.streams if self.everything or one not in VOCABULARY)
        return msgspec.structs.replace(found, streams=streams, batch=self.most, jobs=3)


class Simulation:
    """A seed at work."""

    def __init__(self, seed: int, folder: Path, template: Path) -> None:
        self.chance = random.Random(seed)
        self.folder, self.clock, self.fuse = folder, FakeClock(), Fuse()
        self.desk = draw_desk(self.chance, self.clock)
        self.desk.trouble.restart(seed)
        self.desk.limits.plan = self.chance.choice(("team", "professional", "enterprise"))
        self.wordy = self.chance.random() < 0.2
        self.wire = Wire(application(self.desk, token=TOKEN), self.clock, self.fuse.point)
        self.path = folder / "deskcue.db"
        shutil.copy(template, self.path)
        segments = quiet.places_of(self.desk).segments
        self.rules = Rules(
            tag_prefix=PREFIX,
            fields=(*EVERYWHERE, Field.SEGMENT) if segments else EVERYWHERE,
            values={Field.SEGMENT: tuple(segments)},
        )
        self.policy = policies()[0]
        self.size = self.chance.choice((5, 20, 100))
        """Records a page and tickets a call may hold."""
        self.figures = Figures(seeds=1)
        self.starts: list[int] = []
        """How many requests the desk had seen whenever a process began."""
        self.hands = Hands(self.desk.owner_id)
        self._plans = 0
        self.start()

    def start(self) -> None:
        """A process begins: with the store it left and nothing else."""
        self.fuse.left = 0
        self.starts.append(len(self.desk.ledger.requests))
        self.store: Store = BrittleStore(self.path, self.fuse)
        door = Door(
            quiet.BASE, clock=self.clock, user_agent="deskcue", suffixes=SUFFIXES, words=words,
            limits=LIMITS, loopback=True, transport=self.wire,
        )  # fmt: skip
        credentials = ClientCredentials(door, client_id="deskcue", client_secret=TOKEN, clock=self.clock)
        self.connector = Narrow(door, credentials, clock=self.clock, tag_prefix=PREFIX, page_size=self.size)
        self.connector.most = self.size
        self.connector.everything = self.wordy

    def end(self) -> None:
        """The process ends."""
        self.connector.close()
        self.store.close()

    def run(self) -> Figures:
        """Rounds in bad weather, then quiet, then the checks."""
        for _ in range(self.chance.randint(1, 3)):
            live(self.desk, self.chance)
            self.desk.trouble.clear()
            self.desk.trouble.set(self._weather())
            self.clock.advance(self.chance.choice((10, 90, 600, 4_000)))
            self._round()
        self.figures.struck = Counter(self.desk.trouble.struck)
        self.settle()
        self.check()
        return self.counted()

    def _weather(self) -> dict[str, float]:
        drawn = self.chance.sample(sorted(FAULTS.keys() - STATES), self.chance.randint(0, 8))
        agents = dict.fromkeys(EDITS, 0.03) if self.chance.random() < 0.5 else {}
        return {**agents, **{name: self.chance.choice((0.02, 0.1, 0.3)) for name in drawn}}

    def _round(self) -> None:
        self.policy = self.chance.choice(policies())
        self.fuse.left = self.chance.randint(1, 120) if self.chance.random() < 0.5 else 0
        try:
            self.cycle()
        except CrashError:
            self.figures.crashes += 1
            self._again()
        except ConnectorError:
            self.figures.stopped += 1
            if self.chance.random() < 0.3:
                self._again()
        self.fuse.left = 0

    def _again(self) -> None:
        self.end()
        self.start()

    def cycle(self) -> bool:
        """What the scheduler does; whether anything was left to plan or to settle."""
        self.sync()
        self._decide()
        path, foot = self.plan()
        try:
            applied = apply(self.store, self.connector, self.clock, self.rules, path, silent)
        finally:
            self._look()
        self.figures.written += applied.written
        return bool(foot.changes or applied.settled)

    def sync(self) -> Synced:
        try:
            return sync(self.store, self.connector, self.clock, silent)
        finally:
            self._look()

    def _decide(self) -> None:
        assign(self.store, self.policy, self.clock, silent, at_rest=False)
        with self.store.read() as connection:
            rows = connection.exec_driver_sql("SELECT ticket_id, body FROM decisions").fetchall()
        self.hands.decided_now({int(row[0]): asked(row[1]) for row in rows})

    def plan(self) -> tuple[Path, Foot]:
        self._plans += 1
        path = self.folder / f"{self._plans}.plan.jsonl"
        head = Head(desk=quiet.BASE, policy=self.policy.version, made_at=self.clock.wall())
        known = planning.everything(self.store, at_rest=False, most_high=MOST_HIGH)
        drawn = (Line(plan=plan_ticket(one, self.rules)) for one in known)
        return path, write_plan(path, head, drawn, batch=self.size)

    def _look(self) -> None:
        self.hands.look(list(self.desk.ledger.effects))
        self.hands.known = self._owned()

    def _owned(self) -> set[tuple[int, str]]:
        """Tickets, each with a tag of ours or ``priority`` that the app knows to have written."""
        with self.store.read() as connection:
            rows = connection.exec_driver_sql("SELECT ticket_id, field, value FROM owned").fetchall()
        return {(int(row[0]), one) for row in rows for one in owned_in(row[1], row[2])}

    def settle(self) -> None:
        """Quiet returns: what was under way arrives, and cycles go round until one has nothing to write."""
        self.desk.trouble.clear()
        self.clock.advance(1_000)
        for _ in range(8):
            moved = self.cycle()
            self.clock.advance(100)
            if not moved and not self.unsettled():
                break
        else:
            raise AssertionError(f"no quiet after eight cycles: {self.waiting()}")
        assert self.sync().complete

    def check(self) -> None:
        """What must hold at the end."""
        quiet.store_equals_desk(self.store, self.desk)
        quiet.decisions_are_written(self.store, self.desk, self.rules)
        quiet.peace_was_kept(self.desk, self.starts)
        quiet.reserve_was_kept(self.desk, self.connector.budget.share)
        assert not self.hands.wronged, self.hands.wronged
        twice = [effect for effect, times in self.hands.effects.items() if times > 1]
        assert not twice, f"written more than once: {twice}"

    def waiting(self) -> dict[str, int]:
        with self.store.read() as connection:
            return outbox.count(connection)

    def unsettled(self) -> bool:
        return bool(self.waiting().keys() & {"pending", "claimed", "unknown"})

    def _open(self, key: int) -> bool:
        ticket = self.desk.tickets.get(key)
        return ticket is not None and ticket.status in UNSOLVED

    def counted(self) -> Figures:
        """What this seed amounts to."""
        found = self.figures
        found.undone = self.hands.undone
        found.forgotten = sum(self._open(key) for key, _ in self.hands.placed - self._owned())
        found.requests = len(self.desk.ledger.requests)
        refused = [entry for entry in self.desk.ledger.requests if entry.status == 429]
        found.own_429 = sum(entry.fault is None for entry in refused)
        found.injected_429 = len(refused) - found.own_429
        waiting = self.waiting()
        found.given_up = waiting.get("dead", 0) + waiting.get("blocked", 0)
        return found


@contextlib.contextmanager
def shelter() -> Iterator[tuple[Path, Path]]:
    """A folder in memory where there is one, and an empty store in it to copy."""
    root = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a private folder is made in it
    folder = Path(tempfile.mkdtemp(prefix="deskcue-", dir=root))
    template = folder / "empty.db"
    Store(template, writer=True).close()
    try:
        yield folder, template
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def simulate(seed: int, folder: Path, template: Path) -> Figures:
    """One seed from its beginning to the checks; a failure carries the seed."""
    random.seed(seed)  # the connector's jitter draws from the module itself
    place = folder / f"seed-{seed}"
    place.mkdir()
    run = Simulation(seed, place, template)
    try:
        return run.run()
    except Exception as fault:
        raise AssertionError(f"seed {seed}: {fault}") from fault
    finally:
        run.end()
        shutil.rmtree(place)


def simulate_all(seeds: range, workers: int | None = None) -> tuple[Figures, list[str]]:
    """Many seeds on all cores: what they amount to, and a sentence for each that failed."""
    parts = [seeds[start : start + 20] for start in range(0, len(seeds), 20)]
    total, failed = Figures(), list[str]()
    with ProcessPoolExecutor(workers or os.cpu_count(), mp_context=get_context("spawn")) as pool:
        for figures, failures in pool.map(_several, parts):
            total.add(figures)
            failed += failures
    return total, failed


def _several(seeds: Sequence[int]) -> tuple[Figures, list[str]]:
    total, failed = Figures(), list[str]()
    with shelter() as (folder, template):
        for seed in seeds:
            try:
                total.add(simulate(seed, folder, template))
            except AssertionError as fault:
                failed.append(str(fault))
    return total, failed


def main() -> int:
    """Run seeds from the command line; 1 when one of them failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.integration.simulation")
    parser.add_argument("seeds", type=int, help="how many seeds")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    asked = parser.parse_args()
    began = time.monotonic()
    figures, failed = simulate_all(range(asked.first, asked.first + asked.seeds))
    for line in failed:
        print(line)
    for one in fields(figures):
        print(f"{one.name}: {getattr(figures, one.name)}")
    print(f"failed: {len(failed)} in {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
