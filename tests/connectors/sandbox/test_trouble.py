"""Faults on demand: named, rated, repeatable."""

from __future__ import annotations

import pytest

from connectors.sandbox import trouble
from connectors.sandbox.trouble import Trouble, rates_in


@pytest.fixture(autouse=True)
def _two_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trouble, "FAULTS", {"hail": "ice falls", "fog": "nothing is seen"})


def test_a_seed_repeats_a_run_and_faults_do_not_disturb_each_other() -> None:
    """The same seed strikes at the same places, whatever else is switched on."""
    alone, both = Trouble(7), Trouble(7)
    alone.set({"hail": 0.4})
    both.set({"hail": 0.4, "fog": 0.5})
    first = [alone.strikes("hail") for _ in range(200)]
    second = [(both.strikes("fog"), both.strikes("hail"))[1] for _ in range(200)]
    assert first == second
    assert alone.struck["hail"] == sum(first) > 50
    other = Trouble(8)
    other.set({"hail": 0.4})
    assert [other.strikes("hail") for _ in range(200)] != first


def test_rates_are_kept_until_they_are_changed() -> None:
    """A fault stays as it was set, 0 and 1 mean never and always, clearing ends everything."""
    wild = Trouble()
    wild.set({"hail": 1})
    wild.set({"fog": 0.25})
    assert dict(wild.rates) == {"hail": 1, "fog": 0.25}
    assert all(wild.strikes("hail") for _ in range(20))
    wild.set({"hail": 0})
    assert not any(wild.strikes("hail") for _ in range(20))
    wild.clear()
    assert not wild.rates


@pytest.mark.parametrize("rates", [{"hail": 0.5, "frogs": 1}, {"hail": 1.5}, {"hail": -0.1}])
def test_a_wrong_wish_changes_nothing(rates: dict[str, float]) -> None:
    """An unknown name or a rate beyond 0 to 1 is refused by name, and no part of it is taken."""
    calm = Trouble()
    with pytest.raises(ValueError, match=r"hail|frogs"):
        calm.set(rates)
    assert not calm.rates


def test_a_run_begins_again() -> None:
    """After a restart the same seed strikes as it did at first, and counts from nothing; the rates stay."""
    wild = Trouble(7)
    wild.set({"hail": 0.4})
    first = [wild.strikes("hail") for _ in range(50)]
    wild.restart(7)
    assert not wild.struck
    assert [wild.strikes("hail") for _ in range(50)] == first


def test_rates_are_replaced() -> None:
    """What is not named is off afterwards; a wrong wish leaves everything as it was."""
    wild = Trouble()
    wild.replace({"hail": 0.4})
    with pytest.raises(ValueError, match="frogs"):
        wild.replace({"frogs": 1})
    assert dict(wild.rates) == {"hail": 0.4}
    wild.replace({"fog": 0.1})
    assert dict(wild.rates) == {"fog": 0.1}


def test_rates_as_people_write_them() -> None:
    """Pairs with commas between, spaces allowed; what is none is quoted in the refusal."""
    assert rates_in(" hail=0.4, fog=1 ,") == {"hail": 0.4, "fog": 1}
    assert rates_in("") == {}
    for text in ("hail", "hail=often", "=1,fog=x"):
        with pytest.raises(ValueError, match="is not a fault with a rate"):
            rates_in(text)
