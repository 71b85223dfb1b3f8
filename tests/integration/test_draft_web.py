"""A draft looked through beside the advice, over HTTP: from whom it is taken, and what is said of it."""

from __future__ import annotations

import json
import logging
from dataclasses import replace

import httpx
import msgspec
import pytest

from integration.sidebar import Sources, render_fragment
from integration.tone.rich import text_of
from integration.web.draft import LARGEST
from tests.integration.sidebar_cases import apart, known, seen
from tests.integration.test_door import PATH, Site

DRAFT = "Hi Maya,\nunfortunately we guarantee nothing. We guarantee <b>it</b>."


class Desk(Site):
    """A site with a page that an agent holds whom the desk has signed in."""

    def __init__(self, locale: str = "en-GB") -> None:
        super().__init__()
        self.locale = locale
        self.pass_held = self.held()

    def _sources(self, ticket: str) -> Sources:
        self.asked.append(ticket)
        customer = known().customer
        assert customer is not None
        return replace(known(), customer=msgspec.structs.replace(customer, locale=self.locale))

    def say(self, text: object = DRAFT, query: str = "", **more: object) -> httpx.Response:
        return self.send(json.dumps({"text": text, **more}), query)

    def send(self, content: str, query: str = "", **headers: str) -> httpx.Response:
        stated = {
            "authorization": f"Bearer {self.pass_held}",
            "sec-fetch-site": "same-origin",
            "content-type": "application/json",
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("POST", f"{PATH}/tickets/7/draft{query}", content=content, headers=stated)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_findings_are_told_with_the_words_and_the_remedy(desk: Desk) -> None:
    """What stands there, what to do, and the advice it goes against; the draft's own signs are no markup."""
    answer = desk.say()
    assert answer.status_code == 200
    assert "3 things to look at again" in answer.text
    assert '<q dir="auto">unfortunately</q> Leave it out, or say it otherwise.' in answer.text
    assert '<q dir="auto">guarantee</q> Say what you will do next' in answer.text
    assert "House rule: no promise that nobody can keep" in answer.text


def test_a_xss_01_a_phrase_of_the_draft_is_text(desk: Desk) -> None:
    """Whatever the agent pasted comes back as text and never as markup."""
    answer = desk.say("I will call 😀 <img src=x onerror=alert(1)>😀 tomorrow<script>alert(1)</script>")
    assert answer.status_code == 200
    assert "<img" not in answer.text
    assert "<script" not in answer.text


def test_a_draft_of_an_editor_with_formats_is_read_as_it_is_seen(desk: Desk) -> None:
    """Tags are no words, and a phrase that they cut in two is found."""
    rich = "<p>Hi Maya,</p><p>unfor<b>tunately</b> this <i>took</i>&nbsp;long.</p>"
    assert "1 thing to look at again" in desk.say(rich, rich=True).text
    assert "Nothing goes against the advice." in desk.say(rich).text


def test_nothing_to_say_is_said(desk: Desk) -> None:
    """A fine draft and one that is not there yet have a sentence each."""
    assert "Nothing goes against the advice." in desk.say("Hi Maya, this is ours to fix.").text
    assert "There is no draft yet." in desk.say(" \n").text
    assert "There is no draft yet." in desk.say("<p><br></p>", rich=True).text


def test_what_is_not_known_of_a_language_is_said() -> None:
    """In others than the shipped policies speak, only the advice's own words are looked for."""
    said = Desk("nl-NL").say("Wij garanderen niets.").text
    assert "only the words of the advice itself were looked for" in said


def test_findings_are_in_the_agents_language(desk: Desk) -> None:
    """The agent reads German, the customer English: the draft is read as English, the findings are German."""
    said = desk.say(query="?locale=de").text
    assert "3 Stellen noch einmal ansehen" in said
    assert "Weglassen oder anders sagen." in said


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content_type": "text/plain"}, 415),
        ({"content_encoding": "gzip"}, 415),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"authorization": ""}, 401),
        ({"authorization": "Bearer x"}, 401),
    ],
)
def test_a_csrf_01_other_pages_learn_nothing(desk: Desk, headers: dict[str, str], status: int) -> None:
    """Without the pass, from elsewhere, or as a form: refused before the store is read."""
    desk.asked.clear()
    assert desk.send(json.dumps({"text": DRAFT}), **headers).status_code == status
    assert desk.asked == []


@pytest.mark.parametrize("content", ["", "null", "{", '{"text": 7}', '{"text": "a", "more": 1}', "\x00"])
def test_what_cannot_be_read_is_refused(desk: Desk, content: str) -> None:
    """422, whatever was sent."""
    assert desk.send(content).status_code == 422


def test_a_large_draft_is_refused(desk: Desk) -> None:
    """413 before it is read to its end."""
    assert desk.say("x" * LARGEST).status_code == 413


def test_a_draft_is_neither_logged_nor_kept(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """The agent's words are in no log, whether they could be read or not."""
    with caplog.at_level(logging.DEBUG):
        desk.say("Ann is moving away, guaranteed")
        desk.send('{"text": "Ann is moving away", "more": 1}')
    assert "moving away" not in caplog.text


def test_it_is_offered_where_there_is_a_reply_to_compare() -> None:
    """Beside a ticket in the desk's own page; not apart from one, nor in a page that has no editor."""
    assert 'data-act="check"' in render_fragment(seen(known()), insert=True)
    assert 'data-act="check"' not in render_fragment(seen(known()), insert=False)
    assert 'data-act="check"' not in render_fragment(seen(apart()), insert=True)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two<br>three</p>", "One\n\nTwo\nthree"),
        ("<div>One</div><div>Two</div>", "One\n\nTwo"),
        ("<ul><li>One</li><li>Two</li></ul>End", "- One\n- Two\n\nEnd"),
        ("a\n  b &lt;c&gt; &amp; d", "a b <c> & d"),
        ("<style>p{}</style>a<script>b</script>c", "ac"),
        ("1 < 2 and <unknown>kept</unknown> <b", "1 < 2 and kept <b"),
        ("", ""),
    ],
)
def test_formatted_text_is_read_in_its_lines(html: str, text: str) -> None:
    """Paragraphs, lines and items as a reader sees them; broken markup loses nothing."""
    assert text_of(html) == text
