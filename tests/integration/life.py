"""A small drawn population under a drawn policy, and what happens to it while time goes by."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from integration.assign import assign
from integration.check import Checked, check_everyone
from integration.progress import silent
from integration.store.engine import Store
from integration.store.schema import metadata
from policies.load import load_text
from policies.model import Policy
from tests.clock import FakeClock
from tests.policies.desk import text

DAY, HOUR = 86_400, 3_600
EVE = 1_830_211_200
"""31 December 2027, 00:00 UTC: the year ends and a leap day comes."""

TRAITS = """
traits:
  joined: {from: customer.created_at}
  renewal: {from: customer.fields.renewal, type: date}
  term: {from: customer.fields.term, type: number}
  all_tickets: {count: tickets}
  lately: {count: tickets, within: %(days)s days}
  just_now: {count: tickets, within: %(hours)s hours}
  last_ticket: {maximum: ticket.created_at}
  bad: {count: ratings, where: "score = 'bad'", within: %(weeks)s weeks}
  good_share: {share: ratings, of: "score = 'good'", within: %(days)s days}
  before_that: {count: tickets, within: %(days)s days, before: %(hours)s hours}
  rising: {trend: tickets, within: %(days)s days}
  days_quiet: {days_since: ticket.created_at}
  days_solved: {days_since: ticket.solved_at, where: "status = 'solved'"}
  days_to_breach: {days_until: ticket.breach_at}
  days_to_renewal: {days_until: renewal}
  overdue: {is: renewal < now}
  half_term: {is: "renewal - days(term / 2)"}
  since: {is: "now - days(all_tickets)"}
  born: {from: customer.fields.born, type: date, sensitivity: protected}
  band: {age_band: born, bands: {young: 0, grown: 30, old: 60}}
  third: {quantile: lately, groups: 3}
  waiting_long: {count: tickets, where: "now - waiting_since > hours(%(hours)s)", within: 90 days}
