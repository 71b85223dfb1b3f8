"""What the commands below ``deskcue policy`` print for people; nothing is computed here but sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from integration import show
from integration.difference import Movement
from integration.preview import Preview, SegmentView
from integration.suggest import Suggested
from integration.trial import Tried
from policies.difference import Difference


def tell_cases(results: Sequence[Tried]) -> None:
    """What failed, each with its place, and how many there were."""
    for one in results:
        if one.failures:
            show.line(f"{one.file}:{one.line}: {show.plain(one.name)}")
            for failure in one.failures:
                show.line("  " + show.printable(failure).replace("\n", "\n  "))
    failed = sum(bool(one.failures) for one in results)
    show.line(f"{show.many(len(results), 'case')}, {failed:,} failed.")


def tell_preview(seen: Preview, only: Sequence[str], names: Mapping[str, str]) -> None:
    """One row a segment, then each segment that was asked for in full; all of them if few."""
    show.line(
        f"Policy {seen.policy} over {show.many(seen.customers, 'customer')}, compared with now."
        " Nothing was written."
    )
    rows = [
        (name, view.members, view.unknown, f"+{view.entering:,}", f"-{view.leaving:,}")
        for name, view in seen.segments.items()
    ]
    show.table(rows, heads=("segment", "members", "unknown", "enter", "leave"))
    if seen.judged.wrong:
        wrong = show.many(seen.judged.wrong, "open ticket")
        show.line(f"{seen.judged.changing:,} of {wrong} called wrong by agents would be served otherwise.")
    for name, view in seen.segments.items():
        if name in only:
            _tell_segment(name, view, names)
    if not only:
        show.line("\nMore about one of them: deskcue policy preview --segment NAME")


def _tell_segment(name: str, view: SegmentView, names: Mapping[str, str]) -> None:
    show.line(f"\n{show.plain(view.label)} [{name}]: {show.many(view.members, 'member')}")
    if view.kept:
        show.line(f"  {view.kept:,} of them only kept: their condition is unknown today")
    rows = [(step.so_far, step.alone, step.unknown, step.text) for step in view.steps]
    show.table(rows, heads=("left", "alone", "unknown", "condition"))
    for title, found in (("priority", view.by_priority), ("service level", view.by_service_level)):
        if found:
            counted = ", ".join(f"{word} {count:,}" for word, count in show.counts(found))
            show.line(f"  open tickets by {title} now: {show.plain(counted)}")
    for title, sample in (("members", view.sample), ("enter", view.enters), ("leave", view.leaves)):
        if sample:
            who = ", ".join(f"{names.get(one) or 'no name'} (customer:{one})" for one in sample)
            show.line(f"  {title}, for example: {show.plain(who)}")


def tell_diff(changes: Sequence[Difference], people: Movement | None) -> None:
    """The changes by section, then the people and tickets that they move."""
    if not changes:
        show.line("The two policies say the same.")
    section = ""
    for one in changes:
        if one.section != section:
            section = one.section
            show.line(section.replace("_", " "))
        former = f" (was {one.details[0]})" if one.what == "renamed" else ""
        show.line(f"  {one.what:<8} {one.name}{former}")
        if one.what != "renamed":
            for detail in one.details:
                show.line(f"      {show.plain(detail)}")
    if people is None:
        show.line("No store was there to count people in.")
    else:
        _tell_people(people)


def _tell_people(people: Movement) -> None:
    show.line(
        f"\n{people.moved:,} of {show.many(people.customers, 'customer')} would be in other segments;"
        f" {people.redecided:,} of {show.many(people.tickets, 'open ticket')} would be served otherwise."
    )
    rows = [
        (name, one.before, one.after, f"+{one.entering:,}", f"-{one.leaving:,}")
        for name, one in people.segments.items()
        if one.entering or one.leaving
    ]
    if rows:
        show.table(rows, heads=("segment", "before", "after", "enter", "leave"))
    for name, moves in people.fields.items():
        show.table(show.counts(moves), title=f"Open tickets by {name.replace('_', ' ')}")


def tell_suggested(found: Suggested, words: str) -> None:
    """What each trait is worth, then the proposals with their figures and where they were written."""
    show.line(
        f"{show.many(found.customers, 'customer')}; it can be told of {found.told:,}, and {found.befell:,}"
        f" of them had {words}."
    )
    rows = [
        (
            one.trait,
            f"{one.fill:.0%}",
            one.distinct,
            " / ".join(f"{number:,.4g}" for number in one.spread) if one.spread else "",
            "" if one.separation is None else f"{one.separation:.2f}",
        )
        for one in found.traits
    ]
    show.table(rows, heads=("trait", "known", "values", "quartiles", "separates"))
    for proposal in found.proposals:
        show.line(f"\n{proposal.label} [{proposal.name}]")
        for text in (*proposal.lines, *proposal.figures):
            show.line(f"  {show.plain(text)}")
    if found.note:
        show.line(f"\n{found.note}")
    if found.path:
        show.line(
            f"\nWritten: {found.path}. Nothing of it is in force; look at it with `deskcue policy preview`."
        )
    else:
        show.line("\nNothing stands out; nothing was written.")
