"""The seeded desk: the same every time, and like a real one in what it holds and lacks."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from itertools import pairwise
from string import Formatter

import msgspec
import pytest

from connectors.sandbox.records import UNSOLVED, Organization, Ticket, User
from connectors.sandbox.seed import seed
from connectors.sandbox.seed.companies import slug
from connectors.sandbox.seed.names import NAMES
from connectors.sandbox.seed.texts import LANGUAGES, texts
from connectors.sandbox.state import Desk
from tests.clock import NOON

DAY = 86_400
SLOTS = {"first", "shop", "device", "agent", "day", "order", "amount", "count"}


@pytest.fixture(scope="module")
def desk() -> Desk:
    return seed(NOON + 1_234)


def customers(desk: Desk) -> list[User]:
    return [user for user in desk.users if not user.staff]


def by_customer(desk: Desk) -> dict[int, list[Ticket]]:
    grouped: dict[int, list[Ticket]] = defaultdict(list)
    for ticket in desk.tickets:
        assert ticket.requester_id is not None
        grouped[ticket.requester_id].append(ticket)
    return grouped


def everything(desk: Desk) -> bytes:
    shelves = (desk.users, desk.organizations, desk.tickets, desk.ratings, desk.ticket_fields, desk.groups)
    return b"".join(
        [*(msgspec.json.encode(list(shelf)) for shelf in shelves),
         msgspec.json.encode(desk.comments), msgspec.json.encode(desk.audits)]
    )  # fmt: skip


def test_the_same_number_and_hour_give_the_same_desk() -> None:
    """Byte for byte within the hour; another number or another hour gives another desk."""

    def small(now: int, number: int = 7) -> bytes:
        return everything(seed(now, customers=30, organizations=6, tickets=90, number=number))

    one = small(NOON + 5)
    assert one == small(NOON + 3_599)
    assert one != small(NOON + 5, number=8)
    assert one != small(NOON + 3_600)


def test_it_has_the_size_that_is_asked_for(desk: Desk) -> None:
    """400 customers in 60 organizations with 2,500 tickets, about 220 of them unsolved."""
    assert (len(customers(desk)), len(desk.organizations), len(desk.tickets)) == (400, 60, 2_500)
    unsolved = [ticket for ticket in desk.tickets if ticket.status in UNSOLVED]
    assert 200 <= len(unsolved) <= 240
    assert {ticket.status for ticket in unsolved} == set(UNSOLVED)
    unset = sum(ticket.priority is None for ticket in unsolved)
    assert 0.35 < unset / len(unsolved) < 0.65
    assert sum(ticket.status == "deleted" for ticket in desk.tickets) == 2


@pytest.mark.parametrize(("people", "companies", "count"), [(0, 0, 0), (1, 0, 3), (5, 1, 0), (3, 70, 40)])
def test_any_size_works(people: int, companies: int, count: int) -> None:
    """Nothing, almost nothing, and more companies than there are names for."""
    small = seed(NOON, customers=people, organizations=companies, tickets=count)
    assert (len(customers(small)), len(small.organizations)) == (people, companies)
    assert len(small.tickets) == (count if people else 0)


def test_everything_lies_in_the_past(desk: Desk) -> None:
    """The exports hand out all of it at once: nothing is younger than the minute they withhold."""
    shelves = (desk.users.order, desk.organizations.order, desk.tickets.order)
    assert all(order[-1].at <= NOON - 60 for order in shelves)
    assert all(rating.updated_at <= NOON - 60 for rating in desk.ratings)


def test_no_ticket_tells_its_story_backwards(desk: Desk) -> None:
    """Comments and audits follow each other in time, after the customer joined."""
    for ticket in desk.tickets:
        person = desk.users.get(ticket.requester_id)
        assert person is not None
        times = [comment.created_at for comment in desk.comments.get(ticket.id, [])]
        assert person.created_at <= ticket.created_at <= ticket.updated_at
        assert all(one <= other for one, other in pairwise(times))
        assert all(one.created_at <= other.created_at for one, other in pairwise(desk.audits[ticket.id]))


def test_metrics_agree_with_the_conversation(desk: Desk) -> None:
    """Replies, first reply, last comment and solving are what the comments and audits show."""
    staff = {user.id for user in desk.users if user.staff}
    for ticket in desk.tickets:
        if ticket.status == "deleted":
            continue
        comments = desk.comments[ticket.id]
        answers = [c.created_at for c in comments if c.public and c.author_id in staff]
        metrics = ticket.metrics
        assert metrics.replies == len(answers)
        first = (answers[0] - ticket.created_at) // 60 if answers else None
        assert metrics.reply_minutes == first
        assert metrics.latest_comment_added_at == comments[-1].created_at
        assert (metrics.solved_at is not None) == (ticket.status in ("solved", "closed"))
        moves = [e for a in desk.audits[ticket.id] for e in a.events if e.get("field_name") == "status"]
        reopened = sum(e["previous_value"] == "solved" and e["value"] == "open" for e in moves)
        assert metrics.reopens == reopened
        assert metrics.assignee_stations == (1 if ticket.assignee_id else 0)


def test_conversations_are_short_and_signed(desk: Desk) -> None:
    """One to six comments each, agents' letters end with their name, no slot is left open."""
    lengths = Counter(len(comments) for comments in desk.comments.values())
    assert min(lengths) == 1
    assert max(lengths) <= 6
    for comments in desk.comments.values():
        for comment in comments:
            assert "{" not in comment.body
            author = desk.users.get(comment.author_id)
            if author is not None and author.staff and comment.public:
                assert author.name.split()[0] in comment.body


