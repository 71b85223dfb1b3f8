"""The signed sidebar over HTTP: who gets the page, what the page may ask with its pass, and for how long."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from connectors import package, read_visit
from connectors.frames import UnknownKeyError
from integration.frame_keys import frame_keys
from integration.serve import _door
from integration.settings import SettingsError
from integration.sidebar import CompanySources, Sources
from integration.store.feedback import Feedback
from integration.web.app import create
from integration.web.door import Door
from integration.web.session import LIFE, Passes
from tests.clock import FakeClock
from tests.connectors.zendesk.test_signed import ACCOUNT, HOST, OTHER, OURS, claims, pem, signed
from tests.connectors.zendesk.test_signed import NOW as SIGNED_AT
from tests.integration.sidebar_cases import SHOP, apart, known, northwind
from tests.integration.test_cli import run
from tests.integration.test_web import OVERVIEW

PATH = "/zendesk/sidebar"
QUERY = f"?origin=https://{HOST}&app_guid=8f2e&colorScheme=dark"
FORM = {"content-type": "application/x-www-form-urlencoded"}


class Site:
    """An installation that one account's agents may open; its clock stands where the tokens were signed."""

    def __init__(
        self, installation: str = ACCOUNT.installation, keep: Callable[[Feedback], None] | None = None
    ) -> None:
        self.clock = FakeClock(SIGNED_AT)
        self.asked: list[str] = []
        self.passes = Passes(self.clock, HOST, installation)
        self.app = create(
            sources=self._sources,
            customers=self._customers,
            companies=self._companies,
            policy=lambda: SHOP,
            overview=lambda: OVERVIEW,
            clock=self.clock,
            zone="UTC",
            unsigned_sidebar=False,
            frame_ancestors=(),
            door=Door(
                path=PATH,
                origin=f"https://{HOST}",
                read=lambda token: read_visit("zendesk", token, ACCOUNT, now=self.clock.wall()),
                passes=self.passes,
            ),
            keep=keep,
        )

    def _sources(self, ticket: str) -> Sources:
        self.asked.append(ticket)
        return known()

    def _customers(self, customer: str) -> Sources:
        self.asked.append(customer)
        return apart()

    def _companies(self, number: str) -> CompanySources:
        self.asked.append(number)
        return northwind()

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="https://deskcue.example") as client:
                return await client.request(method, path, **more)

        return asyncio.run(asked())

    def post(self, token: str, **form: str) -> httpx.Response:
        return self.ask("POST", PATH + QUERY, content=urlencode({"token": token, **form}), headers=FORM)

    def held(self) -> str:
        """The pass in the page that a signed request opens."""
        found = re.search(r'data-pass="([^"]+)"', self.post(signed(jti=str(len(self.asked)))).text)
        assert found is not None
        return found[1]

    def fragment(self, held: str, ticket: str = "7") -> httpx.Response:
        headers = {"authorization": f"Bearer {held}", "sec-fetch-site": "same-origin"}
        return self.ask("GET", f"{PATH}/tickets/{ticket}", headers=headers)


def test_a_signed_agent_gets_the_page_and_its_advice() -> None:
    """The page holds no customer; with its pass the advice comes, in the colours that the desk asked for."""
    site = Site()
    page = site.post(signed())
    assert page.status_code == 200
    assert 'data-scheme="dark"' in page.text
    assert f'data-origin="https://{HOST}"' in page.text
    assert site.asked == []
    fragment = site.fragment(site.held())
    assert fragment.status_code == 200
    assert site.asked == ["7"]


def test_a_xss_08_only_the_accounts_pages_may_frame_it() -> None:
    """The content policy names the account alone; nothing is stored, no cookie is set, no address is told."""
    headers = Site().post(signed()).headers
    assert f"frame-ancestors https://{HOST}" in headers["content-security-policy"]
    assert "x-frame-options" not in headers
    assert "set-cookie" not in headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "token=",
        "token=null",
        "token",
        "other=x",
        f"token={signed()}&token={signed()}",
        "%ff=%ff",
        "a=1&b=2&c=3&d=4&e=5",
    ],
)
def test_a_jwt_01_without_one_token_nothing_is_shown(content: str) -> None:
    """None, an empty one, two of them and other forms: 401, and a page without a reason."""
    answer = Site().ask("POST", PATH + QUERY, content=content, headers=FORM)
    assert answer.status_code == 401
    assert "data-pass" not in answer.text


