"""The examination: every fault is named with its remedy, and none hides another."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from connectors.findings import Finding
from connectors.sandbox.apps import APP, INSTALLATION
from connectors.sandbox.server import RunningSandbox
from integration.app import signed_in
from integration.doctor import examine, exit_code, library, sidebar
from integration.settings import load
from integration.store.engine import Store
from integration.vault import FileVault
from tests.clock import FakeClock
from tests.connectors.sandbox.rig import small_desk
from tests.connectors.zendesk.rotating import RotatingDesk

CANARY = "s3cr3t-CANARY-51aa"

LATER = {"custom statuses"}
"""Features that the desk of these tests may lack."""


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def desk(clock: FakeClock) -> Iterator[RunningSandbox]:
    with RunningSandbox(small_desk(clock), token=CANARY) as running:
        yield running


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty working folder without settings from outside."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("DESKCUE_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def set_(desk: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Change settings, beginning with those of a healthy installation beside the desk."""

    def change(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"DESKCUE_DESK__{name.upper()}", value)

    change(address=desk.address, client_id="deskcue", client_secret=CANARY, loopback="1")
    return change


def found(clock: FakeClock) -> dict[str, Finding]:
    """The worst finding of each check."""
    worst: dict[str, Finding] = {}
    for finding in examine(clock):
        if finding.check not in worst or finding.level == "fault":
            worst[finding.check] = finding
    return worst


def test_a_healthy_installation_has_no_fault(set_: Callable[..., None], clock: FakeClock) -> None:
    """Every check is made and well, those of features aside that this desk may not have."""
    findings = found(clock)
    assert {name for name, one in findings.items() if one.level != "ok"} <= LATER | {"sqlite"}
    assert {
        "sqlite", "secrets", "files", "store", "policy", "address", "clock", "sign-in", "role", "credentials",
        "scopes", "reading", "ratings", "user tags", "priorities", "requests",
    } <= set(findings)  # fmt: skip
    assert exit_code(list(findings.values())) == 0


FAULTS = (
    ("anonymous-login", "sign-in", "fault", "takes us for nobody", "OAuth client is active", 5),
    ("expired-tokens", "sign-in", "fault", "invalid_token", "OAuth client is active", 5),
    ("suspended-user", "sign-in", "fault", "Couldn't authenticate you", "active admin", 5),
    ("agent-role", "role", "fault", "role is agent", "Make the user an admin", 1),
    ("missing-scope", "scopes", "fault", "lacks the scope tickets:write", "Allow tickets:write", 1),
    ("clock-skew", "clock", "fault", "900 seconds ahead", "time server", 1),
    ("plan-without-service-levels", "service levels", "warning", "no service levels", "Suite Growth", 0),
    ("plan-without-ratings", "ratings", "warning", "no ratings (403)", "customer satisfaction", 0),
    ("plan-without-custom-statuses", "custom statuses", "warning", "(404)", "statuses of your own", 0),
    ("webhooks-not-offered", "webhooks", "warning", "no webhooks (404)", "sync_minutes", 0),
    ("low-priorities-hidden", "priorities", "warning", "urgent and low", "Show all four", 0),
    ("user-tagging-off", "user tags", "warning", "does not use tags", "Switch on tags", 0),
    ("budget-used-up", "requests", "warning", "only 3 are left", "other integrations", 0),
)


@pytest.mark.parametrize(("fault", "check", "level", "what", "remedy", "code"), FAULTS)
def test_f_ops_07_doctor_names_each_fault_of_the_desk_and_its_remedy(
    desk: RunningSandbox,
    set_: Callable[..., None],
    clock: FakeClock,
    fault: str,
    check: str,
    level: str,
    what: str,
    remedy: str,
    code: int,
) -> None:
    """One fault at a time, over HTTP: named by its check, with the words an admin needs."""
    desk.desk.trouble.set({fault: 1})
    findings = found(clock)
    finding = findings[check]
    assert finding.level == level
    assert what in finding.what
    assert remedy in finding.remedy
    assert exit_code(list(findings.values())) == code
    others = {name for name, one in findings.items() if one.level == "fault"} - {check}
    assert not others
    assert CANARY not in str(findings)


def _wrong_secret(set_: Callable[..., None], folder: Path, _: RunningSandbox) -> None:
    set_(client_secret="wrong")


