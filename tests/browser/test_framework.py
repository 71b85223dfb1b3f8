"""The vendor's framework: its own script meets our test desk, and our page meets that very desk.

The script is the copy that the vendor's package index has; nothing of it is served to anybody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from typing import Any

import msgspec
import pytest

from connectors import read_visit
from integration.sidebar import Sources
from integration.web.app import create
from integration.web.door import Door
from integration.web.session import LIFE, Passes
from integration.words import speaking
from tests.browser.checks import framework
from tests.browser.driver import Browser
from tests.browser.host import GUID, Host
from tests.browser.states import ADVICE, READY, TICKETS, answering, served, states
from tests.clock import FakeClock
from tests.connectors.zendesk.test_signed import ACCOUNT, HOST
from tests.integration.sidebar_cases import CUSTOMER, NOW, SHOP, ZONE
from tests.integration.test_web import OVERVIEW

pytestmark = pytest.mark.full

TALL = "return document.body.offsetHeight"
GROUND = "return getComputedStyle(document.body).backgroundColor"
LIGHT, DARK = "rgb(255, 255, 255)", "rgb(21, 26, 30)"
SAID = "return document.querySelector('main').textContent"


class Desk(Host):
    """A desk's pages around Deskcue; whose ticket it is and how late it is can be changed."""

    def __init__(self) -> None:
        super().__init__(HOST, ACCOUNT.installation)
        self.clock, self.requester = FakeClock(NOW), "Maya Chen"
        self.now, self.ticket = self.clock.wall, TICKETS["ready"]
        self.app = create(
            sources=self._sources,
            policy=lambda: SHOP,
            overview=lambda: OVERVIEW,
            clock=self.clock,
            zone=ZONE,
            unsigned_sidebar=False,
            frame_ancestors=(),
            door=Door(
                path=self.path,
                origin=self.origin,
                read=lambda token: read_visit("zendesk", token, ACCOUNT, now=self.clock.wall()),
                passes=Passes(self.clock, HOST, ACCOUNT.installation),
            ),
            keep=lambda _: None,
        )

    def _sources(self, ticket: str) -> Sources:
        customer = msgspec.structs.replace(CUSTOMER, name=self.requester)
        return replace(ADVICE["ready"], ticket_id=ticket, customer=customer)


@pytest.fixture
def desk() -> Iterator[Desk]:
    found = Desk()
    with served(found.app) as found.site:
        yield found
    found.close()


class Theirs(BaseHTTPRequestHandler):
    """An app's page as the vendor's guide has it: the vendor's script, and a client made of it."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(f"<!doctype html><p><script>{framework()}{MEET}</script>".encode())

    def log_message(self, *_: object) -> None:
        """Nothing is told."""


MEET = """
window.told = [], window.client = ZAFClient.init();
client && client.on("app.registered", given => told.push(["registered", given.context.ticketId]));
for (const name of ["ticket.requester.id.changed", "colorScheme.changed"])
  client && client.on(name, value => told.push([name, value]));
"""


@pytest.fixture
def theirs(window: Browser) -> Iterator[Browser]:
    """The vendor's script in the frame of our test desk, which has answered its handshake."""
    host = Host(HOST)
    host.ticket, host.locale, host.path, host.token = "101", "de", "/", False
    with answering(Theirs) as address:
        host.site = address.rstrip("/")
        window.open(host.origin)
        window.into_frame(0)
        window.until("return told.length === 1")
        yield window
    host.close()


def kept(window: Browser, script: str) -> Any:
    """What a promise of the vendor's script is kept with, or the message it is broken with."""
    return window.run(
        f"return ({script}).then(given => given, fault => 'failed: ' + (fault.message || fault.status))"
    )


def test_the_vendors_script_shakes_hands_with_our_test_desk(theirs: Browser) -> None:
    """It is registered with the ticket, and knows context and metadata as on the vendor's pages."""
    assert theirs.run("return told") == [["registered", 101]]
    context = kept(theirs, "client.context()")
    assert (context["instanceGuid"], context["location"], context["ticketId"]) == (
        GUID,
        "ticket_sidebar",
        101,
    )
    assert kept(theirs, "client.metadata()")["installationId"] == 1


