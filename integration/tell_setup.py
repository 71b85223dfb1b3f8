"""A setup in words and as a document: what is to be done or was done, and what stays as it is."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.setup import Left, Step, Survey
from integration import show
from integration.setup import Carried, Done

_HEADS = {
    "make": "To be made",
    "change": "To be changed",
    "remove": "To be removed",
    "fetch": "To be fetched",
}
_DID = {"make": "made", "change": "changed", "remove": "removed", "fetch": "fetched"}


def tell_survey(found: Survey, *, remove: bool) -> None:
    """Every step under what it does, in the order it is done, with its reason; nothing has happened yet."""
    verb = ""
    for step in found.steps:
        if step.verb != verb:
            verb = step.verb
            show.line(f"{_HEADS[verb]}:")
        show.line(f"  {show.plain(step.what)}\n    {show.plain(step.why)}")
        if step.lasting:
            show.line(f"    Cannot be undone: {show.plain(step.lasting)}")
    _tell_left(found.left)
    if not found.steps:
        show.line("There is nothing to remove." if remove else "The desk has what it needs: nothing to do.")
        return
    if remove:
        show.line("What was written to tickets stays. To take it back, first run: deskcue undo all")
    command = "deskcue setup --remove --apply" if remove else "deskcue setup --apply"
    show.line(f"{show.many(len(found.steps), 'step')}; nothing was changed. To do this: {command}")


def tell_carried(carried: Carried) -> None:
    """Every step that was tried, with what came of it."""
    for one in carried.done:
        show.line(f"{_outcome(one)}: {show.plain(one.step.what)}")
        if one.reason:
            show.line(f"    {show.plain(one.reason)}")
    _tell_left(carried.left)
    done = len(carried.done) - len(carried.failed)
    if not carried.done:
        show.line("Nothing had to be done.")
    elif carried.later:
        show.line(f"{show.many(done, 'step')} done; the desk asked for peace. Run it again to go on.")
    elif carried.failed:
        show.line(
            f"{show.many(done, 'step')} done, {len(carried.failed):,} not. Run it again once that is settled."
        )
    else:
        show.line(f"{show.many(done, 'step')} done.")


def _outcome(one: Done) -> str:
    return _DID[one.step.verb] if one.result == "done" else f"not {_DID[one.step.verb]}"


def _tell_left(left: Sequence[Left]) -> None:
    for title, chosen in (
        ("Missing, and for you to settle:", [one for one in left if one.hinders]),
        ("Left as it is:", [one for one in left if not one.hinders]),
    ):
        if chosen:
            show.line(title)
        for one in chosen:
            show.line(f"  {show.plain(one.key)}: {show.plain(one.reason)}")


def survey_document(found: Survey) -> dict[str, object]:
    """What ``--json`` prints of a survey."""
    return {"applied": False, "steps": [_step(step) for step in found.steps], "left": _left(found.left)}


def carried_document(carried: Carried) -> dict[str, object]:
    """What ``--json`` prints of a setup that was carried out."""
    return {
        "applied": True,
        "steps": [{**_step(one.step), "result": one.result, "reason": one.reason} for one in carried.done],
        "left": _left(carried.left),
        "whole": carried.whole,
    }


def _step(step: Step) -> dict[str, object]:
    return {name: getattr(step, name) for name in ("key", "verb", "what", "why", "lasting")}


def _left(left: Sequence[Left]) -> list[dict[str, object]]:
    return [{"key": one.key, "reason": one.reason, "hinders": one.hinders} for one in left]