def _wrong_address(set_: Callable[..., None], folder: Path, _: RunningSandbox) -> None:
    set_(address="http://127.0.0.1:9")


def _foreign_address(set_: Callable[..., None], folder: Path, _: RunningSandbox) -> None:
    set_(address="https://desk.example")


def _no_client(set_: Callable[..., None], folder: Path, _: RunningSandbox) -> None:
    set_(client_id="")


def _no_sign_in(set_: Callable[..., None], folder: Path, _: RunningSandbox) -> None:
    set_(sign_in="authorization_code")


def _other_sign_in(set_: Callable[..., None], folder: Path, _: RunningSandbox) -> None:
    set_(sign_in="authorization_code")
    FileVault(folder / "var" / "sign-in.json").save(RotatingDesk().stored("https://other.zendesk.com"))


def _damaged_sign_in(set_: Callable[..., None], folder: Path, _: RunningSandbox) -> None:
    set_(sign_in="authorization_code")
    (folder / "var").mkdir()
    (folder / "var" / "sign-in.json").write_text('{"desk": ')
    (folder / "var" / "sign-in.json").chmod(0o600)


def _wrong_api_token(set_: Callable[..., None], folder: Path, _: RunningSandbox) -> None:
    set_(sign_in="api_token", email="robin.vale@desk.example", api_token="wrong")


def _empty_secret_file(set_: Callable[..., None], folder: Path, _: RunningSandbox) -> None:
    (folder / "secret").write_text("\n")
    set_(client_secret_file="secret")


def _missing_secret_file(set_: Callable[..., None], folder: Path, _: RunningSandbox) -> None:
    set_(client_secret_file="nowhere")


def _open_secret_file(set_: Callable[..., None], folder: Path, _: RunningSandbox) -> None:
    (folder / "secret").write_text(CANARY + "\n")
    (folder / "secret").chmod(0o644)
    set_(client_secret_file="secret")


def _open_settings(set_: Callable[..., None], folder: Path, _: RunningSandbox) -> None:
    (folder / "deskcue.toml").write_text(f'[desk]\nclient_secret = "{CANARY}"\n')
    (folder / "deskcue.toml").chmod(0o644)


def _open_store(set_: Callable[..., None], folder: Path, _: RunningSandbox) -> None:
    Store(folder / "var" / "deskcue.db", writer=True).close()
    (folder / "var" / "deskcue.db").chmod(0o644)


def _no_store(set_: Callable[..., None], folder: Path, _: RunningSandbox) -> None:
    (folder / "var").mkdir()
    (folder / "var" / "deskcue.db").write_text("this is no database, whatever its name says" * 50)
    (folder / "var" / "deskcue.db").chmod(0o600)


def _broken_policy(set_: Callable[..., None], folder: Path, _: RunningSandbox) -> None:
    (folder / "bad.yaml").write_text("policy: x\ngoal: y\nsegments: {}\n")
    os.environ["DESKCUE_POLICY"] = '["bad.yaml"]'


def _unknown_setting(set_: Callable[..., None], folder: Path, _: RunningSandbox) -> None:
    set_(adress="https://acme.zendesk.com")


BROKEN = (
    (_wrong_secret, "sign-in", "fault", "no access token (401)", "OAuth client is active", 5),
    (_wrong_address, "address", "fault", "cannot be reached", "Check desk.address", 1),
    (_foreign_address, "settings", "fault", "not one that may be called", "README.md", 1),
    (_no_client, "settings", "fault", "DESKCUE_DESK__CLIENT_ID", "README.md", 1),
    (_no_sign_in, "credentials", "fault", "Nobody has signed in", "deskcue sign-in", 5),
    (_other_sign_in, "credentials", "fault", "another help desk", "deskcue sign-in", 5),
    (_damaged_sign_in, "credentials", "fault", "is damaged", "readable", 1),
    (_wrong_api_token, "sign-in", "fault", "desk.api_token", "active admin", 5),
    (_empty_secret_file, "settings", "fault", "secret is empty", "deskcue.toml", 1),
    (_missing_secret_file, "settings", "fault", "nowhere cannot be read", "deskcue.toml", 1),
    (_open_secret_file, "secrets", "warning", "secret holds a secret", "chmod 600 secret", 0),
    (_open_settings, "secrets", "warning", "deskcue.toml holds a secret", "chmod 600 deskcue.toml", 0),
    (_open_store, "files", "warning", "can be read by other users", "chmod 600 var/deskcue.db", 0),
    (_no_store, "store", "fault", "not a database", "Restore a backup", 1),
    (_broken_policy, "policy", "fault", "bad.yaml:", "Set the named lines right", 1),
    (_unknown_setting, "settings", "fault", "desk.adress", "deskcue.toml", 1),
)


