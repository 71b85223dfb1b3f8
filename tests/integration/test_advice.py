"""One view, three renderings: what the page says is said as data and as text, in every state."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import typer

from connectors.sandbox.server import RunningSandbox
from integration import jobs
from integration.advice_command import Subject, subject
from integration.progress import silent
from integration.sidebar import (
    Company,
    CompanySources,
    Sources,
    View,
    advice_data,
    advice_text,
    render_fragment,
)
from tests.integration.desk import beside, small_desk
from tests.integration.sidebar_cases import (
    NOW,
    SHOP,
    apart,
    firm,
    known,
    northwind,
    seen,
    with_customer,
    with_ticket,
)
from tests.integration.test_cli import run
from tests.integration.test_sidebar_page import Page

STATES: dict[str, Sources] = {
    "ready": known(),
    "not sure": replace(known(), members={"renewal_at_stake": True}),
    "unknown": Sources("101"),
    "nobody stored": replace(known(), customer=None),
    "in no segment": replace(known(), members={}),
    "old": replace(known(), synced_at=NOW - 30 * 3600),
    "failed": replace(known(), fault="The desk answers 503"),
    "at rest": with_ticket(known(), status="solved"),
    "overdue": with_ticket(known(), waiting_since=NOW - 9 * 3600, created_at=NOW - 9 * 3600),
    "no rating": replace(known(), ratings=()),
    "no locale": with_customer(known(), locale=None, time_zone=None),
    "a customer": apart(),
    "a customer not stored": replace(apart(), customer=None),
    "a colleague": with_customer(apart(), deleted=True),
    "an old customer": replace(apart(), synced_at=NOW - 30 * 3600),
}
COMPANIES: dict[str, CompanySources] = {
    "a company": northwind(),
    "a large one": replace(northwind(), crowd=replace(northwind().crowd, whole=False), open_count=1001),
    "one not stored": replace(northwind(), organization=None, open=()),
    "one of another policy": replace(northwind(), assigned_by="000000000000"),
    "an old one": replace(northwind(), synced_at=NOW - 30 * 3600),
}
VIEWS: dict[str, View | Company] = {
    **{name: seen(one) for name, one in STATES.items()},
    **{name: firm(one) for name, one in COMPANIES.items()},
}

BUTTONS = ("Copy", "Refresh", "Try again")
"""What a text has nothing to press for."""


class Texts(Page):
    """The texts of a page, each as it stands between two tags."""

    def __init__(self, html: str) -> None:
        self.texts: list[str] = []
        super().__init__(html)

    def handle_data(self, data: str) -> None:
        self.texts.append(" ".join(data.split()))
        super().handle_data(data)


def flat(value: object) -> Iterator[str]:
    """Every text in data."""
    if isinstance(value, dict):
        for one in value.values():
            yield from flat(one)
    elif isinstance(value, list):
        for one in value:
            yield from flat(one)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("state", VIEWS)
def test_whatever_is_said_as_data_stands_on_the_page_and_in_the_text(state: str) -> None:
    """No state says more, less or otherwise without HTML."""
    found = VIEWS[state]
    data = advice_data(found)
    page = " ".join(Page(render_fragment(found, insert=False)).text.split())
    told = " ".join(advice_text(found).split())
    language = (data.get("writing") or {}).get("sample") or {}
    left_out = {found.state, found.announcement, language.get("language", "")}
    if found.old:
        left_out.add(found.updated)  # the old line says it instead
    trends = {fact["trend"] for fact in data["facts"]}
    for text in set(flat(data)) - left_out - trends - {""}:
        assert " ".join(text.split()) in page, text
        assert " ".join(text.split()) in told, text


@pytest.mark.parametrize("state", VIEWS)
def test_whatever_the_page_says_stands_in_the_text(state: str) -> None:
    """The other way round: no line of the page is missing."""
    found = VIEWS[state]
    told = " ".join(advice_text(found).lower().split())
    for text in Texts(render_fragment(found, insert=False)).texts:
        assert text.strip(" ·,").lower() in told or text in BUTTONS, text


def test_text_is_narrow_and_steers_nothing() -> None:
    """No line is wider than a terminal; what a customer wrote cannot move the cursor."""
    nasty = with_customer(known(), name="Ma\x1b[31mya\r\nChen")
    told = advice_text(seen(nasty))
    assert max(map(len, told.splitlines())) <= 78
    assert "\x1b" not in told
    assert "\r" not in told


def test_data_can_be_written_as_json_and_says_when() -> None:
    """Instants are numbers beside the words; absent parts are null or empty."""
    ready, unknown = (json.loads(json.dumps(advice_data(seen(STATES[one])))) for one in ("ready", "unknown"))
    assert ready["reply_by"]["at"] == NOW + 38 * 60
    assert ready["reply_by"]["left"] == "in 38 minutes"
    assert (unknown["why"], unknown["facts"], unknown["state"]) == (None, [], "unknown")
    assert ready.keys() == unknown.keys()


def test_the_readme_names_every_key() -> None:
    """What is promised to be always there is what is there."""
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    promised = readme.partition("Every key is always there:")[2].partition("; absent parts")[0]
    found = set(re.findall(r"`([a-z_]+)`", promised)) - {"ready", "unknown", "rest"}
    assert found == advice_data(seen(known())).keys() == advice_data(seen(apart())).keys()
    of_companies = readme.partition("Of an organization the keys are")[2].partition(".")[0]
    assert set(re.findall(r"`([a-z_]+)`", of_companies)) == advice_data(firm(northwind())).keys()


def test_the_command_shows_a_ticket_of_the_store(tmp_path: Path) -> None:
    """As text and as JSON, in the language that is set; one not stored is a failure with what to do next."""
    with RunningSandbox(small_desk(), delay=0.0) as sandbox, beside(sandbox, tmp_path / "var") as app:
        jobs.cycle(app, silent)
        with app.store.read() as connection:
            ticket = str(connection.exec_driver_sql("SELECT ticket_id FROM decisions").scalar())
            customer, firm_id = connection.exec_driver_sql(
                "SELECT id, organization_id FROM customers WHERE NOT deleted AND organization_id IS NOT NULL"
            ).first() or ("", "")
    where = {"DESKCUE_DATA": "var"}
    done = run(tmp_path, "advice", f"#{ticket}", **where)
    assert done.returncode == 0, done.stderr
    assert "Tone" in done.stdout
    found = json.loads(run(tmp_path, "advice", ticket, "--json", **where).stdout)
    assert found["ticket"] == ticket
    assert found["segment"]["label"] in done.stdout
    found = json.loads(run(tmp_path, "advice", "--customer", customer, "--json", **where).stdout)
    assert (found["customer_id"], found["reply_by"]) == (customer, None)
    told = run(tmp_path, "advice", "--organization", firm_id, **where)
    assert "Customers by segment" in told.stdout, told.stderr
    arabic = run(tmp_path, "advice", ticket, DESKCUE_SIDEBAR__LOCALE="ar", PYTHONIOENCODING="utf-8", **where)
    assert "\N{ARABIC LETTER NOON}" in arabic.stdout
    assert not set("\N{REPLACEMENT CHARACTER}\u200f\u2066\u2067\u2068\u2069") & set(arabic.stdout)
    missing = run(tmp_path, "advice", "999999999", **where)
    assert missing.returncode == 1
    assert "deskcue sync" in missing.stderr


def test_one_thing_at_a_time_is_asked_about() -> None:
    """A ticket, a customer or an organization, by its number alone or as it is named elsewhere."""
    assert subject("#12", None, None) == Subject("ticket", "12")
    assert subject(None, "customer:9", None) == Subject("customer", "9")
    assert subject(None, None, "3") == Subject("organization", "3")
    for named in ((None, None, None), ("12", "9", None), (None, "9", "3")):
        with pytest.raises(typer.BadParameter):
            subject(*named)


def test_the_policy_of_these_cases_is_the_one_that_decided() -> None:
    """Else every state above would be the same one."""
    assert {seen(one, SHOP).state for one in STATES.values()} == {"ready", "unknown", "rest"}
