"""Webhooks, for admins: their settings, their secret and their log."""

from __future__ import annotations

import secrets
from asyncio import wrap_future
from base64 import b64encode
from typing import Any

import msgspec

from connectors.sandbox.call import Answer, Call, Row, ok
from connectors.sandbox.hooks import reading, wire_hooks
from connectors.sandbox.hooks.post import Parcel
from connectors.sandbox.hooks.records import CONDITIONAL, Invocation, Webhook
from connectors.sandbox.hooks.signing import TRIAL_SECRET, headers
from connectors.sandbox.refusals import listed
from connectors.sandbox.routes.ranked import ranked
from connectors.sandbox.wire import Json

PAGE = "100"
TICKET_EVENT = "zen:event-type:ticket."
TRIAL: Json = {
    "name": "trial",
    "status": "active",
    "http_method": "POST",
    "request_format": "json",
    "subscriptions": (CONDITIONAL,),
}
"""What a trial call is like where it does not say otherwise."""
ID = "/api/v2/webhooks/{id}"


def _by_cursor(call: Call) -> Call:
    """Lists of this family know cursors only."""
    return call._replace(query={**call.query, "page[size]": call.query.get("page[size]") or PAGE})


def listing(call: Call) -> Answer:
    """Webhooks by name; filters look at a part of the name and at the status."""
    part, status = call.query.get("filter[name_contains]", ""), call.query.get("filter[status]")
    fitting = [
        hook
        for hook in call.desk.hooks.webhooks.values()
        if part.lower() in hook.name.lower() and status in (None, "", hook.status)
    ]
    return ranked(_by_cursor(call), "webhooks", sorted(fitting, key=_name), wire_hooks.webhook)


def _name(hook: Webhook) -> tuple[str, str]:
    return hook.name, hook.id


def show(call: Call) -> Answer:
    return ok(webhook=wire_hooks.webhook(_webhook(call)))


def _webhook(call: Call) -> Webhook:
    hook = call.desk.hooks.webhooks.get(call.params["id"])
    if hook is None:
        raise listed(404, "WebhookNotFound", "Webhook not found")
    return hook


def add(call: Call) -> Answer:
    wish, now = call.wrapped("webhook"), call.desk.clock.wall()
    values: Any = reading.webhook(wish, {})
    if any(kind.startswith(TICKET_EVENT) for kind in values["subscriptions"]):
        _demand_ticket_events(call)
    hooks = call.desk.hooks
    hook = Webhook(
        id=hooks.ulid(now),
        secret=_new_secret(),
        author_id=call.user.id,
        created_at=now,
        updated_at=now,
        **values,
    )
    hooks.webhooks[hook.id] = hook
    return Answer(201, {"webhook": wire_hooks.webhook(hook)})


def _demand_ticket_events(call: Call) -> None:
    """Accounts have been seen whose webhooks hear of tickets through triggers alone."""
    if call.desk.trouble.strikes("no ticket events"):
        raise reading.refuse("subscriptions: ticket events are not available on this account")


def _new_secret() -> str:
    """Looks like base64 and is used as the text it is."""
    return b64encode(secrets.token_bytes(32)).decode()


def replace(call: Call) -> Answer:
    """PUT: everything that is needed must be sent, and what is left out falls back to nothing."""
    hook, wish = _webhook(call), call.wrapped("webhook")
    kind = {"subscriptions": hook.subscriptions}
    blank: Json = {"description": "", "authentication": None, "custom_headers": {}}
    _set(call, hook, reading.webhook({**blank, **wish}, kind))
    return Answer(204, None)


def change(call: Call) -> Answer:
    """PATCH: only what is sent changes."""
    hook = _webhook(call)
    old = {key: getattr(hook, key) for key in reading.READERS}
    _set(call, hook, reading.webhook(call.wrapped("webhook"), old))
    return Answer(204, None)


def _set(call: Call, hook: Webhook, values: Json) -> None:
    for key, value in values.items():
        setattr(hook, key, value)
    hook.updated_at = call.desk.clock.wall()


