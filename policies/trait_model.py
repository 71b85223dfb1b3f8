"""What a policy file may say about one trait: where it comes from, once, and what goes with that.

Whether the names in it meet and the types fit is ``catalogue.py``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from policies.block import Block
from policies.values import Cell, ConditionText, Currency, Label, Line, Name, Span
from policies.vocabulary import Sensitivity, Type

OVER_ROWS = (
    "count",
    "share",
    "sum",
    "average",
    "minimum",
    "maximum",
    "median",
    "distinct",
    "first",
    "last",
    "days_since",
    "days_until",
    "trend",
)
"""Computations over a customer's tickets, ratings or events; ``computations.py`` says what each is."""

OVER_TRAITS = ("is", "lookup", "age_band")
"""Computations from other traits; ``derivation.py`` says what each of them is."""

OVER_EVERYONE = ("percentile", "quantile", "rank", "rfm")
"""Comparisons with all customers; ``census.py`` says how."""

WAYS = ("from", *OVER_ROWS, *OVER_TRAITS, *OVER_EVERYONE)
"""Every way to know a trait, by the key that an admin writes."""

_BESIDE: dict[str, tuple[str, ...]] = {
    "type": ("from", "lookup"),
    "of": ("share",),
    "where": OVER_ROWS,
    "within": OVER_ROWS,
    "before": OVER_ROWS,
    "in": ("lookup",),
    "otherwise": ("lookup",),
    "bands": ("age_band",),
    "by": OVER_EVERYONE,
    "groups": ("quantile", "rfm"),
    "best": ("rank",),
}
"""Keys that go with some ways only."""

_NEEDS: dict[str, tuple[str, ...]] = {
    "share": ("of",),
    "trend": ("within",),
    "lookup": ("in",),
    "age_band": ("bands",),
    "quantile": ("groups",),
}
"""Keys that a way cannot do without."""


class Trait(Block):
    """One fact: copied (``from``), or computed in exactly one way."""

    source: str | None = Field(None, alias="from")
    type: Type | None = None
    count: str | None = None
    share: str | None = None
    sum: str | None = None
    average: str | None = None
    minimum: str | None = None
    maximum: str | None = None
    median: str | None = None
    distinct: str | None = None
    first: str | None = None
    last: str | None = None
    days_since: str | None = None
    days_until: str | None = None
    trend: str | None = None
    of: ConditionText | None = None
    where: ConditionText | None = None
    within: Span | None = None
    """Seconds back from the end of the window."""
    before: Span | None = None
    """Seconds from the end of the window to now; for a trend, to the window that it compares with."""
    expression: ConditionText | None = Field(None, alias="is")
    lookup: Name | None = None
    """The trait whose value is looked up."""
    table: Name | None = Field(None, alias="in")
    otherwise: Cell | None = None
    """What holds for a value that the table does not have."""
    age_band: Name | None = None
    """The trait that holds the date of birth."""
    bands: dict[Label, Annotated[int, Field(ge=0, le=150)]] | None = Field(None, min_length=1, max_length=20)
    """By name the age in whole years from which each holds, rising."""
    percentile: Name | None = None
    quantile: Name | None = None
    rank: Name | None = None
    rfm: tuple[Name, ...] | None = Field(None, min_length=3, max_length=3)
    """The traits for recency, frequency and value."""
    by: Name | None = None
    """The trait inside whose groups customers are compared."""
    groups: Annotated[int, Field(ge=2, le=9)] | None = None
    best: Literal["highest", "lowest"] | None = None
    label: Label = ""
    """Never empty in a loaded policy: the name in words stands in."""
    format: Literal["money", "percent"] | None = None
    currency: Currency | None = None
    sensitivity: Sensitivity | None = None
    open_because: Line | None = None
    """Why a name that sounds protected is not; shown as a warning wherever the policy is judged."""

    @property
    def way(self) -> str:
        """The key that says where the trait comes from."""
        return next(name for name in WAYS if self._given(name))

    @property
    def over(self) -> str:
        """What the computation runs over, as written: ``tickets``, ``ticket.created_at`` or another trait."""
        return str(getattr(self, _field(self.way)))

    def _given(self, key: str) -> bool:
        return getattr(self, _field(key)) is not None

    @model_validator(mode="after")
    def _one_way(self) -> Trait:
        ways = [name for name in WAYS if self._given(name)]
        if len(ways) != 1:
            raise ValueError(f"say where the trait comes from once: {', '.join(WAYS)}")
        self._refuse_strays(ways[0])
        if ways[0] == "trend" and self.before is not None and self.before < (self.within or 0):
            raise ValueError("the two windows of a trend overlap: before is shorter than within")
        if self.bands and list(self.bands.values()) != sorted(set(self.bands.values())):
            raise ValueError("bands rise: write the youngest first, each with its first year of age")
        if (self.format == "money") != (self.currency is not None):
            raise ValueError("format: money and currency go together")
        return self

    def _refuse_strays(self, way: str) -> None:
        for key, ways in _BESIDE.items():
            if self._given(key) and way not in ways:
                raise ValueError(f"{key} does not go with {way}, only with {', '.join(ways)}")
        for key in _NEEDS.get(way, ()):
            if not self._given(key):
                raise ValueError(f"{way} needs {key}")


def _field(key: str) -> str:
    return _FIELDS.get(key, key)


_FIELDS = {"from": "source", "is": "expression", "in": "table"}
"""Keys that are words of Python, and the fields that hold them."""
