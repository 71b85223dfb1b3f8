"""Stored records and a stored decision → what the agent is shown, state by state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from connectors.records import Ticket
from integration import render
from integration.sidebar.age import next_sync, old, updated
from integration.sidebar.alert import alert
from integration.sidebar.alone import alone
from integration.sidebar.channel import HOUSE_STYLE, NOT_YET, channel, decided_channel
from integration.sidebar.model import Fact, Notice, ReplyBy, Row, Setting, Sources, View, Writing
from integration.sidebar.others import open_tickets, solved_like
from integration.sidebar.portrait import portrait
from integration.sidebar.reasons import Reasons
from integration.sidebar.reply import reply_by
from integration.sidebar.writing import writing
from integration.words import SOURCE, Words, later, speaking
from policies.model import Look, Policy, Tone
from policies.treatment import Decision

_RESTING = {
    "solved": later("This ticket is solved and at rest. A follow-up gets its own advice."),
    "closed": later("This ticket is closed and at rest. A follow-up gets its own advice."),
}


def view(sources: Sources, policy: Policy, *, now: int, zone: str, locale: str | Words = SOURCE) -> View:
    """The whole sidebar of one ticket or customer. Pure: the same arguments give the same view.

    What another policy than this one decided is not shown: its reasons could not be told truly.
    """
    words = speaking(locale) if isinstance(locale, str) else locale
    setting = Setting(now, zone, words)
    reasons = reasons_of(sources, policy, setting)
    decision = alone(sources, policy, now) if sources.about == "customer" else decision_of(sources, policy)
    if at_rest(sources):
        return _resting(_ground(sources, reasons, setting), sources, policy, reasons, setting)
    if _is_no_customer(sources):
        return replace(_ground(sources, None, setting), note=Notice("", words.gettext(_gap(sources))))
    if reasons is None or decision is None:
        return _unknown(_ground(sources, None, setting), sources, policy, setting)
    return _advised(_ground(sources, reasons, setting), sources, reasons, decision, setting)


def reasons_of(sources: Sources, policy: Policy, setting: Setting) -> Reasons | None:
    """The proof of the customer's memberships; None where this policy did not make them."""
    if _gap(sources) or sources.standing is None or sources.assigned_by != policy.version:
        return None
    return Reasons.of(policy, sources.standing, sources.members or {}, setting)


def decision_of(sources: Sources, policy: Policy) -> Decision | None:
    """What is decided for the ticket; None where this policy did not decide it."""
    return sources.decision if sources.decision and sources.decision.policy == policy.version else None


def at_rest(sources: Sources) -> bool:
    """Whether the ticket is finished, so that no advice is needed."""
    ticket = sources.ticket
    return ticket is not None and not ticket.deleted and ticket.status in ("solved", "closed")


def _is_no_customer(sources: Sources) -> bool:
    """Whether a person is asked about who is known to be none: a colleague, say, on a page of their own."""
    return sources.about == "customer" and sources.customer is not None and sources.customer.deleted


def _gap(sources: Sources) -> str:
    """Why nobody can be named, as a sentence; empty when the customer is stored."""
    if sources.about == "ticket" and (missing := _ticket_gap(sources.ticket)):
        return missing
    if sources.customer is None:
        return later("We have never seen this customer.")
    if sources.customer.deleted:
        return later("This person is not a customer at the help desk, or no longer.")
    return ""


def _ticket_gap(ticket: Ticket | None) -> str:
    if ticket is None:
        return later("We have not read this ticket yet.")
    if ticket.deleted:
        return later("This ticket was deleted at the help desk.")
    return "" if ticket.customer_id else later("The help desk does not say who asked.")


def _ground(sources: Sources, reasons: Reasons | None, setting: Setting) -> View:
    """What every state shows: who it is, which segment, and how old the records are."""
    name, company = _person(sources, setting)
    title, look, sure = _segment(sources, reasons, setting)
    at = sources.synced_at
    return View(
        words=setting.words,
        state="unknown" if reasons is None else "ready",
        title=title,
        look=look,
        name=name,
        company=company,
        sure=sure,
        announcement=_announcement(name, title, sources, setting),
        now=setting.now,
        updated_at=at,
        updated=updated(at, setting),
        old=old(at, sources.fault, setting, ticket=sources.about == "ticket"),
        about=sources.about,
    )


def _announcement(name: str, title: str, sources: Sources, setting: Setting) -> str:
    _ = setting.words.gettext
    if name:
        return _("Advice for %(name)s: %(title)s", name=name, title=title)
    if sources.about == "customer":
        return _("Advice for this customer: %(title)s", title=title)
    return _("Advice for this ticket: %(title)s", title=title)


def _person(sources: Sources, setting: Setting) -> tuple[str, str]:
    if _gap(sources) or sources.customer is None:
        return "", ""
    company = sources.organization.name if sources.organization and not sources.organization.deleted else ""
    name = render.visible(sources.customer.name, 80) or setting.words.gettext("Name not known")
    return name, render.visible(company, 80)


