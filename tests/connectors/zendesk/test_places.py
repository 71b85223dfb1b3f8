"""Where an account keeps what we write, as its own definitions tell."""

from __future__ import annotations

import msgspec
import pytest

from connectors.changes import Change, Field, TicketUpdate
from connectors.errors import RejectedError
from connectors.zendesk import write
from connectors.zendesk.places import Places, places
from connectors.zendesk.wire import WireTicketField
from tests.connectors.zendesk.scripted import PREFIX

VIP = {"id": 1, "name": "Key account", "value": f"{PREFIX}segment_vip"}


def field(number: int, kind: str = "tagger", **more: object) -> dict[str, object]:
    return {"id": number, "title": f"Field {number}", "type": kind, **more}


def found(*fields: dict[str, object]) -> Places:
    return places(msgspec.convert(list(fields), list[WireTicketField]), PREFIX)


def test_the_segments_field_is_known_by_its_options() -> None:
    """Whatever its title, the oldest active dropdown with options of ours; others in it are no segments."""
    other = {"name": "Other", "value": "typed_by_an_admin"}
    known = found(field(9, custom_field_options=[VIP]), field(7, custom_field_options=[VIP, other]))
    assert (known.segment, known.segments) == (7, {"vip": "Key account"})


@pytest.mark.parametrize(
    "odd",
    [
        field(7, active=False, custom_field_options=[VIP]),
        field(7, "multiselect", custom_field_options=[VIP]),
        field(7, custom_field_options=[{"name": "X", "value": f"{PREFIX}segment_"}]),
        field(7, custom_field_options=[{"name": "X", "value": "segment_vip"}]),
        field(7, custom_field_options="none"),
        field(7, custom_field_options=[{"value": 7}]),
        field(7),
    ],
)
def test_what_is_no_field_of_ours_is_left_alone(odd: dict[str, object]) -> None:
    """Inactive, of another kind, without our options or unreadable: there is no place, and no error."""
    assert found(odd).segment is None


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ({}, ["low", "normal", "high", "urgent"]),
        ({"sub_type_id": 1}, ["normal", "high"]),
        ({"sub_type_id": 0}, ["low", "normal", "high", "urgent"]),
        ({"system_field_options": [{"name": "High", "value": "high"}]}, ["high"]),
        ({"system_field_options": "odd"}, ["low", "normal", "high", "urgent"]),
    ],
)
def test_the_priorities_in_use_are_read_from_their_field(
    definition: dict[str, object], expected: list[str]
) -> None:
    """Options count, and the kind of field that hides both ends; where nothing is told all four stand."""
    assert list(found(field(5, "priority", **definition)).priorities) == expected


def update(number: int, stamp: str, *changes: Change) -> TicketUpdate:
    return TicketUpdate(ticket_id=str(number), stamp=stamp, changes=changes)


def test_only_equal_changes_share_a_call_of_the_other_form() -> None:
    """Tags alone go together whatever the stamps; with a priority the stamp must be one, too."""
    tags = Change(field=Field.TAGS, before=("cue_x",), after=("cue_a", "cue_x"), reason="")
    same = Change(field=Field.TAGS, before=(), after=("cue_a",), reason="another reason")
    high = Change(field=Field.PRIORITY, before=None, after="high", reason="")
    assert write.alike(update(1, "s", tags)) == write.alike(update(2, "t", same))
    assert write.alike(update(1, "s", high)) != write.alike(update(2, "t", high))
    with pytest.raises(RejectedError, match="the same change"):
        write.same_for_all([update(1, "s", high), update(2, "t", high)], found())
    body = msgspec.json.decode(write.same_for_all([update(1, "s", tags), update(2, "t", same)], found()))
    assert set(body["ticket"]) == {"additional_tags", "metadata"}
    assert len(body["ticket"]["metadata"]["deskcue"]["marks"]) == 2
