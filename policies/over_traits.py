"""What a trait computed from other traits means, and the order in which traits can be understood."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from policies.definition import Definition, RefusedError
from policies.derivation import Bands, Compared, Days, Derivation, Expression, Lookup, Measure
from policies.faults import Finding, nearest
from policies.language import read_value
from policies.operators import ConditionError
from policies.trait_model import OVER_EVERYONE, Trait
from policies.vocabulary import CUSTOMER, Sensitivity, Type

_Meaning = tuple[Type, Derivation]

Tables = Mapping[str, Mapping[str, str]]
"""The rows of each lookup table, by its name."""

_CELLS: dict[Type, re.Pattern[str]] = {
    "text": re.compile(r".*", re.DOTALL),
    "number": re.compile(r"-?[0-9]{1,15}([.][0-9]{1,6})?"),
    "boolean": re.compile("true|false"),
}
"""What the entries of a table look like, by the type that a lookup in it has."""


def reads_trait(trait: Trait) -> bool:
    """Whether its source is a trait, not a column: ``days_until: renewal``."""
    return trait.way not in ("from", "is", "count", "share", "trend", "rfm") and "." not in trait.over


def asked(trait: Trait, traits: Mapping[str, Trait]) -> list[str]:
    """The traits among ``traits`` that this one may read, as far as its words tell."""
    if trait.way in OVER_EVERYONE:
        return [name for name in (*measured(trait), trait.by or "") if name in traits]
    if reads_trait(trait) or trait.way == "is":
        return [name for name in _words(trait.over) if name in traits]
    if trait.way == "from":
        return []
    found = _words(trait.where or "", trait.of or "", trait.over.partition(".")[2])
    return [name for name in found if name in traits and traits[name].way == "from"]


def _words(*texts: str) -> list[str]:
    """What may be names in these conditions; quoted texts are none."""
    return list(dict.fromkeys(re.findall(r"\w+", re.sub("'[^']*'", " ", " ".join(texts)))))


def ordered(traits: Mapping[str, Trait]) -> tuple[list[str], list[Finding]]:
    """The traits, each after those it reads, and a finding for every circle; who is in one is left out."""
    order: dict[str, bool] = {}
    findings: list[Finding] = []

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            way = " -> ".join((*path[path.index(name) :], name))
            message, remedy = f"traits read one another in a circle: {way}", "Take one of them out."
            findings.append(Finding(("traits", name), message, remedy))
            order.update(dict.fromkeys(path[path.index(name) :], False))
        elif name not in order:
            for other in asked(traits[name], traits):
                visit(other, (*path, name))
            order.setdefault(name, True)

    for name in traits:
        visit(name, ())
    return [name for name, clear in order.items() if clear], findings


def closure(wanted: Iterable[Definition], known: Mapping[str, Definition]) -> list[Definition]:
    """These traits and all that they follow from, in the order of the file."""
    found: set[str] = set()
    waiting = [trait.name for trait in wanted]
    while waiting:
        name = waiting.pop()
        derivation = known[name].derivation
        waiting += [other for other in (derivation.reads if derivation else ()) if other not in found]
        found.add(name)
    return [trait for name, trait in known.items() if name in found]


def by_level(traits: Iterable[Definition]) -> list[list[Definition]]:
    """The derived ones among ``traits``, in steps of which each reads only what is in those before it."""
    waiting = [trait for trait in traits if trait.derivation]
    levels: list[list[Definition]] = []
    while waiting:
        later = {trait.name for trait in waiting}
        level = [trait for trait in waiting if trait.derivation and later.isdisjoint(trait.derivation.reads)]
        waiting = [trait for trait in waiting if trait not in level]
        levels.append(level)
    return levels


def derived(name: str, trait: Trait, known: Mapping[str, Definition], tables: Tables) -> Definition:
    """The definition of a trait that follows from those in ``known``."""
    sensitivity: Sensitivity = trait.sensitivity or "open"
    if trait.way == "age_band":
        if trait.sensitivity not in (None, "protected"):
            raise RefusedError("sensitivity", "an age is protected by its nature", "Leave sensitivity out.")
        sensitivity = "protected"
    type_, derivation = _WAYS[trait.way](name, trait, known, tables)
    return Definition(
        name, "customer", type_, CUSTOMER, aggregate=trait.way, sensitivity=sensitivity, derivation=derivation
    )


def _expression(name: str, trait: Trait, known: Mapping[str, Definition], tables: Tables) -> _Meaning:
    text = trait.expression or ""
    _refuse_tickets("is", _words(text), known)
    scope = {other: found.type for other, found in known.items() if found.level == "customer"}
    try:
        condition, type_ = read_value(text, scope)
    except ConditionError as error:
        raise RefusedError("is", error.message, error.remedy) from None
    return type_, Expression(condition, type_)


def _lookup(name: str, trait: Trait, known: Mapping[str, Definition], tables: Tables) -> _Meaning:
    key, type_ = _of(trait, known, "text"), trait.type or "text"
    rows = tables.get(trait.table or "")
    if rows is None:
        remedy = nearest(trait.table or "", tables, "Declare it under tables.")
        raise RefusedError("in", f"there is no table {trait.table}", remedy)
    if type_ not in _CELLS:
        raise RefusedError("type", f"a table holds no {type_}", f"Use type: {', '.join(_CELLS)}.")
    for entry, where in [*((rows[value], "in") for value in rows), (trait.otherwise, "otherwise")]:
        if entry is not None and not _CELLS[type_].fullmatch(entry):
            raise RefusedError(where, f"{entry!r} is not a {type_}", "Correct the entry, or use type: text.")
    return type_, Lookup(key, rows, type_, trait.otherwise)


def _bands(name: str, trait: Trait, known: Mapping[str, Definition], tables: Tables) -> _Meaning:
    return "text", Bands(_of(trait, known, "date"), tuple((trait.bands or {}).items()))


def _days(name: str, trait: Trait, known: Mapping[str, Definition], tables: Tables) -> _Meaning:
    for key in ("where", "within", "before"):
        if getattr(trait, key) is not None:
            message = f"{key} goes with tickets and ratings; {trait.over} is one date"
            raise RefusedError(key, message, f"Take {key} out.")
    return "number", Days(_of(trait, known, "date"), until=trait.way == "days_until")


def _compared(name: str, trait: Trait, known: Mapping[str, Definition], tables: Tables) -> _Meaning:
    for way, other in [*((trait.way, other) for other in measured(trait)), ("by", trait.by)]:
        if other is not None:
            _one_of(way, other, known, ("text",) if way == "by" else ("number", "date"))
            if any(isinstance(one.derivation, Compared) for one in closure([known[other]], known)):
                message = f"{other} compares customers itself"
                raise RefusedError(way, message, "Compare something that a customer has alone.")
    return "number", Compared(tuple(_measures(name, trait, known)))


def measured(trait: Trait) -> tuple[str, ...]:
    """The traits whose values are compared with those of all customers."""
    return trait.rfm or (trait.over,)


def _measures(name: str, trait: Trait, known: Mapping[str, Definition]) -> Iterator[Measure]:
    if trait.way == "rank":
        yield Measure(name, trait.over, trait.by, None, 1, falling=trait.best != "lowest")
    elif trait.way == "percentile":
        yield Measure(name, trait.over, trait.by, 100, 0, falling=False)
    elif trait.way == "quantile":
        yield Measure(name, trait.over, trait.by, trait.groups, 1, falling=False)
    for part, of in enumerate(trait.rfm or ()):
        # Days since the last contact are best when few; its date is best when late.
        falling = part == 0 and known[of].type == "number"
        yield Measure(f"{name}.{'rfm'[part]}", of, trait.by, trait.groups or 5, 1, falling=falling)


def _of(trait: Trait, known: Mapping[str, Definition], type_: Type) -> str:
    """The trait of that type which this one reads."""
    return _one_of(trait.way, trait.over, known, (type_,))


def _one_of(way: str, name: str, known: Mapping[str, Definition], types: tuple[Type, ...]) -> str:
    _refuse_tickets(way, [name], known)
    if name not in known:
        remedy = nearest(name, known, "Declare it under traits, or write ticket. before a column.")
        raise RefusedError(way, f"there is no trait {name}", remedy)
    if known[name].type not in types:
        wanted = " or a ".join(types)
        message = f"{name} is a {known[name].type}, and {way} needs a {wanted}"
        raise RefusedError(way, message, f"Use a trait of type {' or '.join(types)}.")
    return name


def _refuse_tickets(key: str, names: list[str], known: Mapping[str, Definition]) -> None:
    for name in names:
        if name in known and known[name].level == "ticket":
            remedy = f"Compute it over tickets first: last: ticket.{name}."
            raise RefusedError(key, f"{name} is about one ticket, not about the customer", remedy)


_WAYS: dict[str, Callable[[str, Trait, Mapping[str, Definition], Tables], _Meaning]] = {
    "is": _expression,
    "lookup": _lookup,
    "age_band": _bands,
    "days_since": _days,
    "days_until": _days,
    **dict.fromkeys(OVER_EVERYONE, _compared),
}
