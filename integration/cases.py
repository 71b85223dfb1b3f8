"""Cases of a policy as people write them: what a file of cases may say, each fault at its line and column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from policies.documents import Document
from policies.faults import Fault, Finding, Path, Place, PolicyError, nearest
from policies.load import plain
from policies.model import Policy
from policies.rules import compiled
from policies.standing import Value
from policies.vocabulary import Type

DAY = 86400

AT = "at"
"""The key of a file that is no case: the instant as of which all its cases are asked."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Names = tuple[str, ...]


class CaseTicket(_Part):
    """A ticket of the customer; days are counted back from the instant of the case."""

    days_ago: float = 0
    status: Literal["new", "open", "pending", "hold", "solved", "closed"] = "open"
    channel: str | None = "email"
    priority: Literal["low", "normal", "high", "urgent"] | None = None
    tags: Names = ()
    fields: dict[str, Any] = {}
    waiting_days: float | None = None
    solved_days_ago: float | None = None
    group_id: str | None = None
    reopens: int | None = 0
    reassignments: int | None = None
    replies: int | None = None
    first_reply_minutes: int | None = None
    message_language: str | None = None
    message_language_probability: float | None = None


class CaseRating(_Part):
    """A rating of the customer."""

    days_ago: float
    score: Literal["good", "bad"]


class Profile(_Part):
    """Columns of the customer that every desk has."""

    name: str = ""
    email: str | None = None
    locale: str | None = None
    time_zone: str | None = None
    tags: Names = ()
    created_days_ago: float | None = None


class Expected(_Part):
    """What the case asks of the decision for the first ticket; null for what nobody shall ask for."""

    segment: str | None = None
    stage: str | None = None
    tags: Names = ()
    priority: str | None = None
    service_level: str | None = None
    tone: str | None = None
    channel: str | None = None
    next_step: str | None = None


def _nothing(value: object) -> object:
    return {} if value is None else value


class Case(_Part):
    """One customer, and what the policy shall make of them."""

    traits: dict[str, Any] = {}
    """Values said instead of computed."""
    organization: dict[str, Any] | None = None
    """Its own fields; without this key the customer has no organization."""
    customer: Annotated[dict[str, Any], BeforeValidator(_nothing)] = {}
    """The customer's own fields."""
    profile: Profile = Profile()
    tickets: tuple[CaseTicket, ...] = ()
    ratings: tuple[CaseRating, ...] = ()
    was: Names = ()
    """Segments the customer was in before."""
    was_stage: str | None = None
    """The stage the customer was in before, long enough for its stay to be over."""
    inside: Names = Field((), alias="in")
    out: Names = ()
    unknown: Names = ()
    situations: Names | None = None
    decision: Expected | None = None
    reasons: dict[str, str] = {}
    """By field of the decision: who decided it (``segment:vip``, ``house``), or words of the reason."""


_ASKS = {"in", "out", "unknown", "situations", "decision", "reasons"}


@dataclass(frozen=True, slots=True)
class Written:
    """A case with its name and where it stands."""

    name: str
    case: Case
    place: Place
    at: int | None
    """The instant as of which it is asked; None is the present."""


def read_cases(path: FilePath, policy: Policy) -> list[Written]:
    """The cases of a file. Raises PolicyError with every fault."""
    found, faults = [], []
    for document in plain(path):
        instant, wrong = _instant(document)
        faults += wrong
        for name, tree in document.tree.items():
            if name == AT:
                continue
            case, findings = _case(name, tree, policy)
            faults += map(document.fault, findings)
            if case:
                found.append(Written(name, case, document.places[(name,)], instant))
    if faults:
        raise PolicyError(faults)
    return found


def _instant(document: Document) -> tuple[int | None, list[Fault]]:
    if AT not in document.tree:
        return None, []
    found = instant(document.tree[AT])
    remedy = "Write a time with its zone: 2026-06-01T08:00:00+00:00."
    wrong = [Finding((AT,), "at is not a time", remedy)] if found is None else []
    return found, list(map(document.fault, wrong))


