"""Arithmetic of a condition as a linear form: a constant, a share of ``now``, and a factor for each trait."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from policies.language import NOW


@dataclass(frozen=True, slots=True)
class Form:
    """``constant + now * x + factor * trait + …``; lengths of time are seconds."""

    constant: float = 0.0
    now: float = 0.0
    factors: Mapping[str, float] = field(default_factory=dict)

    def times(self, number: float) -> Form:
        """The form multiplied by a number."""
        factors = {name: factor * number for name, factor in self.factors.items() if factor * number}
        return Form(self.constant * number, self.now * number, factors)

    def plus(self, other: Form) -> Form:
        """The sum of two forms; a trait that cancels out is gone."""
        names = dict.fromkeys([*self.factors, *other.factors])
        sums = {name: self.factors.get(name, 0.0) + other.factors.get(name, 0.0) for name in names}
        factors = {name: factor for name, factor in sums.items() if factor}
        return Form(self.constant + other.constant, self.now + other.now, factors)

    def minus(self, other: Form) -> Form:
        """The difference of two forms."""
        return self.plus(other.times(-1))

    @property
    def number(self) -> float | None:
        """The form as a plain number, None when anything in it can vary."""
        return None if self.now or self.factors else self.constant


def linear(node: exp.Expr) -> Form | None:
    """The form of an arithmetic expression, None where it has none."""
    rule = _RULES.get(type(node))
    return rule(node) if rule else None


def _column(node: exp.Expr) -> Form:
    return Form(now=1.0) if node.name == NOW else Form(factors={node.name: 1.0})


def _literal(node: exp.Expr) -> Form | None:
    return None if node.is_string else Form(float(node.name))


def _inside(node: exp.Expr) -> Form | None:
    return linear(node.this)


def _negative(node: exp.Expr) -> Form | None:
    inner = linear(node.this)
    return inner and inner.times(-1)


def _sum(node: exp.Expr) -> Form | None:
    left, right = linear(node.this), linear(node.expression)
    if left is None or right is None:
        return None
    return left.plus(right) if isinstance(node, exp.Add) else left.minus(right)


def _product(node: exp.Expr) -> Form | None:
    left, right = linear(node.this), linear(node.expression)
    if left is None or right is None:
        return None
    if right.number is not None:
        return left.times(right.number)
    return right.times(left.number) if left.number is not None else None


def _quotient(node: exp.Expr) -> Form | None:
    left, right = linear(node.this), linear(node.expression)
    if left is None or right is None or not right.number:
        return None
    return left.times(1 / right.number)


_RULES: dict[type[exp.Expr], Callable[[exp.Expr], Form | None]] = {
    exp.Column: _column,
    exp.Literal: _literal,
    exp.Paren: _inside,
    exp.Cast: _inside,
    exp.Nullif: _inside,
    exp.Neg: _negative,
    exp.Add: _sum,
    exp.Sub: _sum,
    exp.Mul: _product,
    exp.Div: _quotient,
}
