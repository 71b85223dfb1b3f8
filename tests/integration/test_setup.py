"""Setting a desk up over HTTP: what is made, that it is made once, and that only ours is ever taken away."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import RetryableError, UnknownOutcomeError
from connectors.sandbox.fields import TICKETS, create
from connectors.sandbox.hooks.post import Parcel, Reply
from connectors.sandbox.hooks.sender import Sender
from connectors.sandbox.hooks.signing import signature
from connectors.sandbox.records import Ticket
from connectors.sandbox.server import RunningSandbox
from connectors.setup import Installer, Memory, Requirements, Step, Survey, Taken
from integration import jobs
from integration.app import App, opened
from integration.progress import silent
from integration.remembered import SECRETS, Remembered
from integration.setup import Carried, carry_out, requirements
from policies.load import STARTER, load, load_text
from policies.model import Policy
from tests.clock import FakeClock
from tests.connectors.sandbox.rig import Client
from tests.connectors.sandbox.rulebook import update
from tests.integration.desk import settings, small_desk
from tests.integration.world import CrashError

ADDRESS = "https://deskcue.acme.example"
PATHS = ("ticket_fields", "slas/policies", "webhooks", "triggers", "trigger_categories")
EVERYONE = {
    "title": "Everyone",
    "filter": {"all": [], "any": []},
    "policy_metrics": [
        {"priority": "low", "metric": "next_reply_time", "target": 60, "business_hours": True}
    ],
}
THEIRS = {
    "name": "Theirs", "status": "active", "endpoint": "https://theirs.example/x", "http_method": "POST",
    "request_format": "json", "subscriptions": ["zen:event-type:user.created"],
}  # fmt: skip
RULE = {
    "title": "Theirs",
    "conditions": {"all": [{"field": "status", "operator": "is", "value": "solved"}], "any": []},
    "actions": [{"field": "set_tags", "value": "done"}],
}
LEVELS = "service_levels:\n" + "".join(
    f"  {name}: {{label: {label}, first_reply: {{urgent: {a}, high: {a}, normal: {b}, low: {b}}}}}\n"
    for name, label, a, b in (
        ("calm", "Calm", "4 hours", "8 hours"),
        ("fast", "Fast", "30 minutes", "1 hour"),
        ("house", "House", "1 day", "2 days"),
    )
)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def sandbox(clock: FakeClock) -> Iterator[RunningSandbox]:
    """A desk on which people have things of their own already."""
    with RunningSandbox(small_desk(clock)) as running:
        client = Client(running)
        assert client.ask("POST", "/api/v2/slas/policies", {"sla_policy": EVERYONE}).status == 201
        assert client.ask("POST", "/api/v2/webhooks", {"webhook": THEIRS}).status == 201
        drawer = client.ask("POST", "/api/v2/trigger_categories", {"trigger_category": {"name": "Ours"}})
        rule = {**RULE, "category_id": drawer.json["trigger_category"]["id"]}
        assert client.ask("POST", "/api/v2/triggers", {"trigger": rule}).status == 201
        running.desk.ledger.requests.clear()
        yield running


@pytest.fixture
def client(sandbox: RunningSandbox) -> Client:
    return Client(sandbox)


@pytest.fixture
def app(sandbox: RunningSandbox, tmp_path: Path, clock: FakeClock) -> Iterator[App]:
    with at(sandbox, tmp_path, clock) as found:
        yield found


@contextmanager
def at(sandbox: RunningSandbox, folder: Path, clock: FakeClock, address: str = ADDRESS) -> Iterator[App]:
    stated = settings(sandbox, folder, server={"address": address})
    with opened(stated, writer=True, clock=clock, setting_up=True) as app:
        yield app


def account(client: Client) -> dict[str, Any]:
    """Everything that a setup could touch, exactly as the desk shows it."""
    return {path: client.get(f"/api/v2/{path}") for path in PATHS}


def written(sandbox: RunningSandbox) -> list[tuple[str, str]]:
    """The writes the desk has been asked for, apart from signing in."""
    entries = sandbox.desk.ledger.requests
    return [
        (one.method, one.template) for one in entries if one.method != "GET" and "oauth" not in one.template
    ]


def names(sandbox: RunningSandbox) -> list[str]:
    """Titles of all policies in the order in which they match."""
    return [policy["title"] for policy in Client(sandbox).get("/api/v2/slas/policies")["sla_policies"]]


def mine(client: Client, title: str) -> Any:
    fields = client.get("/api/v2/ticket_fields")["ticket_fields"]
    (found,) = [one for one in fields if one["title"] == title]
    return found


@lru_cache
def two_levels(*, label: str = "Fast", urgent: str = "30 minutes") -> Policy:
    """A policy of three segments and three levels, of which two are asked for."""
    text = STARTER.read_text(encoding="utf-8")
    head, tail = text[: text.index("segments:")], text[text.index("tones:") : text.index("service_levels:")]
    rules = "segments:\n" + "".join(
        f"  {name}: {{kind: value, label: {name.title()}, rank: {rank}, when: tickets_total > {rank},"
        f" treatment: {treatment}}}\n"
        for name, rank, treatment in (
            ("gold", 1, "{service_level: fast, priority: {at_least: high}}"),
            ("iron", 2, "{service_level: calm}"),
        )
    )
    elder = "  elder: {kind: demographic, label: Elder, rank: 9, when: age > 60, treatment: {tone: formal}}\n"
    levels = LEVELS.replace("label: Fast", f"label: {label}").replace("30 minutes", urgent)
    house = "house: {tone: friendly, channel: as_asked, service_level: house}\n"
    return load_text(head + rules + elder + tail + levels + house, "two")


def do(app: App, policy: Policy | None = None, connector: Installer | None = None) -> Carried:
    wanted = requirements(policy or app.policy, app.settings.server.address)
    return carry_out(connector or app.connector, wanted, Remembered(app.store, app.settings.data), silent)


def test_a_second_setup_makes_no_write(app: App, sandbox: RunningSandbox) -> None:
    """The first one makes fields, policy and webhook; the second finds them and asks for no change at all."""
    first = jobs.set_up(app, silent)
    assert first.whole
    assert [one.step.key for one in first.done] == [
        "field.segment", "field.service_level", "level.fast", "level order", "webhook.events",
        "webhook.events/secret",
    ]  # fmt: skip
    assert len(written(sandbox)) == 5
    sandbox.desk.ledger.requests.clear()
    again = jobs.set_up(app, silent)
    assert (again.done, again.whole, written(sandbox)) == ((), True, [])
    assert jobs.survey_desk(app).steps == ()


def test_showing_changes_nothing(app: App, client: Client, sandbox: RunningSandbox) -> None:
    """A survey names every step and writes neither to the desk nor down that anything was made."""
    before = account(client)
    assert len(jobs.survey_desk(app).steps) == 6
    assert written(sandbox) == []
    assert account(client) == before
    assert Remembered(app.store, app.settings.data).memory().ids == {}


@pytest.mark.parametrize("trouble", [{}, {"no-ticket-events": 1}])
def test_remove_leaves_the_account_as_it_was(
    app: App, client: Client, sandbox: RunningSandbox, trouble: Mapping[str, float]
) -> None:
    """Fields, policies with their places, webhooks and triggers are byte for byte what they were before."""
    sandbox.desk.trouble.set(trouble)
    before = account(client)
    do(app, two_levels())
    assert account(client) != before
    removed = jobs.set_up(app, silent, remove=True)
    assert removed.whole
    assert account(client) == before
    assert jobs.survey_desk(app, remove=True) == Survey()
    assert json.loads((app.settings.data / SECRETS).read_text()) == {}


def test_the_fields_show_what_the_write_path_writes(
    app: App, client: Client, sandbox: RunningSandbox
) -> None:
    """The tag of a service level sets the field, and the field has one choice for each level asked for."""
    do(app, two_levels())
    field = mine(client, "Service level")
    assert [(one["value"], one["name"]) for one in field["custom_field_options"]] == [
        ("cue_sla_fast", "Fast"),
        ("cue_sla_calm", "Calm"),
    ]
    assert (field["type"], field["visible_in_portal"], field["editable_in_portal"]) == (
        "tagger",
        False,
        False,
    )
    key = open_tickets(sandbox)[0].id
    client.ask("PUT", f"/api/v2/tickets/{key}/tags", {"tags": ["cue_sla_calm"]})
    shown = client.get(f"/api/v2/tickets/{key}")["ticket"]["custom_fields"]
    assert {"id": field["id"], "value": "cue_sla_calm"} in shown


def test_segments_on_protected_traits_are_never_choices(app: App, client: Client) -> None:
    """Neither the field nor any other text at the desk names them; the survey says why they are missing."""
    carried = do(app)
    everything = json.dumps(account(client))
    for name, label in (("formal_manner", "Formal manner"), ("easy_manner", "Easy manner")):
        assert name not in everything
        assert label not in everything
    hidden = [one for one in carried.left if "protected trait" in one.reason]
    assert [one.key for one in hidden] == ["field.segment/formal_manner", "field.segment/easy_manner"]
    assert carried.whole


def test_a_segment_that_becomes_protected_is_named(app: App, client: Client) -> None:
    """A choice made before its segment came to rest on a protected trait hinders until it is taken out."""
    text = two_levels().text
    do(app, load_text(text, "before"))
    elder = load_text(text.replace("when: tickets_total > 1", "when: age > 1").replace(
        "{service_level: fast, priority: {at_least: high}}", "{tone: formal}"), "after")  # fmt: skip
    carried = do(app, elder)
    assert carried.done == ()
    assert not carried.whole
    (left,) = [one for one in carried.left if one.hinders]
    assert (left.key, "Take it out" in left.reason) == ("field.segment/gold", True)
    assert "cue_segment_gold" in {one["value"] for one in mine(client, "Segment")["custom_field_options"]}


def test_acceptance_12_new_choices_leave_every_old_one_and_its_values(
    app: App, client: Client, sandbox: RunningSandbox
) -> None:
    """Choices of people, of former segments and of present ones keep ids, values and their tickets."""
    do(app, two_levels())
    field = mine(client, "Segment")
    foreign = client.ask(
        "POST", f"/api/v2/ticket_fields/{field['id']}/options",
        {"custom_field_option": {"name": "By hand", "value": "by_hand"}},
    )  # fmt: skip
    assert foreign.status == 201
    held = {}
    for ticket, value in zip(open_tickets(sandbox), ("by_hand", "cue_segment_gold"), strict=False):
        client.ask("PUT", f"/api/v2/tickets/{ticket.id}/tags", {"tags": [value]})
        held[ticket.id] = value
    before = mine(client, "Segment")["custom_field_options"]
    carried = do(app)
    assert carried.whole
    after = mine(client, "Segment")["custom_field_options"]
    assert after[: len(before)] == before
    assert len(after) == len(before) + 17
    for key, value in held.items():
        now = sandbox.desk.tickets.get(key)
        assert now is not None
        assert (now.custom_fields[field["id"]], value in now.tags) == (value, True)


def open_tickets(sandbox: RunningSandbox) -> list[Ticket]:
    return [one for one in sandbox.desk.tickets if one.status == "open"][:2]


def test_pitfall_16_choices_are_upserted_and_never_replaced(app: App, sandbox: RunningSandbox) -> None:
    """No list of choices is ever sent to a field that has some: one call for each choice, by its id."""
    do(app, two_levels())
    sandbox.desk.ledger.requests.clear()
    do(app, two_levels(label="Express"))
    assert ("POST", "/api/v2/ticket_fields/{id}/options") in written(sandbox)
    assert ("PUT", "/api/v2/ticket_fields/{id}") not in written(sandbox)


def test_a_changed_policy_file_changes_what_differs(
    app: App, client: Client, sandbox: RunningSandbox
) -> None:
    """A new label and target reach field and policy, and nothing else is written."""
    do(app, two_levels())
    options = {one["value"]: one["id"] for one in mine(client, "Service level")["custom_field_options"]}
    sandbox.desk.ledger.requests.clear()
    carried = do(app, two_levels(label="Express", urgent="15 minutes"))
    assert [one.step.key for one in carried.done] == ["field.service_level/fast", "level.fast"]
    renamed = {one["value"]: one for one in mine(client, "Service level")["custom_field_options"]}
    assert renamed["cue_sla_fast"]["name"] == "Express"
    assert {value: one["id"] for value, one in renamed.items()} == options
    policy = client.get("/api/v2/slas/policies")["sla_policies"][0]
    assert policy["title"] == "Deskcue: Express"
    assert {row["priority"]: row["target"] for row in policy["policy_metrics"]} == {
        "urgent": 15, "high": 15, "normal": 60, "low": 60,
    }  # fmt: skip
    assert do(app, two_levels(label="Express", urgent="15 minutes")).done == ()


def test_what_people_added_to_a_policy_of_ours_stays(app: App, client: Client) -> None:
    """Metrics, business hours, conditions and settings that we do not know survive a change of a target."""
    do(app, two_levels())
    policy = client.get("/api/v2/slas/policies")["sla_policies"][0]
    more = {"priority": "low", "metric": "requester_wait_time", "target": 900, "business_hours": True}
    rows = [{**row, "business_hours": True} for row in policy["policy_metrics"]]
    condition = {"field": "type", "operator": "is", "value": "incident"}
    edited: dict[str, Any] = {
        "policy_metrics": [*rows, more],
        "filter": {"all": [*policy["filter"]["all"], condition], "any": []},
        "metric_settings": {"first_reply_time": {"fulfill_on_agent_internal_note": True}},
    }
    path = f"/api/v2/slas/policies/{policy['id']}"
    assert client.ask("PUT", path, {"sla_policy": edited}).status == 200
    assert do(app, two_levels()).done == ()
    assert [one.step.key for one in do(app, two_levels(urgent="15 minutes")).done] == ["level.fast"]
    now = client.get(path)["sla_policy"]
    assert now["metric_settings"] == edited["metric_settings"]
    assert now["filter"]["all"] == edited["filter"]["all"]
    assert all(row["business_hours"] for row in now["policy_metrics"])
    assert (
        more.items() <= next(r for r in now["policy_metrics"] if r["metric"] == "requester_wait_time").items()
    )
    urgent = next(row for row in now["policy_metrics"] if row["priority"] == "urgent")
    assert (urgent["target"], urgent["target_in_seconds"]) == (15, 900)


def test_our_policies_stand_first_and_others_keep_their_order(
    app: App, client: Client, sandbox: RunningSandbox
) -> None:
    """The strictest is at the top; people's policies follow as they stood, unchanged but for their place."""
    client.ask("POST", "/api/v2/slas/policies", {"sla_policy": {**EVERYONE, "title": "Second"}})
    before = client.get("/api/v2/slas/policies")["sla_policies"]
    do(app, two_levels())
    assert names(sandbox) == ["Deskcue: Fast", "Deskcue: Calm", "Everyone", "Second"]
    after = client.get("/api/v2/slas/policies")["sla_policies"][2:]
    assert [{**one, "position": 0} for one in after] == [{**one, "position": 0} for one in before]
    ids = [one["id"] for one in after]
    client.ask("PUT", f"/api/v2/slas/policies/reorder?sla_policy_ids={ids[0]}", None)
    assert names(sandbox)[0] == "Everyone"
    assert [one.step.key for one in do(app, two_levels()).done] == ["level order"]
    assert names(sandbox) == ["Deskcue: Fast", "Deskcue: Calm", "Everyone", "Second"]


