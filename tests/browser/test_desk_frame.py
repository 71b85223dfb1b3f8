"""The sandbox's ticket page as host of an app: how it opens the frame, what it tells, does and refuses."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from connectors.clock import SystemClock
from connectors.frames import Account
from connectors.sandbox.apps import APP, INSTALLATION
from connectors.sandbox.server import RunningSandbox
from connectors.zendesk.signed import verify
from tests.browser.driver import Browser
from tests.clock import FakeClock
from tests.connectors.sandbox.rig import AGENT, ANA, small_desk, ticket

pytestmark = pytest.mark.full

READY = "return document.querySelector('main article') !== null"
SCRIPT = """<!doctype html><title>An app</title><script>
const asked = new URLSearchParams(location.search), guid = asked.get("app_guid"), heard = [];
addEventListener("message", event => heard.push(JSON.parse(event.data)));
const tell = word => parent.postMessage(
  JSON.stringify({ appGuid: guid, instanceGuid: guid, ...word }), asked.get("origin"));
const events = () => heard.filter(one => one.key).map(one => [one.key, one.message]);
</script>"""


class Opened:
    """An app of somebody else: a page that keeps what it hears, and how it was opened."""

    def __init__(self) -> None:
        self.query: dict[str, list[str]] = {}
        self.form: dict[str, list[str]] = {}
        self.told: dict[str, str] = {}
        app = self

        class Page(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                app.query = parse_qs(urlsplit(self.path).query)
                app.form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
                app.told = {name.lower(): value for name, value in self.headers.items()}
                self.send_response(200)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(SCRIPT.encode())

            def log_message(self, *_: object) -> None:
                """Nothing is told."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        self.address = f"http://127.0.0.1:{self.server.server_port}/app?kept=1"


@pytest.fixture(scope="module")
def opened() -> Iterator[Opened]:
    found = Opened()
    threading.Thread(target=found.server.serve_forever, daemon=True).start()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture(scope="module")
def sandbox(opened: Opened) -> Iterator[RunningSandbox]:
    desk = small_desk(FakeClock(SystemClock().wall()))
    ticket(desk, 102).priority = None
    with RunningSandbox(desk, sidebar=opened.address) as found:
        yield found


@pytest.fixture
def page(sandbox: RunningSandbox, window: Browser) -> Browser:
    """A window on a ticket, with the app's frame in hand."""
    window.open(f"{sandbox.address}/agent/tickets/102?scheme=dark")
    return into(window)


def into(window: Browser) -> Browser:
    window.into_frame(0)
    window.until("return typeof tell === 'function'")
    return window


def shake(page: Browser) -> dict[str, Any]:
    """What the page says after a handshake."""
    page.run("tell({ key: 'iframe.handshake', message: { version: 'test' } })")
    found: dict[str, Any] = page.until("return heard.find(one => one.key === 'zaf.app.registered')")
    return found


def ask(page: Browser, request: str, params: object) -> Any:
    """The answer to one request."""
    page.run("tell({ id: 'q' + heard.length, request: arguments[0], params: arguments[1] })", request, params)
    # As a text: the driver takes an object with an error in it for a fault of its own.
    mine = "const last = heard.at(-1); return last?.id === 'q' + (heard.length - 1) && JSON.stringify(last)"
    return json.loads(page.until(mine))


def invoke(page: Browser, name: str, *given: object) -> Any:
    return ask(page, "invoke", {name: list(given)})["result"]


def in_page(page: Browser, script: str, *given: object) -> Any:
    """Run a script in the ticket page, and come back into the frame."""
    page.into_frame(None)
    found = page.run(script, *given)
    page.into_frame(0)
    return found


def test_the_frame_is_opened_as_a_real_desk_does(
    sandbox: RunningSandbox, opened: Opened, page: Browser
) -> None:
    """A form with one token that holds, the app's own query kept, origin, guid and colours beside it."""
    assert set(opened.query) == {"kept", "origin", "app_guid", "colorScheme"}
    assert (opened.query["origin"], opened.query["colorScheme"]) == ([sandbox.address], ["dark"])
    assert set(opened.form) == {"token"}
    assert sandbox.desk.app is not None
    account = Account(urlsplit(sandbox.address).netloc, str(INSTALLATION), (sandbox.desk.app.public_key,))
    visit = verify(opened.form["token"][0], account, sandbox.desk.clock.wall())
    assert (visit.agent, visit.location) == (str(AGENT), "ticket_sidebar")
    assert "referer" not in opened.told
    first = opened.query["app_guid"]
    page.into_frame(None)
    page.run("location.reload()")
    page.until("return document.readyState === 'complete'")
    into(page)
    assert opened.query["app_guid"] != first
    assert page.complaints() == []


