"""Where the values of a customer's traits come from: the records behind them, and how old those are."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from integration.store import schema
from integration.store.origins import Source, import_source
from policies.catalogue import Definition


def sources(
    connection: Connection, definitions: dict[str, Definition], customer_id: str, ticket_id: str | None
) -> dict[str, Source]:
    """By trait, where its value comes from for this customer, or for this ticket of theirs."""
    found: dict[tuple[str, bool], Source] = {}
    result = {}
    for name in definitions:
        definition = _ground(definitions, name)
        if definition.imported:
            result[name] = import_source(connection, definition, customer_id)
            continue
        kind = definition.relation.name, bool(definition.aggregate and not definition.derivation)
        if kind not in found:
            found[kind] = _source(connection, kind, definition.relation.table, customer_id, ticket_id)
        result[name] = found[kind]
    return result


def _ground(definitions: dict[str, Definition], name: str) -> Definition:
    """The trait that is read from records, under one that follows from others: the first that it reads."""
    while definitions[name].derivation and definitions[name].rests_on:
        name = definitions[name].rests_on[0]
    return definitions[name]


def _source(
    connection: Connection, kind: tuple[str, bool], table: str, customer_id: str, ticket_id: str | None
) -> Source:
    name, computed = kind
    if computed:
        return _rows(connection, name, table, customer_id)
    if name == "ticket":
        return _one(connection, name, table, ticket_id)
    if name == "organization":
        theirs = select(schema.customers.c.organization_id).where(schema.customers.c.id == customer_id)
        return _one(connection, name, table, connection.execute(theirs).scalar())
    return _one(connection, name, table, customer_id)


def _one(connection: Connection, name: str, table: str, id_: str | None) -> Source:
    record = schema.metadata.tables[table]
    asked = select(record.c.updated_at).where(record.c.id == id_, record.c.deleted.is_(False))
    at = connection.execute(asked).scalar()
    return Source(f"no {name}", None) if at is None else Source(f"{name} {id_}", int(at))


def _rows(connection: Connection, name: str, table: str, customer_id: str) -> Source:
    record = schema.metadata.tables[table]
    theirs = (record.c.customer_id == customer_id) & record.c.deleted.is_(False)
    count = connection.execute(select(func.count()).select_from(record).where(theirs)).scalar_one()
    newest = connection.execute(
        select(record.c.id, record.c.created_at)
        .where(theirs)
        .order_by(record.c.created_at.desc(), record.c.id.desc())
    ).first()
    if newest is None:
        return Source(f"no {name}s", None)
    return Source(
        f"{count:,} {name}{'s' if count > 1 else ''}, the newest {newest.id}", int(newest.created_at)
    )
