"""The examination of an installation: settings, secrets, files, database, policy, and the desk itself.

A fault never stops the other checks; what cannot be looked at without it is simply not looked at.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from connectors.base import Connector
from connectors.clock import Clock
from connectors.findings import SIGN_IN, Finding, fault, ok, warning
from integration import messages
from integration.app import signed_in, spelt
from integration.faults import FAILURE, OK
from integration.faults import SIGN_IN as SIGN_IN_REFUSED
from integration.frame_keys import FileKeys
from integration.settings import OTHERS, SECRETS, Settings, SettingsError, demand_desk, load
from integration.store import facts, ground
from integration.store.engine import Store, StoreError
from policies.faults import PolicyError
from policies.load import STARTER
from policies.load import load as load_policy

NOT_OURS = 0o077
"""The bits of a file's mode that give it to anybody but its owner."""

BROKEN = (3, 7, 0)
MENDED = (3, 51, 3)
BACKPORTS = ((3, 44, 6), (3, 50, 7))
"""SQLite between ``BROKEN`` and ``MENDED`` can lose commits when a checkpoint meets one, these aside."""


def examine(clock: Clock) -> Iterator[Finding]:
    """Every finding about the installation of the working directory, its desk last."""
    yield library(sqlite3.sqlite_version_info[:3])
    try:
        settings = load()
    except SettingsError as error:
        yield fault("settings", str(error), "Set them right in deskcue.toml, .env or the environment.")
        return
    yield from secrets(settings)
    yield from files(settings)
    yield store(settings)
    yield from writing(settings, clock)
    yield policy(settings)
    yield from messages_read(settings)
    yield from _desk(settings, clock)


def exit_code(findings: Sequence[Finding]) -> int:
    """0 without a fault, 5 when the desk does not let us in, 1 for everything else."""
    faults = [finding.check for finding in findings if finding.level == "fault"]
    if SIGN_IN in faults:
        return SIGN_IN_REFUSED
    return FAILURE if faults else OK


def library(version: tuple[int, ...]) -> Finding:
    """Whether the SQLite library loses commits in a race between checkpoint and commit."""
    named = ".".join(map(str, version))
    mended = any(version[:2] == known[:2] and version >= known for known in BACKPORTS)
    if version < BROKEN or version >= MENDED or mended:
        return ok("sqlite", f"SQLite {named} has no known fault that concerns the store.")
    return warning(
        "sqlite",
        f"SQLite {named} can lose a commit that meets a checkpoint; one writing process keeps clear of it.",
        "Update SQLite to 3.51.3 or later, and let no other program write to the store.",
    )


def secrets(settings: Settings) -> Iterator[Finding]:
    """Whether only we can read the files that hold secrets."""
    kept = [path for name in SECRETS if (path := getattr(settings.desk, f"{name}_file"))]
    kept += [path for path in (Path("deskcue.toml"), Path(".env")) if _holds_secret(path)]
    exposed = [path for path in kept if path.stat().st_mode & OTHERS]
    for path in exposed:
        yield warning(
            "secrets", f"{path} holds a secret and can be read by every user.", f"Run: chmod 600 {path}"
        )
    if not exposed:
        yield ok("secrets", "No file with a secret can be read by everybody.")


def _holds_secret(path: Path) -> bool:
    try:
        text = path.read_text(encoding="utf-8").lower()
    except (OSError, UnicodeDecodeError):
        return False
    lines = [line.partition("=")[0].strip() for line in text.splitlines()]
    return any(line.endswith(SECRETS) for line in lines)


def files(settings: Settings) -> Iterator[Finding]:
    """Whether the data folder is ours alone: it holds customers, tokens and the key we believe."""
    folder = settings.data
    if not folder.exists():
        yield ok("files", f"There is no folder {folder} yet; it is made when it is needed.")
        return
    names = (
        settings.store.name, f"{settings.store.name}-wal", settings.sign_in.name, settings.app_key.name,
    )  # fmt: skip
    exposed = [
        path for path in (folder / name for name in names) if path.exists() and path.stat().st_mode & NOT_OURS
    ]
    for path in exposed:
        yield warning(
            "files", f"{path} can be read by other users of this machine.", f"Run: chmod 600 {path}"
        )
    if not exposed:
        yield ok("files", f"What is stored in {folder} can be read by its owner only.")


