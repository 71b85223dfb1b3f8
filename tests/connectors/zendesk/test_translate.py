"""Zendesk's records in our words: every oddity that was seen has a defined result."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.messages import Told
from connectors.records import Ticket
from connectors.zendesk import translate
from connectors.zendesk.wire import WireTicketField
from tests.connectors.zendesk.scripted import PREFIX, a_rating, a_ticket, a_user, an_organization

NAMES = {30: "product_area", 31: "sla_met"}


def at(text: str) -> int:
    return int(datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC).timestamp())


def ticket(**changes: object) -> Ticket:
    return translate.ticket(a_ticket(1, **changes), names=NAMES, prefix=PREFIX)


def test_a_ticket_in_our_words() -> None:
    """Ids become text, times seconds, the stamp stays as the desk wrote it, metrics become plain numbers."""
    metrics = {
        "ticket_id": 1,
        "replies": 3,
        "reopens": 1,
        "assignee_stations": 3,
        "reply_time_in_minutes": {"calendar": 42, "business": 12},
        "solved_at": "2026-10-02T09:00:00Z",
    }
    found = ticket(
        tags=["b", "a", "cue_vip", "cue_sla_gold"], metric_set=metrics, priority="high", group_id=5
    )
    assert (found.id, found.customer_id, found.group_id) == ("1", "901", "5")
    assert found.version == 1_790_933_401
    assert found.stamp == "2026-10-02T09:30:00Z"
    assert found.created_at == at("2026-10-01 08:00")
    assert found.updated_at == at("2026-10-02 09:30")
    assert found.solved_at == at("2026-10-02 09:00")
    assert found.tags == ("a", "b", "cue_vip")
    assert found.service_level == "gold"
    assert found.priority == "high"
    assert found.channel == "email"
    assert (found.replies, found.reopens, found.reassignments, found.first_reply_minutes) == (3, 1, 2, 42)
    assert not found.deleted


def test_missing_metrics_are_unknown_not_zero() -> None:
    """Without a metric set the numbers are None; a ticket never assigned was reassigned 0 times."""
    found = ticket()
    assert (found.replies, found.reopens, found.reassignments, found.first_reply_minutes) == (None,) * 4
    assert ticket(metric_set={"assignee_stations": 0}).reassignments == 0


def test_without_an_export_stamp_the_last_change_is_the_version() -> None:
    """A record shown by id has no generated_timestamp; its updated_at counts."""
    assert ticket(generated_timestamp=None).version == at("2026-10-02 09:30")


@pytest.mark.parametrize("status", ["deleted", "scrubbed"])
def test_a_deleted_ticket_keeps_no_scrubbed_text(status: str) -> None:
    """A deletion is a tombstone: what the desk puts into the subject then is not taken over."""
    found = ticket(status=status, subject="SCRUBBED", metric_set={"replies": 0})
    assert found.deleted
    assert found.subject is None
    assert found.waiting_since is None
    assert found.customer_id == "901"


CREATED = at("2026-10-01 08:00")
ASKED = {"replies": 2, "requester_updated_at": "2026-10-02T09:00:00Z"}


@pytest.mark.parametrize(
    ("status", "metrics", "since"),
    [
        ("new", None, CREATED),
        ("open", None, None),
        ("new", {"replies": 0}, CREATED),
        ("open", {"replies": 0}, CREATED),
        ("open", {**ASKED, "assignee_updated_at": "2026-10-01T09:00:00Z"}, at("2026-10-02 09:00")),
        ("open", {**ASKED, "assignee_updated_at": "2026-10-03T09:00:00Z"}, None),
        ("open", {**ASKED, "assignee_updated_at": "2026-10-02T09:00:00Z"}, None),
        ("open", {**ASKED, "assignee_updated_at": None}, None),
        ("open", {"replies": 2}, None),
        ("pending", {"replies": 0}, None),
        ("hold", {"replies": 0}, None),
        ("solved", {**ASKED, "assignee_updated_at": "2026-10-01T09:00:00Z"}, None),
    ],
)
def test_since_when_the_customer_waits(
    status: str, metrics: dict[str, object] | None, since: int | None
) -> None:
    """Waiting begins at the request, or at the customer's last word that is newer than the assignee's."""
    assert ticket(status=status, metric_set=metrics).waiting_since == since


def test_a_second_service_level_stays_visible() -> None:
    """Of two level tags one is the level and the other stays a tag, so that a plan can remove it."""
    found = ticket(tags=["cue_sla_gold", "cue_sla_bronze", "cue_sla_"])
    assert found.service_level == "bronze"
    assert found.tags == ("cue_sla_", "cue_sla_gold")


class Reader:
    """Tells German of everything it is shown that is long enough, and remembers it."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def __call__(self, message: str) -> Told | None:
        self.shown.append(message)
        return Told("de", 0.97) if len(message) > 9 else None


