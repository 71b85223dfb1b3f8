"""The agent's pages: what they show, what the form does, who may see them."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest

from connectors.sandbox.records import Comment
from connectors.sandbox.server import RunningSandbox
from connectors.sandbox.state import Desk
from tests.clock import NOON
from tests.connectors.sandbox.rig import AGENT, ANA, Client, Reply, ticket

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PAGES = (
    "/agent/tickets",
    "/agent/tickets?show=all",
    "/agent/tickets/101",
    "/agent/tickets/108",
    "/agent/tickets/9",
)
NASTY = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'<{{ 7*191 }}>"


class Tags(HTMLParser):
    """Collects start tags with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def see(client: Client, path: str) -> Reply:
    return client.ask("GET", path, authorization=None)


def post(client: Client, key: int, site: str | None = "same-origin", **fields: str) -> Reply:
    page = ticket(client.sandbox.desk, key)
    form = {
        "was_status": page.status,
        "was_priority": page.priority or "",
        "was_tags": " ".join(page.tags),
        "status": page.status,
        "priority": page.priority or "",
        "tags": " ".join(page.tags),
        **fields,
    }
    headers = FORM if site is None else {**FORM, "Sec-Fetch-Site": site}
    path = f"/agent/tickets/{key}"
    return client.ask("POST", path, authorization=None, headers=headers, raw=urlencode(form).encode())


def test_the_front_door_leads_to_the_tickets(client: Client) -> None:
    """Without signing in; the colour scheme comes along."""
    reply = see(client, "/?scheme=dark")
    assert (reply.status, reply.headers["location"]) == (303, "/agent/tickets?scheme=dark")


def test_the_list_shows_unsolved_tickets_newest_change_first(client: Client) -> None:
    """Six of them; with ``show=all`` the solved and closed too, never the deleted."""
    numbers = re.findall(r"/agent/tickets/(\d+)", see(client, "/agent/tickets").text)
    assert numbers == ["107", "106", "104", "103", "102", "101"]
    everything = see(client, "/agent/tickets?show=all").text
    assert "/agent/tickets/108" in everything
    assert "/agent/tickets/109" not in everything


@pytest.mark.parametrize("page", ["0", "99", "abc", "-1", "9999999999"])
def test_a_page_that_is_not_there_is_the_nearest_one(client: Client, page: str) -> None:
    """Odd numbers in the address never break the list."""
    assert see(client, f"/agent/tickets?page={page}").status == 200


@pytest.mark.parametrize("path", PAGES)
def test_every_page_lets_nothing_else_in(client: Client, path: str) -> None:
    """Strict headers; scripts and styles only with the nonce of this answer; no attribute runs anything."""
    reply = see(client, path)
    policy = reply.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert reply.headers["cache-control"] == "no-store"
    page = Tags(reply.text)
    for attributes in page.named("script") + page.named("style"):
        assert f"'nonce-{attributes['nonce']}'" in policy
    for _, attributes in page.found:
        assert "style" not in attributes
        assert not any(name.startswith("on") for name in attributes)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_accessible_in_its_bones(client: Client, path: str) -> None:
    """A language, a title, one main, one h1, and a label for every field."""
    page = Tags(see(client, path).text)
    assert page.named("html")[0]["lang"] == "en"
    assert len(page.named("title")) == len(page.named("main")) == len(page.named("h1")) == 1
    labels = {attributes.get("for") for attributes in page.named("label")}
    for attributes in page.named("select") + page.named("textarea"):
        assert attributes["id"] in labels


def test_nothing_comes_from_elsewhere(client: Client) -> None:
    """No address of another host but the sidebar's."""
    for path in PAGES:
        text = see(client, path).text.replace("http://127.0.0.1:9", "")
        assert "http://" not in text
        assert "https://" not in text
        assert 'src="//' not in text


def test_without_a_sidebar_the_column_says_so(desk: Desk) -> None:
    """No frame, no script, and a sentence."""
    with RunningSandbox(desk) as sandbox:
        reply = see(Client(sandbox), "/agent/tickets/101")
    assert "No app is connected to this desk." in reply.text
    assert not Tags(reply.text).named("iframe")
    assert "frame-src 'none'" in reply.headers["content-security-policy"]


def test_what_customers_write_is_never_markup(client: Client, desk: Desk) -> None:
    """Subject, name, tags, organization and comments are shown as they are."""
    page = ticket(desk, 101)
    page.subject = page.description = NASTY
    page.tags = [NASTY]
    person = desk.users.get(ANA)
    assert person is not None
    person.name = NASTY
    desk.comments[101] = [Comment(id=1, audit_id=1, author_id=ANA, body=NASTY, created_at=NOON)]
    for path in ("/agent/tickets", "/agent/tickets/101"):
        text = see(client, path).text
        parsed = Tags(text)
        assert not parsed.named("img")
        assert all("nonce" in attributes for attributes in parsed.named("script"))
        assert "&lt;script&gt;alert(1)" in text
        assert "&lt;{{ 7*191 }}&gt;" in text


def test_a_reply_is_added_in_the_agents_name(client: Client, desk: Desk) -> None:
    """A public reply, and the ticket is then Robin's if it was nobody's."""
    reply = post(client, 102, reply="Hello Ana,\r\nwe are on it.")
    assert (reply.status, reply.headers["location"]) == (303, "/agent/tickets/102")
    comment = desk.comments[102][0]
    assert (comment.body, comment.public, comment.author_id) == ("Hello Ana,\nwe are on it.", True, AGENT)
    assert ticket(desk, 102).assignee_id == AGENT
    assert "we are on it." in see(client, "/agent/tickets/102").text


