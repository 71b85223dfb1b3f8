"""The command line as its users meet it: help, exit codes, and errors that are sentences."""

from __future__ import annotations

import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
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
    for command in (
        "init",
        "sync",
        "import",
        "assign",
        "policy",
        "plan",
        "apply",
        "undo",
        "runs",
        "release",
        "why",
        "setup",
        "serve",
        "sandbox",
        "demo",
        "dump",
    ):
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


@pytest.mark.parametrize("arguments", [("why",), ("frob",), ("plan", "--tickets", "x")])
def test_wrong_arguments_are_json_where_json_was_asked_for(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    """A program that asked for JSON gets a document for a usage error, too."""
    done = run(tmp_path, *arguments, "--json")
    said = json.loads(done.stdout)
    assert (done.returncode, said["exit"]) == (2, 2)
    assert said["error"] in done.stderr.replace("\n", " ")


@pytest.mark.parametrize("command", ["sync", "plan", "apply", "setup", "serve"])
def test_a_command_that_misses_its_desk_leaves_nothing_behind(tmp_path: Path, command: str) -> None:
    """Settings are looked at before a store is made."""
    assert run(tmp_path, command).returncode == 2
    assert list(tmp_path.iterdir()) == []


BESIDE_NOBODY = {
    "DESKCUE_DESK__ADDRESS": "http://127.0.0.1:9",
    "DESKCUE_DESK__LOOPBACK": "1",
    "DESKCUE_DESK__CLIENT_ID": "x",
    "DESKCUE_DESK__CLIENT_SECRET": CANARY,
}
"""Port 9 is nobody's."""


def test_a_plan_that_cannot_be_written_says_where(tmp_path: Path) -> None:
    """The folder is a file: the path and the system's reason, and no riddle."""
    (tmp_path / "file").touch()
    done = run(tmp_path, "plan", "--out", "file/x.jsonl", **BESIDE_NOBODY)
    assert done.returncode == 1
    assert done.stderr == "deskcue: The plan cannot be written to file/x.jsonl: File exists.\n"


@pytest.mark.parametrize(
    ("setting", "code", "said"),
    [
        ({"DESKCUE_POLICY": '["none.yaml"]'}, 1, "none.yaml:1:1: cannot be opened"),
        ({"DESKCUE_DESK__ADDRESS": "https://desk.example"}, 2, "may be called"),
        ({"DESKCUE_SIDEBAR__FRAME_ANCESTORS": '["x"]'}, 2, "sidebar.frame_ancestors: 'x'"),
    ],
)  # fmt: skip
def test_serve_does_not_start_with_what_no_cycle_could_work_with(
    tmp_path: Path, setting: dict[str, str], code: int, said: str
) -> None:
    """A wrong setting or policy stops the start, instead of failing every quarter of an hour."""
    done = run(tmp_path, "serve", "--port", "0", **BESIDE_NOBODY | setting)
    assert done.returncode == code
    assert said in done.stderr
    assert done.stdout == ""


def test_why_takes_the_number_as_plan_prints_it(tmp_path: Path) -> None:
    """`#12` is what stands in a plan, so it may be pasted; a number that steers a terminal does not."""
    assert run(tmp_path, "assign").returncode == 0
    assert "There is no ticket 12 in" in run(tmp_path, "why", "#12").stderr
    assert "\x1b" not in run(tmp_path, "why", "\x1b[31m1").stderr


def shell(tmp_path: Path, line: str) -> subprocess.CompletedProcess[str]:
    """A line of shell in which `deskcue` is the command under test."""
    whole = f'deskcue() {{ "{sys.executable}" -m integration.cli "$@"; }}; {line}'
    return subprocess.run(
        ["bash", "-c", whole], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )


def unread(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command whose reader has gone before it says a word.

    `| head` would not do: as long as `head` has not ended yet, a pipe takes 64 kB and nothing is wrong.
    """
    reader, writer = os.pipe()
    os.close(reader)
    try:
        return subprocess.run(
            [sys.executable, "-m", "integration.cli", *arguments],
            cwd=tmp_path, stdout=writer, stderr=subprocess.PIPE, text=True, check=False, timeout=60,
        )  # fmt: skip
    finally:
        os.close(writer)


def test_f_crash_08_output_nobody_reads_or_nothing_takes_is_no_traceback(tmp_path: Path) -> None:
    """A reader that has gone is 141, a closed output is silence, a full disk is a sentence."""
    assert run(tmp_path, "assign").returncode == 0
    for said in ("dump", "--version"):
        gone = unread(tmp_path, said)
        assert (gone.returncode, gone.stderr) == (128 + signal.SIGPIPE, "")
    shut = shell(tmp_path, "deskcue dump >&-")
    assert (shut.returncode, shut.stderr) == (0, "")
    for command in ("dump", "why 1 --json", "--version"):
        full = shell(tmp_path, f"deskcue {command} >/dev/full")
        assert full.returncode == 1
        assert len(full.stderr.splitlines()) == 1
        assert full.stderr.startswith("deskcue: ")


def test_a_demo_that_is_ended_leaves_nothing_behind(tmp_path: Path) -> None:
    """SIGTERM and SIGHUP before and during the cycle: the folder goes, and the desk's process ends."""
    for number, seconds in ((signal.SIGTERM, 1.0), (signal.SIGTERM, 2.0), (signal.SIGHUP, 2.5)):
        process = subprocess.Popen(
            [sys.executable, "-m", "integration.cli", "demo", "--port", "0", "--desk-port", "0"],
            cwd=tmp_path, env=os.environ | {"TMPDIR": str(tmp_path)}, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )  # fmt: skip
        time.sleep(seconds)
        process.send_signal(number)
        # The desk holds the same standard error: the end of that stream is the end of both.
        _, fault = process.communicate(timeout=20)
        assert process.returncode in (0, 128 + number)
        assert fault == b""
        assert list(tmp_path.iterdir()) == []


def test_ctrl_c_is_130_and_a_sentence(tmp_path: Path) -> None:
    """Who stops a command reads that it can be run again, and no traceback."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        address = f"http://127.0.0.1:{mute.getsockname()[1]}"
        process = subprocess.Popen(
            [sys.executable, "-m", "integration.cli", "sync"], cwd=tmp_path,
            env=os.environ | BESIDE_NOBODY | {"DESKCUE_DESK__ADDRESS": address},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        asked, _ = mute.accept()
        with asked:  # now it waits for an answer that nobody gives
            process.send_signal(signal.SIGINT)
            _, fault = process.communicate(timeout=20)
    assert process.returncode == 130
    assert fault.strip() == "Stopped. Run the same command again to go on."


def test_the_demo_uses_no_settings_of_a_real_desk(tmp_path: Path) -> None:
    """A policy that is missing and a zone that is none do not reach it."""
    (tmp_path / "deskcue.toml").write_text("[writing]\nmode = 'never'\n")
    done = run(
        tmp_path, "demo", "--once", "--json", "--port", "0", "--desk-port", "0",
        DESKCUE_POLICY='["none.yaml"]', DESKCUE_TIME_ZONE="Mars", TMPDIR=str(tmp_path),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [cycle["written"] > 0 for cycle in json.loads(done.stdout)["cycles"]] == [True, False]
    assert [path.name for path in tmp_path.iterdir()] == ["deskcue.toml"]
