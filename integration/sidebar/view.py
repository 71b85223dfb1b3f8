"""Stored records and a stored decision → what the agent is shown, state by state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from integration import render
from integration.sidebar.alert import alert
from integration.sidebar.channel import HOUSE_STYLE, channel, decided_channel
from integration.sidebar.model import Fact, Notice, ReplyBy, Row, Setting, Sources, View
from integration.sidebar.others import open_tickets, solved_like
from integration.sidebar.portrait import portrait
from integration.sidebar.reasons import Reasons
from integration.sidebar.reply import reply_by
from integration.sidebar.writing import sentence, writing
from integration.words import SOURCE, Words, later, speaking
from policies.model import Look, Policy
from policies.treatment import Decision

OLD = 24 * 3600
"""Seconds after which stored records are no longer good enough for a deadline."""

_RESTING = {
    "solved": later("This ticket is solved and at rest. A follow-up gets its own advice."),
    "closed": later("This ticket is closed and at rest. A follow-up gets its own advice."),
}


def view(sources: Sources, policy: Policy, *, now: int, zone: str, locale: str | Words = SOURCE) -> View:
    """The whole sidebar of one ticket. Pure: the same arguments give the same view.

    What another policy than this one decided is not shown: its reasons could not be told truly.
    """
    words = speaking(locale) if isinstance(locale, str) else locale
    setting = Setting(now, zone, words)
    reasons, decision = reasons_of(sources, policy, setting), decision_of(sources, policy)
    if at_rest(sources):
        return _resting(_ground(sources, reasons, setting), sources, policy, reasons, setting)
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


def _gap(sources: Sources) -> str:
    """Why nobody can be named, as a sentence; empty when the customer is stored."""
    if sources.ticket is None:
        return later("We have not read this ticket yet.")
    if sources.ticket.deleted:
        return later("This ticket was deleted at the help desk.")
    if sources.ticket.customer_id is None:
        return later("The help desk does not say who asked.")
    if sources.customer is None:
        return later("We have never seen this customer.")
    if sources.customer.deleted:
        return later("This person is not a customer at the help desk, or no longer.")
    return ""


def _ground(sources: Sources, reasons: Reasons | None, setting: Setting) -> View:
    """What every state shows: who it is, which segment, and how old the records are."""
    _ = setting.words.gettext
    name, company = _person(sources, setting)
    title, look, sure = _segment(reasons, setting)
    at = sources.synced_at
    return View(
        words=setting.words,
        state="unknown" if reasons is None else "ready",
        title=title,
        look=look,
        name=name,
        company=company,
        sure=sure,
        announcement=_("Advice for %(name)s: %(title)s", name=name, title=title)
        if name
        else _("Advice for this ticket: %(title)s", title=title),
        now=setting.now,
        updated_at=at,
        updated="" if at is None else render.relative(min(at - setting.now, -1), setting.locale),
        old=_old(sources, setting),
    )


def _person(sources: Sources, setting: Setting) -> tuple[str, str]:
    if _gap(sources) or sources.customer is None:
        return "", ""
    company = sources.organization.name if sources.organization and not sources.organization.deleted else ""
    name = render.visible(sources.customer.name, 80) or setting.words.gettext("Name not known")
    return name, render.visible(company, 80)


def _segment(reasons: Reasons | None, setting: Setting) -> tuple[str, Look, bool]:
    _ = setting.words.gettext
    if reasons is None:
        return _("No segment yet"), "question", True
    first = next(reasons.memberships(), None)
    if first is None:
        return _("No segment"), "plain", True
    name, segment = first
    return segment.label, segment.look, not reasons.members[name]


def _old(sources: Sources, setting: Setting) -> Notice | None:
    """The amber line: how old the records are and what kept them so."""
    age = None if sources.synced_at is None else setting.now - sources.synced_at
    if age is not None and age <= OLD and sources.fault is None:
        return None
    _ = setting.words.gettext
    lead = (
        _("Not everything has been read yet.")
        if age is None
        else _("Last updated %(ago)s.", ago=_ago(age, setting))
    )
    return Notice(
        lead, _("%(cause)s Check the ticket before you rely on this.", cause=_cause(sources, setting))
    )


def _cause(sources: Sources, setting: Setting) -> str:
    """What keeps the records old. A desk's fault is told in full where its sentence can be read."""
    _ = setting.words.gettext
    if sources.fault and setting.words.language == SOURCE:
        return sentence(render.visible(sources.fault))
    if sources.fault:
        return _("The last sync failed.")
    return (
        _("The first sync has not finished.")
        if sources.synced_at is None
        else _("No sync has finished since.")
    )


def _ago(age: int, setting: Setting) -> str:
    return render.relative(-max(age, 1), setting.locale)


def _unknown(ground: View, sources: Sources, policy: Policy, setting: Setting) -> View:
    """House style, marked as such; no segment is made up."""
    live = None if sources.ticket is None or sources.ticket.deleted else sources.ticket
    customer = None if _gap(sources) else sources.customer
    _, tone = setting.words.gettext, policy.tones[policy.house.tone]
    old = ground.old is not None
    due = _reply_by(sources, None, policy, setting, old=old, claimant=lambda _: "") if live else None
    return replace(
        ground,
        note=_unknown_note(sources, policy, setting),
        tone=Row(tone.label, "speech", _("House style, not personal advice")),
        channel=channel(
            policy, policy.house.channel, live.channel if live else None, _(HOUSE_STYLE), setting
        ),
        reply_by=due,
        writing=writing(tone, customer, live, due, setting),
    )


def _unknown_note(sources: Sources, policy: Policy, setting: Setting) -> Notice:
    _ = setting.words.gettext
    said = _(_why_unknown(sources, policy))
    if not sources.next_sync or sources.next_sync < setting.now:
        return Notice("", _("%(why)s Use the house style below.", why=said))
    at = render.moment(sources.next_sync, now=setting.now, zone=setting.zone, locale=setting.locale)
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
    policy, ticket, old = reasons.policy, sources.ticket, ground.old is not None
    tone = policy.tones[decision.tone.value if decision.tone else policy.house.tone]

    def others(claimant: str) -> str:
        """Who else than the segment on top, which is not named twice."""
        label = reasons.label(claimant)
        return "" if label == ground.title else label

    due = _reply_by(sources, decision, policy, setting, old=old, claimant=others)
    why, _ = reasons.why(), setting.words.gettext
    none = _("None of the policy's segments fits today. House style applies.")
    return replace(
        ground,
        why=why,
        note=None if why else Notice("", none),
        tone=Row(tone.label, "speech", _tone_reason(decision, others, setting)),
        channel=decided_channel(decision, reasons, ticket.channel if ticket else None, setting),
        reply_by=due,
        alert=alert(decision, reasons, setting),
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


def _tone_reason(decision: Decision, label: Callable[[str], str], setting: Setting) -> str:
    """Said only where it is not the segment on top that asks for the tone."""
    if decision.tone is None or decision.tone.won.by == "house":
        return setting.words.gettext(HOUSE_STYLE)
    return label(decision.tone.won.by)