def test_a_handshake_is_answered_with_metadata_and_context(page: Browser, opened: Opened) -> None:
    """The numbers of app and installation, and which ticket is open."""
    said = shake(page)
    (guid,) = opened.query["app_guid"]
    assert said["instanceGuid"] == guid
    assert said["message"]["metadata"] == {"appId": APP, "installationId": INSTALLATION, "settings": {}}
    context = said["message"]["context"]
    assert (context["ticketId"], context["location"]) == (102, "ticket_sidebar")
    assert context["instanceGuid"] == guid


def test_what_the_page_shows_can_be_asked_for(page: Browser) -> None:
    """As it stands in the form now; what is not there is an error beside the rest."""
    in_page(page, "document.getElementById('reply').value = 'Half an'")
    in_page(page, "document.getElementById('tags').value = ' one  two '")
    wanted = [
        "ticket.id", "ticket.requester", "ticket.requester.id", "ticket.tags", "ticket.priority",
        "ticket.organization", "currentUser.locale", "comment.text", "colorScheme",
        "ticket.customField:custom_field_7", "ticket.organization.name", "ticket.__proto__", "nothing",
    ]  # fmt: skip
    result = ask(page, "get", wanted)["result"]
    errors = result.pop("errors")
    assert result.pop("ticket.requester") == {
        "id": ANA, "name": "Ana", "email": "ana@acme.example", "externalId": None,
    }  # fmt: skip
    assert result == {
        "ticket.id": 102, "ticket.requester.id": ANA, "ticket.tags": ["one", "two"], "ticket.priority": None,
        "ticket.organization": None, "currentUser.locale": "en-GB", "comment.text": "Half an",
        "colorScheme": "dark",
    }  # fmt: skip
    assert set(errors) == set(wanted[-4:])
    assert errors["nothing"]["message"] == '"nothing" No such Api'


def test_only_events_that_were_asked_for_are_told(page: Browser) -> None:
    """Reply, priority, status and tags as the agent edits them; after `off` no more."""
    shake(page)
    edit = (
        "for (const [id, value, turn] of arguments[0]) { const field = document.getElementById(id);"
        " field.value = value; field.dispatchEvent(new Event(turn)); }"
    )
    in_page(page, edit, [["priority", "low", "change"]])
    for event in ("comment.text.changed", "ticket.priority.changed", "ticket.tags.changed", "*.changed"):
        page.run("tell({ key: 'iframe.on:' + arguments[0], message: { subscriberCount: 1 } })", event)
    page.run("tell({ key: 'iframe.off:*.changed', message: { subscriberCount: 0 } })")
    page.run("tell({ key: 'iframe.off:ticket.tags.changed', message: { subscriberCount: 1 } })")
    assert ask(page, "get", ["ticket.id"])
    in_page(
        page,
        edit,
        [
            ["priority", "urgent", "change"], ["status", "pending", "change"], ["reply", "Hello", "input"],
            ["tags", "a b", "change"], ["priority", "", "change"],
        ],
    )  # fmt: skip
    page.until("return events().length > 4")
    assert page.run("return events().slice(1)") == [
        ["zaf.ticket.priority.changed", "urgent"],
        ["zaf.comment.text.changed", "Hello"],
        ["zaf.ticket.tags.changed", ["a", "b"]],
        ["zaf.ticket.priority.changed", None],
    ]


def test_a_new_page_in_the_frame_has_asked_for_nothing_yet(page: Browser) -> None:
    """A second handshake forgets what the first one asked for."""
    shake(page)
    page.run("tell({ key: 'iframe.on:*.changed', message: { subscriberCount: 1 } }); heard.length = 0")
    shake(page)
    in_page(page, "document.getElementById('status').dispatchEvent(new Event('change'))")
    assert ask(page, "get", ["ticket.id"])
    assert page.run("return events().length") == 1


def test_the_page_does_what_an_app_may_ask_of_it(page: Browser) -> None:
    """Height, a note to the agent that goes away, text into the reply, another ticket in a tab of its own."""
    done: dict[str, object] = {"errors": {}}
    assert invoke(page, "resize", {"width": "100%", "height": "432px"}) == {"resize": None, **done}
    assert in_page(page, "return document.getElementById('app').offsetHeight") == 432
    invoke(page, "resize", {"height": "99999px"})
    assert in_page(page, "return document.getElementById('app').offsetHeight") == 3000
    assert invoke(page, "notify", "<b>Kept</b>", "alert") == {"notify": None, **done}
    toast = "const found = document.getElementById('toast'); return [found.textContent, found.className]"
    assert in_page(page, toast) == ["<b>Kept</b>", "toast alert"]
    assert invoke(page, "ticket.comment.appendText", "First.") == {"ticket.comment.appendText": None, **done}
    invoke(page, "comment.appendText", "Second.")
    assert in_page(page, "return document.getElementById('reply').value") == "First.\n\nSecond."
    assert invoke(page, "track", {"type": "click"}) == {"track": None, **done}
    in_page(page, "window.went = []; window.open = to => { went.push(to); return {}; }")
    assert invoke(page, "routeTo", "ticket", 104) == {"routeTo": None, **done}
    assert "errors" in invoke(page, "routeTo", "ticket", "../x")
    assert in_page(page, "return went") == ["/agent/tickets/104?scheme=dark"]
    in_page(page, "window.open = () => null")
    refused = invoke(page, "routeTo", "ticket", "104")["errors"]["routeTo"]["message"]
    assert refused == "The browser opens no other tab"


