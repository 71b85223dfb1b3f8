"""What the tables of SQL forms (``forms_sqlite.py`` …), one a database, have in common; all mean the same.

In a form ``first`` and ``second`` are the operands of a function; ``document`` is a row's custom fields and
``path`` the place of one of them; ``key`` and ``entries`` are a customer's id and the ids asked about.
``dialects.py`` fills them in.
"""

from __future__ import annotations

from collections.abc import Mapping

from policies.dates import EARLIEST, LATEST

Forms = Mapping[str, str]

SMALL, GREAT = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_ZONES = ("", "Z", "+00:00", "-00:00")
_CLOCKS = ("00:00", "00:00:00", "00:00:00.000", "00:00:00.000000")
_SHAPES = ", ".join(
    f"'{shape}'"
    for shape in (
        "0000-00-00",
        *(f"0000-00-00{sep}{clock}{zone}" for sep in "T " for clock in _CLOCKS for zone in _ZONES),
    )
)
"""Every shape a date may be written in, each digit as 0: what does not look like this is not a date."""

_READ_TO = 1_000_000
"""Fields are read to six decimals, because not every database finds the double nearest to a longer one."""


def number(read: str, whole: str) -> str:
    """A number as every database can know it: six decimals, and nothing beyond 1e15."""
    rounded = whole.format(f"{read} * {_READ_TO} + 1000000000000000.5")
    return (
        f"case when abs({read}) < 1000000000 then ({rounded} - 1000000000000000) / {_READ_TO}.0"
        f" when abs({read}) <= 1000000000000000 then {read} end"
    )


def instant(text: str, masked: str, day: str, cast: str = "cast") -> str:
    """UTC seconds of a text in one of the shapes; databases disagree about 24:00 and zones."""

    def digits(start: str) -> str:
        return f"{cast}(substr({text}, {start}, 2) as integer)"

    hour, minute, second = digits("12"), digits("15"), digits("18")
    ahead, ahead_minutes = digits(f"length({text}) - 4"), digits(f"length({text}) - 1")
    sign = f"substr({text}, length({text}) - 5, 1)"
    zoned = f"length({text}) > 16 and {sign} in ('+', '-')"
    return (
        f"case when {masked} in ({_SHAPES}) then"
        f" case when {day} + 0 >= {EARLIEST} then {day}"
        f" + case when length({text}) = 10 then 0"
        f" when {hour} <= 23 and {minute} <= 59 then {hour} * 3600 + {minute} * 60 end"
        f" + case when substr({text}, 17, 1) <> ':' or length({text}) = 10 then 0"
        f" when {second} <= 59 then {second} end"
        f" - case when not ({zoned}) then 0"
        f" when {ahead} <= 14 and {ahead_minutes} <= 59"
        f" then ({ahead} * 3600 + {ahead_minutes} * 60) * case when {sign} = '-' then -1 else 1 end end"
        " end end"
    )


def within(seconds: str, then: str) -> str:
    return f"case when {seconds} between {EARLIEST} and {LATEST} then {then} end"


def exact_sum(whole: str) -> str:
    """Whole parts and millionths added apart, so that the order of the rows does not matter."""
    rest = whole.format(f"(first - {whole.format('first')}) * {_READ_TO} + 1000000.5")
    return (
        f"case when sum(abs({whole.format('first')})) <= 1000000000000000"
        f" then sum({whole.format('first')}) + sum({rest} - 1000000) / {_READ_TO}.0 end"
    )
