"""How old the stored records are, and what is said where they are too old to rely on."""

from __future__ import annotations

from integration import render
from integration.sidebar.model import Notice, Setting
from integration.sidebar.writing import sentence
from integration.words import SOURCE

OLD = 24 * 3600
"""Seconds after which stored records are no longer good enough for a deadline."""


def updated(synced_at: int | None, setting: Setting) -> str:
    """``4 minutes ago``; empty before everything was read once."""
    return "" if synced_at is None else render.relative(min(synced_at - setting.now, -1), setting.locale)


def old(synced_at: int | None, fault: str | None, setting: Setting, *, ticket: bool) -> Notice | None:
    """The amber line: how old the records are, what kept them so, and where to look instead."""
    age = None if synced_at is None else setting.now - synced_at
    if age is not None and age <= OLD and fault is None:
        return None
    _ = setting.words.gettext
    lead = (
        _("Not everything has been read yet.")
        if age is None
        else _("Last updated %(ago)s.", ago=render.relative(-max(age, 1), setting.locale))
    )
    cause = _cause(synced_at, fault, setting)
    if ticket:
        return Notice(lead, _("%(cause)s Check the ticket before you rely on this.", cause=cause))
    return Notice(lead, _("%(cause)s Check the help desk before you rely on this.", cause=cause))


def _cause(synced_at: int | None, fault: str | None, setting: Setting) -> str:
    """What keeps the records old. A desk's fault is told in full where its sentence can be read."""
    _ = setting.words.gettext
    if fault and setting.words.language == SOURCE:
        return sentence(render.visible(fault))
    if fault:
        return _("The last sync failed.")
    return _("The first sync has not finished.") if synced_at is None else _("No sync has finished since.")


def next_sync(at: int | None, setting: Setting) -> str | None:
    """The clock time of the next sync; None where none is to come."""
    if not at or at < setting.now:
        return None
    return render.moment(at, now=setting.now, zone=setting.zone, locale=setting.locale)