@pytest.mark.parametrize(
    ("breaks", "check", "level", "what", "remedy", "code"), BROKEN, ids=[row[0].__name__ for row in BROKEN]
)
def test_f_ops_07_doctor_names_each_fault_of_the_installation_and_its_remedy(
    desk: RunningSandbox,
    set_: Callable[..., None],
    clock: FakeClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    breaks: Callable[..., None],
    check: str,
    level: str,
    what: str,
    remedy: str,
    code: int,
) -> None:
    """One fault at a time: its check names it and its remedy, and no secret is shown (A-SEC-03)."""
    monkeypatch.setenv("DESKCUE_POLICY", "[]")
    breaks(set_, tmp_path, desk)
    findings = list(examine(clock))
    finding = next(one for one in findings if one.check == check and one.level == level)
    assert what in finding.what
    assert remedy in finding.remedy
    assert exit_code(findings) == code
    assert CANARY not in str(findings)


APPS: tuple[tuple[dict[str, str], dict[str, float], str, str, str], ...] = (
    ({"APP_ID": "7"}, {}, "app", "The app 7 is not installed", "Set sidebar.app_id to the number"),
    ({"APP_ID": "7"}, {}, "app key", "knows no app 7", "Set sidebar.app_id to the number"),
    (
        {"INSTALLATION_ID": ""},
        {},
        "app",
        "does not say as what",
        f'to "{INSTALLATION}"',
    ),
    (
        {"INSTALLATION_ID": "9"},
        {},
        "app",
        "no installation 9",
        f'to "{INSTALLATION}"',
    ),
    ({"APP_ID": ""}, {}, "app key", "no key by which to check", "Set sidebar.app_id"),
    ({}, {"agent-role": 1}, "app", "not shown to us (403", "Have an admin own the OAuth client"),
    ({}, {"agent-role": 1}, "app key", "not shown to us (403", "Have an admin own the OAuth client"),
    ({"PUBLIC_KEY_FILES": '["none.pem"]'}, {}, "app key", "none.pem cannot be used", "Save the app's key"),
)


@pytest.fixture
def set_app(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch, set_: Callable[..., None]
) -> Iterator[RunningSandbox]:
    """A desk with an app, and settings that name it."""
    monkeypatch.setenv("DESKCUE_SIDEBAR__APP_ID", str(APP))
    monkeypatch.setenv("DESKCUE_SIDEBAR__INSTALLATION_ID", str(INSTALLATION))
    with RunningSandbox(small_desk(clock), token=CANARY, sidebar="http://127.0.0.1:9/x") as desk:
        set_(address=desk.address)
        yield desk


@pytest.mark.parametrize(("over", "trouble", "check", "what", "remedy"), APPS)
def test_f_ops_07_doctor_says_why_the_sidebar_will_not_open(
    set_app: RunningSandbox,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    over: dict[str, str],
    trouble: dict[str, float],
    check: str,
    what: str,
    remedy: str,
) -> None:
    """Another app, another installation, no leave, no key: each in a sentence that names what to set."""
    for name, value in over.items():
        monkeypatch.setenv(f"DESKCUE_SIDEBAR__{name}", value)
    set_app.desk.trouble.set(trouble)
    settings = load()
    with closing(signed_in(settings, clock)) as connector:
        finding = next(one for one in sidebar(settings, connector) if one.check == check)
    assert finding.level == "fault"
    assert what in finding.what
    assert remedy in finding.remedy
    assert CANARY not in str(finding)


def test_an_app_that_is_installed_as_set_has_no_fault(set_app: RunningSandbox, clock: FakeClock) -> None:
    """Both checks are made with all others, and well."""
    findings = found(clock)
    assert (findings["app"].level, findings["app key"].level) == ("ok", "ok")
    assert findings["app"].what == f"The app {APP} is installed as {INSTALLATION}."


