"""What each command does: open the app, call a job, print what happened, give the exit code."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import msgspec

from integration import faults, jobs, show
from integration.app import opened
from integration.explain import Why, WhyCustomer, asked, way_into, why_customer
from integration.explain import why as explain_ticket
from integration.plan_file import PlanError, lines
from integration.settings import Settings, SettingsError, demand_desk, load
from integration.store.dump import canonical as canonical_dump
from integration.store.dump import everything
from integration.sync import Synced
from integration.tell import (
    tell_applied,
    tell_checked,
    tell_finding,
    tell_health,
    tell_plan,
    tell_sync,
    tell_then,
    tell_waiting,
    tell_why,
)
from integration.tell_customer import tell_customer, tell_segment
from integration.tell_setup import carried_document, survey_document, tell_carried, tell_survey
from integration.then import instant, why_then


def sync(*, json: bool) -> int:
    """Read the desk."""
    with opened(_with_desk(), writer=True) as app, show.progress() as progress:
        synced = jobs.sync_desk(app, progress)
    show.as_json(synced) if json else tell_sync(synced)
    return how_well(synced)


def how_well(synced: Synced) -> int:
    """The exit code of a sync: partly done needs a part, and what may go better later is for later."""
    if synced.complete:
        return faults.OK
    streams = synced.streams.values()
    if any(read.fault is None or read.seen for read in streams):
        return faults.PARTIAL
    return faults.LATER if any(read.later for read in streams) else faults.FAILURE


def _with_desk() -> Settings:
    """Settings that name a desk: found out before an empty store is left behind."""
    settings = load()
    demand_desk(settings)
    return settings


def doctor(*, json: bool) -> int:
    """Examine everything; each finding is told as it is found."""
    from connectors.clock import SystemClock
    from integration.doctor import examine, exit_code

    findings = []
    for finding in examine(SystemClock()):
        findings.append(finding)
        if not json:
            tell_finding(finding)
    code = exit_code(findings)
    if json:
        show.as_json({"findings": findings, "exit": code})
    else:
        tell_health(findings)
    return code


def assign(*, everyone: bool, screen: bool, json: bool) -> int:
    """Assign customers and decide for tickets."""
    with opened(load(), writer=True) as app, show.progress() as progress:
        assigned = jobs.assign_customers(app, progress, everyone=everyone, screen=screen)
    if json:
        show.as_json(assigned)
    else:
        show.line(
            f"{assigned.customers:,} customers looked at, {assigned.memberships:,} memberships changed,"
            f" {assigned.decisions:,} ticket decisions changed."
        )
    return faults.OK


def check_assignments(*, repair: bool, json: bool) -> int:
    """Compare what is stored with what is true; with ``repair`` everyone is assigned afterwards."""
    with opened(load(), writer=repair) as app, show.progress() as progress:
        checked = jobs.check_assignments(app, progress)
        repaired = jobs.assign_customers(app, progress, everyone=True) if repair else None
    show.as_json(checked) if json else tell_checked(checked, repaired)
    return faults.FAILURE if checked.differences else faults.OK


def plan(*, out: Path | None, force: bool, tickets: int, exit_code: bool, json: bool) -> int:
    """Make a plan and show it; with ``exit_code`` programs learn whether there is anything to change."""
    if out is not None and out.exists() and not force:
        raise PlanError(f"{out} is there already. Name another file, or add --force to replace it.")
    with opened(_with_desk(), writer=True) as app, show.progress() as progress:
        planned = jobs.make_plan(app, progress, out)
    if json:
        show.as_json({"path": str(planned.path), **_foot(planned)})
    else:
        tell_plan(planned, lines(planned.path), tickets)
    return faults.CHANGES if exit_code and planned.foot.changes else faults.OK


def _foot(planned: jobs.Planned) -> dict[str, object]:
    return {name: getattr(planned.foot, name) for name in planned.foot.__struct_fields__}


def apply(path: Path | None, *, yes: bool, json: bool) -> int:
    """Send a plan."""
    with opened(_with_desk(), writer=True) as app, show.progress() as progress:
        chosen = path or jobs.latest_plan(app)
        if chosen is None:
            raise PlanError("There is no plan yet. Make one with `deskcue plan` and read it first.")
        jobs.demand_writing(app)
        if not yes:
            jobs.demand_moderate(app, chosen)
        applied = jobs.apply_plan(app, chosen, progress)
    show.as_json(applied) if json else tell_applied(applied)
    return faults.PARTIAL if applied.refused or applied.later else faults.OK


def approve(*, yes: bool, json: bool) -> int:
    """Show what waits for approval, and send it where that is asked for."""
    with opened(_with_desk(), writer=yes) as app, show.progress() as progress:
        waits = jobs.waiting_plan(app)
        applied = jobs.approve(app, progress) if yes else None
    if json:
        show.as_json({"waits": waits, "applied": applied})
    elif applied:
        tell_applied(applied)
    else:
        tell_waiting(waits)
    return faults.PARTIAL if applied and (applied.refused or applied.later) else faults.OK


def setup(*, apply: bool, remove: bool, json: bool) -> int:
    """Show or do what the desk needs."""
    with opened(_with_desk(), writer=True, setting_up=apply) as app, show.progress() as progress:
        if not apply:
            found = jobs.survey_desk(app, remove=remove)
            show.as_json(survey_document(found)) if json else tell_survey(found, remove=remove)
            return faults.OK
        carried = jobs.set_up(app, progress, remove=remove)
    show.as_json(carried_document(carried)) if json else tell_carried(carried)
    if carried.later:
        return faults.LATER
    return faults.OK if carried.whole else faults.PARTIAL


def why(text: str, *, segment: str | None = None, at: str | None = None, json: bool) -> int:
    """Explain a ticket or a customer; a ticket's number may come as `plan` prints it, as #1042."""
    if at is not None:
        return _why_then(text.strip().removeprefix("#").removeprefix("ticket:"), at, json=json)
    with opened(load(), writer=False) as app:
        meant = asked(app.store, text.strip())
        found: Why | WhyCustomer
        if meant.kind == "ticket":
            found = explain_ticket(app.store, app.policy, app.rules, meant.id)
        else:
            found = why_customer(app.store, app.policy, meant.id)
        now, advice = app.clock.wall(), None
        if segment and found.customer_id:
            advice = way_into(app.store, app.policy, found.customer_id, segment, now)
        if json:
            show.as_json({**msgspec.to_builtins(found), "way_in": advice} if segment else found)
        elif segment:
            tell_segment(found, segment, advice, app.policy, now)
        elif isinstance(found, Why):
            tell_why(found, app.policy, now)
        else:
            tell_customer(found, app.policy, now)
    return faults.OK


