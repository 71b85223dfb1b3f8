"""People and companies by the hundred: jobs that make, change and delete."""

from __future__ import annotations

from connectors.sandbox import work
from connectors.sandbox.call import Answer, Call, Row, ok
from connectors.sandbox.jobs import Kind
from connectors.sandbox.refusals import invalid_attribute
from connectors.sandbox.wire import Json


def create_users(call: Call) -> Answer:
    return queued(call, call.items("users"), work.CREATE_USERS)


def upsert_users(call: Call) -> Answer:
    return queued(call, call.items("users"), work.UPSERT_USERS)


def update_users(call: Call) -> Answer:
    return queued(call, _wishes(call, "user"), work.UPDATE_USERS)


def delete_users(call: Call) -> Answer:
    return queued(call, _named(call), work.DELETE_USERS)


def create_companies(call: Call) -> Answer:
    return queued(call, call.items("organizations"), work.CREATE_COMPANIES)


def update_companies(call: Call) -> Answer:
    return queued(call, _wishes(call, "organization"), work.UPDATE_COMPANIES)


def delete_companies(call: Call) -> Answer:
    return queued(call, _named(call), work.DELETE_COMPANIES)


def queued(call: Call, items: list[Json], kind: Kind) -> Answer:
    """The job that was queued."""
    return ok(job_status=call.jobs.report(call.jobs.queue(items, call.staff, kind), call.base))


def _wishes(call: Call, name: str) -> list[Json]:
    """The same change for those in the query, or one change each."""
    if "ids" in call.query or "external_ids" in call.query:
        wish = call.wrapped(name)
        return [{**wish, **one} for one in _named(call)]
    items = call.items(f"{name}s")
    if not all(type(item.get("id")) is int or item.get("external_id") for item in items):
        raise invalid_attribute(f"{name}s", "every one must have an integer id or an external_id")
    return items


def _named(call: Call) -> list[Json]:
    """Those in the query, by id or by external id."""
    if "external_ids" in call.query:
        return [{"external_id": text} for text in call.words("external_ids")]
    return [{"id": key} for key in call.ids()]


ROWS = (
    Row("POST", "/api/v2/users/create_many", create_users),
    Row("POST", "/api/v2/users/create_or_update_many", upsert_users),
    Row("PUT", "/api/v2/users/update_many", update_users),
    Row("DELETE", "/api/v2/users/destroy_many", delete_users),
    Row("POST", "/api/v2/organizations/create_many", create_companies),
    Row("PUT", "/api/v2/organizations/update_many", update_companies),
    Row("DELETE", "/api/v2/organizations/destroy_many", delete_companies),
)
