"""The app's key as the account gives it: fetched beside the requests, kept, and followed when it changes."""

from __future__ import annotations

import logging
import shutil
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from connectors.errors import RetryableError
from connectors.frames import UnknownKeyError, UnsignedError
from connectors.sandbox.apps import APP, INSTALLATION, InstalledApp
from connectors.sandbox.server import RunningSandbox
from integration.app import App, opened
from integration.frame_keys import PAUSE, AccountKey, Keys, frame_keys
from integration.serve import _door
from integration.web.door import Door
from tests.clock import FakeClock
from tests.connectors.sandbox.rig import AGENT, small_desk
from tests.connectors.zendesk.test_signed import OTHER, signed
from tests.integration.desk import settings

SIDEBAR = {"app_id": str(APP), "installation_id": str(INSTALLATION)}
ROUTE = "/api/v2/apps/{id}/public_key.pem"
PEM = "-----BEGIN PUBLIC KEY-----\nfirst\n"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def desk(clock: FakeClock) -> Iterator[RunningSandbox]:
    with RunningSandbox(small_desk(clock), sidebar="http://127.0.0.1:9/zendesk/sidebar") as found:
        yield found


@pytest.fixture
def app(desk: RunningSandbox, clock: FakeClock, tmp_path: Path, template: Path) -> Iterator[App]:
    shutil.copy(template, tmp_path / template.name)
    with opened(settings(desk, tmp_path, sidebar=SIDEBAR), writer=True, clock=clock) as found:
        yield found


def account_key(app: App) -> AccountKey:
    keys = frame_keys(app)
    assert isinstance(keys, AccountKey)
    return keys


def looked(app: App) -> AccountKey:
    """After the look with which a start begins."""
    keys = account_key(app)
    keys.start()
    keys.settle(10)
    return keys


def installed(desk: RunningSandbox) -> InstalledApp:
    assert desk.desk.app is not None
    return desk.desk.app


def token(desk: RunningSandbox, *, account: str = "", at: int = 0) -> str:
    """What the account signs now; ``account`` and ``at`` may be others."""
    host = account or urlsplit(desk.address).netloc
    return installed(desk).token(host, AGENT, "x", at or desk.desk.clock.wall())


def asked(desk: RunningSandbox) -> int:
    return sum(one.template == ROUTE for one in desk.desk.ledger.requests)


def door(app: App, keys: Keys) -> Door:
    return _door(app, keys)


def test_the_key_is_fetched_from_the_account(desk: RunningSandbox, app: App) -> None:
    """One request, as whoever Deskcue signs in as; what the key signs opens the door."""
    keys = looked(app)
    assert keys.known == (installed(desk).public_key,)
    assert [(one.status, one.actor_id) for one in desk.desk.ledger.requests if one.template == ROUTE] == [
        (200, desk.desk.owner_id)
    ]
    assert door(app, keys).read(token(desk)).agent == str(AGENT)


def test_a_start_with_the_desk_away_uses_the_key_that_was_kept(desk: RunningSandbox, app: App) -> None:
    """From a file that its owner alone may read and change; nothing is asked for it."""
    known = looked(app).known
    mode = stat.S_IMODE(app.settings.app_key.stat().st_mode)
    assert mode == 0o600
    before = asked(desk)
    again = account_key(app)
    assert (again.known, asked(desk)) == (known, before)
    assert door(app, again).read(token(desk)).agent == str(AGENT)


@pytest.mark.parametrize("content", ["", "{", '{"desk": 7}', '{"desk": "d", "app": "a", "key": ["k"]}'])
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, content: str) -> None:
    """The account is asked anew, and the file is mended."""
    path = tmp_path / "key.json"
    path.write_text(content)
    keys = AccountKey(path, desk="d", app="a", fetch=lambda: PEM, clock=FakeClock())
    assert not keys.known
    keys.look()
    keys.settle(10)
    assert AccountKey(path, desk="d", app="a", fetch=lambda: "", clock=FakeClock()).known == (PEM,)


@pytest.mark.parametrize(("over", "found"), [({}, 1), ({"desk": "https://b.example"}, 0), ({"app": "8"}, 0)])
def test_a_kept_key_is_of_one_app_at_one_desk(tmp_path: Path, over: dict[str, str], found: int) -> None:
    """After the settings have changed it counts no longer."""
    path, stated = tmp_path / "key.json", {"desk": "https://a.example", "app": "7"}
    keys = AccountKey(path, **stated, fetch=lambda: PEM, clock=FakeClock())
    keys.look()
    keys.settle(10)
    again = AccountKey(path, **stated | over, fetch=lambda: PEM, clock=FakeClock())
    assert len(again.known) == found


def test_a_jwt_16_a_rotated_key_is_followed_and_the_former_ends(desk: RunningSandbox, app: App) -> None:
    """The first request after the change is refused, the next one opens, and the old key opens nothing."""
    keys = looked(app)
    opening, old = door(app, keys), token(desk)
    installed(desk).rotate()
    with pytest.raises(UnknownKeyError):
        opening.read(token(desk))
    keys.settle(10)
    assert opening.read(token(desk)).agent == str(AGENT)
    with pytest.raises(UnknownKeyError):
        opening.read(old)


