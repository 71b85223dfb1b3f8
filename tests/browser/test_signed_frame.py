"""The signed sidebar in a real browser, inside a page that speaks the framework's messages."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from connectors.sandbox.server import RunningSandbox
from integration import jobs
from integration.progress import silent
from integration.store import feedback
from integration.store.engine import Store
from integration.store.feedback import Feedback, Wanted
from tests.browser.driver import Browser
from tests.browser.host import Host
from tests.browser.serving import serving
from tests.browser.states import READY
from tests.connectors.zendesk.test_signed import OURS, pem
from tests.integration.desk import beside, small_desk

pytestmark = pytest.mark.full


class Desk(Host):
    """The pages of a desk beside which an installation is served."""

    store = Path()


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk whose pages frame an installation that serves."""
    folder = tmp_path_factory.mktemp("served")
    with RunningSandbox(small_desk(), delay=0.0) as sandbox:
        with beside(sandbox, folder / "var") as app:
            jobs.cycle(app, silent)
            with app.store.read() as connection:
                ticket = connection.exec_driver_sql(
                    "SELECT ticket_id FROM decisions AS d JOIN customers AS c ON c.id = d.customer_id"
                    " WHERE c.locale LIKE 'en%' ORDER BY 1"
                ).scalar()
        found = Desk(urlsplit(sandbox.address).netloc)
        found.ticket = str(ticket)
        found.store = folder / "var" / "deskcue.db"
        (folder / "key.pem").write_text(pem(OURS))
        with serving(
            folder, sandbox, installation_id="1", public_key_files='["key.pem"]',
            frame_ancestors=json.dumps([found.origin]),
        ) as found.site:  # fmt: skip
            yield found
        found.close()


def keys(window: Browser) -> list[str]:
    said: list[str] = window.run("return said.map(one => one.key || Object.keys(one.params)[0])")
    return said


def test_a_signed_agent_sees_the_tickets_advice(host: Desk, window: Browser) -> None:
    """Handshake, ticket, advice, height; the pass is not left in the page, nothing is complained about."""
    window.open(host.origin)
    window.into_frame(0)
    window.until(READY)
    assert window.run("return document.body.dataset.pass === undefined")
    tall = window.run("return document.body.offsetHeight")
    window.into_frame(None)
    window.until(f"return document.querySelector('iframe').offsetHeight >= {tall}")
    assert keys(window)[0] == "iframe.handshake"
    assert "iframe.on:ticket.requester.id.changed" in keys(window)
    assert window.complaints() == []


def test_what_the_desk_tells_is_followed(host: Desk, window: Browser) -> None:
    """Another colour scheme is put on, a changed requester asked about, the opening line inserted."""
    window.open(host.origin)
    window.into_frame(0)
    window.until(READY)
    window.run("document.querySelector('main article').id = 'before'")
    window.into_frame(None)
    window.run("tell({ key: 'zaf.colorScheme.changed', message: 'dark' })")
    window.run("tell({ key: 'zaf.ticket.requester.id.changed', message: '9' })")
    window.into_frame(0)
    window.until("return getComputedStyle(document.body).backgroundColor === 'rgb(21, 26, 30)'")
    window.until("return document.querySelector('main article') && !document.getElementById('before')")
    window.click("[data-act=insert]")
    window.until("return document.getElementById('live').textContent === 'Inserted in the reply'")
    window.into_frame(None)
    sample = window.run("return said.find(one => one.params && one.params['ticket.comment.appendText'])")
    assert sample["params"]["ticket.comment.appendText"][0]


def test_a_ticket_that_is_not_there_yet_says_so(host: Desk, window: Browser) -> None:
    """On a new ticket there is nobody chosen, and nothing is asked for."""
    host.ticket, before = "null", host.ticket
    window.open(host.origin)
    window.into_frame(0)
    window.until("return document.querySelector('h1')?.textContent === 'No customer chosen'")
    host.ticket = before


