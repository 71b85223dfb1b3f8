"""Signing in by consent: show where to agree, wait for the answer from browser or keyboard, keep it."""

from __future__ import annotations

import os
import select
import sys
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import IO

from connectors import invite
from connectors.base import Identity, Invitation
from connectors.clock import Clock, SystemClock
from integration import faults, show
from integration.app import signed_in, user_agent
from integration.settings import Settings, SettingsError, demand_desk, load
from integration.vault import FileVault

HOST = "127.0.0.1"
PATH = "/signed-in"
LIMIT = 900.0
"""Seconds a person is given to agree."""

_PAGE = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>Deskcue</title>"
    "<p>{}</p><p>You can close this window; the terminal tells how it went.</p>"
)


class SignInError(Exception):
    """Nobody signed in; the message says why."""


def sign_in(*, port: int, setup: bool, json: bool) -> int:
    """Ask for consent, store what it gives, and prove that it works."""
    clock, settings = SystemClock(), _settings()
    with _Listener(port) as listener, closing(_invitation(settings, clock, listener, setup=setup)) as asked:
        _invite(asked.address, listener.address)
        pair = asked.redeem(listener.wait(asked, clock))
    vault = FileVault(settings.sign_in)
    with vault.locked():
        vault.save(pair)
    with closing(signed_in(settings, clock)) as connector:
        who = connector.identity()
    _tell(who, settings, pair.scope, json=json)
    return faults.OK


def _settings() -> Settings:
    settings = load()
    demand_desk(settings)
    if settings.desk.sign_in != "authorization_code":
        raise SettingsError(
            f'desk.sign_in is "{settings.desk.sign_in}", which needs no consent.'
            ' Set it to "authorization_code" to sign in as a person.'
        )
    return settings


def _invitation(settings: Settings, clock: Clock, listener: _Listener, *, setup: bool) -> Invitation:
    desk = settings.desk
    try:
        return invite(
            desk.vendor,
            address=desk.address,
            client_id=desk.client_id,
            client_secret=desk.client_secret.get_secret_value(),
            clock=clock,
            loopback=desk.loopback,
            redirect=listener.address,
            user_agent=user_agent(settings),
            setup=setup,
        )
    except ValueError as fault:
        raise SettingsError(f"desk.vendor and desk.address: {fault}") from None


def _invite(address: str, redirect: str) -> None:
    """On standard error, so that standard output stays one document where JSON is asked for."""
    sys.stderr.write(
        f"Open this address in a browser and agree, as an admin of the help desk:\n\n{address}\n\n"
        f"The OAuth client must know the redirect address {redirect}\n"
        "If that browser is on another machine, its last page will not load:"
        " paste the address of that page here.\n"
    )
    sys.stderr.flush()


def _tell(who: Identity, settings: Settings, scope: str, *, json: bool) -> None:
    if json:
        said = {"user": who.id, "role": who.role, "scopes": scope.split(), "stored": str(settings.sign_in)}
        show.as_json(said)
        return
    show.line(f"Signed in as {show.plain(who.name)} ({who.role}), with the scopes {show.plain(scope)}.")
    show.line(f"The tokens are in {settings.sign_in}, for this user of the machine only.")
    if who.role != "admin":
        show.line("This user is no admin, and much of the desk is for admins: see `deskcue doctor`.")


class _Listener:
    """Waits on a loopback port for the browser that comes back."""

    def __init__(self, port: int) -> None:
        try:
            self._server = _Server((HOST, port), _Answer)
        except OSError as fault:
            raise SettingsError(
                f"{HOST}:{port} cannot be listened on: {fault.strerror}. Choose another --port."
            ) from None
        self._server.timeout = 0.0

    @property
    def address(self) -> str:
        """Where the browser is to come back to."""
        return f"http://{HOST}:{self._server.server_port}{PATH}"

    def __enter__(self) -> _Listener:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.server_close()

    def wait(self, invitation: Invitation, clock: Clock) -> str:
        """The address the browser came back to, or what somebody typed; SignInError when nobody did."""
        self._server.invitation = invitation
        sources: list[_Server | IO[str]] = [self._server, *_keyboard()]
        end = clock.mono() + LIMIT
        while (left := end - clock.mono()) > 0:
            ready, _, _ = select.select(sources, [], [], left)
            for source in ready:
                if isinstance(source, _Server):
                    source.handle_request()
                    if source.said:
                        return source.said
                elif typed := source.readline():
                    if typed.strip():
                        return typed.strip()
                else:
                    sources.remove(source)  # nobody can type any more; the browser still can come
        raise SignInError("Nobody agreed within 15 minutes. Run `deskcue sign-in` again.")


def _keyboard() -> list[IO[str]]:
    """Standard input, where there is one."""
    try:
        os.fstat(sys.stdin.fileno())
    except (AttributeError, ValueError, OSError):
        return []
    return [sys.stdin]


class _Server(HTTPServer):
    invitation: Invitation
    said = ""


class _Answer(BaseHTTPRequestHandler):
    """One visit of a browser. What does not answer our invitation changes nothing."""

    timeout = 2
    """Browsers open connections in advance and say nothing on them."""

    def do_GET(self) -> None:  # the library's name
        server = self.server
        assert isinstance(server, _Server)  # noqa: S101  # for the type checker
        if self.path.partition("?")[0] != PATH:
            self._page(404, "There is nothing here.")
        elif server.invitation.answers(self.path):
            server.said = self.path
            self._page(200, "Deskcue has got the answer.")
        else:
            self._page(400, "This is the answer to another sign-in.")

    def _page(self, status: int, sentence: str) -> None:
        body = _PAGE.format(sentence).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", "default-src 'none'")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's name
        """Say nothing: the address holds the code."""
