"""The advice without HTML: as data for programs, and as text for desks and terminals that show no frames.

Both say what the page says, in the same words and the same order.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from integration.sidebar.company import Company
from integration.sidebar.model import Fact, Notice, Other, ReplyBy, Row, View, Why, Writing
from integration.words import Words

WIDTH = 78
"""Characters of a line of text."""


def advice_data(view: View | Company) -> dict[str, Any]:
    """The advice as JSON takes it. Instants are UTC seconds, beside the words an agent reads for them.

    ``state`` is ``ready``, ``unknown`` (no segment can be shown yet, or the organization is not stored) or
    ``rest`` (solved or closed). Absent parts are null or empty.
    """
    return _company_data(view) if isinstance(view, Company) else _view_data(view)


def _company_data(view: Company) -> dict[str, Any]:
    return {
        "state": view.state,
        "language": view.words.language,
        "organization": {"name": view.title, "size": view.size},
        "announcement": view.announcement,
        "old": _notice(view.old),
        "note": view.note and view.note.text,
        "alert": _notice(view.alert),
        "segments": [{"label": one.label, "count": one.count} for one in view.segments],
        "counted": view.counted,
        "facts": [_fact(one) for one in view.facts],
        "open": [_other(one) for one in view.open],
        "updated_at": view.updated_at,
        "updated": view.updated,
    }


def _view_data(view: View) -> dict[str, Any]:
    return {
        "state": view.state,
        "language": view.words.language,
        "segment": {"label": view.title, "sure": view.sure},
        "customer": {"name": view.name, "company": view.company},
        "announcement": view.announcement,
        "old": _notice(view.old),
        "why": _why(view.why),
        "note": view.note and view.note.text,
        "tone": view.tone and {"value": view.tone.value, "reason": view.tone.reason},
        "channel": _channel(view.channel),
        "reply_by": _reply_by(view.reply_by),
        "alert": _notice(view.alert),
        "writing": _writing(view.writing),
        "facts": [_fact(one) for one in view.facts],
        "open": [_other(one) for one in view.open],
        "solved": [_other(one) for one in view.solved],
        "updated_at": view.updated_at,
        "updated": view.updated,
    }


def _notice(notice: Notice | None) -> dict[str, str] | None:
    return {"lead": notice.lead, "text": notice.text} if notice else None


def _why(why: Why | None) -> dict[str, Any] | None:
    if why is None:
        return None
    memberships = [
        {"label": one.label, "facts": list(one.facts), "note": one.note} for one in why.memberships
    ]
    return {"summary": why.summary, "memberships": memberships}


def _channel(row: Row | None) -> dict[str, str] | None:
    return {"value": row.value, "reason": row.reason, "avoid": row.avoid} if row else None


def _reply_by(due: ReplyBy | None) -> dict[str, Any] | None:
    if due is None:
        return None
    return {
        "value": due.value,
        "left": due.left,
        "at": due.at,
        "urgent": due.urgent,
        "reason": due.reason,
    }


def _writing(writing: Writing | None) -> dict[str, Any] | None:
    if writing is None:
        return None
    sample = writing.sample and {"text": writing.sample.text, "language": writing.sample.language}
    return {"do": list(writing.do), "avoid": list(writing.avoid), "sample": sample}


def _fact(fact: Fact) -> dict[str, Any]:
    trend = fact.trend.word if fact.trend else None
    return {"label": fact.label, "value": fact.value, "note": fact.note, "trend": trend}


def _other(one: Other) -> dict[str, str]:
    return {"ticket": one.ticket_id, "subject": one.subject, "note": one.note}


def advice_text(view: View | Company) -> str:
    """The advice as lines of text, the most important first."""
    lines = _company_lines(view) if isinstance(view, Company) else _lines(view)
    return "\n".join(lines) + "\n"


def _company_lines(view: Company) -> Iterator[str]:
    _ = view.words.gettext
    yield from filter(None, (view.title, view.size))
    yield from _notices(view)
    if view.alert:
        yield from ("", *_wrapped(_said(view.alert), "! "))
    if view.segments:
        yield from ("", _("Customers by segment"))
    yield from _rows([(one.label, one.count) for one in view.segments])
    if view.counted:
        yield from _wrapped(view.counted, "  ")
    if view.facts:
        yield from ("", _("Organization"), *_rows([(fact.label, fact.value) for fact in view.facts]))
    yield from _tickets(view)
    yield from _updated(view)


def _lines(view: View) -> Iterator[str]:
    yield from _top(view)
    yield from _glance(view)
    if view.alert:
        yield from ("", *_wrapped(_said(view.alert), "! "))
    if view.writing:
        yield from _how(view.writing, view.words)
    if view.facts:
        yield from _customer(view.facts, view.words)
    yield from _tickets(view)
    if view.why:
        yield from _reasons(view.why, view.words)
    yield from _updated(view)


def _tickets(view: View | Company) -> Iterator[str]:
    for title, others in view.lists:
        if others:
            yield from ("", title)
        for one in others:
            yield from _wrapped(f"#{one.ticket_id} {one.subject}", "  ")
            yield from _wrapped(one.note, "    ")


def _updated(view: View | Company) -> Iterator[str]:
    if view.updated and not view.old:
        yield from ("", view.words.gettext("Updated %(ago)s", ago=view.updated))


def _top(view: View) -> Iterator[str]:
    _ = view.words.gettext
    yield view.title if view.sure else _("%(title)s (not sure yet)", title=view.title)
    if view.name and view.company:
        yield _("%(name)s at %(company)s", name=view.name, company=view.company)
    elif view.name:
        yield view.name
    yield from _notices(view)


def _notices(view: View | Company) -> Iterator[str]:
    for notice in (view.old, view.note):
        if notice:
            yield from _wrapped(_said(notice))


def _said(notice: Notice) -> str:
    return f"{notice.lead} {notice.text}".strip()


def _glance(view: View) -> Iterator[str]:
    _ = view.words.gettext
    if view.tone and view.channel:
        yield from ("", *_row(_("Tone"), view.tone.value, view.tone.reason))
        yield from _row(_("Channel"), view.channel.value, view.channel.reason, view.channel.avoid)
    if view.reply_by:
        due = view.reply_by
        until = view.words.joined([due.value, due.left]) if due.left else due.value
        yield from _row(_("Reply by"), until, due.reason)


def _customer(facts: Sequence[Fact], words: Words) -> Iterator[str]:
    yield from ("", words.gettext("Customer"))
    for fact in facts:
        yield from _row(fact.label, fact.value, fact.note)


def _how(writing: Writing, words: Words) -> Iterator[str]:
    _ = words.gettext
    yield from ("", _("How to write it"))
    for line in writing.do:
        yield from _wrapped(line, f"  {_('Do:')} ")
    for line in writing.avoid:
        yield from _wrapped(_("Avoid %(what)s", what=line), "  ")
    if writing.sample:
        yield from _wrapped(writing.sample.text, f"  [{writing.sample.language}] ")


def _reasons(why: Why, words: Words) -> Iterator[str]:
    yield from ("", *_wrapped(why.summary, f"{words.gettext('Why:')} "))
    for one in why.memberships:
        yield f"  {one.label}"
        for fact in (*one.facts, *([one.note] if one.note else [])):
            yield from _wrapped(fact, "    - ")


def _rows(rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Labels that a policy gave, and as wide as the widest of them."""
    widest = min(max((len(label) for label, _ in rows), default=0), WIDTH // 2)
    for label, value in rows:
        yield from _wrapped(value, f"  {label:<{widest}}  ")


def _row(label: str, value: str, *notes: str) -> Iterator[str]:
    yield from _wrapped(value, f"  {label:<12} ")
    for note in filter(None, notes):
        yield from _wrapped(note, " " * 15)


def _wrapped(text: str, lead: str = "") -> list[str]:
    """Lines of a text; those after the first stand under its beginning."""
    return textwrap.wrap(
        text, WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead), break_on_hyphens=False
    )
