"""Plans: what is written, what is left to people, and the reason for both."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.changes import Change, Field, TicketUpdate, Value
from connectors.records import PRIORITIES, SEGMENT_KEY, Ticket
from integration import plan_file
from integration.apply import holds
from integration.plan import Kept, Rules, TicketPlan, plan_ticket
from integration.store.planning import Known
from policies.treatment import Claim, Decision, Part

RULES = Rules(tag_prefix="cue_")


def part(value: str) -> Part:
    return Part(value, Claim(value, "segment:vip", "Key account"))


def decision(
    *tags: str, priority: str | None = None, service_level: str | None = None, mark: str | None = None
) -> Decision:
    return Decision(
        ticket_id="5", policy="p", segment="vip", segments=("vip",), situations=(),
        tags=tuple(part(tag) for tag in tags),
        priority=part(priority) if priority else None,
        service_level=part(service_level) if service_level else None,
        mark=part(mark) if mark else None,
    )  # fmt: skip


def ticket(**values: object) -> Ticket:
    stated = {
        "id": "5",
        "version": 1,
        "stamp": "s",
        "status": "open",
        "created_at": 1,
        "updated_at": 1,
    } | values
    return msgspec.convert(stated, Ticket)


def planned(seen: Ticket, decided: Decision | None, owned: dict[Field, Value] | None = None) -> TicketPlan:
    return plan_ticket(Known(seen, decided, owned or {}), RULES)


def kept(found: TicketPlan, field: Field) -> str:
    return "; ".join(one.reason for one in found.kept if one.field is field)


def test_everything_asked_for_is_written_to_an_untouched_ticket() -> None:
    """Tags, priority and service level come in one update, each with its reason."""
    found = planned(ticket(tags=("billing",)), decision("vip", priority="high", service_level="fast"))
    assert [(one.field, one.before, one.after) for one in found.changes] == [
        (Field.TAGS, (), ("cue_vip",)),
        (Field.PRIORITY, None, "high"),
        (Field.SERVICE_LEVEL, None, "fast"),
    ]
    assert all("Key account" in one.reason for one in found.changes)


def test_what_is_so_already_is_not_written_again() -> None:
    """A ticket that shows the decision has an empty plan."""
    seen = ticket(tags=("cue_vip",), priority="high", service_level="fast")
    found = planned(seen, decision("vip", priority="high", service_level="fast"))
    assert found.changes == ()
    assert {one.reason for one in found.kept} == {"already so"}


def test_inv_07_foreign_tags_are_never_touched() -> None:
    """Tags outside our prefix are in no change, whatever the decision."""
    found = planned(ticket(tags=("urgent", "cue_old")), decision("vip"), {Field.TAGS: ("cue_old",)})
    assert found.changes[0].added == ("cue_vip",)
    assert found.changes[0].removed == ("cue_old",)


def test_inv_07_a_tag_with_our_prefix_that_we_did_not_write_stays() -> None:
    """Somebody typed it: it is theirs."""
    found = planned(ticket(tags=("cue_custom",)), None)
    assert found.changes == ()
    assert kept(found, Field.TAGS) == "not set by Deskcue"


def test_inv_07_a_tag_that_a_person_took_off_stays_off() -> None:
    """What we wrote and is gone was removed by somebody, who wins."""
    found = planned(ticket(), decision("vip"), {Field.TAGS: ("cue_vip",)})
    assert found.changes == ()
    assert kept(found, Field.TAGS) == "a person took this tag off"


def test_f_out_05_a_priority_set_by_a_person_stands() -> None:
    """Lower or higher than asked for, it is theirs, and the plan says what was asked."""
    low = planned(ticket(priority="low"), decision(priority="high"))
    assert low.changes == ()
    assert "low was set on the desk" in kept(low, Field.PRIORITY)
    above = planned(ticket(priority="urgent"), decision(priority="high"))
    assert kept(above, Field.PRIORITY) == "already above high"
    changed = planned(ticket(priority="low"), decision(priority="high"), {Field.PRIORITY: "high"})
    assert changed.changes == ()
    cleared = planned(ticket(), decision(priority="high"), {Field.PRIORITY: "high"})
    assert kept(cleared, Field.PRIORITY) == "a person cleared it"


def test_a_priority_that_is_ours_follows_the_decision() -> None:
    """What we set we may change, and when nobody asks it stays as it is."""
    found = planned(ticket(priority="high"), decision(priority="urgent"), {Field.PRIORITY: "high"})
    assert found.changes[0].after == "urgent"
    assert planned(ticket(priority="high"), decision(), {Field.PRIORITY: "high"}).changes == ()


def test_a_service_level_that_is_ours_goes_when_nobody_asks() -> None:
    """Ours is replaced or removed; another's is left alone."""
    gone = planned(ticket(service_level="fast"), decision(), {Field.SERVICE_LEVEL: "fast"})
    assert (gone.changes[0].before, gone.changes[0].after) == ("fast", None)
    theirs = planned(ticket(service_level="slow"), decision(service_level="fast"))
    assert kept(theirs, Field.SERVICE_LEVEL) == "slow was not set by Deskcue"


