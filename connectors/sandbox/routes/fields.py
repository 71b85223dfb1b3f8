"""Field definitions with their options, and satisfaction ratings."""

from __future__ import annotations

from functools import partial
from typing import Any

from connectors.sandbox import fields, options, wire, wire_people
from connectors.sandbox.call import GONE, Answer, Call, Row, found, ok, whole
from connectors.sandbox.definitions import CHOICE_TYPES, as_set
from connectors.sandbox.fields import Kind
from connectors.sandbox.paging import instant, page
from connectors.sandbox.paging import whole as all_at_once
from connectors.sandbox.records import FieldDefinition, Option, Rating
from connectors.sandbox.refusals import invalid_attribute, unknown_endpoint
from connectors.sandbox.shelves import Shelf
from connectors.sandbox.wire import Json

VERDICTS = ("good", "bad")
UNANSWERED = ("offered", "unoffered")


def listing(kind: Kind, name: str, call: Call) -> Answer:
    """All at once in the order of their places, unless a page size is asked for."""
    shelf = kind.shelf(call.desk)

    def show(field: FieldDefinition) -> Json:
        return _json(name, field, call)

    if "page[size]" in call.query or "page" in call.query:
        return Answer(200, page(shelf, name, call.query, call.address, show, lambda _: True))
    ordered = sorted(shelf, key=lambda field: (field.place, field.id))
    return Answer(200, all_at_once(ordered, name, show))


def show(kind: Kind, name: str, call: Call) -> Answer:
    return _shown(200, name, _field(kind, call), call)


def show_many(kind: Kind, name: str, call: Call) -> Answer:
    """By ids, or by keys where the fields have them; what is missing is left out."""
    shelf = kind.shelf(call.desk)
    if kind.keyed:
        keys = [key.strip() for key in call.query.get("keys", "").split(",") if key.strip()]
        records = [field for key in keys for field in shelf if field.key == key]
    else:
        records = [field for key in call.ids() if (field := shelf.get(key)) is not None]
    return Answer(200, all_at_once(records, name, lambda one: _json(name, one, call)))


def count(kind: Kind, name: str, call: Call) -> Answer:
    value = len(kind.shelf(call.desk))
    return ok(count={"value": value, "refreshed_at": wire.stamp(call.desk.clock.wall())})


def create(kind: Kind, name: str, call: Call) -> Answer:
    field = fields.create(call.desk, kind, call.wrapped(name[:-1]))
    return _shown(201, name, field, call)


def change(kind: Kind, name: str, call: Call) -> Answer:
    field = _field(kind, call)
    fields.change(call.desk, kind, field, call.wrapped(name[:-1]))
    return _shown(200, name, field, call)


def remove(kind: Kind, name: str, call: Call) -> Answer:
    fields.remove(call.desk, kind, _field(kind, call))
    return GONE


def reorder(kind: Kind, name: str, call: Call) -> Answer:
    ids: Any = call.json().get(f"{name[:-1]}_ids")
    if not isinstance(ids, list) or not all(type(key) is int for key in ids):
        raise invalid_attribute(f"{name[:-1]}_ids", "must be a list of integers")
    fields.reorder(call.desk, kind, ids)
    return Answer(200, "")


def list_options(kind: Kind, name: str, call: Call) -> Answer:
    shelf: Shelf[Option] = Shelf()
    for option in _with_options(kind, call).options:
        shelf.add(option)
    shown = page(shelf, options.NAME, call.query, call.address, wire_people.option, lambda _: True)
    return Answer(200, shown)


def show_option(kind: Kind, name: str, call: Call) -> Answer:
    return ok(custom_field_option=wire_people.option(_option(_with_options(kind, call), call)))


def put_option(kind: Kind, name: str, call: Call) -> Answer:
    """The option whose id is sent is changed; anything else is a new one."""
    field = _with_options(kind, call)
    several, option, new = options.upserted(call.desk, field.options, call.wrapped("custom_field_option"))
    fields.set_options(call.desk, kind, field, several)
    shown = {"custom_field_option": wire_people.option(option)}
    return Answer(201 if new else 200, shown, location=f"{call.base}/api/v2/{name}/{field.id}/options")


def remove_option(kind: Kind, name: str, call: Call) -> Answer:
    field = _with_options(kind, call)
    option = _option(field, call)
    fields.set_options(call.desk, kind, field, tuple(one for one in field.options if one is not option))
    return GONE


