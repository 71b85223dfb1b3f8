"""Guard rails: protected traits colour the tone and nothing else, however they travel."""

from __future__ import annotations

import json

import pytest

from policies.faults import Fault, PolicyError
from policies.guard import exposing, protected, says_protected
from policies.standing import Facts
from policies.treatment import decide
from tests.policies.desk import policy

FIELDS = {
    "tags": "[elder]",
    "priority": "{at_least: high}",
    "service_level": "fast",
    "channel": "phone",
    "next_step": "Call them",
}


def source(trait: str, treatment: str, *, when: str = "it > 60", kind: str = "value") -> str:
    """A policy whose one segment reads a trait and asks for something."""
    return (
        f"traits: {{{trait}}}\nsegments:\n"
        f"  elder: {{kind: {kind}, label: Elder, rank: 1, when: {when}, treatment: {treatment}}}\n"
    )


def refused(text: str) -> list[Fault]:
    """The faults of a policy."""
    with pytest.raises(PolicyError) as caught:
        policy(text)
    return list(caught.value.faults)


@pytest.mark.parametrize("field", sorted(FIELDS))
def test_g_1_a_protected_trait_reaches_no_field_but_tone(field: str) -> None:
    """Each field is refused by itself, at its own place, with the path from the trait."""
    text = source(
        "it: {from: customer.fields.age, type: number}", f"{{{field}: {FIELDS[field]}, tone: calm}}"
    )
    (found,) = refused(text)
    assert found.message == f"a protected trait may colour the tone only: it -> segment elder -> {field}"
    assert found.remedy == f"Take {field} out of this treatment, or it out of its conditions."


def test_g_1_a_segment_that_a_protected_trait_reaches_must_not_be_readable() -> None:
    """It is named whether the trait is read directly, through another, or beside harmless ones."""
    text = (
        "traits:\n"
        "  it: {from: customer.fields.age, type: number}\n"
        "  theirs: {from: ticket.fields.birth_year, type: number}\n"
        "  old: {share: tickets, of: theirs < 1966}\n"
        "  all_tickets: {count: tickets}\n"
        "segments:\n"
        + "".join(
            f"  {name}: {{kind: value, label: L, rank: {rank}, when: {when}, treatment: {{tone: calm}}}}\n"
            for rank, (name, when) in enumerate(
                (
                    ("direct", "it > 60"),
                    ("derived", "old > 0.5"),
                    ("mixed", "{all: [all_tickets > 1, it > 60]}"),
                    ("harmless", "all_tickets > 1"),
                ),
                start=1,
            )
        )
    )
    assert exposing(policy(text)) == {"direct", "derived", "mixed"}


def test_g_1_a_protected_trait_may_colour_the_tone() -> None:
    """Tone alone is admitted, for a demographic segment as for others."""
    trait = "it: {from: customer.fields.age, type: number}"
    assert policy(source(trait, "{tone: calm}")).segments
    assert policy(source(trait, "{tone: calm}", kind="demographic")).segments


@pytest.mark.parametrize(
    "trait",
    [
        "it: {from: customer.fields.age, type: number}",
        "it: {from: customer.fields.birth_year, type: number}",
        "it: {from: customer.fields.x, type: number, sensitivity: protected}",
        "it: {from: customer.fields.x, type: number, label: Age group}",
        "it: {from: customer.fields.Customer Age, type: number, sensitivity: open}",
        "it: {from: organization.fields.unionMembers, type: number}",
        "it: {count: tickets, sensitivity: protected}",
    ],
)
def test_g_1_protection_is_declared_or_read_from_names(trait: str) -> None:
    """A field's or label's name protects, as does the declaration; declaring it open does not lift it."""
    assert len(refused(source(trait, "{tags: [x]}"))) == 1


def test_g_1_protection_follows_computation() -> None:
    """A trait computed from a protected one is protected, and the whole path is printed."""
    traits = (
        "health_note: {from: ticket.fields.health, type: boolean},"
        " it: {count: tickets, where: health_note},"
        " mean: {share: tickets, of: health_note}"
    )
    (found,) = refused(source(traits, "{tags: [x]}"))
    assert found.message.endswith("health_note -> it -> segment elder -> tags")
    loaded = policy(source(traits, "{tone: calm}"))
    assert protected(loaded) == {
        "health_note": ("health_note",),
        "it": ("health_note", "it"),
        "mean": ("health_note", "mean"),
    }


def test_g_1_an_aggregate_of_a_protected_ticket_trait_is_protected() -> None:
    """Sums and extremes pass protection on as conditions do."""
    traits = "age: {from: ticket.fields.age, type: number}, it: {maximum: ticket.age}"
    (found,) = refused(source(traits, "{priority: {at_least: high}}"))
    assert found.message.endswith("age -> it -> segment elder -> priority")