def test_the_default_service_level_is_not_written() -> None:
    """What holds for everybody needs no tag; a level of ours goes when only the house is left."""
    house = Part("standard", Claim("standard", "house", "House"))
    decided = dataclasses.replace(decision(), service_level=house)
    assert planned(ticket(), decided).changes == ()
    gone = planned(ticket(service_level="fast"), decided, {Field.SERVICE_LEVEL: "fast"})
    assert gone.changes[0].after is None


@pytest.mark.parametrize("status", ["solved", "closed"])
def test_tickets_at_rest_are_left_alone(status: str) -> None:
    """Nothing is written to solved and closed tickets, and the reason is their state."""
    found = planned(ticket(status=status), decision("vip", priority="high"))
    assert found.changes == ()
    assert kept(found, Field.PRIORITY) == f"the ticket is {status}"


def test_tickets_at_rest_take_tags_where_that_is_wanted() -> None:
    """With write_to = all they get tags and nothing else."""
    rules = Rules(tag_prefix="cue_", write_to="all")
    found = plan_ticket(Known(ticket(status="closed"), decision("vip", priority="high"), {}), rules)
    assert [one.field for one in found.changes] == [Field.TAGS]


def test_f_http_09_what_the_desk_refused_waits_until_the_ticket_moves() -> None:
    """The same update of the same version is not sent twice; a newer version is tried."""
    asked = planned(ticket(), decision("vip"))
    refused = (asked.update, "tags are locked")
    again = plan_ticket(Known(ticket(), decision("vip"), {}, refused), RULES)
    assert again.changes == ()
    assert "tags are locked" in kept(again, Field.TAGS)
    moved = plan_ticket(Known(ticket(stamp="later"), decision("vip"), {}, refused), RULES)
    assert moved.changes


def test_a_value_that_the_desk_does_not_offer_is_left_out() -> None:
    """Hidden priorities and missing options are said in the plan; everything else is written."""
    rules = Rules(tag_prefix="cue_", values={Field.PRIORITY: ("normal", "high"), Field.SEGMENT: ()})
    found = plan_ticket(Known(ticket(), decision("vip", priority="urgent", mark="vip"), {}), rules)
    assert [one.field for one in found.changes] == [Field.TAGS]
    assert kept(found, Field.PRIORITY) == "this desk does not offer urgent"
    assert kept(found, Field.SEGMENT) == "this desk does not offer vip"
    fits = plan_ticket(Known(ticket(), decision(priority="high"), {}), rules)
    assert [one.field for one in fits.changes] == [Field.PRIORITY]


def test_a_segment_follows_the_decision_until_a_person_changes_it() -> None:
    """Filled, moved and emptied while it is ours; another's choice stands."""
    assert planned(ticket(), decision(mark="vip")).changes[0].after == "vip"
    ours: dict[Field, Value] = {Field.SEGMENT: "vip"}
    shown = ticket(fields={SEGMENT_KEY: "vip"})
    assert planned(shown, decision(mark="new"), ours).changes[0].after == "new"
    assert planned(shown, decision(), ours).changes[0].after is None
    theirs = planned(ticket(fields={SEGMENT_KEY: "other"}), decision(mark="vip"), ours)
    assert theirs.changes == ()
    assert kept(theirs, Field.SEGMENT) == "other was not set by Deskcue"


