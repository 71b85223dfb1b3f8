"""A drawn policy of which most moves with the clock, in all the ways a policy can say."""

from __future__ import annotations

import json
import random
from typing import Any

from policies.load import load_text
from policies.model import Policy
from tests.policies.desk import text

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
  soon: {is: "now + days(2)"}
  soon_day: {is: "day(soon)"}
  left: {days_until: half_term}
  typical: {median: ticket.replies}
  newest: {last: ticket.status}
  statuses: {distinct: ticket.status, within: %(days)s days}
  mood: {lookup: newest, in: moods, otherwise: unknown}
  place: {rank: all_tickets}
  score: {rfm: [days_quiet, all_tickets, term]}
  waiting_long: {count: tickets, where: "now - waiting_since > hours(%(hours)s)", within: 90 days}
"""

REST = """
tables: {moods: {rows: {open: busy, pending: calm}}}
floor: 8 days
next_steps:
  ask:
    kind: outreach
    text: Ask how it went
    unless: [days_to_renewal < 3]
    not_within: {span: 20 hours, since: last_ticket}
calendars:
  office: {zone: Europe/Berlin, hours: {mon-fri: "09:00-17:00"}}
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
    "soon_day < 10",
    "left < {small}",
    "typical > {small} or newest = 'pending'",
    "statuses >= 2 or mood = 'busy'",
    "place <= {small}",
    "score >= 300",
)
SITUATIONS = (
    "now - waiting_since >= hours({hours})",
    "created_at + days({days}) > now and lately > {small}",
    "waiting_since < now - hours({hours})",
    "since < created_at or soon < breach_at",
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
    segments["s3"]["treatment"]["next_step"] = "ask"
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
    return load_text(text(middle + REST), "drawn.yaml")
