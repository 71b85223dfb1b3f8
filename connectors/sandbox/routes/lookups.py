"""Short lists that clients read beside the records: tags in use, locales, forms, and what is empty here."""

from __future__ import annotations

from collections import Counter
from functools import partial

from connectors.sandbox import wire
from connectors.sandbox.call import Answer, Call, Row, counted, found, listing, ok, whole
from connectors.sandbox.paging import LARGEST, linked, number, offsets
from connectors.sandbox.refusals import invalid_attribute
from connectors.sandbox.wire import Json

RECENT = 60 * 86_400
"""Tags count while their tickets have moved within this time."""
MOST_TAGS = 20_000
SHORTEST = 2

LOCALES = (
    (1, "en-US", "English (United States)"),
    (1_176, "en-GB", "English (United Kingdom)"),
    (8, "de", "Deutsch"),
    (16, "fr", "Français"),
    (2, "es", "Español"),
    (19, "pt-BR", "Português (Brasil)"),
)
"""Number, name and title of the languages this desk speaks."""

FORM = 47
EMPTY = ("macros", "suspended_tickets", "sharing_agreements", "automations", "dynamic_content/items")
"""Lists that are there and hold nothing on this desk."""


def _tags(call: Call) -> list[tuple[str, int]]:
    """The tags of the latest tickets, most used first."""
    since = call.desk.clock.wall() - RECENT
    recent = (one for one in call.desk.tickets if one.status != "deleted" and one.updated_at >= since)
    uses = Counter(tag for ticket in recent for tag in ticket.tags)
    return sorted(uses.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_TAGS]


def tags(call: Call) -> Answer:
    """By place, whichever way the pages are asked for."""
    rows = [{"name": name, "count": uses} for name, uses in _tags(call)]
    if "page[size]" in call.query:
        return Answer(200, _by_cursor(call, rows))
    at, size = max(number(call.query, "page", 1), 1), min(number(call.query, "per_page", LARGEST), LARGEST)
    part = rows[(at - 1) * size : at * size]
    return Answer(200, {"tags": part, **offsets(call.query, call.address, at, size, len(rows))})


def _by_cursor(call: Call, rows: list[Json]) -> Json:
    size = max(min(number(call.query, "page[size]", LARGEST), LARGEST), 1)
    start = number(call.query, "page[after]", 0)
    end = start + size
    more = end < len(rows)
    onward = {**call.query, "page[after]": str(end)} if more else None
    return {
        "tags": rows[start:end],
        "meta": {"has_more": more, "after_cursor": str(end), "before_cursor": str(start)},
        "links": {"next": linked(call.address, onward), "prev": None},
    }


def tag_count(call: Call) -> Answer:
    return counted(call, len(_tags(call)))


def complete_tags(call: Call) -> Answer:
    """Tags that begin like that."""
    start = call.query.get("name", "").lower()
    if len(start) < SHORTEST:
        raise invalid_attribute("name", f"must have at least {SHORTEST} letters")
    return listing("tags", [name for name, _ in _tags(call) if name.startswith(start)][:10])


def locales(call: Call) -> Answer:
    return listing("locales", [_locale(call, *row) for row in LOCALES])


def locale(call: Call) -> Answer:
    """By number or by name."""
    wanted = call.params["id"]
    row = next((one for one in LOCALES if wanted in (str(one[0]), one[1])), None)
    return ok(locale=_locale(call, *found(row)))


def current_locale(call: Call) -> Answer:
    row = next((one for one in LOCALES if one[1] == call.user.locale), LOCALES[0])
    return ok(locale=_locale(call, *row))


def _locale(call: Call, key: int, name: str, title: str) -> Json:
    opened = wire.stamp(_opened(call))
    return {
        "id": key,
        "url": f"{call.base}/api/v2/locales/{name}.json",
        "locale": name,
        "name": title,
        "native_name": title,
        "presentation_name": title,
        "rtl": False,
        "created_at": opened,
        "updated_at": opened,
    }


def forms(call: Call) -> Answer:
    return listing("ticket_forms", [_form(call)])


def form(call: Call) -> Answer:
    found(True if whole(call.params["id"], "id") == FORM else None)
    return ok(ticket_form=_form(call))


def _form(call: Call) -> Json:
    """The one form every account has, with all fields on it."""
    opened = wire.stamp(_opened(call))
    return {
        "id": FORM,
        "url": f"{call.base}/api/v2/ticket_forms/{FORM}.json",
        "name": "Default Ticket Form",
        "raw_name": "Default Ticket Form",
        "display_name": "Default Ticket Form",
        "raw_display_name": "Default Ticket Form",
        "position": 1,
        "active": True,
        "default": True,
        "end_user_visible": True,
        "in_all_brands": True,
        "restricted_brand_ids": [],
        "ticket_field_ids": [field.id for field in call.desk.ticket_fields],
        "end_user_conditions": [],
        "agent_conditions": [],
        "created_at": opened,
        "updated_at": opened,
    }


def empty(name: str, call: Call) -> Answer:
    """A list without entries, in the form asked for."""
    if "page[size]" in call.query:
        meta = {"has_more": False, "after_cursor": None, "before_cursor": None}
        return Answer(200, {name: [], "meta": meta, "links": {"next": None, "prev": None}})
    return listing(name, [])


def _opened(call: Call) -> int:
    return min((one.created_at for one in call.desk.users), default=0)


ROWS = (
    Row("GET", "/api/v2/tags", tags),
    Row("GET", "/api/v2/tags/count", tag_count),
    Row("GET", "/api/v2/autocomplete/tags", complete_tags),
    Row("GET", "/api/v2/locales", locales),
    Row("GET", "/api/v2/locales/agent", locales),
    Row("GET", "/api/v2/locales/public", locales),
    Row("GET", "/api/v2/locales/current", current_locale),
    Row("GET", "/api/v2/locales/{id}", locale),
    Row("GET", "/api/v2/ticket_forms", forms),
    Row("GET", "/api/v2/ticket_forms/{id}", form),
    *(Row("GET", f"/api/v2/{name}", partial(empty, name.split("/")[-1])) for name in EMPTY),
    Row("GET", "/api/v2/macros/active", partial(empty, "macros")),
)
