"""Conditions and policy files that nobody would write: each ends as a policy or in a declared error, soon."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from random import Random

import pytest
from sqlglot import exp

from policies.dialects import DUCKDB, POSTGRES, SQLITE, Parameters, bound
from policies.faults import Fault, PolicyError
from policies.functions import FUNCTIONS
from policies.language import read
from policies.load import load_text
from policies.typed import ConditionError
from policies.vocabulary import Type
from tests.policies.desk import text
from tests.policies.drawn import PATTERNS, TEXTS, Drawn

LONGEST = 0.1
"""Seconds of work that one text may cost."""

SCOPE: dict[str, Type] = {
    "plan": "text",
    "seats": "number",
    "renewal": "date",
    "met": "boolean",
    "tags": "set",
}
_SIGNS = "( ) , + - * / = != < <= > >= <> == ; -- /* */ ' \" % _ . : :: ? @ # $ [ ] { } \\ ~ ^ & |"
_SQL = (
    "and or not in is null between like true false now case when then end select from exists cast as date"
    " interval current_date escape ilike similar to regexp matches any all union with over values 1e5 0x1f"
)
_OTHERS = ["0", "1", "999999999999999", "1.5", "'vip'", "''", "'%'", "\x00", "\u2028", "é", "😀", "\ud800"]
WORDS = [*SCOPE, *FUNCTIONS, *_SIGNS.split(), *_SQL.split(), *_OTHERS, "date('2024-02-29')"]


def drawn(random: Random) -> str:
    """A condition of the language."""
    return Drawn(random, SCOPE).loose(2).text


def soup(random: Random) -> str:
    """Words of the language and of SQL in any order."""
    return random.choice([" ", " ", ""]).join(random.choices(WORDS, k=random.randint(1, 40)))


def mutated(random: Random) -> str:
    """A condition in which some words were lost, repeated, exchanged or put in from elsewhere."""
    words = drawn(random).split(" ")
    for _ in range(random.randint(1, 4)):
        here, there = random.randrange(len(words)), random.randrange(len(words))
        change = random.choice(["lose", "repeat", "exchange", "insert", "cut"])
        if change == "lose" and len(words) > 1:
            del words[here]
        elif change == "repeat":
            words[here:here] = words[here : here + 3] * random.choice([1, 1, 30])
        elif change == "exchange":
            words[here], words[there] = words[there], words[here]
        elif change == "insert":
            words.insert(here, random.choice(WORDS))
        else:
            words[here] = words[here][random.randint(0, len(words[here])) :]
    return " ".join(words)


def deep(random: Random) -> str:
    """Something inside itself, many times, closed or not."""
    name = random.choice(list(FUNCTIONS))
    opening = random.choice(
        ["(", "not ", "-", f"{name}(", f"{name}(1, ", "(met and ", "seats + (", "seats in ("]
    )
    depth = random.choice([5, 15, 31, 33, 100, 1000])
    closing = ")" * random.choice([0, depth, depth])
    return opening * depth + random.choice(WORDS) + closing + random.choice(["", " > 1", " = 'x'"])


def long(random: Random) -> str:
    """One thing many times over."""
    part = random.choice(
        [drawn(random), random.choice(WORDS), f"plan like {random.choice(PATTERNS)!r}", "met"]
    )
    joint = random.choice([" and ", " or ", " + ", ", ", " = ", " "])
    return joint.join([part] * random.choice([10, 100, 400, 3000]))


SHAPES: list[Callable[[Random], str]] = [drawn, soup, mutated, mutated, deep, long]


def compiled(condition: str) -> None:
    """Read a condition and write its SQL for a database, or refuse it; any other error is a fault."""
    refusal = None
    try:
        found = read(condition, SCOPE)
    except ConditionError as error:
        refusal = error
    if refusal is not None:
        assert refusal.message
        assert refusal.remedy
        return
    columns: dict[str, exp.Expr] = {name: exp.column(name) for name in SCOPE}
    dialect = (SQLITE, POSTGRES, DUCKDB)[len(condition) % 3]
    assert dialect.sql(bound(found, columns, Parameters(), dialect))


def loaded(source: str) -> None:
    """Load a policy file, or refuse it; any other error is a fault."""
    faults: Sequence[Fault] | None = None
    try:
        load_text(source, "drawn.yaml")
    except PolicyError as error:
        faults = error.faults
    assert faults is None or faults
    assert all(fault.line >= 1 and fault.remedy for fault in faults or ())


def took(work: Callable[[str], None], source: str) -> float:
    """Seconds of work; once more when they were many, because a busy machine counts too much."""
    seconds = 0.0
    for _ in range(3):
        begun = time.thread_time()
        work(source)
        seconds = time.thread_time() - begun
        if seconds <= LONGEST:
            break
        gc.collect()
    return seconds


def conditions(seed: int, count: int) -> Iterator[str]:
    random = Random(seed)
    for _ in range(count):
        yield random.choice(SHAPES)(random)


FILE = text("""
traits:
  plan: {from: organization.fields.plan, type: text, label: Plan}
  seats: {from: organization.fields.seats, type: number}
  met: {from: ticket.fields.met, type: boolean}
  share_met: {share: tickets, of: met, where: "reopens >= 1", within: 30 days}
