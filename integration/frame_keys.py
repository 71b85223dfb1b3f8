"""The keys by which the sidebar's door knows what the account has signed: from files, or from the account.

Nothing that stands in a request decides what is asked for here, or where.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from connectors import demand_key
from connectors.clock import Clock
from connectors.errors import ConnectorError
from integration import private_file
from integration.app import App
from integration.settings import SettingsError

PAUSE = 600.0
"""Seconds between two looks for the sake of requests, however many come that nobody we know has signed."""

_log = logging.getLogger("deskcue.web")


class Keys(Protocol):
    """Whose signature counts."""

    @property
    def known(self) -> tuple[str, ...]:
        """As PEM; none while there is none."""
        ...

    def look(self) -> None:
        """A key that is not known has signed: find out whether it is a new one, and keep nobody waiting."""
        ...


class FileKeys:
    """The keys in files. They count as long as the process runs."""

    def __init__(self, paths: Sequence[Path], vendor: str) -> None:
        self.known = tuple(_read(path, vendor) for path in paths)

    def look(self) -> None:
        """Files are changed by people, who start the process again."""


class Kept(msgspec.Struct, frozen=True):
    """A key that the account gave, and for what."""

    desk: str
    app: str
    key: str


class AccountKey:
    """The one key that an account shows for an app, followed when it changes: the former one ends.

    It is kept in a file, so that the frame also opens after a start while the desk is away. ``fetch`` may
    take long and raises ConnectorError, or ValueError for what is no key.
    """

    def __init__(self, path: Path, *, desk: str, app: str, fetch: Callable[[], str], clock: Clock) -> None:
        self._path = path
        self._desk, self._app = desk, app
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._looking: threading.Thread | None = None
        self._next = clock.mono()
        self._ended = False
        self._key = self._kept()

    @property
    def known(self) -> tuple[str, ...]:
        return (self._key,) if self._key else ()

    def start(self) -> None:
        """Ask the account in a thread of its own, unless one is asking."""
        with self._lock:
            self._begin()

    def look(self) -> None:
        """The same for the sake of a request, unless that was done in the last ten minutes."""
        with self._lock:
            now = self._clock.mono()
            if now >= self._next and self._begin():
                self._next = now + PAUSE

    def _begin(self) -> bool:
        if self._looking and self._looking.is_alive():
            return False
        self._looking = threading.Thread(target=self._ask, name="app-key", daemon=True)
        self._looking.start()
        return True

    def end(self) -> None:
        """The process stops: what becomes of a look that is under way is of no interest."""
        self._ended = True

    def settle(self, seconds: float) -> None:
        """Wait for the look that is under way, but not for longer."""
        if self._looking:
            self._looking.join(seconds)

    def _ask(self) -> None:
        try:
            found = self._fetch()
        except (ConnectorError, ValueError) as fault:
            self._tell(f"{fault} `deskcue doctor` names a remedy.")
        except Exception as fault:  # noqa: BLE001 - a thread has nobody above it, and its text may hold anything
            self._tell(type(fault).__name__)
        else:
            self._keep(found)

    def _tell(self, why: str) -> None:
        if not self._ended:
            _log.warning("the app's key was not fetched: %s", why)

    def _keep(self, found: str) -> None:
        if found == self._key:
            return
        if self._key:
            _log.warning("the account signs with another key than before: the former one counts no longer")
        self._key = found
        try:
            private_file.replace(self._path, msgspec.json.encode(Kept(self._desk, self._app, found)))
        except OSError as fault:
            _log.warning("%s cannot be written: %s", self._path, fault.strerror)

    def _kept(self) -> str:
        """What was fetched before, for this app of this desk; a damaged file is as good as none."""
        try:
            kept = msgspec.json.decode(self._path.read_bytes(), type=Kept)
        except (OSError, msgspec.DecodeError):
            return ""
        return kept.key if (kept.desk, kept.app) == (self._desk, self._app) else ""


def frame_keys(app: App) -> Keys | None:
    """Whose signature counts for the sidebar; None where no installation is named. Nothing is asked yet.

    Files win where an app is named, too. Raises SettingsError.
    """
    sidebar, vendor = app.settings.sidebar, app.settings.desk.vendor
    if not sidebar.installation_id:
        if sidebar.app_id:
            raise SettingsError(
                "sidebar.installation_id: sidebar.app_id is set, and not as what the app is installed."
                " `deskcue doctor` names the number."
            )
        return None
    if sidebar.public_key_files:
        return FileKeys(sidebar.public_key_files, vendor)
    if not sidebar.app_id:
        raise SettingsError(
            "sidebar.app_id: sidebar.installation_id is set, and no key by which to check who asks."
            " Set the app's own number here, and its key is fetched from the account;"
            " or name a file with the key in sidebar.public_key_files."
        )

    def fetch() -> str:
        text = app.connector.app_key(sidebar.app_id)
        demand_key(vendor, text)
        return text

    return AccountKey(app.settings.app_key, desk=app.desk, app=sidebar.app_id, fetch=fetch, clock=app.clock)


def _read(path: Path, vendor: str) -> str:
    try:
        text = path.read_text(encoding="ascii")
        demand_key(vendor, text)
    except (OSError, ValueError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) else str(fault)
        raise SettingsError(f"sidebar.public_key_files: {path} cannot be used: {reason}.") from None
    return text