def test_a_value_of_somebody_elses_field_is_named_and_not_taken(
    app: App, client: Client, sandbox: RunningSandbox
) -> None:
    """The one choice is left out with the field's name and a remedy, everything else is done."""
    option = {"name": "Gold", "value": "cue_segment_gold"}
    create(sandbox.desk, TICKETS, {"type": "tagger", "title": "Tier", "custom_field_options": [option]})
    carried = do(app, two_levels())
    assert not carried.whole
    assert carried.failed == ()
    (left,) = [one for one in carried.left if one.hinders]
    assert left.key == "field.segment/gold"
    assert "“Tier”" in left.reason
    values = {one["value"] for one in mine(client, "Segment")["custom_field_options"]}
    assert values == {"cue_segment_iron"}


@pytest.mark.parametrize(
    ("fault", "missing", "made"),
    [
        ("plan-without-service-levels", "service level policies", {"field.segment", "webhook.events"}),
        ("webhooks-not-offered", "webhooks", {"field.segment", "level.fast"}),
    ],
)
def test_pitfall_10_what_the_plan_lacks_is_named_and_the_rest_is_done(
    app: App, sandbox: RunningSandbox, fault: str, missing: str, made: set[str]
) -> None:
    """A part without its feature hinders, with the desk's reason; the other parts are set up."""
    sandbox.desk.trouble.set({fault: 1})
    carried = do(app, two_levels())
    assert made <= {one.step.key for one in carried.done}
    assert carried.failed == ()
    (left,) = [one for one in carried.left if one.hinders]
    assert left.key == missing
    assert "plan" in left.reason
    assert not carried.whole