def test_without_a_way_in_nothing_is_said_of_the_app(set_app: RunningSandbox, clock: FakeClock) -> None:
    """The one fault is the sign-in; guesses about what lies behind it would hide it."""
    set_app.desk.trouble.set({"anonymous-login": 1})
    assert not {"app", "app key"} & set(found(clock))


def test_a_lack_of_the_role_is_not_taken_for_one_of_the_plan(
    desk: RunningSandbox, set_: Callable[..., None], clock: FakeClock
) -> None:
    """To an agent a 403 says nothing about the plan, and the remedy is the role, not a dearer plan."""
    set_()
    desk.desk.trouble.set({"agent-role": 1})
    finding = found(clock)["ratings"]
    assert "cannot be seen in this role" in finding.what
    assert "Make the user an admin" in finding.remedy


def test_a_fault_does_not_hide_another(
    desk: RunningSandbox, set_: Callable[..., None], clock: FakeClock, tmp_path: Path
) -> None:
    """A broken store, an agent's role, a missing scope and hidden priorities are all found together."""
    _no_store(set_, tmp_path, desk)
    desk.desk.trouble.set({"agent-role": 1, "missing-scope": 1, "low-priorities-hidden": 1})
    findings = found(clock)
    assert [findings[name].level for name in ("store", "role", "scopes")] == ["fault"] * 3
    assert findings["priorities"].level == "warning"


def test_the_store_of_another_desk_is_named(
    desk: RunningSandbox, set_: Callable[..., None], clock: FakeClock, tmp_path: Path
) -> None:
    """Settings that point at another desk than the store's do not go unseen."""
    from integration.store import facts

    store = Store(tmp_path / "var" / "deskcue.db", writer=True)
    with store.write() as connection:
        facts.put(connection, {"desk": "https://other.zendesk.com"})
    store.close()
    finding = found(clock)["store"]
    assert (finding.level, "https://other.zendesk.com" in finding.what) == ("fault", True)


def test_f_auth_05_doctor_counts_the_days_of_an_api_token(
    set_: Callable[..., None], clock: FakeClock
) -> None:
    """The date and the days that are left, as a warning."""
    set_(sign_in="api_token", email="dana.whitlock@desk.example", api_token=CANARY)
    finding = found(clock)["credentials"]
    assert (finding.level, finding.what) == ("warning", "API tokens stop working on 2027-04-30, in 194 days.")


@pytest.mark.parametrize(
    ("version", "level"),
    [
        ((3, 7, 0), "warning"), ((3, 40, 1), "warning"), ((3, 44, 5), "warning"), ((3, 44, 6), "ok"),
        ((3, 45, 0), "warning"), ((3, 50, 6), "warning"), ((3, 50, 7), "ok"), ((3, 51, 2), "warning"),
        ((3, 51, 3), "ok"), ((3, 52, 0), "ok"), ((3, 6, 23), "ok"),
    ],
)  # fmt: skip
def test_f_sql_02_a_library_with_the_checkpoint_race_is_named(version: tuple[int, ...], level: str) -> None:
    """Affected from 3.7.0 up to 3.51.2, but for the two mended lines."""
    finding = library(version)
    assert finding.level == level
    assert ("3.51.3" in finding.remedy) == (level == "warning")


def test_f_auth_06_a_secret_everybody_can_read_is_warned_about_at_the_start(
    set_: Callable[..., None], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The file and what to do, and not its content."""
    for mode, warned in ((0o600, False), (0o640, False), (0o604, True)):
        (tmp_path / "secret").write_text(CANARY)
        (tmp_path / "secret").chmod(mode)
        caplog.clear()
        set_(client_secret_file="secret")
        assert load().desk.client_secret.get_secret_value() == CANARY
        assert ("chmod 600" in caplog.text) == warned
        assert CANARY not in caplog.text


def test_doctor_prints_and_exits(desk: RunningSandbox, set_: Callable[..., None], tmp_path: Path) -> None:
    """One JSON document or a line a check; the exit code is that of the worst that was found."""
    desk.desk.trouble.set({"anonymous-login": 1})
    command = [sys.executable, "-m", "integration.cli", "doctor"]
    said = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False, timeout=60)
    document = json.loads(said.stdout)
    assert said.returncode == document["exit"] == 5
    assert {"check", "level", "what", "remedy"} == set(document["findings"][0])
    text = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert text.returncode == 5
    assert "fault     sign-in" in text.stdout
    assert CANARY not in said.stdout + said.stderr + text.stdout + text.stderr
