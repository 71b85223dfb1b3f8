"""Stored records and a stored decision → what the agent is shown, state by state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from integration import render
from integration.sidebar.model import Fact, Notice, ReplyBy, Row, Setting, Sources, View
from integration.sidebar.others import open_tickets, solved_like
from integration.sidebar.portrait import portrait
from integration.sidebar.reasons import Reasons
from integration.sidebar.reply import reply_by
from integration.sidebar.writing import writing
from policies.model import AS_ASKED, Look, Policy
from policies.treatment import Decision

OLD = 24 * 3600
"""Seconds after which stored records are no longer good enough for a deadline."""
RENEWAL_NEAR = 30
"""Days before a renewal in which it is worth an alert of its own."""

_HOUSE_STYLE = "House style"
_COSTS_LESS = "Costs less to serve; whoever calls or writes elsewhere is answered there"

_WRITTEN_IN = {
    "email": Row("Reply by email", "mail", "The channel they wrote in"),
    "web": Row("Reply by email", "mail", "They wrote through the web form"),
    "voice": Row("Call them back", "phone", "The channel they came by"),
    "chat": Row("Reply in chat", "speech", "The channel they wrote in"),
}
"""How to answer where they wrote; other channels are answered in the policy's own words."""


def view(sources: Sources, policy: Policy, *, now: int, zone: str, locale: str = "en") -> View:
    """The whole sidebar of one ticket. Pure: the same arguments give the same view.

    What another policy than this one decided is not shown: its reasons could not be told truly.
    """
    setting = Setting(now, zone, locale)
    reasons, decision = reasons_of(sources, policy, now), decision_of(sources, policy)
    if at_rest(sources):
        return _resting(_ground(sources, reasons, setting), sources, policy, reasons, setting)
    if reasons is None or decision is None:
        return _unknown(_ground(sources, None, setting), sources, policy, setting)
    return _advised(_ground(sources, reasons, setting), sources, reasons, decision, setting)


def reasons_of(sources: Sources, policy: Policy, now: int) -> Reasons | None:
    """The proof of the customer's memberships; None where this policy did not make them."""
    if _gap(sources) or sources.standing is None or sources.assigned_by != policy.version:
        return None
    return Reasons.of(policy, sources.standing, sources.members or {}, now)


def decision_of(sources: Sources, policy: Policy) -> Decision | None:
    """What is decided for the ticket; None where this policy did not decide it."""
    return sources.decision if sources.decision and sources.decision.policy == policy.version else None


def at_rest(sources: Sources) -> bool:
    """Whether the ticket is finished, so that no advice is needed."""
    ticket = sources.ticket
    return ticket is not None and not ticket.deleted and ticket.status in ("solved", "closed")


def _gap(sources: Sources) -> str:
    """Why nobody can be named, as a sentence; empty when the customer is stored."""
    if sources.ticket is None:
        return "We have not read this ticket yet."
    if sources.ticket.deleted:
        return "This ticket was deleted at the help desk."
    if sources.ticket.customer_id is None:
        return "The help desk does not say who asked."
    if sources.customer is None:
        return "We have never seen this customer."
    if sources.customer.deleted:
        return "This person is not a customer at the help desk, or no longer."
    return ""


def _ground(sources: Sources, reasons: Reasons | None, setting: Setting) -> View:
    """What every state shows: who it is, which segment, and how old the records are."""
    name, company = _person(sources)
    title, look, sure = _segment(reasons)
    at = sources.synced_at
    return View(
        state="unknown" if reasons is None else "ready",
        title=title,
        look=look,
        name=name,
        company=company,
        sure=sure,
        announcement=f"Advice for {name or 'this ticket'}: {title}",
        now=setting.now,
        updated_at=at,
        updated="" if at is None else render.relative(min(at - setting.now, -1), setting.locale),
        old=_old(sources, setting),
    )


def _person(sources: Sources) -> tuple[str, str]:
    if _gap(sources) or sources.customer is None:
        return "", ""
    company = sources.organization.name if sources.organization and not sources.organization.deleted else ""
    return render.visible(sources.customer.name, 80) or "Name not known", render.visible(company, 80)


def _segment(reasons: Reasons | None) -> tuple[str, Look, bool]:
    if reasons is None:
        return "No segment yet", "question", True
    first = next(reasons.memberships(), None)
    if first is None:
        return "No segment", "plain", True
    name, segment = first
    return segment.label, segment.look, not reasons.members[name]


def _old(sources: Sources, setting: Setting) -> Notice | None:
    """The amber line: how old the records are and what kept them so."""
    age = None if sources.synced_at is None else setting.now - sources.synced_at
    if age is not None and age <= OLD and sources.fault is None:
        return None
    lead = "Not everything has been read yet." if age is None else f"Last updated {_ago(age, setting)}."
    cause = render.visible(sources.fault) if sources.fault else "The first sync has not finished"
    if age is not None and not sources.fault:
        cause = "No sync has finished since"
    return Notice(lead, f"{_sentence(cause)} Check the ticket before you rely on this.")


def _ago(age: int, setting: Setting) -> str:
    return render.relative(-max(age, 1), setting.locale)


