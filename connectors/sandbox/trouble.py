"""Trouble on demand: faults by name and rate, drawn so that one seed gives one run.

What a fault does stands where it happens; here is only whether it happens now.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from random import Random

FAULTS: dict[str, str] = {
    "export-cursor-expired": "A cursor of an export is refused as invalid or expired.",
    "export-empty-page": "A page of a cursor export comes empty although more follows.",
    "export-slow": "An export is asked for more than 200 records at once and ends in 504.",
    "export-stuck": "A page of a cursor export leads back to where it was asked from.",
    "surveys": "The account asks by the newer surveys: the older ratings are not offered (rate 1).",
    "agent role": "whoever signs in is taken for an agent instead of an admin",
    "anonymous login": "credentials are accepted and nobody is signed in by them",
    "budget used up": "answers say that the account has next to no requests left this minute",
    "clock skew": "the desk's clock is a quarter of an hour ahead",
    "expired tokens": "an access token dies early; its refresh token goes on",
    "lost refreshes": "a refresh rotates both tokens and then answers 500",
    "low priorities hidden": "the account offers only the priorities normal and high",
    "missing scope": "access tokens are handed out without the scopes to write",
    "no ticket events": "webhooks cannot be subscribed to the events of tickets",
    "plan without custom statuses": "the account's plan has no ticket statuses of one's own",
    "plan without ratings": "the account's plan has no satisfaction ratings of either kind",
    "plan without service levels": "the account's plan has no service level policies",
    "suspended user": "the user behind every credential is suspended",
    "user tagging off": "the account does not use tags on users and organizations",
    "webhooks not offered": "the account has no webhooks",
    "webhook-delayed": "A webhook leaves between twenty seconds and five minutes late.",
    "webhook-doubled": "A webhook is sent twice.",
    "webhook-missing": "A webhook is never sent.",
    "webhook-reordered": "A webhook is overtaken by those of the next seconds.",
}
"""Every fault by name, and what it does in one sentence for the person who switches it on."""


class Trouble:
    """Rates by fault name, 0 (never, the default) to 1 (every time).

    Each fault draws from a sequence of its own, so that switching one on does not move the others.
    """

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self.struck: Counter[str] = Counter()
        """How often each fault has happened."""
        self._rates: dict[str, float] = {}
        self._chances: dict[str, Random] = {}

    @property
    def rates(self) -> Mapping[str, float]:
        """The faults that are switched on."""
        return self._rates

    def set(self, rates: Mapping[str, float]) -> None:
        """Switch these faults to these rates and leave the others; all of it or, on ValueError, nothing."""
        for name, rate in rates.items():
            if name not in FAULTS:
                raise ValueError(f"There is no fault {name!r}; there are: {', '.join(sorted(FAULTS))}.")
            if not 0 <= rate <= 1:
                raise ValueError(f"The rate of {name} must be between 0 and 1, not {rate:g}.")
        merged = {**self._rates, **rates}
        self._rates = {name: rate for name, rate in merged.items() if rate > 0}

    def clear(self) -> None:
        """Switch everything off."""
        self._rates = {}

    def strikes(self, name: str) -> bool:
        """Whether the fault happens this time."""
        rate = self._rates.get(name, 0.0)
        if rate <= 0 or self.chance(name).random() >= rate:
            return False
        self.struck[name] += 1
        return True

    def chance(self, name: str) -> Random:
        """The sequence a fault draws from, also for how it strikes: where to cut, how long to wait."""
        if name not in self._chances:
            self._chances[name] = Random(f"{self.seed} {name}")  # noqa: S311 - repeatable, nothing secret
        return self._chances[name]
