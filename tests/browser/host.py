"""A desk's own pages for tests: they frame an app, sign who opens it, and speak the framework's messages.

What the vendor's script is told here, it understands: ``test_framework.py`` asks it.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode

import jwt

from tests.connectors.zendesk.test_signed import OURS

GUID = "8f2e"

PAGE = """<!doctype html><title>Ticket</title><body>
<iframe name="app" style="width:%(width)spx;height:100px;border:0"></iframe>
<form method="post" target="app" action="%(address)s">
<input type="hidden" name="token" value="%(token)s"></form>
<textarea id="reply"></textarea>
<script>
const values = %(values)s, context = %(context)s, mute = %(mute)s;
const said = [], wanted = new Set(), frame = document.querySelector("iframe");
let met = false;
const tell = word =>
  frame.contentWindow.postMessage(JSON.stringify({ ...word, instanceGuid: "%(guid)s" }), "%(site)s");
const happen = (event, message) => { if (wanted.has(event)) tell({ key: "zaf." + event, message }); };

const acts = {
  resize: size => { frame.style.height = size.height; },
  "ticket.comment.appendText": text => { document.getElementById("reply").value += text; },
  routeTo: () => {}, notify: () => {}, track: () => {},
};
const answers = {
  get: paths => paths.map(path => [path, () => values[path]]),
  set: pairs => Object.entries(pairs).map(([path, value]) => [path, () => values[path] = value]),
  invoke: calls => Object.entries(calls).map(([path, given]) =>
    [path, acts[path] && (() => acts[path](...given) ?? null)]),
};
const answer = (request, params) => {
  const result = { errors: {} };
  for (const [path, act] of answers[request](params)) {
    const found = act && act();
    if (found === undefined) result.errors[path] = { name: "Error", path, message: "No such Api" };
    else result[path] = found;
  }
  return result;
};

addEventListener("message", event => {
  if (event.source !== frame.contentWindow || event.origin !== "%(site)s") return;
  // The vendor's script writes JSON, but for the reply before a save.
  const word = typeof event.data === "string" ? JSON.parse(event.data) : event.data;
  const { key = "", message, id, request } = word, [kind, name] = key.split(/:(.*)/);
  if (word.appGuid !== "%(guid)s") return;
  said.push(word);
  if (key === "iframe.handshake") {
    met = true;
    const metadata = { appId: 1, installationId: 1, settings: {} };
    tell({ key: "zaf.app.registered", message: { metadata, context } });
  } else if (!met) return;
  else if (kind === "iframe.on") wanted.add(name);
  else if (kind === "iframe.off") message.subscriberCount || wanted.delete(name);
  else if (kind === "request") tell(message.url === "/none"
    ? { key: "zaf." + key + ".fail", message: { responseArgs: [{ status: 404 }] } }
    : { key: "zaf." + key + ".done", message: { responseArgs: [{ url: message.url }] } });
  else if (request in answers && !mute.includes(request)) tell({ id, result: answer(request, word.params) });
});
%(start)s
</script>"""


class Host:
    """The desk's own pages: each opening is signed anew for the agent 9 of this account and installation."""

    def __init__(self, account: str, installation: str = "1") -> None:
        self._account, self._installation = account, installation
        self.site, self.path, self.token = "", "/zendesk/sidebar", True
        self.ticket, self.locale, self.scheme, self.width = "null", "", "light", 320
        self.place, self.told = "ticket_sidebar", dict[str, object]()
        self.mute: tuple[str, ...] = ()
        """Requests that are never answered: ``get``, ``set``, ``invoke``."""
        self.now: Callable[[], int] = lambda: int(time.time())
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

    @property
    def values(self) -> Mapping[str, Any]:
        """What the page tells of the ticket and of who looks at it."""
        known = {
            "ticket.id": json.loads(self.ticket),
            "ticket.requester": {"id": 7, "name": "Maya Chen"},
            "ticket.subject": "Export has been failing since this morning",
            "colorScheme": self.scheme,
        }
        return known | self.told | ({"currentUser.locale": self.locale} if self.locale else {})

    def page(self) -> str:
        asked = urlencode({"origin": self.origin, "app_guid": GUID, "colorScheme": self.scheme})
        address = f"{self.site}{self.path}?{asked}"
        context = {
            "instanceGuid": GUID, "product": "support", "account": {"subdomain": "acme"},
            "location": self.place, "ticketId": json.loads(self.ticket),
        }  # fmt: skip
        return PAGE % {
            "address": address, "guid": GUID, "site": self.site,
            "token": self._signed() if self.token else "",
            "values": json.dumps(self.values), "context": json.dumps(context), "mute": json.dumps(self.mute),
            "width": self.width,
            "start": "document.forms[0].submit();" if self.token else f"frame.src = {json.dumps(address)};",
        }  # fmt: skip

    def _signed(self) -> str:
        now, home = self.now(), f"https://{self._account}/api/v2"
        claims = {
            "iss": self._account, "aud": f"{home}/apps/installations/{self._installation}.json",
            "sub": f"{home}/users/9.json", "iat": now, "nbf": now, "exp": now + 300,
            "jti": str(time.monotonic_ns()), "context": {"product": "support", "location": self.place},
        }  # fmt: skip
        return jwt.encode(claims, OURS, algorithm="RS256")

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