def _unknown(ground: View, sources: Sources, policy: Policy, setting: Setting) -> View:
    """House style, marked as such; no segment is made up."""
    live = None if sources.ticket is None or sources.ticket.deleted else sources.ticket
    customer = None if _gap(sources) else sources.customer
    tone = policy.tones[policy.house.tone]
    old = ground.old is not None
    due = _reply_by(sources, None, policy, setting, old=old, claimant=lambda _: "") if live else None
    return replace(
        ground,
        note=_unknown_note(sources, policy, setting),
        tone=Row(tone.label, "speech", "House style, not personal advice"),
        channel=_channel(policy, policy.house.channel, live.channel if live else None, _HOUSE_STYLE),
        reply_by=due,
        writing=writing(tone, customer, live, due, setting),
    )


def _unknown_note(sources: Sources, policy: Policy, setting: Setting) -> Notice:
    said = _why_unknown(sources, policy)
    if not sources.next_sync or sources.next_sync < setting.now:
        return Notice("", f"{said} Use the house style below.")
    at = render.moment(sources.next_sync, now=setting.now, zone=setting.zone, locale=setting.locale)
    return Notice("", f"{said} The next sync is at {at}. Until then, use the house style below.")


def _why_unknown(sources: Sources, policy: Policy) -> str:
    made_by = {sources.assigned_by, sources.decision.policy if sources.decision else None} - {None}
    if not _gap(sources) and made_by - {policy.version}:
        return "The policy has changed, and this customer's segment is being worked out again."
    return _gap(sources) or "This customer's segment has not been worked out yet."


def _resting(
    ground: View, sources: Sources, policy: Policy, reasons: Reasons | None, setting: Setting
) -> View:
    """Who it is and why, and one line in place of advice that nobody needs now."""
    status = sources.ticket.status if sources.ticket else "closed"
    line = f"This ticket is {status} and at rest. A follow-up gets its own advice."
    if reasons is None:
        return replace(ground, state="rest", note=Notice("", f"{_why_unknown(sources, policy)} {line}"))
    facts = _portrait(sources, reasons, setting)
    return replace(ground, state="rest", why=reasons.why(), facts=facts, note=Notice("", line))


def _portrait(sources: Sources, reasons: Reasons, setting: Setting) -> tuple[Fact, ...]:
    return portrait(sources.customer, sources.ratings, reasons, setting) if sources.customer else ()


def _advised(ground: View, sources: Sources, reasons: Reasons, decision: Decision, setting: Setting) -> View:
    policy, ticket, old = reasons.policy, sources.ticket, ground.old is not None
    tone = policy.tones[decision.tone.value if decision.tone else policy.house.tone]
    due = _reply_by(sources, decision, policy, setting, old=old, claimant=reasons.label)
    why = reasons.why()
    return replace(
        ground,
        why=why,
        note=None if why else Notice("", "None of the policy's segments fits today. House style applies."),
        tone=Row(tone.label, "speech", _tone_reason(decision, reasons, ground.title)),
        channel=_decided_channel(decision, reasons, ticket.channel if ticket else None),
        reply_by=due,
        alert=_alert(decision, reasons, setting),
        writing=writing(tone, sources.customer, ticket, due, setting),
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


def _tone_reason(decision: Decision, reasons: Reasons, title: str) -> str:
    """Said only where it is not the segment on top that asks for the tone."""
    if decision.tone is None or decision.tone.won.by == "house":
        return _HOUSE_STYLE
    label = reasons.label(decision.tone.won.by)
    return "" if label == title else label


def _decided_channel(decision: Decision, reasons: Reasons, written_in: str | None) -> Row:
    part = decision.channel
    if part is None or part.won.by == "house":
        name = part.value if part else reasons.policy.house.channel
        return _channel(reasons.policy, name, written_in, _HOUSE_STYLE)
    reason = _COSTS_LESS if part.won.by == "advice" else reasons.fact(part.won.by)
    return _channel(reasons.policy, part.value, written_in, reason)


def _channel(policy: Policy, name: str, written_in: str | None, reason: str) -> Row:
    if name == AS_ASKED and written_in in _WRITTEN_IN:
        return _WRITTEN_IN[written_in]
    channel = policy.channels[name]
    avoid = f"Avoid {_sentence(render.inside(channel.avoid))}" if channel.avoid else ""
    return Row(channel.label, _icon(name), reason, avoid)


def _icon(channel: str) -> str:
    """By the words people name channels with; a speech bubble fits all others."""
    if any(word in channel for word in ("phone", "call", "voice")):
        return "phone"
    return "mail" if "mail" in channel else "speech"


def _alert(decision: Decision, reasons: Reasons, setting: Setting) -> Notice | None:
    """The next step and a renewal that is near, in one; None when there is neither."""
    step = _sentence(decision.next_step.value) if decision.next_step else ""
    renewal = _renewal(reasons, setting)
    if renewal:
        return Notice(renewal, step)
    return Notice("Next step.", step) if step else None


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…", "。")) else f"{text}."


def _renewal(reasons: Reasons, setting: Setting) -> str:
    """How near the renewal is, read from a date whose label speaks of one."""
    for trait, value in reasons.open_values():
        if "renewal" in trait.label.lower() and trait.type == "date" and isinstance(value, int | float):
            days = render.days_until(int(value), now=setting.now, zone=setting.zone)
            if 0 <= days <= RENEWAL_NEAR:
                return {0: "Renewal today.", 1: "Renewal tomorrow."}.get(days, f"Renewal in {days} days.")
    return ""
