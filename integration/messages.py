"""The language of customers' messages: read on this machine, never guessed, and no word of them kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from importlib import metadata
from importlib.util import find_spec
from typing import Any

from connectors.messages import MessageReader, Told
from connectors.records import Stream
from integration.store import facts, messages, records
from integration.store.engine import Store

LIBRARY = "py3langid"
EXTRA = "pip install 'deskcue[messages]'"

RULES = 1
"""Raised when anything below reads a message otherwise, so that all are read again."""

SURE = 0.6
"""Below this probability the language is not known."""

MOST = 2_000
"""Characters that are looked at: a language shows sooner, and what comes late is often quoted."""

_NOT_SAID = re.compile(r"https?://\S+|\S+@\S+|^>.*", re.MULTILINE)
"""Addresses, and lines of somebody else's that are quoted."""

_NO_LANGUAGE = "zxx"
"""The library's word for what is in none, such as numbers and code."""


def version() -> str | None:
    """What reads messages here, down to its rules; None where the library is missing."""
    return f"{LIBRARY} {metadata.version(LIBRARY)}, rules {RULES}" if find_spec(LIBRARY) else None


def reader() -> MessageReader | None:
    """Who reads messages here, None where the library is missing. Its model is loaded with the first one."""
    return _read if find_spec(LIBRARY) else None


def _read(message: str) -> Told | None:
    return judged(*_identifier()(_NOT_SAID.sub(" ", message[:MOST])))


def judged(language: str, probability: float) -> Told | None:
    """What is told of a message that is most probably in that language: nothing where it is not sure."""
    if probability < SURE or language == _NO_LANGUAGE:
        return None
    # Two decimals, so that another processor does not make another record of it.
    return Told(str(language), round(float(probability), 2))


@lru_cache(maxsize=1)
def _identifier() -> Callable[[str], Any]:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    classify: Callable[[str], Any] = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True).classify
    return classify


def settle(store: Store, reads: str | None) -> None:
    """Bring the store in line with what reads messages now: another reader reads all tickets again.

    Where nothing does any more, what was read is forgotten.
    """
    with store.read() as connection:
        known = facts.get(connection).get(messages.READER)
    if (known or None) == reads:
        return
    if reads is None:
        _forget(store)
    with store.write() as connection:
        if reads is not None:
            records.restart(connection, Stream.TICKETS)
        facts.put(connection, {messages.READER: reads or ""})


def _forget(store: Store) -> None:
    found: list[tuple[str, str | None]] = [("", None)]
    while found:
        with store.write() as connection:
            found = messages.forget_some(connection, found[-1][0], records.MOST_ROWS)
            records.mark_dirty(connection, sorted({owner for _, owner in found if owner is not None}))
