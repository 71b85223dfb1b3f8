"""The composition root: settings in, the parts put together out; used by the doors alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from connectors import connect
from connectors.base import Connector
from connectors.clock import Clock, SystemClock
from integration.plan import Rules
from integration.settings import Settings, SettingsError, demand_desk
from integration.store import facts, status
from integration.store.engine import Store, StoreError
from policies.load import STARTER, load
from policies.model import Policy


@dataclass(frozen=True)
class App:
    """One installation at work: its settings, store and clock, and on demand its desk and policy."""

    settings: Settings
    store: Store
    clock: Clock
    setting_up: bool = False
    """Whether the desk is asked for leave to change its own settings, too."""

    @cached_property
    def policy(self) -> Policy:
        """The policy in force; raises PolicyError with every fault."""
        return load(self.settings.policy or (STARTER,))

    @cached_property
    def connector(self) -> Connector:
        """The signed-in desk; a store that holds another desk is refused."""
        demand_desk(self.settings)
        desk = self.settings.desk
        try:
            connector = connect(
                desk.vendor,
                address=desk.address,
                client_id=desk.client_id,
                client_secret=desk.client_secret.get_secret_value(),
                clock=self.clock,
                tag_prefix=desk.tag_prefix,
                loopback=desk.loopback,
                page_size=desk.page_size,
                setup=self.setting_up,
            )
        except ValueError as fault:
            raise SettingsError(f"desk.vendor and desk.address: {fault}") from None
        # Only an address that may be called is written into the store.
        _demand_same_desk(self.store, self.desk)
        return connector

    @property
    def desk(self) -> str:
        """The desk's address in one spelling."""
        return self.settings.desk.address.rstrip("/").lower()

    @property
    def rules(self) -> Rules:
        """What may be written."""
        return Rules(tag_prefix=self.settings.desk.tag_prefix, write_to=self.settings.writing.write_to)

    @property
    def at_rest(self) -> bool:
        """Whether solved and closed tickets are decided for, too."""
        return self.settings.writing.write_to == "all"

    def close(self) -> None:
        """Give back the desk's connections and the store."""
        if "connector" in self.__dict__:
            self.connector.close()
        self.store.close()


@contextmanager
def opened(
    settings: Settings, *, writer: bool, clock: Clock | None = None, setting_up: bool = False
) -> Iterator[App]:
    """An app for the length of a command; only one process at a time may be the writer."""
    app = App(settings, Store(settings.store, writer=writer), clock or SystemClock(), setting_up)
    try:
        yield app
    finally:
        app.close()


def _demand_same_desk(store: Store, address: str) -> None:
    with store.read() as connection:
        known = facts.get(connection).get("desk")
        unused = not any(state.records or state.synced_at for state in status.streams(connection).values())
    if known is None or (unused and known != address):
        # Nothing came from the address that stands there: it was a mistyped one.
        with store.write() as connection:
            facts.put(connection, {"desk": address})
    elif known != address:
        raise StoreError(
            f"The store at {store.path} holds the desk {known}, and the settings name {address}."
            " Use another `data` folder for another desk."
        )
