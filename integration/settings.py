"""Configuration, read in one place: deskcue.toml, .env and DESKCUE_* variables, checked before the start."""

from __future__ import annotations

import logging
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import SettingsError as UnreadableError

from connectors.changes import Field as DeskField


class SettingsError(Exception):
    """A setting is missing or wrong; the message names each one and never shows a secret."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as fault:
        raise ValueError("is not a time zone name such as Europe/Madrid") from fault
    return name


def _public(address: str) -> str:
    if address and _PUBLIC.fullmatch(address) is None:
        raise ValueError(
            "must be an address such as https://deskcue.acme.example, without user name or query"
        )
    return address.rstrip("/")


_PUBLIC = re.compile(
    r"(https://[a-z0-9.-]+(:[0-9]{1,5})?|http://127\.0\.0\.1:[0-9]{1,5})(/[\w.~/-]*)?", re.ASCII
)

_LOG = logging.getLogger(__name__)


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Desk(_Section):
    """The help desk account to work beside."""

    vendor: str = "zendesk"
    address: str = ""
    """For example https://acme.zendesk.com."""
    sign_in: Literal["client_credentials", "authorization_code", "api_token"] = "client_credentials"
    """As the owner of an OAuth client, as a person who agrees in a browser, or by an API token."""
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    client_secret_file: Path | None = None
    """A file that holds the secret, instead of ``client_secret``."""
    email: str = ""
    """Whom the API token speaks for."""
    api_token: SecretStr = SecretStr("")
    api_token_file: Path | None = None
    """A file that holds the token, instead of ``api_token``."""
    tag_prefix: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{1,10}_$")] = "cue_"
    """Tags that begin so are ours; every other tag is left alone."""
    page_size: Annotated[int, Field(ge=1, le=1000)] = 1000
    share: Annotated[float, Field(gt=0, le=0.9)] = 0.5
    """Part of the desk's request limits that we may use; the rest is the agents'."""
    loopback: bool = False
    """Allow http://127.0.0.1:PORT as address: for the sandbox and tests only."""


class Writing(_Section):
    """What may be written to the desk, and when."""

    mode: Literal["observe", "canary", "write"] = "observe"
    """``observe`` plans and shows, and writes nothing; ``canary`` writes to a share of the customers."""
    canary: Annotated[float, Field(gt=0, le=1)] = 0.05
    """The share of customers whose tickets are written to in ``canary``, always the same ones."""
    holdout: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    """The share of customers whose tickets are never written to, so that the effect can be measured."""
    most_tickets: Annotated[int, Field(ge=0)] = 2_000
    """Tickets that one plan may change unasked, or ``most_share`` of the open ones if that is more."""
    most_share: Annotated[float, Field(ge=0, le=1)] = 0.2
    most_by_segment: dict[str, Annotated[int, Field(ge=0)]] = {}
    """Tickets that one plan may change unasked, by segment."""
    most_by_field: dict[DeskField, Annotated[int, Field(ge=0)]] = {}
    """The same by field: tags, priority, service_level, segment."""
    drift: Annotated[float, Field(gt=0)] = 0.5
    """The share of its members by which a segment may move between two runs before writing waits."""
    write_to: Literal["open", "all"] = "open"
    """``all`` also adds segment tags, and nothing else, to solved and closed tickets."""


class Server(_Section):
    """Where the app listens."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8321
    address: Annotated[str, AfterValidator(_public)] = ""
    """Where others reach this installation, such as https://deskcue.acme.example."""


class Sidebar(_Section):
    """Who may frame the sidebar, and whose language it speaks."""

    unsigned: bool = False
    """Show advice to whoever can reach the address: for a desk on this machine only."""
    frame_ancestors: tuple[str, ...] = ()
    """More origins of pages that may frame it, besides the desk's own once an installation is named."""
    installation_id: Annotated[str, Field(pattern=r"^([1-9][0-9]{0,18})?$")] = ""
    """Of the app in the account: agents whom the account has signed in for it see advice."""
    app_id: Annotated[str, Field(pattern=r"^([1-9][0-9]{0,18})?$")] = ""
    """The app's own number: its key is fetched from the account, and followed when it changes."""
    public_key_files: tuple[Path, ...] = ()
    """The app's public key, as PEM, instead of fetching it; two while it is changed."""
    locale: str = "en"
    """For agents whose own language neither the help desk nor the browser tells, or is none of ours."""


class Schedule(_Section):
    """How often the desk is read."""

    sync_minutes: Annotated[int, Field(ge=1, le=1440)] = 15


class History(_Section):
    """For how long former decisions can be explained."""

    days: Annotated[int, Field(ge=1, le=36500)] = 400


class Imports(_Section):
    """Where imported rows come from, and how often they are looked for."""

    databases: dict[str, SecretStr] = {}
    """By the name that policies use, an address such as postgresql+psycopg://user:password@host/name."""
    minutes: Annotated[int, Field(ge=1, le=10_080)] = 60


class Messages(_Section):
    """What is learnt from customers' own words."""

    read: bool = False
    """Tell the language of each ticket's first message; the words themselves are not kept."""


