"""From the data of a desk to a file of proposals: read, profile, group, write. Nothing is activated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from integration.progress import Progress
from integration.store.engine import Store
from integration.suggest.groups import groups
from integration.suggest.people import OUTCOMES, giving_away, people
from integration.suggest.profile import Profile, profiles
from integration.suggest.trees import MissingLibraryError, trees
from policies.lint import lint
from policies.load import load_text
from policies.model import Policy
from policies.proposal import Proposal, written
from policies.rules import compiled

NO_TREES = (
    "Decision trees were left out: they need scikit-learn. Install it with: pip install 'deskcue[suggest]'"
)

REVIEW_AFTER = timedelta(days=90)


class SuggestError(Exception):
    """Nothing can be proposed; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Suggested:
    """What was found: what each trait is worth, and the segments proposed."""

    outcome: str
    customers: int
    told: int
    """Customers of whom the outcome can be told."""
    befell: int
    traits: list[Profile]
    proposals: list[Proposal]
    path: Path | None
    """Where the proposals were written; None when there were none."""
    note: str = ""
    """What was left out and why."""


def suggest(
    store: Store, policy: Policy, outcome: str, now: int, out: Path, progress: Progress, *, force: bool
) -> Suggested:
    """Look at the store and write proposals to ``out``. Raises SuggestError."""
    if out.exists() and not force:
        raise SuggestError(f"{out} is there already. Name another file with --out, or add --force.")
    asked = OUTCOMES[outcome]
    found = people(store, policy, asked, now, progress)
    if not found.customers:
        raise SuggestError("There are no customers in the store. Run `deskcue sync` first.")
    proposals, note = groups(policy, found), ""
    try:
        proposals += trees(policy, found, asked)
    except MissingLibraryError:
        note = NO_TREES
    dates = frozenset(name for name, one in compiled(policy).definitions.items() if one.type == "date")
    path = _write(policy, proposals, asked.words, now, out) if proposals else None
    told = [hit for hit in found.befell if hit is not None]
    worth = profiles(found, dates, giving_away(policy, asked))
    return Suggested(outcome, found.customers, len(told), sum(told), worth, proposals, path, note)


def _write(policy: Policy, proposals: list[Proposal], words: str, now: int, out: Path) -> Path:
    """Write the file, after making sure that it can be loaded and that lint finds no fault with it."""
    today = datetime.fromtimestamp(now, UTC).date()
    text = written(policy, proposals, f"Look into customers with {words}", today + REVIEW_AFTER)
    loaded = load_text(text, out.name)
    wrong = [remark.message for remark in lint(loaded, today) if remark.level == "error"]
    if wrong:
        raise SuggestError(f"What was found cannot be written as a policy: {'; '.join(wrong)}.")
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise SuggestError(f"{out} cannot be written: {fault.strerror}.") from fault
    return out
