"""What names speak of: the protected list of rule G-1 in twelve languages, stand-ins, free text."""

from __future__ import annotations

import pytest

from policies.names import is_free_text, proxy, themes
from tests.policies.field_names import INNOCENT, PROTECTED


def test_g_1_two_hundred_names_are_caught() -> None:
    """Every one of 200 fields that tell of something protected is known by its name."""
    assert len(set(PROTECTED)) >= 200
    assert [name for name in PROTECTED if not themes(name)] == []


def test_g_1_false_alarms_stay_below_two_in_a_hundred() -> None:
    """Of 500 innocent fields at most ten are taken for protected ones."""
    assert len(set(INNOCENT)) == len(INNOCENT) == 500
    alarms = [name for name in INNOCENT if themes(name)]
    assert len(alarms) <= 10, alarms


def test_g_2_stand_ins_are_known_by_their_names() -> None:
    """Where somebody lives, their name, address, phone and device stand in for other things."""
    names = [
        "postcode",
        "zip",
        "PLZ",
        "country",
        "locale",
        "firstName",
        "last_name",
        "Vorname",
        "email_domain",
    ]
    names += ["phone_prefix", "area_code", "device", "operating_system", "郵便番号"]
    assert [name for name in names if proxy(name) is None] == []


def test_g_2_few_innocent_names_are_stand_ins() -> None:
    """Stand-ins are warned about; a list that warns of everything warns of nothing."""
    assert len([name for name in INNOCENT if proxy(name)]) <= 10


@pytest.mark.parametrize("name", ["subject", "Beschreibung", "commentaires", "customer_notes", "本文"])
def test_g_10_free_text_is_known_by_its_name(name: str) -> None:
    """Fields that hold somebody's own words."""
    assert is_free_text(name)


def test_g_10_few_innocent_names_are_free_text() -> None:
    """Counts and kinds of messages are not messages."""
    assert [name for name in INNOCENT if is_free_text(name)] == []
