"""Traits that follow from other traits: expressions, lookups, age bands, days; on every database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from policies.catalogue import understand
from policies.faults import PolicyError
from policies.load import load, load_text
from policies.model import Policy
from policies.rules import compiled
from policies.segments import customer_query, read_customer
from policies.standing import Value
from policies.tables import MOST_ROWS
from tests.policies.databases import Database, databases
from tests.policies.desk import DAY, HEAD, NOW, TAIL, Desk, one, policy

FIELDS = (
    "country: {from: customer.fields.country, type: text}, arr: {from: customer.fields.arr, type: number},"
    " seats: {from: customer.fields.seats, type: number}, born: {from: customer.fields.born, type: date}"
)
TABLES = 'tables: {climate: {rows: {"NO": winter, SE: winter, ES: mild, "it\'s": "a \\"b\\" é"}}}'


@pytest.fixture(scope="module", name="three")
def all_databases(postgres_address: str) -> Iterator[list[Database]]:
    """The databases, with the same tables."""
    with databases(postgres_address) as three:
        yield three


def asking(trait: str, more: str = "", of: str = "true") -> Policy:
    """A policy that knows one trait more than ``FIELDS``, called ``asked_for``."""
    traits = ", ".join(part for part in (FIELDS, more, f"asked_for: {trait}") if part)
    segment = f'{{kind: value, label: Asked, rank: 1, when: "{of}"}}'
    return policy(f"{TABLES}\ntraits: {{{traits}}}\nsegments: {{asked: {segment}}}\n")


def everywhere(
    three: list[Database], of: Policy, fields: list[dict[str, Any]], now: int = NOW
) -> list[Value]:
    """The trait ``asked_for`` of customers with these fields, which must be the same on every database."""
    answers = []
    for database in three:
        database.fill({"customers": [{"id": f"{n:03}", "fields": given} for n, given in enumerate(fields)]})
        query = customer_query(of, database.dialect, everyone=True)
        rows = database.rows(query.sql, query.given(now=now))
        answers.append([read_customer(of, row).traits["asked_for"] for row in rows])
    assert answers[0] == answers[1] == answers[2]
    return answers[0]


def test_expressions(three: list[Database]) -> None:
    """A trait can be what other traits come to: by zero, from nothing or too big it is unknown."""
    fields: list[dict[str, Any]] = [
        {"arr": 10, "seats": 4},
        {"arr": 10, "seats": 0},
        {"arr": 10},
        {"arr": 0, "seats": 3},
        {"arr": 10**14, "seats": 0.001},
    ]
    assert everywhere(three, asking("{is: arr / seats}"), fields) == [2.5, None, None, 0, None]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("arr > 5 and seats is null", True),
        ("lower(country)", "no"),
        ("coalesce(seats, arr + 1)", 11),
        ("now - days(arr)", NOW - 10 * DAY),
        ("2 * 3", 6),
    ],
)
def test_expressions_of_every_type(three: list[Database], expression: str, expected: Value) -> None:
    """An expression gives a yes or no, a text, a number or a date, by its own parts."""
    found = everywhere(three, asking(f'{{is: "{expression}"}}'), [{"arr": 10, "country": "NO"}])
    assert found == [expected]


def test_expressions_follow_from_one_another(three: list[Database]) -> None:
    """Steps may be written in any order; each value is computed once, however often it is read."""
    more = ", ".join(f'x{n}: {{is: "x{n + 1} + x{n + 1}"}}' for n in range(20)) + ", x20: {is: arr}"
    of = asking("{is: x0}", more)
    assert everywhere(three, of, [{"arr": 1}, {}]) == [2**20, None]
    assert len(customer_query(of).sql) < 20_000


def test_lookups(three: list[Database]) -> None:
    """A value is found exactly as written; what is not in the table is unknown, or ``otherwise``."""
    countries = ["NO", "ES", "no", "", None, "it's", "DE"]
    fields = [{"country": country} for country in countries]
    found = ["winter", "mild", None, None, None, 'a "b" é', None]
    assert everywhere(three, asking("{lookup: country, in: climate}"), fields) == found
    otherwise = ["winter", "mild", "warm", "warm", None, 'a "b" é', "warm"]
    assert everywhere(three, asking("{lookup: country, in: climate, otherwise: warm}"), fields) == otherwise


def test_lookups_of_numbers_and_truths(three: list[Database]) -> None:
    """The type of the trait says what the entries are."""
    tables = "tables: {n: {rows: {a: 5, b: '-2.5'}}, t: {rows: {a: true, b: false}}}"
    for table, type_, expected in (("n", "number", [5, -2.5, 7]), ("t", "boolean", [True, False, True])):
        other = 7 if table == "n" else "true"
        of = policy(
            f"{tables}\ntraits: {{key: {{from: customer.fields.key, type: text}}, asked_for: "
            f"{{lookup: key, in: {table}, type: {type_}, otherwise: {other}}}}}\n"
            'segments: {asked: {kind: value, label: A, rank: 1, when: "asked_for is null"}}\n'
        )
        assert everywhere(three, of, [{"key": "a"}, {"key": "b"}, {"key": "c"}]) == expected


def test_a_lookup_may_follow_from_an_expression_and_lead_to_one(three: list[Database]) -> None:
    """Traits of every kind can be chained."""
    more = "code: {is: upper(country)}, climate: {lookup: code, in: climate}"
    of = asking("{is: \"climate = 'winter'\"}", more)
    assert everywhere(three, of, [{"country": "no"}, {"country": "es"}, {}]) == [True, False, None]


@pytest.mark.parametrize(
    ("born", "today", "expected"),
    [
        ("2008-11-26", "2026-11-25", "child"),
        ("2008-11-26", "2026-11-26", "adult"),
        ("2008-02-29", "2026-02-28", "child"),
        ("2008-02-29", "2026-03-01", "adult"),
        ("2004-02-29", "2024-02-28", "adult"),
        ("1961-11-25", "2026-11-24", "adult"),
        ("1961-11-25", "2026-11-25", "elder"),
        ("1900-01-01", "2026-11-25", "elder"),
        ("2026-11-26", "2026-11-25", None),
        ("not a day", "2026-11-25", None),
        (None, "2026-11-25", None),
    ],
)
def test_age_bands(three: list[Database], born: str | None, today: str, expected: Value) -> None:
    """A band holds from the birthday on; the 29th of February is followed by the 1st of March."""
    of = asking("{age_band: born, bands: {child: 0, adult: 18, elder: 65}}")
    desk = Desk()
    person = desk.add("customers", fields={"born": today})
    now = int(str(desk.standing(of, person).traits["born"]))
    assert everywhere(three, of, [{"born": born}], now) == [expected]
    assert everywhere(three, of, [{"born": born}], now + DAY - 1) == [expected]


def test_an_age_band_below_the_first_is_unknown(three: list[Database]) -> None:
    """Who is younger than the first band belongs to none."""
    of = asking("{age_band: born, bands: {adult: 18}}")
    assert everywhere(three, of, [{"born": "2026-01-01"}]) == [None]


@pytest.mark.parametrize("days", [0, 1, 2.5, -1, -0.25])
def test_days_of_a_date_trait(three: list[Database], days: float) -> None:
    """Days to and from a date that is a trait are whole, rounded down, and below 0 on the other side."""
    more = f'seen: {{is: "born - hours({abs(days) * 24:.0f})"}}' if days >= 0 else "seen: {is: born}"
    fields = [{"born": "2026-06-01"}]
    now = 1_780_272_000 if days >= 0 else 1_780_272_000 + round(days * DAY)
    since, until = (
        everywhere(three, asking(f"{{days_{way}: seen}}", more), fields, now) for way in ("since", "until")
    )
    assert since == [int(days // 1)]
    assert until == [int(-days // 1)]


def test_a_protected_trait_is_followed_through_every_derivation() -> None:
    """Lookups, expressions and bands of something protected may colour the tone and nothing else."""
    for trait, name in (
        ("{lookup: religion, in: climate}", "religion"),
        ("{is: \"religion = 'x'\"}", "religion"),
        ("{age_band: born, bands: {elder: 65}}", "asked_for"),
    ):
        traits = f"{FIELDS}, religion: {{from: customer.fields.religion, type: text}}, asked_for: {trait}"
        when = "when: asked_for is not null, treatment: {tags: [x]}"
        text = (
            f"{TABLES}\ntraits: {{{traits}}}\nsegments: {{s: {{kind: value, label: S, rank: 1, {when}}}}}\n"
        )
        with pytest.raises(PolicyError, match=f"{name}.* -> segment s -> tags"):
            policy(text)


@pytest.mark.parametrize(
    ("trait", "message", "remedy"),
    [
        ("{is: arr / seat}", "seat is not known here", "Did you mean seats?"),
        ("{is: now - born}", "a length of time", "days_since"),
        ("{is: met}", "met is about one ticket", "last: ticket.met"),
        ("{is: 'arr +'}", "cannot be read", "Write"),
        ("{is: asked_for + 1}", "circle: asked_for -> asked_for", "Take one"),
        ("{lookup: country, in: climat}", "there is no table climat", "Did you mean climate?"),
        ("{lookup: contry, in: climate}", "there is no trait contry", "Did you mean country?"),
        ("{lookup: arr, in: climate}", "arr is a number, and lookup needs a text", "type text"),
        ("{lookup: country, in: climate, type: number}", "'winter' is not a number", "type: text"),
        ("{lookup: country, in: climate, type: date}", "a table holds no date", "Use type"),
        ("{lookup: country}", "lookup needs in", "Correct"),
        ("{age_band: born}", "age_band needs bands", "Correct"),
        ("{age_band: born, bands: {old: 65, young: 0}}", "bands rise", "Correct"),
        ("{age_band: arr, bands: {old: 65}}", "arr is a number, and age_band needs a date", "type date"),
        ("{age_band: born, bands: {old: 65}, sensitivity: open}", "protected by its nature", "Leave"),
        ("{days_until: renewl}", "there is no trait renewl", "Declare it under traits"),
        ("{days_until: born, within: 2 days}", "within goes with tickets", "Take within out"),
        ("{from: customer.locale, in: climate}", "in does not go with from", "Correct"),
    ],
)
def test_faults_say_what_to_write(trait: str, message: str, remedy: str) -> None:
    """What cannot be derived is refused at its place, with what can."""
    with pytest.raises(PolicyError) as refused:
        asking(trait, "met: {from: ticket.fields.met, type: boolean}")
    (fault,) = refused.value.faults
    assert message in fault.message
    assert remedy in fault.remedy


def test_a_circle_is_one_fault_that_names_the_way_round() -> None:
    """Who only reads a member of the circle is not blamed for it."""
    with pytest.raises(PolicyError) as refused:
        asking("{is: a}", "a: {is: b}, b: {is: c + 1}, c: {is: a}")
    (fault,) = refused.value.faults
    assert "a -> b -> c -> a" in fault.message


def test_a_quoted_word_is_not_a_name() -> None:
    """A trait may have the name of a text that it compares with, or of a column of ratings."""
    of = one(
        "true",
        "score: {share: ratings, of: \"score = 'good'\"}, web: {count: tickets, where: \"channel = 'web'\"}",
    )
    assert list(compiled(of).definitions) == ["score", "web"]
    assert understand(of.traits, {}, {})[1] == []


def test_only_what_is_read_is_followed() -> None:
    """What a trait reads is named completely: conditions, columns, what it follows from."""
    of = asking(
        "{lookup: code, in: climate}",
        "code: {is: \"coalesce(country, 'x')\"}, met: {from: ticket.fields.met, type: boolean},"
        " shares: {share: tickets, of: met, where: channel is not null}, firsts: {first: ticket.met}",
    )
    reads = {name: found.rests_on for name, found in compiled(of).definitions.items()}
    assert reads["asked_for"] == ("code",)
    assert reads["code"] == ("country",)
    assert reads["shares"] == reads["firsts"] == ("met",)


CSV_POLICY = (
    HEAD
    + "tables: {places: {file: places.csv}}\n"
    + "traits: {place: {from: customer.fields.place, type: text}, climate: {lookup: place, in: places}}\n"
    + "segments: {cold: {kind: geographic, label: Cold, rank: 1, when: \"climate = 'winter'\"}}\n"
    + TAIL
)


def written(folder: Path, csv: bytes | None) -> Path:
    """A policy file with a CSV file beside it."""
    path = folder / "policy.yaml"
    path.write_text(CSV_POLICY, encoding="utf-8")
    if csv is not None:
        (folder / "places.csv").write_bytes(csv)
    return path


def test_a_csv_file_becomes_part_of_the_policy(tmp_path: Path) -> None:
    """Its rows are in the text and the version, so that a stored policy can be read without the file."""
    path = written(tmp_path, '\ufeffplace,climate,note\r\n"Umeå, SE",winter,x\r\nNO,winter\r\n\r\n'.encode())
    of = load([path])
    assert of.tables == {"places": {"Umeå, SE": "winter", "NO": "winter"}}
    again = load_text(of.text, "stored")
    assert (again.version, again.tables) == (of.version, of.tables)
    (tmp_path / "places.csv").write_text("place,climate\nNO,mild\n", encoding="utf-8")
    assert load([path]).version != of.version
    desk = Desk()
    customer = desk.add("customers", fields={"place": "Umeå, SE"})
    assert desk.standing(again, customer).segments == (True,)


@pytest.mark.parametrize(
    ("csv", "line", "message"),
    [
        (None, 1, "cannot be opened"),
        (b"place,climate\nNO,\xff\n", 1, "is not UTF-8"),
        (b"place,climate\nNO,a\nSE\n", 3, "no second column"),
        (b"place,climate\n,a\n", 2, "the key is empty"),
        (b"place,climate\nNO,a\nNO,b\n", 3, "NO is there twice"),
        (b"place,climate\nNO,a\x00b\n", 2, ""),
        (b'place,climate\nNO,"a\n', 2, "is not CSV"),
        (b"place,climate\nNO," + b"x" * 301 + b"\n", 2, "longer than 300"),
        (
            b"place,climate\n" + b"".join(b"%d,a\n" % n for n in range(MOST_ROWS + 1)),
            1,
            "more than 5,000 rows",
        ),
        (b"place,climate\n" + b"x" * 140_000, 1, "larger than 128 kB"),
    ],
)
def test_a_bad_csv_file_is_a_fault_at_its_line(
    tmp_path: Path, csv: bytes | None, line: int, message: str
) -> None:
    """Every fault of a table's file names the file, the line and what to do."""
    with pytest.raises(PolicyError) as refused:
        load([written(tmp_path, csv)])
    fault = refused.value.faults[0]
    assert (fault.file, fault.line) == ("places.csv", line)
    assert message in fault.message
    assert fault.remedy


@pytest.mark.parametrize("file", ["../places.csv", "/etc/passwd", "a/b.csv", "places.txt", "C:x.csv", ".csv"])
def test_only_a_csv_file_beside_the_policy_is_read(tmp_path: Path, file: str) -> None:
    """A policy cannot make anybody read another file."""
    path = tmp_path / "policy.yaml"
    path.write_text(CSV_POLICY.replace("places.csv", file), encoding="utf-8")
    with pytest.raises(PolicyError, match="write its name alone"):
        load([path])


def test_a_policy_from_text_alone_says_what_it_lacks() -> None:
    """Text that names a file but does not hold its rows is refused."""
    with pytest.raises(PolicyError, match=r"rows of places\.csv are not here"):
        load_text(CSV_POLICY, "stored")


def test_a_table_has_rows_or_a_file() -> None:
    """Neither and both are refused."""
    for table in ("{}", "{rows: {a: b}, file: a.csv}"):
        with pytest.raises(PolicyError, match="either rows or a file"):
            load_text(CSV_POLICY.replace("{file: places.csv}", table), "stored")