def test_a_bare_request_is_refused() -> None:
    """The address alone opens nothing, nor does the unsigned one."""
    site = Site()
    assert site.ask("GET", PATH + QUERY).status_code == 405
    assert site.ask("GET", "/sidebar?ticket=7").status_code == 401
    assert site.ask("GET", f"{PATH}/tickets/7").status_code == 401
    assert site.asked == []


def test_a_jwt_12_the_same_token_opens_once(caplog: pytest.LogCaptureFixture) -> None:
    """A copy of a request is refused, and the log says so without the token."""
    site, token = Site(), signed()
    assert site.post(token).status_code == 200
    with caplog.at_level(logging.WARNING, "deskcue.web"):
        assert site.post(token).status_code == 401
    assert "a second time" in caplog.text
    assert token not in caplog.text


def test_a_jwt_14_a_large_form_is_refused() -> None:
    """Before it is read to its end."""
    assert Site().post("a" * 20_000).status_code == 413


def test_a_jwt_15_a_short_key_is_no_key() -> None:
    """Passes are signed with 32 bytes or not at all."""
    with pytest.raises(ValueError, match="32 bytes"):
        Passes(FakeClock(), HOST, "1", key=b"short")


def test_a_jwt_18_nothing_in_an_address_opens_the_page() -> None:
    """A token in the query, where logs and histories would keep it, is no token."""
    site = Site()
    assert site.ask("POST", f"{PATH}{QUERY}&token={signed()}", content="", headers=FORM).status_code == 401


def test_a_jwt_19_a_pass_is_for_one_installation_and_a_quarter_of_an_hour() -> None:
    """Changed, over, of another installation or of another process, it opens nothing."""
    site = Site()
    held = site.held()
    assert site.fragment(held).status_code == 200
    for other in ("", "x", held[:-2] + "xx", held.split(".")[0] + ".", "é"):
        assert site.fragment(other.encode("ascii", "ignore").decode()).status_code == 401
    assert Site().fragment(held).status_code == 401
    elsewhere = Passes(site.clock, HOST, "999", key=site.passes.key)
    assert elsewhere.holder(held) is None
    site.clock.advance(LIFE - 1)
    assert site.fragment(held).status_code == 200
    site.clock.advance(1)
    assert site.fragment(held).status_code == 401


def test_a_pass_opens_from_the_page_itself_only() -> None:
    """A page elsewhere that got hold of it is not answered."""
    site = Site()
    headers = {"authorization": f"Bearer {site.held()}", "sec-fetch-site": "cross-site"}
    assert site.ask("GET", f"{PATH}/tickets/7", headers=headers).status_code == 403


@pytest.mark.parametrize("path", ["customers/7", "organizations/3"])
def test_beside_customers_and_organizations_the_same_pass_is_asked_for(path: str) -> None:
    """Nothing without one, nothing for a page elsewhere, and the advice with it."""
    site = Site()
    assert site.ask("GET", f"{PATH}/{path}").status_code == 401
    assert site.asked == []
    held = {"authorization": f"Bearer {site.held()}"}
    for origin, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 200)):
        answer = site.ask("GET", f"{PATH}/{path}", headers={**held, "sec-fetch-site": origin})
        assert answer.status_code == status
    assert site.asked == [path.partition("/")[2]]
    number = f"{path.partition('/')[0]}/1%0a"
    assert site.ask("GET", f"{PATH}/{number}", headers=held).status_code == 400


