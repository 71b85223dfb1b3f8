"""Trouble on demand: faults by name and rate, drawn so that one seed gives one run.

What a fault does stands where it happens; here is only whether it happens now.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from random import Random

FAULTS: dict[str, str] = {
    "agent-comment": "An agent writes a private comment on one of the tickets that changed last.",
    "agent-priority": "An agent sets or clears the priority of one of the tickets that changed last.",
    "agent-role": "Whoever signs in is taken for an agent instead of an admin.",
    "agent-status": "An agent sets the status of one of the tickets that changed last.",
    "agent-tag": "An agent adds a tag of their own to one of the tickets that changed last.",
    "agent-untag": "An agent takes a tag off one of the tickets that changed last.",
    "anonymous-login": "Credentials are accepted and nobody is signed in by them.",
    "budget-used-up": "Answers say that the account has next to no requests left this minute.",
    "bulk-import-off": "People cannot be made by the hundred, as where the vendor has not allowed it.",
    "clock-skew": "The desk's clock is a quarter of an hour ahead.",
    "cut-chunked": "The answer breaks off inside a chunked body.",
    "cut-close": "The answer has no stated length and ends early with its connection.",
    "cut-gzip": "The packed answer lacks its end, and its stated length hides that.",
    "cut-length": "The answer is shorter than its stated length.",
    "delayed": "The connection breaks, and the desk does what was asked some seconds later.",
    "dropped": "The connection breaks before the desk has done anything.",
    "duplicate": "The desk gets the request twice and answers the second one.",
    "empty-page": "A cursor export gives a page without records that is not the last.",
    "error-500": "The desk fails with 500, before or after the work.",
    "error-502": "A proxy answers 502 with a page for people, before or after the work.",
    "error-503": "The desk is in maintenance: 503 without a word about how long.",
    "error-503-wait": "The desk is in maintenance: 503 with a time to come back in Retry-After.",
    "error-504": "A proxy gives up with 504, before or after the work.",
    "error-520": "A proxy answers 520 with a page for people, before or after the work.",
    "expired-tokens": "An access token dies early; its refresh token goes on.",
    "export-cursor-expired": "A cursor of an export is refused as invalid or expired.",
    "export-empty-page": "A page of a cursor export comes empty although more follows.",
    "export-slow": "An export is asked for more than 200 records at once and ends in 504.",
    "export-stuck": "A page of a cursor export leads back to where it was asked from.",
    "job-item-fails": "One ticket of a bulk update fails, the others are changed.",
    "job-killed": "A bulk update ends as killed after half of its tickets, without results.",
    "job-lost": "A bulk update is done, and the desk does not know the job any more.",
    "lost-refreshes": "A refresh rotates both tokens and then answers 500.",
    "low-priorities-hidden": "The account offers only the priorities normal and high.",
    "missing-scope": "Access tokens are handed out without the scopes to write.",
    "neighbours": "Other integrations use up some or all of what is left of the account's minute.",
    "no-ticket-events": "Webhooks cannot be subscribed to the events of tickets.",
    "per-ticket-tags-ignored": "Bulk updates with a change for each ticket pass over tags to add and remove.",
    "plan-without-custom-statuses": "The account's plan has no ticket statuses of one's own.",
    "plan-without-ratings": "The account's plan has no satisfaction ratings of either kind.",
    "plan-without-service-levels": "The account's plan has no service level policies.",
    "slow-body": "The answer trickles in over up to a minute.",
    "slow-headers": "The answer begins after up to a minute.",
    "storm": "For up to half a minute every request gets 429 with the seconds left in Retry-After.",
    "storm-date": "The same, with a date in Retry-After.",
    "storm-garbage": "The same, with a Retry-After that nobody can read.",
    "storm-huge": "One 429 asks for more than eleven days of peace.",
    "storm-silent": "The same as storm, without any Retry-After.",
    "stuck-cursor": "A cursor export gives a page whose cursor is the one that was sent.",
    "surveys": "The account asks by the newer surveys: the older ratings are not offered (rate 1).",
    "suspended-user": "The user behind every credential is suspended.",
    "swallowed": "The desk does what was asked, and the connection breaks before the answer.",
    "user-tagging-off": "The account does not use tags on users and organizations.",
    "webhook-delayed": "A webhook leaves between twenty seconds and five minutes late.",
    "webhook-doubled": "A webhook is sent twice.",
    "webhook-missing": "A webhook is never sent.",
    "webhook-reordered": "A webhook is overtaken by those of the next seconds.",
    "webhooks-not-offered": "The account has no webhooks.",
    "wrong-empty": "200 with an empty body instead of the answer.",
    "wrong-html": "200 with a page for people instead of the answer.",
    "wrong-list": "200 with a JSON list instead of the answer.",
    "wrong-null": "200 with a JSON null instead of the answer.",
}
"""Every fault by name, and what it does in one sentence for the person who switches it on."""

STATES = frozenset(
    {
        "agent-role", "anonymous-login", "budget-used-up", "bulk-import-off", "clock-skew",
        "low-priorities-hidden", "missing-scope", "no-ticket-events", "per-ticket-tags-ignored",
        "plan-without-custom-statuses", "plan-without-ratings", "plan-without-service-levels", "surveys",
        "suspended-user", "user-tagging-off", "webhooks-not-offered",
    }
)  # fmt: skip
"""Faults that say how an account is: switched on for good, at rate 1. The others come and go."""


def rates_in(text: str) -> dict[str, float]:
    """Rates as a person writes them, ``storm=0.05,slow-body=0.1``; ValueError says what is wrong."""
    rates: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, rate = part.partition("=")
        try:
            rates[name.strip()] = float(rate)
        except ValueError:
            raise ValueError(f"{part!r} is not a fault with a rate, such as storm=0.05.") from None
    return rates


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

    def replace(self, rates: Mapping[str, float]) -> None:
        """Switch these faults on and the others off; all of it or, on ValueError, nothing."""
        self.set({**dict.fromkeys(self._rates, 0.0), **rates})

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

    def restart(self, seed: int) -> None:
        """Draw from the beginning, by another seed or by the same one again; the rates stay."""
        self.seed = seed
        self.struck.clear()
        self._chances.clear()

    def chance(self, name: str) -> Random:
        """The sequence a fault draws from, also for how it strikes: where to cut, how long to wait."""
        if name not in self._chances:
            self._chances[name] = Random(f"{self.seed} {name}")  # noqa: S311 - repeatable, nothing secret
        return self._chances[name]
