"""The web application: what each address answers, to whom, and with which headers."""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from connectors.clock import Clock
from integration.sidebar import CompanySources, Sources
from integration.store.feedback import Feedback
from integration.web.app import create
from integration.web.home import LastRun, Overview, SegmentCount
from integration.web.hooks import Hooks
from integration.web.views import FRESH
from policies.model import Policy
from tests.clock import FakeClock
from tests.integration.sidebar_cases import HOUR, NOW, SHOP, ZONE, apart, known, northwind

DESK = "http://desk.example:8080"
OTHER = "https://evil.example"


OVERVIEW = Overview(
    desk="acme.example",
    policy="shop",
    version=SHOP.version,
    goal=SHOP.goal,
    owner=SHOP.owner,
    review_by=date(2027, 5, 31),
    segments=(
        SegmentCount("Key account", "value", "gem", 60),
        SegmentCount("Renewal at stake", "lifecycle", "falling", 100),
        SegmentCount("<b>Bold</b>", "needs", "plain", 0),
    ),
    customers=400,
    tickets=2500,
    synced_at=NOW - 240,
    fault=None,
    next_sync=NOW + 600,
    last_run=LastRun("r1", NOW - 200, planned=1431, written=1430),
    outbox={"pending": 3, "blocked": 1},
    dead_letters=2,
)


def app(
    *,
    sources: Callable[[str], Sources] = lambda ticket: known(),
    customers: Callable[[str], Sources] = lambda customer: apart(),
    companies: Callable[[str], CompanySources] = lambda company: northwind(),
    policy: Callable[[], Policy] = lambda: SHOP,
    overview: Callable[[], Overview] = lambda: OVERVIEW,
    clock: Clock | None = None,
    unsigned: bool = True,
    ancestors: tuple[str, ...] = (DESK, "https://*.desk.example"),
    hosts: tuple[str, ...] = (),
    hooks: Mapping[str, Hooks] | None = None,
    keep: Callable[[Feedback], None] | None = None,
    written: Callable[[], int] = lambda: 0,
    locale: str = "en",
) -> Starlette:
    """The application over Maya's ticket, other parts by name."""
    return create(
        sources=sources,
        customers=customers,
        companies=companies,
        policy=policy,
        overview=overview,
        clock=clock or FakeClock(NOW),
        zone=ZONE,
        unsigned_sidebar=unsigned,
        frame_ancestors=ancestors,
        hosts=hosts,
        hooks=hooks or {},
        keep=keep,
        written=written,
        locale=locale,
    )


async def _ask(
    page: Starlette, path: str, method: str = "GET", headers: Mapping[str, str] | None = None
) -> httpx.Response:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(page), base_url="http://here.example"
    ) as client:
        return await client.request(method, path, headers=headers)


def ask(
    page: Starlette, path: str, method: str = "GET", headers: Mapping[str, str] | None = None
) -> httpx.Response:
    """One request and its answer."""
    return asyncio.run(_ask(page, path, method, headers))


def policy_of(answer: httpx.Response) -> dict[str, str]:
    """The content policy by directive."""
    directives = (
        part.strip().partition(" ") for part in answer.headers["content-security-policy"].split(";")
    )
    return {name: value for name, _, value in directives}


def broken(ticket: str) -> Sources:
    """A store that fails with a customer's name in its message."""
    raise RuntimeError("no such row: Maya Chen")


def no_company(number: str) -> CompanySources:
    """A store that fails with an organization's name in its message."""
    raise RuntimeError("no such row: Northwind")


def no_policy() -> Policy:
    """A policy that could not be loaded."""
    raise RuntimeError("no policy")


def nothing() -> Overview:
    """A store that gives no overview."""
    raise RuntimeError("database is locked")


def test_fragment_is_the_advice_for_the_ticket_asked_for() -> None:
    """The id in the address is the one the store is asked for."""
    asked: list[str] = []

    def sources(ticket: str) -> Sources:
        asked.append(ticket)
        return known()

    answer = ask(app(sources=sources), "/sidebar/tickets/101")
    assert answer.status_code == 200
    assert "Renewal at stake" in answer.text
    assert asked == ["101"]


