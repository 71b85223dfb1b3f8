"""The sidebar's HTML: the first page, and the fragment that it asks for."""

from __future__ import annotations

from dataclasses import dataclass

from integration import render
from integration.sidebar.company import Company
from integration.sidebar.model import View
from integration.words import Words, speaking


@dataclass(frozen=True, slots=True)
class Frame:
    """How the page stands in the help desk's page. All of it was checked before it came here."""

    origin: str = ""
    """The host page's origin, if it is one we answer to; else empty, and nothing can be inserted."""
    app_guid: str = ""
    scheme: str = ""
    """``light`` or ``dark`` as the host says; empty leaves it to the system."""
    held: str = ""
    """The pass of an agent whom the desk has signed in; its questions carry it."""


def render_shell(subject: str, frame: Frame, *, nonce: str, words: Words | None = None) -> str:
    """The first page: style, script and a skeleton, and no customer data.

    ``subject`` is what to ask for, as in ``tickets/101``; empty where the desk's page is still to say it.
    """
    said = words or speaking()
    return render.page("shell.html", subject=subject, frame=frame, nonce=nonce, words=said)


def render_words(words: Words) -> str:
    """What the page says by itself, without advice: the part of the first page that a language changes."""
    return render.page("states.html", words=words)


def render_fragment(view: View | Company, *, insert: bool, ask: str = "") -> str:
    """The advice; ``insert`` says whether there is a host page that takes text and opens tickets.

    ``ask`` is the mark of the advice that an answer about it carries; without one it is not asked for.
    """
    if isinstance(view, Company):
        return render.page("organization.html", view=view, insert=insert, words=view.words)
    return render.page("sidebar.html", view=view, insert=insert, ask=ask, words=view.words)
