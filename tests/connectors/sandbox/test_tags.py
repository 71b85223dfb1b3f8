"""The tag calls, whose verbs are the opposite of HTTP habit."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connectors.sandbox.records import Organization, Ticket, User
from connectors.sandbox.state import Desk
from tests.clock import NOON
from tests.connectors.sandbox.rig import ACME, ANA, Client, fresh

PLACES = [("tickets", 102, ["first", "billing"]), ("users", ANA, ["beta"]), ("organizations", ACME, ["team"])]


@pytest.mark.parametrize(("kind", "key", "tags"), PLACES)
def test_put_adds_post_replaces_delete_removes(client: Client, kind: str, key: int, tags: list[str]) -> None:
    """On all three kinds, lower-cased and parted at spaces; POST answers 201."""
    path = f"/api/v2/{kind}/{key}/tags"
    assert client.get(path)["tags"] == tags
    added = client.ask("PUT", path, {"tags": ["VIP Gold", tags[0]]})
    assert (added.status, added.json["tags"]) == (200, [*tags, "vip", "gold"])
    replaced = client.ask("POST", path, {"tags": ["one", "two", "three"]})
    assert (replaced.status, replaced.json["tags"]) == (201, ["one", "two", "three"])
    removed = client.ask("DELETE", path, {"tags": ["two", "absent"]})
    assert (removed.status, removed.json["tags"]) == (200, ["one", "three"])
    removed = client.ask("DELETE", f"{path}?tags=one")
    assert removed.json["tags"] == ["three"]


@pytest.mark.parametrize(("kind", "key", "tags"), PLACES)
def test_changed_tags_move_the_record_in_the_export(
    client: Client, desk: Desk, kind: str, key: int, tags: list[str]
) -> None:
    """The record is stamped now and stands in the ledger; the same tags again leave everything alone."""
    client.ask("PUT", f"/api/v2/{kind}/{key}/tags", {"tags": ["new"]})
    client.ask("PUT", f"/api/v2/{kind}/{key}/tags", {"tags": ["new"]})
    shelves: dict[str, Callable[[int], User | Organization | Ticket | None]] = {
        "tickets": desk.tickets.get,
        "users": desk.users.get,
        "organizations": desk.organizations.get,
    }
    record = shelves[kind](key)
    assert record is not None
    assert (record.updated_at, record.generated_timestamp) == (NOON, NOON)
    assert [effect.after for effect in desk.ledger.effects] == [[*tags, "new"]]


def test_a_stamp_guards_the_tags_of_a_ticket(client: Client, desk: Desk) -> None:
    """409 with an old stamp, 200 with the right one."""
    path = "/api/v2/tickets/102/tags"
    old = {"tags": ["x"], "updated_stamp": "2020-01-01T00:00:00Z", "safe_update": "true"}
    assert client.ask("PUT", path, old).status == 409
    assert client.ask("PUT", path, {**old, "updated_stamp": fresh(desk, 102)}).status == 200


def test_tags_of_a_closed_ticket_are_not_changed_here(client: Client) -> None:
    """Only a bulk job can: this call is refused, and reading still works."""
    assert client.ask("PUT", "/api/v2/tickets/108/tags", {"tags": ["x"]}).status == 422
    assert client.get("/api/v2/tickets/108/tags")["tags"] == ["first", "billing"]


@pytest.mark.parametrize("place", ["tickets/109", "users/999", "organizations/9"])
def test_tags_of_nothing(client: Client, place: str) -> None:
    """404 for a deleted or unknown record."""
    assert client.ask("GET", f"/api/v2/{place}/tags").status == 404


def test_acceptance_01_tag_verbs(client: Client) -> None:
    """PUT adds, POST replaces, DELETE removes, in lower case, parted at spaces; a ticket's PUT replaces."""
    path = "/api/v2/tickets/102/tags"
    assert client.ask("PUT", path, {"tags": ["Very Important"]}).json["tags"] == [
        "first", "billing", "very", "important",
    ]  # fmt: skip
    posted = client.ask("POST", path, {"tags": ["ONE", "two three"]})
    assert (posted.status, posted.json["tags"]) == (201, ["one", "two", "three"])
    assert client.ask("DELETE", path, {"tags": ["TWO"]}).json["tags"] == ["one", "three"]
    shown = client.ask("PUT", "/api/v2/tickets/102", {"ticket": {"tags": ["Only Me"]}}).json["ticket"]
    assert shown["tags"] == ["only", "me"]