def _segment(sources: Sources, reasons: Reasons | None, setting: Setting) -> tuple[str, Look, bool]:
    _ = setting.words.gettext
    if reasons is None and not _is_no_customer(sources):
        return _("No segment yet"), "question", True
    first = next(reasons.memberships(), None) if reasons else None
    if reasons is None or first is None:
        return _("No segment"), "plain", True
    name, segment = first
    return segment.label, segment.look, not reasons.members[name]


def _unknown(ground: View, sources: Sources, policy: Policy, setting: Setting) -> View:
    """House style, marked as such; no segment is made up."""
    live = None if sources.ticket is None or sources.ticket.deleted else sources.ticket
    _, tone = setting.words.gettext, policy.tones[policy.house.tone]
    is_old = ground.old is not None
    due = _reply_by(sources, None, policy, setting, old=is_old, claimant=lambda _: "") if live else None
    return replace(
        ground,
        note=_unknown_note(sources, policy, setting),
        tone=Row(tone.label, "speech", _("House style, not personal advice")),
        channel=channel(policy, policy.house.channel, _written_in(sources), _(HOUSE_STYLE), setting),
        reply_by=due,
        writing=_writing(sources, tone, due, setting),
    )


def _unknown_note(sources: Sources, policy: Policy, setting: Setting) -> Notice:
    _ = setting.words.gettext
    said = _(_why_unknown(sources, policy))
    at = next_sync(sources.next_sync, setting)
    if at is None:
        return Notice("", _("%(why)s Use the house style below.", why=said))
    line = _(
        "%(why)s The next sync is at %(time)s. Until then, use the house style below.", why=said, time=at
    )
    return Notice("", line)


def _why_unknown(sources: Sources, policy: Policy) -> str:
    """A sentence still to be said in the reader's language."""
    made_by = {sources.assigned_by, sources.decision.policy if sources.decision else None} - {None}
    if not _gap(sources) and made_by - {policy.version}:
        return later("The policy has changed, and this customer's segment is being worked out again.")
    return _gap(sources) or later("This customer's segment has not been worked out yet.")


def _resting(
    ground: View, sources: Sources, policy: Policy, reasons: Reasons | None, setting: Setting
) -> View:
    """Who it is and why, and one line in place of advice that nobody needs now."""
    _, status = setting.words.gettext, sources.ticket.status if sources.ticket else "closed"
    line = _(_RESTING[status])
    if reasons is None:
        line = _("%(why)s %(rest)s", why=_(_why_unknown(sources, policy)), rest=line)
        return replace(ground, state="rest", note=Notice("", line))
    facts = _portrait(sources, reasons, setting)
    return replace(ground, state="rest", why=reasons.why(), facts=facts, note=Notice("", line))


def _portrait(sources: Sources, reasons: Reasons, setting: Setting) -> tuple[Fact, ...]:
    return portrait(sources.customer, sources.ratings, reasons, setting) if sources.customer else ()


def _advised(ground: View, sources: Sources, reasons: Reasons, decision: Decision, setting: Setting) -> View:
    policy, is_old = reasons.policy, ground.old is not None
    tone = policy.tones[decision.tone.value if decision.tone else policy.house.tone]

    def others(claimant: str) -> str:
        """Who else than the segment on top, which is not named twice."""
        label = reasons.label(claimant)
        return "" if label == ground.title else label

    due = _reply_by(sources, decision, policy, setting, old=is_old, claimant=others)
    why, _ = reasons.why(), setting.words.gettext
    none = _("None of the policy's segments fits today. House style applies.")
    return replace(
        ground,
        why=why,
        note=None if why else Notice("", none),
        tone=Row(tone.label, "speech", _tone_reason(decision, others, setting)),
        channel=decided_channel(decision, reasons, _written_in(sources), setting),
        reply_by=due,
        alert=alert(decision, reasons, setting),
        writing=_writing(sources, tone, due, setting),
        facts=_portrait(sources, reasons, setting),
        open=open_tickets(sources, setting),
        solved=solved_like(sources, setting),
    )


def _reply_by(
    sources: Sources,
    decision: Decision | None,
    policy: Policy,
    setting: Setting,
    *,
    old: bool,
    claimant: Callable[[str], str],
) -> ReplyBy | None:
    if sources.ticket is None:
        return None
    return reply_by(
        sources.ticket, decision, policy, setting, old=old, claimant=claimant, steps=sources.steps
    )


def _written_in(sources: Sources) -> str | None:
    if sources.about == "customer":
        return NOT_YET
    return None if sources.ticket is None or sources.ticket.deleted else sources.ticket.channel


def _writing(sources: Sources, tone: Tone, due: ReplyBy | None, setting: Setting) -> Writing:
    """How to put it; an opening line answers a ticket, and where there is none it would be made up."""
    gap, ticket = _gap(sources), sources.ticket
    customer = None if gap else sources.customer
    live = None if ticket is None or ticket.deleted else ticket
    how = writing(tone, customer, live, due, setting)
    return replace(how, sample=None) if sources.about == "customer" else how


def _tone_reason(decision: Decision, label: Callable[[str], str], setting: Setting) -> str:
    """Said only where it is not the segment on top that asks for the tone."""
    if decision.tone is None or decision.tone.won.by == "house":
        return setting.words.gettext(HOUSE_STYLE)
    return label(decision.tone.won.by)
