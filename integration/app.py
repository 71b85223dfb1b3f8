"""The composition root: settings in, the parts put together out; used by the doors alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata

import msgspec

from connectors import connect
from connectors.base import Connector
from connectors.changes import Field
from connectors.clock import Clock, SystemClock
from integration import messages
from integration.importing import Places
from integration.plan import Rules
from integration.restraint import Limits
from integration.settings import Settings, SettingsError, demand_desk
from integration.store import facts, status
from integration.store.engine import Store, StoreError
from integration.vault import FileVault
from policies.load import STARTER, load
from policies.model import Policy

OPTIONS = "options"
"""The fact that holds what the desk's fields take, as JSON: each field with its values, or null for any."""

GROUPS = "groups"
"""Under which name the store keeps the ids of the desk\'s groups, by what they are called."""

EVERYWHERE = (Field.TAGS, Field.PRIORITY, Field.SERVICE_LEVEL)
"""What every desk can hold; the rest shows when it is read."""


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
        connector = signed_in(self.settings, self.clock, setup=self.setting_up)
        connector.budget.share = self.settings.desk.share
        # Only an address that may be called is written into the store.
        _demand_same_desk(self.store, self.desk)
        connector.budget.resume(_told(self.store), self.clock.wall())
        return connector

    @property
    def desk(self) -> str:
        """The desk's address in one spelling."""
        return spelt(self.settings.desk.address)

    @property
    def rules(self) -> Rules:
        """What may be written: to the fields that the desk had when it was read last, with their values."""
        with self.store.read() as connection:
            stated = facts.get(connection)
        known = stated.get(OPTIONS)
        options = msgspec.json.decode(known, type=dict[Field, tuple[str, ...] | None]) if known else {}
        return Rules(
            tag_prefix=self.settings.desk.tag_prefix,
            most_high=self.policy.most_high,
            write_to=self.settings.writing.write_to,
            canary=self.settings.writing.canary if self.settings.writing.mode == "canary" else None,
            holdout=self.settings.writing.holdout,
            fields=tuple(options) or EVERYWHERE,
            values={field: values for field, values in options.items() if values is not None},
            groups=msgspec.json.decode(stated.get(GROUPS, "{}"), type=dict[str, str]),
        )

    @property
    def known_groups(self) -> dict[str, str]:
        """The ids of the desk's groups by what they are called, as it was read last."""
        with self.store.read() as connection:
            return msgspec.json.decode(facts.get(connection).get(GROUPS, "{}"), type=dict[str, str])

    @property
    def writes(self) -> bool:
        """Whether plans may be sent at all."""
        return self.settings.writing.mode != "observe"

    @property
    def limits(self) -> Limits:
        """What may be written without anybody having read the plan."""
        writing = self.settings.writing
        return Limits(
            tickets=writing.most_tickets,
            share=writing.most_share,
            by_segment=writing.most_by_segment,
            by_field=writing.most_by_field,
            drift=writing.drift,
        )

    @property
    def places(self) -> Places:
        """Where the policy's imports may take rows from."""
        folders = dict.fromkeys(path.parent for path in self.settings.policy)
        return Places(tuple(folders), self.settings.imports.databases)

    @property
    def message_reader(self) -> str | None:
        """What reads customers' messages, None where nothing does."""
        return messages.version() if self.settings.messages.read else None

    @property
    def at_rest(self) -> bool:
        """Whether solved and closed tickets are decided for, too."""
        return self.settings.writing.write_to == "all"

    def remember_limits(self) -> None:
        """Keep what the desk said of its limits for the next process; a mere reader keeps nothing."""
        if not self.store.writes:
            return
        if stated := self.connector.budget.stated(self.clock.wall()):
            with self.store.write() as connection:
                facts.put(connection, {"limits": stated})

    def close(self) -> None:
        """Give back the desk's connections and the store."""
        if "connector" in self.__dict__:
            self.connector.close()
        self.store.close()


def signed_in(settings: Settings, clock: Clock, *, setup: bool = False) -> Connector:
    """The desk that the settings name, without a store beside it; nothing is sent yet.

    ``setup`` asks for what setting the account up takes, too. Raises SettingsError.
    """
    demand_desk(settings)
    desk = settings.desk
    try:
        return connect(
            desk.vendor,
            address=desk.address,
            client_id=desk.client_id,
            client_secret=desk.client_secret.get_secret_value(),
            clock=clock,
            tag_prefix=desk.tag_prefix,
            loopback=desk.loopback,
            page_size=desk.page_size,
            user_agent=user_agent(settings),
            sign_in=desk.sign_in,
            email=desk.email,
            api_token=desk.api_token.get_secret_value(),
            vault=FileVault(settings.sign_in),
            setup=setup,
            reader=messages.reader() if settings.messages.read else None,
        )
    except ValueError as fault:
        raise SettingsError(f"desk.vendor and desk.address: {fault}") from None


def user_agent(settings: Settings) -> str:
    """Who we say we are: the version, and where the people who run this installation can be found."""
    where = f"+{settings.server.address}" if settings.server.address else "no public address"
    return f"deskcue/{metadata.version('deskcue')} ({where})"


def spelt(address: str) -> str:
    """A desk's address in one spelling."""
    return address.rstrip("/").lower()


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


def _told(store: Store) -> str:
    """What the desk said of its limits to the process before this one."""
    with store.read() as connection:
        return facts.get(connection).get("limits", "")


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
