"""The turns of one conversation: who speaks next, how long it takes, what it does to the ticket."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from connectors.sandbox.records import User
from connectors.sandbox.seed.story import Edits, Story
from connectors.sandbox.seed.writing import Writer

DAY = 86_400


class Scene:
    """The turns of one conversation; ``slow`` makes the first answer late."""

    def __init__(
        self, chance: Random, story: Story, writer: Writer, user: User, agent: User, now: int, *, slow: bool
    ) -> None:
        self._chance = chance
        self._story = story
        self._writer = writer
        self._user = user
        self._agent = agent
        self._at = story.ticket.created_at
        self._end = now - 600
        self._slow = slow
        self._assigned: Edits = {"assignee_id": agent.id}

    def to_rest(self, *, again: int, priority: str | None) -> None:
        """Told to the end: perhaps a question, the answer, perhaps the same fault once more."""
        if priority is not None:
            self._assigned["priority"] = priority
        if not again and self._chance.random() < 0.22:
            self._agent_says(self._writer.note(), public=False, status="open")
        if again < 2 and self._writer.asks and self._chance.random() < 0.4:
            self._agent_says(self._writer.question(), status="pending")
            self._customer_says(self._writer.facts(), status="open")
        elif not again and self._chance.random() < (0.3 if self._slow else 0.08):
            self._customer_says(self._writer.chase())
        self._agent_says(self._writer.solution(), status="solved")
        for _ in range(again):
            self._customer_says(self._writer.reopening(), status="open")
            self._agent_says(self._writer.second_solution(), status="solved")
        if not again and self._chance.random() < 0.35:
            self._customer_says(self._writer.thanks())

    def still_open(self, priority: str | None) -> None:
        """Told as far as it has come: nobody answered yet, or one of the two is waiting."""
        if priority is not None and self._chance.random() < 0.9:
            self._assigned["priority"] = priority
        fresh = self._end - self._at < DAY // 2
        turns: tuple[Callable[[], None], ...] = (self._unanswered, self._waiting, self._asked, self._parked)
        self._chance.choices(turns, (60, 25, 15, 0) if fresh else (10, 46, 34, 10))[0]()

    def _unanswered(self) -> None:
        if "priority" in self._assigned:
            self._turn(1, 30, None, "", {"priority": self._assigned["priority"]})
        if self._slow and self._chance.random() < 0.4:
            self._customer_says(self._writer.chase())

    def _waiting(self) -> None:
        self._asked()
        self._customer_says(self._writer.facts(), status="open")

    def _asked(self) -> None:
        self._agent_says(self._writer.question(), status="pending")

    def _parked(self) -> None:
        self._agent_says(self._writer.promise(), status="open")
        self._agent_says(self._writer.note(hold=True), public=False, status="hold")

    def _agent_says(self, body: str, *, status: str = "", public: bool = True) -> None:
        voice = self._story.ticket.channel in ("voice", "chat")
        typical = 20 if voice else 420 if self._slow else 150
        minutes = self._chance.lognormvariate(0, 0.9) * typical
        edits: Edits = {**self._assigned}
        if status not in ("", self._story.ticket.status):
            edits["status"] = status
        self._assigned = {}
        self._turn(2, minutes, self._agent, body, edits, public=public)

    def _customer_says(self, body: str, *, status: str = "") -> None:
        edits: Edits = {"status": status} if status else {}
        self._turn(4, self._chance.lognormvariate(0, 1.0) * 240, self._user, body, edits)

    def _turn(
        self,
        least: int,
        minutes: float,
        author: User | None,
        body: str,
        edits: Edits,
        *,
        public: bool = True,
    ) -> None:
        """One step after so many minutes; a young ticket's steps crowd into the time it has had."""
        gap = max(int(minutes * 60), least * 60)
        room = max(self._end - self._at, 0)
        self._at += min(gap, max(int(room * 0.35), 1))
        self._story.step(author, self._at, edits, body, public=public)
