"""An empty store that tests copy, and the write path beside a desk in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.store.engine import Store
from tests.integration.rounds import Rounds


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of an empty store."""
    path = tmp_path_factory.mktemp("template") / "deskcue.db"
    Store(path, writer=True).close()
    return path


@pytest.fixture
def rounds(tmp_path: Path, template: Path) -> Iterator[Rounds]:
    """A store of its own beside an empty desk."""
    found = Rounds(tmp_path, template)
    yield found
    found.close()
