"""Long lists decoded into types: quick where nothing is odd, strict where something is."""

from __future__ import annotations

import json

import msgspec
import pytest

from connectors.listing import Broken
from connectors.listing import listed as quick


class Row(msgspec.Struct):
    """What is read of a record; the rest is passed over."""

    id: int
    name: str | None = None


def compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def listed(body: bytes, name: str, kind: type[msgspec.Struct]) -> tuple[dict[str, object], list[object]]:
    """Every record taken."""
    around, rows = quick(body, name, kind)
    return around, list(rows)


PAGE = {"rows": [{"id": 1, "name": "Zoë", "more": [1.5, {"a": "}]"}]}, {"id": 2}], "end": True}


def test_a_compact_list_comes_as_records() -> None:
    """What is usual takes the quick way: typed records, and what stands around them without the list."""
    around, rows = listed(compact(PAGE), "rows", Row)
    assert around == {"end": True}
    assert rows == [Row(1, "Zoë"), Row(2)]


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(PAGE, indent=1).encode(),
        json.dumps(PAGE).encode(),
        compact({**PAGE, "others": [{"id": 3}]}),
        compact({"first": [], **PAGE}),
        compact({"rows": [{"id": "one"}, {"id": 2}], "end": True}),
        compact({"rows": [{"id": 1, "name": "\ufffd"}], "end": True}).replace("\ufffd".encode(), b"\xff"),
        compact({"rows": [{"id": 1, "name": "x"}], "end": True}).replace(b'"x"', b'"\\ud800"'),
        compact({"rows": [5, None], "end": True}),
    ],
)
def test_whatever_is_unusual_comes_as_plain_json(body: bytes) -> None:
    """Blanks, neighbours, a wrong type, broken text: the strict reader has the word, and says the same."""
    around, rows = listed(body, "rows", Row)
    said = json.loads(body.decode("utf-8", "replace"))
    assert rows == [Row(1, "Zoë"), Row(2)] or rows == said["rows"]
    assert around == {name: value for name, value in said.items() if name != "rows"}


@pytest.mark.parametrize(
    "text",
    [
        '{"rows":[{"id":1,"id":2}],"end":true}',
        '{"rows":[{"id":1,"more":1,"more":2}],"end":true}',
        '{"rows":[{"id":1},{"id":2,"n\\u0061me":"a","name":"b"}],"end":true}',
        '{"rows":[{"id":1}],"end":true,"end":false}',
        '{"rows":[{"id":1}],"rows":[{"id":2}],"end":true}',
        '{"rows":[{"id":1}],"end":true,"x":{"a":1,"a":2}}',
        '{"rows":[{"id":1,"name":NaN}],"end":true}',
        '{"rows":[{"id":1,"x":Infinity}],"end":true}',
        '{"rows":[{"id":1}],"end":1e999}',
        '{"rows":[{"id":1}],"end":' + "[" * 70 + "]" * 70 + "}",
        '{"rows":[{"id":1,"x":' + "[" * 100_000 + "]" * 100_000 + '}],"end":true}',
        '{"rows":[{"id":1}],"end":true} {}',
        '{"rows":[{"id":1}',
        '{"rows":{"id":1},"end":true}',
        '{"other":[{"id":1}],"end":true}',
        '{"x":{"rows":[{"id":1}]},"end":true}',
        "[]",
        "null",
        "",
    ],
)
def test_f_http_16_what_is_no_strict_json_is_refused(text: str) -> None:
    """Repeated keys of the page or of a record, NaN, numbers out of range, depth, cuts: ValueError."""
    with pytest.raises(ValueError, match=r"\w"):
        listed(text.encode(), "rows", Row)


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        ('{"id":2,"name":1e999}', "out of range"),
        ('{"id":2,"name":{"a":1,"a":2}}', "repeats a key"),
        ('{"id":2,"name":' + "[" * 70 + "]" * 70 + "}", "nested too deeply"),
    ],
)
def test_f_http_16_a_record_that_is_no_strict_json_holds_up_no_other(odd: str, why: str) -> None:
    """What nobody can read in a property that is read is told by its record's id; the page goes on."""
    body = f'{{"rows":[{{"id":1}},{odd},{{"id":3,"name":"x"}}],"end":true}}'
    _, (first, broken, last) = listed(body.encode(), "rows", Row)
    assert (first, last) == ({"id": 1}, {"id": 3, "name": "x"})
    assert isinstance(broken, Broken)
    assert (broken.id, why in broken.why) == (2, True)


@pytest.mark.parametrize("text", ["1e999", "[" * 100 + "]" * 100, '{"a":1,"a":2}'])
def test_what_nobody_reads_is_not_looked_into(text: str) -> None:
    """Inside a property that is passed over anything may stand that a parser survives: it goes nowhere."""
    body = f'{{"rows":[{{"id":1,"other":{text}}}],"end":true}}'
    assert listed(body.encode(), "rows", Row) == ({"end": True}, [Row(1)])


@pytest.mark.parametrize(
    "twice", ['"id":1,"id":2', '"id":1,"more":1,"more":2', '"id":1,"n\\u0061me":"a","name":"b"']
)
def test_f_http_16_a_repeated_key_is_refused_also_once_the_keys_are_known(twice: str) -> None:
    """The quicker look at records whose keys were met before loses no repetition either."""

    class Known(msgspec.Struct):
        id: int
        name: str | None = None

    page = compact({"rows": [{"id": 1, "more": 2, "name": "x"}, {"id": 2}], "end": True})
    for _ in range(2):
        assert listed(page, "rows", Known)[1] == [Known(1, "x"), Known(2)]
    with pytest.raises(ValueError, match="repeats a key"):
        listed(f'{{"rows":[{{"id":3}},{{{twice}}}],"end":true}}'.encode(), "rows", Known)


def test_records_may_have_any_number_of_keys_with_any_name() -> None:
    """Keys that cannot be remembered, by their number or their letters, are read like all others."""

    class Odd(msgspec.Struct):
        id: int

    for extra in ({f"k{number}": number for number in range(300)}, {'a"b': 1}, {"a\\b": 1}, {"": 1, "é": 2}):
        for _ in range(2):
            assert listed(compact({"rows": [{"id": 1, **extra}]}), "rows", Odd)[1] == [Odd(1)]


def test_f_http_13_and_14_a_page_cut_anywhere_is_no_page() -> None:
    """A body cut at any byte is refused as a whole; no record of its beginning is taken."""
    body = compact({"rows": [{"id": number, "name": "x" * 20} for number in range(200)], "end": True})
    for end in range(0, len(body), 7):
        with pytest.raises(ValueError, match=r"\w"):
            listed(body[:end], "rows", Row)