def test_the_vendors_script_gets_sets_and_calls(theirs: Browser) -> None:
    """Many paths in one call with their errors, one path that fails alone, calls and requests."""
    got = kept(theirs, "client.get(['ticket.id', 'currentUser.locale', 'ticket.none'])")
    assert (got["ticket.id"], got["currentUser.locale"]) == (101, "de")
    assert got["errors"]["ticket.none"]["message"] == "No such Api"
    assert kept(theirs, "client.get('ticket.none')") == 'failed: "ticket.none" No such Api'
    assert kept(theirs, "client.set('ticket.subject', 'New')")["errors"] == {}
    assert kept(theirs, "client.get('ticket.subject')")["ticket.subject"] == "New"
    kept(theirs, "client.invoke('resize', { width: '100%', height: '333px' })")
    kept(theirs, "client.invoke('ticket.comment.appendText', 'Hello')")
    assert kept(theirs, "client.invoke('ticket.none')") == 'failed: "ticket.none" No such Api'
    assert kept(theirs, "client.request({ url: '/api/v2/users/me.json' })") == {
        "url": "/api/v2/users/me.json"
    }
    assert kept(theirs, "client.request({ url: '/none' })") == "failed: 404"
    theirs.into_frame(None)
    assert theirs.run("return [frame.style.height, document.getElementById('reply').value]") == [
        "333px",
        "Hello",
    ]


def test_the_vendors_script_hears_only_what_it_asked_for(theirs: Browser) -> None:
    """Events come once they are asked for and stop when they are not; asked before a save, it answers."""
    theirs.run("client.on('ticket.save', () => 'Say why first')")
    theirs.into_frame(None)
    theirs.until("return wanted.has('ticket.save')")
    theirs.run("happen('ticket.requester.id.changed', '8'); happen('ticket.status.changed', 'solved')")
    theirs.run("tell({ key: 'zaf.ticket.save', needsReply: true })")
    theirs.until("return said.some(one => one.key === 'iframe.reply:ticket.save')")
    reply = theirs.run("return said.find(one => one.key === 'iframe.reply:ticket.save').error.msg")
    assert reply == "Say why first"
    theirs.into_frame(0)
    assert theirs.run("return told.slice(1)") == [["ticket.requester.id.changed", "8"]]
    theirs.run("client.off('colorScheme.changed', client._messageHandlers['colorScheme.changed'][0])")
    theirs.into_frame(None)
    theirs.until("return !wanted.has('colorScheme.changed')")


def fits(window: Browser) -> None:
    """The frame is as tall as what is in it."""
    tall = window.run(TALL)
    window.into_frame(None)
    window.until(f"return frame.offsetHeight >= {tall} && frame.offsetHeight <= {tall} + 1")
    window.into_frame(0)


def happens(window: Browser, event: str, message: str) -> None:
    window.into_frame(None)
    window.run("happen(...arguments)", event, message)
    window.into_frame(0)


