"""Opening the database: pragmas, the one writer, transactions, migrations. Queries live beside it."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.pool import QueuePool, StaticPool

BUSY_MS = 5_000
CHECKPOINT_BYTES = 32 << 20
"""The WAL is folded back once it passes this size, before its ceiling of 64 MB. Less often is cheaper: what
many transactions write to, an index, is folded back once for all of them."""

# The driver searches for a way to adapt whatever is neither number nor text, and takes as long for it as for
# binding eight numbers; nearly half of a ticket's columns are empty. It would end with just these.
sqlite3.register_adapter(type(None), cast("Callable[[None], None]", {}.get))
sqlite3.register_adapter(bool, int)


class StoreError(Exception):
    """The database cannot be used; the message says what to do."""


class StoreBusyError(StoreError):
    """Another process is the writer: try later, or ask that process."""


class Store:
    """One desk's database file: one writer connection, any number of readers.

    Every writing transaction starts IMMEDIATE, since a deferred one that reads first fails at once when
    somebody else commits in between. A lock file keeps a second process from becoming a writer; readers
    never wait for it.
    """

    def __init__(self, path: Path, *, writer: bool) -> None:
        """Open ``path``, creating and migrating it when ``writer``.

        Raises StoreBusyError when another process writes to it, StoreError when it cannot be used.
        """
        self.path = path
        self.written = 0
        """Transactions that this process has written: whoever keeps what they read compares it."""
        self._turn = threading.RLock()
        self._lock: IO[str] | None = None
        self._writer: Engine | None = None
        if writer:
            self._become_writer()
        elif not path.exists():
            raise StoreError(f"There is no store at {path}. Run `deskcue sync` first.")
        self._readers = _engine(path, writer=False)

    @property
    def writes(self) -> bool:
        """Whether this process is the writer."""
        return self._writer is not None

    def _become_writer(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = _lock(self.path)
            if not self.path.exists():
                # The file holds customer data: readable by its owner alone, from its first byte.
                os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            self._writer = _engine(self.path, writer=True)
            with _told(self.path):
                _migrate(self._writer)
        except OSError as fault:
            self._release()
            reason = fault.strerror or "unknown"
            raise StoreError(f"The store at {self.path} cannot be written: {reason}.") from fault
        except BaseException:
            self._release()
            raise

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction of the one writer: committed at the end, rolled back on any error."""
        if self._writer is None:
            raise StoreError("This store was opened for reading only.")
        with self._turn, _told(self.path):
            with self._writer.begin() as connection:
                yield connection
            self.written += 1
            self._checkpoint()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view as of now; it must not be kept open for long, or the WAL grows."""
        with _told(self.path), self._readers.begin() as connection:
            yield connection

    def _checkpoint(self) -> None:
        wal = self.path.with_name(self.path.name + "-wal")
        if self._writer is not None and wal.exists() and wal.stat().st_size > CHECKPOINT_BYTES:
            with self._writer.connect() as connection:
                cursor = _raw(connection).cursor()
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                cursor.close()

    def close(self) -> None:
        """Give back every connection and the writer's lock."""
        self._readers.dispose()
        self._release()

    def _release(self) -> None:
        if self._writer is not None:
            self._writer.dispose()
        if self._lock is not None:
            self._lock.close()
            self._lock = None


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """The database's own complaint as a StoreError, without its statement and values: they hold customers."""
    try:
        yield
    except (IntegrityError, sqlite3.IntegrityError):
        raise  # a fault of ours, not of the file
    except (DatabaseError, sqlite3.DatabaseError) as fault:
        said = str(fault.orig if isinstance(fault, DatabaseError) else fault)
        if "locked" in said:
            raise StoreBusyError(f"The store at {path} is locked by another program. Try again.") from fault
        remedy = " Run `deskcue sync`, which brings it up to date." if said.startswith("no such") else ""
        raise StoreError(f"The store at {path} cannot be used: {said}.{remedy}") from fault


def _raw(connection: Connection) -> Any:
    return connection.connection.dbapi_connection


def _lock(path: Path) -> IO[str]:
    """Hold the lock file for this process; it names the holder for whoever comes second."""
    file = open(path.with_name(path.name + ".lock"), "a+", encoding="ascii")  # noqa: SIM115  # held for life
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        raise StoreBusyError(
            f"Another Deskcue process ({holder}) is writing to {path}. Wait for it, or stop it."
        ) from None
    file.seek(0)
    file.truncate()
    file.write(f"pid {os.getpid()}")
    file.flush()
    return file


def _engine(path: Path, *, writer: bool) -> Engine:
    # Quoted, since in a URI a folder called "a#b" would be another place; and past SQLAlchemy's own URL,
    # which takes one layer of quoting off again.
    uri = f"file:{quote(str(path))}?mode={'rw' if writer else 'ro'}"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(uri, uri=True, check_same_thread=False, timeout=BUSY_MS / 1000)

    engine = create_engine("sqlite://", creator=connect, poolclass=StaticPool if writer else QueuePool)

    @event.listens_for(engine, "connect")
    def prepare(raw: Any, _record: object) -> None:
        # The driver's own transaction handling is switched off: `begin` below says how they start.
        raw.isolation_level = None
        for pragma in _WRITER_PRAGMAS if writer else _READER_PRAGMAS:
            raw.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")

    return engine


_WRITER_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "wal_autocheckpoint=0",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "cache_size=-16000",
)
_READER_PRAGMAS = ("query_only=ON", "wal_autocheckpoint=0", "cache_size=-8000")


def _migrate(engine: Engine) -> None:
    """Bring the schema to this version; a store written by a newer version is refused."""
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current == scripts.get_current_head():
        return
    known = {script.revision for script in scripts.walk_revisions()}
    if current is not None and current not in known:
        raise StoreError(
            f"The store was written by a newer Deskcue (schema {current})."
            " Install that version, or restore a backup."
        )
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
