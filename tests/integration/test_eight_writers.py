"""One ticket that eight write to at once: seven people with programs of their own, and the app."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from random import Random

import msgspec
import pytest

from connectors.base import Capabilities
from connectors.errors import ConnectorError
from connectors.http import Door
from connectors.records import VOCABULARY
from connectors.sandbox.app import application
from connectors.sandbox.changes import Wish, create, update
from connectors.sandbox.records import PRIORITIES, Ticket, User
from connectors.sandbox.seed import seed
from connectors.zendesk.api import SUFFIXES, Zendesk
from connectors.zendesk.faults import words
from connectors.zendesk.limits import LIMITS
from connectors.zendesk.oauth import ClientCredentials
from integration.app import EVERYWHERE
from integration.apply import apply
from integration.assign import assign
from integration.plan import Rules, plan_ticket
from integration.plan_file import Head, Line, write_plan
from integration.progress import silent
from integration.store import outbox, planning
from integration.store.engine import Store
from integration.sync import sync
from policies.load import load_text
from policies.model import MOST_HIGH, Policy
from tests.clock import NOON, FakeClock
from tests.integration.hands import PREFIX, Hands, asked, owned_in
from tests.integration.quiet import BASE
from tests.wire import Wire

TOKEN = "tok-eight"
RULES = Rules(tag_prefix=PREFIX, fields=EVERYWHERE)
ROUNDS_A_DESK = 250
"""After so many a new ticket is fought over: one with thousands of audits is slow to read, not harder."""
POLICY = """
policy: eight
goal: Fight over a ticket
owner: Nobody
metric: Values lost
review_by: 2099-12-31
traits: {{tickets_total: {{count: tickets}}}}
segments:
  everyone:
    {{kind: behavioural, label: Everyone, rank: 10, when: tickets_total >= 1, treatment: {treatment}}}
tones: {{plain: {{label: Plain, do: [Answer the question], opening: {{en: "Hello,"}}}}}}
house: {{tone: plain}}
"""
TAGS = 24
"""So many tags of ours the policies know: one that a person takes off is theirs for good."""


@cache
def policies() -> tuple[Policy, ...]:
    """Policies that want different things of everybody's tickets."""
    chance = Random(8)
    return tuple(load_text(POLICY.format(treatment=_treatment(chance)), "eight.yaml") for _ in range(12))


def _treatment(chance: Random) -> str:
    tags = ", ".join(f"t{one}" for one in chance.sample(range(TAGS), 2))
    level = chance.choice(("normal", "high", "urgent"))
    return f"{{tags: [{tags}], priority: {{at_least: {level}}}}}"


class Quick(Zendesk):
    """The connector without the account's own words: they are read whole each time, and cost most calls."""

    @property
    def capabilities(self) -> Capabilities:
        found = super().capabilities
        streams = tuple(one for one in found.streams if one not in VOCABULARY)
        return msgspec.structs.replace(found, streams=streams)


