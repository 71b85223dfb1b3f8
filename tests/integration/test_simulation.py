"""Seeded runs of sync and write-back in bad weather: quiet returns, and everything is as it must be."""

from __future__ import annotations

import os

import pytest

from tests.integration.simulation import Figures, Simulation, shelter, simulate, simulate_all

QUICK, MANY = 120, 10_000


def _demand(figures: Figures, failed: list[str], seeds: int) -> None:
    """No seed failed, all were run, and trouble really struck."""
    assert not failed, "\n".join(failed)
    assert figures.seeds == seeds
    assert figures.own_429 <= figures.requests / 1_000, figures
    assert min(figures.written, figures.crashes, figures.injected_429, figures.struck["swallowed"]) > 0


def test_f_http_04_some_seeds_of_sync_and_write_back() -> None:
    """INV-1 to INV-4, INV-7, F-HTTP-01 to -04 and -19, F-OUT-01 to -07: whatever the weather was.

    A failure names its seed; `python -m tests.integration.simulation 1 --first SEED` runs it again.
    """
    _demand(*simulate_all(range(QUICK)), seeds=QUICK)


@pytest.mark.full
def test_f_http_04_ten_thousand_seeds() -> None:
    """The same for ten thousand seeds; ``DESKCUE_SEEDS`` is another number of them."""
    seeds = int(os.environ.get("DESKCUE_SEEDS", str(MANY)))
    _demand(*simulate_all(range(1_000, 1_000 + seeds)), seeds=seeds)


def test_f_http_20_a_call_that_arrives_twice_is_known_as_ours() -> None:
    """The second delivery conflicts with the first; what the first one wrote still counts as ours."""
    with shelter() as (folder, template):
        run = Simulation(5, folder, template)
        run.desk.trouble.set({"duplicate": 1})
        run.cycle()
        run.settle()
        figures = run.counted()
        run.end()
    assert figures.written > 0
    assert (figures.forgotten, run.hands.wronged) == (0, [])


def test_a_seed_gives_the_same_run_again() -> None:
    """Every request, fault and effect of a seed comes again in the same order; another seed gives others."""
    with shelter() as (folder, template):
        one, again, other = (simulate(seed, folder, template) for seed in (3, 3, 4))
    assert one == again
    assert one != other
