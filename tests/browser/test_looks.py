"""How the sidebar looks: what moves while it loads, how large it is, and a picture of each state.

The pictures are for people, who find what no rule says.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.driver import Browser, browser
from tests.browser.states import STATES, Site, settled

pytestmark = pytest.mark.full

LOOKS = {
    "320": (320, "light", "en"),
    "dark": (320, "dark", "en"),
    "256": (256, "light", "en"),
    "640": (640, "light", "en"),
    "rtl": (320, "light", "ar"),
}
"""Width, colours and language of each picture."""

SHIFTS = """
window.shifts = [];
new PerformanceObserver(list => { for (const one of list.getEntries()) shifts.push([one.value,
  document.querySelector('main article') !== null]); }).observe({ type: 'layout-shift', buffered: true });
"""

TALL = "return document.body.offsetHeight"


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.mark.parametrize("look", LOOKS)
def test_every_state_has_its_picture(
    site: Site, window: Browser, look: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Each state is drawn to its end; the pictures lie in pytest's folder to be opened."""
    width, scheme, locale = LOOKS[look]
    folder = tmp_path_factory.getbasetemp() / "looks"
    folder.mkdir(exist_ok=True)
    window.size(width, scale=2)
    for state in STATES:
        window.open(site.of(state, scheme=scheme, locale=locale))
        settled(window, state)
        if state == "wait":
            window.until("return getComputedStyle(document.querySelector('.wait')).opacity === '1'")
        picture = window.picture()
        (folder / f"{state}-{look}.png").write_bytes(picture)
        assert picture.startswith(b"\x89PNG")
        assert len(picture) > 4_000
    assert len(list(folder.glob(f"*-{look}.png"))) == len(STATES)


@pytest.mark.parametrize("width", [256, 320, 640])
def test_advice_takes_the_place_that_was_kept_for_it(site: Site, window: Browser, width: int) -> None:
    """The skeleton is within 40 pixels of the whole advice; on a reload it is as tall as what was shown."""
    window.size(width)
    window.open(site.of("wait"))
    settled(window, "wait")
    kept = window.run(TALL)
    window.open(site.of("ready"))
    settled(window, "ready")
    ready = window.run(TALL)
    assert abs(ready - kept) <= 40
    window.open(site.of("unknown"))
    settled(window, "unknown")
    before = window.run(TALL)
    window.run("window.fetch = () => new Promise(() => {})")
    window.click("[data-act=again]")
    window.until("return document.querySelector('.wait') !== null")
    assert abs(before - window.run(TALL)) <= 2


@pytest.mark.parametrize("width", [256, 320, 640])
def test_nothing_moves_once_advice_is_painted(width: int, site: Site) -> None:
    """After the first paint of advice the layout shifts by 0.02 at most, whatever the page still does."""
    with browser() as window:
        window.size(width)
        window.before(SHIFTS + "window.setInterval = each => window.tick = each;")
        window.open(site.of("ready"))
        settled(window, "ready")
        window.run("tick()")
        settled(window, "ready")
        seen = window.run("return shifts")
        assert sum(size for size, advised in seen if advised) <= 0.02
        window.run("document.querySelector('main').style.paddingTop = '120px'")
        window.until("return shifts.some(([size, advised]) => advised && size > 0.02)")


def test_the_page_is_small(site: Site, window: Browser) -> None:
    """At most 150 elements are drawn with everything folded, and the page has 300 at most in all."""
    window.size(320)
    window.open(site.of("ready"))
    settled(window, "ready")
    drawn = "return [...document.querySelectorAll('body *')].filter(one => one.checkVisibility()).length"
    assert window.run(drawn) <= 150
    assert window.run("return document.querySelectorAll('*').length") <= 300
