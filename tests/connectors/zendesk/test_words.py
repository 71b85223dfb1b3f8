"""The account's own words, ratings of the newer kind, and what service levels promise."""

from __future__ import annotations

import pytest

from connectors.errors import RejectedError, UnavailableError
from connectors.records import Choice, Page, Rating, Stream, Target, Term, Ticket
from tests.connectors.fault_server import as_json
from tests.connectors.zendesk.scripted import NOT_OFFERED, Script, a_rating, a_ticket, desk, exported
from tests.connectors.zendesk.test_streams import rated, walked

AT = "2026-10-02T09:30:00Z"
OPTIONS = [{"id": 1, "name": "Low", "value": "low"}, {"id": 2, "name": "Normal", "value": "normal"}]


def terms(script: Script, stream: Stream) -> tuple[Page, list[Term]]:
    with desk(script) as account:
        (page,) = walked(account, stream)
    return page, [one for one in page.records if isinstance(one, Term)]


def test_fields_come_with_their_choices_and_hidden_ones_are_left_out() -> None:
    """A priority field whose sub-type hides the extremes offers neither; dropdowns offer their options."""
    levels = [{"name": one.title(), "value": one} for one in ("urgent", "high", "normal", "low")]
    fields = [
        {"id": 12, "title": "Priority", "type": "priority", "sub_type_id": 1, "system_field_options": levels},
        {"id": 30, "title": "Area", "type": "tagger", "custom_field_options": OPTIONS, "updated_at": AT,
         "active": False, "position": 3},
    ]  # fmt: skip
    page, found = terms(Script(ticket_fields=[as_json({"ticket_fields": fields})]), Stream.TICKET_FIELDS)
    assert page.whole
    assert [choice.value for choice in found[0].choices] == ["high", "normal"]
    assert found[0].key == "priority"
    assert (found[1].id, found[1].active, found[1].position) == ("ticket_fields:30", False, 3)
    assert found[1].choices == (Choice("low", "Low"), Choice("normal", "Normal"))


def test_a_list_in_pages_is_read_to_its_end() -> None:
    """Groups are followed by cursor; deleted ones say so."""
    first = {"groups": [{"id": 1, "name": "A"}], "meta": {"has_more": True, "after_cursor": "g1"}}
    second = {"groups": [{"id": 2, "name": "B", "deleted": True}], "meta": {"has_more": False}}
    script = Script(groups=[as_json(first), as_json(second)])
    page, found = terms(script, Stream.GROUPS)
    assert [(one.name, one.deleted) for one in found] == [("A", False), ("B", True)]
    assert script.asked[-1] == ("groups", {"page[size]": "100", "page[after]": "g1"})
    assert page.whole


def test_a_list_that_goes_on_elsewhere_says_nothing_about_what_is_gone() -> None:
    """A next page that cannot be asked for, or a record that cannot be read: the list is not whole."""
    more = {"groups": [{"id": 1, "name": "A"}], "next_page": "https://evil.example/?page=2"}
    odd = {"groups": [{"id": 1, "name": "A"}, {"id": 2, "name": 5}], "next_page": None}
    assert not terms(Script(groups=[as_json(more)]), Stream.GROUPS)[0].whole
    page, found = terms(Script(groups=[as_json(odd)]), Stream.GROUPS)
    assert (page.whole, len(found), page.dead[0].id) == (False, 1, "2")


def test_statuses_brands_and_service_levels_become_terms() -> None:
    """A status keeps its category as type, a brand its subdomain as key, a policy its filter and targets."""
    policy = {
        "id": 25, "title": "VIP", "position": 1, "filter": {"all": [], "any": []},
        "policy_metrics": [{"metric": "first_reply_time", "target": 30}],
    }  # fmt: skip
    script = Script(
        custom_statuses=[as_json({"custom_statuses": [
            {"id": 7, "agent_label": "With Finance", "status_category": "hold", "updated_at": AT}
        ]})],
        brands=[as_json({"brands": [{"id": 3, "name": "Acme", "subdomain": "acme", "is_deleted": True}]})],
        slas_policies=[as_json({"sla_policies": [policy], "next_page": None})],
    )  # fmt: skip
    (status,), (brand,), (level,) = (
        terms(script, one)[1] for one in (Stream.STATUSES, Stream.BRANDS, Stream.SERVICE_LEVELS)
    )
    assert (status.name, status.type) == ("With Finance", "hold")
    assert (brand.key, brand.deleted) == ("acme", True)
    assert (level.name, level.position) == ("VIP", 1)
    assert '"target":30' in level.detail["targets"]


@pytest.mark.parametrize("status", [403, 404])
def test_pitfall_10_a_part_that_the_plan_lacks_is_unavailable_with_the_reason(status: int) -> None:
    """Not an empty list and not a failure of the run: UnavailableError, naming what the desk said."""
    no = as_json({"error": "InvalidEndpoint", "description": "Not found"}, status)
    with pytest.raises(UnavailableError, match="InvalidEndpoint"):
        terms(Script(slas_policies=[no]), Stream.SERVICE_LEVELS)