THEIRS = {"submitter_id": 901, "description": "Wo ist mein Paket?"}


def read(**changes: object) -> tuple[Ticket, list[str]]:
    """A ticket with the customer's own message, as it is read, and what was shown to the reader."""
    reader = Reader()
    raw = a_ticket(1, **{**THEIRS, **changes})
    return translate.ticket(raw, names=NAMES, prefix=PREFIX, reader=reader), reader.shown


def test_the_customers_own_message_is_read() -> None:
    """Its language and probability stand on the ticket, and none of its words do."""
    found, shown = read()
    assert (found.message_language, found.message_language_probability) == ("de", 0.97)
    assert shown == ["Wo ist mein Paket?"]
    assert "Paket" not in repr(found)


@pytest.mark.parametrize(
    "changes",
    [
        {"submitter_id": 77},
        {"submitter_id": None},
        {"submitter_id": 0, "requester_id": 0},
        {"via": {"channel": "voice"}},
        {"via": {"channel": "chat"}},
        {"via": {"channel": "native_messaging"}},
        {"via": None},
        {"status": "deleted"},
    ],
)
def test_what_the_customer_did_not_write_is_nobodys_language(changes: dict[str, object]) -> None:
    """What agents, calls, chats and the desk itself write is shown to no reader."""
    found, shown = read(**changes)
    assert shown == []
    assert (found.message_language, found.message_language_probability) == (None, None)


def test_the_subject_helps_where_the_message_is_too_short() -> None:
    """It is read beside the message, and only then; where both tell nothing the language is unknown."""
    found, shown = read(description="Hallo", subject="Kennwort vergessen")
    assert found.message_language == "de"
    assert shown == ["Hallo", "Kennwort vergessen\nHallo"]
    found, shown = read(description=None, subject="Hi")
    assert found.message_language is None
    assert shown == ["", "Hi\n"]


def test_without_a_reader_nothing_is_told() -> None:
    """The message is not even taken from the answer."""
    found = ticket(**THEIRS)
    assert (found.message_language, found.message_language_probability) == (None, None)


@pytest.mark.parametrize(
    ("via", "channel"),
    [
        ({"channel": "voice"}, "voice"),
        ("web", None),
        (None, None),
        ([], None),
        ({}, None),
        ({"channel": 4}, None),
    ],
)
def test_f_data_04_a_channel_in_any_shape(via: object, channel: str | None) -> None:
    """``via`` of another shape than documented leaves the channel unknown."""
    assert ticket(via=via).channel == channel


def test_custom_fields_by_key() -> None:
    """Values keep their type, empty ones are absent, fields nobody described keep their id as key."""
    values: list[tuple[int, object]] = [
        (30, "Billing"),
        (31, True),
        (77, 2.5),
        (78, None),
        (79, ["b", "a"]),
        (80, ""),
    ]
    found = ticket(custom_fields=[{"id": key, "value": value} for key, value in values])
    assert found.fields == {
        "product_area": "Billing",
        "sla_met": True,
        "field_77": 2.5,
        "field_79": ("b", "a"),
    }


