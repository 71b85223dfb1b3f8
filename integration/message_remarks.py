"""What lint can say of a policy only by looking whether anything here reads customers' messages."""

from __future__ import annotations

from collections.abc import Iterator

from integration import messages
from integration.settings import Settings
from policies.faults import Path
from policies.lint import Remark
from policies.model import Policy
from policies.rules import compiled

COLUMNS = frozenset({"message_language", "message_language_probability"})
"""Columns of tickets that hold what messages tell."""


def from_messages(policy: Policy, settings: Settings) -> Iterator[Remark]:
    """Traits and situations that ask what messages tell, where nothing does."""
    if not settings.messages.read:
        why, remedy = "messages.read is not true", "Set read = true under [messages] in deskcue.toml."
    elif not messages.version():
        why, remedy = "what reads them is not installed", f"Run: {messages.EXTRA}"
    else:
        return
    for path, name in _asking(policy):
        message = f"{name} reads the language of messages, which is unknown on every ticket: {why}"
        yield Remark("messages-unread", path, message, remedy)


def _asking(policy: Policy) -> Iterator[tuple[Path, str]]:
    meaning = compiled(policy)
    for name, found in meaning.definitions.items():
        read = {found.column, *(one for condition in found.conditions for one in condition.reads)}
        if found.relation.name == "ticket" and read & COLUMNS:
            yield ("traits", name), name
    for rule in meaning.situations:
        if COLUMNS.intersection(rule.reads):
            yield ("situations", rule.name, "when"), rule.name