def test_a_token_of_yesterday_shows_nothing(host: Desk, window: Browser) -> None:
    """The frame says that it has to be reloaded, and holds neither a pass nor a customer."""
    host.now = lambda: int(time.time()) - 86_400
    window.open(host.origin)
    window.into_frame(0)
    window.until("return document.body.textContent.includes('Reload the app to continue')")
    assert window.run("return document.body.dataset.pass === undefined")
    host.now = lambda: int(time.time())


TAB, ENTER, SPACE, DOWN = "\ue004", "\ue007", " ", "\ue015"


def test_an_answer_is_given_by_the_keyboard_alone(host: Desk, window: Browser) -> None:
    """From the first button by Tab, Enter, Space and arrow to the thanks, which take the focus."""
    window.open(host.origin)
    window.into_frame(0)
    window.until(READY)
    window.run("document.querySelector('[data-act=right]').focus()")
    window.press(TAB, ENTER, TAB, SPACE, DOWN, TAB, *"Too stiff", TAB, ENTER)
    window.until("return document.activeElement.textContent.startsWith('Thank you')")
    assert window.run("return document.querySelector('[data-act=right]').offsetParent === null")
    assert window.complaints() == []
    given = answers(host)[0]
    assert (given.ticket_id, given.agent_id, given.verdict) == (host.ticket, "9", "wrong")
    assert (given.part, given.line) == ("tone", "Too stiff")


def test_an_answer_by_the_pointer_replaces_the_former(host: Desk, window: Browser) -> None:
    """One press is enough where the advice is right; what fails is said, and can be tried again."""
    window.open(host.origin)
    window.into_frame(0)
    window.until(READY)
    window.run("window.kept = window.fetch; window.fetch = () => Promise.reject(new TypeError('gone'))")
    window.click("[data-act=right]")
    window.until("return document.activeElement.textContent.startsWith('Not kept')")
    window.run("window.fetch = window.kept")
    window.click("[data-act=right]")
    window.until("return document.activeElement.textContent.startsWith('Thank you')")
    assert window.run("return document.querySelectorAll('.judge p:not([hidden])').length") == 1
    assert [(one.verdict, one.part, one.line) for one in answers(host)] == [("right", "", "")]


def test_a_draft_is_looked_through_in_place(host: Desk, window: Browser) -> None:
    """What the editor holds is compared when asked for; findings stand below, are announced, and are text."""
    draft = "values['ticket.comment.useRichText'] = true; values['ticket.comment.text'] = arguments[0]"
    window.open(host.origin)
    window.into_frame(0)
    window.until(READY)
    window.click("[data-act=check]")
    window.until("return document.getElementById('draft').textContent.startsWith('Not checked')")
    window.into_frame(None)
    window.run(draft, "<p>We <b>guar</b>antee &lt;img src=x onerror=said.push(1)&gt; 100%.</p>")
    window.into_frame(0)
    window.click("[data-act=check]")
    window.until("return document.getElementById('live').textContent === '2 things to look at again'")
    found = "return [...document.querySelectorAll('#draft q')].map(each => each.textContent)"
    assert window.run(found) == ["guarantee", "100%"]
    assert window.run("return document.querySelector('#draft img')") is None
    window.into_frame(None)
    window.run(draft, "<p>Hi, this is ours to fix.</p>")
    window.into_frame(0)
    window.click("[data-act=check]")
    window.until("return document.getElementById('live').textContent === 'Nothing goes against the advice.'")
    assert window.complaints() == []


def answers(host: Desk) -> list[Feedback]:
    """What is kept, the newest first."""
    store = Store(host.store, writer=False)
    try:
        with store.read() as connection:
            return feedback.latest(connection, Wanted(), 9)
    finally:
        store.close()


def test_the_agents_language_is_asked_of_the_desk(host: Desk, window: Browser) -> None:
    """Words, numerals, direction and announcements are those of the agent, whatever the browser prefers."""
    host.locale = "ar-EG"
    window.open(host.origin)
    window.into_frame(0)
    window.until(READY)
    window.until("return document.getElementById('words').lang === 'ar'")
    root = "return [document.documentElement.lang, document.documentElement.dir, document.title]"
    assert window.run(root) == ["ar", "rtl", "إرشادات العميل"]
    assert window.run("return document.querySelector('article').dataset.locale") == "ar-EG-u-nu-arab"
    window.click("[data-act=insert]")
    window.until("return document.getElementById('live').textContent === 'أُدرج في الرد'")
    assert window.complaints() == []
    host.locale = ""


