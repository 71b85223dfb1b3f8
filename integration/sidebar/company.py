"""What an agent sees beside an organization: its people by segment, what is known of it, what is open.

There is no advice on tone or channel here: it is customers who are answered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from connectors.records import Organization, Ticket
from integration import render
from integration.sidebar.age import next_sync, old, updated
from integration.sidebar.alert import renewal
from integration.sidebar.facts import told_apart
from integration.sidebar.model import Fact, Notice, Other, Setting
from integration.sidebar.others import beside_no_ticket
from integration.sidebar.writing import sentence
from integration.store.companies import MOST_TICKETS, Crowd
from integration.words import SOURCE, Words, later, speaking
from policies.guard import exposing, protected
from policies.model import Look, Policy
from policies.rules import compiled
from policies.standing import Value
from policies.treatment import Decision
from policies.vocabulary import ORGANIZATION

MOST_SEGMENTS = 5
MOST_FACTS = 6


@dataclass(frozen=True, slots=True)
class CompanySources:
    """All that is stored about one organization; what is not stored is None."""

    organization_id: str
    organization: Organization | None
    crowd: Crowd
    assigned_by: str
    """Version of the policy that assigned last."""
    traits: Mapping[str, Value]
    """Of one of its customers, as that policy read them."""
    open_count: int
    """One more than ``MOST_TICKETS`` where there are more."""
    open: tuple[Ticket, ...]
    """Its tickets that are not at rest, newest first, at most a few."""
    pressing: Decision | None
    """What is decided for the most pressing of them that has a next step."""
    group: str | None
    """The only group that the desk has, where it has no other."""
    synced_at: int | None
    fault: str | None
    next_sync: int | None


@dataclass(frozen=True, slots=True)
class Share:
    """A segment and how many of the organization's customers are in it."""

    label: str
    look: Look
    count: str


@dataclass(frozen=True, slots=True)
class Company:
    """The sidebar of one organization. Absent parts are None or empty and take no room."""

    words: Words
    state: Literal["ready", "unknown"]
    """``unknown``: the organization is not stored."""
    title: str
    """Its name."""
    size: str
    """``40 customers, 3 open tickets``; empty where it is not stored."""
    announcement: str
    now: int
    updated_at: int | None
    updated: str
    old: Notice | None
    note: Notice | None
    alert: Notice | None = None
    segments: tuple[Share, ...] = ()
    """Best rank first, at most five."""
    counted: str = ""
    """Among how many of the customers the segments are counted, where it is not all of them."""
    facts: tuple[Fact, ...] = ()
    open: tuple[Other, ...] = ()

    @property
    def lists(self) -> tuple[tuple[str, tuple[Other, ...]], ...]:
        """The list of tickets with its title."""
        return ((self.words.gettext("Open tickets"), self.open),)


def company(
    sources: CompanySources, policy: Policy, *, now: int, zone: str, locale: str | Words = SOURCE
) -> Company:
    """The whole sidebar of one organization. Pure: the same arguments give the same view.

    What another policy than this one found is not shown: it could not be told truly.
    """
    words = speaking(locale) if isinstance(locale, str) else locale
    setting = Setting(now, zone, words)
    known = sources.organization if sources.organization and not sources.organization.deleted else None
    current = known is not None and sources.assigned_by == policy.version
    title, _ = _name(known, setting), words.gettext
    return Company(
        words=words,
        state="ready" if known else "unknown",
        title=title,
        size=_size(sources, setting) if known else "",
        announcement=_("About %(name)s", name=title) if known else title,
        now=now,
        updated_at=sources.synced_at,
        updated=updated(sources.synced_at, setting),
        old=old(sources.synced_at, sources.fault, setting, ticket=False),
        note=_note(sources, setting, current=current, known=known is not None),
        alert=_alert(sources, policy, setting) if current else None,
        segments=tuple(_shares(sources.crowd, policy, setting)) if current else (),
        counted=_counted(sources.crowd, setting) if current else "",
        facts=tuple(_facts(sources, policy, setting))[:MOST_FACTS] if current else (),
        open=beside_no_ticket(sources.open, sources.group, setting) if known else (),
    )


def _name(known: Organization | None, setting: Setting) -> str:
    _ = setting.words.gettext
    if known is None:
        return _("Organization not known")
    return render.visible(known.name, 80) or _("Name not known")


def _size(sources: CompanySources, setting: Setting) -> str:
    words, crowd, tickets = setting.words, sources.crowd, sources.open_count
    people = words.ngettext("%(count)s customer", "%(count)s customers", crowd.customers)
    if not crowd.whole:
        most = render.number(crowd.customers, setting.locale)
        people = words.gettext("more than %(count)s customers", count=most)
    waiting = words.ngettext("%(count)s open ticket", "%(count)s open tickets", tickets)
    if tickets > MOST_TICKETS:
        most = render.number(MOST_TICKETS, setting.locale)
        waiting = words.gettext("more than %(count)s open tickets", count=most)
    return words.joined([people, waiting])


def _note(sources: CompanySources, setting: Setting, *, current: bool, known: bool) -> Notice | None:
    _ = setting.words.gettext
    if known and not current:
        return Notice(
            "", _("The policy has changed, and the segments of these customers are being worked out again.")
        )
    if known:
        return None
    gone = sources.organization is not None
    why = _(_DELETED if gone else _UNSEEN)
    at = None if gone else next_sync(sources.next_sync, setting)
    return Notice("", _("%(why)s The next sync is at %(time)s.", why=why, time=at) if at else why)


_DELETED = later("This organization was deleted at the help desk.")
_UNSEEN = later("We have never seen this organization.")


def _alert(sources: CompanySources, policy: Policy, setting: Setting) -> Notice | None:
    """A renewal that is near, and the next step of the most pressing ticket with its number."""
    decided = sources.pressing if sources.pressing and sources.pressing.policy == policy.version else None
    step = (
        f"#{decided.ticket_id}: {sentence(decided.next_step.value)}" if decided and decided.next_step else ""
    )
    near = renewal(((policy.traits[name], value) for name, value in _known(sources, policy)), setting)
    if near:
        return Notice(near, step)
    return Notice(setting.words.gettext("Next step."), step) if step else None


def _shares(crowd: Crowd, policy: Policy, setting: Setting) -> Iterator[Share]:
    """The best ranked segments that may be shown, with their members."""
    shown = [name for name in policy.segments if name in crowd.segments and name not in exposing(policy)]
    for name in sorted(shown, key=lambda one: policy.segments[one].rank)[:MOST_SEGMENTS]:
        segment = policy.segments[name]
        yield Share(segment.label, segment.look, render.number(crowd.segments[name], setting.locale))


def _counted(crowd: Crowd, setting: Setting) -> str:
    if crowd.whole and not crowd.waiting:
        return ""
    seen = render.number(crowd.customers - crowd.waiting, setting.locale)
    return setting.words.gettext("Counted among %(count)s of them.", count=seen)


def _facts(sources: CompanySources, policy: Policy, setting: Setting) -> Iterator[Fact]:
    for name, value in _known(sources, policy):
        fact = told_apart(policy, name, value, setting)
        if fact:
            yield Fact(*fact)


def _known(sources: CompanySources, policy: Policy) -> Iterator[tuple[str, Value]]:
    """What is known of the organization itself, in the policy's order, without what is protected."""
    for name, definition in compiled(policy).definitions.items():
        value = sources.traits.get(name)
        if definition.relation is ORGANIZATION and value is not None and name not in protected(policy):
            yield name, value
