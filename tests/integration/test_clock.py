"""Time passes: memberships under the clock are at every hour what assigning everyone would find."""

from __future__ import annotations

from pathlib import Path

import pytest

from integration.check import Checked
from integration.store import due
from tests.integration.life import Life


def live(folder: Path, seed: int, hours: int) -> tuple[int, int]:
    """Let hours pass and compare after each; gives how many were looked at and how many could have been."""
    life = Life(folder, seed)
    try:
        life.assign()
        return sum(_hour(life) for _ in range(hours)), 12 * hours
    finally:
        life.close()


def _hour(life: Life) -> int:
    looked = life.hour()
    checked = life.check()
    assert (checked.customers, checked.waiting) == (12, 0)
    assert checked.differences == [], f"at {life.clock.wall()}"
    return looked


@pytest.mark.parametrize("seed", range(3))
def test_some_weeks_hour_by_hour_equal_the_full_recomputation(tmp_path: Path, seed: int) -> None:
    """Standings, memberships and decisions are those of looking at everyone, over the end of a year."""
    looked, possible = live(tmp_path, seed, 24 * 14)
    assert 0 < looked < possible / 4


@pytest.mark.parametrize("seed", range(20, 23))
def test_from_instant_to_instant_nothing_changes_between(tmp_path: Path, seed: int) -> None:
    """One second before somebody is due everything stored is still true, and at the second they wait."""
    life = Life(tmp_path, seed)
    try:
        life.assign()
        for _ in range(60):
            with life.store.read() as connection:
                at = due.earliest(connection)
            assert at is not None
            assert at > life.clock.wall()
            life.clock.advance(at - 1 - life.clock.wall())
            assert life.check() == Checked(customers=12)
            life.clock.advance(1)
            assert life.check().waiting == life.assign() > 0
    finally:
        life.close()


@pytest.mark.full
@pytest.mark.parametrize("seed", range(10, 12))
def test_a_year_hour_by_hour_equals_the_full_recomputation(tmp_path: Path, seed: int) -> None:
    """A whole year with its leap day, for other policies and other people."""
    looked, possible = live(tmp_path, seed, 24 * 366)
    assert 0 < looked < possible / 4