class Fight:
    """A desk with the one ticket, seven who edit it while requests are on their way, and an app."""

    def __init__(self, number: int, folder: Path, template: Path) -> None:
        self.chance, self.clock, self.folder = Random(number), FakeClock(), folder
        self.desk = seed(NOON, customers=1, organizations=1, tickets=2, clock=self.clock)
        self.desk.limits.plan = "unlimited"
        customer = next(one for one in self.desk.users if one.role == "end-user")
        wish: Wish = {"subject": "Whose is it", "comment": {"body": "Mine."}, "status": "open"}
        self.ticket, _ = create(self.desk, wish, customer, "web", customer)
        staff = [one for one in self.desk.users if one.role != "end-user" and one.id != self.desk.owner_id]
        self.others = staff[:7]
        self.edits = 0
        self.hands = Hands(self.desk.owner_id)
        wire = Wire(application(self.desk, token=TOKEN, delay=0.3), self.clock, self.somebody_edits)
        door = Door(
            BASE, clock=self.clock, user_agent="t", suffixes=SUFFIXES, words=words, limits=LIMITS,
            loopback=True, transport=wire,
        )  # fmt: skip
        signed_in = ClientCredentials(door, client_id="deskcue", client_secret=TOKEN, clock=self.clock)
        self.app = Quick(door, signed_in, clock=self.clock, tag_prefix=PREFIX, page_size=100)
        shutil.copy(template, folder / "deskcue.db")
        self.store = Store(folder / "deskcue.db", writer=True)
        self.plans = 0

    def close(self) -> None:
        self.app.close()
        self.store.close()

    def somebody_edits(self) -> None:
        """While a request of ours is under way; stamps have whole seconds, so one passes first."""
        if self.chance.random() < 0.1:
            self.clock.advance(1.0)
            author = self.chance.choice(self.others)
            update(self.desk, self.ticket, self._wish(self.ticket, author), author, "api")
            self.edits += 1

    def _wish(self, ticket: Ticket, author: User) -> Wish:
        own = f"theirs_{self.others.index(author)}"
        ours = [tag for tag in ticket.tags if tag.startswith(PREFIX)]
        if ours and self.chance.random() < 0.01:
            return {"tags": [tag for tag in ticket.tags if tag not in ours[:1]]}
        wishes: tuple[Wish, ...] = (
            {"tags": sorted({*ticket.tags} ^ {own})},
            {"tags": [*ticket.tags, "anybodys"]},
            {"tags": [tag for tag in ticket.tags if tag != "anybodys"]},
            {"priority": self.chance.choice((*PRIORITIES, None))},
            {"comment": {"body": "Still mine.", "public": False}},
        )
        return self.chance.choice(wishes)

    def round(self) -> None:
        """The desk is read, the policy has changed its mind, a plan is made and sent."""
        self.clock.advance(self.chance.choice((1, 30, 90)))
        try:
            sync(self.store, self.app, self.clock, silent)
            self.looked()
            assign(self.store, self.chance.choice(policies()), self.clock, silent, at_rest=False)
            self.decided()
            apply(self.store, self.app, self.clock, RULES, self.plan(), silent)
        except ConnectorError:
            pass  # three conflicts in a row: the run stops and the next one goes on
        self.looked()

    def decided(self) -> None:
        with self.store.read() as connection:
            found = connection.exec_driver_sql("SELECT ticket_id, body FROM decisions").fetchall()
        self.hands.decided_now({int(row[0]): asked(row[1]) for row in found})

    def plan(self) -> Path:
        self.plans += 1
        path = self.folder / f"{self.plans}.plan.jsonl"
        known = planning.everything(self.store, at_rest=False, most_high=MOST_HIGH)
        head = Head(desk=BASE, policy="p", made_at=self.clock.wall())
        write_plan(path, head, (Line(plan=plan_ticket(one, RULES)) for one in known), batch=100)
        return path

    def looked(self) -> None:
        self.hands.look(list(self.desk.ledger.effects))
        with self.store.read() as connection:
            found = connection.exec_driver_sql("SELECT ticket_id, field, value FROM owned").fetchall()
        self.hands.known = {(int(row[0]), one) for row in found for one in owned_in(row[1], row[2])}

    def unsettled(self) -> bool:
        with self.store.read() as connection:
            return bool(outbox.count(connection).keys() & {"pending", "claimed", "unknown"})


@pytest.mark.parametrize("rounds", [40, pytest.param(10_000, marks=pytest.mark.full)])
def test_inv_7_and_f_out_06_eight_writers_and_nobody_elses_value_is_lost(
    tmp_path: Path, template: Path, rounds: int
) -> None:
    """F-OUT-05, F-OUT-06: we took no tag of others off, overwrote no person's value, wrote nothing twice."""
    chance, edits, ours = Random().randrange(1 << 30), 0, 0
    for number in range(-(-rounds // ROUNDS_A_DESK)):
        folder = tmp_path / str(number)
        folder.mkdir()
        fight = Fight(chance + number, folder, template)
        for round_ in range(min(rounds, ROUNDS_A_DESK)):
            fight.round()
            assert fight.hands.wronged == [], f"seed {chance + number}, round {round_}"
        twice = [one for one, times in fight.hands.effects.items() if times > 1]
        assert twice == [], f"seed {chance + number}"
        edits, ours = edits + fight.edits, ours + fight.hands.effects.total()
        fight.close()
    assert edits > rounds
    assert ours > rounds // 3
