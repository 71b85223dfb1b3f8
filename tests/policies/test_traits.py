"""Traits: what is copied from fields, what is computed over tickets and ratings, and what is not known."""

from __future__ import annotations

import pytest

from policies.model import Policy
from policies.standing import Value
from tests.policies.desk import DAY, NOW, Desk, one


def known(desk: Desk, trait: str, customer: str, of: str = "true") -> Value:
    """The value of one trait, declared as ``trait``, for a customer."""
    return desk.standing(one(of, f"asked_for: {trait}"), customer).traits["asked_for"]


def field(type_: str, value: object) -> Value:
    """What a custom field of a customer is when read as ``type_``."""
    desk = Desk()
    customer = desk.add("customers", fields={"it": value})
    return known(desk, f"{{from: customer.fields.it, type: {type_}}}", customer)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5, 5),
        (2.5, 2.5),
        ("5", 5),
        ("-2.5", -2.5),
        ("007", 7),
        ("1,000", None),
        ("1e5", None),
        ("5 seats", None),
        ("", None),
        ("-", None),
        (".", None),
        ("5.", None),
        (".5", None),
        ("1.2.3", None),
        (0.1234567, 0.123457),
        (-0.1234567, -0.123457),
        (1e-9, 0),
        (1234567890.25, 1234567890.25),
        (1e15, 10**15),
        (1e16, None),
        (-1e16, None),
        (2**70, None),
        ("--5", None),
        ("5-5", None),
        ("1234567890123456789", None),
        (True, None),
        (None, None),
        (["5"], None),
        ({"a": 5}, None),
    ],
)
def test_number_fields(value: object, expected: Value) -> None:
    """A number is a JSON number or a plain number as text, to six decimals and up to 1e15."""
    assert field("number", value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, True), (False, False), ("true", None), (1, None), (0, None), ("", None), (None, None)],
)
def test_boolean_fields(value: object, expected: Value) -> None:
    """Only true and false are yes and no."""
    assert field("boolean", value) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1970-01-02", DAY),
        ("1970-01-02T00:00:00Z", DAY),
        ("1970-01-02T00:00:00+00:00", DAY),
        ("1970-01-02T02:00:00+02:00", DAY),
        ("1970-01-02 00:00:01.500", DAY + 1),
        ("1970-01-01 23:59", DAY - 60),
        ("1970-01-01T00:00:00.123456-14:59", 14 * 3600 + 59 * 60),
        ("0001-01-01", -62_135_596_800),
        ("9999-12-31 23:59:59", 253_402_300_799),
        ("9999-12-31T23:59:59-00:01", None),
        ("0000-12-31", None),
        ("1970-01-01T24:00", None),
        ("1970-01-01T00:60", None),
        ("1970-01-01T00:00:60", None),
        ("1970-01-01T00:00+15:00", None),
        ("1970-01-01T00:00+05:60", None),
        ("1970-01-01T00:00:00.1", None),
        ("1970-01-01T00Z", None),
        ("1970-01-01Z", None),
        ("1970-01-01t00:00", None),
        (" 1970-01-01", None),
        ("2024-02-29", 1_709_164_800),
        ("2023-02-29", None),
        ("2026-02-31T00:00:00Z", None),
        ("2026-13-01", None),
        ("now", None),
        ("12:00", None),
        ("2460000.5", None),
        ("31.12.2026", None),
        ("2026-06-30 or so", None),
        ("", None),
        (1_709_164_800, None),
        (None, None),
    ],
)
def test_date_fields(value: object, expected: Value) -> None:
    """A date is a text in ISO form that exists in the calendar, as UTC seconds; garbage is not known."""
    assert field("date", value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("é'%", "é'%"),
        ("", ""),
        (5, "5"),
        (-5, "-5"),
        (2.5, None),
        (10**15, None),
        (True, None),
        (["a"], None),
    ],
)
def test_text_fields(value: object, expected: Value) -> None:
    """A text is a text, or a whole number of up to 15 digits as they are written; nothing else is."""
    assert field("text", value) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(["a", "b"], ["a", "b"]), ([], []), ("a", None), (None, None), ({"a": 1}, None)]
)
def test_set_fields(value: object, expected: Value) -> None:
    """A set is a list of texts."""
    assert field("set", value) == expected