"""

LINES = (
    "lately >= {small}",
    "just_now >= 1",
    "bad > 0",
    "good_share >= 0.5",
    "waiting_long >= 1",
    "now - joined > days({days})",
    "now - joined <= days({days})",
    "renewal between now and now + days({days})",
    "renewal < now + days(term)",
    "renewal + hours({hours}) >= now",
    "now - last_ticket > days({small})",
    "coalesce(last_ticket, joined) + days({days}) < now",
    "now - joined > renewal - now",
    "(renewal > now) = (all_tickets > {small})",
    "not now - last_ticket between days({small}) and days({days})",
    "term is null or now >= renewal - days(term / 2)",
    "before_that >= 1",
    "rising > 0",
    "days_quiet > {small}",
    "days_solved between 1 and {small}",
    "days_to_breach <= {small}",
    "days_to_renewal in (7, 14, 30) or days_to_renewal < {small}",
    "overdue or half_term < now",
    "since < joined",
    "third >= 2",
    "weekday(now) in (6, 7) and lately >= 1",
    "month(renewal) = month(now)",
    "years_since(joined) >= 1",
    "least(renewal, joined + days({days})) < now",
    "greatest(last_ticket, joined) + hours({hours}) < now",
    "round_down(term / 2) > day(now) / 10",
)
SITUATIONS = (
    "now - waiting_since >= hours({hours})",
    "created_at + days({days}) > now and lately > {small}",
    "waiting_since < now - hours({hours})",
)


def draw_policy(chance: random.Random) -> Policy:
    """A policy of some drawn segments and situations, most of which move with the clock."""
    spans = {"days": chance.randint(1, 40), "hours": chance.randint(1, 60), "weeks": chance.randint(1, 6)}

    def line(lines: tuple[str, ...]) -> str:
        return chance.choice(lines).format(
            small=chance.randint(1, 4), days=chance.randint(1, 60), hours=chance.randint(1, 90)
        )

    def group() -> dict[str, list[str]]:
        return {chance.choice(("all", "any", "none")): [line(LINES) for _ in range(chance.randint(1, 3))]}

    segments: dict[str, dict[str, Any]] = {
        f"s{n}": {
            "kind": "value",
            "label": f"S{n}",
            "rank": n,
            "when": group(),
            "treatment": {"tags": [f"s{n}"]},
        }
        for n in range(1, 7)
    }
    segments["s2"]["treatment"]["priority"] = {"at_least": "high", "for": "3 days"}
    segments["s7"] = {
        "kind": "value",
        "label": "S7",
        "rank": 7,
        "when": "in_segment('s1') or not in_segment('s2')",
    }
    segments["s8"] = {
        "kind": "demographic",
        "label": "S8",
        "rank": 8,
        "when": "band in ('young', 'old')",
        "treatment": {"tone": "calm"},
    }
    stages = {
        "begins": {"label": "Begins", "rank": 30, "enter": line(LINES), "stay": "2 days"},
        "goes_on": {
            "label": "Goes on",
            "rank": 31,
            "enter": line(LINES),
            "exit": line(LINES),
            "stay": "30 hours",
        },
        "ends": {
            "label": "Ends",
            "rank": 32,
            "enter": line(LINES),
            "treatment": {"priority": {"at_least": "high", "for": "1 day"}},
        },
    }
    situations = {
        f"i{n}": {
            "label": f"I{n}",
            "rank": 20 + n,
            "when": line(SITUATIONS),
            "treatment": {"tags": [f"i{n}"]},
        }
        for n in range(1, 4)
    }
    middle = f"{TRAITS % spans}\nsegments: {json.dumps(segments)}\nsituations: {json.dumps(situations)}\n"
    middle += (
        f"stages: {json.dumps(stages)}\nwaiting: {{after: {chance.randint(2, 40)} hours, priority: normal}}\n"
    )
    return load_text(text(middle), "drawn.yaml")


class Life:
    """A small population in a store, and what happens to it while hours go by."""

    def __init__(self, folder: Path, seed: int, people: int = 12) -> None:
        self.chance, self.clock, self.folder = random.Random(seed), FakeClock(EVE), folder
        self.path = folder / "clock.db"
        self.store = Store(self.path, writer=True)
        self.policy = draw_policy(self.chance)
        self.number = 0
        for _ in range(people):
            self._customer()
        for _ in range(people * 5 // 2):
            self._ticket(self.clock.wall() - self.chance.randrange(-5 * DAY, 45 * DAY))

    def close(self) -> None:
        self.store.close()

    def add(self, table: str, **given: Any) -> str:
        """A record, whose customer is to be looked at; returns its id."""
        self.number += 1
        row = {
            "id": str(self.number), "version": 1, "digest": "", "updated_at": 1, "deleted": False,
            "tags": "[]", "fields": "{}", **given,
        }  # fmt: skip
        known = metadata.tables[table].columns.keys()
        with self.store.write() as connection:
            connection.execute(
                insert(metadata.tables[table]), {name: one for name, one in row.items() if name in known}
            )
            owner = row["id"] if table == "customers" else row["customer_id"]
            connection.exec_driver_sql(
                "INSERT INTO dirty (customer_id, mark) VALUES (?, 1)"
                " ON CONFLICT (customer_id) DO UPDATE SET mark = mark + 1",
                (owner,),
            )
        return str(row["id"])

    def _customer(self) -> None:
        now, chance = self.clock.wall(), self.chance
        fields: dict[str, object] = {}
        if chance.random() < 0.8:
            at = now + chance.randrange(-20, 380) * DAY
            fields["renewal"] = f"{_day(at)}T{chance.randrange(24):02}:30:00Z"
        if chance.random() < 0.7:
            fields["term"] = chance.choice((1, 2.5, 7, 30, "14", 0.1))
        if chance.random() < 0.6:
            fields["born"] = _day(now - chance.randrange(20 * 365, 70 * 365) * DAY)
        self.add("customers", name="", created_at=now - chance.randrange(90 * DAY), fields=json.dumps(fields))

    def _ticket(self, at: int) -> None:
        with self.store.read() as connection:
            people = [row[0] for row in connection.exec_driver_sql("SELECT id FROM customers ORDER BY id")]
        owner = self.chance.choice(people)
        ticket = self.add(
            "tickets", stamp="", customer_id=owner, created_at=at,
            status=self.chance.choice(("open", "pending", "solved")),
            solved_at=at + self.chance.randrange(2 * DAY) if self.chance.random() < 0.4 else None,
            breach_at=at + self.chance.randrange(-DAY, 3 * DAY) if self.chance.random() < 0.4 else None,
            waiting_since=at + self.chance.randrange(6 * HOUR) if self.chance.random() < 0.6 else None,
        )  # fmt: skip
        if self.chance.random() < 0.4:
            self.add(
                "ratings", ticket_id=ticket, customer_id=owner, commented=False, created_at=at + HOUR,
                score=self.chance.choice(("good", "bad")),
            )  # fmt: skip

    def hour(self) -> int:
        """An hour passes, in which now and then something happens; gives how many were looked at."""
        self.clock.advance(HOUR)
        if self.chance.random() < 0.02:
            self._ticket(self.clock.wall() - self.chance.randrange(-2 * DAY, HOUR))
        return self.assign()

    def assign(self, *, everyone: bool = False) -> int:
        found = assign(self.store, self.policy, self.clock, silent, at_rest=False, everyone=everyone)
        return found.customers

    def check(self) -> Checked:
        """Everyone recomputed in memory, beside what is stored."""
        return check_everyone(self.store, self.policy, self.clock, silent, at_rest=False)


def _day(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()