def test_a_desk_without_the_segments_field_hears_nothing_of_it() -> None:
    """No field, no change and no line for every ticket saying so."""
    rules = Rules(tag_prefix="cue_", fields=(Field.TAGS, Field.PRIORITY, Field.SERVICE_LEVEL))
    found = plan_ticket(Known(ticket(), decision(mark="vip"), {}), rules)
    assert Field.SEGMENT not in {one.field for one in found.changes}
    assert Field.SEGMENT not in {one.field for one in found.kept}


TAGS = st.sets(st.sampled_from(["cue_a", "cue_b", "cue_c", "x", "y"])).map(lambda found: tuple(sorted(found)))
NAMES = st.sets(st.sampled_from("abc")).map(lambda found: tuple(sorted(found)))
LEVELS = st.sampled_from([None, "fast", "slow"])
RANKS = st.sampled_from([None, *PRIORITIES])


@given(TAGS, NAMES, RANKS, RANKS, LEVELS, LEVELS, TAGS, RANKS, LEVELS)
def test_inv_04_a_plan_made_after_its_own_effect_is_empty(
    tags: tuple[str, ...], names: tuple[str, ...], now: str | None, want: str | None,
    level: str | None, wanted: str | None, wrote: tuple[str, ...], ranked: str | None, levelled: str | None,
) -> None:  # fmt: skip
    """Whatever stands on the ticket, writing the plan leaves nothing to plan (F-OUT-03)."""
    owned: dict[Field, Value] = {Field.TAGS: tuple(tag for tag in wrote if tag.startswith("cue_"))}
    owned |= {Field.PRIORITY: ranked} if ranked else {}
    owned |= {Field.SERVICE_LEVEL: levelled} if levelled else {}
    seen = ticket(tags=tags, priority=now, service_level=level)
    decided = decision(*names, priority=want, service_level=wanted)
    first = planned(seen, decided, owned)
    after, owned = effect(seen, first.changes, owned)
    assert holds(after, first.changes)
    assert planned(after, decided, owned).changes == ()
    assert set(after.tags) - set(seen.tags) <= {f"cue_{name}" for name in names}
    assert {tag for tag in seen.tags if not tag.startswith("cue_")} <= set(after.tags)


def effect(
    seen: Ticket, changes: tuple[Change, ...], owned: dict[Field, Value]
) -> tuple[Ticket, dict[Field, Value]]:
    """What a desk would hold, and we would remember, after these changes."""
    owned = dict(owned)
    for one in changes:
        if one.field is Field.TAGS:
            tags = tuple(sorted((set(seen.tags) | set(one.added)) - set(one.removed)))
            seen = msgspec.structs.replace(seen, tags=tags)
            former = set(owned.get(Field.TAGS) or ())
            owned[Field.TAGS] = tuple(sorted((former | set(one.added)) - set(one.removed)))
        else:
            seen = msgspec.structs.replace(seen, **{one.field.value: one.after})
            owned[one.field] = one.after
    return seen, owned


def lines(number: int) -> list[plan_file.Line]:
    change = Change(field=Field.TAGS, before=(), after=("cue_vip",), reason="Key account")
    left = Kept(field=Field.PRIORITY, value="low", reason="theirs")
    return [
        plan_file.Line(
            plan=TicketPlan(ticket_id=str(one), stamp="s", changes=(change,), kept=(left,)), segments=("vip",)
        )
        for one in range(number)
    ]


HEAD = plan_file.Head(desk="https://acme.example", policy="abc", made_at=1)


def test_a_plan_file_holds_what_was_planned_and_its_cost(tmp_path: Path) -> None:
    """Lines come back, calls are the tickets over the batch, rounded up."""
    path = tmp_path / "a.plan.jsonl"
    foot = plan_file.write_plan(path, HEAD, lines(201), batch=100)
    assert (foot.tickets, foot.changes, foot.calls) == (201, 201, 3)
    assert foot.segments == {"vip": 201}
    assert plan_file.check(path) == (HEAD, foot)
    assert list(plan_file.lines(path)) == lines(201)
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("spoil", ["cut", "edit", "drop", "garbage"])
def test_a_plan_file_that_was_changed_is_refused(tmp_path: Path, spoil: str) -> None:
    """A plan is sent exactly as it was reviewed, or not at all."""
    path = tmp_path / "a.plan.jsonl"
    plan_file.write_plan(path, HEAD, lines(3), batch=100)
    text = path.read_text().splitlines(keepends=True)
    path.write_text("".join({
        "cut": text[:-1],
        "edit": [*text[:1], text[1].replace("cue_vip", "cue_all"), *text[2:]],
        "drop": [text[0], *text[2:]],
        "garbage": [*text[:2], "{]\n", *text[2:]],
    }[spoil]))  # fmt: skip
    with pytest.raises(plan_file.PlanError, match=r"deskcue plan|line 3"):
        plan_file.check(path)


