"""What reaches a terminal: foreign text as it is and harmless, figures as people read them."""

from __future__ import annotations

import io
import json
import sys

import pytest

from connectors.changes import Change, Field
from integration import show, tell
from integration.explain import Why
from integration.plan import Kept, TicketPlan
from integration.plan_file import Line
from policies.load import STARTER, load

EVIL = "\x1b[31mRed\x1b]0;t\x07 [bold]b[/bold] :smile: \u202eabc\u2028next\r\nSegments\u200b\ufeff"
SAFE = "\N{REPLACEMENT CHARACTER}"


def harmless(text: str) -> bool:
    return not any(sign in text for sign in "\x1b\x07\r\u202e\u2028\u200b\ufeff")


def test_a_term_01_foreign_text_is_one_line_and_steers_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Escape sequences, direction marks and line breaks in a name are marks; markup is plain letters."""
    assert show.plain(EVIL) == (
        f"{SAFE}[31mRed{SAFE}]0;t{SAFE} [bold]b[/bold] :smile: {SAFE}abc next Segments{SAFE}{SAFE}"
    )
    show.line(EVIL)
    show.table([(EVIL, 1200)], title="Counted", heads=("", "count"))
    said = capsys.readouterr().out
    assert harmless(said)
    assert "[bold]b[/bold]" in said
    assert ":smile:" in said
    assert "1,200" in said


def test_why_shows_a_customers_name_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A name with line breaks cannot add lines of its own to the explanation."""
    kept = Kept(field=Field.TAGS, value=("cue_\x1b[1m",), reason="the desk said\nNothing was left alone.")
    found = Why(
        ticket_id="7", status="new", customer_id="1", customer=EVIL, policy=None, assigned_at=None,
        memberships={}, segments=(), situations=(), decision=None, journal=(),
        plan=TicketPlan(ticket_id="7", stamp="s", kept=(kept,)),
    )  # fmt: skip
    tell.tell_why(found, load((STARTER,)), 0)
    said = capsys.readouterr().out
    assert harmless(said)
    assert said.splitlines()[0].endswith(f"Segments{SAFE}{SAFE}")
    assert "Nothing was left alone." not in said.splitlines()


def test_a_plan_shows_tags_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    """Tags with control characters or markup are printed as letters."""
    change = Change(field=Field.TAGS, before=("cue_\x1b[31m",), after=("cue_[red]x",), reason=EVIL)
    line = Line(plan=TicketPlan(ticket_id="7", stamp="s", changes=(change,)))
    tell.tell_changes(line)
    said = capsys.readouterr().out
    assert harmless(said)
    assert "+cue_[red]x" in said
    assert len(said.splitlines()) == 2


def test_progress_tells_the_count_alone_where_no_total_is_known() -> None:
    """A stream has no known length; a plan has."""
    assert show.how_far(1200, None) == "1,200"
    assert show.how_far(1200, 2500) == "1,200 of 2,500"
    assert show.how_far(0, 0) == "0 of 0"


def test_a_progress_bar_shows_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal the bar carries the count, and no question mark."""
    watched = io.StringIO()
    watched.isatty = lambda: True  # type: ignore[method-assign]  # a terminal is what is played here
    monkeypatch.setattr(sys, "stderr", watched)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    with show.progress() as progress:
        progress("Reading tickets", 1200, None)
        progress("Planning changes", 7, 2500)
    said = watched.getvalue()
    assert "1,200" in said
    assert "7 of 2,500" in said
    assert "?" not in said.replace("\x1b[?", "")


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_json_is_whole_in_any_character_set(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Letters where the output takes them, JSON's own escapes where not."""
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding, errors="backslashreplace"))
    show.as_json({"name": "長谷 健太\ud800"})
    sys.stdout.flush()
    assert json.loads(raw.getvalue()) == {"name": "長谷 健太\ud800"}


def test_one_is_not_several() -> None:
    """Nouns follow their number."""
    assert show.many(1, "ticket") == "1 ticket"
    assert show.many(0, "ticket") == "0 tickets"
    assert show.many(1200, "ticket") == "1,200 tickets"