def instant(text: object) -> int | None:
    """A day or time as UTC seconds, None where it is neither; without a zone it is UTC."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())


def _case(name: str, tree: object, policy: Policy) -> tuple[Case | None, list[Finding]]:
    try:
        case = Case.model_validate(tree)
    except ValidationError as error:
        return None, [_misfit(name, one) for one in error.errors(include_url=False)]
    findings = list(_strangers(name, case, policy))
    if not case.model_fields_set & {"inside", *_ASKS}:
        findings.append(
            Finding((name,), "this case asks for nothing", f"Add one of {', '.join(sorted(_ASKS))}.")
        )
    return case, findings


def _misfit(name: str, error: Mapping[str, Any]) -> Finding:
    where = ".".join(map(str, error["loc"])) or "the case"
    if error["type"] == "extra_forbidden":
        keys = [field.alias or key for key, field in Case.model_fields.items()]
        keys += [key for part in (CaseTicket, CaseRating, Profile, Expected) for key in part.model_fields]
        word = str(error["loc"][-1])
        remedy = nearest(word, keys, "docs/policies.md lists what a case may say.")
        return Finding((name, *error["loc"]), f"{where} is not a key here", remedy)
    return Finding((name, *error["loc"]), f"{where}: {error['msg']}", "Correct the value.")


def _strangers(name: str, case: Case, policy: Policy) -> Iterator[Finding]:
    """Names that the policy does not have."""
    for key, names in (("in", case.inside), ("out", case.out), ("unknown", case.unknown), ("was", case.was)):
        yield from _unknown((name, key), "segment", names, policy.segments)
    yield from _unknown(
        (name, "was_stage"), "stage", (case.was_stage,) if case.was_stage else (), policy.stages
    )
    yield from _unknown((name, "situations"), "situation", case.situations or (), policy.situations)
    yield from _traits(name, case, policy)
    for field in case.reasons:
        fields = sorted(Expected.model_fields.keys() - {"segment", "stage", "tags"})
        if field not in fields:
            remedy = nearest(field, fields, f"Fields with a reason are {', '.join(fields)}.")
            yield Finding((name, "reasons", field), f"{field} has no reason of its own", remedy)


def _unknown(path: Path, word: str, names: Names, known: Iterable[str]) -> Iterator[Finding]:
    known = list(known)
    for place, name in enumerate(names):
        if name not in known:
            remedy = nearest(name, known, f"Name a {word} of the policy.")
            yield Finding((*path, place), f"there is no {word} {name}", remedy)


def _traits(name: str, case: Case, policy: Policy) -> Iterator[Finding]:
    customer = {one.name: one.type for one in compiled(policy).customer_traits()}
    for trait, value in case.traits.items():
        path = (name, "traits", trait)
        if trait not in customer:
            remedy = nearest(trait, customer, "Name a trait of customers.")
            yield Finding(path, f"there is no trait {trait} of customers", remedy)
        elif value is not None and said(customer[trait], value, 0) is None:
            yield Finding(path, f"{trait} is a {customer[trait]}", _FORMS[customer[trait]])


_FORMS: dict[Type, str] = {
    "text": "Write a text.",
    "number": "Write a number.",
    "boolean": "Write true or false.",
    "date": "Write a day (2026-06-30), or how far off it is: {days_ago: 3}, {in_days: 10}.",
    "set": "Write a list of texts.",
}


def said(type_: Type, value: object, now: int) -> Value:
    """A value of a case as a trait has it; None where it is null or not of the type."""
    if value is None:
        return None
    if type_ == "date":
        return _date(value, now)
    if type_ == "set":
        return [str(one) for one in value] if isinstance(value, (tuple, list)) else None
    if type_ == "boolean":
        return value if isinstance(value, bool) else None
    if isinstance(value, (bool, dict, tuple)):
        return None
    return _number(value) if type_ == "number" else str(value)


def _number(value: object) -> Value:
    text = str(value)
    if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,9})?", text):
        return None
    return float(text) if "." in text else int(text)


def _date(value: object, now: int) -> Value:
    if isinstance(value, dict) and len(value) == 1:
        ((word, days),) = value.items()
        number = _number(days)
        if word in ("days_ago", "in_days") and isinstance(number, (int, float)):
            return int(now + number * DAY * (1 if word == "in_days" else -1))
        return None
    return instant(value)