def test_an_account_without_ticket_events_gets_a_trigger(
    app: App, client: Client, sandbox: RunningSandbox
) -> None:
    """Two webhooks, a trigger in a category of ours that calls one of them; a second run writes nothing."""
    sandbox.desk.trouble.set({"no-ticket-events": 1})
    carried = do(app, two_levels())
    assert carried.whole
    hooks = {one["name"]: one for one in client.get("/api/v2/webhooks")["webhooks"]}
    assert hooks["Deskcue (tickets)"]["subscriptions"] == ["conditional_ticket_events"]
    assert not [kind for kind in hooks["Deskcue (people)"]["subscriptions"] if ":ticket." in kind]
    rule = client.get("/api/v2/triggers")["triggers"][-1]
    assert rule["actions"] == [
        {
            "field": "notification_webhook",
            "value": [hooks["Deskcue (tickets)"]["id"], '{"ticket_id": "{{ticket.id}}"}'],
        }
    ]
    drawers = {
        one["id"]: one["name"] for one in client.get("/api/v2/trigger_categories")["trigger_categories"]
    }
    assert drawers[rule["category_id"]] == "Deskcue"
    held = json.loads((app.settings.data / SECRETS).read_text())
    assert set(held) == {hooks["Deskcue (tickets)"]["id"], hooks["Deskcue (people)"]["id"]}
    sandbox.desk.trouble.clear()
    sandbox.desk.ledger.requests.clear()
    assert do(app, two_levels()).done == ()
    assert written(sandbox) == []