def store(settings: Settings) -> Finding:
    """Whether the store can be opened, and is of the desk that the settings name."""
    if not settings.store.exists():
        return ok("store", "Nothing has been stored yet.")
    try:
        with closing(Store(settings.store, writer=False)) as opened, opened.read() as connection:
            known = facts.get(connection).get("desk")
    except StoreError as error:
        return fault("store", str(error), "Restore a backup, or name another `data` folder and sync again.")
    if known and settings.desk.address and known != spelt(settings.desk.address):
        what = f"The store at {settings.store} holds the desk {known}, and the settings name another."
        return fault("store", what, "Set desk.address right, or name another `data` folder.")
    return ok("store", f"The store at {settings.store} can be read.")


def writing(settings: Settings, clock: Clock) -> Iterator[Finding]:
    """Whether a plan waits for somebody's word; nothing is said where there is no store to tell."""
    if not settings.store.exists():
        return
    try:
        with closing(Store(settings.store, writer=False)) as opened, opened.read() as connection:
            waits = ground.waits(connection)
    except StoreError:
        return
    if waits is None:
        yield ok("writing", "No plan waits for approval.")
        return
    hours = max(0, clock.wall() - waits.since) // 3600
    what = f"Nothing is written since {hours} hours: a plan waits for approval. {' '.join(waits.reasons)}"
    yield warning("writing", what, "Run `deskcue approve`, read the plan, then `deskcue approve --yes`.")


def policy(settings: Settings) -> Finding:
    """Whether the policy in force can be loaded."""
    try:
        found = load_policy(settings.policy or (STARTER,))
    except PolicyError as error:
        return fault("policy", str(error), "Set the named lines right, then run `deskcue assign`.")
    return ok("policy", f"The policy {found.name} loads, with {len(found.segments)} segments.")


def messages_read(settings: Settings) -> Iterator[Finding]:
    """Whether what shall read customers' messages is there; nothing is said where nothing shall."""
    if not settings.messages.read:
        return
    known = messages.version()
    if known:
        yield ok("messages", f"The language of customers' messages is told on this machine, by {known}.")
        return
    what = "messages.read is true and nothing here can read: the language of messages stays unknown."
    yield warning("messages", what, f"Install what reads them: {messages.EXTRA}")


def _desk(settings: Settings, clock: Clock) -> Iterator[Finding]:
    try:
        demand_desk(settings)
        connector = signed_in(settings, clock)
    except SettingsError as error:
        yield fault("settings", str(error), 'See README.md, "Settings".')
        return
    with closing(connector):
        entered = False
        for finding in connector.examine():
            entered |= finding.check == SIGN_IN and finding.level == "ok"
            yield finding
        if entered or settings.sidebar.public_key_files:
            yield from sidebar(settings, connector)


def sidebar(settings: Settings, connector: Connector) -> Iterator[Finding]:
    """Whether the sidebar's door can know who asks; nothing is said where no app is named."""
    stated = settings.sidebar
    if stated.public_key_files:
        yield _key_files(settings)
    elif stated.app_id:
        yield from connector.examine_app(stated.app_id, stated.installation_id)
    elif stated.installation_id:
        what = "sidebar.installation_id is set, and no key by which to check who asks."
        yield fault("app key", what, "Set sidebar.app_id, and the key is fetched from the account.")


def _key_files(settings: Settings) -> Finding:
    try:
        FileKeys(settings.sidebar.public_key_files, settings.desk.vendor)
    except SettingsError as error:
        remedy = "Save the app's key from the account there, or set sidebar.app_id and leave the files out."
        return fault("app key", str(error), remedy)
    return ok("app key", "The app's key is read from files; a new one has to be put there by hand.")
