"""PostgreSQL's forms, for 16 and later; ``forms.py`` says what the words in them stand for."""

from __future__ import annotations

from policies.dates import EARLIEST, LATEST
from policies.forms import GREAT, SMALL, Forms, exact_sum, instant, number, within

_KIND = "json_typeof(j)"
_RAW = "j #>> '{}'"


def _from_field(value: str) -> str:
    """A reading of one field's JSON ``j``, which is taken out of its document once."""
    return f"(select {value} from (select cast(document as json) -> path as j offset 0) as v)"


def _part_in_postgres(part: str) -> str:
    shifted = "to_timestamp(trunc(first + 62135596800) - 62135596800) at time zone 'UTC'"
    return within("first", part.format(shifted))


POSTGRES: Forms = {
    "in_scope": ("key in (select e.value from json_array_elements_text(cast(entries as json)) as e(value))"),
    "now": "cast(now as double precision)",
    "literal": "cast(first as text)",
    "has_entry": (
        "case when not first is null and not second is null then exists (select 1"
        " from json_array_elements(cast(first as json)) as e(value)"
        " where json_typeof(e.value) = 'string' and e.value #>> '{}' = second) end"
    ),
    "size": (
        "case when not first is null then (select cast(count(distinct e.value #>> '{}') as double precision)"
        " from json_array_elements(cast(first as json)) as e(value)"
        " where json_typeof(e.value) = 'string') end"
    ),
    "lower": f"translate(first, '{GREAT}', '{SMALL}')",
    "domain": (
        "case when length(first) - length(replace(first, '@', '')) = 1"
        " then substr(first, strpos(first, '@') + 1) end"
    ),
    "upper": f"translate(first, '{SMALL}', '{GREAT}')",
    "trim": "btrim(first, ' ')",
    "length": "cast(length(first) as double precision)",
    "starts_with": "starts_with(first, second)",
    "ends_with": "right(first, length(second)) = second",
    "contains": "strpos(first, second) > 0",
    "like": "first like second escape ''",
    "pairs": (
        "select e.key as key, e.value as value from json_each_text(cast(entries as json)) as e(key, value)"
    ),
    "cuts": (
        "select e.value ->> 0 as measure, e.value ->> 1 as members,"
        " cast(e.value ->> 2 as double precision) as low, cast(e.value ->> 3 as double precision) as high,"
        " cast(e.value ->> 4 as double precision) as outcome"
        " from json_array_elements(cast(entries as json)) as e(value)"
    ),
    "in_byte_order": 'first collate "C"',
    "nearest": "round(first)",
    "whole_seconds": "cast(floor(first) as bigint)",
    "round_down": "floor(first)",
    "exact_sum": exact_sum("trunc({})"),
    "year": _part_in_postgres("cast(extract(year from {}) as double precision)"),
    "month": _part_in_postgres("cast(extract(month from {}) as double precision)"),
    "day": _part_in_postgres("cast(extract(day from {}) as double precision)"),
    "hour": _part_in_postgres("cast(extract(hour from {}) as double precision)"),
    "weekday": _part_in_postgres("cast(extract(isodow from {}) as double precision)"),
    "years": "floor((first - second) / 10000)",
    "ymd": _part_in_postgres("cast(to_char({}, 'YYYYMMDD') as double precision)"),
    "text": _from_field(
        f"case {_KIND} when 'string' then {_RAW} when 'number' then"
        f" case when {_RAW} = '-0' then '0' when {_RAW} ~ '^(0|-?[1-9][0-9]{{0,14}})$' then {_RAW} end end"
    ),
    "number": (
        "(select " + number("n", "trunc({})") + " from (select case"
        f" when {_KIND} = 'number' and pg_input_is_valid({_RAW}, 'double precision')"
        f" or {_KIND} = 'string' and length({_RAW}) < 19 and {_RAW} ~ '^-?[0-9]+([.][0-9]+)?$'"
        f" then cast({_RAW} as double precision) end as n"
        " from (select cast(document as json) -> path as j offset 0) as u offset 0) as v)"
    ),
    "boolean": _from_field(f"case when {_KIND} = 'boolean' then cast({_RAW} as boolean) end"),
    "date": (
        f"(select case when s between {EARLIEST} and {LATEST} then s end from (select "
        + instant(
            "t",
            "translate(t, '123456789', '000000000')",
            "case when pg_input_is_valid(substr(t, 1, 10), 'date')"
            " then cast(extract(epoch from cast(substr(t, 1, 10) as date)) as double precision) end",
        )
        + f" as s from (select case when {_KIND} = 'string' then {_RAW} end as t"
        " from (select cast(document as json) -> path as j offset 0) as u offset 0) as v offset 0) as w)"
    ),
    "set": _from_field(f"case when {_KIND} = 'array' then cast(j as text) end"),
    "column_number": "cast(first as double precision)",
    "column_date": "cast(first as double precision)",
}
