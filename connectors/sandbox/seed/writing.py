"""Sentences put together: what a customer and an agent write in one ticket, in its language."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

from connectors.sandbox.seed.customers import Persona
from connectors.sandbox.seed.texts import Case, Language, texts

MONEY = {"en-US": "${:,.2f}", "en-GB": "£{:,.2f}", "en-AU": "A${:,.2f}", "ja": "{:,.0f}円"}
YEN = 160
SPOKEN_DEVICES = {"Windows till": "PC", "Older Windows till": "PC"}


class Writer:
    """Writes one ticket: every slot keeps its value from the first message to the last."""

    def __init__(self, chance: Random, persona: Persona, at: int) -> None:
        self._chance = chance
        self._language: Language = texts(persona.language)
        self._gap = "" if persona.language == "ja" else " "
        self._answered = False
        self._own_shop = persona.user.organization_id is not None
        self.case: Case = self._case(persona)
        self._thread = chance.randrange(len(self.case.what))
        day = datetime.fromtimestamp(at - 86_400, UTC).weekday() % len(self._language.days)
        self._slots = {
            "first": persona.first,
            "shop": persona.shop,
            "device": SPOKEN_DEVICES.get(persona.device, persona.device),
            "agent": "",
            "day": self._language.days[day],
            "order": f"LB-{chance.randint(21_000, 98_999)}",
            "amount": _money(persona.user.locale, chance.randint(9, 640) + chance.choice((0.0, 0.5, 0.9))),
            "count": str(chance.randint(3, 14)),
        }

    def _case(self, persona: Persona) -> Case:
        """Mostly about the product somebody uses."""
        cases = self._language.case
        product = persona.user.user_fields.get("product")
        return self._chance.choices(cases, [3 if case.product == product else 1 for case in cases])[0]

    def sign(self, agent: str) -> None:
        """From here on replies end with this agent's first name."""
        self._slots["agent"] = agent.split(maxsplit=1)[0]

    def subject(self) -> str:
        return self._pick(tuple(self.case.subjects[self._thread].split(" | ")))

    def opening(self, mood: str, channel: str) -> str:
        """The first message. What was said on the phone has no greeting and no signature."""
        tone = self._language.mood[mood]
        what = self._fill(self.case.what[self._thread])
        impact, ask = self._pick(tone.impact), self._pick(tone.ask)
        order = (impact, ask, what) if mood == "grateful" else (what, impact, ask)
        spoken = _joined(self._gap, *order)
        if channel == "voice":
            return spoken
        if channel == "chat":
            return _joined(self._gap, self._pick(tone.hello), spoken)
        written = spoken if mood == "grateful" else _joined("\n\n", _joined(self._gap, what, impact), ask)
        return _joined("\n\n", self._pick(tone.hello), written, self._pick(tone.bye))

    @property
    def asks(self) -> bool:
        """Whether the agent has a question about this."""
        return self._thread < len(self.case.ask)

    def question(self) -> str:
        """The agent's question, or a promise to find out where there is nothing to ask."""
        if not self.asks:
            return self.promise()
        return self._reply(self._fill(self.case.ask[self._thread]))

    def promise(self) -> str:
        return self._reply(self._pick(self._language.agent.soon))

    def solution(self) -> str:
        fix = self.case.fix[min(self._thread, len(self.case.fix) - 1)]
        return self._reply(self._fill(fix))

    def second_solution(self) -> str:
        return self._reply(self._pick(self._language.agent.again))

    def facts(self) -> str:
        """The customer's answer to the question, or a reminder where there was none."""
        return self._fill(self.case.facts[self._thread]) if self.asks else self.chase()

    def chase(self) -> str:
        return self._pick(self._language.customer.chase)

    def reopening(self) -> str:
        return self._pick(self._language.customer.reopen)

    def thanks(self) -> str:
        return self._pick(self._language.customer.thanks)

    def note(self, *, hold: bool = False) -> str:
        notes = texts("en").notes
        return self._pick(notes.hold if hold else notes.general)

    def verdict(self, score: str) -> str | None:
        """The comment beside a rating; None when there was none."""
        rating = self._language.rating
        return self._pick(rating.good if score == "good" else rating.bad) or None

    def _reply(self, text: str) -> str:
        """An agent's letter; only the first one thanks for the message."""
        agent = self._language.agent
        if not self._answered:
            text = _joined(self._gap, self._pick(agent.ack), text)
        self._answered = True
        return _joined("\n\n", self._pick(agent.hello), text, self._pick(agent.bye))

    def _pick(self, lines: tuple[str, ...]) -> str:
        """One of the lines; who sells alone does not sign with a shop's name."""
        signed = (
            () if self._own_shop else tuple(line for line in lines if "{first}" in line and "{shop}" in line)
        )
        return self._fill(self._chance.choice([line for line in lines if line not in signed]))

    def _fill(self, line: str) -> str:
        return line.format_map(self._slots)


def _joined(gap: str, *parts: str) -> str:
    return gap.join(part for part in parts if part)


def _money(locale: str | None, amount: float) -> str:
    if locale == "ja":
        return MONEY[locale].format(amount * YEN)
    if locale is not None and locale in MONEY:
        return MONEY[locale].format(amount)
    text = f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
    return f"R$ {text}" if locale == "pt-BR" else f"{text} €"