@pytest.mark.parametrize("name", ["Plan name", "über-plan", "a.b", "it's", "$.x", "[0]"])
def test_a_field_has_any_name(name: str) -> None:
    """A field's own name may hold spaces, dots and accents; it is bound, not spliced."""
    desk = Desk()
    customer = desk.add("customers", fields={name: "yes", "a": {"b": "no"}})
    assert known(desk, f'{{from: "customer.fields.{name}", type: text}}', customer) == "yes"


def test_a_field_that_is_absent_is_not_known() -> None:
    """A customer without the field has no value, and a condition on it is unknown."""
    desk = Desk()
    customer = desk.add("customers")
    standing = desk.standing(one("it = 1", "it: {from: customer.fields.it, type: number}"), customer)
    assert standing.traits == {"it": None}
    assert standing.segments == (None,)


def test_columns_are_copied_with_their_types() -> None:
    """Columns of the customer and the organization are read as they are stored."""
    desk = Desk()
    organization = desk.add("organizations", name="Acme", created_at=5)
    customer = desk.add("customers", organization_id=organization, tags=["a", "b"], locale="de", created_at=7)
    policy = one(
        "'a' in own_tags",
        "own_tags: {from: customer.tags}, language: {from: customer.locale},"
        " born: {from: customer.created_at}, company: {from: organization.name},"
        " founded: {from: organization.created_at}",
    )
    standing = desk.standing(policy, customer)
    assert standing.traits == {
        "own_tags": ["a", "b"],
        "language": "de",
        "born": 7,
        "company": "Acme",
        "founded": 5,
    }
    assert standing.segments == (True,)


def test_a_deleted_organization_is_not_read() -> None:
    """What belonged to an organization that is gone is not known any more."""
    desk = Desk()
    organization = desk.add("organizations", name="Acme", deleted=True)
    customer = desk.add("customers", organization_id=organization)
    assert known(desk, "{from: organization.name}", customer) is None


@pytest.fixture(name="desk")
def busy_desk() -> Desk:
    """Customer ``a`` has five tickets that count, one deleted, one in the future; ``b`` has none."""
    desk = Desk()
    for customer in ("a", "b"):
        desk.add("customers", id=customer)
    rows: list[tuple[int, str, int | None, object]] = [
        (1, "email", 0, True),
        (10, "voice", 2, False),
        (40, "voice", None, None),
        (400, "web", 1, True),
        (500, "voice", 0, True),
    ]
    for days, channel, reopens, met in rows:
        desk.add(
            "tickets",
            customer_id="a",
            created_at=NOW - days * DAY,
            channel=channel,
            reopens=reopens,
            fields={"met": met},
        )
    desk.add("tickets", customer_id="a", created_at=NOW - DAY, channel="voice", reopens=9, deleted=True)
    desk.add("tickets", customer_id="a", created_at=NOW + 1, channel="voice", reopens=9)
    desk.add("tickets", customer_id="c", created_at=NOW - DAY)
    for days, score in ((1, "bad"), (2, "good"), (90, "good")):
        desk.add("ratings", customer_id="a", created_at=NOW - days * DAY, score=score)
    desk.add("ratings", customer_id="a", created_at=NOW - DAY, score="bad", deleted=True)
    return desk


