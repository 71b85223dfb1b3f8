"""What customers, agents and policies write runs nothing in a real browser and asks nobody."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from integration.sidebar import Sources
from policies.model import Policy
from tests.browser.driver import Browser, browser
from tests.browser.states import DESK, READY, answering, served, unsigned
from tests.integration.payloads import HARMLESS, PAYLOADS, poisoned
from tests.integration.sidebar_cases import SHOP

pytestmark = pytest.mark.full

RUN = "for (const way of ['alert', 'confirm', 'prompt', 'print']) window[way] = () => { top.ran = true; };"
"""Notes what a script would do first, without a window that stops everything."""

MADE = """
return [...document.querySelectorAll('*')].map(one =>
  [one.localName, one.namespaceURI, ...one.getAttributeNames()].join(' '));
"""
HOVER = "document.querySelectorAll('main *').forEach(one => one.dispatchEvent(new MouseEvent('mouseover')))"
ASKED = "return performance.getEntriesByType('resource').map(one => one.name)"
RAW = """
const page = document.open(), places = ['<p>P', '<p title="P">', "<input value='P'>", '<script>`P`</script>'];
for (const place of places) page.write('<!doctype html>' + place.replace('P', () => arguments[0]));
page.close();
return new Promise(done => setTimeout(() => {
  for (const one of document.querySelectorAll('*')) one.dispatchEvent(new MouseEvent('mouseover'));
  for (const one of document.querySelectorAll('[formaction], [href^=java]')) one.click();
  setTimeout(done, 30);
}, 120));
"""
"""A page that takes what it is given for HTML, in four places."""


class Laced:
    """Deskcue over tickets that are full of one payload each, the harmless one first."""

    def __init__(self) -> None:
        self.address, self._policy = "", SHOP
        self.app = unsigned(self._sources, self._latest)

    def _sources(self, ticket: str) -> Sources:
        found, self._policy = poisoned((HARMLESS, *PAYLOADS)[int(ticket) - 1])
        return found

    def _latest(self) -> Policy:
        return self._policy

    def of(self, payload: str) -> str:
        return f"{self.address}/sidebar?origin={DESK}&ticket={(HARMLESS, *PAYLOADS).index(payload) + 1}"


@pytest.fixture(scope="module")
def laced() -> Iterator[Laced]:
    site = Laced()
    with served(site.app) as site.address:
        yield site


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    with browser() as found:
        found.before(RUN)
        yield found


@pytest.fixture(scope="module")
def harmless(laced: Laced, window: Browser) -> list[str]:
    """The elements and attributes of a page without a payload."""
    return made(laced, window, HARMLESS)


def made(laced: Laced, window: Browser, payload: str) -> list[str]:
    window.open(laced.of(payload))
    window.until(READY)
    window.run("document.querySelectorAll('details').forEach(each => each.open = true)")
    window.run(HOVER)
    found: list[str] = window.run(MADE)
    return found


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_xss_01_nothing_runs_and_nobody_is_asked(
    laced: Laced, window: Browser, harmless: list[str], payload: str
) -> None:
    """In names, subjects, traits, labels, tones, steps and faults: the page is made as of harmless words."""
    window.complaints()
    assert made(laced, window, payload) == harmless
    assert payload in window.run("return document.querySelector('main').textContent")
    window.run("return new Promise(done => setTimeout(done, 30))")
    assert window.run("return window.ran === undefined")
    assert all(one.startswith(f"{laced.address}/sidebar/tickets/") for one in window.run(ASKED))
    assert window.complaints() == []


def test_the_payloads_are_alive(window: Browser) -> None:
    """Written into a page that takes them for HTML, each of them runs or asks: the check above can fail."""
    quiet = set()
    with answering(Plain) as plain:
        for payload in PAYLOADS:
            window.open(plain)
            window.complaints()
            window.run(RAW, payload)
            ran, asked, here = window.run(f"return [window.ran, ({ASKED[7:]}).length, location.href]")
            if not (ran or asked or here != plain or window.complaints()):
                quiet.add(payload)
    assert quiet == set()


class Plain(BaseHTTPRequestHandler):
    """A page without a content policy, on which everything is allowed."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/" else 404)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><p>")

    def log_message(self, *_: object) -> None:
        """Nothing is told."""
