"""Configuration, read in one place: deskcue.toml, .env and DESKCUE_* variables, checked before the start."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import SettingsError as UnreadableError

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class SettingsError(Exception):
    """A setting is missing or wrong; the message names each one and never shows a secret."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as fault:
        raise ValueError("is not a time zone name such as Europe/Madrid") from fault
    return name


def _public(address: str) -> str:
    """An https address without its last slash, or a plain one on this machine."""
    parts = urlsplit(address)
    local = parts.scheme == "http" and parts.hostname in LOOPBACK
    strange = parts.username is not None or parts.query or parts.fragment
    if address and (strange or not parts.hostname or not (local or parts.scheme == "https")):
        raise ValueError("must be an https address such as https://deskcue.acme.example")
    return address.rstrip("/")


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Desk(_Section):
    """The help desk account to work beside."""

    vendor: str = "zendesk"
    address: str = ""
    """For example https://acme.zendesk.com."""
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    client_secret_file: Path | None = None
    """A file that holds the secret, instead of ``client_secret``."""
    tag_prefix: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{1,10}_$")] = "cue_"
    """Tags that begin so are ours; every other tag is left alone."""
    page_size: Annotated[int, Field(ge=1, le=1000)] = 1000
    loopback: bool = False
    """Allow http://127.0.0.1:PORT as address: for the sandbox and tests only."""


class Writing(_Section):
    """What may be written to the desk, and when."""

    mode: Literal["observe", "write"] = "observe"
    """``observe`` plans and shows, and writes nothing."""
    write_to: Literal["open", "all"] = "open"
    """``all`` also adds segment tags, and nothing else, to solved and closed tickets."""


class Server(_Section):
    """Where the app listens."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8321
    address: Annotated[str, AfterValidator(_public)] = ""
    """Where the help desk reaches the app, such as https://deskcue.acme.example; empty where it cannot."""


class Sidebar(_Section):
    """Who may frame the sidebar."""

    unsigned: bool = False
    """Show advice to whoever can reach the address: for a desk on this machine only."""
    frame_ancestors: tuple[str, ...] = ()
    """Origins of the help desk pages that frame it, such as https://acme.zendesk.com."""


class Schedule(_Section):
    """How often the desk is read."""

    sync_minutes: Annotated[int, Field(ge=1, le=1440)] = 15


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
    return _with_secret(settings)


def _with_secret(settings: Settings) -> Settings:
    path = settings.desk.client_secret_file
    if path is None:
        return settings
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"desk.client_secret_file: {path} cannot be read as text.") from None
    if not text:
        raise SettingsError(f"desk.client_secret_file: {path} is empty.")
    desk = settings.desk.model_copy(update={"client_secret": SecretStr(text)})
    return settings.model_copy(update={"desk": desk})


def demand_desk(settings: Settings) -> None:
    """Make sure that a desk can be signed in to; raises SettingsError naming what is missing."""
    desk = settings.desk
    missing = [name for name in ("address", "client_id") if not getattr(desk, name)]
    if not desk.client_secret.get_secret_value():
        missing.append("client_secret")
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
