"""The sidebar's HTML: nothing a customer writes gets out of its place, and the page keeps its budgets."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import get_args

import msgspec
import pytest

from integration import render
from integration.sidebar import Frame, render_fragment, render_shell
from policies.model import Look
from tests.integration.payloads import HARMLESS, PAYLOADS, poisoned
from tests.integration.sidebar_cases import (
    ORGANIZATION,
    known,
    seen,
    with_customer,
)


class Page(HTMLParser):
    """What a browser would make of the HTML: elements, attributes, text; unbalanced tags are an error."""

    VOID = frozenset({"meta", "link", "input", "path", "rect", "use", "circle", "polyline"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_xss_01_what_others_write_stays_text(payload: str) -> None:
    """A payload in a name, subject, trait, label, advice or fault adds no element and no attribute."""
    plain = Page(render_fragment(seen(*poisoned(HARMLESS)), insert=True))
    html = render_fragment(seen(*poisoned(payload)), insert=True)
    laced = Page(html)
    assert laced.tags == plain.tags
    names = [(tag, name) for tag, name, _ in plain.attributes]
    assert [(tag, name) for tag, name, _ in laced.attributes] == names
    assert laced.text.count(payload) >= 15
    assert "<script" not in html


def test_a_xss_02_every_attribute_is_quoted_and_nothing_is_called_safe() -> None:
    """No template puts a value into an unquoted attribute, marks it safe or turns escaping off."""
    templates = [
        path for path in render.TEMPLATES.rglob("*") if path.suffix in (".html", ".svg", ".css", ".js")
    ]
    assert len(templates) > 10
    for path in templates:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"=\s*\{\{", text), path.name
        assert not re.search(r"\|\s*safe|autoescape|Markup|\sstyle=|\son[a-z]+=", text), path.name
    assert render.environment().autoescape is True


def test_a_xss_03_no_link_leads_where_others_say() -> None:
    """What a page links to, loads or submits to stands in the templates: its own icons, and home."""
    places = {"href", "src", "action", "formaction", "srcset", "data", "poster", "background", "ping", "cite"}
    found = set()
    for payload in ("javascript:alert(1)", "data:text/html,x", "vbscript:x", "https://evil.example/"):
        laced = render_fragment(seen(*poisoned(payload)), insert=True)
        shell = render_shell("101", Frame(payload, payload, payload, payload), nonce="n")
        for page in (Page(laced), Page(shell)):
            found |= {value for _, name, value in page.attributes if name in places}
    assert {value for value in found if not re.fullmatch(r"#i-[a-z]+", value)} == {"data:,"}
    for path in render.TEMPLATES.rglob("*.html"):
        links = re.findall(r"""(?:href|src|action)=["']([^"']*)""", path.read_text(encoding="utf-8"))
        own = re.compile(r"#i-(\{\{ \w+(\.\w+)? \}\}|[a-z]+)|data:,|/")
        assert [link for link in links if not own.fullmatch(link)] == [], path.name


def test_a_xss_05_a_script_holds_nothing_that_was_handed_to_the_page() -> None:
    """There is no island of data: the one script is our file, whatever the address and the desk say."""
    script = render.unindented(render.environment().get_template("sidebar.js").render())
    for payload in ("</script><script>alert(1)</script>", "<!--<script>", "\u2028alert(1)//"):
        shell = render_shell("101", Frame(payload, payload, "", payload), nonce="n")
        (found,) = re.findall(r"<script[^>]*>(.*?)</script>", shell, re.DOTALL)
        assert found.strip() == script.strip()
        assert Page(shell).tags.count("script") == 1
        assert "<script" not in render_fragment(seen(*poisoned(payload)), insert=True)


@pytest.mark.parametrize("payload", PAYLOADS[::6])
def test_a_xss_06_the_line_of_ratings_is_numbers(payload: str) -> None:
    """A drawing has no text of anybody: its points are numbers, its look is one of ours."""
    html = render_fragment(seen(*poisoned(payload)), insert=True)
    (line,) = re.findall(r'<svg class="trend (\w+)".*?points="([^"]*)".*?</svg>', html)
    assert line[0] in ("rising", "falling", "steady")
    assert re.fullmatch(r"[0-9., ]+", line[1])
    assert not [one for one in re.findall(r"<svg.*?</svg>", html) if re.search(">[^<]", one)]


@pytest.mark.parametrize("sign", ["\u202e", "\u200b", "\u2066", "\ufeff", "\x00", "\x1b", "\u200f"])
def test_a_xss_07_characters_that_hide_or_turn_text_are_shown(sign: str) -> None:
    """A name with a direction or zero-width character shows a mark in its place."""
    html = render_fragment(seen(with_customer(known(), name=f"Maya{sign}Chen")), insert=False)
    assert sign not in html
    assert "Maya\N{REPLACEMENT CHARACTER}Chen" in html


def test_fragment_stays_within_its_budget() -> None:
    """At most 12 KB with the longest texts a desk can hold, and 300 elements with the first page."""
    long = with_customer(replace(known(), fault="x" * 5000), name="Ma " * 500)
    long = replace(long, organization=msgspec.structs.replace(ORGANIZATION, name="N" * 5000))
    html = render_fragment(seen(long), insert=True)
    assert len(html.encode()) <= 12 * 1024
    shell = render_shell("tickets/101", Frame(), nonce="n")
    assert len(Page(html).tags) + len(Page(shell).tags) <= 300


def test_first_page_stays_within_its_budget() -> None:
    """At most 20 KB with style and script in it, and the script at most 7 KB."""
    shell = render_shell(
        "organizations/" + "1" * 19, Frame("https://desk.example", "g" * 64, "dark"), nonce="n" * 22
    )
    assert len(shell.encode()) <= 20 * 1024
    script = shell[shell.index("<script") : shell.index("</script>")]
    assert 4096 < len(script.encode()) <= 7 * 1024


def test_page_has_one_heading_of_the_first_rank_and_labelled_rows() -> None:
    """One h1, the segment; sections have an h2; rows are term and description; buttons are plain buttons."""
    html = render_fragment(seen(known()), insert=True)
    page = Page(html)
    assert page.tags.count("h1") == 1
    assert page.tags.count("dt") == page.tags.count("dd") == 7
    buttons = [(name, value) for tag, name, value in page.attributes if tag == "button" and name == "type"]
    assert buttons == [("type", "button")] * 4
    icons = [value for tag, name, value in page.attributes if tag == "svg" and name == "aria-hidden"]
    assert len(icons) == page.tags.count("svg")
    assert "<bdi>Maya Chen</bdi> at <bdi>Northwind</bdi>" in html


def test_insert_is_offered_only_where_there_is_a_reply_to_insert_into() -> None:
    """Without a host page the button is not there at all; Copy is."""
    without = render_fragment(seen(known()), insert=False)
    assert "Insert in reply" not in without
    assert "Copy" in without


def test_every_icon_a_page_uses_is_in_the_sprite() -> None:
    """Each look and each row has its own shape, so that colour is never alone."""
    sprite = {
        value
        for tag, name, value in Page(render.page("icons.svg")).attributes
        if (tag, name) == ("symbol", "id")
    }
    looks = {f"i-{look}" for look in get_args(Look)}
    assert looks <= sprite
    html = render_fragment(seen(known()), insert=True) + render_shell("tickets/1", Frame(), nonce="n")
    assert {name.rstrip('"') for name in re.findall(r"#(i-[a-z]+)", html)} <= sprite


def test_scheme_is_set_before_anything_is_painted() -> None:
    """The host's scheme stands on the root element; without one the system decides."""
    assert '<html lang="en" dir="ltr" data-scheme="dark">' in render_shell(
        "tickets/1", Frame(scheme="dark"), nonce="n"
    )
    assert '<html lang="en" dir="ltr">' in render_shell("tickets/1", Frame(), nonce="n")


def test_first_page_without_a_ticket_asks_for_a_requester() -> None:
    """Where nobody is chosen yet the page says so by itself."""
    shell = render_shell("", Frame(), nonce="n")
    assert "Choose a requester to see advice" in shell
    assert "aria-busy" not in shell.partition("</main>")[0].partition("<main")[2]


def _luminance(colour: str) -> float:
    digits = "".join(sign * 2 for sign in colour) if len(colour) == 3 else colour
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(
    ("front", "back"),
    [
        ("text", "bg"),
        ("text", "raised"),
        ("text", "tint"),
        ("subtle", "bg"),
        ("subtle", "raised"),
        ("link", "bg"),
        ("link", "tint"),
        ("bad", "bg"),
        ("bad", "bad-bg"),
        ("good", "good-bg"),
        ("warn", "bg"),
        ("warn", "warn-bg"),
        ("warn-text", "warn-bg"),
    ],
)
def test_colours_can_be_read_in_both_schemes(front: str, back: str) -> None:
    """Every pair of text and ground has a contrast of at least 4.5 to 1, light and dark."""
    sheet = (render.TEMPLATES / "styles.css").read_text(encoding="utf-8")
    tables = [dict(re.findall(r"--([a-z-]+):#([0-9a-f]{3,6})", line)) for line in sheet.splitlines()]
    schemes = [table for table in tables if "bg" in table]
    assert len(schemes) == 2
    for scheme in schemes:
        light, dark = sorted((_luminance(scheme[front]), _luminance(scheme[back])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5