def _why_then(ticket: str, at: str, *, json: bool) -> int:
    seconds = instant(at)
    if seconds is None:
        raise SettingsError("--at: write a day or a day and time, such as 2026-10-01 or 2026-10-01T09:30.")
    with opened(load(), writer=False) as app:
        found = why_then(app.store, app.policy, ticket, seconds)
        show.as_json(found) if json else tell_then(found, app.policy)
    return faults.OK


def dump(*, canonical: bool) -> int:
    """Print the store."""
    with opened(load(), writer=False) as app, app.store.read() as connection:
        for text in canonical_dump(connection) if canonical else everything(connection):
            sys.stdout.write(text + "\n")
    return faults.OK


def serve(*, port: int | None, json: bool) -> int:
    """Run the app until it is stopped."""
    from integration.serve import serve as run

    _log()
    settings = _with_desk()
    with opened(settings, writer=True) as app:
        run(app, port=settings.server.port if port is None else port, ready=lambda at: _ready(at, json=json))
    return faults.OK


def _log() -> None:
    """One line an event on standard error; libraries speak up only when something is wrong."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for name in ("apscheduler", "alembic", "httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _ready(address: str, *, json: bool) -> None:
    show.as_json({"address": address}) if json else show.line(f"Deskcue is at {address}. Ctrl-C ends it.")
    sys.stdout.flush()


def list_faults(*, json: bool) -> int:
    """Print every fault that the sandbox desk knows."""
    from connectors.sandbox.trouble import FAULTS

    if json:
        show.as_json(FAULTS)
        return faults.OK
    width = max(map(len, FAULTS))
    for name, sentence in FAULTS.items():
        show.line(f"{name:{width}}  {sentence}")
    return faults.OK


def sandbox(
    *,
    port: int,
    token: str | None,
    tickets: Path | None,
    size: int,
    sidebar: str | None,
    plan: str,
    trouble: str | None,
    number: int,
    json: bool,
) -> int:
    """Run the sandbox desk until it is stopped."""
    import secrets

    from connectors.clock import SystemClock
    from connectors.sandbox.apps import APP, INSTALLATION
    from connectors.sandbox.csv_desk import from_csv
    from connectors.sandbox.seed import scaled
    from connectors.sandbox.server import serve as run
    from connectors.sandbox.trouble import rates_in

    clock = SystemClock()
    desk = from_csv(tickets, clock.wall()) if tickets else scaled(clock.wall(), size, number, clock)
    desk.trouble.restart(number)
    try:
        desk.trouble.set(rates_in(trouble or ""))
    except ValueError as fault:
        raise SettingsError(f"--trouble: {fault}") from None
    try:
        desk.limits.plan = plan
    except ValueError as fault:
        raise SettingsError(f"--plan: {fault}") from None
    secret = token or secrets.token_urlsafe(24)

    def ready(address: str) -> None:
        # A token that was handed in is not repeated: the reader has it, and logs should not.
        shown = secret if token is None else "as given"
        app = {"app_id": str(APP), "installation_id": str(INSTALLATION)} if sidebar else {}
        if json:
            show.as_json({"address": address, "client_id": "deskcue", "token": shown, **app})
            sys.stdout.flush()
            return
        show.line(f"The sandbox desk is at {address}. Ctrl-C ends it.")
        show.line(f"OAuth client: deskcue. Token, also its secret: {shown}.")
        for name, value in app.items():
            show.line(f'sidebar.{name} = "{value}"')
        sys.stdout.flush()

    try:
        run(desk, port=port, token=secret, sidebar=sidebar, ready=ready)
    except OSError as fault:
        raise SettingsError(f"--port: {fault.strerror}.") from fault
    return faults.OK
