"""The pair of tokens of a sign-in, in a file that its owner alone can read."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from connectors.vault import Pair, VaultError


class FileVault:
    """Keeps ``connectors.vault.Vault`` with two files: the pair, and beside it a lock.

    The file is never changed, only replaced by a whole one that has reached the disk: whoever looks, and
    whatever stops in between, there is the old pair or the new one.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = path.with_name(path.name + ".lock")

    @contextmanager
    def locked(self) -> Iterator[None]:
        with self._told("locked"):
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Opened anew each time: the lock is of the opened file, so threads exclude each other, too.
            handle = os.open(self._lock, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            with self._told("locked"):
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def load(self) -> Pair | None:
        with self._told("read"):
            try:
                text = self.path.read_bytes()
            except FileNotFoundError:
                return None
        try:
            return msgspec.json.decode(text, type=Pair)
        except msgspec.DecodeError:
            raise VaultError(
                f"The sign-in at {self.path} is damaged. Remove the file and run `deskcue sign-in`."
            ) from None

    def save(self, pair: Pair) -> None:
        fresh = self.path.with_name(f"{self.path.name}.{os.getpid()}.new")
        with self._told("written"):
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                _write(fresh, msgspec.json.encode(pair))
                os.replace(fresh, self.path)
            except OSError:
                with contextlib.suppress(OSError):
                    fresh.unlink()
                raise
            _settle(self.path.parent)

    @contextmanager
    def _told(self, done: str) -> Iterator[None]:
        try:
            yield
        except OSError as fault:
            reason = fault.strerror or "unknown"
            raise VaultError(f"The sign-in at {self.path} cannot be {done}: {reason}.") from None


def _write(path: Path, content: bytes) -> None:
    """A new file with this content, on the disk when this returns."""
    path.unlink(missing_ok=True)  # what a process left that died in between
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    with open(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _settle(folder: Path) -> None:
    """Make a rename in this folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
