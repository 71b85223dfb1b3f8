"""Where to answer: the channel that was decided, or the one the customer wrote in."""

from __future__ import annotations

from integration.sidebar.model import Row, Setting
from integration.sidebar.reasons import Reasons
from integration.sidebar.writing import sentence
from integration.words import later
from policies.model import AS_ASKED, Policy
from policies.treatment import Decision

HOUSE_STYLE = later("House style")
_COSTS_LESS = later("Costs less to serve; whoever calls or writes elsewhere is answered there")

NOT_YET = "not yet"
"""In place of the channel they wrote in, where there is no ticket."""

_WRITTEN_IN = {
    "email": (later("Reply by email"), "mail", later("The channel they wrote in")),
    "web": (later("Reply by email"), "mail", later("They wrote through the web form")),
    "voice": (later("Call them back"), "phone", later("The channel they came by")),
    "chat": (later("Reply in chat"), "speech", later("The channel they wrote in")),
    NOT_YET: (later("The channel they write in"), "speech", HOUSE_STYLE),
}
"""How to answer where they wrote; other channels are answered in the policy's own words."""


def decided_channel(decision: Decision, reasons: Reasons, written_in: str | None, setting: Setting) -> Row:
    """The channel that a segment, a situation or the house asks for, with one reason."""
    part, _ = decision.channel, setting.words.gettext
    if part is None or part.won.by == "house":
        name = part.value if part else reasons.policy.house.channel
        return channel(reasons.policy, name, written_in, _(HOUSE_STYLE), setting)
    reason = _(_COSTS_LESS) if part.won.by == "advice" else reasons.fact(part.won.by)
    return channel(reasons.policy, part.value, written_in, reason, setting)


def channel(policy: Policy, name: str, written_in: str | None, reason: str, setting: Setting) -> Row:
    """A channel of the policy by its name; where it is "as asked", the one the customer wrote in."""
    _ = setting.words.gettext
    if name == AS_ASKED and written_in in _WRITTEN_IN:
        value, icon, because = _WRITTEN_IN[written_in]
        return Row(_(value), icon, _(because))
    asked = policy.channels[name]
    avoid = asked.avoid and _("Avoid %(what)s", what=sentence(setting.words.inside(asked.avoid)))
    # The channel that every policy has is named by us, all others by the policy.
    return Row(_(asked.label) if name == AS_ASKED else asked.label, _icon(name), reason, avoid or "")


def _icon(channel: str) -> str:
    """By the words people name channels with; a speech bubble fits all others."""
    if any(word in channel for word in ("phone", "call", "voice")):
        return "phone"
    return "mail" if "mail" in channel else "speech"
