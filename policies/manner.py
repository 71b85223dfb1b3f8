"""Whether the words of a policy speak well of people: nothing that demeans, no promises for others."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

from policies.faults import Finding, Path
from policies.model import Asking, Policy

_DEMEANING = """
low value|worthless|waste of time|time waster|stupid|idiot|dumb|lazy|annoying|nuisance|whiner|complainer
|troublemaker|problem customer|bad customer|difficult customer|second class|second rate
|inferior|unprofitable
|not worth|freeloader|cheapskate|loser|ignorant|crazy|hysterical|junk customer
|bottom feeder|dead weight|penny pincher
|geringwertig|wertlos|zeitverschwendung|dumm|faul|nervig|norgler|querulant|zweiter klasse|unrentabel
|geizkragen
|sans valeur|peu rentable|perte de temps|stupide|penible|raleur|de seconde zone|faible valeur
|sin valor|poco valor|bajo valor|perdida de tiempo|estupido|tonto|quejica|de segunda
|sem valor|baixo valor|perda de tempo|burro|chato|de segunda classe
|scarso valore|senza valore|perdita di tempo|stupido|seccatore|di serie b
|waardeloos|tijdverspilling|zeurpiet|bezwartosciowy|strata czasu|vardelos|tidsslosa
|価値の低い|迷惑客|面倒な客
"""

_PROMISES = """
guarantee\\w*|promise\\w*|refund\\w*|money back|free of charge|for free|compensat\\w*|never again|without fail
|garantier\\w*|versprech\\w*|kostenlos\\w*|erstatt\\w*|entschadig\\w*|garanti\\w*
|promett\\w*|rembours\\w*|gratuit\\w*
|indemnis\\w*|garantiz\\w*|prometemos|prometo|reembols\\w*|gratis|indeniz\\w*|rimbors\\w*
|garandeer\\w*|beloof\\w*
|terugbetal\\w*|gwarant\\w*|obiecuj\\w*|bezplatn\\w*|lovar|ersatt\\w*|保証|返金|無料|お約束
"""


def _pattern(words: str) -> re.Pattern[str]:
    """Whole words, or Japanese ones anywhere; blanks stand for blanks, hyphens and underscores."""
    latin: list[str] = []
    others: list[str] = []
    for word in words.replace("\n", "").split("|"):
        (latin if word.isascii() else others).append(re.sub(" ", "[ _-]+", word))
    return re.compile(rf"(?<!\w)(?:{'|'.join(filter(None, latin))})(?!\w)|{'|'.join(others)}")


_SLIGHT, _VOW = _pattern(_DEMEANING), _pattern(_PROMISES)


def check(policy: Policy) -> list[Finding]:
    """Every text that says something of people which should not be said, or promises on somebody's behalf."""
    found = [_slight(path, text) for path, text in _texts(policy)]
    for name, tone in policy.tones.items():
        found += [_vow(("tones", name, "opening", spoken), line) for spoken, line in tone.opening.items()]
    return [finding for finding in found if finding]


def _slight(path: Path, text: str) -> Finding | None:
    hit = _SLIGHT.search(_folded(text))
    if hit is None:
        return None
    remedy = "Say what is done for these people, not what they are worth."
    return Finding(path, f"speaks ill of people: {hit[0].replace('_', ' ')}", remedy, code="MANNER")


def _vow(path: Path, text: str) -> Finding | None:
    hit = _VOW.search(_folded(text))
    if hit is None:
        return None
    remedy = "Say what happens next; leave promises to the person who can keep them."
    return Finding(path, f"an opening line that promises: {hit[0]}", remedy, "warning", "PROMISE")


def _folded(text: str) -> str:
    parts = unicodedata.normalize("NFD", text.lower())
    return unicodedata.normalize("NFC", "".join(one for one in parts if not "\u0300" <= one <= "\u036f"))


def _texts(policy: Policy) -> Iterator[tuple[Path, str]]:
    """Every word that agents, customers or the desk may read; what a tone says to avoid is no use of it."""
    yield from _of_rules("segments", policy.segments)
    yield from _of_rules("situations", policy.situations)
    yield from _of_rules("stages", policy.stages)
    for name, tone in policy.tones.items():
        yield ("tones", name, "label"), tone.label
        yield from ((("tones", name, "do", at), line) for at, line in enumerate(tone.do))
        yield from ((("tones", name, "opening", spoken), line) for spoken, line in tone.opening.items())
    for name, channel in policy.channels.items():
        yield ("channels", name, "label"), channel.label
    for name, step in policy.next_steps.items():
        yield ("next_steps", name, "text"), step.text
    for name, level in policy.service_levels.items():
        yield ("service_levels", name, "label"), level.label


def _of_rules(section: str, rules: Mapping[str, Asking]) -> Iterator[tuple[Path, str]]:
    for name, rule in rules.items():
        if "-" in name:  # made of a next step or of waiting, whose words are looked at where they are written
            continue
        yield (section, name), name
        yield (section, name, "label"), rule.label
        for at, tag in enumerate(rule.treatment.tags):
            yield (section, name, "treatment", "tags", at), tag
        for field in ("next_step", "note"):
            yield (section, name, "treatment", field), getattr(rule.treatment, field) or ""
