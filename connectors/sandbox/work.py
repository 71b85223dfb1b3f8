"""The kinds of bulk work beside updating tickets: what each does with one item of its job."""

from __future__ import annotations

from typing import Any

from connectors.sandbox.companies import create_organization, delete_organization, update_organization
from connectors.sandbox.deletion import delete_ticket, erase_ticket, mark_spam, merge_ticket, restorable
from connectors.sandbox.drafting import open_ticket
from connectors.sandbox.importing import import_ticket
from connectors.sandbox.jobs import Kind
from connectors.sandbox.membership import link, links, unlink
from connectors.sandbox.people import create_user, delete_user, update_user
from connectors.sandbox.records import Organization, Ticket, User
from connectors.sandbox.refusals import not_found, record_invalid
from connectors.sandbox.state import Desk
from connectors.sandbox.wire import Json


def find_user(desk: Desk, item: Json, *, by_email: bool = False) -> User | None:
    """The person an item means: by id, by external id, or where that is allowed by address."""
    user = desk.users.get(item.get("id"))
    if user is None and item.get("external_id"):
        user = desk.users.get(desk.users.external_ids.bearer(str(item["external_id"])))
    if user is None and by_email and isinstance(item.get("email"), str):
        user = desk.user_by_email(item["email"])
    return user if user is not None and user.active else None


def find_company(desk: Desk, item: Json) -> Organization | None:
    """The company an item means: by id or by external id."""
    record = desk.organizations.alive(item.get("id"))
    if record is None and item.get("external_id"):
        record = desk.organizations.alive(desk.organizations.external_ids.bearer(str(item["external_id"])))
    return record


def there(record: Any) -> Any:
    """The record, which must be there."""
    if record is None:
        raise not_found()
    return record


def _ticket(desk: Desk, item: Json) -> Ticket:
    ticket: Ticket = there(desk.present(item["id"]))
    return ticket


def _create_ticket(desk: Desk, item: Json, author: User, _: int) -> Json:
    ticket, _audit = open_ticket(desk, item, author)
    return {"id": ticket.id, "account_id": 1, "status": "Created"}


def _import_ticket(desk: Desk, item: Json, author: User, _: int) -> Json:
    return {"id": import_ticket(desk, item, author).id, "account_id": 1, "status": "Created"}


def _delete_ticket(desk: Desk, item: Json, author: User, _: int) -> Json:
    delete_ticket(desk, _ticket(desk, item), author)
    return {"status": "Deleted"}


def _erase_ticket(desk: Desk, item: Json, author: User, _: int) -> Json:
    ticket = desk.tickets.get(item["id"])
    if ticket is None or not restorable(ticket):
        raise not_found()
    erase_ticket(desk, ticket)
    return {"status": "Deleted"}


def _mark_spam(desk: Desk, item: Json, author: User, _: int) -> Json:
    mark_spam(desk, _ticket(desk, item), author)
    return {"status": "Updated"}


def _merge_ticket(desk: Desk, item: Json, author: User, _: int) -> Json:
    merge_ticket(desk, _ticket(desk, item), _ticket(desk, {"id": item["target"]}), item, author)
    return {"status": "Merged"}


def _create_user(desk: Desk, item: Json, author: User, _: int) -> Json:
    return {"id": create_user(desk, item, author).id, "status": "Created"}


def _update_user(desk: Desk, item: Json, author: User, _: int) -> Json:
    user: User = there(find_user(desk, item))
    update_user(desk, user, {key: value for key, value in item.items() if key != "id"}, author)
    return {"id": user.id, "status": "Updated"}


def _upsert_user(desk: Desk, item: Json, author: User, _: int) -> Json:
    user = find_user(desk, item, by_email=True)
    named = {"external_id": item.get("external_id"), "email": item.get("email")}
    if user is None:
        made = create_user(desk, item, author)
        return {"id": made.id, "action": "create", "status": "Created", **named}
    update_user(desk, user, item, author)
    return {"id": user.id, "action": "update", "status": "Updated", **named}


def _delete_user(desk: Desk, item: Json, author: User, _: int) -> Json:
    user: User = there(find_user(desk, item))
    delete_user(desk, user, author)
    return {"id": user.id, "status": "Deleted"}


def _create_company(desk: Desk, item: Json, author: User, _: int) -> Json:
    return {"id": create_organization(desk, item, author).id, "status": "Created"}


def _update_company(desk: Desk, item: Json, author: User, _: int) -> Json:
    record: Organization = there(find_company(desk, item))
    update_organization(desk, record, {key: value for key, value in item.items() if key != "id"}, author)
    return {"id": record.id, "status": "Updated"}


def _delete_company(desk: Desk, item: Json, author: User, _: int) -> Json:
    record: Organization = there(find_company(desk, item))
    delete_organization(desk, record, author)
    return {"id": record.id, "status": "Deleted"}


def _link(desk: Desk, item: Json, _: User, __: int) -> Json:
    user: User = there(desk.users.get(item.get("user_id")))
    record: Organization = there(desk.organizations.alive(item.get("organization_id")))
    if any(row.organization_id == record.id for row in links(desk, user)):
        raise record_invalid({"user_id": "User: has already been taken"})
    row = link(desk, user, record.id, desk.clock.wall(), default=item.get("default") is True)
    desk.users.touch(user, desk.clock.wall())
    return {"id": row.id, "status": "Created"}


def _unlink(desk: Desk, item: Json, _: User, __: int) -> Json:
    row = there(desk.memberships.get(item["id"]))
    user: User = there(desk.users.get(row.user_id))
    unlink(desk, user, row)
    desk.users.touch(user, desk.clock.wall())
    return {"status": "Deleted"}


CREATE_TICKETS = Kind("Bulk Create Ticket", "create", _create_ticket)
IMPORT_TICKETS = Kind("Bulk Import Ticket", "create", _import_ticket)
DELETE_TICKETS = Kind("Bulk Delete Ticket", "destroy", _delete_ticket)
ERASE_TICKETS = Kind("Bulk Permanent Delete Ticket", "destroy", _erase_ticket, sums_up=True)
SPAM_TICKETS = Kind("Bulk Mark Ticket As Spam", "update", _mark_spam)
MERGE_TICKETS = Kind("Ticket Merge", "merge", _merge_ticket)
CREATE_USERS = Kind("Bulk Create User", "create", _create_user)
UPDATE_USERS = Kind("Bulk Update User", "update", _update_user)
UPSERT_USERS = Kind("Bulk Create Or Update User", "create", _upsert_user)
DELETE_USERS = Kind("Bulk Delete User", "destroy", _delete_user)
CREATE_COMPANIES = Kind("Bulk Create Organization", "create", _create_company)
UPDATE_COMPANIES = Kind("Bulk Update Organization", "update", _update_company)
DELETE_COMPANIES = Kind("Bulk Delete Organization", "destroy", _delete_company)
LINK = Kind("Bulk Create Organization Membership", "create", _link)
UNLINK = Kind("Bulk Delete Organization Membership", "destroy", _unlink)