def test_first_page_holds_no_customer_data() -> None:
    """The shell is made without asking the store."""
    answer = ask(app(sources=broken), f"/sidebar?ticket=101&origin={DESK}&app_guid=a-1&colorScheme=dark")
    assert answer.status_code == 200
    assert 'data-subject="tickets/101"' in answer.text
    assert f'data-origin="{DESK}"' in answer.text
    assert 'data-guid="a-1"' in answer.text
    assert 'data-scheme="dark"' in answer.text
    assert "Maya" not in answer.text


def test_first_page_without_a_ticket_asks_for_a_requester() -> None:
    """A new ticket has no number yet, and that is not an error."""
    answer = ask(app(), "/sidebar")
    assert answer.status_code == 200
    assert "Choose a requester to see advice" in answer.text


@pytest.mark.parametrize(
    "origin", [OTHER, "", "null", "http://desk.example", "https://*.desk.example", f"{DESK}/"]
)
def test_a_xss_10_texts_are_offered_to_no_other_origin(origin: str) -> None:
    """An origin that is not on the list is dropped, and with it the Insert button."""
    page = app()
    assert 'data-origin=""' in ask(page, f"/sidebar?ticket=101&origin={origin}").text
    assert "Insert in reply" not in ask(page, f"/sidebar/tickets/101?origin={origin}").text
    assert "Insert in reply" in ask(page, f"/sidebar/tickets/101?origin={DESK}").text


