"""The pages in a real browser: the sidebar inside the ticket page, and the home page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.clock import SystemClock
from connectors.sandbox.seed import seed
from connectors.sandbox.server import RunningSandbox
from integration import jobs, render
from integration.demo import _ticket_to_open
from integration.progress import silent
from integration.words import LANGUAGES
from tests.browser.driver import Browser
from tests.browser.serving import serving
from tests.browser.states import READY
from tests.integration.desk import beside

pytestmark = pytest.mark.full

TALL = "return document.body.offsetHeight"


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a ticket's sidebar outside any desk, as whoever works on the page opens it."""
    folder = tmp_path_factory.mktemp("alone")
    desk = seed(SystemClock().wall())
    desk.limits.plan = "unlimited"
    with RunningSandbox(desk, delay=0.0) as sandbox:
        with beside(sandbox, folder / "var") as app:
            jobs.cycle(app, silent)
            ticket = _ticket_to_open(app)
        with serving(folder, sandbox, unsigned="true") as address:
            yield f"{address}/sidebar?ticket={ticket}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_ticket_page_frames_the_whole_sidebar(demo: dict[str, str], window: Browser, scheme: str) -> None:
    """Advice appears in the frame, in the page's colours, as tall as its content, without a complaint."""
    window.open(f"{demo['ticket_page']}?scheme={scheme}")
    window.into_frame(0)
    window.until(READY)
    assert window.run("return document.querySelectorAll('h1').length") == 1
    assert window.run("return document.querySelector('h1').textContent.trim()")
    due = window.run("return document.querySelector('.due').textContent").lower()
    dark = window.run("return getComputedStyle(document.body).backgroundColor") == "rgb(21, 26, 30)"
    assert dark is (scheme == "dark")
    tall = window.run(TALL)
    window.into_frame(None)
    window.until(f"return document.querySelector('iframe').offsetHeight >= {tall}")
    priority = window.run("return document.getElementById('priority').value")
    assert priority in ("high", "urgent")
    assert f"{priority}:" in due
    assert window.complaints() == []


def test_the_answer_is_within_the_first_400_pixels(demo: dict[str, str], window: Browser) -> None:
    """Segment, tone, channel and deadline are seen without scrolling in a pane shared with other apps."""
    window.open(demo["ticket_page"])
    window.into_frame(0)
    window.until(READY)
    lowest = window.run(
        "return Math.max(...[...document.querySelectorAll('dt')].slice(0, 3)"
        ".map(each => each.parentElement.getBoundingClientRect().bottom))"
    )
    assert lowest <= 400


def test_the_opening_line_goes_into_the_reply(demo: dict[str, str], window: Browser) -> None:
    """Insert puts exactly what was shown into the reply box, says so, and sends nothing."""
    window.open(demo["ticket_page"])
    window.into_frame(0)
    window.until(READY)
    shown = window.run("return document.getElementById('sample').textContent")
    window.click("[data-act=insert]")
    window.until("return document.getElementById('live').textContent.includes('Inserted')")
    window.into_frame(None)
    assert window.run("return document.getElementById('reply').value") == shown


def test_a_draft_on_the_ticket_page_is_compared_with_the_advice(
    demo: dict[str, str], window: Browser
) -> None:
    """What stands in the reply box is looked through in place, and stays as it is."""
    window.open(demo["ticket_page"])
    window.run("document.getElementById('reply').value = 'It will be done, I promise 😀😀'")
    window.into_frame(0)
    window.until(READY)
    window.click("[data-act=check]")
    window.until("return document.querySelector('#draft q')?.textContent === 'I promise'")
    window.into_frame(None)
    assert window.run("return document.getElementById('reply').value").startswith("It will be done")


