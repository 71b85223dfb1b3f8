"""A query at a database as a source of rows; nothing is changed there, and its address is never repeated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from sqlalchemy import Connection, create_engine
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from integration.importing.rows import ImportStopError, Places, Raw, demand_headings
from policies.import_model import Import

PORTION = 1_000
"""Rows that are fetched at once."""


class Query:
    """One open connection with a question to ask."""

    def __init__(self, connection: Connection, spec: Import, wanted: Mapping[str, str], now: int) -> None:
        self.day = now
        self._connection = connection
        self._spec = spec
        self._wanted = wanted

    def digest(self) -> None:
        """Only reading tells."""

    def count(self) -> None:
        """Only reading tells."""

    def rows(self) -> Iterator[Raw]:
        """The rows in the order in which the database gives them, counted from 1."""
        with _told(str(self._spec.database)):
            result = self._connection.exec_driver_sql(str(self._spec.query))
            headings = list(result.keys())
            demand_headings(headings, self._wanted, self._spec.origin)
            for number, row in enumerate(result.yield_per(PORTION), start=1):
                yield Raw(number, {name: _text(value) for name, value in zip(headings, row, strict=True)})


def _text(value: object) -> str:
    """A value as a cell would have it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple | set | frozenset):
        return "|".join(map(_text, value))
    return str(value).strip()


@contextmanager
def opened(places: Places, spec: Import, wanted: Mapping[str, str], now: int) -> Iterator[Query]:
    """The query with a connection that reads; raises ImportStopError for what the database cannot do."""
    name = str(spec.database)
    engine = _engine(name, places)
    options = {"postgresql_readonly": True} if engine.dialect.name == "postgresql" else {}
    try:
        with _told(name):
            connection = engine.connect().execution_options(stream_results=True, **options)
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA query_only = ON")
        with connection:
            yield Query(connection, spec, wanted, now)
    finally:
        engine.dispose()


@contextmanager
def _told(name: str) -> Iterator[None]:
    """What the database refuses, in a sentence: the driver's own words may quote rows, and the address."""
    try:
        yield
    except SQLAlchemyError as fault:
        kind = type(getattr(fault, "orig", None) or fault).__name__
        raise ImportStopError(
            f"The database {name} did not answer the query ({kind})."
            " Try the query with the database's own program, as the same user."
        ) from None


def _engine(name: str, places: Places) -> Engine:
    setting = f"imports.databases.{name} (DESKCUE_IMPORTS__DATABASES__{name.upper()})"
    if name not in places.databases:
        raise ImportStopError(f"There is no database {name} in the settings. Set its address as {setting}.")
    try:
        address = make_url(places.databases[name].get_secret_value())
        _demand_file(address, name)
        return create_engine(address)
    except (ArgumentError, NoSuchModuleError, ValueError):
        shape = "postgresql+psycopg://user:password@host/name"
        raise ImportStopError(f"{setting} is not an address such as {shape}.") from None
    except ModuleNotFoundError as fault:
        raise ImportStopError(f"{setting} needs the driver {fault.name}. Install it with pip.") from None


def _demand_file(address: URL, name: str) -> None:
    """SQLite would make an empty file of a wrong name."""
    if address.get_backend_name() == "sqlite" and address.database and not Path(address.database).is_file():
        raise ImportStopError(f"The database {name} is a file that is not there. Correct its address.")
