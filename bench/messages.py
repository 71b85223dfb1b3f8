"""How well and how fast the language of messages is told, on messages written for this trial.

Run it as ``python -m bench.messages``. Of each language it tells how many messages were told rightly,
wrongly and not at all.
"""

from __future__ import annotations

import json
import time
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from connectors.messages import MessageReader
from integration.messages import reader

TEXTS = Path(__file__).with_name("messages.toml")


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the messages of one language."""

    right: int
    wrong: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run measured."""

    ours: dict[str, Counts]
    others: dict[str, Counts]
    nothing: Counts
    microseconds_each: int


def measure(read: MessageReader) -> Figures:
    """Read every message of the trial."""
    texts = tomllib.loads(TEXTS.read_text(encoding="utf-8"))
    ours: dict[str, list[str]] = texts["ours"]
    read(ours["en"][0])  # the model is loaded with the first
    began = time.perf_counter()
    counted = {language: _counted(read, language, messages) for language, messages in ours.items()}
    each = (time.perf_counter() - began) / sum(map(len, ours.values()))
    return Figures(
        ours=counted,
        others={
            language: _counted(read, language, messages) for language, messages in texts["others"].items()
        },
        nothing=_counted(read, "", texts["nothing"]["none"]),
        microseconds_each=round(each * 1e6),
    )


def _counted(read: MessageReader, language: str, messages: Sequence[str]) -> Counts:
    told = [found.language for message in messages if (found := read(message))]
    right = told.count(language)
    return Counts(right, len(told) - right, len(messages) - len(told))


def main() -> None:
    """Measure and print the figures as JSON."""
    read = reader()
    if read is None:
        raise SystemExit("Nothing here reads messages. Run: pip install 'deskcue[messages]'")
    print(json.dumps(asdict(measure(read)), indent=2))


if __name__ == "__main__":
    main()