def _field(kind: Kind, call: Call) -> FieldDefinition:
    """By id; fields of users and organizations also by their key."""
    shelf, text = kind.shelf(call.desk), call.params["id"]
    if kind.keyed and not text.isdigit():
        return _found(next((field for field in shelf if field.key == text), None))
    return _found(shelf.get(call.id()))


def _found(field: FieldDefinition | None) -> FieldDefinition:
    record: FieldDefinition = found(field)
    return record


def _with_options(kind: Kind, call: Call) -> FieldDefinition:
    field = _field(kind, call)
    if field.type not in CHOICE_TYPES:
        raise unknown_endpoint()
    return field


def _option(field: FieldDefinition, call: Call) -> Option:
    key = whole(call.params["option"], "id")
    option: Option = found(next((one for one in field.options if one.id == key), None))
    return option


def _json(name: str, field: FieldDefinition, call: Call) -> Json:
    return wire_people.field(as_set(call.desk, field), call.base, name)


def _shown(status: int, name: str, field: FieldDefinition, call: Call) -> Answer:
    shown = _json(name, field, call)
    location = shown["url"] if status == 201 else None
    return Answer(status, {name[:-1]: shown}, location=location)


def ratings(call: Call) -> Answer:
    """Verdicts, oldest first; the times hold for their last change and include both ends."""
    if call.desk.trouble.strikes("surveys"):
        raise unknown_endpoint()
    score = call.query.get("score", "received")
    word = score.removesuffix("_with_comment").removesuffix("_without_comment")
    if word not in (*VERDICTS, *UNANSWERED, "received"):
        raise invalid_attribute("score", "is not a known score")
    start, end = instant(call.query, "start_time", 0), instant(call.query, "end_time", 10**18)

    def fits(rating: Rating) -> bool:
        in_time = start <= rating.updated_at <= end
        commented = score == word or (rating.comment is not None) == score.endswith("_with_comment")
        return in_time and commented and word in ("received", rating.score)

    def show(rating: Rating) -> wire.Json:
        return wire.rating(rating, call.base)

    return Answer(200, page(call.desk.ratings, "satisfaction_ratings", call.query, call.address, show, fits))


def rating(call: Call) -> Answer:
    record: Rating = found(call.desk.ratings.get(call.id()))
    return ok(satisfaction_rating=wire.rating(record, call.base))


def _rows(kind: Kind, name: str) -> tuple[Row, ...]:
    path, one, many = f"/api/v2/{name}", f"/api/v2/{name}/{{id}}", f"/api/v2/{name}/{{id}}/options"
    several = [Row("GET", f"{path}/show_many", partial(show_many, kind, name))] if name in SHOWN_MANY else []
    counted = [Row("GET", f"{path}/count", partial(count, kind, name))] if name in COUNTED else []
    rows = (
        Row("GET", path, partial(listing, kind, name)),
        Row("POST", path, partial(create, kind, name), admin=True),
        *several,
        *counted,
        Row("PUT", f"{path}/reorder", partial(reorder, kind, name), admin=True),
        Row("GET", one, partial(show, kind, name)),
        Row("PUT", one, partial(change, kind, name), admin=True),
        Row("DELETE", one, partial(remove, kind, name), admin=True),
    )
    return (*rows, *_option_rows(kind, name, many)) if name in WITH_OPTIONS else rows


def _option_rows(kind: Kind, name: str, path: str) -> tuple[Row, ...]:
    one = f"{path}/{{option}}"
    return (
        Row("GET", path, partial(list_options, kind, name)),
        Row("POST", path, partial(put_option, kind, name), admin=True),
        Row("GET", one, partial(show_option, kind, name)),
        Row("DELETE", one, partial(remove_option, kind, name), admin=True),
    )


SHOWN_MANY = ("ticket_fields", "user_fields")
COUNTED = ("ticket_fields",)
WITH_OPTIONS = ("ticket_fields", "user_fields")
"""What the vendor offers of its three collections."""

ROWS = (
    *_rows(fields.TICKETS, "ticket_fields"),
    *_rows(fields.USERS, "user_fields"),
    *_rows(fields.ORGANIZATIONS, "organization_fields"),
    Row("GET", "/api/v2/satisfaction_ratings", ratings, admin=True),
    Row("GET", "/api/v2/satisfaction_ratings/{id}", rating),
)