def test_the_secret_is_kept_where_only_we_can_read_it(
    app: App, sandbox: RunningSandbox, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """It is the desk's, stands in a 0600 file, and appears in no result, no output and no log."""
    carried = do(app, two_levels())
    (hook,) = [one for one in sandbox.desk.hooks.webhooks.values() if one.name == "Deskcue"]
    path = app.settings.data / SECRETS
    assert json.loads(path.read_text()) == {hook.id: hook.secret}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    said = capsys.readouterr()
    assert hook.secret not in repr(carried) + said.out + said.err + caplog.text
    assert hook.secret not in repr(Taken(id="1", secret=hook.secret))


@pytest.mark.parametrize("trouble", [{}, {"no-ticket-events": 1}], ids=["events", "trigger"])
def test_a_changed_ticket_is_reported_and_proves_itself(
    tmp_path: Path, clock: FakeClock, trouble: Mapping[str, float]
) -> None:
    """After a setup a change at the desk reaches our address, signed with the secret that we keep."""
    with RunningSandbox(small_desk(clock)) as running:
        running.desk.trouble.set(trouble)
        with at(running, tmp_path, clock) as app:
            do(app, two_levels())
        key = open_tickets(running)[0].id
    held = json.loads((tmp_path / SECRETS).read_text())
    got: list[Parcel] = []

    def receive(parcel: Parcel) -> Reply:
        got.append(parcel)
        return Reply(200)

    update(running.desk, key, running.desk.agent_id, tags=["new_tag"])
    Sender(running.desk, receive).settle()
    assert got
    assert {parcel.url for parcel in got} == {ADDRESS + "/hooks/zendesk"}
    for parcel in got:
        secret = held[parcel.headers["X-Zendesk-Webhook-Id"]]
        stamped = parcel.headers["X-Zendesk-Webhook-Signature-Timestamp"]
        assert parcel.headers["X-Zendesk-Webhook-Signature"] == signature(secret, stamped, parcel.body)
    assert any(str(key) in parcel.body.decode() for parcel in got)


def test_a_secret_that_was_lost_is_fetched_again_without_a_write(app: App, sandbox: RunningSandbox) -> None:
    """Somebody deleted the file: one read brings it back."""
    do(app, two_levels())
    (app.settings.data / SECRETS).unlink()
    sandbox.desk.ledger.requests.clear()
    assert [one.step.key for one in do(app, two_levels()).done] == ["webhook.events/secret"]
    assert written(sandbox) == []
    assert (app.settings.data / SECRETS).exists()


def test_without_an_address_no_webhook_is_made(
    sandbox: RunningSandbox, tmp_path: Path, clock: FakeClock
) -> None:
    """The rest is set up, and the survey says what that costs."""
    with at(sandbox, tmp_path, clock, address="") as app:
        carried = do(app, two_levels())
    assert carried.whole
    assert [one.name for one in sandbox.desk.hooks.webhooks.values()] == ["Theirs"]
    assert any("server.address is not set" in one.reason for one in carried.left)


def test_a_new_address_moves_the_webhook(sandbox: RunningSandbox, tmp_path: Path, clock: FakeClock) -> None:
    """The same webhook reports to the new address; what people subscribed it to besides stays."""
    with at(sandbox, tmp_path, clock) as app:
        do(app, two_levels())
    (hook,) = [one for one in sandbox.desk.hooks.webhooks.values() if one.name == "Deskcue"]
    hook.subscriptions = (*hook.subscriptions[1:], "zen:event-type:ticket.comment_added")
    with at(sandbox, tmp_path, clock, address="https://new.acme.example") as app:
        (step,) = do(app, two_levels()).done
    assert step.step.verb == "change"
    assert hook.endpoint == "https://new.acme.example/hooks/zendesk"
    assert {"zen:event-type:ticket.comment_added", "zen:event-type:ticket.created"} <= set(hook.subscriptions)


def test_a_lost_store_makes_nothing_twice(
    sandbox: RunningSandbox, tmp_path: Path, clock: FakeClock, client: Client
) -> None:
    """By the marks a new store knows what is there, fetches the secret again and can remove all of it."""
    before = account(client)
    with at(sandbox, tmp_path / "first", clock) as app:
        do(app, two_levels())
    there = account(client)
    sandbox.desk.ledger.requests.clear()
    with at(sandbox, tmp_path / "second", clock) as app:
        assert [one.step.key for one in do(app, two_levels()).done] == ["webhook.events/secret"]
        assert (written(sandbox), account(client)) == ([], there)
        assert jobs.set_up(app, silent, remove=True).whole
    assert account(client) == before


def test_things_renamed_by_people_are_known_by_their_id(app: App, client: Client) -> None:
    """A title and a description that somebody rewrote make nothing twice; the mark is put back."""
    do(app, two_levels())
    key = mine(client, "Segment")["id"]
    wish = {"title": "Kundengruppe", "agent_description": "Von Hand"}
    assert client.ask("PUT", f"/api/v2/ticket_fields/{key}", {"ticket_field": wish}).status == 200
    (step,) = do(app, two_levels()).done
    assert (step.step.key, step.step.verb) == ("field.segment", "change")
    field = mine(client, "Kundengruppe")
    assert (field["id"], field["agent_description"]) == (key, "Von Hand [deskcue cue_field.segment]")
    assert do(app, two_levels()).done == ()


def test_remove_takes_nothing_that_people_made_theirs(
    app: App, client: Client, sandbox: RunningSandbox
) -> None:
    """A field without our mark stays, a field with choices of theirs loses only ours, a switch stays off."""
    do(app, two_levels())
    segment, level = mine(client, "Segment"), mine(client, "Service level")
    wish = {"ticket_field": {"agent_description": "Ours now"}}
    client.ask("PUT", f"/api/v2/ticket_fields/{segment['id']}", wish)
    option = {"custom_field_option": {"name": "By hand", "value": "by_hand"}}
    client.ask("POST", f"/api/v2/ticket_fields/{level['id']}/options", option)
    removed = jobs.set_up(app, silent, remove=True)
    assert mine(client, "Segment")["custom_field_options"] == segment["custom_field_options"]
    assert [one["value"] for one in mine(client, "Service level")["custom_field_options"]] == ["by_hand"]
    assert [one.key for one in removed.left if one.hinders] == ["field.segment"]
    assert [one.key for one in removed.left if not one.hinders] == ["field.service_level"]
    assert names(sandbox) == ["Everyone"]


def test_a_copy_of_one_of_ours_is_never_guessed_at(
    sandbox: RunningSandbox, tmp_path: Path, clock: FakeClock
) -> None:
    """With two of one mark and no memory nothing is done about either, and both are named."""
    with at(sandbox, tmp_path / "first", clock) as app:
        do(app, two_levels())
    client = Client(sandbox)
    policy = client.get("/api/v2/slas/policies")["sla_policies"][0]
    copy = {key: policy[key] for key in ("title", "description", "filter", "policy_metrics")}
    twin = client.ask("POST", "/api/v2/slas/policies", {"sla_policy": copy}).json["sla_policy"]
    with at(sandbox, tmp_path / "second", clock) as app:
        carried = do(app, two_levels())
        removed = jobs.set_up(app, silent, remove=True)
    for found in (carried, removed):
        (left,) = [one for one in found.left if one.hinders]
        assert left.key == "level.fast"
        assert f"({policy['id']}, {twin['id']})" in left.reason
    assert sorted(names(sandbox)) == ["Deskcue: Fast", "Deskcue: Fast", "Everyone"]


@pytest.mark.parametrize(
    ("path", "wish"),
    [
        ("ticket_fields", {"ticket_field": {"active": False}}),
        ("webhooks", {"webhook": {"status": "inactive"}}),
    ],
)
def test_what_somebody_switched_off_stays_off(
    app: App, client: Client, sandbox: RunningSandbox, path: str, wish: object
) -> None:
    """A person's switch is not turned back; what is missing by it is said."""
    do(app, two_levels())
    hook = next(one.id for one in sandbox.desk.hooks.webhooks.values() if one.name == "Deskcue")
    key = hook if path == "webhooks" else mine(client, "Segment")["id"]
    method = "PATCH" if path == "webhooks" else "PUT"
    assert client.ask(method, f"/api/v2/{path}/{key}", wish).status in (200, 204)
    sandbox.desk.ledger.requests.clear()
    carried = do(app, two_levels())
    assert (carried.done, carried.whole, written(sandbox)) == ((), False, [])
    assert any("Switch it on" in one.reason for one in carried.left if one.hinders)


class Brittle(Installer):
    """The real connector, but one of its steps goes as ``trick`` says; the others go through."""

    def __init__(self, inner: Installer, at: int, trick: Callable[[Callable[[], Taken]], Taken]) -> None:
        self._inner = inner
        self._left = at
        self._trick = trick

    def survey(self, wanted: Requirements | None, memory: Memory) -> Survey:
        return self._inner.survey(wanted, memory)

    def take(self, step: Step, ids: Mapping[str, str]) -> Taken:
        self._left -= 1
        if self._left == 0:
            return self._trick(lambda: self._inner.take(step, ids))
        return self._inner.take(step, ids)


def swallowed(work: Callable[[], Taken]) -> Taken:
    work()
    raise UnknownOutcomeError("no answer")


def never_arrived(_: Callable[[], Taken]) -> Taken:
    raise UnknownOutcomeError("no answer")


def dies_before(_: Callable[[], Taken]) -> Taken:
    raise CrashError


def dies_after(work: Callable[[], Taken]) -> Taken:
    work()
    raise CrashError


def busy(_: Callable[[], Taken]) -> Taken:
    raise RetryableError("come again later", wait=60.0)


TRICKS = (swallowed, never_arrived, dies_before, dies_after, busy)


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param({}, id="events"),
        pytest.param({"no-ticket-events": 1}, id="trigger", marks=pytest.mark.full),
    ],
)
@pytest.mark.parametrize("trick", TRICKS)
def test_f_crash_01_a_setup_goes_on_wherever_it_broke_off(
    sandbox: RunningSandbox,
    tmp_path: Path,
    clock: FakeClock,
    trick: Callable[[Callable[[], Taken]], Taken],
    trouble: Mapping[str, float],
) -> None:
    """At every step an answer is lost, the process dies or the desk is busy: nothing is there twice after it,
    the next run makes it whole, and removing leaves what was there before.
    """
    sandbox.desk.trouble.set(trouble)
    client = Client(sandbox)
    before, at_step, whole = account(client), 0, ""
    for at_step in range(1, 20):
        with at(sandbox, tmp_path / str(at_step), clock) as app:
            brittle = Brittle(app.connector, at_step, trick)
            try:
                first = do(app, two_levels(), brittle)
            except CrashError:
                first = None
            again = do(app, two_levels())
            assert again.whole
            if first is not None and first.whole:
                assert again.done == ()
            shape = _shape(account(client))
            whole = whole or shape
            assert shape == whole
            assert jobs.set_up(app, silent, remove=True).whole
        assert account(client) == before
        if brittle._left > 0:
            break
    assert at_step > 6