@pytest.mark.parametrize("place", ["new_ticket_sidebar", "user_sidebar", "organization_sidebar"])
def test_every_place_of_the_app_gets_the_same_first_page(place: str) -> None:
    """It knows no customer and no place; the desk's page tells it where it stands."""
    site = Site()
    page = site.post(signed(context={"product": "support", "location": place}))
    assert page.status_code == 200
    assert 'data-subject=""' in page.text
    assert place not in page.text.partition("<script")[0]
    assert site.asked == []


def test_an_agent_of_another_installation_is_refused() -> None:
    """The refusal says nothing about why."""
    answer = Site().post(signed(aud=f"https://{HOST}/api/v2/apps/installations/2.json"))
    assert answer.status_code == 401
    assert "installation" not in answer.text


def test_the_server_demands_keys_it_can_use(tmp_path: Path) -> None:
    """What is missing for a key, and a file that holds none, are named before anything is served."""
    from integration.app import App
    from integration.settings import Settings
    from integration.store.engine import Store

    def door(**sidebar: object) -> Door | None:
        stated = {"desk": {"address": f"https://{HOST}"}, "sidebar": sidebar, "data": tmp_path}
        store = Store(tmp_path / "deskcue.db", writer=True)
        try:
            app = App(Settings.model_validate(stated), store, FakeClock(SIGNED_AT), setting_up=False)
            keys = frame_keys(app)
            return _door(app, keys) if keys else None
        finally:
            store.close()

    assert door() is None
    with pytest.raises(SettingsError, match="no key by which"):
        door(installation_id="360001")
    with pytest.raises(SettingsError, match=r"as what the app is installed.*deskcue doctor"):
        door(app_id="7")
    (tmp_path / "none.pem").write_text("hello")
    with pytest.raises(SettingsError, match="holds no RSA key"):
        door(installation_id="360001", public_key_files=[tmp_path / "none.pem"])
    with pytest.raises(SettingsError, match="No such file"):
        door(installation_id="360001", public_key_files=[tmp_path / "missing.pem"])
    (tmp_path / "key.pem").write_text(pem(OURS))
    found = door(installation_id="360001", public_key_files=[tmp_path / "key.pem"])
    assert found is not None
    assert found.read(signed()).agent == "42"
    both = door(installation_id="360001", app_id="7", public_key_files=[tmp_path / "key.pem"])
    assert both is not None
    with pytest.raises(UnknownKeyError):
        both.read(signed(OTHER))
    assert both.read(signed()).agent == "42"
    assert claims()["iss"] == HOST


def test_the_package_is_what_the_vendor_takes(tmp_path: Path) -> None:
    """The manifest at the root, words in every language, logos of the asked sizes, twice the same bytes."""
    packed = package("zendesk", "https://deskcue.example", "1.0")
    assert packed == package("zendesk", "https://deskcue.example", "1.0")
    with zipfile.ZipFile(BytesIO(packed)) as archive:
        names = archive.namelist()
        manifest = archive.read("manifest.json").decode()
        logo = archive.read("assets/logo.png")
    assert names[0] == "manifest.json"
    assert {f"translations/{one}.json" for one in ("en", "de", "fr", "es", "pt", "ja", "ar")} <= set(names)
    assert '"signedUrls": true' in manifest
    places = json.loads(manifest)["location"]["support"]
    assert places.keys() == {"ticket_sidebar", "new_ticket_sidebar", "user_sidebar", "organization_sidebar"}
    for place in places.values():
        assert place == {"url": "https://deskcue.example/zendesk/sidebar", "flexible": True}
    assert logo.startswith(b"\x89PNG")
    assert int.from_bytes(logo[16:20]) == int.from_bytes(logo[20:24]) == 320
    with pytest.raises(ValueError, match="https"):
        package("zendesk", "http://deskcue.example", "1.0")
    refused = run(tmp_path, "app")
    assert refused.returncode == 2
    assert "server.address" in refused.stderr
    done = run(tmp_path, "app", DESKCUE_SERVER__ADDRESS="https://deskcue.example")
    assert done.returncode == 0
    assert (tmp_path / "deskcue-app.zip").exists()
    assert run(tmp_path, "app", DESKCUE_SERVER__ADDRESS="https://deskcue.example").returncode == 2
