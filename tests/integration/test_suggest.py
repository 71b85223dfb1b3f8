"""Proposals: found in data that holds them, true by the engine, and never in force."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from integration.preview import preview
from integration.progress import silent
from integration.store.dump import everything
from integration.suggest import Suggested, SuggestError, suggest
from integration.suggest.people import OUTCOMES, giving_away
from integration.suggest.profile import quartiles, separation
from integration.suggest.run import NO_TREES
from policies.lint import lint
from policies.load import load, load_text
from policies.proposal import Proposal, written
from tests.integration.stock import Stock, stocked
from tests.integration.test_cli import run
from tests.policies.desk import DAY, NOW, policy, text

MIDDLE = """
traits:
  plan: {from: customer.fields.plan, type: text}
  seats: {from: customer.fields.seats, type: number}
  age: {from: customer.fields.age, type: number}
  worth: {from: customer.fields.worth, type: number, format: money, currency: EUR}
  total: {count: tickets}
  recent: {count: tickets, within: 30 days}
  voice: {from: ticket.channel}
  calls: {count: tickets, where: "voice = 'voice'"}
  last: {maximum: ticket.created_at}
  bad: {count: ratings, where: "score = 'bad'"}
segments:
  any: {kind: value, label: Any, rank: 1, when: {any: [total > 0, bad > 0, calls > 0, recent > 0]}}
"""
OF = policy(MIDDLE)


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stock]:
    """300 customers: bad ratings come almost only to small teams of the plan basic, and to the old."""
    draw = random.Random(3)
    with stocked(tmp_path_factory.mktemp("desk")) as found:
        for number in range(300):
            plan = draw.choice(["basic", "pro", "it's big"])
            seats = draw.choice([None, *range(1, 41)])
            unlucky = plan == "basic" and (seats or 99) <= 12
            befell = draw.random() < (0.9 if unlucky else 0.08)
            fields = {"plan": plan, "age": 80 if befell else 30, "worth": draw.randrange(9000)}
            fields |= {} if seats is None else {"seats": seats}
            customer = found.add("customers", fields=fields)
            for _ in range(draw.randrange(1, 9)):
                found.add(
                    "tickets",
                    customer_id=customer,
                    created_at=NOW - draw.randrange(90 * DAY),
                    channel="email",
                )
            if number % 10:
                found.add("ratings", customer_id=customer, score="bad" if befell else "good")
        yield found


def suggested(stock: Stock, out: Path, *, force: bool = False) -> Suggested:
    return suggest(stock.store, OF, "bad_rating", NOW, out, silent, force=force)


def test_a_tree_finds_what_is_in_the_data(stock: Stock, tmp_path: Path) -> None:
    """Plan and seats, not the age that says more and is protected, nor the ratings that are the outcome."""
    pytest.importorskip("sklearn")
    found = suggested(stock, tmp_path / "s.yaml")
    best = next(one for one in found.proposals if one.name == "extra_care_1")
    assert "plan = 'basic'" in best.lines
    assert any(line.startswith("seats <= 1") for line in best.lines)
    stability = float(best.figures[2].split()[1].rstrip(":"))
    assert stability > 0.8
    read = {word for one in found.proposals for line in one.lines for word in line.split()}
    assert read.isdisjoint({"age", "bad"})


def test_the_figures_are_those_of_the_engine(stock: Stock, tmp_path: Path) -> None:
    """Each proposal has as many members in a preview as its first figure says, and lint finds no error."""
    found = suggested(stock, tmp_path / "s.yaml")
    assert found.path is not None
    loaded = load([found.path])
    assert [
        one for one in lint(loaded, datetime.fromtimestamp(NOW, UTC).date()) if one.level == "error"
    ] == []
    seen = preview(stock.store, loaded, NOW, silent)
    assert seen.segments.keys() == {one.name for one in found.proposals}
    for one in found.proposals:
        said = int(one.figures[0].split()[0])
        members = seen.segments[one.name].members
        if "told" in one.figures[0]:  # one customer in ten has no rating
            assert said <= members <= said * 1.35
        else:
            assert members == said


def test_nothing_is_put_in_force(stock: Stock, tmp_path: Path) -> None:
    """The store stays as it is; a file that is there is left alone unless replaced by wish."""
    with stock.store.read() as connection:
        before = list(everything(connection))
    out = tmp_path / "s.yaml"
    suggested(stock, out)
    first = out.read_text()
    with stock.store.read() as connection:
        assert list(everything(connection)) == before
    with pytest.raises(SuggestError, match="--force"):
        suggested(stock, out)
    suggested(stock, out, force=True)
    assert out.read_text() == first


def test_traits_are_told_with_fill_spread_and_separation(stock: Stock, tmp_path: Path) -> None:
    """The plan separates, the worth does not; what says the outcome itself is not rated; no age."""
    found = {one.trait: one for one in suggested(stock, tmp_path / "s.yaml").traits}
    assert "age" not in found
    assert found["bad"].separation is None
    assert cast(float, found["plan"].separation) > 0.3 > cast(float, found["worth"].separation)
    assert found["plan"].fill == 1.0
    assert 0.9 < found["seats"].fill < 1.0
    assert found["plan"].spread is None
    low, half, high = cast(tuple[float, float, float], found["last"].spread)
    assert 0 <= low < half < high < 90


def test_without_scikit_learn_groups_are_proposed_and_the_rest_is_named(
    stock: Stock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The extra is optional: its absence is a sentence with what to install."""
    monkeypatch.setitem(sys.modules, "sklearn.tree", None)
    found = suggested(stock, tmp_path / "s.yaml")
    assert found.note == NO_TREES
    assert {one.name for one in found.proposals} >= {"recent_and_often", "much_and_often"}
    assert not [one for one in found.proposals if one.name.startswith("extra")]


