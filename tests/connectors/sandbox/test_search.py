"""Search: the language, the kinds of results, and how far each way of asking reaches."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from connectors.sandbox.records import Ticket, User
from connectors.sandbox.state import Desk
from tests.clock import NOON, FakeClock
from tests.connectors.sandbox.rig import ACME, ANA, BEFORE, BEN, CATEGORY, OWNER, Client, ticket

DAY = 86_400


def asked(client: Client, query: str, more: str = "") -> Any:
    return client.get(f"/api/v2/search?query={quote(query)}{more}")


def found(client: Client, query: str) -> list[int]:
    """Ids of the results, lowest first."""
    return sorted(one["id"] for one in asked(client, query)["results"])


@pytest.fixture
def told(desk: Desk) -> Desk:
    """The small desk with a few differences between its tickets."""
    for key, name, value in (
        (101, "priority", "urgent"), (102, "priority", "low"), (103, "priority", "high"),
        (103, "assignee_id", OWNER), (104, "requester_id", BEN), (105, "organization_id", ACME),
        (106, "external_id", "crm-1"), (106, "tags", ["vip", "billing"]), (107, "type", "incident"),
        (107, "group_id", 1), (107, "subject", "Printer on fire"), (101, "created_at", NOON - 10 * DAY),
    ):  # fmt: skip
        setattr(ticket(desk, key), name, value)
    return desk


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("type:ticket", [101, 102, 103, 104, 105, 106, 107, 108]),
        ("type:ticket status<solved", [101, 102, 103, 104, 106, 107]),
        ("type:ticket status>=solved", [105, 108]),
        ("type:ticket status:open", [102, 106, 107]),
        ("type:ticket status:new status:hold", [101, 104]),
        ("type:ticket priority>normal", [101, 103]),
        ("type:ticket priority:none status<solved", [104, 106, 107]),
        ("type:ticket tags:vip", [106]),
        ("type:ticket -tags:first", [106]),
        ('type:ticket tags:"vip billing"', [106]),
        ("type:ticket assignee:none status:pending", []),
        ("type:ticket assignee:me", [103]),
        ("type:ticket assignee:dana", [103]),
        ("type:ticket requester:ben@acme.example", [104]),
        (f"type:ticket requester:{BEN}", [104]),
        ("type:ticket organization:acme", [105]),
        ("type:ticket group:Support", [107]),
        ("type:ticket external_id:crm-1", [106]),
        ("type:ticket ticket_type:incident", [107]),
        ("printer", [107]),
        ('"on fire"', [107]),
        ('"fire on"', []),
        ("subject:printer", [107]),
        ("subject:print*", [107]),
        ("type:ticket printer -status:open", []),
        (f"custom_field_{CATEGORY}:billing status:open tags:vip", [106]),
        ("fieldvalue:billing tags:vip", [106]),
        ("type:ticket created<2026-10-10", [101]),
        ("type:ticket created>2026-10-10 status:new", []),
        ("type:ticket created:2026-10-08", [101]),
        ("type:ticket created>4hours status:hold", [104]),
        ("type:user ben", [BEN]),
        ("type:user email:ana@acme.example", [ANA]),
        ("type:user email:acme.example", [ANA, BEN]),
        ("type:user role:admin", [OWNER]),
        ("type:user tags:beta organization:acme", [ANA, BEN]),
        ("type:organization acme", [ACME]),
        ("type:organization plan:team", [ACME]),
        ("type:group support", [1]),
        ("colour:blue", []),
    ],
)
def test_the_language_of_search(client: Client, told: Desk, query: str, ids: list[int]) -> None:
    """Words, phrases, properties, comparisons, dates, negation; any of one property, all of several."""
    assert found(client, query) == ids


def test_results_are_mixed_and_say_what_they_are(client: Client) -> None:
    """Without a type every kind is searched."""
    kinds = {one["result_type"] for one in asked(client, "acme")["results"]}
    assert kinds == {"user", "organization"}


@pytest.mark.parametrize(
    ("query", "more", "first"),
    [
        ("type:ticket status<solved order_by:priority sort:desc", "", 101),
        ("type:ticket", "&sort_by=created_at&sort_order=asc", 101),
        ("type:ticket", "&sort_by=created_at&sort_order=desc", 108),
        ("type:ticket", "", 108),
    ],
)
def test_results_are_sorted(client: Client, told: Desk, query: str, more: str, first: int) -> None:
    """By a wish in the query or beside it; otherwise the latest change comes first."""
    assert asked(client, query, more)["results"][0]["id"] == first


def many(desk: Desk, count: int) -> None:
    for key in range(1_000, 1_000 + count):
        desk.tickets.add(Ticket(id=key, subject="Many", created_at=BEFORE + key, updated_at=BEFORE + key))


def test_acceptance_07_offset_page_101_and_search_page_11(client: Client, desk: Desk) -> None:
    """A list by offset ends at 10,000 records with 400, a search at 1,000 with 422; its count is true."""
    many(desk, 1_100)
    assert client.ask("GET", "/api/v2/tickets?page=100").status == 200
    reply = client.ask("GET", "/api/v2/tickets?page=101")
    assert (reply.status, reply.json["errors"][0]["code"]) == (400, "InvalidPaginationDepth")
    page = asked(client, "many", "&page=10")
    assert (len(page["results"]), page["count"]) == (100, 1_100)
    assert "page=11" in page["next_page"]
    reply = client.ask("GET", "/api/v2/search?query=many&page=11")
    assert reply.status == 422
    assert "Requested response size was greater than Search Response Limits" in reply.json["description"]


def test_search_knows_no_cursor(client: Client) -> None:
    """``page[size]`` is refused; an empty query and a broken date as well."""
    assert client.ask("GET", "/api/v2/search?query=x&page%5Bsize%5D=10").status == 400
    assert client.ask("GET", "/api/v2/search?query=").status == 400
    assert client.ask("GET", "/api/v2/search?query=created%3Eyesterday").status == 422


def test_the_count_of_a_search(client: Client) -> None:
    """A bare number."""
    assert client.get("/api/v2/search/count?query=type:ticket") == {"count": 8}


def test_an_export_of_a_search_reaches_everything(client: Client, desk: Desk) -> None:
    """One kind by cursor, up to 1,000 a page, in the order of creation."""
    many(desk, 1_100)
    target = "/api/v2/search/export?query=many&filter%5Btype%5D=ticket&page%5Bsize%5D=1000"
    ids: list[int] = []
    while target:
        page = client.get(target)
        ids += [one["id"] for one in page["results"]]
        target = (page["links"]["next"] or "").removeprefix(client.sandbox.address)
    assert ids == list(range(1_000, 2_100))
    assert "count" not in page


def test_the_cursor_of_an_export_dies_after_an_hour(client: Client, clock: FakeClock) -> None:
    """Then it has to begin anew."""
    path = "/api/v2/search/export?query=status%3C%3Dclosed&filter%5Btype%5D=ticket&page%5Bsize%5D=2"
    cursor = quote(client.get(path)["meta"]["after_cursor"])
    assert client.ask("GET", f"{path}&page%5Bafter%5D={cursor}").status == 200
    clock.advance(3_601)
    assert client.ask("GET", f"{path}&page%5Bafter%5D={cursor}").status == 400


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("query=x", 400),
        ("query=x&filter%5Btype%5D=car", 400),
        ("query=type:user&filter%5Btype%5D=ticket", 422),
        ("query=type:ticket&filter%5Btype%5D=ticket", 200),
    ],
)
def test_an_export_wants_one_kind(client: Client, query: str, status: int) -> None:
    """Beside the query, where at most the same word may stand again."""
    assert client.ask("GET", f"/api/v2/search/export?{query}").status == status


def test_deleted_things_are_not_found(client: Client, desk: Desk) -> None:
    """Neither tickets nor people."""
    desk.users.add(User(id=90, name="Zoe", active=False, created_at=BEFORE, updated_at=BEFORE))
    assert found(client, "zoe") == []
    assert 109 not in found(client, "type:ticket")