def test_before_a_requester_is_chosen_the_agents_language_is_spoken(host: Desk, window: Browser) -> None:
    """A new ticket has no advice to bring the language along; the page's own words are fetched."""
    host.ticket, before, host.locale = "null", host.ticket, "de"
    window.open(host.origin)
    window.into_frame(0)
    window.until("return document.querySelector('h1')?.textContent === 'Kein Kunde gewählt'")
    assert window.run("return document.documentElement.lang") == "de"
    host.ticket, host.locale = before, ""


@pytest.fixture
def stood(host: Desk) -> Iterator[Desk]:
    """The host, whose pages stand beside something else than a ticket for one test."""
    before, host.ticket, host.locale = host.ticket, "null", "en"
    yield host
    host.ticket, host.locale, host.place, host.told = before, "", "ticket_sidebar", {}


def people(host: Desk) -> list[tuple[str, str]]:
    """Number and name of the customers who have a name of their own."""
    store = Store(host.store, writer=False)
    try:
        with store.read() as connection:
            rows = connection.exec_driver_sql(
                "SELECT id, name FROM customers WHERE NOT deleted"
                " GROUP BY name HAVING count(*) = 1 ORDER BY id"
            )
            return [(str(row[0]), str(row[1])) for row in rows]
    finally:
        store.close()


TITLE = "return document.querySelector('main h1')?.textContent.trim()"
TEXT = "return document.querySelector('main').innerText"


def choose(window: Browser, requester: object) -> None:
    """As an agent does it in the form of a new ticket: the desk says that, and tells who when it is asked."""
    window.into_frame(None)
    window.run("values['ticket.requester'] = arguments[0]", requester)
    window.run("tell({ key: 'zaf.ticket.requester.id.changed', message: 'x' })")
    window.into_frame(0)


def test_a_new_ticket_follows_its_requester(stood: Desk, window: Browser) -> None:
    """Nobody, one, another, somebody never read, nobody again: each replaces the former whole."""
    (first, name), (second, other) = people(stood)[:2]
    stood.place, stood.told = "new_ticket_sidebar", {"ticket.requester": None}
    window.open(stood.origin)
    window.into_frame(0)
    window.until(f"{TITLE} === 'No customer chosen'")
    assert "Choose a requester to see advice" in window.run(TEXT)
    choose(window, {"id": int(first), "name": name})
    window.until(f"{TEXT}.includes({json.dumps(name)})")
    shown = window.run(TEXT)
    assert "Tone" in shown
    assert "Reply by" not in shown
    assert window.run("return document.querySelector('[data-act=insert], .judge')") is None
    assert window.run("return document.querySelectorAll('h1').length") == 1
    choose(window, {"id": second, "name": other})
    window.until(f"{TEXT}.includes({json.dumps(other)})")
    assert name not in window.run(TEXT)
    choose(window, {"id": "999999999999"})
    window.until(f"{TITLE} === 'No segment yet'")
    assert "We have never seen this customer." in window.run(TEXT)
    assert other not in window.run(TEXT)
    choose(window, None)
    window.until(f"{TITLE} === 'No customer chosen'")
    assert window.run("return document.querySelector('main').ariaBusy") is None
    assert window.complaints() == []


def test_late_answers_about_a_former_requester_are_dropped(stood: Desk, window: Browser) -> None:
    """Two are chosen in a row and the first is answered last: only the second is ever shown."""
    (first, name), (second, other) = people(stood)[:2]
    stood.place, stood.told = "new_ticket_sidebar", {"ticket.requester": None}
    window.open(stood.origin)
    window.into_frame(0)
    window.until(f"{TITLE} === 'No customer chosen'")
    window.run(
        "window.seen = []; new MutationObserver(() => seen.push(document.querySelector('main').innerText))"
        ".observe(document.querySelector('main'), { childList: true });"
        "const real = window.fetch; window.late = new Promise(done => window.release = done);"
        "window.fetch = (address, ...more) => address.includes(arguments[0])"
        " ? late.then(() => real(address, ...more)) : real(address, ...more)",
        f"customers/{first}?",
    )
    choose(window, {"id": first})
    window.until("return document.querySelector('.wait') !== null")
    choose(window, {"id": second})
    window.until(f"{TEXT}.includes({json.dumps(other)})")
    window.run("release()")
    time.sleep(0.4)
    assert other in window.run(TEXT)
    assert name not in "".join(window.run("return seen"))