def remove(call: Call) -> Answer:
    """Refused while a trigger still calls it."""
    hook = _webhook(call)
    for trigger in call.desk.rules.triggers:
        for action in trigger.actions:
            if action.field == "notification_webhook" and action.value and action.value[0] == hook.id:
                raise listed(400, "WebhookInUse", f"The trigger {trigger.title!r} still calls this webhook")
    del call.desk.hooks.webhooks[hook.id]
    return Answer(204, None)


def secret(call: Call) -> Answer:
    return ok(signing_secret={"algorithm": "SHA256", "secret": _webhook(call).secret})


def reset_secret(call: Call) -> Answer:
    """From now on everything is signed with a new secret, tries of older deliveries included."""
    hook = _webhook(call)
    hook.secret = _new_secret()
    return Answer(201, {"signing_secret": {"algorithm": "SHA256", "secret": hook.secret}})


def invocations(call: Call) -> Answer:
    """The deliveries of seven days, newest first."""
    hook, status = _webhook(call), call.query.get("filter[status]")
    rows = [
        shown
        for record in reversed(call.desk.hooks.log)
        if record.webhook_id == hook.id
        and status in (None, "", (shown := wire_hooks.invocation(record))["status"])
    ]
    return ranked(_by_cursor(call), "invocations", rows, lambda row: row)


def attempts(call: Call) -> Answer:
    record = _invocation(call)
    shown = [wire_hooks.attempt(record, number, entry) for number, entry in enumerate(record.attempts, 1)]
    return ranked(_by_cursor(call), "attempts", shown, lambda row: row)


def _invocation(call: Call) -> Invocation:
    hook, key = _webhook(call), call.params["invocation"]
    for record in call.desk.hooks.log:
        if record.id == key and record.webhook_id == hook.id:
            return record
    raise listed(404, "InvocationNotFound", "Invocation not found")


async def trial(call: Call) -> Answer:
    """Call an address once and show what it says; signed with the published secret without a webhook."""
    wish = call.wrapped("request")
    parcel = _trial_parcel(call, wish, call.query.get("webhook_id"))
    reply = await wrap_future(call.sender.trial(parcel))
    shown = [{"key": name, "value": text} for name, text in reply.headers.items()]
    return ok(
        response={"status": reply.status, "headers": shown, "payload": reply.body.decode(errors="replace")}
    )


def _trial_parcel(call: Call, wish: Json, key: str | None) -> Parcel:
    old = call.desk.hooks.webhooks.get(key or "")
    blank = {name: getattr(old, name) for name in reading.READERS} if old else TRIAL
    values: Any = reading.webhook({**wish, "subscriptions": blank["subscriptions"]}, blank)
    now, payload = call.desk.clock.wall(), wish.get("payload", "")
    hook = Webhook(
        id=old.id if old else call.desk.hooks.ulid(now), secret=old.secret if old else TRIAL_SECRET,
        author_id=call.user.id, created_at=now, updated_at=now, **values,
    )  # fmt: skip
    body = payload if isinstance(payload, str) else msgspec.json.encode(payload).decode()
    told = Invocation(
        id=call.desk.hooks.ulid(now), webhook_id=hook.id, kind="trial", body=body.encode(), created_at=now
    )
    return Parcel(hook.http_method, hook.endpoint, headers(hook, told, now), told.body)


ROWS = (
    Row("POST", "/api/v2/webhooks/test", trial, admin=True),
    Row("GET", "/api/v2/webhooks", listing, admin=True),
    Row("POST", "/api/v2/webhooks", add, admin=True),
    Row("GET", ID, show, admin=True),
    Row("PUT", ID, replace, admin=True),
    Row("PATCH", ID, change, admin=True),
    Row("DELETE", ID, remove, admin=True),
    Row("GET", ID + "/signing_secret", secret, admin=True),
    Row("POST", ID + "/signing_secret", reset_secret, admin=True),
    Row("GET", ID + "/invocations", invocations, admin=True),
    Row("GET", ID + "/invocations/{invocation}/attempts", attempts, admin=True),
)
