"""What an agent sees beside a ticket: stored records and a stored decision → a view → HTML.

Nothing here asks the help desk, decides anew, or writes.
"""

from __future__ import annotations

from integration.sidebar.draft import advice_for
from integration.sidebar.model import Sources, View
from integration.sidebar.page import Frame, render_fragment, render_shell, render_words
from integration.sidebar.plain import advice_data, advice_text
from integration.sidebar.shown import Shown, shown
from integration.sidebar.view import OLD, view

__all__ = [
    "OLD",
    "Frame",
    "Shown",
    "Sources",
    "View",
    "advice_data",
    "advice_for",
    "advice_text",
    "render_fragment",
    "render_shell",
    "render_words",
    "shown",
    "view",
]
