"""Does a draft sound as advised? Text and advice → findings, each with its place; nothing is written or sent.

What of the advice only a person can judge is named and not guessed at.
"""

from __future__ import annotations

from integration.tone.check import Advice, Checked, Finding, check
from integration.tone.phrases import LANGUAGES

__all__ = ["LANGUAGES", "Advice", "Checked", "Finding", "check"]