def test_a_desk_with_too_few_customers_gets_no_proposal(tmp_path: Path) -> None:
    """Three people are no group; an empty store is an error that says what to do."""
    with stocked(tmp_path) as few:
        with pytest.raises(SuggestError, match="deskcue sync"):
            suggest(few.store, OF, "reopened", NOW, tmp_path / "s.yaml", silent, force=False)
        for _ in range(3):
            few.add("tickets", customer_id=few.add("customers"), reopens=1)
        found = suggest(few.store, OF, "reopened", NOW, tmp_path / "s.yaml", silent, force=False)
    assert (found.proposals, found.path, found.told, found.befell) == ([], None, 3, 3)
    assert not (tmp_path / "s.yaml").exists()


def test_separation_is_nothing_by_chance_and_one_by_rule() -> None:
    """Numbers by rank, others by their shares; ties count half; with one side only it cannot be told."""
    hits = [True, True, False, False]
    assert separation([9, 8, 2, 1], hits) == separation([1, 2, 8, 9], hits) == 1.0
    assert separation([1, 2, 1, 2], hits) == 0.0
    assert separation(["a", "a", "b", "b"], hits) == 1.0
    assert separation([True, False, True, False], hits) == 0.0
    assert separation([1, 2, 3, 4], [True, True, None, None]) is None
    assert separation([3, None, 1, None], hits) == 1.0
    assert quartiles([1, 2, 3, 4]) == (2, 3, 4)


def test_what_is_computed_from_a_giveaway_gives_away() -> None:
    """For reopened tickets: a count of them, however it is written."""
    of = policy("""
traits:
  again: {from: ticket.reopens}
  often: {count: tickets, where: again > 0}
  plainly: {share: tickets, of: reopens > 0}
  total: {count: tickets}
segments:
  any: {kind: value, label: Any, rank: 1, when: often > 1 and plainly > 0.1 and total > 1}
""")
    assert giving_away(of, OUTCOMES["reopened"]) == {"again", "often", "plainly"}


def test_a_proposal_is_a_whole_policy_whatever_it_reads() -> None:
    """Windows, filters, money and the traits behind traits are written so that the file loads."""
    asked = Proposal(
        "some_few", 'Some: "few"', "value", ("calls > 1 and recent < 4", "worth >= 10"), ("Two\nlines.",)
    )
    of = policy(MIDDLE.replace("calls: {count: tickets,", "calls: {count: tickets, within: 90 minutes,"))
    loaded = load_text(written(of, [asked], "Look: closely", of.review_by), "p.yaml")
    assert loaded.traits.keys() == {"worth", "recent", "voice", "calls"}
    assert loaded.traits["calls"] == of.traits["calls"]
    assert loaded.traits["recent"].within == 30 * DAY
    assert loaded.segments["some_few"].label == 'Some: "few"'


def test_the_command_writes_where_it_is_told(stock: Stock, tmp_path: Path) -> None:
    """A document for programs; a wrong outcome is a usage error with the nearest."""
    (tmp_path / "p.yaml").write_text(text(MIDDLE))
    here = {"DESKCUE_DATA": str(stock.store.path.parent), "DESKCUE_POLICY": '["p.yaml"]'}
    done = run(tmp_path, "policy", "suggest", "--out", "mine.yaml", "--json", **here)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["path"] == "mine.yaml"
    assert (tmp_path / "mine.yaml").exists()
    wrong = run(tmp_path, "policy", "suggest", "--outcome", "bad_ratin", **here)
    assert (wrong.returncode, "Did you mean bad_rating?" in wrong.stderr) == (2, True)