def test_a_refused_list_is_no_empty_list() -> None:
    """A 400 raises with the desk's words, so that nothing is taken for gone."""
    no = as_json({"error": {"title": "Invalid attribute", "message": "page"}}, 400)
    with pytest.raises(RejectedError, match="Invalid attribute"):
        terms(Script(brands=[no]), Stream.BRANDS)


def a_survey(number: int, category: str | None, **changes: object) -> dict[str, object]:
    answer = {"type": "rating_scale", "rating": 5, "rating_category": category, "created_at": AT}
    return {
        "id": f"01SURVEY{number}",
        "responder_id": 901,
        "subjects": [{"id": "5158", "type": "ticket", "zrn": "zen:ticket:5158"}],
        "answers": [answer, {"type": "open_ended", "value": "Quick!", "created_at": AT}],
        **changes,
    }


def surveyed(rows: list[dict[str, object]], cursor: str | None, *, more: bool) -> bytes:
    return as_json({"survey_responses": rows, "meta": {"has_more": more, "after_cursor": cursor}})


def ratings(pages: list[Page]) -> list[Rating]:
    return [one for page in pages for one in page.records if isinstance(one, Rating)]


def test_surveys_are_read_where_the_older_ratings_are_not_offered() -> None:
    """The verdict's category is the score, the ticket is its subject, and the words are not kept."""
    script = Script(
        satisfaction_ratings=[NOT_OFFERED],
        guide_survey_responses=[
            surveyed([a_survey(1, "good"), a_survey(2, None)], "s1", more=True),
            surveyed([a_survey(3, "bad", responder_id="902", answers=[
                {"rating_category": "bad", "created_at": AT, "updated_at": "2026-10-03T09:30:00Z"}])],
                "s2", more=False),
            surveyed([], "s2", more=False),
        ],
    )  # fmt: skip
    with desk(script) as account:
        pages = walked(account, Stream.RATINGS)
        found = ratings(pages)
        walked(account, Stream.RATINGS, pages[-1].cursor)
    assert [(one.score, one.customer_id, one.ticket_id) for one in found] == [
        ("good", "901", "5158"),
        ("bad", "902", "5158"),
    ]
    assert [one.commented for one in found] == [True, False]
    assert found[1].version > found[1].created_at
    assert "Quick" not in repr(pages)
    assert script.asked[-1] == ("guide_survey_responses", {"page[size]": "100", "page[after]": "s2"})


def test_both_kinds_are_read_where_both_have_something() -> None:
    """An account that changed over has verdicts of both kinds."""
    script = Script(
        satisfaction_ratings=[rated([a_rating(1)], None, more=False)],
        guide_survey_responses=[surveyed([a_survey(1, "neutral")], None, more=False)],
    )
    with desk(script) as account:
        found = ratings(walked(account, Stream.RATINGS))
    assert [one.score for one in found] == ["good", "neutral"]


PROMISES = [
    {"metric": "first_reply_time", "stage": "active", "breach_at": "2026-10-02T11:00:00Z", "minutes": 90},
    {"metric": "next_reply_time", "stage": "active", "breach_at": "2026-10-02T10:00:00Z", "hours": -1},
    {"metric": "requester_wait_time", "stage": "paused", "breach_at": None},
    {"metric": "total_resolution_time", "stage": "achieved", "breach_at": "2026-10-01T10:00:00Z"},
]


@pytest.mark.parametrize("beside", [False, True])
def test_service_level_targets_are_found_inside_and_beside_the_tickets(beside: bool) -> None:
    """The earliest running target is when the ticket breaches; what is achieved or paused does not count."""
    page: dict[str, object] = {"after_cursor": "c", "end_of_stream": True}
    page["tickets"] = [a_ticket(1), a_ticket(2)]
    if beside:
        page["slas"] = [{"ticket_id": 1, "policy_metrics": PROMISES}]
    else:
        page["tickets"] = [a_ticket(1, slas={"policy_metrics": PROMISES}), a_ticket(2, slas=None)]
    script = Script(incremental_tickets_cursor=[as_json(page)])
    with desk(script) as account:
        (read,) = walked(account, Stream.TICKETS)
    first, second = read.records
    assert isinstance(first, Ticket)
    assert isinstance(second, Ticket)
    assert first.breach_at == 1_790_935_200
    assert first.targets[2] == Target(metric="requester_wait_time", stage="paused")
    assert (second.breach_at, second.targets) == (None, ())


def test_pitfall_08_a_deleted_ticket_is_known_by_its_status() -> None:
    """It comes as deleted without its scrubbed text, and is absent where tickets are asked for by id."""
    gone = a_ticket(1, status="deleted", subject="SCRUBBED", description="SCRUBBED", tags=[])
    script = Script(
        incremental_tickets_cursor=[exported("tickets", [gone], "c", end=True)],
        tickets_show_many=[as_json({"tickets": [gone]})],
    )
    with desk(script) as account:
        (page,) = walked(account, Stream.TICKETS)
        assert account.tickets(["1"]) == {}
    (ticket,) = page.records
    assert isinstance(ticket, Ticket)
    assert (ticket.deleted, ticket.subject) == (True, None)