@pytest.mark.parametrize(
    "when", ["{none: [it > 60]}", "{any: ['true', it is null]}", "{all: [{any: [{none: [it = 1]}]}]}"]
)
def test_g_1_no_group_hides_a_protected_trait(when: str) -> None:
    """Reading it negated, as missing, or deep inside groups counts as reading it."""
    trait = "it: {from: customer.fields.gender, type: number}"
    assert len(refused(source(trait, "{channel: phone}", when=when))) == 1


def test_g_1_situations_are_guarded_too() -> None:
    """A situation that reads a protected trait of the customer or the ticket asks for a tone only."""
    text = """
traits: {pregnancy: {from: ticket.fields.pregnancy, type: boolean}}
segments:
  all_: {kind: value, label: All, rank: 1, when: 'true'}
situations:
  now_: {label: Now, rank: 1, when: pregnancy, treatment: {priority: {at_least: high}, tone: calm}}
"""
    (found,) = refused(text)
    assert found.message.endswith("pregnancy -> situation now_ -> priority")


@pytest.mark.parametrize(
    "name",
    [
        "age",
        "customer_age",
        "AgeGroup",
        "age2",
        "birth_date",
        "dateOfBirth",
        "gender",
        "sex",
        "religion",
        "marital_status",
        "nationality",
        "disability",
        "pregnant",
        "political_party",
        "union_member",
        "health",
        "ethnicity",
        "orientation",
        "race",
        "DOB",
    ],
)
def test_g_1_names_that_protect(name: str) -> None:
    """A protected word is found as a part of a name, in any of the usual spellings."""
    assert says_protected(name)


@pytest.mark.parametrize(
    "name",
    [
        "plan",
        "language",
        "usage",
        "page_views",
        "agent",
        "storage",
        "average_order",
        "message",
        "sextant",
        "reunion_island",
        "healthy_snacks",
        "trace_id",
        "yearly_revenue",
        "percentage",
        "package",
        "stage",
    ],
)
def test_g_1_names_that_only_contain_such_letters_do_not_protect(name: str) -> None:
    """Letters inside another word are not the word."""
    assert not says_protected(name)


def test_personal_traits_are_not_protected() -> None:
    """A name or an address is personal, not protected: it may be read."""
    assert policy(source("mail: {from: customer.email}", "{tags: [x]}", when='"mail is not null"')).segments


def test_g_1_the_segment_shown_on_the_desk_is_never_one_that_a_protected_trait_leads_to() -> None:
    """Of an elder who is also a customer of value the desk may only read the value, whatever the ranks."""
    loaded = policy(
        "traits: {it: {from: customer.fields.age, type: number}}\nsegments:\n"
        "  elder: {kind: demographic, label: Elder, rank: 1, when: it > 60, treatment: {tone: calm}}\n"
        "  vip: {kind: value, label: VIP, rank: 2, when: 'true', treatment: {tone: calm}}\n"
    )
    facts = Facts("7", "a", "open", {}, (), ())
    both = decide(loaded, "7", {"elder": False, "vip": False}, facts, "email")
    assert both.segment == "elder"
    assert both.mark is not None
    assert both.mark.value == "vip"
    assert decide(loaded, "7", {"elder": False}, facts, "email").mark is None


@pytest.mark.parametrize(
    ("traits", "section", "when", "way"),
    [
        ("it: {last: ticket.message_language}", "segments", "it = 'de'", "it -> segment it_is"),
        ("it: {first: ticket.message_language}", "segments", "it = 'de'", "it -> segment it_is"),
        (
            "it: {share: tickets, of: \"message_language = 'de'\"}",
            "segments",
            "it > 0.5",
            "message_language -> it -> segment it_is",
        ),
        ("it: {from: ticket.message_language}", "situations", "it = 'de'", "it -> situation it_is"),
        ("", "situations", "message_language = 'de'", "message_language -> situation it_is"),
    ],
)
def test_g_2_the_language_of_messages_is_a_stand_in(traits: str, section: str, when: str, way: str) -> None:
    """However it is read, what it costs others deserves a second look; a route to who speaks it does not."""
    asked = "{priority: {at_least: high}, route: german, tone: calm}"
    kind = "kind: needs, " if section == "segments" else ""
    rule = f"it_is: {{{kind}label: L, rank: 1, when: {json.dumps(when)}, treatment: {asked}}}"
    other = "segments: {x: {kind: value, label: X, rank: 9, when: now > now}}\n"
    before = other if section == "situations" else ""
    found = policy(f"traits: {{{traits}}}\n{before}{section}:\n  {rule}\n").warnings
    (said,) = (one.message for one in found if one.code == "PROXY")
    what = "tells which language they write, which can stand in for something protected"
    assert said == f"{way.partition(' ')[0]} {what}: {way} -> priority"