def test_what_the_page_cannot_do_is_an_error_and_never_silence(page: Browser) -> None:
    """Unknown calls, every `set`, and requests that cannot be read: an app that waits would hang."""
    for name in ("popover", "toString", "constructor"):
        assert invoke(page, name)["errors"][name]["message"] == f'"{name}" No such Api'
    said = ask(page, "set", {"ticket.priority": "high"})["result"]
    assert said["errors"]["ticket.priority"]["message"] == '"ticket.priority" No such Api'
    assert in_page(page, "return document.getElementById('priority').value") == ""
    for request, params in (("get", None), ("get", 7), ("invoke", None), ("set", None)):
        assert ask(page, request, params)["error"]["message"] == "This request cannot be read"
    assert invoke(page, "resize")["errors"]["resize"]


def test_the_vendors_own_calls_are_taken_in_silence(page: Browser) -> None:
    """What its script tells without waiting is no fault, and is not answered."""
    page.run("tell({ key: 'session.live' }); tell({ key: '__track__', message: { event_name: 'x' } })")
    page.run("parent.postMessage('no JSON', '*'); parent.postMessage({ key: 'iframe.handshake' }, '*')")
    assert ask(page, "get", ["ticket.id"])["result"]["ticket.id"] == 102
    assert page.run("return heard.length") == 1
    assert page.complaints() == []


def test_a_closed_ticket_takes_no_reply(sandbox: RunningSandbox, window: Browser) -> None:
    """There is no form: its text cannot be asked for or written; the rest is as it was stored."""
    window.open(f"{sandbox.address}/agent/tickets/108")
    page = into(window)
    refused = invoke(page, "ticket.comment.appendText", "x")["errors"]["ticket.comment.appendText"]
    assert refused["message"] == "A closed ticket takes no reply"
    result = ask(page, "get", ["comment.text", "ticket.status", "ticket.tags"])["result"]
    assert set(result.pop("errors")) == {"comment.text"}
    assert result == {"ticket.status": "closed", "ticket.tags": ["first", "billing"]}


def test_only_the_apps_frame_is_listened_to(page: Browser) -> None:
    """Another window, another frame of the same site and another opening's guid write nothing."""
    word = "{ appGuid: guid, id: 1, request: 'invoke', params: { 'comment.appendText': ['x'] } }"
    page.run("tell({ appGuid: 'other', id: 1, request: 'invoke', params: { 'comment.appendText': ['x'] } })")
    guid = page.run("return guid")
    in_page(page, f"const guid = arguments[0]; postMessage(JSON.stringify({word}), '*')", guid)
    page.run(
        "const inner = document.body.appendChild(document.createElement('iframe'));"
        f"inner.contentWindow.eval(`top.postMessage(JSON.stringify(${{JSON.stringify({word})}}), '*')`)"
    )
    assert ask(page, "get", ["comment.text"])["result"]["comment.text"] == ""
    assert page.run("return heard.length") == 1


def test_the_demos_sidebar_is_open_to_its_desk_alone(demo: dict[str, str], window: Browser) -> None:
    """The signed page has the advice; without a signature there is neither page nor fragment."""
    window.open(demo["ticket_page"])
    window.into_frame(0)
    window.until(READY)
    assert window.run("return location.pathname") == "/zendesk/sidebar"
    assert window.run("return document.body.dataset.subject") == ""
    number = demo["ticket_page"].rpartition("/")[2]
    with httpx.Client(base_url=demo["app"], trust_env=False) as client:
        for path in ("/sidebar?ticket=", "/sidebar/tickets/", "/zendesk/sidebar/tickets/"):
            assert client.get(f"{path}{number}").status_code == 401
        assert client.get(f"/api/tickets/{number}/advice").status_code == 401
        assert client.get("/zendesk/sidebar").status_code == 405
        assert client.post("/zendesk/sidebar", data={"token": "a.b.c"}).status_code == 401


def test_the_demos_agent_is_answered_in_the_language_of_the_page(
    demo: dict[str, str], window: Browser
) -> None:
    """What is chosen for the agent on the ticket page is told to the frame as their language."""
    window.open(f"{demo['ticket_page']}?locale=ar")
    window.into_frame(0)
    window.until(READY)
    window.until("return document.documentElement.lang === 'ar'")
    assert window.run("return document.documentElement.dir") == "rtl"
    assert window.complaints() == []
