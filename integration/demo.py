"""The demo: a sandbox desk in a process of its own, the whole cycle against it, and the app beside it."""

from __future__ import annotations

import json as jsonlib
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from integration import faults, jobs, show
from integration.app import App, opened
from integration.serve import free_port, serve
from integration.settings import Settings, stated
from integration.store import planning
from integration.tell import tell_cycle

HOST = "127.0.0.1"


class DemoError(Exception):
    """The demo could not be set up; the message says why."""


class _Desk(NamedTuple):
    """What the sandbox desk says of itself when it is ready."""

    address: str
    app_id: str
    installation_id: str


def demo(*, once: bool, tickets: Path | None, port: int, desk_port: int, json: bool) -> int:
    """Run the cycle twice and end (``once``), or run it and serve until Ctrl-C.

    Everything is kept in a temporary folder that goes away at the end.
    """
    token = secrets.token_urlsafe(24)
    port = free_port(HOST, port)
    sidebar = f"http://{HOST}:{port}/zendesk/sidebar"
    with (
        tempfile.TemporaryDirectory(prefix="deskcue-demo-") as folder,
        _desk(tickets, desk_port, token, sidebar) as desk,
        opened(_settings(desk, token, Path(folder), tickets), writer=True) as app,
    ):
        if once:
            return _twice(app, json=json)
        return _stay(app, port, desk.address, json=json)


def _settings(desk: _Desk, token: str, folder: Path, tickets: Path | None) -> Settings:
    """The demo's own settings; a deskcue.toml or DESKCUE_* of the real desk does not reach it."""
    return stated(
        desk={"address": desk.address, "client_id": "deskcue", "client_secret": token, "loopback": True},
        writing={"mode": "write", "write_to": "all" if tickets else "open", "most_share": 1.0},
        sidebar={"app_id": desk.app_id, "installation_id": desk.installation_id},
        data=folder,
    )


def _twice(app: App, *, json: bool) -> int:
    cycles = []
    for _ in range(2):
        with show.progress() as progress:
            cycle = jobs.cycle(app, progress)
        cycles.append(cycle)
        if not json:
            tell_cycle(cycle, app.policy)
    if json:
        show.as_json({"cycles": [_figures(cycle) for cycle in cycles]})
    whole = all(cycle.synced.complete for cycle in cycles)
    return faults.OK if whole else faults.PARTIAL


def _figures(cycle: jobs.Cycle) -> dict[str, object]:
    return {
        "customers": cycle.customers,
        "tickets": cycle.tickets,
        "segments": cycle.segments,
        "planned": cycle.planned.foot.changes,
        "written": cycle.applied.changes if cycle.applied else 0,
        "changed_tickets": cycle.applied.written if cycle.applied else 0,
        "requests": cycle.requests,
        "seconds": cycle.seconds,
    }


def _stay(app: App, port: int, address: str, *, json: bool) -> int:
    with show.progress() as progress:
        cycle = jobs.cycle(app, progress)
    if not json:
        tell_cycle(cycle, app.policy)
    ticket = _ticket_to_open(app)

    def ready(at: str) -> None:
        page = f"{address}/agent/tickets/{ticket}" if ticket else f"{address}/agent/tickets"
        if json:
            show.as_json({"cycles": [_figures(cycle)], "ticket_page": page, "app": at})
        else:
            show.line(f"\nA ticket page, as an agent sees it:  {page}")
            show.line(f"The app, for admins and managers:    {at}")
            show.line("Ctrl-C ends both.")
        sys.stdout.flush()

    serve(app, port=port, ready=ready)
    return faults.OK


def _ticket_to_open(app: App) -> str | None:
    """Of the tickets in the best ranked segment, the one whose customer began to wait last.

    One for which high priority has no room is shown only where there is no other.
    """
    best: tuple[int, bool, int, str] | None = None
    for known in planning.everything(app.store, at_rest=False, most_high=app.policy.most_high):
        segment = known.decision.segment if known.decision else None
        if segment is not None:
            rank = app.policy.segments[segment].rank
            place = (rank, known.full is not None, -(known.ticket.waiting_since or 0), known.ticket.id)
            best = min(best or place, place)
    return best[3] if best else None


@contextmanager
def _desk(tickets: Path | None, port: int, token: str, sidebar: str) -> Iterator[_Desk]:
    """A sandbox desk for the length of the demo, with our app installed in it."""
    command = [sys.executable, "-m", "integration.cli", "sandbox", "--json", "--port", str(port)]
    # A real desk gives out ten pages a minute: nobody waits for that in a demonstration.
    command += ["--sidebar", sidebar, "--plan", "unlimited"]
    command += ["--tickets", str(tickets)] if tickets else []
    # The token goes through the environment: arguments are seen by every user of the machine.
    environment = {**os.environ, "DESKCUE_SANDBOX_TOKEN": token}
    # Its own group, so that Ctrl-C reaches the desk only after the app has closed.
    desk = subprocess.Popen(  # noqa: S603  # our own interpreter and module
        command, env=environment, stdout=subprocess.PIPE, start_new_session=True
    )
    try:
        yield _said(desk)
    finally:
        desk.terminate()
        try:
            desk.wait(timeout=10)
        except subprocess.TimeoutExpired:
            desk.kill()


def _said(desk: subprocess.Popen[bytes]) -> _Desk:
    said = _document(desk.stdout) if desk.stdout else ""
    try:
        found = jsonlib.loads(said)
        return _Desk(*(str(found[name]) for name in _Desk._fields))
    except (ValueError, KeyError):
        raise DemoError(
            "The sandbox desk did not start; what it said stands above. Is its port taken? Try --desk-port 0."
        ) from None


def _document(stream: IO[bytes]) -> str:
    """Read up to the end of the first JSON document: the desk prints one when it is ready."""
    text = ""
    for line in stream:
        text += line.decode()
        if line.rstrip() == b"}":
            break
    return text
