"""People as other people's clients make, find, change, merge and delete them."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.sandbox.state import Desk
from tests.clock import FakeClock
from tests.connectors.sandbox.rig import ACME, AGENT, ANA, BEN, GONE, OWNER, Client, basic

USERS = "/api/v2/users"


def made(client: Client, **wish: Any) -> Any:
    """A new person."""
    reply = client.ask("POST", USERS, {"user": {"name": "Cleo", **wish}})
    assert reply.status == 201, reply.text
    return reply.json["user"]


def user(client: Client, key: int) -> Any:
    return client.get(f"{USERS}/{key}")["user"]


def finished(client: Client, clock: FakeClock, reply: Any) -> list[Any]:
    """The results of a job, once it is done."""
    assert reply.status == 200, reply.text
    clock.advance(0.2)
    job = client.get(f"/api/v2/job_statuses/{reply.json['job_status']['id']}")["job_status"]
    assert job["status"] == "completed"
    results: list[Any] = job["results"]
    return results


def test_a_new_person_is_there_with_everything_that_was_sent(client: Client) -> None:
    """201 with where they are; unknown properties are ignored without a word."""
    wish = {
        "name": "Cleo", "email": "Cleo@Else.example", "phone": "+15550001", "external_id": "crm-9",
        "organization_id": ACME, "tags": ["VIP", "two words"], "user_fields": {"device": "phone", "no": 1},
        "notes": "n", "details": "d", "alias": "C", "colour": "blue",
    }  # fmt: skip
    reply = client.ask("POST", USERS, {"user": wish})
    seen = user(client, reply.json["user"]["id"])
    assert (reply.status, reply.headers["location"]) == (201, seen["url"])
    assert (seen["email"], seen["tags"]) == ("cleo@else.example", ["vip", "two", "words"])
    assert seen["user_fields"] == {"device": "phone"}
    assert (seen["organization_id"], seen["role"], seen["active"]) == (ACME, "end-user", True)
    assert "colour" not in seen


def test_everything_that_is_wrong_is_named_at_once(client: Client) -> None:
    """422 with a row for every property; what others have carries the word DuplicateValue."""
    client.ask("PUT", f"{USERS}/{ANA}", {"user": {"external_id": "CRM-1"}})
    wish = {"name": " ", "email": "ana@acme.example", "external_id": "crm-1", "role": "king", "tags": []}
    reply = client.ask("POST", USERS, {"user": wish})
    details = reply.json["details"]
    assert (reply.status, reply.json["error"]) == (422, "RecordInvalid")
    assert set(details) == {"name", "email", "external_id", "role"}
    assert details["email"][0]["error"] == details["external_id"][0]["error"] == "DuplicateValue"


def test_another_address_joins_those_a_person_has(client: Client) -> None:
    """PUT with an e-mail adds an identity; the person is still shown with the first, and found by both."""
    client.ask("PUT", f"{USERS}/{ANA}", {"user": {"email": "ana@home.example"}})
    rows = client.get(f"{USERS}/{ANA}/identities")["identities"]
    shown = [(row["value"], row["primary"]) for row in rows]
    assert shown == [("ana@acme.example", True), ("ana@home.example", False)]
    assert user(client, ANA)["email"] == "ana@acme.example"
    wish = {"user": {"name": "Ana Lima", "email": "ANA@home.example"}}
    reply = client.ask("POST", f"{USERS}/create_or_update", wish)
    assert (reply.status, reply.json["user"]["id"]) == (200, ANA)


def test_an_identity_can_become_the_first_and_can_go(client: Client) -> None:
    """What the person is shown with follows; a deleted address is free for others."""
    made_one = client.ask(
        "POST", f"{USERS}/{ANA}/identities", {"identity": {"type": "email", "value": "a@home.example"}}
    )
    key = made_one.json["identity"]["id"]
    taken = {"identity": {"type": "email", "value": "BEN@acme.example"}}
    assert client.ask("POST", f"{USERS}/{ANA}/identities", taken).status == 422
    client.ask("PUT", f"{USERS}/{ANA}/identities/{key}/make_primary")
    assert user(client, ANA)["email"] == "a@home.example"
    assert client.ask("DELETE", f"{USERS}/{ANA}/identities/{key}").status == 204
    assert user(client, ANA)["email"] == "ana@acme.example"
    assert made(client, email="a@home.example")["id"] != ANA
    assert client.ask("GET", f"{USERS}/{BEN}/identities/{key}").status == 404


def test_a_number_that_two_people_have_is_shared(client: Client) -> None:
    """A direct line is an identity; the second with the same number has none."""
    first, second = made(client, phone="+15550009"), made(client, phone="+15550009")
    assert (first["shared_phone_number"], second["shared_phone_number"]) == (False, True)
    kinds = [row["type"] for row in client.get(f"{USERS}/{first['id']}/identities")["identities"]]
    assert kinds == ["phone_number"]
    assert client.get(f"{USERS}/{second['id']}/identities")["identities"] == []


def test_a_company_in_an_update_drops_the_others(client: Client) -> None:
    """Afterwards the person is in that company alone; null takes them out of all."""
    other = client.ask("POST", "/api/v2/organizations", {"organization": {"name": "Else"}}).json
    key = other["organization"]["id"]
    membership = {"organization_membership": {"user_id": ANA, "organization_id": key}}
    assert client.ask("POST", "/api/v2/organization_memberships", membership).status == 201
    assert client.get(f"{USERS}/{ANA}/organizations/count")["count"]["value"] == 2
    client.ask("PUT", f"{USERS}/{ANA}", {"user": {"organization_id": key}})
    rows = client.get(f"{USERS}/{ANA}/organization_memberships")["organization_memberships"]
    assert [(row["organization_id"], row["default"]) for row in rows] == [(key, True)]
    client.ask("PUT", f"{USERS}/{ANA}", {"user": {"organization_id": None}})
    assert client.get(f"{USERS}/{ANA}/organizations")["organizations"] == []


def test_upserts_match_by_external_id_whatever_its_case(client: Client) -> None:
    """201 for somebody new, 200 for somebody known."""
    wish = {"user": {"name": "Cleo", "external_id": "Crm-7"}}
    assert client.ask("POST", f"{USERS}/create_or_update", wish).status == 201
    wish = {"user": {"name": "Cleopatra", "external_id": "cRM-7"}}
    reply = client.ask("POST", f"{USERS}/create_or_update", wish)
    assert (reply.status, reply.json["user"]["name"]) == (200, "Cleopatra")


def test_a_change_that_changes_nothing_leaves_the_stamp_alone(client: Client, clock: FakeClock) -> None:
    """The same values again are no update."""
    before = user(client, ANA)["updated_at"]
    clock.advance(60)
    client.ask("PUT", f"{USERS}/{ANA}", {"user": {"name": "Ana", "email": "ana@acme.example"}})
    assert user(client, ANA)["updated_at"] == before
    client.ask("PUT", f"{USERS}/{ANA}", {"user": {"notes": "New"}})
    assert user(client, ANA)["updated_at"] > before


def test_a_deleted_person_leaves_lists_but_not_their_id(client: Client) -> None:
    """Inactive, absent from list and search, their address free; listed among the deleted."""
    reply = client.ask("DELETE", f"{USERS}/{ANA}")
    assert (reply.status, reply.json["user"]["active"]) == (200, False)
    assert user(client, ANA)["active"] is False
    assert ANA not in {one["id"] for one in client.get(USERS)["users"]}
    assert client.get(f"{USERS}/search?query=ana@acme")["users"] == []
    assert {one["id"] for one in client.get("/api/v2/deleted_users")["deleted_users"]} == {ANA, GONE}
    assert made(client, email="ana@acme.example")["email"] == "ana@acme.example"
    assert client.ask("DELETE", f"{USERS}/{ANA}").status == 404


def test_deleted_for_good(client: Client, clock: FakeClock) -> None:
    """Only after the soft step; the export then shows a name that says so, no address, and the id."""
    assert client.ask("DELETE", f"/api/v2/deleted_users/{ANA}").status == 404
    client.ask("DELETE", f"{USERS}/{ANA}")
    assert client.ask("DELETE", f"/api/v2/deleted_users/{ANA}").status == 200
    rows = client.get(f"{USERS}/{ANA}/compliance_deletion_statuses")["compliance_deletion_statuses"]
    assert {row["application"] for row in rows if row["action"] == "complete"} >= {"all", "support"}
    clock.advance(61)
    page = client.get("/api/v2/incremental/users/cursor?start_time=0")
    seen = next(one for one in page["users"] if one["id"] == ANA)
    assert (seen["name"], seen["email"], seen["active"]) == ("Permanently Deleted User", None, False)
    assert seen["user_fields"] == {}
    assert ANA not in {one["id"] for one in client.get("/api/v2/deleted_users")["deleted_users"]}


def test_the_owner_and_oneself_cannot_be_deleted(client: Client) -> None:
    """An account always keeps somebody who can sign in."""
    assert client.ask("DELETE", f"{USERS}/{OWNER}").status == 422


def test_merging_gives_the_winner_everything(client: Client, desk: Desk) -> None:
    """Tickets and addresses move; the loser answers 404 and arrives in the export as inactive."""
    reply = client.ask("PUT", f"{USERS}/{ANA}/merge", {"user": {"id": BEN}})
    assert (reply.status, reply.json["user"]["id"]) == (200, BEN)
    assert client.ask("GET", f"{USERS}/{ANA}").status == 404
    assert {one.requester_id for one in desk.tickets} == {BEN}
    values = {row["value"] for row in client.get(f"{USERS}/{BEN}/identities")["identities"]}
    assert values == {"ben@acme.example", "ana@acme.example"}
    staff = client.ask("PUT", f"{USERS}/{AGENT}/merge", {"user": {"id": BEN}})
    assert staff.status == 422


def test_only_admins_make_those_who_work_here(client: Client) -> None:
    """An agent may make customers; an admin may make agents, who then are in a team."""
    agent = basic("robin.vale@desk.example/token", client.sandbox.token)
    wish = {"user": {"name": "New", "role": "agent", "email": "new@desk.example"}}
    assert client.ask("POST", USERS, wish, authorization=agent).status == 403
    assert client.ask("POST", USERS, {"user": {"name": "Cleo"}}, authorization=agent).status == 201
    key = client.ask("POST", USERS, wish).json["user"]["id"]
    assert len(client.get(f"{USERS}/{key}/group_memberships")["group_memberships"]) == 1


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("?role=admin", [OWNER]),
        ("?role%5B%5D=agent&role%5B%5D=admin", [OWNER, AGENT]),
        ("/search?query=ben", [BEN]),
        ("/search?query=email:ben@acme.example", [BEN]),
        ("/autocomplete?name=an", [ANA]),
        (f"/show_many?ids={BEN},{ANA}", [BEN, ANA]),
    ],
)
def test_people_are_found(client: Client, query: str, ids: list[int]) -> None:
    """By role (also several), by words, by the beginning of a name, by their numbers."""
    assert [one["id"] for one in client.get(f"{USERS}{query}")["users"]] == ids


def test_people_are_found_by_external_id(client: Client) -> None:
    """Exactly but for the case; show_many takes several of them."""
    client.ask("PUT", f"{USERS}/{ANA}", {"user": {"external_id": "A-1"}})
    assert [one["id"] for one in client.get(f"{USERS}/search?external_id=a-1")["users"]] == [ANA]
    assert client.get(f"{USERS}/search?external_id=a")["users"] == []
    assert [one["id"] for one in client.get(f"{USERS}/show_many?external_ids=A-1,x")["users"]] == [ANA]


def test_jobs_make_change_and_delete_people(client: Client, clock: FakeClock) -> None:
    """Each item says how it went: new ones by their place, known ones by their id."""
    people = {"users": [{"name": "One", "email": "one@else.example"}, {"name": "Two", "email": "bad"}]}
    first, second = finished(client, clock, client.ask("POST", f"{USERS}/create_many", people))
    assert (first["index"], first["success"], second["index"], second["success"]) == (0, True, 1, False)
    assert "Email" in second["details"]
    upserts = {"users": [{"name": "Uno", "email": "one@else.example"}, {"name": "Three"}]}
    reply = client.ask("POST", f"{USERS}/create_or_update_many", upserts)
    assert [row["status"] for row in finished(client, clock, reply)] == ["Updated", "Created"]
    assert user(client, first["id"])["name"] == "Uno"
    reply = client.ask("PUT", f"{USERS}/update_many?ids={ANA},999", {"user": {"notes": "Both"}})
    assert [row["success"] for row in finished(client, clock, reply)] == [True, False]
    assert user(client, ANA)["notes"] == "Both"
    reply = client.ask("DELETE", f"{USERS}/destroy_many?ids={first['id']}")
    assert finished(client, clock, reply)[0]["success"] is True
    assert user(client, first["id"])["active"] is False


def test_people_by_the_hundred_where_the_vendor_has_not_allowed_it(client: Client, desk: Desk) -> None:
    """403, and no job."""
    desk.trouble.set({"bulk-import-off": 1})
    for path in ("create_many", "create_or_update_many"):
        assert client.ask("POST", f"{USERS}/{path}", {"users": [{"name": "One"}]}).status == 403
    assert client.get("/api/v2/job_statuses")["job_statuses"] == []


def test_what_a_person_has_to_do_with(client: Client) -> None:
    """Their tickets by part, and the counts beside them."""
    client.ask("PUT", "/api/v2/tickets/101", {"ticket": {"email_ccs": [{"user_id": BEN}]}})
    copied = client.get(f"{USERS}/{BEN}/tickets/ccd")["tickets"]
    assert [one["id"] for one in copied] == [101]
    assert len(client.get(f"{USERS}/{ANA}/tickets/requested")["tickets"]) == 8
    related = client.get(f"{USERS}/{ANA}/related")["user_related"]
    assert (related["requested_tickets"], related["ccd_tickets"]) == (8, 0)