def test_a_note_stays_inside(client: Client, desk: Desk) -> None:
    """It is not public, assigns nobody, and is marked on the page."""
    post(client, 102, reply="Careful", visibility="internal")
    assert desk.comments[102][0].public is False
    assert ticket(desk, 102).assignee_id is None
    assert "Internal note</span>" in see(client, "/agent/tickets/102").text


def test_status_priority_and_tags_are_really_changed(client: Client, desk: Desk) -> None:
    """And the change is audited as the agent's."""
    post(client, 102, status="pending", priority="high", tags="first VIP")
    page = ticket(desk, 102)
    assert (page.status, page.priority, page.tags) == ("pending", "high", ["first", "vip"])
    assert (desk.audits[102][-1].author_id, desk.audits[102][-1].channel) == (AGENT, "web")
    post(client, 102, priority="")
    assert ticket(desk, 102).priority is None


def test_the_form_sends_only_what_the_agent_changed(client: Client, desk: Desk) -> None:
    """Tags and priority that came in meanwhile survive a form that was opened before."""
    was = ticket(desk, 102)
    opened = {"was_tags": "first billing", "tags": "first billing mine", "was_priority": "", "priority": ""}
    client.ask("PUT", "/api/v2/tickets/102", {"ticket": {"tags": ["billing", "seg_vip"], "priority": "high"}})
    post(client, 102, **opened)
    assert (was.tags, was.priority) == (["billing", "seg_vip", "mine"], "high")


def test_a_form_without_a_change_does_nothing(client: Client, desk: Desk) -> None:
    """No audit, no new stamp."""
    before = ticket(desk, 102).updated_at
    assert post(client, 102).status == 303
    assert (ticket(desk, 102).updated_at, desk.audits.get(102)) == (before, None)


def test_a_closed_ticket_has_no_form_and_takes_none(client: Client, desk: Desk) -> None:
    """The page says so; a form sent all the same is refused with a sentence, and the text is not lost."""
    forms = Tags(see(client, "/agent/tickets/108").text).named("form")
    assert [form["id"] for form in forms] == ["open"]
    reply = post(client, 108, reply="Too late")
    assert reply.status == 422
    assert "closed prevents ticket update" in reply.text
    assert 108 not in desk.comments


def test_a_refused_change_keeps_what_was_typed(client: Client) -> None:
    """The page comes back with the reason and the reply still in its box."""
    reply = post(client, 102, reply="A long answer", priority="nonsense", visibility="internal")
    assert reply.status == 422
    chosen = [field for field in Tags(reply.text).named("input") if field.get("type") == "radio"]
    assert [field["value"] for field in chosen if "checked" in field] == ["internal"]
    assert "Priority: is not one of" in reply.text
    assert ">A long answer</textarea>" in reply.text


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_a_form_from_another_site_is_refused(client: Client, desk: Desk, site: str) -> None:
    """The browser says where a form came from; only our own pages may send one."""
    assert post(client, 102, site=site, reply="Forged").status == 403
    assert 102 not in desk.comments


def test_an_old_browser_is_judged_by_its_origin(client: Client, desk: Desk) -> None:
    """Without Sec-Fetch-Site the Origin header must be our own; none at all is refused."""
    assert post(client, 102, site=None, reply="Nobody").status == 403
    own = {**FORM, "Origin": client.sandbox.address}
    sent = client.ask(
        "POST", "/agent/tickets/102", authorization=None, headers=own, raw=b"reply=Fine&visibility=public"
    )
    assert sent.status == 303
    assert desk.comments[102][0].body == "Fine"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "10.0.0.1"])
def test_a_name_pointed_at_this_machine_is_refused(client: Client, host: str) -> None:
    """The pages have no sign-in, so they answer only to a name of this machine."""
    reply = client.ask("GET", "/agent/tickets/101", authorization=None, headers={"Host": host})
    assert reply.status == 403
    assert "Ana" not in reply.text


def test_the_agents_language_can_be_chosen(desk: Desk) -> None:
    """``?locale=de`` is told to the app and stays in the links; what is no locale is ignored."""
    with RunningSandbox(desk, sidebar="http://127.0.0.1:1/sidebar") as sandbox:
        client = Client(sandbox)
        text = see(client, "/agent/tickets/101?scheme=dark&locale=pt-BR").text
        page = json.loads(Tags(text).named("iframe")[0]["data-page"] or "")
        assert page["currentUser"]["locale"] == "pt-BR"
        assert "/agent/tickets?scheme=dark&amp;locale=pt-BR" in text
        odd = Tags(see(client, "/agent/tickets/101?locale=%22%3E").text)
        assert json.loads(odd.named("iframe")[0]["data-page"] or "")["currentUser"]["locale"] == "en-GB"
        assert "locale" not in str(odd.named("a"))


def test_the_scheme_can_be_chosen(client: Client) -> None:
    """``?scheme=dark`` marks the page and stays in its links; anything else is ignored."""
    text = see(client, "/agent/tickets/101?scheme=dark").text
    assert Tags(text).named("html")[0]["data-scheme"] == "dark"
    assert "/agent/tickets?scheme=dark" in text
    assert "data-scheme" not in Tags(see(client, "/agent/tickets/101?scheme=x").text).named("html")[0]


def test_a_form_beyond_all_measure_is_refused(client: Client) -> None:
    """400 and a sentence, whether it is too long or has too many fields."""
    for body in (b"reply=" + b"x" * 300_000, b"&".join(b"f%d=1" % n for n in range(60)), b"\xff"):
        reply = client.ask(
            "POST", "/agent/tickets/102", authorization=None,
            headers={**FORM, "Sec-Fetch-Site": "same-origin"}, raw=body,
        )  # fmt: skip
        assert reply.status == 400
