"""Every promise that has a number has a test that carries it in its name.

``acceptance`` and ``pitfall`` are what a faithful help desk does and where users of the real one were hurt,
``f_http`` and ``f_page`` are faults of answers and of paging, ``f_out`` and ``f_crash`` of writing and of
dying, ``a_pol`` and ``a_tpl`` attacks by policy files and by the templates in them, ``a_xss`` by what
customers and other pages write, ``a_jwt`` on the sidebar's door. That the tests prove their rows is for
readers; that none gets lost when tests are moved or renamed is for this one.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
ROWS = {
    "acceptance": range(1, 13),
    "pitfall": range(1, 17),
    "f_page": range(1, 13),
    "f_http": range(11, 18),
    "f_out": range(1, 14),
    "f_crash": (1, 3, 4),
    # The eleventh is about signed bundles of policies, which there are none of.
    "a_pol": range(1, 11),
    "a_tpl": range(1, 16),
    "a_xss": range(1, 12),
    # The seventeenth is about signed addresses, of which there are none; a store holds one desk (20).
    "a_jwt": (*range(1, 17), 18, 19),
}
_NAME = re.compile(r"test_([a-z]+(?:_[a-z]+)?)_([0-9]{2}(?:_(?:and|to)_[0-9]{2})*)_[a-z0-9]")


def numbered(name: str) -> Iterator[tuple[str, int]]:
    """The rows that a test's name carries: ``test_f_http_13_and_14_…`` carries two, ``01_to_10`` ten."""
    if found := _NAME.match(name):
        for numbers in found[2].split("_and_"):
            first, _, last = numbers.partition("_to_")
            yield from ((found[1], number) for number in range(int(first), int(last or first) + 1))


@pytest.fixture(scope="module")
def proved() -> set[tuple[str, int]]:
    """Every row that some test of ours carries; only what pytest would run counts."""
    found: set[tuple[str, int]] = set()
    for path in TESTS.rglob("test_*.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and not _skipped(node):
                found.update(numbered(node.name))
    return found


def _skipped(node: ast.FunctionDef) -> bool:
    """Whether a test is switched off whatever happens."""
    marks = [ast.unparse(one) for one in node.decorator_list]
    return any(re.match(r"pytest\.mark\.(skip(\(|$)|xfail)", one) for one in marks)


@pytest.mark.parametrize(("family", "row"), [(family, row) for family, rows in ROWS.items() for row in rows])
def test_every_numbered_promise_has_a_test(proved: set[tuple[str, int]], family: str, row: int) -> None:
    """Some test is named after the row."""
    assert (family, row) in proved, f"no test is named test_{family}_{row:02}_…"


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("test_acceptance_04_a_job", [("acceptance", 4)]),
        ("test_f_http_13_and_14_cut", [("f_http", 13), ("f_http", 14)]),
        ("test_a_tpl_01_to_03_out", [("a_tpl", 1), ("a_tpl", 2), ("a_tpl", 3)]),
        ("test_f_http_18_a_ssrf_06_redirects", [("f_http", 18)]),
        ("test_f_page_1_short", []),
        ("test_pitfall_01", []),
        ("test_something_else", []),
    ],
)
def test_names_are_read_as_they_are_meant(name: str, rows: list[tuple[str, int]]) -> None:
    """Two digits, joined by ``and`` or ``to``, and words behind them."""
    assert list(numbered(name)) == rows
