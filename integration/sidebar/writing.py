"""How to put the answer: the tone's advice, and an opening line in the customer's own language."""

from __future__ import annotations

import re
from collections.abc import Mapping

from connectors.records import Customer, Ticket
from integration import render
from integration.sidebar.model import ReplyBy, Sample, Setting, Writing
from policies.model import Tone

_SPOKEN_NAME = re.compile("[^\\W\\d_][^\\d@_<>…\N{REPLACEMENT CHARACTER}]{0,29}")
"""What can follow a greeting: letters first, and nothing that belongs to an address or a number."""

_ENDS = (
    *".!?…。؟",
    "\N{FULLWIDTH EXCLAMATION MARK}",
    "\N{FULLWIDTH QUESTION MARK}",
)


def writing(
    tone: Tone, customer: Customer | None, ticket: Ticket | None, due: ReplyBy | None, setting: Setting
) -> Writing:
    """The advice of a tone; without an opening line where a word it needs is not known."""
    avoid = tuple(setting.words.inside(line) for line in tone.avoid)
    return Writing(do=tone.do, avoid=avoid, sample=_sample(tone, customer, ticket, due, setting))


def _sample(
    tone: Tone, customer: Customer | None, ticket: Ticket | None, due: ReplyBy | None, setting: Setting
) -> Sample | None:
    chosen = opening(tone.opening, speaks(customer, ticket))
    if chosen is None:
        return None
    spoken, template = chosen
    text = render.sample(template, _words(customer, ticket, due, spoken, setting))
    return Sample(text, spoken, render.language(spoken).text_direction) if text else None


def speaks(customer: Customer | None, ticket: Ticket | None) -> str | None:
    """The locale to answer in: what the ticket is written in, else what the customer's profile says.

    Of one language the profile says more: whose Portuguese it is.
    """
    profile = customer.locale if customer else None
    written = ticket.message_language if ticket else None
    return written if written and base(profile or "") != written else profile


def base(locale: str) -> str:
    """The language of a locale alone: pt of pt-BR."""
    return locale.replace("_", "-").partition("-")[0].lower()


def opening(openings: Mapping[str, str], locale: str | None) -> tuple[str, str] | None:
    """The language and template for a customer: their locale, its base language, English at last."""
    by_tag = {tag.lower(): (tag, template) for tag, template in openings.items()}
    wanted = (locale or "en").replace("_", "-").lower()
    tries = (wanted, base(wanted), "en")
    return next((by_tag[tag] for tag in tries if tag in by_tag), None)


def first_name(name: str) -> str | None:
    """What to call somebody in a greeting, or None where the name does not tell."""
    family, comma, given = render.visible(name, 80).partition(",")
    word = (given if comma else family).split()
    return word[0] if word and _SPOKEN_NAME.fullmatch(word[0]) else None


def _words(
    customer: Customer | None, ticket: Ticket | None, due: ReplyBy | None, spoken: str, setting: Setting
) -> dict[str, str]:
    """The words a template may use, of those that are known; the deadline on the customer's own clock."""
    found: dict[str, str] = {}
    if customer and (name := first_name(customer.name)):
        found["first_name"] = name
    if ticket and ticket.subject and (subject := render.visible(ticket.subject, 80)):
        found["subject"] = subject
    if due and due.at and due.at > setting.now:
        there = customer.time_zone if customer else None
        zone = there if there and render.place(there) else setting.zone
        found["reply_by"] = render.moment(due.at, now=setting.now, zone=zone, locale=spoken)
    return found


def sentence(text: str) -> str:
    """A policy's words with a full stop, where they end without any."""
    return text if text.endswith(_ENDS) else f"{text}."