def test_many_languages_are_spoken(desk: Desk) -> None:
    """Customers of six languages, and a Japanese subject among the tickets."""
    spoken = Counter((user.locale or "").split("-")[0] for user in customers(desk))
    assert set(spoken) == set(LANGUAGES)
    assert min(spoken.values()) >= 8
    assert any(ord(letter) > 0x3000 for ticket in desk.tickets for letter in ticket.subject or "")


def test_companies_have_plans_revenue_and_renewals_with_gaps(desk: Desk) -> None:
    """All five plans; revenue grows with the plan; dates in the vendor's form; some things unknown."""
    fields = [company.organization_fields for company in desk.organizations]
    assert {f["plan"] for f in fields} >= {"free", "starter", "team", "business", "enterprise"}
    dates = [str(f["renewal_date"]) for f in fields if f["renewal_date"]]
    assert all(date.endswith("T00:00:00+00:00") and datetime.fromisoformat(date) for date in dates)
    for name in ("yearly_revenue", "renewal_date", "industry", "region", "seats"):
        known = sum(f[name] is not None for f in fields)
        assert 0 < known < len(fields), name
    best = [f["yearly_revenue"] for f in fields if f["plan"] == "enterprise"]
    assert any(isinstance(revenue, float) and revenue >= 50_000 for revenue in best)


def test_customers_have_gaps(desk: Desk) -> None:
    """Age for four in ten; some without company, address or preference; some deactivated."""
    people = customers(desk)
    aged = sum(person.user_fields["age"] is not None for person in people) / len(people)
    assert 0.3 < aged < 0.5
    assert any(person.organization_id is None for person in people)
    assert any(person.email is None for person in people)
    assert any(not person.active for person in people)
    assert {p.user_fields["preferred_channel"] for p in people} == {"email", "phone", "chat", None}
    addresses = [person.email for person in people if person.email]
    assert len(addresses) == len(set(addresses))


def test_satisfaction_falls_where_renewal_is_near(desk: Desk) -> None:
    """About fifteen customers were content, no longer are, and their company's renewal is near."""
    falling = [key for key, (early, late) in verdicts(desk).items() if _fell(early, late)]
    renewing = [key for key in falling if renews_within(desk, desk.users.get(key), 60)]
    assert len(renewing) >= 12


