"""What an agent sees beside a ticket, a customer or an organization: stored records → a view → HTML.

Nothing here asks the help desk, decides anew, or writes.
"""

from __future__ import annotations

from integration.sidebar.age import OLD
from integration.sidebar.company import Company, CompanySources, company
from integration.sidebar.draft import advice_for
from integration.sidebar.model import Sources, View
from integration.sidebar.page import Frame, render_fragment, render_shell, render_words
from integration.sidebar.plain import advice_data, advice_text
from integration.sidebar.shown import Shown, shown
from integration.sidebar.view import view

__all__ = [
    "OLD",
    "Company",
    "CompanySources",
    "Frame",
    "Shown",
    "Sources",
    "View",
    "advice_data",
    "advice_for",
    "advice_text",
    "company",
    "render_fragment",
    "render_shell",
    "render_words",
    "shown",
    "view",
]