def test_a_jwt_13_the_account_is_asked_once_in_ten_minutes(
    desk: RunningSandbox, app: App, clock: FakeClock
) -> None:
    """Beside the start, however many requests come that nobody signed; a look without news counts, too."""
    keys = looked(app)
    opening = door(app, keys)

    def forge() -> None:
        for _ in range(5):
            with pytest.raises(UnknownKeyError):
                opening.read(signed(OTHER))
            keys.settle(10)

    forge()
    assert asked(desk) == 2
    clock.advance(PAUSE - 1)
    forge()
    assert asked(desk) == 2
    clock.advance(1)
    forge()
    assert asked(desk) == 3


def test_a_jwt_13_nothing_in_a_token_says_what_is_asked_or_where(
    desk: RunningSandbox, app: App, clock: FakeClock
) -> None:
    """Addresses in head and claims are never called; our own account is asked for our own app."""
    keys = looked(app)
    opening = door(app, keys)
    with RunningSandbox(small_desk(clock), sidebar="http://127.0.0.1:9/x") as evil:
        address = f"{evil.address}{ROUTE.replace('{id}', str(APP))}"
        for headers in ({"jku": address}, {"x5u": address}, {"kid": address}):
            clock.advance(PAUSE)
            forged = signed(OTHER, headers=headers, iss=evil.address, cnf={"jku": address})
            with pytest.raises(UnknownKeyError):
                opening.read(forged)
            keys.settle(10)
        assert list(evil.desk.ledger.requests) == []
    assert asked(desk) == 4


def test_only_an_unknown_signature_makes_us_look(desk: RunningSandbox, app: App, clock: FakeClock) -> None:
    """What is no token, over, or for another account is refused without a call."""
    keys = looked(app)
    opening = door(app, keys)
    for text in ("", "a.b.c", token(desk, at=clock.wall() - 3600), token(desk, account="evil.example")):
        with pytest.raises(UnsignedError):
            opening.read(text)
        keys.settle(10)
    assert asked(desk) == 1


def test_a_request_never_waits_for_the_account(tmp_path: Path) -> None:
    """While a look takes its time another is not begun, and whoever asked goes on at once."""
    hung, calls = threading.Event(), list[int]()

    def fetch() -> str:
        calls.append(1)
        hung.wait(10)
        return PEM

    clock = FakeClock()
    keys = AccountKey(tmp_path / "key.json", desk="d", app="7", fetch=fetch, clock=clock)
    keys.start()
    keys.look()
    clock.advance(PAUSE)
    keys.look()
    assert not keys.known
    hung.set()
    keys.settle(10)
    assert (keys.known, len(calls)) == ((PEM,), 1)
    keys.look()
    keys.settle(10)
    assert len(calls) == 2


def test_what_the_account_refuses_is_told_and_the_key_stays(
    desk: RunningSandbox, app: App, caplog: pytest.LogCaptureFixture
) -> None:
    """INV-11: the reason and where to find the remedy, in one line without a secret."""
    keys = looked(app)
    known = keys.known
    desk.desk.trouble.set({"agent-role": 1})
    with caplog.at_level(logging.WARNING, "deskcue.web"):
        keys.look()
        keys.settle(10)
    assert keys.known == known
    assert f"The key of the app {APP} is not shown to us (403" in caplog.text
    assert "`deskcue doctor` names a remedy" in caplog.text
    assert desk.token not in caplog.text


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (RetryableError("The desk rests."), "The desk rests."),
        (ValueError("it holds no RSA key in PEM"), "no RSA key"),
        (RuntimeError("s3cr3t"), "RuntimeError"),
    ],
)
def test_a_look_that_fails_is_named_and_may_be_repeated(
    tmp_path: Path, fault: Exception, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    """After the pause; an unexpected fault shows its kind only."""
    turns = [fault, None]

    def fetch() -> str:
        if (found := turns.pop(0)) is not None:
            raise found
        return PEM

    clock = FakeClock()
    keys = AccountKey(tmp_path / "key.json", desk="d", app="7", fetch=fetch, clock=clock)
    for _ in range(2):
        keys.look()
        keys.settle(10)
    assert not keys.known
    assert said in caplog.text
    assert "s3cr3t" not in caplog.text
    clock.advance(PAUSE)
    keys.look()
    keys.settle(10)
    assert keys.known == (PEM,)


def test_a_stop_waits_for_no_look_and_tells_nothing_of_it(
    desk: RunningSandbox, tmp_path: Path, template: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """While the desk keeps the sign-in waiting, what is open is closed at once."""
    desk.desk.trouble.set({"error-503-wait": 1})
    waits, goes_on = threading.Event(), threading.Event()

    class Waiting(FakeClock):
        def sleep(self, seconds: float) -> None:
            waits.set()
            goes_on.wait(1)

    shutil.copy(template, tmp_path / template.name)
    with opened(settings(desk, tmp_path, sidebar=SIDEBAR), writer=True, clock=Waiting()) as stopping:
        keys = account_key(stopping)
        keys.start()
        assert waits.wait(10)
        keys.end()
    assert "app-key" in [one.name for one in threading.enumerate()]
    goes_on.set()
    keys.settle(10)
    assert caplog.text == ""


def test_a_folder_that_cannot_be_written_keeps_nobody_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The key counts for this process, and the log says that it will not be there after the next start."""
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "key.json"
    keys = AccountKey(path, desk="d", app="7", fetch=lambda: PEM, clock=FakeClock())
    keys.look()
    keys.settle(10)
    assert keys.known == (PEM,)
    assert f"{path} cannot be written" in caplog.text
