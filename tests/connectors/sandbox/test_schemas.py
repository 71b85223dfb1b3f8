"""Every answer of the sandbox against the vendor's own API description, where that file is at hand."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.app import ROWS
from connectors.sandbox.rules.records import METRICS, Target
from connectors.sandbox.seed import seed
from connectors.sandbox.server import RunningSandbox
from tests.clock import NOON, FakeClock
from tests.connectors.sandbox.asked import FAREWELLS, PEOPLE, TICKETS
from tests.connectors.sandbox.rig import CATEGORY, Client, small_desk
from tests.connectors.sandbox.rulebook import create, policy, trigger, update, webhook
from tests.connectors.sandbox.schema import Schemas

OAS = os.environ.get("DESKCUE_ZENDESK_OAS", "")

LOGIN = {"grant_type": "client_credentials", "client_id": "deskcue", "client_secret": "secret"}
TAGS = {"tags": ["gold"]}
VIP = {"field": "current_tags", "operator": "includes", "value": "vip"}
TARGET = {"priority": "high", "metric": "first_reply_time", "target": 60, "business_hours": True}
POLICY = {"sla_policy": {"title": "VIP", "filter": {"all": [VIP]}, "policy_metrics": [TARGET]}}
METRIC_EVENTS = "/api/v2/incremental/ticket_metric_events"
DRAWER = {"trigger_category": {"name": "Ours"}}
RULE = {"title": "T", "category_id": "10001", "actions": [{"field": "set_tags", "value": "seen"}]}
TRIGGER = {"trigger": {**RULE, "conditions": {"all": [VIP]}}}

NEW_FIELD = {"ticket_field": {"type": "textarea", "title": "Remarks"}}
NEW_KEYED = {"key": "remarks", "type": "textarea", "title": "Remarks"}
RENAMED = {"title": "Renamed", "position": 3}
OPTION = {"custom_field_option": {"name": "Another", "value": "another_option"}}
DROPDOWN = {
    "key": "favourite",
    "type": "dropdown",
    "title": "Favourite",
    "custom_field_options": [{"name": "Tea", "value": "tea"}],
}

FIELDS_ASKED: tuple[tuple[str, str, str, Any], ...] = (
    ("POST", "/api/v2/ticket_fields", "/api/v2/ticket_fields", NEW_FIELD),
    ("GET", "/api/v2/ticket_fields/count", "/api/v2/ticket_fields/count", None),
    ("GET", "/api/v2/ticket_fields/show_many", "/api/v2/ticket_fields/show_many?ids={category}", None),
    ("PUT", "/api/v2/ticket_fields/{id}", "/api/v2/ticket_fields/{category}", {"ticket_field": RENAMED}),
    ("GET", "/api/v2/ticket_fields/{id}/options", "/api/v2/ticket_fields/{dropdown}/options", None),
    ("POST", "/api/v2/ticket_fields/{id}/options", "/api/v2/ticket_fields/{dropdown}/options", OPTION),
    (
        "GET",
        "/api/v2/ticket_fields/{id}/options/{option}",
        "/api/v2/ticket_fields/{dropdown}/options/{choice}",
        None,
    ),
    ("POST", "/api/v2/user_fields", "/api/v2/user_fields", {"user_field": NEW_KEYED}),
    ("POST", "/api/v2/user_fields", "/api/v2/user_fields", {"user_field": DROPDOWN}),
    ("GET", "/api/v2/user_fields/show_many", "/api/v2/user_fields/show_many?keys=favourite", None),
    ("GET", "/api/v2/user_fields/{id}", "/api/v2/user_fields/favourite", None),
    ("PUT", "/api/v2/user_fields/{id}", "/api/v2/user_fields/favourite", {"user_field": RENAMED}),
    ("GET", "/api/v2/user_fields/{id}/options", "/api/v2/user_fields/favourite/options", None),
    ("POST", "/api/v2/user_fields/{id}/options", "/api/v2/user_fields/favourite/options", OPTION),
    ("POST", "/api/v2/organization_fields", "/api/v2/organization_fields", {"organization_field": NEW_KEYED}),
    ("GET", "/api/v2/organization_fields/{id}", "/api/v2/organization_fields/remarks", None),
    (
        "PUT",
        "/api/v2/organization_fields/{id}",
        "/api/v2/organization_fields/remarks",
        {"organization_field": RENAMED},
    ),
)
"""The same for field definitions."""

FIELDS_WITHOUT_WORDS = {
    *(
        (method, f"/api/v2/{kind}/{last}")
        for kind in ("ticket_fields", "user_fields", "organization_fields")
        for method, last in (("PUT", "reorder"), ("DELETE", "{id}"))
    ),
    *(("DELETE", f"/api/v2/{kind}/{{id}}/options/{{option}}") for kind in ("ticket_fields", "user_fields")),
    ("GET", "/api/v2/user_fields/{id}/options/{option}"),
}
"""Answers with nothing in them, and one that needs an id nobody knows beforehand; ``test_fields.py`` asks."""

ASKED: tuple[tuple[str, str, str, Any], ...] = (
    ("POST", "/oauth/tokens", "/oauth/tokens", LOGIN),
    ("GET", "/api/v2/account/settings", "/api/v2/account/settings", None),
    ("GET", "/api/v2/brands", "/api/v2/brands", None),
    ("GET", "/api/v2/custom_statuses", "/api/v2/custom_statuses", None),
    *PEOPLE,
    *TICKETS,
    *(
        (
            method,
            f"/api/v2/{kind}/{{id}}/tags",
            f"/api/v2/{kind}/{{{key}}}/tags",
            TAGS if method != "GET" else None,
        )
        for kind, key in (("tickets", "open"), ("users", "person"), ("organizations", "company"))
        for method in ("GET", "PUT", "POST", "DELETE")
    ),
    ("GET", "/api/v2/incremental/tickets", "/api/v2/incremental/tickets?start_time=0", None),
    ("GET", "/api/v2/incremental/tickets/cursor", "/api/v2/incremental/tickets/cursor?start_time=0", None),
    ("GET", "/api/v2/incremental/users", "/api/v2/incremental/users?start_time=0", None),
    ("GET", "/api/v2/incremental/users/cursor", "/api/v2/incremental/users/cursor?start_time=0", None),
    ("GET", "/api/v2/incremental/organizations", "/api/v2/incremental/organizations?start_time=0", None),
    ("GET", "/api/v2/ticket_fields", "/api/v2/ticket_fields", None),
    ("GET", "/api/v2/ticket_fields/{id}", "/api/v2/ticket_fields/{category}", None),
    ("GET", "/api/v2/user_fields", "/api/v2/user_fields", None),
    ("GET", "/api/v2/organization_fields", "/api/v2/organization_fields", None),
    ("GET", "/api/v2/satisfaction_ratings", "/api/v2/satisfaction_ratings", None),
    ("GET", "/api/v2/satisfaction_ratings/{id}", "/api/v2/satisfaction_ratings/{rating}", None),
    *FIELDS_ASKED,
    ("GET", METRIC_EVENTS, METRIC_EVENTS + "?start_time=0", None),
    ("POST", "/api/v2/slas/policies", "/api/v2/slas/policies", POLICY),
    ("GET", "/api/v2/slas/policies", "/api/v2/slas/policies", None),
    ("GET", "/api/v2/slas/policies/definitions", "/api/v2/slas/policies/definitions", None),
    ("PUT", "/api/v2/slas/policies/reorder", "/api/v2/slas/policies/reorder?sla_policy_ids=1", None),
    ("GET", "/api/v2/slas/policies/{id}", "/api/v2/slas/policies/1", None),
    ("PUT", "/api/v2/slas/policies/{id}", "/api/v2/slas/policies/1", POLICY),
    ("DELETE", "/api/v2/slas/policies/{id}", "/api/v2/slas/policies/1", None),
    ("POST", "/api/v2/trigger_categories", "/api/v2/trigger_categories", DRAWER),
    ("GET", "/api/v2/trigger_categories", "/api/v2/trigger_categories?include=rule_counts", None),
    ("GET", "/api/v2/trigger_categories/{id}", "/api/v2/trigger_categories/10001", None),
    ("PATCH", "/api/v2/trigger_categories/{id}", "/api/v2/trigger_categories/10001", DRAWER),
    ("POST", "/api/v2/triggers", "/api/v2/triggers", TRIGGER),
    ("GET", "/api/v2/triggers", "/api/v2/triggers", None),
    ("GET", "/api/v2/triggers/active", "/api/v2/triggers/active", None),
    ("PUT", "/api/v2/triggers/reorder", "/api/v2/triggers/reorder", {"trigger_ids": [1]}),
    ("GET", "/api/v2/triggers/{id}", "/api/v2/triggers/1", None),
    ("PUT", "/api/v2/triggers/{id}", "/api/v2/triggers/1", TRIGGER),
    ("DELETE", "/api/v2/triggers/{id}", "/api/v2/triggers/1", None),
    ("DELETE", "/api/v2/trigger_categories/{id}", "/api/v2/trigger_categories/10001", None),
    *FAREWELLS,
)
"""Method, our path, what is asked (see ``known``), and with which body; jobs have a test of their own."""

JOBS = {
    ("GET", "/api/v2/job_statuses/show_many"),
    ("GET", "/api/v2/job_statuses/{id}"),
}

CURRENT = {("GET", "/api/v2/oauth/tokens/current"), ("DELETE", "/api/v2/oauth/tokens/current")}
"""About the token that is shown, so it takes one that was handed out."""

UNDESCRIBED = ("/api/v2/apps/", "/api/v2/webhooks", "/api/v2/business_hours", "/api/v2/guide/")
"""Beginnings of paths that the description leaves to others, tested where they are used."""

DEPARTURES = {
    r"\.status: 'deleted' is not one of": "exports show deleted tickets, which the enumeration leaves out",
    r"\.ticket_metric: dict where array belongs": "clients in the field read one object here",
    r"\$\.satisfaction_rating: dict where array belongs": "the same",
    r"\.audit\.events\[\d+\]\.value: fits none": "changed tags come as a list, as the events' own page says",
}
"""Faults that stay, because the description itself is doubted there, and why."""

pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(not OAS, reason="DESKCUE_ZENDESK_OAS does not name the vendor's API description"),
]


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    from ruamel.yaml import YAML

    return Schemas(YAML(typ="safe", pure=True).load(Path(OAS)))


@pytest.fixture(params=["small", "seeded"])
def client(request: pytest.FixtureRequest) -> Iterator[Client]:
    clock = FakeClock()
    seeded = request.param == "seeded"
    desk = (
        seed(NOON, customers=60, organizations=12, tickets=300, clock=clock) if seeded else small_desk(clock)
    )
    with RunningSandbox(desk, token="secret") as sandbox:
        yield Client(sandbox)


def known(client: Client) -> dict[str, int]:
    """Ids of records that are there, by what they are; ``next_`` ones will be given to what is made next."""
    desk = client.sandbox.desk
    rating = next(iter(desk.ratings))
    dropdown = next(field for field in desk.ticket_fields if field.type == "tagger")
    unsolved = [ticket.id for ticket in desk.tickets if ticket.status == "open"]
    people = [row.user_id for row in desk.memberships]
    person = desk.memberships.get(1)
    assert person is not None
    wish = {"ticket": {"comment": {"body": "So that there is one"}}}
    assert client.ask("PUT", f"/api/v2/tickets/{unsolved[0]}", wish).status == 200
    return {
        "open": unsolved[0],
        "spare": unsolved[-1],
        "audit": _first_of(desk.audits, unsolved[0]),
        "comment": _first_of(desk.comments, unsolved[0]),
        "rated": rating.ticket_id,
        "rating": rating.id,
        "owner": desk.owner_id,
        "person": person.user_id,
        "stranger": next(key for key in people if key != person.user_id),
        "company": person.organization_id,
        "category": CATEGORY,
        "dropdown": dropdown.id,
        "choice": dropdown.options[0].id,
        "membership": person.id,
        "next_membership": desk.memberships.next_id() + 1,
        "identity": desk.addresses[person.user_id][0].id,
        "seat": next(row.id for row in desk.group_memberships if row.user_id == desk.owner_id),
        "next_seat": desk.group_memberships.next_id(),
        "next_group": desk.groups.next_id(),
    }


def _first_of(kept: Mapping[int, Sequence[Any]], key: int) -> int:
    number: int = kept[key][0].id
    return number


def filled(value: Any, ids: dict[str, int]) -> Any:
    """A body with its ids put in; they stay numbers."""
    if isinstance(value, dict):
        return {name: filled(entry, ids) for name, entry in value.items()}
    if isinstance(value, list):
        return [filled(entry, ids) for entry in value]
    return ids[value[1:-1]] if isinstance(value, str) and value[:1] == "{" else value


def test_every_route_is_asked() -> None:
    """A new route has to be put into the table above, or into one of those for a test of its own."""
    asked = {(method, path) for method, path, _, _ in ASKED} | JOBS | CURRENT | FIELDS_WITHOUT_WORDS
    assert asked == {(row.method, row.path) for row in ROWS if not row.path.startswith(UNDESCRIBED)}


def test_answers_have_the_shape_that_is_described(client: Client, schemas: Schemas) -> None:
    """On a small desk of odd cases and on a seeded one, every answer of every route."""
    faults = []
    ids = known(client)
    for method, path, target, body in ASKED:
        reply = client.ask(method, target.format_map(ids), filled(body, ids))
        assert reply.status in (200, 201, 204), (method, target, reply.text)
        schema = schemas.described(method, path, reply.status)
        if schema is None or not reply.text:
            continue
        faults += [f"{method} {path}: {fault}" for fault in schemas.faults(reply.json, schema)]
    faults = [fault for fault in faults if not any(re.search(doubt, fault) for doubt in DEPARTURES)]
    assert not faults, "\n".join(faults)


def test_jobs_have_the_shape_that_is_described(schemas: Schemas) -> None:
    """While it waits and when it is done, with an item that worked and one that failed."""
    clock = FakeClock()
    with RunningSandbox(small_desk(clock), token="secret") as sandbox:
        client = Client(sandbox)
        items = {"tickets": [{"id": 101, "priority": "high"}, {"id": 108, "priority": "high"}]}
        queued = client.ask("PUT", "/api/v2/tickets/update_many", items).json
        key = queued["job_status"]["id"]
        clock.advance(5)
        done, several = (
            client.get(f"/api/v2/job_statuses/{place}") for place in (key, f"show_many?ids={key}")
        )
    assert [result["success"] for result in done["job_status"]["results"]] == [True, False]
    one = schemas.answer("GET", "/api/v2/job_statuses/{job_status_id}", 200)
    many = schemas.answer("GET", "/api/v2/job_statuses/show_many", 200)
    put = schemas.answer("PUT", "/api/v2/tickets/update_many", 200)
    assert list(schemas.faults(queued, put)) == list(schemas.faults(done, one)) == []
    assert list(schemas.faults(several, many)) == []


def test_the_current_token_has_the_shape_that_is_described(client: Client, schemas: Schemas) -> None:
    """One without a refresh token: that stays null."""
    token = client.ask("POST", "/oauth/tokens", LOGIN, authorization=None).json["access_token"]
    reply = client.ask("GET", "/api/v2/oauth/tokens/current", authorization=f"Bearer {token}")
    schema = schemas.answer("GET", "/api/v2/oauth/tokens/current", 200)
    assert list(schemas.faults(reply.json, schema)) == []
    assert client.ask("DELETE", "/api/v2/oauth/tokens/current", authorization=f"Bearer {token}").status == 204


def test_what_rules_did_has_the_shape_that_is_described(schemas: Schemas) -> None:
    """An audit with a trigger's doings, a level beside a ticket, and metric events of all kinds."""
    clock = FakeClock()
    desk = small_desk(clock)
    hook = webhook(desk, "conditional_ticket_events")
    trigger(desk, "Act", {"current_tags": "seen", "notification_webhook": (hook.id, "{{ticket.id}}")})
    policy(desk, "All", [Target("high", metric, 60, business_hours=False) for metric in METRICS])
    made = create(desk, priority="high")
    clock.advance(60)
    update(desk, made.id, status="pending", comment={"body": "Wait"})
    clock.advance(61)
    asked = (
        ("/api/v2/tickets/{ticket_id}/audits", f"/api/v2/tickets/{made.id}/audits"),
        ("/api/v2/tickets/{ticket_id}", f"/api/v2/tickets/{made.id}?include=slas"),
        (METRIC_EVENTS, f"{METRIC_EVENTS}?start_time=0"),
    )
    with RunningSandbox(desk, token="secret") as sandbox:
        answers = [(path, Client(sandbox).get(target)) for path, target in asked]
    assert len({event["type"] for event in answers[2][1]["ticket_metric_events"]}) == 7
    faults = [
        f"{path}: {fault}"
        for path, answer in answers
        for fault in schemas.faults(answer, schemas.answer("GET", path, 200))
    ]
    assert [fault for fault in faults if not any(re.search(doubt, fault) for doubt in DEPARTURES)] == []


def test_the_checker_finds_faults(schemas: Schemas) -> None:
    """A wrong kind deep inside an answer and a word outside an enumeration are both named."""
    schema = schemas.answer("GET", "/api/v2/tickets/{ticket_id}", 200)
    wrong = {"ticket": {"id": "101", "priority": "top", "tags": [7]}}
    assert len(list(schemas.faults(wrong, schema))) == 3