def test_keys_of_ticket_fields_come_from_their_titles() -> None:
    """Titles become keys; of two alike the older keeps it; system fields and unreadable titles take none."""
    fields = [
        WireTicketField(id=32, title="product-AREA", type="tagger"),
        WireTicketField(id=30, title="Product area", type="text"),
        WireTicketField(id=31, title="SLA met?", type="checkbox"),
        WireTicketField(id=33, title="製品", type="text"),
        WireTicketField(id=12, title="Priority", type="priority"),
        WireTicketField(id=40, title="Priority", type="text"),
    ]
    names = translate.field_names(fields)
    assert names == {
        30: "product_area",
        31: "sla_met",
        32: "product_area_32",
        33: "field_33",
        40: "priority",
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "1"},
        {"id": 0},
        {"id": -4},
        {"id": 2**63},
        {"id": True},
        {"id": 1.0},
        {"requester_id": 2**63},
        {"subject": 5},
        {"status": "parked"},
        {"priority": "immediate"},
        {"updated_at": None},
        {"updated_at": "yesterday, by ana@example.com"},
        {"created_at": 1_700_000_000},
        {"tags": "one two"},
        {"tags": [1]},
        {"custom_fields": {"30": "x"}},
        {"custom_fields": [{"id": 30, "value": 2**63}]},
        {"generated_timestamp": -1},
        {"metric_set": {"replies": "many"}},
        {"metric_set": {"solved_at": "never"}},
    ],
)
def test_f_data_03_and_05_what_is_no_ticket_is_refused_without_its_content(
    changes: dict[str, object],
) -> None:
    """A record of a wrong shape raises ValueError, and the reason holds nothing of the record."""
    with pytest.raises(ValueError, match=r"\w") as caught:
        ticket(**changes)
    assert "parcel" not in str(caught.value)
    assert "ana@example.com" not in str(caught.value)


@pytest.mark.parametrize("raw", [None, [], "x", 5, {}])
def test_f_data_05_what_is_no_record_at_all_is_refused(raw: object) -> None:
    """Anything that is not an object with an id raises ValueError in each stream."""
    for kind in (translate.organization, translate.customer, translate.rating):
        with pytest.raises(ValueError, match=r"\w"):
            kind(raw)


def test_a_nobody_is_none() -> None:
    """Ids of 0 and below in references stand for nobody."""
    found = ticket(requester_id=0, assignee_id=-1, organization_id=None)
    assert (found.customer_id, found.assignee_id, found.organization_id) == (None, None, None)


def test_f_data_01_and_02_texts_are_made_storable() -> None:
    """NUL and halves of characters become the replacement character; everything else stays."""
    found = ticket(
        subject="a\x00b\ud83dc 🙂\u202e", tags=["x\x00"], custom_fields=[{"id": 30, "value": "\udc00"}]
    )
    assert found.subject == "a\ufffdb\ufffdc 🙂\u202e"
    assert found.tags == ("x\ufffd",)
    assert found.fields == {"product_area": "\ufffd"}
    found.subject.encode()


def test_a_customer_in_our_words() -> None:
    """The IANA zone wins over the vendor's own, dates stay text, empty mail is none."""
    found = translate.customer(
        a_user(
            7,
            email="",
            organization_id=3,
            time_zone="Bern",
            iana_time_zone="Europe/Zurich",
            tags=["vip"],
            user_fields={"plan": "team", "renewal": "2026-06-30T00:00:00+00:00", "age": 44, "gone": None},
        )
    )
    assert (found.id, found.email, found.organization_id) == ("7", None, "3")
    assert found.time_zone == "Europe/Zurich"
    assert found.fields == {"plan": "team", "renewal": "2026-06-30T00:00:00+00:00", "age": 44}
    assert found.version == found.updated_at == at("2026-10-02 09:30")
    assert not found.deleted


@pytest.mark.parametrize(
    "changes", [{"role": "agent"}, {"role": "admin"}, {"active": False}, {"name": "Permanently Deleted User"}]
)
def test_staff_and_deleted_people_are_no_customers(changes: dict[str, object]) -> None:
    """A promotion and a deletion both arrive as deleted; an erased person has no name."""
    found = translate.customer(a_user(7, **changes))
    assert found.deleted
    assert found.name in ("", "Person 7")
    assert (found.name == "") == ("name" in changes)


def test_an_organization_in_our_words() -> None:
    """Fields come by key, and a deletion stamp makes it deleted."""
    found = translate.organization(an_organization(3, tags=None))
    assert (found.id, found.name, found.fields, found.deleted) == ("3", "Company 3", {"plan": "team"}, False)
    assert translate.organization(an_organization(3, deleted_at="2026-10-03T00:00:00Z")).deleted


def test_a_rating_keeps_the_verdict_and_not_the_words() -> None:
    """Whether there was a comment is kept, the comment is not; unanswered surveys are no ratings."""
    found = translate.rating(a_rating(5, comment="Never again", score="bad"))
    assert found is not None
    assert (found.id, found.score, found.commented, found.customer_id) == ("5", "bad", True, "901")
    assert "Never again" not in repr(found)
    blank = translate.rating(a_rating(5, comment="  "))
    assert blank is not None
    assert not blank.commented
    assert translate.rating(a_rating(5, score="offered")) is None