@pytest.mark.parametrize(
    ("trait", "with_tickets", "without"),
    [
        ("{count: tickets}", 5, 0),
        ("{count: tickets, within: 30 days}", 2, 0),
        ("{count: tickets, within: 10 days}", 1, 0),
        ("{count: tickets, where: \"channel = 'voice'\"}", 3, 0),
        ("{count: tickets, where: \"channel = 'voice'\", within: 60 days}", 2, 0),
        ("{count: tickets, where: 'reopens >= 1'}", 2, 0),
        ("{count: tickets, where: 'met'}", 3, 0),
        ("{share: tickets, of: 'reopens >= 1'}", 0.5, None),
        ("{share: tickets, of: 'reopens >= 1', within: 30 days}", 0.5, None),
        ("{share: tickets, of: met}", 0.75, None),
        ("{share: tickets, of: met, where: \"channel = 'voice'\"}", 0.5, None),
        ("{share: tickets, of: 'waiting_since < now'}", None, None),
        ("{sum: ticket.reopens}", 3.0, None),
        ("{average: ticket.reopens}", 0.75, None),
        ("{minimum: ticket.reopens}", 0, None),
        ("{maximum: ticket.reopens}", 2, None),
        ("{maximum: ticket.created_at}", NOW - DAY, None),
        ("{minimum: ticket.created_at}", NOW - 500 * DAY, None),
        ("{maximum: ticket.created_at, where: \"channel = 'web'\"}", NOW - 400 * DAY, None),
        ("{sum: ticket.reopens, within: 5 hours}", None, None),
        ("{count: ratings}", 3, 0),
        ("{count: ratings, where: \"score = 'bad'\", within: 60 days}", 1, 0),
        ("{share: ratings, of: \"score = 'good'\"}", 2 / 3, None),
        ("{share: ratings, of: \"score = 'good'\", within: 60 days}", 0.5, None),
        ("{maximum: rating.created_at}", NOW - DAY, None),
    ],
)
def test_aggregates(desk: Desk, trait: str, with_tickets: Value, without: Value) -> None:
    """Deleted, future and other people's rows do not count; nothing to count is 0 or not known."""
    policy = one("true", f"met: {{from: ticket.fields.met, type: boolean}}, asked_for: {trait}")
    first, second = desk.standings(policy, "a", "b")
    assert first.traits["asked_for"] == with_tickets
    assert second.traits["asked_for"] == without


def test_a_window_is_open_at_its_start_and_closed_at_now() -> None:
    """A ticket made exactly when the window begins is outside; one made now is inside."""
    desk = Desk()
    customer = desk.add("customers")
    for created in (NOW - 30 * DAY, NOW - 30 * DAY + 1, NOW):
        desk.add("tickets", customer_id=customer, created_at=created)
    assert known(desk, "{count: tickets, within: 30 days}", customer) == 2


def test_windows_move_with_the_instant_asked_about() -> None:
    """The same statement gives the answer of any instant."""
    desk = Desk()
    customer = desk.add("customers")
    desk.add("tickets", customer_id=customer, created_at=NOW - DAY)
    policy = one("recent >= 1", "recent: {count: tickets, within: 7 days}")
    assert desk.standing(policy, customer, now=NOW).segments == (True,)
    assert desk.standing(policy, customer, now=NOW + 7 * DAY).segments == (False,)
    assert desk.standing(policy, customer, now=NOW - 2 * DAY).segments == (False,)


@pytest.mark.parametrize(
    ("costs", "total"),
    [
        ([10**15], 10**15),
        ([10**15, 1], None),
        ([10**15, -(10**15)], None),
        ([2**62, 2**62, 5], 5),
        ([0.1, 0.2, -0.3, 0.4], 0.4),
        ([-0.000001, -7.3, 1e-9], -7.300001),
        ([1e8 + 0.1] * 3, 300000000.3),
    ],
)
def test_sums_are_exact_or_unknown(costs: list[float], total: Value) -> None:
    """Millionths are added without rounding; what is together beyond 1e15 is not known."""
    desk = Desk()
    customer = desk.add("customers")
    for cost in costs:
        desk.add("tickets", customer_id=customer, fields={"cost": cost})
    policy = one("total > 0", "cost: {from: ticket.fields.cost, type: number}, total: {sum: ticket.cost}")
    assert desk.standing(policy, customer).traits["total"] == total


def test_every_trait_keeps_the_order_of_the_file() -> None:
    """Computed and copied traits come out in the order in which they were written, without ticket traits."""
    policy: Policy = one(
        "true",
        "z: {count: tickets}, met: {from: ticket.fields.met, type: boolean}, a: {from: customer.name}",
    )
    desk = Desk()
    assert list(desk.standing(policy, desk.add("customers")).traits) == ["z", "a"]
