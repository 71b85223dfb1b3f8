"""What tests of several rooms share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.postgres import postgres


@pytest.fixture(scope="session", name="postgres_address")
def address_of_postgres() -> Iterator[str]:
    """A PostgreSQL that runs while the tests do."""
    with postgres() as address:
        yield address
