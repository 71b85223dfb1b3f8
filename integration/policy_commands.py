"""What the commands below ``deskcue policy`` do: read files, look, print, give the exit code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import msgspec

from connectors.clock import Clock, SystemClock
from integration import show
from integration.app import App, opened
from integration.cases import read_cases
from integration.difference import movement
from integration.faults import FAILURE, OK
from integration.import_remarks import from_imports
from integration.message_remarks import from_messages
from integration.preview import Preview
from integration.preview import preview as look
from integration.progress import silent
from integration.remarks import from_desk, from_people
from integration.sarif import Placed, sarif
from integration.settings import Settings, SettingsError, load
from integration.store import assignments, population
from integration.suggest import Suggested
from integration.suggest import suggest as propose
from integration.suggest.people import OUTCOMES
from integration.tell_policy import tell_cases, tell_diff, tell_preview, tell_suggested
from integration.trial import tried
from policies.difference import difference
from policies.documents import Document
from policies.faults import Fault, Finding, PolicyError, nearest
from policies.lint import CHECKS, Remark
from policies.lint import lint as look_at_files
from policies.load import STARTER, load_text, located
from policies.load import load as load_policy
from policies.model import Policy


def chosen(files: Sequence[Path] | None, settings: Settings) -> tuple[Path, ...]:
    """The policy files that were named, those of the settings, or the shipped starter."""
    return tuple(files or ()) or settings.policy or (STARTER,)


def lint(files: Sequence[Path] | None, *, as_sarif: bool, json: bool) -> int:
    """Check a policy's files, and against the store where there is one; exit 1 when something is wrong."""
    settings, clock = load(), SystemClock()
    paths = chosen(files, settings)
    found, customers = lint_found(paths, settings, clock)
    if as_sarif:
        show.as_json(sarif(found))
    elif json:
        show.as_json({"found": found, "customers": customers})
    else:
        _tell_lint(found, customers)
    return FAILURE if any(one.level == "error" for one in found) else OK


def lint_found(paths: Sequence[Path], settings: Settings, clock: Clock) -> tuple[list[Placed], int | None]:
    """Everything found, in the order of the files, and how many customers were looked at, if any could be."""
    try:
        policy, document = located(paths)
    except PolicyError as error:
        return [_placed("invalid", fault, paths) for fault in error.faults], None
    remarks = look_at_files(policy, datetime.fromtimestamp(clock.wall(), UTC).date())
    remarks += from_messages(policy, settings)
    customers = None
    if settings.store.exists():
        with opened(settings, writer=False, clock=clock) as app:
            beside, customers = _beside(app, policy)
        remarks += beside
    found = [_placed(one.check, _place(document, one), paths) for one in remarks]
    found += [_placed("second-look", fault, paths) for fault in policy.warnings]
    return sorted(found, key=lambda one: (one.file, one.line, one.column)), customers


def _beside(app: App, policy: Policy) -> tuple[list[Remark], int]:
    seen = look(app.store, policy, app.clock.wall(), silent)
    found = [*from_desk(policy, app.rules, app.desk), *from_people(policy, seen)]
    return [*found, *from_imports(policy, app.store, app.clock.wall())], seen.customers


def _place(document: Document, remark: Remark) -> Fault:
    return document.fault(Finding(remark.path, remark.message, remark.remedy))


def _placed(check: str, fault: Fault, paths: Iterable[Path]) -> Placed:
    named = next((path for path in paths if path.name == fault.file), Path(fault.file))
    uri = quote(named.as_posix())
    return Placed(check, CHECKS[check].level, uri, fault.line, fault.column, fault.message, fault.remedy)


def _tell_lint(found: Sequence[Placed], customers: int | None) -> None:
    for one in found:
        show.line(f"{one.file}:{one.line}:{one.column}: {one.level}: {one.message} [{one.check}]")
        show.line(f"    {one.remedy}")
    errors = sum(one.level == "error" for one in found)
    looked = "no store was there to look into" if customers is None else f"{customers:,} customers looked at"
    show.line(f"{show.many(errors, 'error')}, {show.many(len(found) - errors, 'warning')}; {looked}.")


def try_cases(files: Sequence[Path] | None, *, policy: Sequence[Path], json: bool) -> int:
    """Try the cases of these files on a policy; exit 1 when one fails."""
    settings = load()
    paths = chosen(policy, settings)
    of = load_policy(paths)
    found = tuple(files or ()) or tuple(path for path in map(_beside_it, paths) if path.exists())
    if not found:
        names = ", ".join(str(_beside_it(path)) for path in paths)
        raise SettingsError(f"No file with cases was named, and there is none at {names}.")
    now = SystemClock().wall()
    results = [tried(one, of, now) for path in found for one in read_cases(path, of)]
    show.as_json({"cases": results}) if json else tell_cases(results)
    return FAILURE if any(one.failures for one in results) else OK


