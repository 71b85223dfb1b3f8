"""A reviewed plan to the desk: sent in the fewest calls, settled ticket by ticket, journalled throughout.

What should be written is decided elsewhere, in ``plan``.
"""

from __future__ import annotations

from integration.apply.endings import Applied
from integration.apply.run import apply, recover
from integration.apply.sending import PATIENCE
from integration.apply.sight import holds

__all__ = ["PATIENCE", "Applied", "apply", "holds", "recover"]
