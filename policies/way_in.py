"""The fewest changes of a customer's traits that would bring them into a segment, in words.

Found by taking the conditions apart; whether a way truly leads in is for the engine to say, by trying it.
A protected trait is never offered as what should change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from policies.atoms import Way, domains, nature, ways
from policies.catalogue import Definition
from policies.domain import Domain, Span
from policies.guard import protected
from policies.model import Policy
from policies.rules import Rule, compiled
from policies.standing import Standing, Truth, Value
from policies.wording import shown


@dataclass(frozen=True, slots=True)
class TraitChange:
    """One trait that would have to be otherwise."""

    trait: str
    before: Value
    after: Value
    """A value that would do, the nearest there is."""
    words: str
    """``Tickets in 30 days: from 3 to at least 5``."""


@dataclass(frozen=True, slots=True)
class WayIn:
    """Changes that together would bring the customer in."""

    changes: tuple[TraitChange, ...]
    besides: tuple[str, ...] = ()
    """Conditions that no single trait decides and that would have to hold, too."""


def ways_in(policy: Policy, segment: str, standing: Standing, now: int) -> tuple[list[WayIn], bool]:
    """Every way in, the one with the fewest changes first, and whether some were left out as protected.

    Raises TooManyWaysError for a segment that is not reasoned about.
    """
    meaning = compiled(policy)
    rule = next(rule for rule in meaning.segments if rule.name == segment)
    lines = _lines_of(rule, meaning.segments, standing)
    types = {name: found.type for name, found in meaning.definitions.items()}
    found: list[WayIn] = []
    hidden = False
    for way in ways(rule, types):
        demanded = domains(way, meaning.definitions)
        if any(domain.empty for domain in demanded.values()):
            continue
        wanting = {
            term: domain
            for term, domain in demanded.items()
            if _as_reasoned(term, standing, meaning.definitions, now) not in domain
        }
        if any(_trait(term) in protected(policy) for term in wanting):
            hidden = True
            continue
        one = _way_in(policy, way, wanting, standing, lines, now)
        if one not in found:
            found.append(one)
    return sorted(found, key=lambda one: len(one.changes) + len(one.besides)), hidden


def _lines_of(rule: Rule, rules: tuple[Rule, ...], standing: Standing) -> tuple[Truth, ...]:
    first = sum(len(other.lines) for other in rules[: rules.index(rule)])
    return standing.lines[first : first + len(rule.lines)]


def _trait(term: str) -> str:
    return term.removeprefix("lower(").removesuffix(")")


def _as_reasoned(term: str, standing: Standing, known: Mapping[str, Definition], now: int) -> Value:
    """The value of a term as domains have it: dates counted from now, texts in small letters."""
    name = _trait(term)
    value = standing.traits.get(name)
    if isinstance(value, str) and name != term:
        return "".join(letter.lower() if letter.isascii() else letter for letter in value)
    if known[name].type == "date" and isinstance(value, (int, float)):
        return value - now
    return value


def _way_in(
    policy: Policy,
    way: Way,
    wanting: Mapping[str, Domain],
    standing: Standing,
    lines: tuple[Truth, ...],
    now: int,
) -> WayIn:
    changes = tuple(_change(policy, term, domain, standing, now) for term, domain in wanting.items())
    moved = {change.trait for change in changes}
    besides = dict.fromkeys(
        atom.text if atom.wanted else f"not ({atom.text})"
        for atom in way
        if atom.term is None and (lines[atom.line] is not atom.wanted or moved & set(atom.reads))
    )
    return WayIn(changes, tuple(besides))


def _change(policy: Policy, term: str, domain: Domain, standing: Standing, now: int) -> TraitChange:
    meaning, name = compiled(policy), _trait(term)
    offset = now if meaning.definitions[name].type == "date" else 0
    before = standing.traits.get(name)
    seen = _as_reasoned(term, standing, meaning.definitions, now)
    after, words = _nearest(policy, name, domain, seen, offset, now)
    start = "" if before is None else f"from {shown(policy, name, before, now)} "
    return TraitChange(name, before, after, f"{policy.traits[name].label}: {start}to {words}")


def _nearest(
    policy: Policy, name: str, domain: Domain, value: Value, offset: int, now: int
) -> tuple[Value, str]:
    """A value that would do, and what would do in words."""
    type_ = compiled(policy).definitions[name].type
    if domain.known is False:
        return None, "not known"
    if type_ == "set":
        return _entries(domain, value if isinstance(value, list) else [])
    if type_ in ("text", "boolean"):
        return _word(domain, flag=type_ == "boolean")
    number = value if isinstance(value, (int, float)) else 0
    near = next(iter(domain.numbers_near(number)))
    span = next(span for span in domain.spans if near in span)
    after = near + offset
    return int(after) if float(after).is_integer() else after, _span_words(policy, name, span, offset, now)


def _entries(domain: Domain, value: list[str]) -> tuple[Value, str]:
    kept = [entry for entry in value if entry not in domain.lacks]
    words = [f"with {entry}" for entry in sorted(domain.holds - set(value))]
    words += [f"without {entry}" for entry in sorted(domain.lacks & set(value))]
    return [
        *kept,
        *sorted(domain.holds - set(kept)),
    ], f"a list {' and '.join(words)}" if words else "any list that is known"


def _word(domain: Domain, *, flag: bool) -> tuple[Value, str]:
    if flag:
        allowed = (domain.allowed if domain.allowed is not None else {True, False}) - domain.excluded
        return next(iter(sorted(allowed))), " or ".join("yes" if one else "no" for one in sorted(allowed))
    if domain.allowed is not None:
        words = sorted(str(one) for one in domain.allowed - domain.excluded)
        return words[0], " or ".join(words)
    if domain.excluded:
        return "something else", f"anything but {' and '.join(sorted(map(str, domain.excluded)))}"
    return "something", "anything that is known"


def _span_words(policy: Policy, name: str, span: Span, offset: int, now: int) -> str:
    """A span in words; an end that the trait has by nature is not worth mentioning."""
    definition = compiled(policy).definitions[name]
    (natural,) = nature(definition).spans
    dates = definition.type == "date"
    low = "" if span.low == natural.low else shown(policy, name, span.low + offset, now)
    high = "" if span.high == natural.high else shown(policy, name, span.high + offset, now)
    if low and high:
        return low if low == high else f"between {low} and {high}"
    if low:
        return f"{_WORDS[dates, span.low_open, True]} {low}"
    return f"{_WORDS[dates, span.high_open, False]} {high}" if high else "any value that is known"


_WORDS = {
    (True, True, True): "after",
    (True, False, True): "no earlier than",
    (True, True, False): "before",
    (True, False, False): "no later than",
    (False, True, True): "more than",
    (False, False, True): "at least",
    (False, True, False): "less than",
    (False, False, False): "at most",
}
"""By whether it is a date, whether the end is open, and whether it is the lower one."""
