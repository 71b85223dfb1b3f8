"""The question under the advice over HTTP: what is taken, from whom, and what is kept of it."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import replace

import httpx
import pytest

from integration.sidebar import Sources, render_fragment, shown
from integration.store.engine import StoreBusyError
from integration.store.feedback import Feedback
from integration.web.session import LIFE
from tests.connectors.zendesk.test_signed import NOW as SIGNED_AT
from tests.integration.sidebar_cases import DECISION, NOW, SHOP, known, part, seen, standing, with_ticket
from tests.integration.test_door import PATH, Site
from tests.integration.test_sidebar_page import Page

AGENT = "42"
"""Whom the signed requests of the tests come from."""


class Desk:
    """A site that keeps answers, and a page held by an agent whom the desk has signed in."""

    def __init__(self) -> None:
        self.kept: list[Feedback] = []
        self.site = Site(keep=self._keep)
        self.held = self.site.held()
        self.fault: Exception | None = None

    def _keep(self, given: Feedback) -> None:
        if self.fault:
            raise self.fault
        self.kept.append(given)

    @property
    def mark(self) -> str:
        found = re.search(r'data-ask="([0-9a-f]{16})"', self.site.fragment(self.held).text)
        assert found is not None
        return found[1]

    def say(self, **answer: object) -> httpx.Response:
        body = {"shown": self.mark, "verdict": "wrong", "part": "tone", "line": "Too stiff"} | answer
        return self.post(json.dumps(body))

    def post(self, content: str, **headers: str) -> httpx.Response:
        stated = {
            "authorization": f"Bearer {self.held}",
            "sec-fetch-site": "same-origin",
            "content-type": "application/json",
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        return self.site.ask("POST", f"{PATH}/tickets/7/feedback", content=content, headers=stated)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_an_answer_is_kept_with_what_was_shown(desk: Desk) -> None:
    """Ticket, customer, policy, segment, tone and channel by their names, and the agent of the pass."""
    answer = desk.say()
    assert (answer.status_code, answer.content) == (204, b"")
    assert desk.kept == [
        Feedback(
            ticket_id="7",
            agent_id=AGENT,
            policy=SHOP.version,
            customer_id="7",
            segment="renewal_at_stake",
            tone="calm",
            channel="phone",
            verdict="wrong",
            part="tone",
            line="Too stiff",
            at=SIGNED_AT,
        )
    ]
    assert desk.say(verdict="right", part="", line="").status_code == 204
    assert (desk.kept[1].verdict, desk.kept[1].part) == ("right", "")


def test_a_line_is_one_line_without_hidden_signs(desk: Desk) -> None:
    """Line breaks become blanks; control and direction characters are shown as a mark."""
    desk.say(line=" Too\nstiff \x1b\u202e")
    assert desk.kept[0].line == "Too stiff \N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    "answer",
    [
        {"verdict": "maybe"},
        {"part": "price"},
        {"part": ""},
        {"verdict": "right"},
        {"verdict": "right", "part": ""},
        {"line": "x" * 281},
        {"line": None},
        {"more": 1},
        {"shown": 7},
    ],
)
def test_what_cannot_be_understood_is_refused(desk: Desk, answer: dict[str, object]) -> None:
    """422, and nothing is kept; the words of the agent are not said back."""
    done = desk.say(**answer)
    assert done.status_code == 422
    assert "Too stiff" not in done.text
    assert desk.kept == []


@pytest.mark.parametrize("content", ["", "null", "[]", "{", '{"verdict": "right"}', "\x00"])
def test_bodies_that_are_no_answer_are_refused(desk: Desk, content: str) -> None:
    """Whatever is sent ends in 422 and not in a failure."""
    assert desk.post(content).status_code == 422


def test_280_signs_are_taken_whatever_they_are(desk: Desk) -> None:
    """The cap counts signs and not bytes, and leaves room for the longest ones."""
    assert desk.say(line="\N{GRINNING FACE}" * 280).status_code == 204
    assert len(desk.kept[0].line) == 280


def test_a_large_body_is_refused(desk: Desk) -> None:
    """413 before it is read to its end."""
    assert desk.post("x" * 5000).status_code == 413


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content_type": "text/plain"}, 415),
        ({"content_type": "application/x-www-form-urlencoded"}, 415),
        ({"content_type": "multipart/form-data"}, 415),
        ({"content_encoding": "gzip"}, 415),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-site"}, 403),
        ({"authorization": ""}, 401),
        ({"authorization": "Bearer x"}, 401),
    ],
)
def test_a_csrf_01_other_pages_cannot_answer(desk: Desk, headers: dict[str, str], status: int) -> None:
    """Forms and texts, other sites and questions without a pass keep nothing; a GET is no answer."""
    body = json.dumps({"shown": desk.mark, "verdict": "right"})
    assert desk.post(body, **headers).status_code == status
    assert desk.site.ask("GET", f"{PATH}/tickets/7/feedback").status_code == 405
    assert desk.kept == []


def test_a_jwt_19_a_pass_that_is_over_keeps_nothing(desk: Desk) -> None:
    """What guards the advice guards the answer: a quarter of an hour, one installation, one process."""
    body = json.dumps({"shown": desk.mark, "verdict": "right"})
    assert desk.post(body, authorization=f"Bearer {Site().held()}").status_code == 401
    desk.site.clock.advance(LIFE)
    assert desk.post(body).status_code == 401
    assert desk.kept == []


def test_an_answer_about_other_advice_is_refused(desk: Desk) -> None:
    """What was read and what is advised now must be the same: else 409, and the page reads again."""
    assert desk.say(shown="0" * 16).status_code == 409
    assert desk.kept == []


def test_a_store_that_is_busy_means_try_later(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """503, and what the agent wrote about a customer is in no log and no answer."""
    desk.fault = StoreBusyError("The store at x is locked by another program. Try again.")
    with caplog.at_level(logging.DEBUG):
        answer = desk.say(line="Ann is moving away")
        desk.say(verdict="none", line="Ann is moving away")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert "locked" in caplog.text
    assert "moving away" not in caplog.text + answer.text


def test_without_a_place_to_keep_answers_nobody_is_asked() -> None:
    """No question in the page, and no address that takes an answer."""
    site = Site()
    assert "Is this advice right?" not in site.fragment(site.held()).text
    assert site.ask("POST", f"{PATH}/tickets/7/feedback").status_code == 404


@pytest.mark.parametrize(
    "sources",
    [
        replace(known(), standing=None),
        replace(known(), customer=None),
        replace(known(), ticket=None),
        replace(known(), assigned_by="000000000000"),
        with_ticket(known(), status="solved"),
    ],
    ids=["not worked out", "customer unknown", "ticket unknown", "policy changed", "at rest"],
)
def test_only_advice_of_its_own_is_asked_about(sources: Sources) -> None:
    """House style for somebody unknown, and a finished ticket, are nobody's mistake."""
    assert shown(sources, SHOP, NOW) is None


