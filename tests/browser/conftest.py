"""What browser tests share: the demo as a newcomer starts it, the states, and a window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.driver import Browser, browser
from tests.browser.serving import told
from tests.browser.states import Site, states

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def demo() -> Iterator[dict[str, str]]:
    """Its two addresses."""
    with told("demo", "--port", "0", "--desk-port", "0", folder=ROOT) as said:
        yield said


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """Every state of the sidebar, served without a desk."""
    with states() as found:
        yield found


@pytest.fixture
def window() -> Iterator[Browser]:
    with browser() as found:
        yield found