@pytest.mark.parametrize("width", [256, 320, 640])
def test_nothing_is_cut_off_at_any_width(alone: str, window: Browser, width: int) -> None:
    """With every fold open and at 200 % text there is no sideways scroll, and targets are 24 pixels high."""
    window.open(alone, width=max(width, 500))
    window.until(READY)
    window.run("document.documentElement.style.width = arguments[0] + 'px'", width)
    window.run("document.querySelectorAll('details').forEach(each => each.open = true)")
    for size in ("100%", "200%"):
        window.run("document.documentElement.style.fontSize = arguments[0]", size)
        wide = window.run("return document.querySelector('main').scrollWidth")
        assert wide <= width, size
    small = window.run(
        "return [...document.querySelectorAll('button, summary')]"
        ".filter(each => each.getBoundingClientRect().height < 24).length"
    )
    assert small == 0


@pytest.mark.parametrize("width", [256, 320])
@pytest.mark.parametrize(("locale", "turn"), [("de", "ltr"), ("ar", "rtl"), ("ja", "ltr")])
def test_longer_words_and_the_other_direction_fit(
    alone: str, window: Browser, locale: str, turn: str, width: int
) -> None:
    """In German, Arabic and Japanese nothing scrolls sideways, and lines begin where they are read from."""
    window.open(f"{alone}&locale={locale}", width=500)
    window.until(READY)
    window.run("document.documentElement.style.width = arguments[0] + 'px'", width)
    window.run("document.querySelectorAll('details').forEach(each => each.open = true)")
    for state in ("", "none", "down", "over"):
        show = "const at = document.getElementById(arguments[0]); if (at) "
        window.run(show + "document.querySelector('main').replaceChildren(at.content.cloneNode(true))", state)
        wide = "const main = document.querySelector('main'); return [main.scrollWidth, main.clientWidth]"
        assert window.run(wide) == [width, width], state
        assert window.run("return document.documentElement.dir") == turn
        tile, title = (
            window.run("return document.querySelector(arguments[0]).getBoundingClientRect().left", one)
            for one in (".tile", "h1")
        )
        assert (tile > title) is (turn == "rtl"), state


SPANS = (-3 * 86400, -26 * 3600, -3600, -59, -1, 59, 2280, 7199, 7200, 93_600, 172_800, 11 * 86400)


def test_the_page_tells_time_as_the_server_does(alone: str, window: Browser) -> None:
    """What the page keeps current reads as it did when it came, in every language and its numerals."""
    window.before("Date.now = () => 18e11; window.setInterval = each => { window.minute = each; }")
    for locale in (*LANGUAGES, "ar-EG", "pt-PT"):
        window.open(f"{alone}&locale={locale}")
        window.until(READY)
        for seconds in SPANS:
            said = window.run(
                "const spot = document.querySelector('.age [data-at]');"
                "spot.dataset.at = Number(document.querySelector('article').dataset.now) + arguments[0];"
                "minute(); return spot.textContent",
                seconds,
            )
            assert said.replace("\xa0", " ") == render.relative(seconds, locale).replace("\xa0", " "), locale


def test_with_the_service_gone_the_panel_still_says_something(alone: str, window: Browser) -> None:
    """A sidebar that gets no answer says so, with a reference and a way to try again."""
    window.open(alone)
    window.until(READY)
    window.run("document.body.dataset.gone = 1; window.fetch = () => Promise.reject(new TypeError('gone'))")
    window.run("document.querySelector('main').innerHTML = '<button data-act=again>x</button>'")
    window.click("[data-act=again]")
    window.until("return document.body.innerText.includes('Advice is not available')")
    assert window.run("return document.querySelector('[data-ref]').textContent.length") == 7


def test_the_home_page_counts_every_segment(demo: dict[str, str], window: Browser) -> None:
    """Managers see each segment of the policy with its members, and no customer's name."""
    window.open(demo["app"])
    text = window.run("return document.body.innerText")
    assert "Renewal at stake" in text
    assert window.run("return document.documentElement.scrollWidth <= innerWidth")
    assert window.complaints() == []