def test_the_mark_changes_with_the_advice_and_tells_nothing() -> None:
    """Another tone, channel, segment or policy is another mark; a new deadline is none."""
    marks = {
        one.mark
        for sources, of in (
            (known(), SHOP),
            (replace(known(), decision=replace(DECISION, tone=part("friendly", "house"))), SHOP),
            (replace(known(), decision=replace(DECISION, channel=None)), SHOP),
            (replace(known(), members={"key_account": False}), SHOP),
            (with_ticket(known(), waiting_since=NOW), SHOP),
        )
        if (one := shown(sources, of, NOW))
    }
    assert len(marks) == 4


def test_a_segment_that_must_not_be_shown_is_not_kept_either() -> None:
    """What rests on a protected trait is no part of what was shown."""
    sources = replace(
        known(),
        members={"elders": False, "renewal_at_stake": False},
        standing=standing(truths={"age": True}, age=83),
        decision=replace(DECISION, segment="elders", segments=("elders", "renewal_at_stake")),
    )
    advised = shown(sources, SHOP, NOW)
    assert advised is not None
    assert advised.segment == "renewal_at_stake"


def test_the_question_is_one_group_of_labelled_controls_within_the_budget() -> None:
    """Five choices with labels, one line of 280 signs, plain buttons, no form that could leave the page."""
    html = render_fragment(seen(known()), insert=True, ask="0" * 16)
    page = Page(html)
    assert page.tags.count("label") == page.tags.count("input") == 6
    assert [value for tag, name, value in page.attributes if (tag, name) == ("input", "type")] == [
        *["radio"] * 5,
        "text",
    ]
    assert ("input", "maxlength", "280") in page.attributes
    assert "form" not in page.tags
    assert all(value == "button" for tag, name, value in page.attributes if (tag, name) == ("button", "type"))
    assert len(html.encode()) <= 12 * 1024
