"""What a setup makes of an account's lists and answers, odd ones included; nothing is sent here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pytest

from connectors.errors import RejectedError, UnavailableError, UnknownOutcomeError
from connectors.setup import Choice, Level, Memory, Ref, Request, Requirements, Step
from connectors.zendesk import setup, setup_fields, setup_levels
from connectors.zendesk.ours import There, mark, recognise, there

PREFIX = "cue_"
FAST = Level(
    name="fast", label="Fast", first_reply={"urgent": 1800, "high": 3600, "normal": 7200, "low": 7200}
)
CALM = Level(
    name="calm", label="Calm", first_reply={"urgent": 3600, "high": 3600, "normal": 9000, "low": 9000}
)
WANTED = Requirements(
    segments=(Choice(name="gold", label="Gold"),), levels=(FAST, CALM), address="https://acme.example"
)
LISTS = {
    "/api/v2/ticket_fields": "ticket_fields",
    "/api/v2/slas/policies": "sla_policies",
    "/api/v2/webhooks": "webhooks",
    "/api/v2/triggers": "triggers",
    "/api/v2/trigger_categories": "trigger_categories",
}


class Account:
    """Answers by path: a page, a list of pages in turn, or an error; whatever is not stated is empty."""

    def __init__(self, **answers: Any) -> None:
        self.answers = {path: answers.get(name, {name: []}) for path, name in LISTS.items()}
        self.asked: list[tuple[str, str, tuple[tuple[str, str], ...], Any]] = []

    def __call__(
        self, method: str, path: str, query: Sequence[tuple[str, str]] = (), body: bytes | None = None
    ) -> Mapping[str, object]:
        self.asked.append((method, path, tuple(query), msgspec.json.decode(body) if body else None))
        said = self.answers.get(path, {})
        if isinstance(said, list):
            said = said.pop(0) if len(said) > 1 else said[0]
        if isinstance(said, Exception):
            raise said
        found: Mapping[str, object] = said
        return found


def look(account: Account, memory: Memory | None = None) -> Any:
    return setup.survey(account, WANTED, PREFIX, memory or Memory())


def step(verb: Any = "make", key: str = "level.fast", **request: Any) -> Step:
    made = Request(**{"method": "POST", "path": ("/api/v2/x",), **request})
    return Step(key=key, verb=verb, what="a thing", why="a test wants it", request=made)


def policy(key: int, **more: object) -> There:
    raw = {"id": key, "title": "T", "description": "", "position": key, **more}
    return there(raw, name="title", text="description")


def field(key: int, title: str, **more: object) -> There:
    raw = {"id": key, "title": title, "type": "tagger", "agent_description": "", **more}
    return there(raw, name="title", text="agent_description")


def test_f_page_04_lists_are_read_page_by_page_and_their_addresses_not_followed() -> None:
    """By cursor and by number, our thing on the last page is found; only our own paths are asked."""
    away = "https://evil.example/api/v2/webhooks?page=2"
    hook = {"id": "01B", "name": "H", "description": mark(PREFIX, "webhook.events"), "status": "active"}
    account = Account(
        webhooks=[
            {
                "webhooks": [{"id": "01A", "name": "x"}],
                "meta": {"has_more": True, "after_cursor": "abc"},
                "links": {"next": away},
            },
            {"webhooks": [hook], "meta": {"has_more": False, "after_cursor": "def"}},
        ],
        sla_policies=[
            {"sla_policies": [{"id": 1, "title": "x"}], "next_page": away},
            {
                "sla_policies": [{"id": 2, "title": "x", "description": mark(PREFIX, "level.calm")}],
                "next_page": None,
            },
        ],
    )
    found = look(account).found
    assert found == {"webhook.events": "01B", "level.calm": "2"}
    assert {path for _, path, _, _ in account.asked} == set(LISTS)
    assert (("page[size]", "100"), ("page[after]", "abc")) in {query for _, _, query, _ in account.asked}
    assert (("page", "2"),) in {query for _, _, query, _ in account.asked}


def test_f_page_05_a_list_that_never_ends_is_left() -> None:
    """Pages that bring nothing new end the reading, whatever they say of a next one."""
    account = Account(webhooks={"webhooks": [{"id": "01A"}], "meta": {"has_more": True, "after_cursor": "a"}})
    look(account)
    assert [path for _, path, _, _ in account.asked].count("/api/v2/webhooks") == 2


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (RejectedError("The help desk refuses this (404).", status=404), "plan may not include it"),
        (UnavailableError("The help desk does not offer this to us (403).", status=403), "403"),
        ({"sla_policies": None}, "cannot be understood"),
        ({"sla_policies": [{"title": "no id"}]}, "cannot be understood"),
        ({"sla_policies": [{"id": "../x"}]}, "cannot be understood"),
    ],
)
def test_a_part_that_is_not_offered_or_not_understood_is_left_out(fault: Any, said: str) -> None:
    """Its reason is given, it hinders, and the other parts have their steps."""
    survey = look(Account(sla_policies=fault))
    (left,) = survey.left
    assert (left.key, left.hinders) == ("service level policies", True)
    assert said in left.reason
    assert [step.key for step in survey.steps][:2] == ["field.segment", "field.service_level"]


def test_an_answer_that_names_no_id_is_in_doubt() -> None:
    """Nobody knows what was made: reading has to tell."""
    answers: tuple[Mapping[str, object], ...] = ({}, {"sla_policy": {}}, {"sla_policy": {"id": "a b"}})
    for said in answers:
        account = Account()
        account.answers["/api/v2/x"] = said
        with pytest.raises(UnknownOutcomeError):
            setup.take(account, step(), {})


def test_ids_that_are_only_known_later_stand_where_they_belong() -> None:
    """References in path, query and body become the ids of the things made before."""
    account = Account()
    request: dict[str, Any] = {
        "path": ("/api/v2/x", Ref("a")),
        "query": (("ids", (Ref("b"), "7")),),
        "body": {"deep": [{"of": Ref("a")}, "text"]},
    }
    setup.take(account, step("change", **request), {"a": "1", "b": "2"})
    assert account.asked == [("POST", "/api/v2/x/1", (("ids", "2,7"),), {"deep": [{"of": "1"}, "text"]})]


def test_what_is_gone_already_counts_as_removed() -> None:
    """A 404 to a removal is what was wanted; to anything else it is a refusal."""
    account = Account()
    account.answers["/api/v2/x"] = RejectedError("gone", status=404)
    assert setup.take(account, step("remove"), {}).id == ""
    with pytest.raises(RejectedError):
        setup.take(account, step("change"), {})


@pytest.mark.parametrize("said", [{}, {"signing_secret": None}, {"signing_secret": {"secret": ""}}])
def test_a_webhook_without_a_secret_is_refused(said: Mapping[str, object]) -> None:
    """An app's webhook reveals none, and without one nothing can be verified."""
    account = Account()
    account.answers["/api/v2/x/01A/signing_secret"] = said
    asked = step("fetch", "webhook.events/secret", method="GET", path=("/api/v2/x", "01A", "signing_secret"))
    with pytest.raises(RejectedError, match="no secret"):
        setup.take(account, asked, {})


