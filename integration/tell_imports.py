"""What became of imports, in words: counts, lines and columns, and never what stood in a row."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from integration import show
from integration.importing import BadCell, Taken


def tell_imports(found: Sequence[Taken], *, dry: bool) -> None:
    """Each import: what was read, what is new of it, whom nobody knows, what could not be understood."""
    if not found:
        show.line("The policy has no imports. docs/policies.md tells how to declare one.")
    for taken in found:
        show.line(f"{taken.name} ({taken.origin}): {_state(taken, dry=dry)}")
        for words in _details(taken):
            show.line(f"    {words}")
        for bad in taken.bad:
            _tell_bad(bad)
        if taken.refused > len(taken.bad):
            show.line(f"    … {show.many(taken.refused, 'row')} in all.")


def _state(taken: Taken, *, dry: bool) -> str:
    if taken.stopped:
        return f"stopped. {taken.stopped}"
    if taken.unchanged:
        return f"{show.many(taken.rows, 'row')}, as they were when they were read last"
    found = f"{show.many(taken.rows, 'row')} read, {taken.new:,} new, {taken.changed:,} changed"
    if dry:
        return f"{found}; nothing was stored"
    return f"{found}, {taken.gone:,} taken away; {show.many(taken.customers, 'customer')} to assign"


def _details(taken: Taken) -> list[str]:
    found = []
    if taken.unmatched:
        lines = ", ".join(map(str, taken.unmatched_lines))
        first = f" First on {'lines' if len(taken.unmatched_lines) > 1 else 'line'} {lines}." if lines else ""
        found.append(f"{show.many(taken.unmatched, 'key')} no customer has yet.{first}")
    if taken.duplicates:
        found.append(f"{show.many(taken.duplicates, 'row')} came twice; the later day counts.")
    if taken.older:
        remedy = f"`deskcue import {taken.name} --accept` takes them."
        found.append(f"{show.many(taken.older, 'row')} of an earlier day than what is known. {remedy}")
    if taken.kept:
        found.append("Nothing was taken away, because of some rows nobody knows whom they are about.")
    return found


def _tell_bad(bad: BadCell) -> None:
    show.line(f"    {bad.origin}:{bad.line}: {show.plain(bad.column)}: {bad.message}. {bad.remedy}")


def document(found: Sequence[Taken]) -> dict[str, object]:
    """The same for programs."""
    return {"imports": [msgspec.to_builtins(taken) for taken in found]}
