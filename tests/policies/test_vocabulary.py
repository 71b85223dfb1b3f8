"""What policies may read exists in the store, and nothing that people wrote is among it."""

from __future__ import annotations

import pytest

from integration.store.schema import metadata
from policies.vocabulary import RELATIONS, Relation


@pytest.mark.parametrize("relation", RELATIONS.values(), ids=RELATIONS)
def test_every_readable_column_is_in_the_store(relation: Relation) -> None:
    """A row of the vocabulary has its twin in the schema, as have the columns that join and place rows."""
    stored = set(metadata.tables[relation.table].columns.keys())
    assert {column.name for column in relation.columns} <= stored
    assert {relation.time, "deleted"} <= stored
    assert ("fields" in stored) is relation.has_fields


def test_free_text_is_not_readable() -> None:
    """No condition can read what a customer wrote."""
    assert not any(relation.column("subject") for relation in RELATIONS.values())
