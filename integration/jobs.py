"""What runs, in order: the verbs one after the other, for the command line, the scheduler and the web."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from sqlalchemy import Connection

from connectors.changes import Field
from connectors.errors import ConnectorError
from connectors.setup import Requirements, Survey
from integration.app import GROUPS, OPTIONS, App
from integration.apply import Applied, apply
from integration.assign import assign
from integration.check import Checked, check_everyone
from integration.chunk import Assigned
from integration.follow import Followed, follow
from integration.importing import Asked, Taken, import_all
from integration.messages import settle
from integration.plan import plan_ticket
from integration.plan_file import Foot, Head, Line, PlanError, write_plan
from integration.plan_file import check as check_plan
from integration.progress import Progress, silent
from integration.remembered import Remembered
from integration.restraint import moved, over
from integration.settings import demand_reachable
from integration.setup import Carried, carry_out, requirements, survey
from integration.store import assignments, due, facts, ground, inbox, past, planning, status, steps, were
from integration.store.effects import Run
from integration.store.ground import Ground, Waits
from integration.store.planning import Known
from integration.store.subjects import Subjects
from integration.sync import Synced, sync
from integration.undo_plan import Only, run_of, undo_lines, written
from integration.verify import Verified, verify


class ObserveError(Exception):
    """Writing was asked for on a desk that is only observed."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan that was made: where it is and what it amounts to."""

    path: Path
    foot: Foot


@dataclass(frozen=True, slots=True)
class Undone:
    """A plan that takes back a run: where it is, what it amounts to, and which run that is."""

    path: Path
    foot: Foot
    run: Run


@dataclass(frozen=True, slots=True)
class Cycle:
    """One round of everything: what was read, decided, planned and written, and what it cost."""

    synced: Synced
    assigned: Assigned
    planned: Planned
    applied: Applied | None
    customers: int
    tickets: int
    segments: dict[str, int]
    requests: dict[str, int]
    seconds: float
    waits: tuple[str, ...] = ()
    """Why the plan was not sent and waits for approval."""


def sync_desk(app: App, progress: Progress) -> Synced:
    """Read what changed on the desk, and which fields and values it can hold now."""
    settle(app.store, app.message_reader)
    with _at_the_desk(app, progress):
        synced = sync(app.store, app.connector, app.clock, progress)
        _ask_options(app)
    Subjects(app.store.path).refresh(app.store)
    return synced


def _ask_options(app: App) -> None:
    try:
        offered = app.connector.options()
    except ConnectorError:
        return  # what is known from before stands: plans say more than nothing
    kept = {field: None if values is None else sorted(values) for field, values in offered.items()}
    with app.store.write() as connection:
        called = sorted((offered.get(Field.GROUP) or {}).items(), reverse=True)
        stated = {OPTIONS: kept, GROUPS: {name: group for group, name in called}}
        facts.put(connection, {key: msgspec.json.encode(found).decode() for key, found in stated.items()})


@contextmanager
def _at_the_desk(app: App, progress: Progress) -> Iterator[None]:
    """Lets whoever watches see why nothing moves for a while, and remembers the desk's limits."""

    def tell(seconds: float) -> None:
        progress(f"Waiting {seconds:.0f} s for the desk's limit", 0, None)

    try:
        with app.connector.budget.watched(tell):
            yield
    finally:
        app.remember_limits()


def verify_run(app: App, progress: Progress, name: str, sample: int | None) -> Verified:
    """Read tickets of a run back from the desk and compare. Raises PlanError for a run there is not."""
    run = written(app.store, name)
    with _at_the_desk(app, progress):
        return verify(app.store, app.connector, app.rules, run, sample, progress)


def import_rows(app: App, progress: Progress, asked: Asked = Asked()) -> list[Taken]:  # noqa: B008  # frozen
    """Import what the policy names; whom it concerns is assigned next."""
    return list(import_all(app.store, app.policy, app.places, app.clock, progress, asked))


def assign_customers(
    app: App, progress: Progress, *, everyone: bool = False, screen: bool = False
) -> Assigned:
    """Look again at every customer about whom something changed.

    With ``screen`` everyone is read in one pass, which raises ScreeningError where DuckDB is missing.
    """
    return assign(
        app.store,
        app.policy,
        app.clock,
        progress,
        at_rest=app.at_rest,
        everyone=everyone,
        screen=screen,
    )


def keep_time(app: App) -> Assigned:
    """Look again at exactly those customers about whom time alone can have changed something."""
    with app.store.read() as connection:
        earliest = due.earliest(connection)
    if earliest is None or earliest > app.clock.wall():
        return Assigned()
    return assign_customers(app, silent)


