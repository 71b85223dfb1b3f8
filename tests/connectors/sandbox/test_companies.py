"""Companies, teams and who is in them."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.sandbox.state import Desk
from tests.clock import FakeClock
from tests.connectors.sandbox.rig import ACME, AGENT, ANA, BEN, OWNER, Client, basic

COMPANIES = "/api/v2/organizations"
MEMBERSHIPS = "/api/v2/organization_memberships"


def made(client: Client, name: str, **wish: Any) -> int:
    """A new company."""
    reply = client.ask("POST", COMPANIES, {"organization": {"name": name, **wish}})
    assert reply.status == 201, reply.text
    key: int = reply.json["organization"]["id"]
    return key


def test_a_new_company_is_there_with_everything_that_was_sent(client: Client) -> None:
    """Domains and tags in lower case, fields by key; unknown properties are ignored."""
    key = made(
        client, "Else", domain_names=["ELSE.example"], tags=["Big"], external_id="acc-1", notes="n",
        organization_fields={"plan": "free", "no": 1}, colour="blue",
    )  # fmt: skip
    seen = client.get(f"{COMPANIES}/{key}")["organization"]
    assert (seen["domain_names"], seen["tags"]) == (["else.example"], ["big"])
    assert (seen["organization_fields"], seen["notes"]) == ({"plan": "free"}, "n")


def test_a_name_that_is_taken_is_refused(client: Client) -> None:
    """422 with DuplicateValue, whatever the case, also for a company matched by external id."""
    reply = client.ask("POST", COMPANIES, {"organization": {"name": "ACME"}})
    assert (reply.status, reply.json["details"]["name"][0]["error"]) == (422, "DuplicateValue")
    made(client, "Else", external_id="acc-1")
    wish = {"organization": {"name": "Acme", "external_id": "ACC-1"}}
    assert client.ask("POST", f"{COMPANIES}/create_or_update", wish).status == 422


def test_an_upsert_matches_by_id_or_external_id_only(client: Client) -> None:
    """Known by external id: 200; the name alone is no match."""
    key = made(client, "Else", external_id="acc-1")
    wish = {"organization": {"name": "Elsewhere", "external_id": "ACC-1"}}
    reply = client.ask("POST", f"{COMPANIES}/create_or_update", wish)
    assert (reply.status, reply.json["organization"]["id"]) == (200, key)
    assert client.ask("POST", COMPANIES, {"organization": {"name": "Else"}}).status == 201


def test_lists_in_an_update_replace(client: Client) -> None:
    """Domains and tags are not added to."""
    client.ask(
        "PUT", f"{COMPANIES}/{ACME}", {"organization": {"tags": ["new"], "domain_names": ["a.example"]}}
    )
    seen = client.get(f"{COMPANIES}/{ACME}")["organization"]
    assert (seen["tags"], seen["domain_names"], seen["name"]) == (["new"], ["a.example"], "Acme")


def test_agents_may_only_write_notes(client: Client) -> None:
    """Everything else is for admins."""
    agent = basic("robin.vale@desk.example/token", client.sandbox.token)
    for wish, status in (({"notes": "x"}, 200), ({"name": "Other"}, 403)):
        reply = client.ask("PUT", f"{COMPANIES}/{ACME}", {"organization": wish}, authorization=agent)
        assert reply.status == status, wish
    assert client.ask("POST", COMPANIES, {"organization": {"name": "N"}}, authorization=agent).status == 403


def test_a_deleted_company_stays_in_the_export(client: Client, clock: FakeClock, desk: Desk) -> None:
    """404 by id, its people and open tickets lose it, its name is free, the export says when it went."""
    client.ask("PUT", "/api/v2/tickets/101", {"ticket": {"organization_id": ACME}})
    assert client.ask("DELETE", f"{COMPANIES}/{ACME}").status == 204
    assert client.ask("GET", f"{COMPANIES}/{ACME}").status == 404
    assert client.get(f"/api/v2/users/{ANA}")["user"]["organization_id"] is None
    assert client.get("/api/v2/tickets/101")["ticket"]["organization_id"] is None
    clock.advance(61)
    page = client.get("/api/v2/incremental/organizations?start_time=0")["organizations"]
    assert next(one for one in page if one["id"] == ACME)["deleted_at"] is not None
    assert made(client, "Acme") != ACME


def test_companies_are_found(client: Client) -> None:
    """By exact name or external id, by the beginning of a name, by their numbers; and they are counted."""
    key = made(client, "Elsewhere", external_id="acc-1")
    for path in (
        "search?name=ELSEWHERE",
        "search?external_id=ACC-1",
        "autocomplete?name=el",
        f"show_many?ids={key}",
    ):
        assert [one["id"] for one in client.get(f"{COMPANIES}/{path}")["organizations"]] == [key], path
    assert client.get(f"{COMPANIES}/search?name=else")["organizations"] == []
    assert client.get(f"{COMPANIES}/count")["count"]["value"] == 2
    assert [one["id"] for one in client.get(f"{COMPANIES}/{ACME}/users")["users"]] == [ANA, BEN]
    assert client.get(f"{COMPANIES}/{ACME}/related")["organization_related"]["users_count"] == 2


def test_jobs_make_change_and_delete_companies(client: Client, clock: FakeClock) -> None:
    """A name that is taken fails its item alone."""

    def done(method: str, path: str, body: Any) -> list[Any]:
        key = client.ask(method, f"{COMPANIES}/{path}", body).json["job_status"]["id"]
        clock.advance(0.2)
        results: list[Any] = client.get(f"/api/v2/job_statuses/{key}")["job_status"]["results"]
        return results

    first, second = done("POST", "create_many", {"organizations": [{"name": "Else"}, {"name": "Acme"}]})
    assert (first["success"], second["success"]) == (True, False)
    key = first["id"]
    rows = done(
        "PUT", "update_many", {"organizations": [{"id": key, "notes": "x"}, {"id": 999, "notes": "x"}]}
    )
    assert [row["success"] for row in rows] == [True, False]
    assert done("DELETE", f"destroy_many?ids={key}", None)[0]["success"] is True
    assert client.ask("GET", f"{COMPANIES}/{key}").status == 404


def test_pitfall_13_memberships_have_no_stamp_to_sync_by(client: Client) -> None:
    """What was there from the start has no ``updated_at``, and what goes leaves no trace: read all of it."""
    for path, name in (
        ("organization_memberships", MEMBERSHIPS),
        ("group_memberships", "/api/v2/group_memberships"),
    ):
        rows = client.get(name)[path]
        assert rows
        assert all(row["updated_at"] is None for row in rows)
    before = client.get(MEMBERSHIPS)["organization_memberships"]
    assert client.ask("DELETE", f"{MEMBERSHIPS}/{before[0]['id']}").status == 204
    after = client.get(MEMBERSHIPS)["organization_memberships"]
    assert after == before[1:]
    wish = {"organization_membership": {"user_id": ANA, "organization_id": ACME}}
    again = client.ask("POST", MEMBERSHIPS, wish).json["organization_membership"]
    assert again["id"] > before[-1]["id"]
    assert again["updated_at"] is not None


def test_a_person_has_one_default_company(client: Client) -> None:
    """The first; another can take its place, and when it goes the oldest left does."""
    key = made(client, "Else")
    wish = {"organization_membership": {"organization_id": key}}
    row = client.ask("POST", f"/api/v2/users/{ANA}/organization_memberships", wish).json
    assert row["organization_membership"]["default"] is False
    client.ask("PUT", f"/api/v2/users/{ANA}/organizations/{key}/make_default")
    assert client.get(f"/api/v2/users/{ANA}")["user"]["organization_id"] == key
    assert client.ask("DELETE", f"/api/v2/users/{ANA}/organizations/{key}").status == 204
    assert client.get(f"/api/v2/users/{ANA}")["user"]["organization_id"] == ACME
    assert client.ask("POST", f"/api/v2/users/{ANA}/organization_memberships", wish).status == 201
    assert client.ask("POST", f"/api/v2/users/{ANA}/organization_memberships", wish).status == 422


def test_teams_are_made_changed_and_deleted(client: Client) -> None:
    """A name is there once; a deleted team is gone, and the default one has to stay."""
    first = client.get("/api/v2/groups")["groups"][0]
    assert first["default"] is True
    assert client.ask("POST", "/api/v2/groups", {"group": {"name": first["name"]}}).status == 422
    key = client.ask("POST", "/api/v2/groups", {"group": {"name": "Night"}}).json["group"]["id"]
    seat = {"group_membership": {"user_id": AGENT, "group_id": key}}
    assert client.ask("POST", "/api/v2/group_memberships", seat).status == 201
    assert client.ask("POST", "/api/v2/group_memberships", seat).status == 422
    seat = {"group_membership": {"user_id": ANA, "group_id": key}}
    assert client.ask("POST", "/api/v2/group_memberships", seat).status == 422
    assert [one["id"] for one in client.get(f"/api/v2/groups/{key}/users")["users"]] == [AGENT]
    assert client.ask("DELETE", f"/api/v2/groups/{key}").status == 204
    assert client.get("/api/v2/groups/count")["count"]["value"] == 1
    assert client.ask("GET", f"/api/v2/groups/{key}").status == 404
    assert client.ask("DELETE", f"/api/v2/groups/{first['id']}").status == 422


def test_an_agent_has_one_default_team(client: Client) -> None:
    """The one their tickets go to; another membership can be made it."""
    key = client.ask("POST", "/api/v2/groups", {"group": {"name": "Night"}}).json["group"]["id"]
    wish = {"group_membership": {"group_id": key}}
    row = client.ask("POST", f"/api/v2/users/{OWNER}/group_memberships", wish).json["group_membership"]
    path = f"/api/v2/users/{OWNER}/group_memberships/{row['id']}/make_default"
    rows = client.ask("PUT", path).json["group_memberships"]
    assert [one["group_id"] for one in rows if one["default"]] == [key]
    assert client.get(f"/api/v2/users/{OWNER}")["user"]["default_group_id"] == key


@pytest.mark.parametrize("path", ["users", "organizations", "groups", "organization_memberships"])
def test_every_list_can_be_walked_both_ways(client: Client, path: str) -> None:
    """By cursor forward to the end, and back again by ``links.prev``."""
    pages, target = [], f"/api/v2/{path}?page%5Bsize%5D=1"
    while target:
        page = client.get(target)
        pages.append([one["id"] for one in page[path]])
        target = (page["links"]["next"] or "").removeprefix(client.sandbox.address)
    walked = [key for keys in pages for key in keys]
    assert walked == sorted(set(walked))
    back = (page["links"]["prev"] or "").removeprefix(client.sandbox.address)
    if len(pages) > 1:
        assert [one["id"] for one in client.get(back)[path]] == pages[-2]
