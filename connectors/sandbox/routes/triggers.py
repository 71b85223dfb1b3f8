"""Triggers, and the categories they are filed under."""

from __future__ import annotations

from connectors.sandbox.call import Answer, Call, Row, found, ok
from connectors.sandbox.refusals import listed
from connectors.sandbox.routes.ranked import ranked
from connectors.sandbox.rules import order, reading, wire_rules
from connectors.sandbox.rules.records import Category, Trigger
from connectors.sandbox.wire import Json


def listing(call: Call) -> Answer:
    """All triggers in the order they run; ``active`` and ``category_id`` choose among them."""
    active, category = call.query.get("active"), call.query.get("category_id")
    return _listed(call, active, category)


def listing_active(call: Call) -> Answer:
    return _listed(call, "true", call.query.get("category_id"))


def _listed(call: Call, active: str | None, category: str | None) -> Answer:
    triggers = [
        trigger
        for trigger in order.in_order(call.desk.rules.triggers)
        if active in (None, str(trigger.active).lower()) and category in (None, str(trigger.category_id))
    ]
    return ranked(call, "triggers", triggers, lambda trigger: wire_rules.trigger(trigger, call.base))


def show(call: Call) -> Answer:
    return ok(trigger=wire_rules.trigger(_trigger(call), call.base))


def _trigger(call: Call) -> Trigger:
    trigger: Trigger = found(call.desk.rules.triggers.get(call.id()))
    return trigger


def add(call: Call) -> Answer:
    wish, shelf, now = call.wrapped("trigger"), call.desk.rules.triggers, call.desk.clock.wall()
    trigger = Trigger(id=shelf.next_id(), created_at=now, updated_at=now)
    _write(call, trigger, {"title": None, "actions": None, "category_id": None, **wish})
    shelf.add(trigger)
    order.place(shelf, trigger, reading.position(wish))
    shown = wire_rules.trigger(trigger, call.base)
    return Answer(201, {"trigger": shown}, location=shown["url"])


def change(call: Call) -> Answer:
    """Sending conditions or actions replaces both lists, as the desk documents it."""
    trigger, wish = _trigger(call), call.wrapped("trigger")
    position = reading.position(wish)
    _write(call, trigger, wish)
    if position is not None:
        order.place(call.desk.rules.triggers, trigger, position)
    trigger.updated_at = call.desk.clock.wall()
    return ok(trigger=wire_rules.trigger(trigger, call.base))


def _write(call: Call, trigger: Trigger, wish: Json) -> None:
    """Everything is read before anything is set; of ``conditions`` and ``actions`` one sent means both."""
    title = reading.name(wish, "title", "Title") if "title" in wish else trigger.title
    conditions, actions = trigger.conditions, trigger.actions
    if "conditions" in wish or "actions" in wish:
        conditions = reading.conditions(wish.get("conditions") or {}, reading.TRIGGER_FIELDS, "conditions")
        actions = reading.actions(wish.get("actions"))
    category = (
        _category_of(call, wish) if "category_id" in wish or "category" in wish else trigger.category_id
    )
    trigger.title, trigger.conditions, trigger.actions = title, conditions, actions
    trigger.category_id = category
    trigger.active = bool(wish.get("active", trigger.active))
    trigger.description = wish.get("description", trigger.description)


def _category_of(call: Call, wish: Json) -> int | None:
    """The category by id, or a new one described in place; needed once the account has any."""
    shelf = call.desk.rules.categories
    if isinstance(wish.get("category"), dict):
        return _new_category(call, wish["category"]).id
    key = wish.get("category_id")
    if key is None and not len(shelf):
        return None
    if key is None:
        raise reading.refuse("category_id", "Category: cannot be blank")
    category = shelf.get(int(key)) if str(key).isascii() and str(key).isdigit() else None
    if category is None:
        raise reading.refuse("category_id", "Category: is invalid")
    return category.id


def remove(call: Call) -> Answer:
    shelf = call.desk.rules.triggers
    shelf.remove(_trigger(call).id)
    order.close_ranks(order.in_order(shelf))
    return Answer(204, None)