def test_a_remembered_id_counts_more_than_any_mark() -> None:
    """Of two with our mark the remembered one is ours; a mark of another prefix is another installation's."""
    text = mark(PREFIX, "level.fast")
    things = [policy(1, description=text), policy(2, description=text)]
    assert recognise(things, PREFIX, "level.fast", Memory(ids={"level.fast": "2"})).thing == things[1]
    assert recognise(things, PREFIX, "level.fast", Memory()).twins == ("1", "2")
    assert recognise(things, "other_", "level.fast", Memory()).thing is None
    assert recognise(things, PREFIX, "level.fas", Memory()).thing is None


@pytest.mark.parametrize(
    ("there", "order"),
    [
        ([], None),
        (["fast", "calm"], None),
        (["fast", "calm", "x"], None),
        (["calm", "fast"], ("1", "0")),
        (["x", "fast", "calm"], ("1", "2", "0")),
        (["fast", "x", "calm", "y"], ("0", "2", "1", "3")),
        (["former", "fast", "calm", "x"], None),
        (["fast", "former", "calm", "x"], None),
        (["x", "former", "fast", "calm"], ("2", "3", "0", "1")),
        (["x"], ("fast", "calm", "0")),
        (["calm"], ("fast", "0")),
    ],
)
def test_policies_are_only_moved_where_they_must(there: list[str], order: tuple[str, ...] | None) -> None:
    """Ours in order before all others is right however former ones lie between; anything else is one step."""
    things = [
        policy(
            place,
            description="" if name in "xy" else mark(PREFIX, f"level.{name}"),
            title=f"Deskcue: {name.title()}",
            filter={"all": [{"field": "current_tags", "operator": "includes", "value": f"cue_sla_{name}"}]},
            policy_metrics=_rows(FAST if name == "fast" else CALM),
        )
        for place, name in enumerate(there)
    ]
    wanted = WANTED if there else msgspec.structs.replace(WANTED, levels=())
    survey = setup_levels.compare(things, wanted, PREFIX, Memory())
    moves = [one for one in survey.steps if one.key == "level order"]
    if order is None:
        assert moves == []
        return
    (move,) = moves
    values = move.request.query[0][1]
    assert tuple(one.key.removeprefix("level.") if isinstance(one, Ref) else one for one in values) == order


def _rows(level: Level) -> list[dict[str, object]]:
    return [
        {"priority": priority, "metric": "first_reply_time", "target": seconds // 60, "business_hours": False}
        for priority, seconds in level.first_reply.items()
    ]


def test_a_field_that_is_no_drop_down_gets_no_choices() -> None:
    """A remembered id of a field of another type is named and not written to."""
    memory = Memory(ids={"field.segment": "5"})
    survey = setup_fields.compare([field(5, "Segment", type="text")], WANTED, PREFIX, memory)
    assert [one.key for one in survey.steps] == ["field.service_level"]
    assert any("not a drop-down" in one.reason for one in survey.left if one.hinders)


def test_a_checkbox_tag_of_another_field_is_a_conflict_too() -> None:
    """Values and checkbox tags are one name space at the desk."""
    things = [field(5, "Premium?", type="checkbox", tag="cue_segment_gold")]
    survey = setup_fields.compare(things, WANTED, PREFIX, Memory())
    assert [one.key for one in survey.steps] == ["field.service_level"]
    (left,) = survey.left
    assert (left.key, left.hinders) == ("field.segment/gold", True)


def test_a_policy_without_segments_and_levels_needs_no_fields() -> None:
    """There is nothing to show, so nothing is made."""
    survey = setup.survey(Account(), Requirements(), PREFIX, Memory())
    assert survey.steps == ()
    assert not any(one.hinders for one in survey.left)
