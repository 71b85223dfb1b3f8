"""The pages for people who see, hear or move otherwise: axe finds nothing, in any state, width and scheme."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.checks import faults_of_access
from tests.browser.driver import Browser, browser
from tests.browser.states import STATES, Site, settled

pytestmark = pytest.mark.full

WIDTHS = (256, 320, 640)


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    with browser() as found:
        yield found


def unfolded(window: Browser) -> None:
    """Everything that is folded, and what is said after an answer, is there to be looked at."""
    window.run("document.querySelectorAll('details').forEach(each => each.open = true)")
    window.run("document.querySelectorAll('.judge p').forEach(each => each.hidden = false)")


@pytest.mark.parametrize("locale", ["en", "ar"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_every_state_is_fit_for_everybody(
    site: Site, window: Browser, state: str, scheme: str, locale: str
) -> None:
    """At 256, 320 and 640 pixels, light and dark, in both directions, folded and unfolded."""
    for width in WIDTHS:
        window.size(width)
        window.open(site.of(state, scheme=scheme, locale=locale))
        settled(window, state)
        assert faults_of_access(window) == [], width
        unfolded(window)
        assert faults_of_access(window) == [], width
        assert window.run("return document.documentElement.scrollWidth") == width


SPACED = """
const sheet = new CSSStyleSheet();
sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: .12em !important;'
  + ' word-spacing: .16em !important }');
document.adoptedStyleSheets = [sheet];
"""
CLIPPED = """
return [...document.querySelectorAll('main *')].filter(one =>
  one.checkVisibility() && !one.closest('.off, svg')
  && (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1)
  && getComputedStyle(one).overflow !== 'visible').map(one => one.outerHTML);
"""


@pytest.mark.parametrize("width", [256, 320])
@pytest.mark.parametrize("locale", ["en", "de", "ar"])
def test_widely_spaced_text_is_not_clipped(site: Site, window: Browser, locale: str, width: int) -> None:
    """With the spacing that readers may ask for nothing is cut off and nothing scrolls sideways."""
    for state in ("ready", "old", "unsure", "down"):
        window.size(width)
        window.open(site.of(state, locale=locale))
        settled(window, state)
        window.run(SPACED)
        unfolded(window)
        assert window.run("return document.documentElement.scrollWidth") == width, state
        assert window.run(CLIPPED) == [], state


def test_forced_colours_keep_surfaces_apart(site: Site, window: Browser) -> None:
    """Where the system takes the colours away, tiles, boxes and buttons keep an edge."""
    window.command("Emulation.setEmulatedMedia", features=[{"name": "forced-colors", "value": "active"}])
    window.size(320)
    window.open(site.of("ready"))
    settled(window, "ready")
    for place in (".tile", ".box", ".why", ".say", "[data-act=insert]", ".judge summary"):
        edge = f"return getComputedStyle(document.querySelector('{place}')).borderTopWidth"
        assert window.run(edge) == "1px", place
    window.prefer("")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "path", ["/", "/none", "/sidebar/tickets/x", "/sidebar?ticket=x", "/sidebar/tickets/109"]
)
def test_the_home_page_and_the_errors_are_too(site: Site, window: Browser, path: str, scheme: str) -> None:
    """The pages that take the system's colours, narrow and wide."""
    window.prefer(scheme)
    for width in (320, 1100):
        window.size(width)
        window.open(site.address + path)
        assert window.run("return document.querySelector('main h1') !== null")
        assert faults_of_access(window) == [], width
        assert window.run("return document.documentElement.scrollWidth") == width
    window.prefer("")


def test_what_is_unfit_would_be_found(site: Site, window: Browser) -> None:
    """The checker sees a button without a name, and words too pale to be read."""
    window.size(320)
    window.open(site.of("ready"))
    settled(window, "ready")
    window.run("document.querySelector('[data-act=copy]').textContent = ''")
    window.run("document.querySelector('main p').style.color = '#ddd'")
    found = faults_of_access(window)
    assert {"button-name", "color-contrast"} <= {fault.partition(":")[0] for fault in found}
