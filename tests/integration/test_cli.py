"""The command line as its users meet it: help, exit codes, and errors that are sentences."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from integration.faults import EXIT_CODES, explain

CANARY = "s3cr3t-canary"


def run(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """One command in an empty folder, with nothing of this machine's settings."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DESKCUE_")}
    return subprocess.run(
        [sys.executable, "-m", "integration.cli", *arguments],
        cwd=tmp_path, env=clean | environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def test_help_lists_every_command_with_its_purpose(tmp_path: Path) -> None:
    """The first thing anybody types answers with what there is."""
    done = run(tmp_path, "--help")
    assert done.returncode == 0
    for command in ("sync", "assign", "plan", "apply", "why", "serve", "sandbox", "demo", "dump"):
        assert f"  {command} " in done.stdout


def test_a_command_that_does_not_exist_is_a_usage_error(tmp_path: Path) -> None:
    """Usage errors end with 2."""
    assert run(tmp_path, "snyc").returncode == 2
    assert run(tmp_path, "plan", "--tickets", "-1").returncode == 2


def test_a_missing_desk_is_named_with_what_to_set(tmp_path: Path) -> None:
    """Without settings a sync ends with 2 and says which settings it needs."""
    done = run(tmp_path, "sync")
    assert done.returncode == 2
    assert "DESKCUE_DESK__ADDRESS" in done.stderr
    assert "Traceback" not in done.stderr


def test_errors_are_json_where_json_was_asked_for(tmp_path: Path) -> None:
    """A program gets the sentence and the code on standard output."""
    done = run(tmp_path, "why", "1", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout) == {"error": done.stderr.removeprefix("deskcue: ").strip(), "exit": 1}


def test_a_desk_that_is_down_means_try_later_or_partly_done(tmp_path: Path) -> None:
    """Nobody listens there: the streams say so, and the exit code is not 0."""
    done = run(
        tmp_path, "sync", "--json",
        DESKCUE_DESK__ADDRESS="https://127.0.0.1:9", DESKCUE_DESK__CLIENT_ID="x",
        DESKCUE_DESK__CLIENT_SECRET=CANARY,
    )  # fmt: skip
    assert done.returncode in (1, 2, 3, 75)
    assert CANARY not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_broken_policy_names_file_line_and_remedy(tmp_path: Path) -> None:
    """Every fault of a policy file is printed with its place."""
    (tmp_path / "bad.yaml").write_text("policy: x\ngoal: y\nsegments: {}\n")
    done = run(
        tmp_path, "assign", DESKCUE_POLICY='["bad.yaml"]',
        DESKCUE_DESK__ADDRESS="https://acme.zendesk.com", DESKCUE_DESK__CLIENT_ID="x",
        DESKCUE_DESK__CLIENT_SECRET=CANARY,
    )  # fmt: skip
    assert done.returncode == 1
    assert "bad.yaml:" in done.stderr
    assert "Traceback" not in done.stderr


def test_f_crash_08_a_closed_pipe_is_no_error(tmp_path: Path) -> None:
    """`deskcue … | head` ends quietly."""
    shell = f"{sys.executable} -m integration.cli --help | head -c 1 >/dev/null; exit 0"
    done = subprocess.run(["sh", "-c", shell], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("argument", ["--version"])
def test_the_version_is_printed(tmp_path: Path, argument: str) -> None:
    """One line, the installed version."""
    done = run(tmp_path, argument)
    assert done.stdout.strip().count(".") == 2


@pytest.mark.parametrize("name", sorted(EXIT_CODES))
def test_every_error_with_an_exit_code_exists(name: str) -> None:
    """The table of exit codes names real errors."""
    module, _, kind = name.rpartition(".")
    found = getattr(importlib.import_module(module), kind)
    assert issubclass(found, Exception)
    assert found.__module__ == module


def test_a_bad_ticket_file_names_file_line_and_column(tmp_path: Path) -> None:
    """The sandbox says which cell of which row it could not understand."""
    (tmp_path / "t.csv").write_text("ticket_id,created_at,status\n1,yesterday,open\n")
    done = run(tmp_path, "sandbox", "--port", "0", "--tickets", "t.csv")
    assert done.returncode == 1
    assert "t.csv" in done.stderr
    assert "line 2" in done.stderr
    assert "created_at" in done.stderr


def test_inv_11_an_unexpected_error_tells_its_place_and_not_its_text() -> None:
    """What nobody foresaw may quote a secret, so only its kind and place are printed."""
    try:
        raise ValueError(CANARY)
    except ValueError as fault:
        message, code = explain(fault)
    assert code == 1
    assert CANARY not in message
    assert "ValueError at test_cli.py:" in message
