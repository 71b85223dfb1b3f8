"""What the desk's rules are made of: conditions, policies, triggers, schedules, in the vendor's words."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

METRICS = (
    "first_reply_time",
    "next_reply_time",
    "requester_wait_time",
    "agent_work_time",
    "periodic_update_time",
    "pausable_update_time",
    "total_resolution_time",
)
"""What a service level policy can promise."""


class Condition(NamedTuple):
    """One line of a filter; ``value`` is text, a number, a list of those, or nothing."""

    field: str
    operator: str
    value: Any = None


class Conditions(NamedTuple):
    """Every line of ``all`` must hold, and at least one of ``any`` where there is one."""

    all: tuple[Condition, ...] = ()
    any: tuple[Condition, ...] = ()


class Action(NamedTuple):
    """One thing a trigger does."""

    field: str
    value: Any = None


class Target(NamedTuple):
    """What is promised to tickets of one priority: so many minutes until the metric must be met."""

    priority: str
    metric: str
    target: int
    business_hours: bool


class Promise(msgspec.Struct, frozen=True):
    """A policy as it was when a ticket got it; later edits of the policy do not reach the ticket."""

    id: int
    title: str
    description: str
    targets: tuple[Target, ...]


class SlaPolicy(msgspec.Struct, kw_only=True):
    """A service level policy. ``more`` holds what the desk keeps without using it (``metric_settings``)."""

    id: int
    title: str = ""
    description: str = ""
    position: int = 0
    filter: Conditions = Conditions()
    targets: tuple[Target, ...] = ()
    more: dict[str, Any] = {}
    created_at: int
    updated_at: int

    @property
    def promise(self) -> Promise:
        """What a ticket gets from it; the same for all tickets until the policy is edited."""
        return _promise(self.id, self.title, self.description, self.targets)


@lru_cache(maxsize=1024)
def _promise(key: int, title: str, description: str, targets: tuple[Target, ...]) -> Promise:
    return Promise(key, title, description, targets)


class Category(msgspec.Struct, kw_only=True):
    """A drawer for triggers; its id goes out as text."""

    id: int
    name: str = ""
    position: int = 0
    created_at: int
    updated_at: int


class Trigger(msgspec.Struct, kw_only=True):
    """A rule that runs at every change of a ticket."""

    id: int
    title: str = ""
    description: str | None = None
    active: bool = True
    position: int = 0
    category_id: int | None = None
    conditions: Conditions = Conditions()
    actions: tuple[Action, ...] = ()
    created_at: int
    updated_at: int


class Holiday(NamedTuple):
    """Days without business, both ends included, as days since 1970."""

    id: int
    name: str
    first: int
    last: int


class Schedule(msgspec.Struct, kw_only=True):
    """Business hours: minutes of the week from Sunday 00:00 in the schedule's own zone."""

    id: int
    name: str = ""
    time_zone: str = "UTC"
    intervals: tuple[tuple[int, int], ...] = ()
    holidays: tuple[Holiday, ...] = ()
    created_at: int
    updated_at: int


class MetricEvent(msgspec.Struct, kw_only=True):
    """One entry in the diary of a ticket's clocks.

    ``updated_at`` is when it became known, which can be before ``at``, when it happens; ``more`` is what its
    type needs beside. ``deleted`` says that it will not happen after all.
    """

    id: int
    ticket_id: int
    clock: str
    number: int
    type: str
    at: int
    more: tuple[Any, ...] = ()
    deleted: bool = False
    updated_at: int
    generated_timestamp: int = 0