@pytest.mark.parametrize(
    "ticket", ["0", "01", "-1", "1.5", "1e3", "abc", "1%20", "9" * 20, "١٢", "1'--", "%3Cscript%3E", "1%0a"]
)
def test_a_hook_13_ticket_numbers_are_digits_only(ticket: str) -> None:
    """Anything else is refused before the store is asked, and not printed back."""
    page = app(sources=broken, customers=broken, companies=no_company)
    kinds = ("tickets", "customers", "organizations")
    paths = [path for kind in kinds for path in (f"/sidebar/{kind}/{ticket}", f"/api/{kind}/{ticket}/advice")]
    for path in (*paths, *(f"/sidebar?{kind.removesuffix('s')}={ticket}" for kind in kinds)):
        answer = ask(page, path)
        assert answer.status_code == 400
        assert "This is not a number of the help desk" in answer.text
        assert "<script>" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/sidebar",
        "/sidebar?ticket=101",
        "/sidebar/tickets/101",
        "/sidebar/tickets/x",
        "/api/tickets/101/advice",
        "/sidebar?customer=7",
        "/sidebar/customers/7",
        "/api/customers/7/advice",
        "/sidebar/organizations/3",
        "/api/organizations/3/advice",
    ],
)
def test_without_a_signature_nothing_is_shown(path: str) -> None:
    """Unless development asks for it, the sidebar answers 401, reads nothing and names nobody."""
    page = app(sources=broken, customers=broken, companies=no_company, unsigned=False)
    answer = ask(page, path)
    assert answer.status_code == 401
    assert "Reload the app to continue" in answer.text
    assert "Maya" not in answer.text


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_xss_09_other_sites_cannot_fetch_a_fragment(site: str) -> None:
    """A fragment goes to our own page; a browser that names another site as asking gets none."""
    page = app()
    advice = [path for path in _every_route(page) if "101" in path and not path.endswith("/draft")]
    assert len(advice) == 6
    for path in advice:
        assert ask(page, path, headers={"Sec-Fetch-Site": site}).status_code == 403
        assert ask(page, path, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200


def test_the_api_gives_the_same_advice_as_data_and_as_text() -> None:
    """JSON unless text is what is accepted; its errors are JSON, too, and name nobody."""
    path = "/api/tickets/101/advice"
    found = ask(app(), path).json()
    assert (found["state"], found["customer"]["name"]) == ("ready", "Maya Chen")
    told = ask(app(), path, headers={"Accept": "text/plain"})
    assert told.headers["content-type"] == "text/plain; charset=utf-8"
    assert found["segment"]["label"] in told.text
    shut = ask(app(unsigned=False), path)
    assert shut.json() == {
        "error": "Reload the app to continue",
        "next": "Nothing about a customer is shown until you are signed in.",
        "reference": "",
    }
    down = ask(app(sources=broken), path)
    assert down.status_code == 500
    assert down.json()["reference"]


def test_customers_and_organizations_have_fragments_and_data_of_their_own() -> None:
    """The number in the address is the one the store is asked for; nobody is asked what they think of it."""
    asked: list[str] = []

    def customers(number: str) -> Sources:
        asked.append(number)
        return apart()

    page = app(customers=customers)
    fragment = ask(page, f"/sidebar/customers/7?origin={DESK}").text
    assert "Renewal at stake" in fragment
    assert 'data-act="open"' in fragment
    assert 'data-act="insert"' not in fragment
    assert "data-ask" not in fragment
    assert ask(page, "/api/customers/7/advice").json()["customer"]["name"] == "Maya Chen"
    assert asked == ["7"], "the second one is answered by the same reading"
    assert "Customers by segment" in ask(page, "/sidebar/organizations/3").text
    assert ask(page, "/api/organizations/3/advice").json()["organization"]["name"] == "Northwind"
    text = {"Accept": "text/plain"}
    assert ask(page, "/api/organizations/3/advice", headers=text).text.startswith("Northwind\n")


def test_the_first_page_names_what_to_ask_for() -> None:
    """For development: a customer or an organization in the address stands where a ticket does."""
    for query, subject in (("customer=7", "customers/7"), ("organization=3", "organizations/3")):
        assert f'data-subject="{subject}"' in ask(app(customers=broken), f"/sidebar?{query}").text


def _every_route(page: Starlette) -> list[str]:
    paths = [route.path for route in page.routes if isinstance(route, Route)]
    assert len(paths) == len(page.routes)
    return [path.replace("{id}", "101") for path in paths]


def test_a_xss_08_and_11_every_answer_carries_the_headers() -> None:
    """All routes, errors of every kind included, have the same strict headers and a fresh nonce."""
    good, bad, shut = (
        app(),
        app(sources=broken, customers=broken, companies=no_company, overview=nothing),
        app(unsigned=False),
    )
    answers = [ask(page, path) for page in (good, bad, shut) for path in _every_route(good)]
    answers += [ask(good, path) for path in ("/none", "/sidebar/none", "/sidebar/", "/sidebar/tickets/x")]
    answers += [ask(good, "/", method) for method in ("POST", "PUT", "DELETE", "TRACE", "HEAD")]
    assert {answer.status_code for answer in answers} == {200, 400, 401, 404, 405, 500, 503}
    nonces = set()
    for answer in answers:
        policy = policy_of(answer)
        nonce = policy.pop("script-src")
        nonces.add(nonce)
        assert policy.pop("style-src") == nonce
        assert re.fullmatch(r"'nonce-[A-Za-z0-9_-]{22}'", nonce)
        framed = answer.request.url.path.startswith("/sidebar")
        assert policy.pop("frame-ancestors") == (f"{DESK} https://*.desk.example" if framed else "'none'")
        assert policy == {
            "default-src": "'none'",
            "connect-src": "'self'",
            "img-src": "data:",
            "base-uri": "'none'",
            "form-action": "'none'",
        }
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cross-origin-resource-policy"] == ("cross-origin" if framed else "same-origin")
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        assert "x-frame-options" not in answer.headers
    assert len(nonces) == len(answers)


def test_styles_and_scripts_of_a_page_carry_the_nonce_of_its_answer() -> None:
    """Every style and script element is allowed by the very answer that brings it."""
    for path in ("/", "/sidebar?ticket=101", "/none"):
        answer = ask(app(), path)
        nonce = policy_of(answer)["style-src"].removeprefix("'nonce-").removesuffix("'")
        inline = re.findall(r"<(?:style|script)[^>]*>", answer.text)
        assert inline
        assert all(f'nonce="{nonce}"' in tag for tag in inline)


def test_no_framing_at_all_without_ancestors() -> None:
    """An empty list means nobody, not everybody."""
    assert policy_of(ask(app(ancestors=()), "/sidebar"))["frame-ancestors"] == "'none'"


@pytest.mark.parametrize(
    "origin", ["*", "desk.example", "javascript:x", "https://a.example; script-src *", ""]
)
def test_ancestors_that_are_no_origins_stop_the_start(origin: str) -> None:
    """A wrong value names itself instead of opening the frame, or the policy, to others."""
    with pytest.raises(ValueError, match="not an origin"):
        app(ancestors=(origin,))


def test_time_zones_that_are_none_stop_the_start() -> None:
    """A wrong time zone names itself."""
    with pytest.raises(ValueError, match="Nowhere/Town"):
        create(
            sources=broken,
            policy=lambda: SHOP,
            overview=lambda: OVERVIEW,
            clock=FakeClock(NOW),
            zone="Nowhere/Town",
            unsigned_sidebar=True,
            frame_ancestors=(),
        )


def test_failures_give_a_page_and_a_reference_but_no_detail(caplog: pytest.LogCaptureFixture) -> None:
    """The page and the log share the reference the browser made up; neither quotes the error."""
    with caplog.at_level(logging.ERROR):
        answer = ask(app(sources=broken), "/sidebar/tickets/101", headers={"X-Reference": "7F3A-21"})
    assert answer.status_code == 500
    assert "Your reply is not affected" in answer.text
    assert "Reference 7F3A-21" in answer.text
    assert "RuntimeError in broken" in caplog.text
    assert "reference 7F3A-21" in caplog.text
    for text in (answer.text, caplog.text):
        assert "Maya" not in text
        assert "Traceback" not in text


@pytest.mark.parametrize("code", ["", "<script>", "7f3a-21", "7F3A-21, 7F3A-22", "x" * 5000])
def test_a_reference_that_is_none_is_replaced(code: str) -> None:
    """What a header brings is printed only if it is one of our codes."""
    answer = ask(app(sources=broken), "/sidebar/tickets/101", headers={"X-Reference": code})
    assert re.search(r"Reference [0-9A-F]{4}-[0-9A-F]{2}<", answer.text)


def test_pages_that_do_not_exist_are_said_so_in_words() -> None:
    """404 and 405 are pages like the others."""
    assert "There is no such page" in ask(app(), "/none").text
    refused = ask(app(), "/", "POST")
    assert "This page can only be read" in refused.text
    assert set(refused.headers["allow"].split(", ")) == {"GET", "HEAD"}


@pytest.mark.parametrize(("path", "unsigned"), [("/sidebar", False), ("/sidebar/tickets/1/feedback", True)])
def test_opened_outside_the_help_desk_it_says_where_it_belongs(path: str, unsigned: bool) -> None:
    """One sentence and a link home, for whoever opens an address of the frame as a page of its own."""
    page = app(unsigned=unsigned, keep=lambda _: None)
    alone = ask(page, path, headers={"Sec-Fetch-Dest": "document"})
    assert alone.status_code == (405 if unsigned else 401)
    assert "Advice is shown beside a ticket there." in alone.text
    assert '<a href="/">Home page</a>' in alone.text
    for place in (path, "/sidebar/none"):
        framed = ask(page, place, headers={"Sec-Fetch-Dest": "iframe"})
        assert "Home page" not in framed.text


def test_a_burst_reads_the_store_once_and_a_moment_later_again() -> None:
    """Equal requests at one time share one reading; after a few seconds the store is asked again."""
    reads: list[str] = []
    gate = threading.Event()
    watch = FakeClock(NOW)

    def sources(ticket: str) -> Sources:
        reads.append(ticket)
        assert gate.wait(5)
        return known()

    page = app(sources=sources, clock=watch)

    async def burst() -> list[httpx.Response]:
        asked = [asyncio.create_task(_ask(page, "/sidebar/tickets/101")) for _ in range(8)]
        while not reads:
            await asyncio.sleep(0.005)
        gate.set()
        return await asyncio.gather(*asked)

    answers = asyncio.run(burst())
    assert {answer.status_code for answer in answers} == {200}
    assert reads == ["101"]
    watch.advance(FRESH + 1)
    ask(page, "/sidebar/tickets/101")
    assert reads == ["101", "101"]


def test_what_was_written_is_shown_at_once() -> None:
    """Once the records are others nothing made of the former ones is served, however young it is."""
    reads: list[str] = []
    writes = iter([1, 1, 2, 2])

    def sources(ticket: str) -> Sources:
        reads.append(ticket)
        return known()

    page = app(sources=sources, written=lambda: next(writes))
    for _ in range(4):
        ask(page, "/sidebar/tickets/101")
    assert reads == ["101", "101"]


def test_a_failure_is_not_kept() -> None:
    """After a failed reading the next request asks the store again."""
    turns = iter([True, False])

    def sources(ticket: str) -> Sources:
        return broken(ticket) if next(turns) else known()

    page = app(sources=sources)
    assert ask(page, "/sidebar/tickets/101").status_code == 500
    assert ask(page, "/sidebar/tickets/101").status_code == 200


def test_fragments_of_two_tickets_are_never_mixed() -> None:
    """Each ticket number has its own place in the cache, with and without a host page."""

    def sources(ticket: str) -> Sources:
        stored = known()
        return stored if ticket == "101" else replace(stored, ticket=None)

    page = app(sources=sources)
    for _ in range(2):
        assert "Maya Chen" in ask(page, "/sidebar/tickets/101").text
        assert "Maya Chen" not in ask(page, "/sidebar/tickets/102").text
        assert "Insert in reply" in ask(page, f"/sidebar/tickets/101?origin={DESK}").text
        assert "Insert in reply" not in ask(page, "/sidebar/tickets/101").text


def test_health_is_ok_and_nothing_else() -> None:
    """The liveness answer does not depend on store or policy."""
    answer = ask(app(overview=nothing), "/healthz")
    assert (answer.status_code, answer.text) == (200, "ok")


def test_readiness_names_what_is_missing_in_one_word() -> None:
    """Ready once the desk was read to the end, within a day; else 503 with the missing part."""
    ready = ask(app(), "/readyz")
    assert (ready.status_code, ready.text) == (200, "ready")
    never = ask(app(overview=lambda: replace(OVERVIEW, synced_at=None)), "/readyz")
    assert (never.status_code, never.text) == (503, "first-sync")
    stale = ask(app(overview=lambda: replace(OVERVIEW, synced_at=NOW - 25 * HOUR)), "/readyz")
    assert (stale.status_code, stale.text) == (503, "old")
    shut = ask(app(overview=nothing), "/readyz")
    assert (shut.status_code, shut.text) == (503, "store")
    lost = ask(app(policy=no_policy), "/readyz")
    assert (lost.status_code, lost.text) == (503, "policy")


def test_home_page_tells_the_state_of_the_house() -> None:
    """Counts, freshness, last run, outbox, unreadable records and the policy, formatted for people."""
    text = re.sub(r"<[^>]+>|\s+", " ", ask(app(), "/").text.partition("<main")[2])
    text = re.sub(r" +", " ", text)
    for words in (
        "Deskcue at acme.example",
        "Last updated 4 minutes ago.",
        "Customers 400",
        "Tickets 2,500",
        "Last sync 11:28 next at 11:42",
        "Last run 1,430 written of 1,431 planned, 11:28",
        "Outbox 4 1 blocked, 3 pending",
        "Unreadable 2",
        f"shop , version {SHOP.version}, kept by Head of support, review by May 31, 2027.",
    ):
        assert words in text
    assert text.index("Renewal at stake Lifecycle 100 25%") < text.index("Key account Value 60 15%")


def test_home_page_escapes_what_a_policy_says() -> None:
    """Labels are text there too, and a bar is as wide as its share."""
    html = ask(app(), "/").text
    assert "&lt;b&gt;Bold&lt;/b&gt;" in html
    assert '<rect width="25.0"' in html
    assert '<rect width="0.0"' in html


@pytest.mark.parametrize(
    ("overview", "words"),
    [
        (replace(OVERVIEW, synced_at=None), "Not everything has been read yet."),
        (replace(OVERVIEW, synced_at=NOW - 30 * HOUR), "No sync has finished since."),
        (replace(OVERVIEW, fault="The help desk refused the token."), "The help desk refused the token."),
    ],
    ids=["never", "old", "failed"],
)
def test_home_page_turns_amber_when_records_are_old(overview: Overview, words: str) -> None:
    """Old, failed or never finished: the line on top says which."""
    html = ask(app(overview=lambda: overview), "/").text
    assert words in html
    assert '<p class="box amber">' in html


def test_home_page_of_an_empty_house_divides_by_nothing() -> None:
    """Before the first sync there are no customers, no run and no outbox, and the page says so."""
    empty = replace(
        OVERVIEW,
        customers=0,
        tickets=0,
        synced_at=None,
        next_sync=None,
        last_run=None,
        outbox={},
        dead_letters=0,
    )
    html = ask(app(overview=lambda: empty), "/").text
    for words in ("Never", "None yet", "Empty"):
        assert words in html


def test_a_name_pointed_at_this_machine_reads_nothing() -> None:
    """DNS rebinding: with hosts given, another name gets no customer data, and headers all the same."""
    page = app(hosts=("127.0.0.1",))
    answer = ask(page, "/sidebar/tickets/101")
    assert answer.status_code == 400
    assert "Maya" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert ask(page, "/sidebar/tickets/101", headers={"host": "127.0.0.1:8321"}).status_code == 200


def _tongue(answer: httpx.Response) -> tuple[str, str]:
    """Language and direction of a page or a fragment."""
    found = re.search(r'<(?:html|article|div id="words" hidden) lang="(\w+)" dir="(\w+)"', answer.text)
    assert found is not None
    return found[1], found[2]


@pytest.mark.parametrize(
    "path", ["/sidebar", "/sidebar?ticket=101", "/sidebar/tickets/101", "/sidebar/words"]
)
@pytest.mark.parametrize(
    ("wish", "header", "setting", "tongue"),
    [
        ("de-AT", "fr", "ja", ("de", "ltr")),
        ("ar", "", "en", ("ar", "rtl")),
        ("fi", "sv,fr-CA;q=0.8,de;q=0.9", "ja", ("de", "ltr")),
        ("", "sv;q=x, fr ; q=0.5, de;q=0", "ja", ("fr", "ltr")),
        ("fi", "sv", "pt-BR", ("pt", "ltr")),
        ("%22%3E%3Cscript%3E", "*", "en", ("en", "ltr")),
        ("%C3%A9", "\x7f", "en", ("en", "ltr")),
    ],
)
def test_each_agent_is_answered_in_their_language(
    path: str, wish: str, header: str, setting: str, tongue: tuple[str, str]
) -> None:
    """What the desk's page says, else the browser, else the setting; what is no locale is passed over."""
    page = app(locale=setting)
    where = f"{path}{'&' if '?' in path else '?'}locale={wish}"
    answer = ask(page, where, headers={"Accept-Language": header})
    assert (answer.status_code, _tongue(answer)) == (200, tongue)
    assert "<script>" not in answer.text.partition("</style>")[2]


def test_a_fragment_is_kept_for_each_language() -> None:
    """Two agents who open one ticket at one time do not get each other's words, or each other's numerals."""
    page = app()
    said = [ask(page, f"/sidebar/tickets/101?locale={one}").text for one in ("de", "ar", "ar-EG", "en", "de")]
    assert "Antwort bis" in said[0]
    assert "الرد قبل" in said[1]
    assert said[1] != said[2]
    assert "Reply by" in said[3]
    assert said[4] == said[0]


def test_the_advice_as_text_is_in_the_language_asked_for() -> None:
    """Programs ask as pages do; without a wish they get English."""
    asked = "/api/tickets/101/advice"
    german = ask(app(), f"{asked}?locale=de", headers={"Accept": "text/plain"}).text
    assert "Antwort bis" in german
    assert ask(app(), f"{asked}?locale=de").json()["language"] == "de"
    assert "Reply by" in ask(app(), asked, headers={"Accept": "text/plain"}).text


@pytest.mark.parametrize(
    ("path", "status", "title"),
    [
        ("/sidebar/tickets/x", 400, "Das ist keine Nummer des Helpdesks"),
        ("/sidebar/none", 404, "Diese Seite gibt es nicht"),
        ("/sidebar/tickets/101", 500, "Keine Empfehlungen verfügbar"),
    ],
)
def test_what_goes_wrong_is_said_in_the_agents_language(path: str, status: int, title: str) -> None:
    """Error pages follow the same wishes, and carry the same language and direction."""
    answer = ask(app(sources=broken), path, headers={"Accept-Language": "de-CH"})
    assert (answer.status_code, _tongue(answer)) == (status, ("de", "ltr"))
    assert title in answer.text


def test_words_are_for_those_who_are_let_in() -> None:
    """Without a signature not even the page's own words are given; the refusal is in the agent's language."""
    answer = ask(app(unsigned=False), "/sidebar/words?locale=fr")
    assert answer.status_code == 401
    assert "pour continuer" in answer.text


@pytest.mark.parametrize("locale", ["fi", "", "de;q=1", "../de"])
def test_locales_that_are_not_spoken_stop_the_start(locale: str) -> None:
    """A wrong setting names itself."""
    with pytest.raises(ValueError, match="no language of ours"):
        app(locale=locale)