class Settings(BaseSettings):
    """Everything an installation can set; see README.md, "Settings"."""

    model_config = SettingsConfigDict(
        env_prefix="DESKCUE_",
        env_nested_delimiter="__",
        env_file=".env",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    desk: Desk = Desk()
    writing: Writing = Writing()
    server: Server = Server()
    sidebar: Sidebar = Sidebar()
    schedule: Schedule = Schedule()
    history: History = History()
    imports: Imports = Imports()
    messages: Messages = Messages()
    data: Path = Path("var")
    """Folder for the store and the plans."""
    policy: tuple[Path, ...] = ()
    """Policy files; none means the shipped starter policy."""
    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    """For the clock times agents read."""

    @property
    def store(self) -> Path:
        """The database file."""
        return self.data / "deskcue.db"

    @property
    def sign_in(self) -> Path:
        """The file with the tokens of a person's sign-in."""
        return self.data / "sign-in.json"

    @property
    def app_key(self) -> Path:
        """The file with the app's public key as it was fetched last."""
        return self.data / "app-key.json"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        toml = TomlConfigSettingsSource(settings_cls, toml_file="deskcue.toml")
        return (init_settings, env_settings, dotenv_settings, _refuse_strangers(toml))


class _Stated(Settings):
    """Settings from nowhere but the code that states them."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def stated(**values: Any) -> Settings:
    """These settings and the defaults: no file and no variable is read."""
    return _Stated(**values)


def load(**overrides: Any) -> Settings:
    """The settings of the working directory and environment, with ``overrides`` on top.

    Raises SettingsError naming each wrong value and how it may be set right.
    """
    try:
        settings = Settings(**overrides)
    except ValidationError as fault:
        raise SettingsError(_explain(fault)) from None
    except tomllib.TOMLDecodeError as fault:
        raise SettingsError(f"deskcue.toml: {fault}") from None
    except UnreadableError as fault:
        raise SettingsError(_explain_unreadable(fault)) from None
    except UnicodeDecodeError:
        raise SettingsError("deskcue.toml or .env is not UTF-8 text. Save it as UTF-8.") from None
    except OSError as fault:
        raise SettingsError(f"{fault.filename} cannot be read: {fault.strerror}.") from None
    return _with_secrets(settings)


SECRETS = ("client_secret", "api_token")
"""Settings of a desk that may stand in a file of their own, named by the setting with ``_file``."""


def _with_secrets(settings: Settings) -> Settings:
    desk = settings.desk
    found = {name: _secret(name, path) for name in SECRETS if (path := getattr(desk, f"{name}_file"))}
    return settings.model_copy(update={"desk": desk.model_copy(update=found)}) if found else settings


def _secret(name: str, path: Path) -> SecretStr:
    """What a secret's file holds, without the line break that editors put at its end."""
    setting = f"desk.{name}_file"
    try:
        text = path.read_text(encoding="utf-8").strip()
        mode = path.stat().st_mode
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"{setting}: {path} cannot be read as text.") from None
    if not text:
        raise SettingsError(f"{setting}: {path} is empty.")
    if mode & OTHERS:
        _LOG.warning("%s: %s can be read by every user of this machine. chmod 600 it.", setting, path)
    return SecretStr(text)


OTHERS = 0o007
"""The bits of a file's mode that give it to everybody."""

NEEDED = {
    "client_credentials": ("address", "client_id", "client_secret"),
    "authorization_code": ("address", "client_id"),
    "api_token": ("address", "email", "api_token"),
}
"""What each way to sign in takes; a public client has no secret."""


def demand_desk(settings: Settings) -> None:
    """Make sure that a desk can be signed in to; raises SettingsError naming what is missing."""
    missing = [name for name in NEEDED[settings.desk.sign_in] if not _stated_plainly(settings.desk, name)]
    if missing:
        names = ", ".join(f"desk.{name} (DESKCUE_DESK__{name.upper()})" for name in missing)
        raise SettingsError(f"No help desk to talk to. Set {names} in deskcue.toml or the environment.")


def demand_reachable(settings: Settings) -> None:
    """Make sure that a real desk is not told to report to this machine's own loopback address."""
    address = settings.server.address
    if address.startswith("http:") and not settings.desk.loopback:
        raise SettingsError(
            "server.address (DESKCUE_SERVER__ADDRESS): the help desk cannot reach http on this machine."
            " Give the public https address, or leave it empty."
        )


def _stated_plainly(desk: Desk, name: str) -> str:
    value = getattr(desk, name)
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def _refuse_strangers(source: TomlConfigSettingsSource) -> TomlConfigSettingsSource:
    """A misspelt name in the file is an error, although strangers in .env are not ours to judge."""
    unknown = sorted(source.toml_data.keys() - Settings.model_fields.keys())
    if unknown:
        known = ", ".join(sorted(Settings.model_fields))
        raise SettingsError(f"deskcue.toml: {', '.join(unknown)}: no such setting. There are: {known}.")
    return source


def _explain(fault: ValidationError) -> str:
    """Every wrong setting by name, without its value: the value may be a secret."""
    lines = []
    for error in fault.errors(include_input=False, include_url=False, include_context=False):
        name = ".".join(str(part) for part in error["loc"])
        variable = "DESKCUE_" + "__".join(str(part) for part in error["loc"]).upper()
        said = _PLAINLY.get(error["type"]) or error["msg"].removeprefix("Value error, ")
        lines.append(f"{name} ({variable}): {said}")
    return "Some settings cannot be used:\n  " + "\n  ".join(lines)


_PLAINLY = {
    "extra_forbidden": "there is no such setting",
    "tuple_type": 'must be a list, such as ["first", "second"]',
    "model_type": "is a section: give its settings one by one",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_type": "must be a whole number",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "string_type": "must be a text, in quotes",
    "path_type": "must be a text, in quotes",
}
"""What pydantic says in a programmer's words, by the kind of error."""


def _explain_unreadable(fault: UnreadableError) -> str:
    """A list or section in the environment that is not JSON; the library's own text names its field."""
    named = next((name for name in Settings.model_fields if f'"{name}"' in str(fault)), "a setting")
    return (
        f"{named} (DESKCUE_{named.upper()}…): what the environment or .env gives cannot be read."
        """ A list is written there as JSON: DESKCUE_POLICY='["first.yaml", "second.yaml"]'."""
    )
