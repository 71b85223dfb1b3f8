"""The signed sidebar in a real browser, inside a page that speaks the framework's messages."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import jwt
import pytest

from connectors.sandbox.server import RunningSandbox
from integration import jobs
from integration.progress import silent
from integration.store import feedback
from integration.store.engine import Store
from integration.store.feedback import Feedback, Wanted
from tests.browser.driver import Browser
from tests.browser.serving import serving
from tests.connectors.zendesk.test_signed import OURS, pem
from tests.integration.desk import beside, small_desk

pytestmark = pytest.mark.full

READY = "return document.querySelector('main article') !== null"
PAGE = """<!doctype html><title>Ticket</title><body>
<iframe name="app" style="width:320px;height:100px;border:0"></iframe>
<form method="post" target="app" action="%(action)s">
<input type="hidden" name="token" value="%(token)s"></form>
<script>
const said = [], frame = document.querySelector("iframe");
const tell = word => frame.contentWindow.postMessage(JSON.stringify(word), "%(site)s");
addEventListener("message", event => {
  const word = JSON.parse(event.data);
  said.push(word);
  if (word.key === "iframe.handshake") tell({ key: "zaf.app.registered",
    message: { metadata: {}, context: { ticketId: %(ticket)s, location: "ticket_sidebar" } } });
  if (word.request === "get" && %(locale)s)
    tell({ id: word.id, result: { "currentUser.locale": %(locale)s, errors: {} } });
  if (word.request === "invoke") {
    if (word.params.resize) frame.style.height = word.params.resize[0].height;
    tell({ id: word.id, result: { errors: {} } });
  }
});
document.querySelector("form").submit();
</script>"""


class Host:
    """The desk's own pages: each opening is signed anew."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        self.account = urlsplit(sandbox.address).netloc
        self.site, self.ticket, self.shift, self.locale, self.store = "", "null", 0, "", Path()
        host = self

        class Page(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(host.page().encode())

            def log_message(self, *_: object) -> None:
                """Nothing is told."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def page(self) -> str:
        now = int(time.time()) + self.shift
        home = f"https://{self.account}/api/v2"
        claims = {
            "iss": self.account, "aud": f"{home}/apps/installations/1.json", "sub": f"{home}/users/9.json",
            "iat": now, "nbf": now, "exp": now + 300, "jti": str(time.monotonic_ns()),
            "context": {"product": "support", "location": "ticket_sidebar"},
        }  # fmt: skip
        asked = urlencode({"origin": self.origin, "app_guid": "8f2e", "colorScheme": "light"})
        return PAGE % {
            "action": f"{self.site}/zendesk/sidebar?{asked}",
            "token": jwt.encode(claims, OURS, algorithm="RS256"),
            "site": self.site,
            "ticket": self.ticket,
            "locale": json.dumps(self.locale),
        }

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A desk whose pages frame an installation that serves."""
    folder = tmp_path_factory.mktemp("served")
    with RunningSandbox(small_desk(), delay=0.0) as sandbox:
        with beside(sandbox, folder / "var") as app:
            jobs.cycle(app, silent)
            with app.store.read() as connection:
                ticket = connection.exec_driver_sql("SELECT ticket_id FROM decisions ORDER BY 1").scalar()
        found = Host(sandbox)
        found.ticket = str(ticket)
        found.store = folder / "var" / "deskcue.db"
        (folder / "key.pem").write_text(pem(OURS))
        with serving(
            folder, sandbox, installation_id="1", public_key_files='["key.pem"]',
            frame_ancestors=json.dumps([found.origin]),
        ) as found.site:  # fmt: skip
            yield found
        found.close()


def keys(window: Browser) -> list[str]:
    said: list[str] = window.run("return said.map(one => one.key || Object.keys(one.params)[0])")
    return said


def test_a_signed_agent_sees_the_tickets_advice(host: Host, window: Browser) -> None:
    """Handshake, ticket, advice, height; the pass is not left in the page, nothing is complained about."""
    window.open(host.origin)
    window.into_frame(0)
    window.until(READY)
    assert window.run("return document.body.dataset.pass === undefined")
    tall = window.run("return document.body.offsetHeight")
    window.into_frame(None)
    window.until(f"return document.querySelector('iframe').offsetHeight >= {tall}")
    assert keys(window)[0] == "iframe.handshake"
    assert "iframe.on:ticket.requester.id.changed" in keys(window)
    assert window.complaints() == []


def test_what_the_desk_tells_is_followed(host: Host, window: Browser) -> None:
    """Another colour scheme is put on, a changed requester asked about, the opening line inserted."""
    window.open(host.origin)
    window.into_frame(0)
    window.until(READY)
    window.run("document.querySelector('main article').id = 'before'")
    window.into_frame(None)
    window.run("tell({ key: 'zaf.colorScheme.changed', message: 'dark' })")
    window.run("tell({ key: 'zaf.ticket.requester.id.changed', message: '9' })")
    window.into_frame(0)
    window.until("return getComputedStyle(document.body).backgroundColor === 'rgb(21, 26, 30)'")
    window.until("return document.querySelector('main article') && !document.getElementById('before')")
    window.click("[data-act=insert]")
    window.until("return document.getElementById('live').textContent === 'Inserted in the reply'")
    window.into_frame(None)
    sample = window.run("return said.find(one => one.params && one.params['ticket.comment.appendText'])")
    assert sample["params"]["ticket.comment.appendText"][0]


def test_a_ticket_that_is_not_there_yet_says_so(host: Host, window: Browser) -> None:
    """On a new ticket there is nobody chosen, and nothing is asked for."""
    host.ticket, before = "null", host.ticket
    window.open(host.origin)
    window.into_frame(0)
    window.until("return document.querySelector('h1')?.textContent === 'No customer chosen'")
    host.ticket = before


def test_a_token_of_yesterday_shows_nothing(host: Host, window: Browser) -> None:
    """The frame says that it has to be reloaded, and holds neither a pass nor a customer."""
    host.shift = -86_400
    window.open(host.origin)
    window.into_frame(0)
    window.until("return document.body.textContent.includes('Reload the app to continue')")
    assert window.run("return document.body.dataset.pass === undefined")
    host.shift = 0


TAB, ENTER, SPACE, DOWN = "\ue004", "\ue007", " ", "\ue015"


def test_an_answer_is_given_by_the_keyboard_alone(host: Host, window: Browser) -> None:
    """From the first button by Tab, Enter, Space and arrow to the thanks, which take the focus."""
    window.open(host.origin)
    window.into_frame(0)
    window.until(READY)
    window.run("document.querySelector('[data-act=right]').focus()")
    window.press(TAB, ENTER, TAB, SPACE, DOWN, TAB, *"Too stiff", TAB, ENTER)
    window.until("return document.activeElement.textContent.startsWith('Thank you')")
    assert window.run("return document.querySelector('[data-act=right]').offsetParent === null")
    assert window.complaints() == []
    given = answers(host)[0]
    assert (given.ticket_id, given.agent_id, given.verdict) == (host.ticket, "9", "wrong")
    assert (given.part, given.line) == ("tone", "Too stiff")


def test_an_answer_by_the_pointer_replaces_the_former(host: Host, window: Browser) -> None:
    """One press is enough where the advice is right; what fails is said, and can be tried again."""
    window.open(host.origin)
    window.into_frame(0)
    window.until(READY)
    window.run("window.kept = window.fetch; window.fetch = () => Promise.reject(new TypeError('gone'))")
    window.click("[data-act=right]")
    window.until("return document.activeElement.textContent.startsWith('Not kept')")
    window.run("window.fetch = window.kept")
    window.click("[data-act=right]")
    window.until("return document.activeElement.textContent.startsWith('Thank you')")
    assert window.run("return document.querySelectorAll('.judge p:not([hidden])').length") == 1
    assert [(one.verdict, one.part, one.line) for one in answers(host)] == [("right", "", "")]


def answers(host: Host) -> list[Feedback]:
    """What is kept, the newest first."""
    store = Store(host.store, writer=False)
    try:
        with store.read() as connection:
            return feedback.latest(connection, Wanted(), 9)
    finally:
        store.close()


def test_the_agents_language_is_asked_of_the_desk(host: Host, window: Browser) -> None:
    """Words, numerals, direction and announcements are those of the agent, whatever the browser prefers."""
    host.locale = "ar-EG"
    window.open(host.origin)
    window.into_frame(0)
    window.until(READY)
    window.until("return document.getElementById('words').lang === 'ar'")
    root = "return [document.documentElement.lang, document.documentElement.dir, document.title]"
    assert window.run(root) == ["ar", "rtl", "إرشادات العميل"]
    assert window.run("return document.querySelector('article').dataset.locale") == "ar-EG-u-nu-arab"
    window.click("[data-act=insert]")
    window.until("return document.getElementById('live').textContent === 'أُدرج في الرد'")
    assert window.complaints() == []
    host.locale = ""


def test_before_a_requester_is_chosen_the_agents_language_is_spoken(host: Host, window: Browser) -> None:
    """A new ticket has no advice to bring the language along; the page's own words are fetched."""
    host.ticket, before, host.locale = "null", host.ticket, "de"
    window.open(host.origin)
    window.into_frame(0)
    window.until("return document.querySelector('h1')?.textContent === 'Kein Kunde gewählt'")
    assert window.run("return document.documentElement.lang") == "de"
    host.ticket, host.locale = before, ""
