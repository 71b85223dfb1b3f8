"""What values a trait may have under some conditions: intervals, texts, entries, and whether it is known.

Made for reasoning about conditions without data; what a condition says of data is SQL alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from policies.standing import Value

INFINITE = math.inf


@dataclass(frozen=True, slots=True)
class Span:
    """Numbers from ``low`` to ``high``; an open end is not among them. Dates are seconds from now."""

    low: float = -INFINITE
    high: float = INFINITE
    low_open: bool = False
    high_open: bool = False

    @property
    def empty(self) -> bool:
        """Whether no number is in it."""
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))

    def __contains__(self, number: float) -> bool:
        above = number > self.low or (number == self.low and not self.low_open)
        return above and (number < self.high or (number == self.high and not self.high_open))

    def meet(self, other: Span) -> Span:
        """The numbers in both."""
        low, low_open = max((self.low, self.low_open), (other.low, other.low_open))
        high, shut = min((self.high, not self.high_open), (other.high, not other.high_open))
        return Span(low, high, low_open, not shut)

    def whole(self) -> Span:
        """The span between its first and its last whole number."""
        low = math.floor(self.low) + 1 if self.low_open and math.isfinite(self.low) else self.low
        high = math.ceil(self.high) - 1 if self.high_open and math.isfinite(self.high) else self.high
        low = math.ceil(low) if math.isfinite(low) else low
        high = math.floor(high) if math.isfinite(high) else high
        return Span(low, high, not math.isfinite(low), not math.isfinite(high))


EVERY = (Span(-INFINITE, INFINITE, low_open=True, high_open=True),)
"""All numbers."""


@dataclass(frozen=True, slots=True)
class Domain:
    """The values that are left; one that says nothing admits every value and an unknown one."""

    known: bool | None = None
    """True: it must be known; False: it must not be; None: both will do."""
    spans: tuple[Span, ...] = EVERY
    allowed: frozenset[str | bool] | None = None
    """The only texts or flags, None for any."""
    excluded: frozenset[str | bool] = frozenset()
    holds: frozenset[str] = frozenset()
    """Entries that a set must have."""
    lacks: frozenset[str] = frozenset()
    whole: bool = False
    """Whether only whole numbers occur."""
    impossible: bool = False

    def meet(self, other: Domain) -> Domain:
        """What both admit."""
        both = Domain(
            known=self.known if other.known is None else other.known,
            spans=tuple(_shared(self.spans, other.spans)),
            allowed=_either(self.allowed, other.allowed),
            excluded=self.excluded | other.excluded,
            holds=self.holds | other.holds,
            lacks=self.lacks | other.lacks,
            whole=self.whole or other.whole,
            impossible=self.impossible or other.impossible or {self.known, other.known} == {True, False},
        )
        if both.whole:
            both = replace(both, spans=tuple(span for one in both.spans if not (span := one.whole()).empty))
        return both

    @property
    def empty(self) -> bool:
        """Whether nothing is left."""
        if self.impossible:
            return True
        if self.known is not True:
            return False
        texts = self.allowed is not None and not self.allowed - self.excluded
        return texts or not self.spans or bool(self.holds & self.lacks)

    def __contains__(self, value: Value) -> bool:
        if self.impossible:
            return False
        if value is None or self.known is False:
            return value is None and self.known is not True
        if isinstance(value, list):
            return self.holds <= set(value) and self.lacks.isdisjoint(value)
        if isinstance(value, (bool, str)):
            return value not in self.excluded and (self.allowed is None or value in self.allowed)
        return any(value in span for span in self.spans)

    def numbers_near(self, number: float) -> Iterator[float]:
        """For each span the number in it that is nearest to ``number``, the nearest span first."""
        near = [_near(span, number, whole=self.whole) for span in self.spans]
        yield from sorted(near, key=lambda found: abs(found - number))


ANYTHING = Domain()


def _shared(one: tuple[Span, ...], other: tuple[Span, ...]) -> Iterator[Span]:
    for first in one:
        for second in other:
            met = first.meet(second)
            if not met.empty:
                yield met


def _either(
    one: frozenset[str | bool] | None, other: frozenset[str | bool] | None
) -> frozenset[str | bool] | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _near(span: Span, number: float, *, whole: bool) -> float:
    """The number in ``span`` nearest to ``number``; a step inside an end that is open."""
    if number in span:
        return number
    end, is_open, inwards = (
        (span.low, span.low_open, 1.0) if number <= span.low else (span.high, span.high_open, -1.0)
    )
    if not is_open:
        return end
    width = span.high - span.low
    step = 1.0 if whole or width > 2 else width / 2
    return end + inwards * step
