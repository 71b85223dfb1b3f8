"""`deskcue sign-in` as an admin meets it: a browser that comes back, or an address pasted in."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from connectors.sandbox.server import RunningSandbox
from integration.vault import FileVault
from tests.clock import FakeClock
from tests.connectors.sandbox.rig import AGENT, OWNER, Client, small_desk
from tests.connectors.sandbox.test_grants import decide_at

CANARY = "s3cr3t-CANARY-9be0"


@pytest.fixture
def desk() -> Iterator[RunningSandbox]:
    with RunningSandbox(small_desk(FakeClock()), token=CANARY) as running:
        yield running


class Terminal:
    """The command in an empty folder, with its keyboard and its screen."""

    def __init__(self, desk: RunningSandbox, folder: Path, *arguments: str, **more: str) -> None:
        self.desk = desk
        self.folder = folder
        clean = {name: value for name, value in os.environ.items() if not name.startswith("DESKCUE_")}
        settings = {
            "ADDRESS": desk.address, "CLIENT_ID": "deskcue", "CLIENT_SECRET": CANARY, "LOOPBACK": "1",
            "SIGN_IN": "authorization_code", **more,
        }  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, "-m", "integration.cli", "sign-in", "--port", "0", *arguments],
            cwd=folder, env=clean | {f"DESKCUE_DESK__{name}": value for name, value in settings.items()},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def invited(self) -> str:
        """The path and query of the page on which to agree; it stands on the screen."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if line.startswith(self.desk.address):
                return line.strip().removeprefix(self.desk.address)
        raise AssertionError("no address was shown")

    def agreed(self, decision: str = "allow", *, user: int = OWNER) -> str:
        """Where the desk sends the browser after the decision."""
        return decide_at(Client(self.desk), self.invited(), decision, user=user).headers["location"]

    def ended(self, typed: str = "") -> tuple[int, str, str]:
        out, error = self.process.communicate(typed, timeout=60)
        return self.process.returncode, out, error


def visit(address: str) -> tuple[int, str]:
    """What a browser sees that goes there."""
    parts = urlsplit(address)
    line = http.client.HTTPConnection(parts.netloc, timeout=10)
    line.request("GET", f"{parts.path}?{parts.query}")
    answer = line.getresponse()
    text = answer.read().decode()
    line.close()
    return answer.status, text


def test_a_browser_on_this_machine_signs_in(desk: RunningSandbox, tmp_path: Path) -> None:
    """Wrong visits change nothing; the right one ends it, and the pair is stored and proved."""
    terminal = Terminal(desk, tmp_path, "--json")
    back = terminal.agreed()
    base = back.partition("?")[0]
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/signed-in", base)
    assert visit(f"{base.rpartition('/')[0]}/favicon.ico?")[0] == 404
    assert visit(f"{base}?code=forged&state=forged")[0] == 400
    status, page = visit(back)
    assert status == 200
    assert "close this window" in page
    code, out, error = terminal.ended()
    assert code == 0, error
    said = json.loads(out)
    assert (said["user"], said["role"]) == (str(OWNER), "admin")
    assert (said["scopes"], said["stored"]) == (["read", "tickets:write"], "var/sign-in.json")
    stored = FileVault(tmp_path / "var" / "sign-in.json").load()
    assert stored is not None
    assert stored.desk == desk.address
    for secret in (CANARY, stored.access, stored.refresh):
        assert secret not in out + error + page


def test_a_browser_on_another_machine_signs_in_by_pasting(desk: RunningSandbox, tmp_path: Path) -> None:
    """The address of the page that did not load is typed in; then other commands work."""
    terminal = Terminal(desk, tmp_path)
    code, out, error = terminal.ended(f"\n{terminal.agreed()}\n")
    assert code == 0, error
    assert "Signed in as Dana Whitlock (admin), with the scopes read tickets:write." in out


def test_an_agent_is_told_that_much_is_for_admins(desk: RunningSandbox, tmp_path: Path) -> None:
    """The sign-in stands, and says what to look at."""
    terminal = Terminal(desk, tmp_path)
    code, out, _ = terminal.ended(terminal.agreed(user=AGENT) + "\n")
    assert code == 0
    assert "deskcue doctor" in out


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("http://127.0.0.1:1/signed-in?code=x&state=y", "another sign-in"),
        ("forged-code", "invalid_grant"),
    ],
)
def test_a_wrong_answer_signs_nobody_in(desk: RunningSandbox, tmp_path: Path, typed: str, said: str) -> None:
    """A sentence, exit code 1, and nothing stored."""
    terminal = Terminal(desk, tmp_path)
    terminal.invited()
    code, out, error = terminal.ended(typed + "\n")
    assert (code, out) == (1, "")
    assert said in error
    assert "Traceback" not in error
    assert list(tmp_path.iterdir()) == []


def test_declining_is_no_sign_in(desk: RunningSandbox, tmp_path: Path) -> None:
    """The desk's word for it, and exit code 1."""
    terminal = Terminal(desk, tmp_path)
    code, _, error = terminal.ended(terminal.agreed("deny") + "\n")
    assert code == 1
    assert "access_denied" in error


def test_somebody_who_is_nobody_is_5(desk: RunningSandbox, tmp_path: Path) -> None:
    """The proof by asking who we are fails: exit code 5."""
    desk.desk.trouble.set({"anonymous-login": 1})
    terminal = Terminal(desk, tmp_path)
    code, out, error = terminal.ended(terminal.agreed() + "\n")
    assert (code, out) == (5, "")
    assert "takes us for nobody" in error


def test_signing_in_is_for_one_way_of_it(desk: RunningSandbox, tmp_path: Path) -> None:
    """With client credentials there is nothing to agree to: 2, and how to change that."""
    code, _, error = Terminal(desk, tmp_path, SIGN_IN="client_credentials").ended()
    assert code == 2
    assert "authorization_code" in error


def test_a_port_that_is_taken_is_named(desk: RunningSandbox, tmp_path: Path) -> None:
    """2, and the option to change."""
    port = str(urlsplit(desk.address).port)
    code, _, error = Terminal(desk, tmp_path, "--port", port).ended()
    assert code == 2
    assert "Choose another --port" in error