def verdicts(desk: Desk) -> dict[int, tuple[list[str], list[str]]]:
    """Each customer's ratings before and within the last sixty days."""
    found: dict[int, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for rating in desk.ratings:
        assert rating.requester_id is not None
        found[rating.requester_id][rating.created_at > NOON - 60 * DAY].append(rating.score)
    return found


def _fell(early: list[str], late: list[str]) -> bool:
    return len(late) >= 2 and early.count("good") > len(early) / 2 and late.count("bad") > len(late) / 2


def renews_within(desk: Desk, person: User | None, days: int) -> bool:
    company: Organization | None = desk.organizations.get(person.organization_id) if person else None
    date = company.organization_fields.get("renewal_date") if company else None
    return isinstance(date, str) and datetime.fromisoformat(date).timestamp() < NOON + days * DAY


def test_there_is_somebody_in_every_walk_of_life(desk: Desk) -> None:
    """Newcomers, dormant customers, callers who pay little, and those whose tickets come back."""
    tickets = by_customer(desk)
    assert sum(person.created_at > NOON - 30 * DAY for person in customers(desk)) >= 20
    latest = [max(ticket.created_at for ticket in theirs) for theirs in tickets.values()]
    assert sum(at < NOON - 365 * DAY for at in latest) >= 25
    lately = [[t for t in theirs if t.created_at > NOON - 90 * DAY] for theirs in tickets.values()]
    assert sum(sum(t.channel == "voice" for t in theirs) >= 4 for theirs in lately) >= 8
    assert sum(sum(t.metrics.reopens for t in theirs) >= 3 for theirs in tickets.values()) >= 8


def test_dropdowns_agree_with_tags(desk: Desk) -> None:
    """Category and impact stand among the tags, so that the first bulk change moves nothing else."""
    category, impact = 300_001, 300_004
    for ticket in desk.tickets:
        assert ticket.custom_fields[category] in ticket.tags
        assert ticket.custom_fields.get(impact) in (None, *ticket.tags)


def test_the_service_level_is_noted_on_settled_tickets_only(desk: Desk) -> None:
    """On solved and closed tickets it says whether the first reply was in time; on others it is unknown."""
    met = {True: 0, False: 0}
    targets = {"urgent": 60, "high": 240, "normal": 480, None: 480, "low": 1_440}
    for ticket in desk.tickets:
        value = ticket.custom_fields.get(300_003)
        if ticket.status in UNSOLVED:
            assert value is None
        else:
            minutes = ticket.metrics.reply_minutes
            assert value is (minutes is not None and minutes <= targets[ticket.priority])
            met[value] += 1
    assert min(met.values()) > 100


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_use_known_slots_only(language: str) -> None:
    """Every slot in every sentence is one the writer fills, and the lists of a case fit together."""
    content = texts(language)
    for sentence in _sentences(msgspec.to_builtins(content)):
        names = {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}
        assert names <= SLOTS, sentence
    for case in content.case:
        assert len(case.subjects) == len(case.what)
        assert len(case.ask) == len(case.facts) <= len(case.what)
        assert 1 <= len(case.fix) <= len(case.what)


def _sentences(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [sentence for part in parts for sentence in _sentences(part)]


def test_cultures_name_known_zones() -> None:
    """Every culture's zones and language exist."""
    for culture in NAMES.cultures:
        assert set(culture.zones) <= set(NAMES.zones)
        assert culture.language in LANGUAGES


@pytest.mark.parametrize(
    ("name", "plain"),
    [("Brandstätter", "brandstatter"), ("O'Shea", "oshea"), ("Weißmann", "weissmann"), ("Łukasz", "lukasz")],
)
def test_names_become_addresses(name: str, plain: str) -> None:
    """Accents and apostrophes go, letters stay."""
    assert slug(name) == plain
