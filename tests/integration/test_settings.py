"""Settings: where they come from, and how a wrong one is named without showing it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from integration.app import user_agent
from integration.settings import SettingsError, demand_desk, demand_reachable, load, stated

CANARY = "s3cr3t-canary"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_file_dotenv_and_environment_win_in_that_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment is stronger than .env, .env is stronger than the file."""
    (tmp_path / "deskcue.toml").write_text(
        'time_zone = "UTC"\n[desk]\naddress = "file"\nclient_id = "file"\nvendor = "file"\n'
    )
    (tmp_path / ".env").write_text("DESKCUE_DESK__CLIENT_ID=dotenv\nDESKCUE_DESK__VENDOR=dotenv\nOTHER=1\n")
    monkeypatch.setenv("DESKCUE_DESK__VENDOR", "environment")
    desk = load().desk
    assert (desk.address, desk.client_id, desk.vendor) == ("file", "dotenv", "environment")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DESKCUE_SERVER__PORT", "many", "server.port (DESKCUE_SERVER__PORT)"),
        ("DESKCUE_TIME_ZONE", "Mars/Olympus", "time_zone (DESKCUE_TIME_ZONE)"),
        ("DESKCUE_WRITING__MODE", "yes", "writing.mode (DESKCUE_WRITING__MODE)"),
        ("DESKCUE_DESK__TAG_PREFIX", "No Prefix", "desk.tag_prefix (DESKCUE_DESK__TAG_PREFIX)"),
        ("DESKCUE_DESK__ADRESS", "x", "desk.adress (DESKCUE_DESK__ADRESS): there is no such setting"),
        ("DESKCUE_POLICY", '"a.yaml"', "policy (DESKCUE_POLICY): must be a list"),
        ("DESKCUE_POLICY", "a.yaml", "policy (DESKCUE_POLICY…)"),
        ("DESKCUE_SIDEBAR__FRAME_ANCESTORS", "https://a.example", "sidebar (DESKCUE_SIDEBAR…)"),
        ("DESKCUE_DESK", CANARY, "desk (DESKCUE_DESK…)"),
    ],
)
def test_a_wrong_value_names_itself(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    """The message holds the setting and the variable to change."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load()
    assert said in str(caught.value)
    assert CANARY not in str(caught.value)


def test_a_misspelt_section_of_the_file_is_named(tmp_path: Path) -> None:
    """Nothing in the file is ignored silently."""
    (tmp_path / "deskcue.toml").write_text("[servr]\nport = 1\n")
    with pytest.raises(SettingsError, match="servr: no such setting"):
        load()


def test_a_file_that_is_not_toml_is_named(tmp_path: Path) -> None:
    """A syntax error names the file and the place."""
    (tmp_path / "deskcue.toml").write_text("[desk\n")
    with pytest.raises(SettingsError, match=r"deskcue\.toml.*line 1"):
        load()


def test_a_sec_01_a_fault_beside_a_secret_does_not_show_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the message nor the cause holds the secret."""
    monkeypatch.setenv("DESKCUE_DESK__CLIENT_SECRET", CANARY)
    monkeypatch.setenv("DESKCUE_DESK__TAG_PREFIX", CANARY)
    with pytest.raises(SettingsError) as caught:
        load()
    assert CANARY not in str(caught.value) + repr(caught.value)
    assert caught.value.__cause__ is None


def test_a_sec_02_settings_do_not_print_their_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """repr and str of the settings hide it."""
    monkeypatch.setenv("DESKCUE_DESK__CLIENT_SECRET", CANARY)
    assert CANARY not in repr(load()) + str(load())


def test_f_auth_06_a_secret_file_is_read_stripped_and_refused_when_empty(tmp_path: Path) -> None:
    """A trailing newline is no part of the secret; no file and an empty file are named."""
    path = tmp_path / "secret"
    path.write_text(CANARY + "\n")
    settings = load(desk={"client_secret_file": path})
    assert settings.desk.client_secret.get_secret_value() == CANARY
    path.write_text("\n")
    with pytest.raises(SettingsError, match="is empty"):
        load(desk={"client_secret_file": path})
    with pytest.raises(SettingsError, match="cannot be read"):
        load(desk={"client_secret_file": tmp_path / "none"})


def test_a_desk_without_credentials_says_what_is_missing() -> None:
    """Every missing setting is named at once, with its variable."""
    with pytest.raises(SettingsError) as caught:
        demand_desk(load(desk={"address": "https://acme.zendesk.com"}))
    assert "DESKCUE_DESK__CLIENT_ID" in str(caught.value)
    assert "DESKCUE_DESK__CLIENT_SECRET" in str(caught.value)
    assert "desk.address" not in str(caught.value)


@pytest.mark.parametrize(
    ("way", "missing"),
    [
        ("client_credentials", {"CLIENT_ID", "CLIENT_SECRET"}),
        ("authorization_code", {"CLIENT_ID"}),
        ("api_token", {"EMAIL", "API_TOKEN"}),
    ],
)
def test_each_way_to_sign_in_needs_its_own_settings(way: str, missing: set[str]) -> None:
    """What the way does not use is not asked for."""
    with pytest.raises(SettingsError) as caught:
        demand_desk(load(desk={"address": "https://acme.zendesk.com", "sign_in": way}))
    assert set(re.findall(r"DESKCUE_DESK__([A-Z_]+)", str(caught.value))) == missing


def test_f_auth_06_an_api_token_may_stand_in_a_file(tmp_path: Path) -> None:
    """Read and stripped as a client secret is."""
    (tmp_path / "token").write_text(f" {CANARY}\r\n")
    (tmp_path / "token").chmod(0o600)
    assert load(desk={"api_token_file": tmp_path / "token"}).desk.api_token.get_secret_value() == CANARY


@pytest.mark.parametrize(
    "address",
    [
        "http://deskcue.acme.example",
        "https://user:pw@acme.example",
        "https://acme.example?x=1",
        "acme.example",
        "https://acme.example/\r\nx: y",
    ],
)
def test_a_public_address_is_an_https_address_and_no_more(address: str) -> None:
    """It goes into every request, so it holds neither secrets nor line breaks."""
    with pytest.raises(SettingsError, match=r"server\.address"):
        load(server={"address": address})


def test_requests_say_who_sends_them() -> None:
    """The version and the public address, or that there is none."""
    agent = user_agent(load(server={"address": "https://deskcue.acme.example/"}))
    assert re.fullmatch(r"deskcue/\d+\.\d+\.\d+ \(\+https://deskcue\.acme\.example\)", agent)
    assert user_agent(load()).endswith("(no public address)")


def test_a_real_desk_is_not_told_to_report_to_this_machine() -> None:
    """A loopback address is for the sandbox only."""
    local = {"address": "http://127.0.0.1:8321"}
    demand_reachable(stated(desk={"loopback": True}, server=local))
    demand_reachable(stated(server={"address": "https://acme.example"}))
    with pytest.raises(SettingsError, match=r"server\.address"):
        demand_reachable(stated(server=local))


def test_policy_files_are_a_json_list_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The way the message for a wrong one names."""
    monkeypatch.setenv("DESKCUE_POLICY", '["first.yaml", "second.yaml"]')
    assert load().policy == (Path("first.yaml"), Path("second.yaml"))


@pytest.mark.parametrize("name", ["deskcue.toml", ".env"])
def test_a_settings_file_that_is_not_utf_8_is_named(tmp_path: Path, name: str) -> None:
    """What another editor saved in another character set is no surprise."""
    (tmp_path / name).write_bytes(b"\xff\xfe[desk]\n")
    with pytest.raises(SettingsError, match=f"{name}.*UTF-8"):
        load()


def test_stated_settings_read_no_file_and_no_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A demo beside a real desk's settings must not use them."""
    (tmp_path / "deskcue.toml").write_text('data = "real"\n')
    (tmp_path / ".env").write_text("DESKCUE_TIME_ZONE=Europe/Madrid\n")
    monkeypatch.setenv("DESKCUE_DESK__TAG_PREFIX", "real_")
    found = stated(desk={"client_id": "demo"})
    assert (found.data, found.time_zone, found.desk.tag_prefix) == (Path("var"), "UTC", "cue_")
    assert found.desk.client_id == "demo"
