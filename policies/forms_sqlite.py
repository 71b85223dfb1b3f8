"""SQLite's forms; ``forms.py`` says what the words in them stand for."""

from __future__ import annotations

from policies.dates import EARLIEST, LATEST
from policies.forms import Forms, exact_sum, instant, number, within

_MASKED = "t"
for _digit in "123456789":
    _MASKED = f"replace({_MASKED}, '{_digit}', '0')"

_DIGITS = "ltrim(json_extract(document, path), '-')"
_SECONDS = "cast(first + 62135596800 as integer) - 62135596800"


def _part_in_sqlite(code: str) -> str:
    return within("first", f"cast(strftime('{code}', {_SECONDS}, 'unixepoch') as real)")


_WHOLE_IN_SQLITE = "cast(cast({} as integer) as real)"

SQLITE: Forms = {
    "in_scope": "key in (select e.value from json_each(entries) as e)",
    "now": "now",
    "literal": "first",
    "has_entry": (
        "case when first is null or second is null then null"
        " else exists (select 1 from json_each(first) as e where e.type = 'text' and e.value = second) end"
    ),
    "size": (
        "case when not first is null then"
        " cast((select count(distinct e.value) from json_each(first) as e where e.type = 'text') as real) end"
    ),
    "lower": "lower(first)",
    "domain": (
        "case when length(first) - length(replace(first, '@', '')) = 1"
        " then substr(first, instr(first, '@') + 1) end"
    ),
    "upper": "upper(first)",
    "trim": "trim(first, ' ')",
    "length": "cast(length(first) as real)",
    "starts_with": "substr(first, 1, length(second)) = second",
    "ends_with": (
        "length(second) <= length(first) and substr(first, length(first) - length(second) + 1) = second"
    ),
    "contains": "instr(first, second) > 0",
    "like": "first glob second",
    "pairs": "select e.key as key, e.value as value from json_each(entries) as e",
    "cuts": (
        "select json_extract(e.value, '$[0]') as measure, json_extract(e.value, '$[1]') as members,"
        " cast(json_extract(e.value, '$[2]') as real) as low,"
        " cast(json_extract(e.value, '$[3]') as real) as high,"
        " cast(json_extract(e.value, '$[4]') as real) as outcome from json_each(entries) as e"
    ),
    "in_byte_order": "first",
    "nearest": "round(first)",
    "whole_seconds": "cast(first as integer)",
    "round_down": (
        "case when abs(first) < 9007199254740992"
        " then cast(cast(first as integer) - (first < cast(first as integer)) as real) else first end"
    ),
    "exact_sum": exact_sum(_WHOLE_IN_SQLITE),
    "year": _part_in_sqlite("%Y"),
    "month": _part_in_sqlite("%m"),
    "day": _part_in_sqlite("%d"),
    "hour": _part_in_sqlite("%H"),
    "weekday": within("first", f"cast((strftime('%w', {_SECONDS}, 'unixepoch') + 6) % 7 + 1 as real)"),
    "years": "cast(cast((first - second) / 10000 + 10000 as integer) - 10000 as real)",
    "ymd": _part_in_sqlite("%Y%m%d"),
    "text": (
        "case json_type(document, path) when 'text' then json_extract(document, path)"
        " when 'integer' then case when abs(json_extract(document, path) + 0.0) < 1000000000000000"
        " then cast(json_extract(document, path) as text) end end"
    ),
    # The limit keeps SQLite from copying the inner expression to every place where n stands.
    "number": (
        "(select " + number("n", _WHOLE_IN_SQLITE) + " from (select case"
        " when json_type(document, path) in ('integer', 'real') then json_extract(document, path) + 0.0"
        " when json_type(document, path) = 'text'"
        f" and {_DIGITS} glob '[0-9]*' and {_DIGITS} glob '*[0-9]'"
        f" and not {_DIGITS} glob '*[^0-9.]*' and not {_DIGITS} glob '*.*.*'"
        " and not json_extract(document, path) glob '--*' and length(json_extract(document, path)) < 19"
        " then cast(json_extract(document, path) as real) end as n limit 1) as v)"
    ),
    "boolean": "case json_type(document, path) when 'true' then 1 when 'false' then 0 end",
    # The comparison of days refuses the 31st of February, which SQLite takes for the 3rd of March.
    "date": (
        "(select case when s between {} and {} then cast(s as real) end from (select "
        + instant(
            "t",
            _MASKED,
            "case when date(substr(t, 1, 10), '+0 days') = substr(t, 1, 10)"
            " then cast(strftime('%s', substr(t, 1, 10)) as integer) end",
        )
        + " as s from (select case when json_type(document, path) = 'text'"
        " then json_extract(document, path) end as t limit 1) as v limit 1) as w)"
    ).format(EARLIEST, LATEST),
    "set": "case when json_type(document, path) = 'array' then json_extract(document, path) end",
    "column_number": "cast(first as real)",
    "column_date": "cast(first as real)",
}
