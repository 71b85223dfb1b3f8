"""The ground that every block of a policy file stands on."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Block(BaseModel):
    """The ground of every block of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=False)
