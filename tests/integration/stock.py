"""A store filled by hand, for tests that look at a whole desk without one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from integration.assign import assign
from integration.progress import silent
from integration.store.engine import Store
from integration.store.schema import metadata
from policies.model import Policy
from tests.clock import FakeClock
from tests.policies.desk import DAY, NOW

_ALWAYS: dict[str, dict[str, object]] = {
    "organizations": {"name": "", "tags": "[]", "fields": "{}"},
    "customers": {"name": "", "tags": "[]", "fields": "{}"},
    "tickets": {"stamp": "", "status": "open", "tags": "[]", "fields": "{}", "created_at": NOW - DAY},
    "ratings": {"score": "good", "commented": False, "created_at": NOW - DAY},
}


class Stock:
    """Records put straight into a store; what is not said has a default."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.count = 0

    def add(self, table: str, **given: Any) -> str:
        """One record; gives its id."""
        self.count += 1
        row = {"id": str(self.count), "version": 1, "digest": "", "updated_at": NOW - DAY, "deleted": False}
        row |= _ALWAYS[table] | given
        for name in ("fields", "tags"):
            if name in given:
                row[name] = json.dumps(given[name])
        with self.store.write() as connection:
            connection.execute(insert(metadata.tables[table]), row)
        return str(row["id"])

    def assign(self, policy: Policy, now: int = NOW) -> None:
        """Put everybody where this policy says."""
        assign(self.store, policy, FakeClock(now), silent, at_rest=False, everyone=True)


@contextmanager
def stocked(folder: Path) -> Iterator[Stock]:
    """An empty store in a data folder, open for writing."""
    store = Store(folder / "deskcue.db", writer=True)
    try:
        yield Stock(store)
    finally:
        store.close()