def check_assignments(app: App, progress: Progress) -> Checked:
    """Compare what is stored of every customer with what looking at all of them now would find."""
    return check_everyone(app.store, app.policy, app.clock, progress, at_rest=app.at_rest)


def make_plan(app: App, progress: Progress, out: Path | None = None) -> Planned:
    """Write down every change the desk would need, sealed; nothing is sent.

    Raises PlanError when the file cannot be written.
    """
    made_at = app.clock.wall()
    path = out or _plan_path(app, made_at)
    head = Head(desk=app.desk, policy=app.policy.version, made_at=made_at)
    with app.store.read() as connection:
        total = planning.count(connection, at_rest=app.at_rest)
    desk = app.connector
    try:
        known = planning.everything(app.store, at_rest=app.at_rest, most_high=app.policy.most_high)
        foot = write_plan(
            path,
            head,
            _lines(app, progress, known, total),
            batch=desk.capabilities.batch,
            cost=desk.forecast,
        )
    except OSError as fault:
        raise PlanError(f"The plan cannot be written to {path}: {fault.strerror}.") from fault
    return Planned(path, foot)


def _plan_path(app: App, made_at: int) -> Path:
    return app.settings.data / "plans" / f"{_stamp(made_at)}.plan.jsonl"


def _stamp(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y%m%d-%H%M%S")


def latest_plan(app: App) -> Path | None:
    """The newest plan in the data folder, None before the first."""
    found = sorted((app.settings.data / "plans").glob("*.plan.jsonl"))
    return found[-1] if found else None


def _lines(app: App, progress: Progress, everything: Iterable[Known], total: int) -> Iterator[Line]:
    rules = app.rules
    for number, known in enumerate(everything, start=1):
        segments = known.decision.segments if known.decision else ()
        yield Line(plan=plan_ticket(known, rules), segments=segments)
        if number % 500 == 0 or number == total:
            progress("Planning changes", number, total)


def apply_plan(app: App, path: Path, progress: Progress) -> Applied:
    """Send a plan that was made; raises ObserveError on a desk that is only observed."""
    demand_writing(app)
    with _at_the_desk(app, progress):
        return apply(app.store, app.connector, app.clock, app.rules, path, progress)


def demand_writing(app: App) -> None:
    """Raises ObserveError on a desk that is only observed."""
    if not app.writes:
        raise ObserveError(
            "This desk is only observed: nothing is written to it."
            ' To let plans be applied, set `mode = "write"` under [writing] in deskcue.toml'
            " (or DESKCUE_WRITING__MODE=write)."
        )


def make_undo(app: App, progress: Progress, name: str, only: Only, out: Path | None = None) -> Undone:
    """Plan the way back from a run, sealed; nothing is sent. Raises PlanError."""
    run = run_of(app.store, name)
    made_at = app.clock.wall()
    path = out or app.settings.data / "plans" / "undo" / f"{_stamp(made_at)}-{run.id}.plan.jsonl"
    head = Head(desk=app.desk, policy=app.policy.version, made_at=made_at, undoes=run.id, part=not only.whole)
    desk = app.connector
    lines = undo_lines(app.store, run, only, app.rules, progress)
    try:
        foot = write_plan(path, head, lines, batch=desk.capabilities.batch, cost=desk.forecast)
    except OSError as fault:
        raise PlanError(f"The plan cannot be written to {path}: {fault.strerror}.") from fault
    return Undone(path, foot, run)


def survey_desk(app: App, *, remove: bool = False) -> Survey:
    """What the desk needs, or with ``remove`` what of ours it has; nothing is changed."""
    return survey(app.connector, _wanted(app, remove=remove), _remembered(app))


def set_up(app: App, progress: Progress, *, remove: bool = False) -> Carried:
    """Bring the desk what it needs, or with ``remove`` take away what was made."""
    return carry_out(app.connector, _wanted(app, remove=remove), _remembered(app), progress)


def _wanted(app: App, *, remove: bool) -> Requirements | None:
    demand_reachable(app.settings)
    return None if remove else requirements(app.policy, app.settings.server.address)


def _remembered(app: App) -> Remembered:
    return Remembered(app.store, app.settings.data)


def cycle(app: App, progress: Progress) -> Cycle:
    """Sync, assign, plan and, where writing is allowed, apply; a second one in a row writes nothing."""
    started, before = app.clock.mono(), Counter(app.connector.requests)
    synced = sync_desk(app, progress)
    assigned = assign_customers(app, progress)
    planned = make_plan(app, progress)
    applied: Applied | None = None
    reasons: tuple[str, ...] = ()
    if app.writes and not (reasons := hold_back(app, planned)):
        applied = apply_plan(app, planned.path, progress)
    used = Counter(app.connector.requests)
    used.subtract(before)
    with app.store.read() as connection:
        counted, sizes = status.count(connection), status.segment_sizes(connection)
    return Cycle(
        synced=synced,
        assigned=assigned,
        planned=planned,
        applied=applied,
        customers=counted["customers"],
        tickets=counted["tickets"],
        segments={name: sizes.get(name, 0) for name in app.policy.segments},
        requests={kind: used[kind] for kind in ("read", "update", "job")},
        seconds=round(app.clock.mono() - started, 3),
        waits=reasons,
    )


def hold_back(app: App, planned: Planned) -> tuple[str, ...]:
    """Why a plan is not sent unasked; it waits for approval then, and otherwise nothing does."""
    with app.store.read() as connection:
        before, now = ground.ground(connection), _ground(app, connection)
        open_tickets = planning.count(connection, at_rest=False)
    reasons = tuple(over(planned.foot, open_tickets, app.limits))
    if before is not None:
        reasons += tuple(moved(before, now.sizes, now.policy, app.limits))
    with app.store.write() as connection:
        if reasons:
            waits = Waits(app.clock.wall(), str(planned.path), reasons)
            ground.wait(connection, waits)
        else:
            ground.allow(connection, now)
    return reasons


def _ground(app: App, connection: Connection) -> Ground:
    sizes = status.segment_sizes(connection)
    return Ground(
        app.clock.wall(), app.policy.version, {name: sizes.get(name, 0) for name in app.policy.segments}
    )


def waiting_plan(app: App) -> Waits | None:
    """The plan that waits for approval, with the reasons; None where nothing waits."""
    with app.store.read() as connection:
        return ground.waits(connection)


def approve(app: App, progress: Progress) -> Applied:
    """Send the plan that waits; what moved is what plans are measured by from now on. Raises PlanError."""
    demand_writing(app)
    waits = waiting_plan(app)
    if waits is None:
        raise PlanError("Nothing waits for approval.")
    applied = apply_plan(app, Path(waits.plan), progress)
    with app.store.read() as connection:
        now = _ground(app, connection)
    with app.store.write() as connection:
        ground.allow(connection, now)
    return applied


def demand_moderate(app: App, path: Path) -> None:
    """Raises PlanError for a plan larger than may be sent unasked; one that takes back may have any size."""
    head, foot = check_plan(path)
    with app.store.read() as connection:
        open_tickets = planning.count(connection, at_rest=False)
    if not head.undoes and (reasons := list(over(foot, open_tickets, app.limits))):
        raise PlanError(f"{' '.join(reasons)} Read the plan, then send it with: deskcue apply {path} --yes")


SOON = 5_000
"""Customers whom webhooks may touch at once; when there are more, the next cycle plans for everybody."""


def follow_hints(app: App, progress: Progress) -> Followed:
    """Look at what webhooks spoke of, and serve the tickets of whomever it concerns, at once."""
    followed = follow(app.store, app.connector, app.clock)
    with app.store.read() as connection:
        touched = [mark.customer_id for mark in assignments.dirty(connection, SOON + 1)]
    if not followed.changed or not touched or len(touched) > SOON:
        return followed
    assign_customers(app, progress)
    planned = _plan_for(app, touched)
    if app.writes and planned.foot.changes and waiting_plan(app) is None:
        apply_plan(app, planned.path, progress)
    return followed


def _plan_for(app: App, customers: list[str]) -> Planned:
    """A plan for these customers' tickets and nobody else's."""
    made_at = app.clock.wall()
    path = app.settings.data / "plans" / "webhooks" / f"{_stamp(made_at)}.plan.jsonl"
    head = Head(desk=app.desk, policy=app.policy.version, made_at=made_at)
    known = planning.of_customers(app.store, customers, at_rest=app.at_rest, most_high=app.policy.most_high)
    foot = write_plan(path, head, _lines(app, silent, known, 0), batch=app.connector.capabilities.batch)
    return Planned(path, foot)


def tidy_inbox(app: App) -> None:
    """Forget the webhooks of last week."""
    with app.store.write() as connection:
        inbox.tidy(connection, app.clock.wall())


def tidy_history(app: App) -> None:
    """Let go of former decisions that are older than the settings keep, a little at a time."""
    before, full = app.clock.wall() - app.settings.history.days * 24 * 3600, True
    while full:
        with app.store.write() as connection:
            gone = [room.tidy(connection, before, 1000) for room in (past, steps, were)]
            full = sum(gone) > 0


def tidy_plans(app: App, keep: int = 50) -> None:
    """Forget the oldest plans, so that months of cycles do not fill the disk."""
    plans = app.settings.data / "plans"
    for folder in (plans, plans / "webhooks", plans / "undo"):
        for path in sorted(folder.glob("*.plan.jsonl"))[:-keep]:
            path.unlink(missing_ok=True)
