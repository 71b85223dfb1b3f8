"""What is remembered of a setup: the desk's ids in the store, and beside it the secrets of its webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from connectors.setup import Memory
from integration import private_file
from integration.store import made
from integration.store.engine import Store, StoreError

SECRETS = "webhook-secrets.json"
"""In the data folder: webhook id to the secret that signs its reports."""


class Remembered:
    """The memory of one desk's setup, written down with every step."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._path = folder / SECRETS

    def memory(self) -> Memory:
        """Everything, as a survey needs it; of secrets only whether they are here."""
        with self._store.read() as connection:
            return Memory(ids=made.ids(connection), secrets=frozenset(secrets(self._path)))

    def note(self, found: Mapping[str, str]) -> None:
        """These are ours. An empty id says that the thing is being asked for."""
        if found:
            with self._store.write() as connection:
                made.note(connection, found)

    def forget(self, key: str) -> None:
        """This one is no more, and neither is a secret of it."""
        with self._store.write() as connection:
            key_id = made.ids(connection).get(key, "")
            made.forget(connection, key)
        held = secrets(self._path)
        if held.pop(key_id, None) is not None:
            self._write(held)

    def keep(self, webhook: str, secret: str) -> None:
        """A webhook's secret, in a file that its owner alone can read."""
        self._write({**secrets(self._path), webhook: secret})

    def _write(self, held: Mapping[str, str]) -> None:
        try:
            private_file.replace(self._path, msgspec.json.encode(held))
        except OSError as fault:
            raise StoreError(f"{self._path} cannot be written: {fault.strerror}.") from None


def secrets(path: Path) -> dict[str, str]:
    """The secrets by webhook id; none before the first setup."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except FileNotFoundError:
        return {}
    except OSError as fault:
        raise StoreError(f"{path} cannot be read: {fault.strerror}.") from None
    except msgspec.DecodeError:
        raise StoreError(f"{path} is damaged. Remove it; `deskcue setup --apply` fetches it again.") from None
