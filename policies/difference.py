"""Two policies compared in words: what was added, taken out, renamed and changed, section by section."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from policies import steps, waiting
from policies.model import Policy

What = Literal["added", "removed", "renamed", "changed"]

SECTIONS = (
    "imports",
    "traits",
    "tables",
    "word_lists",
    "segments",
    "stages",
    "situations",
    "waiting",
    "next_steps",
    "tones",
    "channels",
    "service_levels",
    "calendars",
)

_HEAD = ("goal", "owner", "metric", "review_by", "floor", "most_high")

_LISTED = ("all", "any", "none", "tags", "do", "avoid", "words")
"""Keys whose entries come and go one by one."""

_SPANS = ("within", "before", "expires", "first_reply", "floor", "stay", "for", "after", "until")
"""Keys below which whole numbers are seconds."""

_UNITS = ((604800, "week"), (86400, "day"), (3600, "hour"), (60, "minute"))

_GONE = object()


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing of one section that is not as it was."""

    section: str
    name: str
    what: What
    details: tuple[str, ...] = ()
    """For a change each part in words; for a rename the former name."""


def difference(before: Policy, after: Policy) -> list[Difference]:
    """Everything in which ``after`` is not ``before``, in the order of the file."""
    head = tuple(
        f"{name}: {_said((name,), getattr(before, name))} → {_said((name,), getattr(after, name))}"
        for name in _HEAD
        if getattr(before, name) != getattr(after, name)
    )
    found = [Difference("policy", after.name, "changed", head)] if head else []
    for section in SECTIONS:
        found += _section(section, _plain(before, section), _plain(after, section))
    for name in ("channel_advice", "house"):
        old, new = (_leaves(_dumped(getattr(one, name))) for one in (before, after))
        details = tuple(_changes(old, new))
        found += [Difference(name, name, "changed", details)] if details else []
    return found


def _plain(policy: Policy, section: str) -> dict[str, Any]:
    """A section as written: what was made of steps of waiting and of next steps stands with those."""
    if section == "waiting":
        made = {name: one for name, one in policy.situations.items() if waiting.made(name)}
        return {waiting.span_of(name): _dumped(one.treatment) for name, one in made.items()}
    if section == "situations":
        return {name: _dumped(one) for name, one in policy.situations.items() if written(name)}
    return {name: _dumped(one) for name, one in getattr(policy, section).items()}


def written(name: str) -> bool:
    """Whether a situation is one of the file."""
    return not waiting.made(name) and not name.startswith(steps.HOLD)


def _dumped(block: object) -> Any:
    if isinstance(block, BaseModel):
        return block.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return {"words": list(block)} if isinstance(block, tuple) else block


def _section(section: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    gone = [name for name in before if name not in after]
    for name, block in after.items():
        if name not in before:
            alike = [other for other in gone if before[other] == block and section != "waiting"]
            former = next(iter(alike), None)
            if former is not None:
                gone.remove(former)
                yield Difference(section, name, "renamed", (former,))
            else:
                yield Difference(section, name, "added", tuple(_told(_leaves(block))))
        elif block != before[name]:
            changes = tuple(_changes(_leaves(before[name]), _leaves(block)))
            yield Difference(section, name, "changed", changes)
    yield from (Difference(section, name, "removed") for name in gone)


def _leaves(tree: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """Every single value by its path; entries of lists that come and go are paths of their own."""
    if isinstance(tree, dict):
        return {
            leaf: value for key, one in tree.items() for leaf, value in _leaves(one, (*path, key)).items()
        }
    if isinstance(tree, (list, tuple)) and path and path[-1] in _LISTED:
        found: dict[tuple[str, ...], Any] = {}
        for place, one in enumerate(tree):
            inner = (
                _leaves(one, (*path, f"group {place + 1}")) if isinstance(one, dict) else {(*path, one): True}
            )
            found |= inner
        return found
    return {path: tree}


def _told(leaves: Mapping[tuple[str, ...], Any]) -> Iterator[str]:
    for path, value in leaves.items():
        yield (
            f"{' '.join(path[:-1])}: `{path[-1]}`"
            if value is True
            else f"{' '.join(path)}: {_said(path, value)}"
        )


def _changes(before: Mapping[tuple[str, ...], Any], after: Mapping[tuple[str, ...], Any]) -> Iterator[str]:
    for path in _together([*before, *after]):
        old, new = before.get(path, _GONE), after.get(path, _GONE)
        where = " ".join(path)
        if old == new:
            continue
        if True in (old, new) and len(path) > 1 and path[-2] in _LISTED:
            sign = "without" if new is _GONE else "now with"
            yield f"{' '.join(path[:-1])}: {sign} `{path[-1]}`"
        elif old is _GONE or new is _GONE:
            yield (
                f"{where}: {_said(path, new)} is new"
                if old is _GONE
                else f"{where}: no longer {_said(path, old)}"
            )
        else:
            yield f"{where}: {_said(path, old)} → {_said(path, new)}"


def _together(paths: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Every path once, what stands in the same place one after the other."""
    first: dict[tuple[str, ...], int] = {}
    for path in paths:
        first.setdefault(path[:-1], len(first))
    return sorted(dict.fromkeys(paths), key=lambda path: first[path[:-1]])


def _said(path: tuple[str, ...], value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if path == ("most_high",):
        return f"{value:.0%}"
    if isinstance(value, int) and any(key in _SPANS for key in path):
        return in_units(value)
    return str(value)


def in_units(seconds: int) -> str:
    """A span as a policy writes it: ``30 days``, ``2 weeks``."""
    size, unit = next((size, word) for size, word in _UNITS if seconds % size == 0 or size == 60)
    count = seconds // size
    return f"{count} {unit}{'' if count == 1 else 's'}"
