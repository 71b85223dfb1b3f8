"""Setting a desk up: what the policy needs there, which steps that takes, and doing them one by one.

Every step is written down before and after it is done, so that a setup that broke off goes on where it was.
"""

from __future__ import annotations

from collections import deque
from typing import Literal

import msgspec

from connectors.base import Connector
from connectors.errors import (
    ConflictError,
    RejectedError,
    RetryableError,
    UnavailableError,
    UnknownOutcomeError,
)
from connectors.setup import Choice, Left, Level, Requirements, Step, Survey
from integration.progress import Progress
from integration.remembered import Remembered
from policies.guard import exposing
from policies.model import PRIORITIES, Policy

Result = Literal["done", "failed"]


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """A step that was tried, and what came of it."""

    step: Step
    result: Result
    reason: str = ""


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """A setup that was carried out: each step tried, what was left as it is, and whether to come again."""

    done: tuple[Done, ...]
    left: tuple[Left, ...]
    later: bool = False
    """The desk asked to be left in peace before everything was done."""

    @property
    def whole(self) -> bool:
        """Whether everything that is needed is there now."""
        return not self.later and not any(one.hinders for one in self.left) and not self.failed

    @property
    def failed(self) -> tuple[Done, ...]:
        return tuple(one for one in self.done if one.result == "failed")


def requirements(policy: Policy, address: str) -> Requirements:
    """What a desk must have so that this policy can be seen and kept there.

    A level that nobody asks for is left out: the house's own is never written to a ticket.
    """
    hidden = exposing(policy)
    choices = {name: Choice(name=name, label=segment.label) for name, segment in policy.segments.items()}
    return Requirements(
        segments=tuple(one for name, one in choices.items() if name not in hidden),
        hidden=tuple(one for name, one in choices.items() if name in hidden),
        levels=_levels(policy),
        address=address,
    )


def _levels(policy: Policy) -> tuple[Level, ...]:
    rules = [*policy.segments.values(), *policy.situations.values()]
    asked = {rule.treatment.service_level for rule in rules}
    levels = [(name, level) for name, level in policy.service_levels.items() if name in asked]
    levels.sort(key=lambda pair: pair[1].first_reply.normal)
    return tuple(
        Level(
            name=name,
            label=level.label,
            first_reply={one: getattr(level.first_reply, one) for one in reversed(PRIORITIES)},
        )
        for name, level in levels
    )


def survey(connector: Connector, wanted: Requirements | None, remembered: Remembered) -> Survey:
    """What is to be done; nothing is."""
    return connector.survey(wanted, remembered.memory())


def carry_out(
    connector: Connector, wanted: Requirements | None, remembered: Remembered, progress: Progress
) -> Carried:
    """Do it, step by step. A step without an answer is settled by looking, and done once more at most."""
    work = _Work(connector, wanted, remembered)
    while work.queue and not work.later:
        progress("Setting up", len(work.done), len(work.done) + len(work.queue))
        work.next()
    return Carried(done=tuple(work.done), left=work.left, later=work.later)


class _Work:
    """A setup under way."""

    def __init__(self, connector: Connector, wanted: Requirements | None, remembered: Remembered) -> None:
        self._connector = connector
        self._wanted = wanted
        self._remembered = remembered
        self._doubted: set[tuple[str, str]] = set()
        self.done: list[Done] = []
        self.later = False
        self._look()

    def _look(self) -> None:
        """See what is there and what that leaves to do, steps that failed set aside."""
        found = survey(self._connector, self._wanted, self._remembered)
        self._remembered.note(found.found)
        failed = {(one.step.key, one.step.verb) for one in self.done if one.result == "failed"}
        self.queue = deque(step for step in found.steps if (step.key, step.verb) not in failed)
        self.left = found.left

    def next(self) -> None:
        """Do the next step."""
        step = self.queue.popleft()
        ids = self._remembered.memory().ids
        missing = [key for key in step.needs if not ids.get(key)]
        if missing:
            self._failed(step, f"{', '.join(missing)} could not be made, and this needs it.")
            return
        try:
            self._take(step)
        except UnknownOutcomeError as error:
            self._doubt(step, error.message)
        except RejectedError as error:
            self._refused(step, error.message)
        except (UnavailableError, ConflictError) as error:
            self._not_made(step, error.message)
        except RetryableError as error:
            self.later = True
            self._not_made(step, error.message)

    def _take(self, step: Step) -> None:
        lasting = "/" not in step.key
        if step.verb == "make" and lasting:
            self._remembered.note({step.key: ""})
        taken = self._connector.take(step, self._remembered.memory().ids)
        if taken.secret:
            self._remembered.keep(taken.id, taken.secret)
        elif taken.id:
            self._remembered.note({step.key: taken.id})
        if step.verb == "remove" and lasting:
            self._remembered.forget(step.key)
        self.done.append(Done(step=step, result="done"))

    def _doubt(self, step: Step, message: str) -> None:
        """No answer came: look whether it was done, and only if not, do it once more."""
        named = (step.key, step.verb)
        if named in self._doubted:
            self._failed(step, message)
            return
        self._doubted.add(named)
        self._look()
        if named not in {(one.key, one.verb) for one in self.queue}:
            if step.verb == "remove" and "/" not in step.key:
                self._remembered.forget(step.key)
            self.done.append(Done(step=step, result="done", reason="No answer came; it was found done."))

    def _refused(self, step: Step, message: str) -> None:
        """The desk knows the request and will not have it: there may be another way."""
        if not step.instead:
            self._not_made(step, message)
            return
        self._remembered.forget(step.key)
        rest = [one for one in self.queue if step.key not in one.needs]
        self.queue = deque([*step.instead, *rest])

    def _not_made(self, step: Step, reason: str) -> None:
        """The desk certainly did not do it, so nothing is waited for."""
        if step.verb == "make" and "/" not in step.key:
            self._remembered.forget(step.key)
        self._failed(step, reason)

    def _failed(self, step: Step, reason: str) -> None:
        self.done.append(Done(step=step, result="failed", reason=reason))
