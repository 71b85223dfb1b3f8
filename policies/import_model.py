"""What a policy file may say about one import: where its rows are, what they are about, how long they hold.

Addresses and passwords of databases are settings: a policy names a database and never says where it is.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from policies.block import Block
from policies.tables import FileName
from policies.values import Name, Span
from policies.vocabulary import Type

Key = Literal["email", "external_id", "domain"]
"""By what rows are matched with customers; ``domain`` is that of the customer's e-mail address."""

_EVENT: dict[str, Type] = {"name": "text", "happened_at": "date", "value": "number"}
"""What a row that is an event says, besides whose it is."""

_KINDS = {"values": ("columns", "expires"), "events": ()}
"""What each kind needs."""

_STRAYS = {"values": ("id",), "events": ("columns", "as_of", "expires")}
"""What does not go with each kind."""


def _reading(text: str) -> str:
    words = text.lower().split()
    if not words or words[0] not in ("select", "with") or ";" in text:
        raise ValueError("write one query that begins with select or with, and no semicolon")
    return text


Heading = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
QueryText = Annotated[str, StringConstraints(max_length=10_000), AfterValidator(_reading)]


class Import(Block):
    """Rows of a CSV file beside the policy, or of a query: facts about customers, or what they did."""

    file: FileName | None = None
    query: QueryText | None = None
    database: Name | None = None
    """The name under which the settings hold the database's address."""
    kind: Literal["values", "events"] = "values"
    key: Key
    columns: dict[Name, Type] = Field({}, max_length=100)
    headings: dict[Name, Heading] = Field({}, max_length=110)
    """What the file calls a column, where it calls it something else."""
    as_of: Heading | None = None
    """The heading of the day on which a row was so; without one it is the day of the file or the query."""
    expires: Span | None = None
    """How long a value holds after its day; then it is unknown."""
    id: Heading | None = None
    """The heading that tells events apart; without one events that are equal are one."""
    separator: Literal[",", ";", "tab"] = ","

    @property
    def words(self) -> dict[str, Type]:
        """What a row says besides its key, each with its type."""
        return _EVENT if self.kind == "events" else self.columns

    @property
    def origin(self) -> str:
        """Where the rows come from, in words."""
        return self.file or f"query at {self.database}"

    def heading(self, word: str) -> str:
        """What the file calls it."""
        return self.headings.get(word, word)

    @model_validator(mode="after")
    def _whole(self) -> Import:
        if (self.file is None) == (self.query is None):
            raise ValueError("an import has either a file or a query")
        if (self.query is None) != (self.database is None):
            raise ValueError("query and database go together")
        if self.query and self.separator != ",":
            raise ValueError("separator goes with a file only")
        for key in _KINDS[self.kind]:
            if not getattr(self, key):
                raise ValueError(f"an import of {self.kind} needs {key}")
        for key in _STRAYS[self.kind]:
            if getattr(self, key):
                raise ValueError(f"{key} does not go with an import of {self.kind}")
        return self

    @model_validator(mode="after")
    def _words_apart(self) -> Import:
        if taken := [word for word in (self.key, "as_of") if word in self.columns]:
            raise ValueError(f"columns: {taken[0]} has a meaning of its own: name the column otherwise")
        known = (self.key, *self.words)
        if strays := [word for word in self.headings if word not in known]:
            raise ValueError(f"headings: {strays[0]} is none of {', '.join(known)}")
        return self
