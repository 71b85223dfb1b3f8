"""A folder with a policy, its files and a store, for tests that import."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from integration.importing import Asked, Places, Taken, import_all
from integration.progress import silent
from integration.store import assignments
from integration.store.engine import Store
from policies.model import Policy
from tests.clock import FakeClock
from tests.integration.stock import Stock
from tests.policies.desk import NOW, policy

IMPORTS = """
imports:
  crm:
    file: crm.csv
    key: email
    columns: {arr: number, plan: text, renewal: date, beta: boolean, marks: set}
    as_of: day
    expires: 90 days
traits:
  arr: {from: import.crm.arr}
  plan: {from: import.crm.plan}
segments:
  big: {kind: value, label: Big, rank: 1, when: arr >= 100}
"""

HEAD = "email,arr,plan,renewal,beta,marks,day"


class Imports:
    """Files beside a policy, and a store that takes them."""

    def __init__(self, folder: Path, store: Store, middle: str = IMPORTS) -> None:
        self.folder = folder
        self.store = store
        self.stock = Stock(store)
        self.clock = FakeClock(NOW)
        self.policy: Policy = policy(middle)
        self.databases: dict[str, SecretStr] = {}

    def write(self, *lines: str, name: str = "crm.csv", day: int = NOW) -> Path:
        """A file of these lines, last changed at ``day``."""
        path = self.folder / name
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        os.utime(path, (day, day))
        return path

    def rows(self, *rows: str) -> None:
        """``crm.csv`` of these rows below its heading: ``ann@x.example 120`` with the rest left empty."""
        self.write(HEAD, *(self.row(row) for row in rows))

    def row(self, text: str) -> str:
        key, arr, *rest = text.split()
        return f"{key},{arr},,,,,{rest[0] if rest else '2026-05-31'}"

    def take(self, *names: str, accept: bool = False, dry: bool = False) -> Taken:
        """Import, and what became of the only one."""
        (taken,) = self.take_all(*names, accept=accept, dry=dry)
        return taken

    def take_all(self, *names: str, accept: bool = False, dry: bool = False) -> list[Taken]:
        places = Places((self.folder,), self.databases)
        asked = Asked(names, accept, dry)
        return list(import_all(self.store, self.policy, places, self.clock, silent, asked))

    def stored(self, table: str = "imported") -> list[dict[str, Any]]:
        """The rows that are in force, by key."""
        with self.store.read() as connection:
            rows = connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY 1, 2").mappings()
            return [dict(row) for row in rows]

    def arr(self) -> dict[str, str]:
        """What is stored of each key."""
        return {row["key"]: row["fields"] for row in self.stored()}

    def dirty(self) -> list[str]:
        """Who is to be assigned again; afterwards nobody is."""
        with self.store.write() as connection:
            marks = assignments.dirty(connection, 10_000)
            if marks:
                assignments.clean(connection, marks)
        return [mark.customer_id for mark in marks]