def _beside_it(path: Path) -> Path:
    """Where the cases of a policy file are looked for: ``acme.cases.yaml`` beside ``acme.yaml``."""
    return path.with_name(f"{path.stem}.cases.yaml")


def preview(files: Sequence[Path] | None, *, segments: Sequence[str], json: bool) -> int:
    """Show what a policy would do with everybody; the store is only read."""
    settings = load()
    policy = load_policy(chosen(files, settings))
    demand_segments(policy, segments)
    with opened(settings, writer=False) as app, show.progress() as progress:
        seen = look(app.store, policy, app.clock.wall(), progress)
        names = _names(app, seen, segments)
    if json:
        show.as_json(_document(seen, segments))
    else:
        tell_preview(seen, segments, names)
    return OK


def demand_segments(policy: Policy, segments: Sequence[str]) -> None:
    """Make sure that these segments are in the policy; raises SettingsError with the nearest name."""
    for name in segments:
        if name not in policy.segments:
            remedy = nearest(name, policy.segments, f"There are: {', '.join(policy.segments)}.")
            raise SettingsError(
                f"--segment: there is no segment {name} in the policy {policy.name}. {remedy}"
            )


def _names(app: App, seen: Preview, segments: Sequence[str]) -> dict[str, str]:
    shown = [seen.segments[name] for name in segments]
    ids = {one for view in shown for one in (*view.sample, *view.enters, *view.leaves)}
    with app.store.read() as connection:
        return population.names(connection, sorted(ids))


def _document(seen: Preview, segments: Sequence[str]) -> dict[str, object]:
    """The preview for programs: two segments in common are written ``first & second``."""
    wanted = segments or list(seen.segments)
    return {
        "policy": seen.policy,
        "customers": seen.customers,
        "segments": {name: seen.segments[name] for name in wanted},
        "called_wrong": seen.judged,
        "known": dict(seen.known),
        "shared": {
            f"{first} & {second}": count
            for (first, second), count in seen.shared.items()
            if first in wanted or second in wanted
        },
    }


def diff(first: str, second: str | None, *, json: bool) -> int:
    """Compare two policies in words and, where there is a store, in people."""
    settings, clock = load(), SystemClock()
    people = None
    if settings.store.exists():
        with opened(settings, writer=False, clock=clock) as app, show.progress() as progress:
            before, after = _named(first, app, settings), _named(second, app, settings)
            people = movement(app.store, before, after, clock.wall(), progress)
    else:
        before, after = _named(first, None, settings), _named(second, None, settings)
    changes = difference(before, after)
    if json:
        show.as_json({"before": before.version, "after": after.version, "changes": changes, "people": people})
    else:
        tell_diff(changes, people)
    return OK


def _named(name: str | None, app: App | None, settings: Settings) -> Policy:
    """A policy by its files (several joined by +), by a version that decided here, or the one in force."""
    if name is None:
        return load_policy(chosen(None, settings))
    if app is not None and _VERSION.fullmatch(name) and not Path(name).exists():
        with app.store.read() as connection:
            stored = assignments.policy_text(connection, name)
        if stored is None:
            raise SettingsError(
                f"No policy of the version {name} has decided here. `deskcue why` names versions."
            )
        return load_text(stored[1], stored[0])
    return load_policy([Path(part) for part in name.split("+")])


_VERSION = re.compile(r"[0-9a-f]{12}")


def suggest(files: Sequence[Path] | None, *, outcome: str, out: Path, force: bool, json: bool) -> int:
    """Propose segments from the data and write them to a file."""
    settings = load()
    known = f"There are: {', '.join(OUTCOMES)}."
    if outcome not in OUTCOMES:
        raise SettingsError(f"--outcome: {nearest(outcome, OUTCOMES, known)}")
    policy = load_policy(chosen(files, settings))
    with opened(settings, writer=False) as app, show.progress() as progress:
        found = propose(app.store, policy, outcome, app.clock.wall(), out, progress, force=force)
    show.as_json(_suggested(found)) if json else tell_suggested(found, OUTCOMES[outcome].words)
    return OK


def _suggested(found: Suggested) -> dict[str, object]:
    plain: dict[str, object] = msgspec.to_builtins(found, enc_hook=str)
    return plain