segments:
  big:
    kind: price
    label: Big
    rank: 1
    when: {all: ["plan = 'team'", "seats > 5"], none: ["share_met < 0.5"]}
    treatment: {tags: [big], priority: {at_least: high}, tone: calm, channel: phone}
situations:
  again: {label: Again, rank: 2, when: "reopens > 2 and seats > 1", treatment: {service_level: fast}}
""")


def files(seed: int, count: int) -> Iterator[str]:
    """A policy file in which lines, words and characters were changed."""
    random = Random(seed)
    for _ in range(count):
        source = FILE
        for _ in range(random.randint(1, 3)):
            here = random.randrange(len(source))
            there = min(len(source), here + random.choice([0, 1, 5, 40, 200]))
            new = random.choice(_PIECES)(random)
            source = source[:here] + new + source[there:]
        yield source


_PIECES: list[Callable[[Random], str]] = [
    lambda random: "",
    lambda random: random.choice(WORDS),
    lambda random: random.choice(TEXTS),
    lambda random: random.choice(["\n", "\t", "  ", "- ", ": ", *"{}[]|>", "&a ", "*a ", "<<: ", "!!x "]),
    lambda random: f'"{mutated(random)}"',
    lambda random: random.choice("{[- ") * random.choice([10, 1000, 30000]),
    lambda random: random.choice(["1e999", ".nan", "0x10", "2026-02-31", "null", "~", "yes", "9" * 400]),
    lambda random: FILE[(here := random.randrange(len(FILE))) : here + 80],
]  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_a_pol_06_fuzzed_conditions_end_soon(seed: int) -> None:
    """Two hundred texts a seed become SQL or are refused, each within a tenth of a second."""
    slow = [one for one in conditions(seed, 200) if took(compiled, one) > LONGEST]
    assert slow == []


def test_a_pol_02_fuzzed_files_end_soon() -> None:
    """Mutated policy files load or are refused with places, each within a tenth of a second."""
    slow = [one for one in files(0, 60) if took(loaded, one) > LONGEST]
    assert slow == []


@pytest.mark.full
@pytest.mark.parametrize("seed", range(1000, 1095))
def test_a_pol_06_190_000_fuzzed_conditions_end_soon(seed: int) -> None:
    """The same, 2,000 conditions a seed."""
    slow = [one for one in conditions(seed, 2000) if took(compiled, one) > LONGEST]
    assert slow == []


@pytest.mark.full
@pytest.mark.parametrize("seed", range(2000, 2010))
def test_a_pol_02_10_000_fuzzed_files_end_soon(seed: int) -> None:
    """The same, 1,000 files a seed."""
    slow = [one for one in files(seed, 1000) if took(loaded, one) > LONGEST]
    assert slow == []
