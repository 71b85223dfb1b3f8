"""A small drawn population under a drawn policy, and what happens to it while time goes by."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from integration.assign import assign
from integration.check import Checked, check_everyone
from integration.progress import silent
from integration.store.engine import Store
from integration.store.schema import metadata
from tests.clock import FakeClock
from tests.integration.drawn_life import draw_policy

DAY, HOUR = 86_400, 3_600
EVE = 1_830_211_200
"""31 December 2027, 00:00 UTC: the year ends and a leap day comes."""


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
            _mark(connection, str(owner))
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
            replies=self.chance.randrange(7),
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

    def something(self) -> None:
        """A record comes, changes or goes."""
        self.chance.choice(
            (self._comes, self._customer, self._changes, self._changes, self._moves, self._goes)
        )()

    def _comes(self) -> None:
        self._ticket(self.clock.wall() - self.chance.randrange(-2 * DAY, HOUR))

    def _changes(self) -> None:
        """A ticket is answered, waits, is solved or opened again."""
        status = self.chance.choice(("new", "open", "pending", "solved"))
        since = self.clock.wall() if status in ("new", "open") else None
        self._write("tickets", "status = ?, waiting_since = ?", status, since)

    def _moves(self) -> None:
        """A customer's contract ends on another day."""
        renewal = _day(self.clock.wall() + self.chance.randrange(-3, 40) * DAY)
        self._write(
            "customers", "fields = ?", json.dumps({"renewal": renewal, "term": self.chance.randrange(9)})
        )

    def _goes(self) -> None:
        self._write(self.chance.choice(("tickets", "ratings", "customers")), "deleted = ?", 1)

    def _write(self, table: str, change: str, *values: object) -> None:
        """Change some record, and mark its customer."""
        owner = "id" if table == "customers" else "customer_id"
        with self.store.write() as connection:
            found = connection.exec_driver_sql(f"SELECT id, {owner} FROM {table} ORDER BY id").fetchall()
            record, customer = self.chance.choice(found)
            connection.exec_driver_sql(f"UPDATE {table} SET {change} WHERE id = ?", (*values, record))
            _mark(connection, customer)

    def assign(self, *, everyone: bool = False, screen: bool = False) -> int:
        found = assign(
            self.store, self.policy, self.clock, silent, at_rest=False, everyone=everyone, screen=screen
        )
        return found.customers

    def people(self) -> int:
        """How many customers there are."""
        with self.store.read() as connection:
            count = connection.exec_driver_sql("SELECT count(*) FROM customers WHERE deleted = 0").scalar()
        return int(count or 0)

    def check(self) -> Checked:
        """Everyone recomputed in memory, beside what is stored."""
        return check_everyone(self.store, self.policy, self.clock, silent, at_rest=False)


def _mark(connection: Connection, customer: str) -> None:
    connection.exec_driver_sql(
        "INSERT INTO dirty (customer_id, mark) VALUES (?, 1)"
        " ON CONFLICT (customer_id) DO UPDATE SET mark = mark + 1",
        (customer,),
    )


def _day(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()