def reorder(call: Call) -> Answer:
    """All triggers must be named; with several categories the order of all cannot be set this way."""
    ids = call.json().get("trigger_ids")
    if len(call.desk.rules.categories) > 1:
        raise listed(422, "LimitOneCategory", "Triggers of several categories cannot be reordered together")
    keys = [int(key) for key in ids if str(key).isdigit()] if isinstance(ids, list) else []
    order.reorder(call.desk.rules.triggers, keys, partly=False)
    return _listed(call, None, None)


def categories(call: Call) -> Answer:
    """Always by cursor; ``include=rule_counts`` tells how many triggers each holds."""
    counted = "rule_counts" in call.query.get("include", "").split(",")
    query = {**call.query, "page[size]": call.query.get("page[size]") or "100"}

    def shown(category: Category) -> Json:
        return {**wire_rules.category(category), **(_counts(call, category) if counted else {})}

    records = order.in_order(call.desk.rules.categories)
    return ranked(call._replace(query=query), "trigger_categories", records, shown)


def _counts(call: Call, category: Category) -> Json:
    held = [trigger.active for trigger in call.desk.rules.triggers if trigger.category_id == category.id]
    return {"active_count": sum(held), "inactive_count": len(held) - sum(held)}


def category(call: Call) -> Answer:
    return ok(trigger_category=wire_rules.category(_category(call)))


def _category(call: Call) -> Category:
    record = call.desk.rules.categories.get(call.id())
    if record is None:
        text = "Category can't be found. Check the ID and try again."
        raise listed(404, "TriggerCategoryNotFound", text)
    return record


def add_category(call: Call) -> Answer:
    return ok(trigger_category=wire_rules.category(_new_category(call, call.wrapped("trigger_category"))))


def _new_category(call: Call, wish: Json) -> Category:
    shelf, now = call.desk.rules.categories, call.desk.clock.wall()
    name, position = _category_name(call, wish, None), reading.position(wish)
    record = Category(id=max(shelf.next_id(), 10_001), name=name, created_at=now, updated_at=now)
    shelf.add(record)
    order.place(shelf, record, position)
    return record


def _category_name(call: Call, wish: Json, mine: int | None) -> str:
    name = wish.get("name")
    if not isinstance(name, str) or not name.strip():
        raise listed(400, "InvalidTriggerCategory", "Name cannot be blank")
    if any(one.name == name and one.id != mine for one in call.desk.rules.categories):
        raise listed(400, "InvalidTriggerCategory", "Name has already been taken")
    return name


def change_category(call: Call) -> Answer:
    record, wish = _category(call), call.wrapped("trigger_category")
    position = reading.position(wish)
    if "name" in wish:
        record.name = _category_name(call, wish, record.id)
    if position is not None:
        order.place(call.desk.rules.categories, record, position)
    record.updated_at = call.desk.clock.wall()
    return ok(trigger_category=wire_rules.category(record))


def remove_category(call: Call) -> Answer:
    """Only an empty category can go."""
    record, shelf = _category(call), call.desk.rules.categories
    if any(trigger.category_id == record.id for trigger in call.desk.rules.triggers):
        raise listed(400, "TriggerCategoryInUse", "The category still holds triggers")
    shelf.remove(record.id)
    order.close_ranks(order.in_order(shelf))
    return Answer(204, None)


ROWS = (
    Row("GET", "/api/v2/triggers", listing),
    Row("POST", "/api/v2/triggers", add, admin=True),
    Row("GET", "/api/v2/triggers/active", listing_active),
    Row("PUT", "/api/v2/triggers/reorder", reorder, admin=True),
    Row("GET", "/api/v2/triggers/{id}", show),
    Row("PUT", "/api/v2/triggers/{id}", change, admin=True),
    Row("DELETE", "/api/v2/triggers/{id}", remove, admin=True),
    Row("GET", "/api/v2/trigger_categories", categories),
    Row("POST", "/api/v2/trigger_categories", add_category, admin=True),
    Row("GET", "/api/v2/trigger_categories/{id}", category),
    Row("PATCH", "/api/v2/trigger_categories/{id}", change_category, admin=True),
    Row("DELETE", "/api/v2/trigger_categories/{id}", remove_category, admin=True),
)