@pytest.mark.parametrize("locale", ["en", "ar"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [256, 320, 640])
def test_a_ticket_from_its_opening_to_the_end_of_the_pass(
    desk: Desk, window: Browser, width: int, scheme: str, locale: str
) -> None:
    """Our page there: handshake, advice, height, scheme, requester, insert, offline, end of the pass."""
    desk.width, desk.scheme, desk.locale, words = width, scheme, locale, speaking(locale)
    window.open(desk.origin)
    window.into_frame(0)
    window.until(READY)
    window.until(f"return document.documentElement.dir === '{words.direction}'")
    assert window.run("return [innerWidth, document.documentElement.scrollWidth]") == [width, width]
    assert window.run(GROUND) == {"light": LIGHT, "dark": DARK}[scheme]
    fits(window)
    window.run("document.querySelectorAll('details').forEach(each => each.open = true)")
    fits(window)

    happens(window, "colorScheme.changed", "light" if scheme == "dark" else "dark")
    window.until(f"{GROUND} === '{DARK if scheme == 'light' else LIGHT}'")

    assert "Maya Chen" in window.run(SAID)
    desk.requester = "Tom Okafor"
    desk.clock.advance(60)
    happens(window, "ticket.requester.id.changed", "8")
    window.until(f"{SAID}.includes('Tom Okafor')")
    assert "Maya" not in window.run(SAID)
    fits(window)

    sample = window.run("return document.getElementById('sample').textContent")
    window.click("[data-act=insert]")
    window.until(
        f"return document.getElementById('live').textContent === '{words.gettext('Inserted in the reply')}'"
    )
    window.into_frame(None)
    assert window.run("return document.getElementById('reply').value") == sample
    window.into_frame(0)
    assert window.complaints() == []

    window.cut_off()
    happens(window, "app.activated", "")
    window.until(f"{SAID}.includes('{words.gettext('Advice is not available')}')")
    assert "Tom" not in window.run(SAID)
    fits(window)
    window.cut_off(cut=False)
    window.click("[data-act=again]")
    window.until(READY)

    desk.clock.advance(LIFE + 1)
    happens(window, "app.activated", "")
    window.until(f"{SAID}.includes('{words.gettext('Reload the app to continue')}')")
    assert "Tom" not in window.run(SAID)
    fits(window)


def test_our_page_and_the_vendors_script_do_not_disturb_each_other(desk: Desk, window: Browser) -> None:
    """Both in one frame: advice is asked for once, each gets its own answers, and every event."""
    window.before(f"if (parent !== window) {{ {framework()}{MEET} }}")
    window.open(desk.origin)
    window.into_frame(0)
    window.until(READY)
    window.until("return told.length > 0")
    asked = (
        "return performance.getEntriesByType('resource').filter(one => one.name.includes('/tickets/')).length"
    )
    assert window.run(asked) == 1
    assert kept(window, "client.get('ticket.id')")["ticket.id"] == int(desk.ticket)
    kept(window, "client.invoke('ticket.comment.appendText', 'Theirs. ')")
    window.click("[data-act=insert]")
    window.until("return document.getElementById('live').textContent === 'Inserted in the reply'")
    sample = window.run("return document.getElementById('sample').textContent")
    happens(window, "colorScheme.changed", "dark")
    window.until(f"{GROUND} === '{DARK}'")
    assert window.run("return told.at(-1)") == ["colorScheme.changed", "dark"]
    fits(window)
    window.into_frame(None)
    assert window.run("return document.getElementById('reply').value") == f"Theirs. {sample}"
    assert window.run("return said.filter(one => one.key === 'iframe.handshake').length") == 2
    assert window.complaints() == []


def test_a_desk_that_does_not_answer_still_gets_advice(desk: Desk, window: Browser) -> None:
    """Without the agent's language the browser's is spoken; what is not inserted is said, in time."""
    desk.mute = ("get", "invoke")
    window.open(desk.origin)
    window.into_frame(0)
    window.until(READY)
    window.click("[data-act=insert]")
    window.until("return document.getElementById('live').textContent.startsWith('Not inserted')")


def test_a_xss_09_the_browser_lets_no_other_page_frame_it(desk: Desk, window: Browser) -> None:
    """Framed by another site nothing is drawn, signed or not; the home page is framed by nobody at all."""
    other = Host(HOST, ACCOUNT.installation)
    other.now, other.site, other.ticket = desk.clock.wall, desk.site, desk.ticket
    window.open(other.origin)
    assert any("frame-ancestors" in one for one in until_complaint(window))
    window.into_frame(0)
    assert window.run("return document.querySelector('main')") is None
    with states() as site:
        other.site, other.token = site.address, False
        for path in ("/sidebar", f"/sidebar/tickets/{desk.ticket}", "/"):
            other.path = path
            window.open(other.origin)
            assert any("frame-ancestors" in one for one in until_complaint(window)), path
            window.into_frame(0)
            assert window.run("return document.querySelector('main')") is None
    other.close()


def until_complaint(window: Browser) -> list[str]:
    """What the console says once a frame was refused, or has loaded."""
    window.run("return new Promise(done => setTimeout(done, 400))")
    return window.complaints()


FOREIGN = """
const said = ['{"key":"zaf.colorScheme.changed","message":"dark"}',
  '{"key":"zaf.app.registered","message":{"context":{"ticketId":1}}}',
  '{"key":"zaf.app.activated"}', '{', 'null'];
"""


def test_a_xss_10_messages_of_others_change_nothing(desk: Desk, window: Browser) -> None:
    """Neither another frame nor the page itself is listened to, and what is no message harms nothing."""
    window.open(desk.origin)
    window.into_frame(0)
    window.until(READY)
    window.run("document.querySelector('main article').id = 'before'")
    window.run(FOREIGN + "for (const one of said) postMessage(one, '*')")
    window.into_frame(None)
    window.run(
        "const other = document.createElement('iframe'); other.srcdoc = '<script>' + arguments[0] +"
        " 'for (const one of said) parent.frames[0].postMessage(one, \"*\")</' + 'script>';"
        "document.body.append(other)",
        FOREIGN,
    )
    window.run("for (const one of ['{', '7', 7, null]) frame.contentWindow.postMessage(one, '*')")
    window.run("return new Promise(done => setTimeout(done, 300))")
    window.into_frame(0)
    assert window.run(GROUND) == LIGHT
    assert window.run("return document.getElementById('before') !== null")
    assert window.complaints() == []
    happens(window, "colorScheme.changed", "dark")
    window.until(f"{GROUND} === '{DARK}'")
