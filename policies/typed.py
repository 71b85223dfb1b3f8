"""A checked part of a condition: its SQL, its type, how far its number can reach, and how it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from policies.vocabulary import Type

AnyType = Type | Literal["duration"]
"""``duration`` exists only inside a condition: the difference of two dates, or ``days(n)``."""

FORM = "form:"
"""What the name of a call begins with in a checked tree; ``dialects.py`` puts a database's form there."""

MEMBER = "in_segment:"
"""Before the name of a segment: the column that says who is in it. No trait can be called so."""

_FARTHEST = 1000
"""In powers of two; doubles end at 1,024 above and, losing digits, at 1,022 below."""


class ConditionError(Exception):
    """A condition that has no meaning; ``remedy`` says what to write."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a number can lie: at most 2 to the power of ``up``, and a multiple of 2 to the minus ``fine``.

    So no database meets an overflow, which some answer with an error, or digits that are lost near zero.
    """

    up: int = 0
    fine: int = 0

    def plus(self, other: Reach) -> Reach:
        """The reach of a sum or a difference."""
        return Reach(max(self.up, other.up) + 1, max(self.fine, other.fine))

    def times(self, other: Reach) -> Reach:
        """The reach of a product."""
        return Reach(self.up + other.up + 1, self.fine + other.fine)

    def over(self, other: Reach) -> Reach:
        """The reach of a quotient, whose divisor is not zero."""
        return Reach(self.up + other.fine + 1, self.fine + other.up + 53)

    def either(self, other: Reach) -> Reach:
        """The reach of one or the other."""
        return Reach(max(self.up, other.up), max(self.fine, other.fine))

    def checked(self) -> Reach:
        """The same, or a refusal when no double can hold all of it."""
        if max(self.up, self.fine) > _FARTHEST:
            raise ConditionError(
                "multiplies or divides too often: the result can leave what numbers hold",
                "Multiply and divide fewer values in one condition.",
            )
        return self


REACHES: dict[AnyType, Reach] = {"number": Reach(50, 102), "date": Reach(50, 0), "duration": Reach(51, 0)}
"""What a trait of that type can be: a number is 0 or between 1e-15 and 1e15, an instant a whole second."""


def exactly(value: float) -> Reach:
    """The reach of one known number."""
    above, below = value.as_integer_ratio()
    return Reach(abs(above).bit_length(), below.bit_length() - 1)


@dataclass(frozen=True, slots=True)
class Typed:
    """A checked part of a condition: its SQL, its type, and, for what can be counted with, its reach."""

    sql: exp.Expr
    type: AnyType
    reach: Reach = Reach()


def formed(name: str, type_: AnyType, *given: Typed, reach: Reach | None = None) -> Typed:
    """A call that becomes the form of that name in each database."""
    call = exp.Anonymous(this=FORM + name, expressions=[part.sql for part in given])
    return Typed(call, type_, Reach() if reach is None else reach)
