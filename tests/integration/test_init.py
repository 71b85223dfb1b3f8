"""The first files of an installation: complete, in force as they stand, and never laid over others."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from integration.init import POLICY, SETTINGS, InitError, begin
from integration.settings import Settings
from policies.json_schema import FILE_NAME, FIRST_LINE
from policies.load import STARTER, load
from tests.integration.test_cli import run


def test_init_writes_settings_a_policy_and_its_schema(tmp_path: Path) -> None:
    """The three files work together: the settings name the policy, its first line names the schema."""
    done = run(tmp_path, "init", "acme", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["written"] == [f"acme/{name}" for name in (SETTINGS, POLICY, FILE_NAME)]
    stated = tomllib.loads((tmp_path / "acme" / SETTINGS).read_text())
    assert stated["policy"] == [POLICY]
    text = (tmp_path / "acme" / POLICY).read_text()
    assert text.splitlines()[0] == FIRST_LINE
    assert load([tmp_path / "acme" / POLICY]).segments.keys() == load([STARTER]).segments.keys()
    checked = run(tmp_path / "acme", "assign", "--json")
    assert checked.returncode == 0, checked.stderr


def test_the_commented_settings_name_every_setting_and_no_other(tmp_path: Path) -> None:
    """Each line that is switched off can be switched on: it is a setting of its section."""
    begin(tmp_path, force=False)
    text = (tmp_path / SETTINGS).read_text()
    switched_on = re.sub(r"^# ([a-z_]+ = )", r"\1", text, flags=re.M)
    found = tomllib.loads(switched_on)
    for name, field in Settings.model_fields.items():
        inner = getattr(field.annotation, "model_fields", None)
        assert name in found, name
        if inner:
            assert found[name].keys() == inner.keys(), name
    assert found.keys() == Settings.model_fields.keys()


def test_init_never_overwrites_unasked(tmp_path: Path) -> None:
    """One of the files is there: it stays as it is and no other is written; --force replaces it."""
    (tmp_path / POLICY).write_text("mine")
    with pytest.raises(InitError, match=r"policy\.yaml"):
        begin(tmp_path, force=False)
    assert [path.name for path in tmp_path.iterdir()] == [POLICY]
    assert (tmp_path / POLICY).read_text() == "mine"
    done = run(tmp_path, "init")
    assert (done.returncode, "--force" in done.stderr) == (1, True)
    assert run(tmp_path, "init", "--force").returncode == 0
    assert load([tmp_path / POLICY]).name == "starter"


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    """The path and the system's reason, and no traceback."""
    (tmp_path / "file").touch()
    done = run(tmp_path, "init", "file/inner")
    assert done.returncode == 1
    assert "file/inner" in done.stderr
    assert "Traceback" not in done.stderr
    assert run(tmp_path, "policy", "schema", "--out", "file/x.json").returncode == 1


def test_the_schema_is_printed_or_written(tmp_path: Path) -> None:
    """Both give the same document."""
    printed = json.loads(run(tmp_path, "policy", "schema").stdout)
    done = run(tmp_path, "policy", "schema", "--out", "s.json", "--json")
    assert json.loads(done.stdout) == {"written": ["s.json"]}
    assert json.loads((tmp_path / "s.json").read_text()) == printed


def test_init_begins_with_a_pack_and_its_cases(tmp_path: Path) -> None:
    """The cases lie beside the policy, where `deskcue policy test` looks for them, and pass."""
    done = run(tmp_path, "init", "acme", "--pack", "sentiment")
    assert done.returncode == 0, done.stderr
    assert "let_down_lately" in load([tmp_path / "acme" / POLICY]).segments
    tested = run(tmp_path / "acme", "policy", "test", "--json")
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert len(json.loads(tested.stdout)["cases"]) >= 5


def test_an_unknown_pack_is_answered_with_the_nearest(tmp_path: Path) -> None:
    """Nothing is written."""
    with pytest.raises(InitError, match="sentiment"):
        begin(tmp_path / "acme", force=False, pack="sentimant")
    assert not (tmp_path / "acme").exists()
