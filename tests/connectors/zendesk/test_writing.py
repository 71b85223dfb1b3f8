"""Everything we can write, over HTTP against the sandbox: fields, notes, marks, and the form of the calls."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import msgspec
import pytest

from connectors import connect
from connectors.answer import Answer
from connectors.base import Connector
from connectors.changes import Change, Field, Outcome, TicketUpdate, Value
from connectors.records import SEGMENT_KEY
from connectors.sandbox.changes import update as change_here
from connectors.sandbox.definitions import add_ticket_field
from connectors.sandbox.records import User
from connectors.sandbox.server import RunningSandbox
from connectors.sandbox.state import Desk
from connectors.zendesk.history import edits
from connectors.zendesk.limits import LIMITS
from connectors.zendesk.places import Places
from tests.clock import FakeClock
from tests.connectors.fault_server import as_json
from tests.connectors.sandbox.rig import AGENT, BEFORE, CLOSED, small_desk, ticket
from tests.connectors.zendesk.scripted import PREFIX, Script
from tests.connectors.zendesk.scripted import desk as scripted_desk

PRIORITY_FIELD = 5
SEGMENTS = {f"{PREFIX}segment_vip": "Key account", f"{PREFIX}segment_new": "Newcomer"}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def desk(clock: FakeClock) -> Desk:
    return small_desk(clock)


@pytest.fixture
def account(desk: Desk, clock: FakeClock) -> Iterator[Connector]:
    with RunningSandbox(desk) as running:
        signed_in = connect(
            "zendesk",
            address=running.address,
            client_id="deskcue",
            client_secret=running.token,
            clock=clock,
            tag_prefix=PREFIX,
            loopback=True,
        )
        yield signed_in
        signed_in.close()


def wish(field: Field, before: Value, after: Value) -> Change:
    return Change(field=field, before=before, after=after, reason="a test wants it")


def asked(account: Connector, number: int, *changes: Change) -> TicketUpdate:
    """An update of a ticket as it stands."""
    stamp = account.tickets([str(number)])[str(number)].stamp
    return TicketUpdate(ticket_id=str(number), stamp=stamp, changes=changes, run="run-1", policy="p1")


def sent(account: Connector, clock: FakeClock, *updates: TicketUpdate) -> dict[str, Outcome]:
    """What became of updates that one call carried."""
    call = account.next_call(updates)
    assert call.refused == ()
    job = account.send(call.updates)
    clock.advance(1)
    return {outcome.ticket_id: outcome for outcome in account.outcomes([job])[job]}


def refusal(account: Connector, change: Change) -> str:
    """Why a change is not sent."""
    call = account.next_call([asked(account, 101, change)])
    assert call.updates == ()
    assert [outcome.result for outcome in call.refused] == ["missing"]
    return call.refused[0].reason


def an_agent_adds(desk: Desk, number: int, tags: list[str]) -> None:
    agent = desk.users.get(AGENT)
    assert isinstance(agent, User)
    change_here(desk, ticket(desk, number), {"tags": [*ticket(desk, number).tags, *tags]}, agent, "web")


def test_the_segment_goes_into_its_dropdown(account: Connector, desk: Desk, clock: FakeClock) -> None:
    """The field is found by its options; the ticket then shows the segment by name and no tag for it."""
    field = add_ticket_field(desk, "Whatever admins call it", "tagger", SEGMENTS, BEFORE)
    assert account.options()[Field.SEGMENT] == {"vip": "Key account", "new": "Newcomer"}
    outcomes = sent(account, clock, asked(account, 101, wish(Field.SEGMENT, None, "vip")))
    assert outcomes["101"].result == "accepted"
    assert ticket(desk, 101).custom_fields[field] == f"{PREFIX}segment_vip"
    assert f"{PREFIX}segment_vip" in ticket(desk, 101).tags
    shown = account.tickets(["101"])["101"]
    assert shown.fields[SEGMENT_KEY] == "vip"
    assert shown.tags == ("billing", "first")
    sent(account, clock, asked(account, 101, wish(Field.SEGMENT, "vip", None)))
    assert SEGMENT_KEY not in account.tickets(["101"])["101"].fields
    assert ticket(desk, 101).tags == ["first", "billing"]


def test_a_desk_without_the_field_offers_no_segment(account: Connector, desk: Desk) -> None:
    """No such field: it is no option, and what asks for it all the same is refused before it is sent."""
    assert Field.SEGMENT not in account.options()
    assert "no active ticket field" in refusal(account, wish(Field.SEGMENT, None, "vip"))
    assert account.requests["update"] == 0


def test_a_segment_without_an_option_is_refused_beforehand(account: Connector, desk: Desk) -> None:
    """The field is there and the policy has a newer segment: not sent, with the remedy."""
    add_ticket_field(desk, "Segment", "tagger", SEGMENTS, BEFORE)
    account.options()
    assert "no option for gold; `deskcue setup` adds it" in refusal(
        account, wish(Field.SEGMENT, None, "gold")
    )


def test_a_hidden_priority_is_refused_beforehand(account: Connector, desk: Desk) -> None:
    """An account may offer normal and high only; nobody has documented what a hidden one would do."""
    field = desk.ticket_fields.get(PRIORITY_FIELD)
    assert field is not None
    field.options = tuple(option for option in field.options if option.value in ("normal", "high"))
    assert set(account.options()[Field.PRIORITY] or ()) == {"normal", "high"}
    assert "urgent is hidden" in refusal(account, wish(Field.PRIORITY, None, "urgent"))
    call = account.next_call([asked(account, 101, wish(Field.PRIORITY, None, "high"))])
    assert len(call.updates) == 1


def test_a_group_is_set_by_its_id_and_must_exist(account: Connector, desk: Desk, clock: FakeClock) -> None:
    """Groups are offered by name; one that is not there is refused beforehand."""
    groups = account.options()[Field.GROUP] or {}
    (known,) = [key for key, name in groups.items() if name == "Support"]
    assert (
        sent(account, clock, asked(account, 102, wish(Field.GROUP, None, known)))["102"].result == "accepted"
    )
    assert account.tickets(["102"])["102"].group_id == known
    assert "no group 999" in refusal(account, wish(Field.GROUP, None, "999"))


def test_a_note_is_private_and_leaves_its_mark(account: Connector, desk: Desk, clock: FakeClock) -> None:
    """Only staff see it, and the audit remembers which update it was, on whose behalf."""
    update = asked(account, 102, wish(Field.NOTE, None, "A key account: answer first."))
    assert sent(account, clock, update)["102"].result == "accepted"
    comment = desk.comments[102][-1]
    assert (comment.body, comment.public) == ("A key account: answer first.", False)
    custom = desk.audits[102][-1].custom["deskcue"]
    assert (custom["run"], custom["policy"]) == ("run-1", "p1")
    assert {update.mark, update.note_mark} == set(account.marks("102"))
    again = asked(account, 102, wish(Field.NOTE, None, "A key account: answer first."))
    assert again.mark != update.mark
    assert again.note_mark == update.note_mark


@pytest.mark.parametrize("text", ["", "  \n", "x" * 65_537])
def test_a_note_that_would_not_arrive_whole_is_not_sent(account: Connector, text: str) -> None:
    """Blank ones are refused and long ones cut in silence; neither leaves here."""
    assert refusal(account, wish(Field.NOTE, None, text))


def test_audits_of_others_are_no_marks(account: Connector, desk: Desk, clock: FakeClock) -> None:
    """Other integrations write into their metadata what they like; a ticket of theirs has no mark of ours."""
    agent = desk.users.get(AGENT)
    assert agent is not None
    for odd in ({"deskcue": "no object"}, {"deskcue": {"marks": [7]}}, {"other": 1}, {}):
        change_here(desk, ticket(desk, 101), {"subject": str(odd), "metadata": odd}, agent, "api")
    assert set(account.marks("101")) == set()


@pytest.mark.parametrize("tag", ["very important", "VIP", "naïve", "a,b", "x" * 81, ""])
def test_pitfall_12_a_tag_that_would_come_back_as_another_is_not_sent(account: Connector, tag: str) -> None:
    """A space makes two tags and capitals are lowered: what would not come back as it went is refused."""
    reason = refusal(account, wish(Field.TAGS, (), (f"{PREFIX}{tag}" if tag else tag,)))
    assert "tag" in reason
    assert account.requests["update"] == 0


def test_pitfall_12_what_is_sent_comes_back_as_it_went(
    account: Connector, desk: Desk, clock: FakeClock
) -> None:
    """Every tag that is sent arrives as that one tag."""
    tags = tuple(sorted(f"{PREFIX}{name}" for name in ("vip", "tier-2", "eu/north", "a_b")))
    assert sent(account, clock, asked(account, 101, wish(Field.TAGS, (), tags)))["101"].result == "accepted"
    assert set(ticket(desk, 101).tags) == {"first", "billing", *tags}


def interleaved(account: Connector, desk: Desk, clock: FakeClock, rounds: int) -> None:
    """Somebody else tags tickets before, between and after our read, our call and its job."""
    chance = Random(7)
    foreign: dict[int, set[str]] = {number: {"first", "billing"} for number in (101, 102, 103)}
    for turn in range(rounds):
        number, moment = chance.choice((101, 102, 103)), chance.randrange(3)
        ours = f"{PREFIX}t{chance.randrange(5)}"
        shown = account.tickets([str(number)])[str(number)]
        standing = tuple(tag for tag in shown.tags if tag.startswith(PREFIX))
        after = tuple(sorted(set(standing) ^ {ours}))
        update = TicketUpdate(
            ticket_id=str(number), stamp=shown.stamp, changes=(wish(Field.TAGS, standing, after),)
        )
        clock.advance(chance.choice((0, 1, 2)))
        job = ""
        for at in range(3):
            if at == moment:
                foreign[number].add(f"other{turn % 40}")
                an_agent_adds(desk, number, [f"other{turn % 40}"])
            if at == 0:
                job = account.send([update])
            if at == 1:
                clock.advance(1)
                account.outcomes([job])
        kept = {tag for tag in ticket(desk, number).tags if not tag.startswith(PREFIX)}
        assert kept == foreign[number], f"turn {turn}"


def test_pitfall_11_tags_of_others_survive_between_our_read_and_our_write(
    account: Connector, desk: Desk, clock: FakeClock
) -> None:
    """F-OUT-06: whenever somebody else adds a tag, it is there afterwards."""
    interleaved(account, desk, clock, 60)


@pytest.mark.full
def test_f_out_06_ten_thousand_interleavings_lose_no_tag(
    account: Connector, desk: Desk, clock: FakeClock
) -> None:
    """The same, ten thousand times."""
    interleaved(account, desk, clock, 10_000)


def test_tags_passed_over_in_one_form_go_out_in_the_other(
    account: Connector, desk: Desk, clock: FakeClock
) -> None:
    """The first job shows that tags are ignored there; from then on equal changes share a call."""
    desk.trouble.set({"per-ticket-tags-ignored": 1})
    tags = wish(Field.TAGS, (), (f"{PREFIX}vip",))
    first = asked(account, 101, tags, wish(Field.PRIORITY, None, "high"))
    said = sent(account, clock, first)
    assert said["101"].result == "ignored"
    assert ticket(desk, 101).priority == "high"
    updates = [
        asked(account, 101, tags),
        asked(account, 102, wish(Field.TAGS, ("old",), (f"{PREFIX}new", "old"))),
        asked(account, 103, tags),
    ]
    an_agent_adds(desk, 103, ["meanwhile"])
    call = account.next_call(updates)
    assert [update.ticket_id for update in call.updates] == ["101", "103"]
    assert {key: one.result for key, one in sent(account, clock, *updates).items()} == {
        "101": "accepted", "103": "accepted",
    }  # fmt: skip
    assert set(ticket(desk, 103).tags) == {"first", "billing", "meanwhile", f"{PREFIX}vip"}
    assert updates[2].mark in account.marks("103")


def test_the_other_form_keeps_the_stamp_where_more_than_tags_change(
    account: Connector, desk: Desk, clock: FakeClock
) -> None:
    """A priority that a person set since is not written over, whatever form the call has."""
    desk.trouble.set({"per-ticket-tags-ignored": 1})
    sent(account, clock, asked(account, 101, wish(Field.TAGS, (), (f"{PREFIX}vip",))))
    late = asked(account, 102, wish(Field.PRIORITY, None, "high"), wish(Field.TAGS, (), (f"{PREFIX}vip",)))
    clock.advance(5)
    an_agent_adds(desk, 102, ["meanwhile"])
    assert sent(account, clock, late)["102"].result == "conflict"
    assert ticket(desk, 102).priority is None


def test_a_tag_that_a_person_took_off_at_once_is_no_proof(
    account: Connector, desk: Desk, clock: FakeClock
) -> None:
    """The history shows that the tag was set: the form works, and the person wins."""
    update = asked(account, 101, wish(Field.TAGS, (), (f"{PREFIX}vip",)))
    job = account.send([update])
    clock.advance(1)
    account.tickets(["101"])  # the job is done before anybody looks
    agent = desk.users.get(AGENT)
    assert agent is not None
    change_here(desk, ticket(desk, 101), {"tags": ["first", "billing"]}, agent, "web")
    assert [one.result for one in account.outcomes([job])[job]] == ["accepted"]
    both = [
        asked(account, 102, wish(Field.TAGS, (), (f"{PREFIX}a",))),
        asked(account, 103, wish(Field.TAGS, (), (f"{PREFIX}b",))),
    ]
    assert len(account.next_call(both).updates) == 2


def test_tags_of_a_closed_ticket_are_written(account: Connector, desk: Desk, clock: FakeClock) -> None:
    """Closed tickets take tags in a job, and nothing else, not even a mark."""
    tags = asked(account, CLOSED, wish(Field.TAGS, (), (f"{PREFIX}vip",)))
    tags = msgspec.structs.replace(tags, at_rest=True)
    assert sent(account, clock, tags)[str(CLOSED)].result == "accepted"
    assert f"{PREFIX}vip" in ticket(desk, CLOSED).tags
    more = asked(account, CLOSED, wish(Field.PRIORITY, None, "high"))
    assert sent(account, clock, more)[str(CLOSED)].result == "rejected"


def queued(name: str, left: int | None) -> bytes:
    status = {"job_status": {"id": name, "status": "queued", "results": None}}
    if left is None:
        return as_json(status)
    return as_json(status, Zendesk_Ratelimit_Inflight_Jobs=f"total=30; remaining={left}; resets=60")


def test_no_more_jobs_than_our_share_of_what_the_account_has_left() -> None:
    """Other integrations use the same thirty: half of what the answers leave is what we take."""
    done = {"job_statuses": [{"id": "a", "status": "completed", "results": []}]}
    script = Script(
        tickets_update_many=[queued("a", 9), queued("b", 4), queued("c", None)],
        job_statuses_show_many=[as_json(done)],
    )
    update = TicketUpdate(ticket_id="7", stamp="s", changes=(wish(Field.TAGS, (), ("cue_a",)),))
    with scripted_desk(script, limits=LIMITS) as account:
        assert account.capabilities.jobs == 15
        account.send([update])
        assert account.capabilities.jobs == 5
        account.send([update])
        assert account.capabilities.jobs == 3
        account.outcomes(["a"])
        assert account.capabilities.jobs == 3
        account.send([update])
        assert account.capabilities.jobs == 3


def test_a_history_tells_who_changed_what_we_may_write(
    account: Connector, desk: Desk, clock: FakeClock
) -> None:
    """Ours by its marks, a person by number, in the order of the desk; of tags only ours, the level apart."""
    agent = desk.users.get(AGENT)
    assert agent is not None
    sent(account, clock, asked(account, 102, wish(Field.TAGS, (), (f"{PREFIX}vip",))))
    clock.advance(2)
    theirs = [f"{PREFIX}gold", f"{PREFIX}sla_fast", "theirs"]
    change_here(desk, ticket(desk, 102), {"tags": theirs, "priority": "low", "subject": "x"}, agent, "web")
    ours, *later = [edit for edit in account.history("102") if edit.at >= clock.wall() - 10]
    assert (ours.field, ours.after, bool(ours.marks)) == (Field.TAGS, (f"{PREFIX}vip",), True)
    assert {(edit.by, edit.rule, edit.marks) for edit in later} == {(str(AGENT), False, frozenset())}
    moved = {edit.field: (edit.before, edit.after) for edit in later}
    assert moved == {
        Field.TAGS: ((f"{PREFIX}vip",), (f"{PREFIX}gold",)),
        Field.SERVICE_LEVEL: (None, "fast"),
        Field.PRIORITY: (moved[Field.PRIORITY][0], "low"),
    }


def test_a_history_that_is_odd_in_parts_is_told_in_the_rest() -> None:
    """A rule by its title, an audit without a time left out, odd sources taken for a person's."""
    places = Places(prefix=PREFIX, names={}, priorities={}, segment=7, segments={})
    change = {"type": "Change", "field_name": "priority", "value": "high", "previous_value": "low"}
    rule = {"channel": "rule", "source": {"from": {"id": 5, "title": "Raise it"}}}
    audits = [
        {"created_at": "2026-01-01T00:00:03Z", "author_id": 4, "events": [{**change, "via": rule}]},
        {"created_at": "2026-01-01T00:00:02Z", "author_id": 3, "events": [change], "via": "odd"},
        {"created_at": None, "author_id": 2, "events": [change]},
        {"created_at": "2026-01-01T00:00:01Z", "author_id": 1, "events": [
            {"type": "Change", "field_name": "7", "value": f"{PREFIX}segment_vip", "previous_value": ""},
            {"type": "Notification", "field_name": "priority"}, {"type": "Change", "field_name": "subject"},
        ]},
    ]  # fmt: skip
    answer = Answer(status=200, headers={}, body=msgspec.json.encode({"audits": audits}))
    found = edits(answer, places)
    assert [(edit.by, edit.rule, edit.field, edit.before, edit.after) for edit in found] == [
        ("1", False, Field.SEGMENT, None, "vip"),
        ("3", False, Field.PRIORITY, "low", "high"),
        ("Raise it", True, Field.PRIORITY, "low", "high"),
    ]
