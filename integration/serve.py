"""One process that serves the pages and runs the schedule, until it is told to stop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server
from starlette.applications import Starlette

from connectors import embedded, read_visit, read_webhook
from connectors.frames import Account, UnknownKeyError, Visit
from connectors.hints import Hint
from integration import stopping
from integration.app import App
from integration.frame_keys import AccountKey, Keys, frame_keys
from integration.overview import overview
from integration.remembered import SECRETS, secrets
from integration.scheduler import Scheduler
from integration.settings import SettingsError
from integration.sidebar.stored import company_sources, customer_sources, sources
from integration.store import feedback, inbox
from integration.store.feedback import Feedback
from integration.web.app import create, is_origin
from integration.web.door import Door
from integration.web.hooks import Headers, Hooks
from integration.web.session import Passes
from integration.words import LANGUAGES, is_spoken

LOOPBACK = ("127.0.0.1", "localhost")

FIRST_LOOK = 5.0
"""Seconds that a start waits for the app's key where none was kept, so that the first agent finds it."""


def serve(app: App, *, port: int, ready: Callable[[str], None]) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP; ``ready`` gets the address once connections are accepted.

    Raises SettingsError or PolicyError before that for what no cycle could work with.
    """
    settings = app.settings
    _demand_safe(app)
    _demand_workable(app)
    scheduler = Scheduler(app)
    keys = frame_keys(app)
    if isinstance(keys, AccountKey):
        keys.start()
        if not keys.known:
            keys.settle(FIRST_LOOK)
    web = _web(app, scheduler, keys)
    host, chosen = settings.server.host, free_port(settings.server.host, port)
    server = Server(
        web,
        address=host,
        port=chosen,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        websockets=False,
        log_enabled=False,
    )
    scheduler.start()
    try:
        asyncio.run(_run(server, host, chosen, ready))
    finally:
        if isinstance(keys, AccountKey):
            keys.end()
        scheduler.stop()


def _web(app: App, scheduler: Scheduler, keys: Keys | None) -> Starlette:
    settings = app.settings
    return create(
        sources=lambda ticket: sources(app.store, ticket, scheduler.next_cycle()),
        customers=lambda customer: customer_sources(app.store, customer, scheduler.next_cycle()),
        companies=lambda company: company_sources(app.store, company, scheduler.next_cycle()),
        policy=lambda: app.policy,
        overview=lambda: overview(app, scheduler.next_cycle()),
        clock=app.clock,
        zone=settings.time_zone,
        unsigned_sidebar=settings.sidebar.unsigned,
        frame_ancestors=settings.sidebar.frame_ancestors,
        hosts=LOOPBACK if settings.sidebar.unsigned else (),
        hooks={settings.desk.vendor: _hooks(app, scheduler)},
        door=_door(app, keys) if keys else None,
        keep=lambda given: _keep(app, given),
        written=lambda: app.store.written,
        locale=settings.sidebar.locale,
    )


def _keep(app: App, given: Feedback) -> None:
    with app.store.write() as connection:
        feedback.put(connection, given)


def _door(app: App, keys: Keys) -> Door:
    """The way in for agents whom the account has signed in."""
    settings = app.settings
    address = urlsplit(app.desk)
    host, installation = address.netloc, settings.sidebar.installation_id

    def read(token: str) -> Visit:
        account = Account(host, installation, keys.known)
        try:
            return read_visit(settings.desk.vendor, token, account, now=app.clock.wall())
        except UnknownKeyError:
            keys.look()
            raise

    return Door(
        path=f"/{settings.desk.vendor}/sidebar",
        origin=f"{address.scheme}://{host}",
        read=read,
        passes=Passes(app.clock, host, installation),
    )


def _hooks(app: App, scheduler: Scheduler) -> Hooks:
    """The door for the desk's webhooks; without a secret of `deskcue setup` it takes none for genuine."""
    settings = app.settings

    def read(headers: Headers, body: bytes) -> Hint | None:
        held = tuple(secrets(settings.data / SECRETS).values())
        return read_webhook(settings.desk.vendor, headers, body, secrets=held, now=app.clock.wall())

    def remember(hint: Hint) -> None:
        with app.store.write() as connection:
            inbox.remember(connection, hint, app.clock.wall())
        scheduler.hurry()

    return Hooks(read=read, remember=remember, clock=app.clock)


def _demand_safe(app: App) -> None:
    """An unsigned sidebar shows customers to whoever asks, so it stays on this machine."""
    if app.settings.sidebar.unsigned and app.settings.server.host not in LOOPBACK:
        raise SettingsError(
            "sidebar.unsigned shows customer data to whoever can reach the server, so it works only with"
            " server.host = 127.0.0.1."
        )


def _demand_workable(app: App) -> None:
    """The desk's address, the store's desk, the policy, the frame's origins and language: read once, now."""
    _ = app.connector, app.policy
    for origin in app.settings.sidebar.frame_ancestors:
        if not is_origin(origin):
            raise SettingsError(
                f"sidebar.frame_ancestors: {origin!r} is not an origin such as https://acme.zendesk.com."
            )
    if not is_spoken(app.settings.sidebar.locale):
        raise SettingsError(
            f"sidebar.locale: the sidebar does not speak {app.settings.sidebar.locale!r}."
            f" It speaks {', '.join(LANGUAGES)}, and each with a region, such as en-GB."
        )


async def _run(server: Server, host: str, port: int, ready: Callable[[str], None]) -> None:
    stop = embedded.until_signal()
    stopping.demand()
    await embedded.serve(server, host, port, stop=stop, ready=lambda: ready(f"http://{host}:{port}"))


def free_port(host: str, wanted: int = 0) -> int:
    """The port wanted, or for 0 one that nobody listens on; raises SettingsError when it is taken.

    The server itself shares its port, so that two of them would answer in turn: this finds out before.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, wanted))
        except OSError as fault:
            raise SettingsError(
                f"{host}:{wanted} cannot be listened on: {fault.strerror}."
                " Set another server.port (--port) or server.host."
            ) from None
        return int(probe.getsockname()[1])
