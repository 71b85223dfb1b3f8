"""Every page is valid HTML: the first page, the advice of every state inside it, errors and the home page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from integration import render
from integration.sidebar import Frame, render_fragment, render_shell
from integration.web.headers import OUTSIDE, PROBLEMS
from integration.web.home import render_home
from integration.words import LANGUAGES, speaking
from tests.browser.checks import faults_of_html
from tests.browser.states import ADVICE
from tests.integration.sidebar_cases import NOW, ZONE, every_state, seen
from tests.integration.test_web import OVERVIEW

pytestmark = pytest.mark.full

FRAME = Frame("https://desk.example", "8f2e", "dark", "pass")


def _shells() -> Iterator[tuple[str, str]]:
    for language in LANGUAGES:
        yield f"first-{language}", render_shell("101", FRAME, nonce="n", words=speaking(language))
    yield "first-new", render_shell("", Frame(), nonce="n")


def _advice() -> Iterator[tuple[str, str]]:
    """Where the script puts it: inside the first page's main."""
    states = [*ADVICE.values(), *every_state()]
    for number, sources in enumerate(states):
        shell = render_shell("101", FRAME, nonce="n").replace(' aria-busy="true"', "")
        for insert in (True, False):
            html = render_fragment(seen(sources), insert=insert, ask="0123456789abcdef" if insert else "")
            yield f"advice-{number}-{insert}", shell.replace("</main>", f"{html}</main>", 1)


def _others() -> Iterator[tuple[str, str]]:
    said = {**PROBLEMS, 0: OUTSIDE}
    for status, (title, sentence) in said.items():
        yield f"error-{status}", render.page(
            "error.html", words=speaking(), title=title, sentence=sentence, reference="7F3A-21",
            home=status in (0, 404), nonce="n", scheme="",
        )  # fmt: skip
    for number, overview in enumerate(
        (OVERVIEW, replace(OVERVIEW, synced_at=None, last_run=None, outbox={}, waits=("It is the first.",)))
    ):
        yield f"home-{number}", render_home(overview, now=NOW, zone=ZONE, nonce="n")


def test_every_page_is_valid(tmp_path: Path) -> None:
    """A checker of HTML has nothing to say of any page in any state."""
    pages = dict([*_shells(), *_advice(), *_others()])
    assert len(pages) > 100
    assert faults_of_html(pages, tmp_path) == []


def test_what_is_not_valid_would_be_found(tmp_path: Path) -> None:
    """The checker reads the advice inside the page, and tells the page, the line and the fault."""
    name, html = next(_advice())
    broken = html.replace("<article", '<article id="live"').replace("<dl", "<ul").replace("</dl>", "</ul>")
    found = faults_of_html({name: broken}, tmp_path)
    assert any(f"{name}:" in fault and "no-dup-id" in fault for fault in found)
    assert any("element-permitted-content" in fault for fault in found)
