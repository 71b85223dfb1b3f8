"""DuckDB's forms; ``forms.py`` says what the words in them stand for."""

from __future__ import annotations

from policies.dates import EARLIEST, LATEST
from policies.forms import GREAT, SMALL, Forms, exact_sum, instant, number, within

_TEXT = (
    "case when contains(entry, '\\') then json_extract_string(entry, '$')"
    " else substr(entry, 2, length(entry) - 2) end"
)
"""What a field of text says; ``entry`` is the field's own JSON, which mostly need not be read once more."""


def _once(value: str, name: str, then: str) -> str:
    """``then``, in which ``name`` is ``value``: a subquery would become a join, a list of one does not."""
    return f"list_extract(list_transform([{value}], lambda {name}: {then}), 1)"


def _part_in_duckdb(part: str) -> str:
    shifted = "make_timestamp(cast((trunc(first + 62135596800) - 62135596800) * 1000000 as bigint))"
    return within("first", part.format(shifted))


DUCKDB: Forms = {
    "in_scope": "key in (select unnest(cast(json_extract_string(entries, '$[*]') as varchar[])))",
    "now": "cast(now as double)",
    "literal": "first",
    "has_entry": (
        "list_contains(cast(json_extract(first, '$[*]') as varchar[]), cast(to_json(second) as varchar))"
    ),
    "size": (
        "cast(len(list_distinct(list_filter(cast(json_extract(first, '$[*]') as varchar[]),"
        " lambda e: starts_with(e, '\"')))) as double)"
    ),
    "lower": f"translate(first, '{GREAT}', '{SMALL}')",
    "domain": (
        "case when length(first) - length(replace(first, '@', '')) = 1"
        " then substr(first, instr(first, '@') + 1) end"
    ),
    "upper": f"translate(first, '{SMALL}', '{GREAT}')",
    "trim": "trim(first, ' ')",
    "length": "cast(length(first) as double)",
    "starts_with": "starts_with(first, second)",
    "ends_with": "ends_with(first, second)",
    "contains": "contains(first, second)",
    "like": "first like second",
    "pairs": (
        "select unnest(json_keys(cast(entries as json))) as key,"
        " unnest(json_extract_string(entries, '$.*')) as value"
    ),
    "cuts": (
        "select json_extract_string(e, '$[0]') as measure, json_extract_string(e, '$[1]') as members,"
        " try_cast(json_extract_string(e, '$[2]') as double) as low,"
        " try_cast(json_extract_string(e, '$[3]') as double) as high,"
        " try_cast(json_extract_string(e, '$[4]') as double) as outcome"
        " from (select unnest(cast(json_extract(entries, '$[*]') as json[])) as e) as u"
    ),
    "in_byte_order": "first",
    "nearest": "round(first)",
    "whole_seconds": "cast(floor(first) as bigint)",
    "round_down": "floor(first)",
    "exact_sum": exact_sum("trunc({})"),
    "year": _part_in_duckdb("cast(year({}) as double)"),
    "month": _part_in_duckdb("cast(month({}) as double)"),
    "day": _part_in_duckdb("cast(day({}) as double)"),
    "hour": _part_in_duckdb("cast(hour({}) as double)"),
    "weekday": _part_in_duckdb("cast(isodow({}) as double)"),
    "years": "floor((first - second) / 10000)",
    "ymd": _part_in_duckdb("cast(year({0}) * 10000 + month({0}) * 100 + day({0}) as double)"),
    "entry": "cast(json_extract(document, path) as varchar)",
    "entries": "cast(json_extract(document, paths) as varchar[])",
    "nth": "list_extract(first, second)",
    "of_entry": _once("first", "entry", "second"),
    "text": (
        f"case when starts_with(entry, '\"') then {_TEXT}"
        " when regexp_full_match(entry, '-?[0-9]+') and abs(try_cast(entry as double)) < 1000000000000000"
        " then entry end"
    ),
    "number": _once(
        "case when not starts_with(entry, '\"') then try_cast(entry as double)"
        " when length(entry) < 21 and regexp_full_match(entry, '\"-?[0-9]+([.][0-9]+)?\"')"
        " then try_cast(substr(entry, 2, length(entry) - 2) as double) end",
        "n",
        number("n", "trunc({})"),
    ),
    "boolean": "case entry when 'true' then true when 'false' then false end",
    "date": _once(
        _once(
            f"case when starts_with(entry, '\"') then {_TEXT} end",
            "t",
            instant(
                "t",
                "translate(t, '123456789', '000000000')",
                "epoch(try_cast(substr(t, 1, 10) as date))",
                "try_cast",
            ),
        ),
        "s",
        f"case when s between {EARLIEST} and {LATEST} then s end",
    ),
    "set": "case when starts_with(entry, '[') then entry end",
    "column_number": "cast(first as double)",
    "column_date": "cast(first as double)",
}
