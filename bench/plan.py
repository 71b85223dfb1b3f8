"""What it costs to plan: every open ticket beside its decision, streamed into a sealed file.

Run it as ``python -m bench.plan`` (``--customers 5000`` for a quick look). A drawn population of 170,000
customers has about 200,000 tickets, all of them open, in a store in a temporary folder; a policy of
thirty segments has decided for each. Beside it stands what writing the same changes as plain JSON lines
takes in the same run, so that the figure does not depend on the machine. Update calls must be a hundredth
of the tickets that change, rounded up, and memory must not grow with the number of tickets.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec

from bench.crowd import NOW, fill, policy
from integration.assign import assign
from integration.plan import Rules, plan_ticket
from integration.plan_file import Foot, Head, Line, lines, write_plan
from integration.progress import silent
from integration.store import planning
from integration.store.engine import Store
from policies.load import load_text
from policies.model import MOST_HIGH
from tests.clock import FakeClock

BATCH = 100
RULES = Rules(tag_prefix="cue_")


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run measured; memory in MB, when a quarter of the tickets was planned and at the end."""

    tickets: int
    changed: int
    calls: int
    calls_wanted: int
    planned_per_cpu_second: int
    written_per_cpu_second: int
    """The same lines encoded and written with nothing looked up or decided."""
    ratio: float
    memory_early: int
    memory_peak: int


def measure(size: int) -> Figures:
    """Plan for the tickets of so many customers and tell what it took."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "deskcue.db", writer=True)
        tickets = fill(store, size)
        with store.write() as connection:
            connection.exec_driver_sql("UPDATE tickets SET status = 'open'")
        sys.stderr.write(f"{tickets:,} tickets are decided for ...\n")
        assign(store, load_text(policy(), "bench.yaml"), FakeClock(NOW), silent, at_rest=False)
        path = Path(folder) / "bench.plan.jsonl"
        early, began = _Early(tickets // 4), time.process_time()
        foot = _plan(store, path, early)
        spent, peak = time.process_time() - began, _memory()
        store.close()
        written = _written(path, Path(folder) / "plain.jsonl")
    return Figures(
        tickets=foot.looked_at,
        changed=foot.tickets,
        calls=foot.calls,
        calls_wanted=-(-foot.tickets // BATCH),
        planned_per_cpu_second=round(foot.looked_at / spent),
        written_per_cpu_second=round(foot.looked_at / written),
        ratio=round(written / spent, 3),
        memory_early=early.memory,
        memory_peak=peak,
    )


@dataclass(slots=True)
class _Early:
    """Notes the memory when so many tickets were planned."""

    at: int
    memory: int = 0

    def watch(self, drawn: Iterator[Line]) -> Iterator[Line]:
        for number, line in enumerate(drawn, start=1):
            if number == self.at:
                self.memory = _memory()
            yield line


def _plan(store: Store, path: Path, early: _Early) -> Foot:
    known = planning.everything(store, at_rest=False, most_high=MOST_HIGH)
    drawn = (
        Line(plan=plan_ticket(one, RULES), segments=one.decision.segments if one.decision else ())
        for one in known
    )
    return write_plan(path, Head(desk="bench", policy="bench", made_at=NOW), early.watch(drawn), batch=BATCH)


def _written(path: Path, beside: Path) -> float:
    """Seconds of CPU that encoding and writing the plan's lines takes alone."""
    spent = 0.0
    with beside.open("wb") as file:
        for line in lines(path):
            began = time.process_time()
            file.write(msgspec.json.encode(line) + b"\n")
            spent += time.process_time() - began
    return spent


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    """Measure and print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=170_000)
    print(json.dumps(asdict(measure(parser.parse_args().customers)), indent=2))


if __name__ == "__main__":
    main()