def _shape(found: dict[str, Any]) -> str:
    """An account's things by what they are, without ids."""
    keep = {"title", "name", "position", "subscriptions", "endpoint", "policy_metrics", "filter"}
    things = {
        path: [
            {key: value for key, value in one.items() if key in keep}
            for records in page.values()
            if isinstance(records, list)
            for one in records
        ]
        for path, page in found.items()
    }
    things["ticket_fields"] = [{**one, "position": 0} for one in things["ticket_fields"]]
    return json.dumps(things, sort_keys=True)


def test_a_busy_desk_is_for_later(app: App, sandbox: RunningSandbox) -> None:
    """What was done stays done, the rest is left for the next run, and nothing else is asked meanwhile."""
    carried = do(app, two_levels(), Brittle(app.connector, 3, busy))
    assert carried.later
    assert not carried.whole
    assert [one.result for one in carried.done] == ["done", "done", "failed"]
    assert len(written(sandbox)) == 2


def test_the_starter_policy_needs_one_level(app: App) -> None:
    """The house's own level is never written to a ticket, so no policy is made for it."""
    wanted = requirements(load((STARTER,)), "")
    assert [level.name for level in wanted.levels] == ["fast"]
    assert wanted.levels[0].first_reply == {"urgent": 1800, "high": 3600, "normal": 14400, "low": 28800}