def test_a_users_page_shows_the_customer(stood: Desk, window: Browser) -> None:
    """The same advice without a ticket; an agent's own page and a page that tells no user say so."""
    number, name = people(stood)[0]
    stood.place, stood.told = "user_sidebar", {"user.id": int(number)}
    window.open(stood.origin)
    window.into_frame(0)
    window.until(READY)
    shown = window.run(TEXT)
    assert name in shown
    assert "How to write it" in shown
    assert "Reply by" not in shown
    stood.told = {"user.id": 999999}
    window.open(stood.origin)
    window.into_frame(0)
    window.until(f"{TITLE} === 'No segment yet'")
    stood.told = {"user.id": None}
    window.open(stood.origin)
    window.into_frame(0)
    window.until(f"{TITLE} === 'Advice is not available'")
    window.into_frame(None)
    window.run("values['user.id'] = arguments[0]", number)
    window.into_frame(0)
    window.click("[data-act=again]")
    window.until(f"{TEXT}.includes({json.dumps(name)})")
    assert window.run("return document.activeElement.tagName") == "MAIN"


def test_an_organizations_page_shows_its_people(stood: Desk, window: Browser) -> None:
    """Name, numbers, segments; no tone, and a ticket of it opens in the desk."""
    store = Store(stood.store, writer=False)
    with store.read() as connection:
        number, name = connection.exec_driver_sql(
            "SELECT o.id, o.name FROM organizations AS o JOIN tickets AS t ON t.organization_id = o.id"
            " WHERE t.status IN ('new', 'open', 'pending', 'hold') LIMIT 1"
        ).one()
    store.close()
    stood.place, stood.told = "organization_sidebar", {"organization.id": int(number)}
    window.open(stood.origin)
    window.into_frame(0)
    window.until(READY)
    shown = window.run(TEXT)
    assert window.run(TITLE) == name
    assert "Customers by segment" in shown
    assert "Tone" not in shown
    window.click("details.more summary")
    window.click("[data-act=open]")
    window.into_frame(None)
    window.until("return said.some(one => one.params && one.params.routeTo)")
    assert window.complaints() == []


@pytest.mark.parametrize("width", [256, 320, 640])
@pytest.mark.parametrize("locale", ["en", "de", "ar"])
def test_the_other_places_fit_at_any_width(stood: Desk, window: Browser, locale: str, width: int) -> None:
    """No sideways scroll with every fold open and at 200 % text, and targets of 24 pixels."""
    number, _ = people(stood)[0]
    store = Store(stood.store, writer=False)
    with store.read() as connection:
        firm = connection.exec_driver_sql(
            "SELECT organization_id FROM tickets WHERE organization_id > 0"
        ).scalar()
    store.close()
    stood.locale = locale
    for place, told in (
        ("user_sidebar", {"user.id": number}),
        ("organization_sidebar", {"organization.id": firm}),
    ):
        stood.place, stood.told = place, dict[str, object](told)
        window.open(stood.origin)
        window.run("document.querySelector('iframe').style.width = arguments[0] + 'px'", width)
        window.into_frame(0)
        window.until(READY)
        window.run("document.querySelectorAll('details').forEach(each => each.open = true)")
        for size in ("100%", "200%"):
            window.run("document.documentElement.style.fontSize = arguments[0]", size)
            assert window.run("return document.querySelector('main').scrollWidth") <= width, (place, size)
        small = "return [...document.querySelectorAll('button, summary')]"
        assert window.run(f"{small}.filter(each => each.getBoundingClientRect().height < 24).length") == 0
