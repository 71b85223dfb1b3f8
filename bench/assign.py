"""What it costs to know who is in which segment: everyone, one in a hundred, and one ticket.

Run it as ``python -m bench.assign`` (``--customers 20000`` for a quick look). A drawn population of a
million customers with their tickets stands in a store in a temporary folder; the policy has thirty segments
of three to five conditions. Everything is the real thing: reading the store, comparing with what is stored,
writing what is another. A set is one segment of one customer. Beside it stands a rule engine in plain
Python that is given the same traits in memory and neither reads nor writes. The goals: through DuckDB 10
million sets a second of CPU, a hundredth touched for 3 % of what everyone costs, and 20 ms for all but one
in a hundred single tickets.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import rule_engine

from bench.crowd import NOW, fill, policy, rules
from integration.assign import assign
from integration.chunk import Assigned
from integration.progress import silent
from integration.store import assignments, population
from integration.store.engine import Store
from policies.load import load_text
from policies.model import Policy
from policies.segments import customer_query, read_customer
from policies.standing import Value
from tests.clock import FakeClock

SINGLE = 500
"""Tickets that are decided one at a time."""
BESIDE = 2_000
"""Customers whom the rule engine looks at."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of CPU of both processes, of the clock, and who was looked at."""

    cpu: float
    wall: float
    looked_at: int
    changed: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run measured; rates are sets a second of CPU, memory is in MB, times in milliseconds."""

    customers: int
    tickets: int
    first: Cost
    everyone: Cost
    first_screening: Cost
    screening: Cost
    screening_with_a_hundredth_changed: Cost
    hundredth_touched: Cost
    sqlite_rate: int
    duckdb_rate: int
    rule_engine_rate: int
    hundredth_share: float
    single_median: float
    single_p99: float
    memory: int
    memory_of_the_screening: int


class Bench:
    """One store under one policy, measured step by step."""

    def __init__(self, store: Store, policy: Policy) -> None:
        self.store, self.policy, self.clock = store, policy, FakeClock(NOW)

    def cost(self, what: str, *, everyone: bool = False, screen: bool = False) -> Cost:
        """What one assignment takes."""
        cpu, wall = _cpu(), time.perf_counter()
        found = self._assign(everyone=everyone, screen=screen)
        cost = Cost(
            round(_cpu() - cpu, 3), round(time.perf_counter() - wall, 3), found.customers, found.memberships
        )
        sys.stderr.write(f"{what}: {cost.cpu} s of CPU, {cost.looked_at:,} looked at\n")
        return cost

    def _assign(self, *, everyone: bool = False, screen: bool = False) -> Assigned:
        return assign(
            self.store, self.policy, self.clock, silent, at_rest=False, everyone=everyone, screen=screen
        )

    def touch(self, every: int, of: int) -> None:
        """One customer in ``every`` speaks another language; nobody is told."""
        with self.store.write() as connection:
            connection.exec_driver_sql(
                "UPDATE customers SET locale = CASE locale WHEN 'fr' THEN 'ja' ELSE 'fr' END"
                " WHERE cast(id AS INTEGER) % ? = ?",
                (every, of),
            )

    def mark(self, customers: list[str]) -> None:
        with self.store.write() as connection:
            assignments.marked(connection, customers)

    def singles(self) -> list[float]:
        """Milliseconds of CPU for each of some customers with an open ticket, one at a time."""
        with self.store.read() as connection:
            rows = connection.exec_driver_sql("SELECT DISTINCT customer_id FROM decisions").fetchall()
        chosen = random.Random(1).sample([str(row[0]) for row in rows], min(SINGLE, len(rows)))
        spent = []
        for customer in chosen:
            self.mark([customer])
            began = _cpu()
            self._assign()
            spent.append(1000 * (_cpu() - began))
        return sorted(spent)

    def people(self) -> Iterator[dict[str, Value]]:
        """The traits of customers, as the engine reads them."""
        for connection, ids in population.portions(self.store):
            given: dict[str, str | int] = {"now": NOW, "cuts": "[]"}
            for row in assignments.run_query(connection, customer_query(self.policy), ids, given):
                yield read_customer(self.policy, row).traits


def beside(people: list[dict[str, Value]]) -> float:
    """Sets a second of CPU of the rule engine, which is given whoever has all traits."""
    matchers: list[Callable[[dict[str, Value]], bool]] = [
        rule_engine.Rule(_in_its_words(" and ".join([*rule.every, f"({' or '.join(rule.some)})"]))).matches
        for rule in rules()
    ]
    began = time.process_time()
    for person in people:
        for matches in matchers:
            matches(person)
    return len(people) * len(matchers) / (time.process_time() - began)


def _in_its_words(text: str) -> str:
    text = re.sub(r"(\w+) between (\d+) and (\d+)", r"(\1 >= \2 and \1 <= \3)", text)
    text = re.sub(r"now - days\((\d+)\)", lambda found: str(NOW - 86_400 * int(found[1])), text)
    return re.sub(r" = ", " == ", re.sub(r"\bin \(([^)]*)\)", r"in [\1]", text))


def _cpu() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def _memory(who: int) -> int:
    return resource.getrusage(who).ru_maxrss // 1024


def measure(size: int) -> Figures:
    """Draw so many customers and tell what it took to assign them."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "deskcue.db", writer=True)
        tickets = fill(store, size)
        bench = Bench(store, load_text(policy(), "bench.yaml"))
        sets = size * len(bench.policy.segments)
        first = bench.cost("the first time")
        everyone = bench.cost("everyone, on SQLite", everyone=True)
        screened = bench.cost("the first screening", screen=True)
        screening = bench.cost("a screening", screen=True)
        bench.touch(100, 7)
        moved = bench.cost("a screening after one in a hundred changed", screen=True)
        bench.touch(100, 8)
        bench.mark([str(number) for number in range(8, size, 100)])
        touched = bench.cost("one in a hundred, marked")
        single = bench.singles()
        whole = (person for person in bench.people() if None not in person.values())
        engine = beside(list(islice(whole, BESIDE)))
        store.close()
    return Figures(
        customers=size,
        tickets=tickets,
        first=first,
        everyone=everyone,
        first_screening=screened,
        screening=screening,
        screening_with_a_hundredth_changed=moved,
        hundredth_touched=touched,
        sqlite_rate=round(sets / everyone.cpu),
        duckdb_rate=round(sets / screening.cpu),
        rule_engine_rate=round(engine),
        hundredth_share=round(touched.cpu / everyone.cpu, 4),
        single_median=round(single[len(single) // 2], 2),
        single_p99=round(single[int(len(single) * 0.99)], 2),
        memory=_memory(resource.RUSAGE_SELF),
        memory_of_the_screening=_memory(resource.RUSAGE_CHILDREN),
    )


def main() -> None:
    """Measure and print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    print(json.dumps(asdict(measure(parser.parse_args().customers)), indent=2))


if __name__ == "__main__":
    main()