def test_a_missing_plan_is_named(tmp_path: Path) -> None:
    """The message names the path and the system's reason."""
    with pytest.raises(plan_file.PlanError, match="No such file"):
        plan_file.check(tmp_path / "none")


def test_a_change_names_what_it_adds_and_removes() -> None:
    """Tags travel as additions and removals, never as a list."""
    change = Change(field=Field.TAGS, before=("a", "b"), after=("b", "c"), reason="")
    assert (change.added, change.removed) == (("c",), ("a",))
    update = TicketUpdate(ticket_id="5", stamp="s", changes=(change,))
    assert msgspec.json.decode(msgspec.json.encode(update), type=TicketUpdate) == update


GROUPS = Rules(tag_prefix="cue_", groups={"Sales": "11", "Care": "12"})
THEIRS = "its group was set on the desk, not by Deskcue; Sales was asked for"


def routed(seen: Ticket, group: str | None, owned: dict[Field, Value] | None = None) -> TicketPlan:
    asked = Part(group, Claim(group, "segment:vip", "Key account asks for the group.")) if group else None
    decided = dataclasses.replace(decision(), route=asked)
    return plan_ticket(Known(seen, decided, owned or {}), GROUPS)


def test_a_ticket_without_a_group_gets_the_one_asked_for() -> None:
    """By its name on the desk; what is ours follows the decision, and nothing is emptied."""
    (change,) = routed(ticket(), "Sales").changes
    assert (change.field, change.before, change.after) == (Field.GROUP, None, "11")
    (moved,) = routed(ticket(group_id="11"), "Care", {Field.GROUP: "11"}).changes
    assert moved.after == "12"
    assert routed(ticket(group_id="11"), None, {Field.GROUP: "11"}).changes == ()


@pytest.mark.parametrize(
    ("group_id", "owned", "asked", "reason"),
    [
        ("12", {}, "Sales", THEIRS),
        ("12", {Field.GROUP: "11"}, "Sales", THEIRS),
        (None, {Field.GROUP: "11"}, "Sales", "a person took it out of its group"),
        ("11", {}, "Sales", "already so"),
        (None, {}, "Lunch", "this desk has no group Lunch"),
    ],
)
def test_inv_07_nobodys_triage_is_overturned(
    group_id: str | None, owned: dict[Field, Value], asked: str, reason: str
) -> None:
    """A group that somebody chose stands, and a name that the desk does not know is said."""
    found = routed(ticket(group_id=group_id), asked, owned)
    assert found.changes == ()
    assert kept(found, Field.GROUP) == reason


def test_a_note_is_left_once() -> None:
    """Where one is asked for and none was left; never again, whatever it says by then."""
    asked = Part("Call before noon.", Claim("Call before noon.", "segment:vip", "Key account asks for it."))
    decided = dataclasses.replace(decision(), note=asked)
    (change,) = plan_ticket(Known(ticket(), decided, {}), RULES).changes
    assert (change.field, change.before, change.after) == (Field.NOTE, None, "Call before noon.")
    again = plan_ticket(Known(ticket(), decided, {Field.NOTE: "Another."}), RULES)
    assert again.changes == ()
    assert kept(again, Field.NOTE) == "a note was left before"


def test_of_groups_and_notes_that_nobody_asks_for_nothing_is_said() -> None:
    """Most policies have neither."""
    assert {one.field for one in planned(ticket(status="closed"), decision("vip")).kept} == {
        Field.TAGS, Field.PRIORITY, Field.SERVICE_LEVEL
    }  # fmt: skip
