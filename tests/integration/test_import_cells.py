"""Cells of files and queries: what each type takes, and what it refuses without repeating it."""

from __future__ import annotations

import pytest

from integration.importing.cells import CellError, instant_of, key_of, value_of
from policies.import_model import Key
from policies.vocabulary import Type


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        ("number", "0", 0),
        ("number", "-12", -12),
        ("number", "999999999999999", 999999999999999),
        ("number", "12.3400001", 12.34),
        ("number", "0.1234567", 0.123457),
        ("boolean", "TRUE", True),
        ("boolean", "no", False),
        ("boolean", "1", True),
        ("date", "2026-05-31", "2026-05-31T00:00:00Z"),
        ("date", "2026-05-31 10:00", "2026-05-31T10:00:00Z"),
        ("date", "2026-05-31T23:30:00.5-02:00", "2026-06-01T01:30:00Z"),
        ("date", "0001-01-01", "0001-01-01T00:00:00Z"),
        ("text", "=HYPERLINK(1)", "=HYPERLINK(1)"),
        ("text", "é😀", "é😀"),
        ("set", "a| b |a||", ["a", "b"]),
        ("set", "|", []),
        ("number", "", None),
        ("set", "", None),
    ],
)
def test_a_cell_is_read_by_its_type(type_: Type, text: str, value: object) -> None:
    """An empty cell is unknown; formulas of spreadsheets are texts like others."""
    found = value_of(type_, text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        ("number", "1,234"),
        ("number", "1e5"),
        ("number", "12."),
        ("number", "NaN"),
        ("number", "1" * 16),
        ("number", "٣"),
        ("boolean", "maybe"),
        ("date", "31.05.2026"),
        ("date", "2026-02-29"),
        ("date", "20260531"),
        ("date", "2026-W10-1"),
        ("date", "2026-05-31T24:00"),
        ("date", "0001-01-01T00:00+05:00"),
        ("date", "9999-12-31T23:00-05:00"),
        ("text", "x" * 301),
        ("text", "a\x00b"),
        ("text", "a\nb"),
        ("text", "\ud800"),
        ("set", "a|b\x07"),
        ("set", "|".join(map(str, range(51)))),
    ],
)
def test_what_does_not_fit_is_refused_with_a_remedy(type_: Type, text: str) -> None:
    """Nothing is guessed, and the refusal holds none of the cell."""
    with pytest.raises(CellError) as caught:
        value_of(type_, text)
    assert caught.value.remedy
    assert text not in caught.value.message + caught.value.remedy


@pytest.mark.parametrize(
    ("key", "text", "found"),
    [
        ("email", "Ann@X.Example", "ann@x.example"),
        ("email", "ÉVA@x.example", "Éva@x.example"),
        ("external_id", "A-1 b", "A-1 b"),
        ("domain", "@X.example", "x.example"),
    ],
)
def test_keys_are_spelt_as_customers_are_found(key: Key, text: str, found: str) -> None:
    """Letters fold from A to Z, as in every database; an external id stays as it is."""
    assert key_of(key, text) == found


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("email", ""),
        ("email", "ann"),
        ("email", "a@b@c"),
        ("email", "a b@c"),
        ("external_id", ""),
        ("external_id", "x" * 301),
        ("domain", "example"),
        ("domain", "https://x.example"),
        ("domain", "x.example/a"),
    ],
)
def test_what_is_no_key_is_refused(key: Key, text: str) -> None:
    """A key that could match nobody is an error of its row."""
    with pytest.raises(CellError):
        key_of(key, text)


def test_instants_before_1970_are_rounded_down() -> None:
    """Half a second before the year 1970 is its last second."""
    assert instant_of("1969-12-31T23:59:59.5Z") == -1
