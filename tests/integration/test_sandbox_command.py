"""`deskcue sandbox` with trouble: what may be written on the command line, and what it does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from itertools import takewhile
from pathlib import Path

import pytest

from connectors.sandbox.trouble import FAULTS

DESKCUE = (sys.executable, "-W", "error", "-m", "integration.cli", "sandbox")


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    root = str(Path(__file__).parent.parent.parent)
    return subprocess.run(
        [*DESKCUE, *arguments], check=False, cwd=folder, env={**os.environ, "PYTHONPATH": root},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_trouble_list_prints_every_fault(tmp_path: Path) -> None:
    """Names with their sentences, as text and as JSON; nothing is served."""
    text = run(tmp_path, "--trouble", "list")
    assert text.returncode == 0
    assert [line.split("  ")[0] for line in text.stdout.splitlines()] == list(FAULTS)
    assert json.loads(run(tmp_path, "--trouble", "list", "--json").stdout) == FAULTS


@pytest.mark.parametrize("text", ["frogs=1", "storm", "storm=2", "storm=x"])
def test_a_wrong_fault_is_a_usage_error(tmp_path: Path, text: str) -> None:
    """It ends with 2 and names the option and what is wrong."""
    done = run(tmp_path, "--trouble", text, "--port", "0")
    assert done.returncode == 2
    assert "--trouble: " in done.stderr
    assert text.partition("=")[0] in done.stderr


def test_trouble_strikes_from_the_first_request(tmp_path: Path) -> None:
    """Rates and seed from the command line hold at once, and can be taken back over HTTP."""
    root = str(Path(__file__).parent.parent.parent)
    options = (
        "--port",
        "0",
        "--token",
        "t",
        "--trouble",
        "error-500=1, job-lost=0.5",
        "--seed",
        "9",
        "--json",
    )
    desk = subprocess.Popen(
        [*DESKCUE, *options], cwd=tmp_path, env={**os.environ, "PYTHONPATH": root}, stdout=subprocess.PIPE
    )
    try:
        assert desk.stdout is not None
        lines = [*takewhile(lambda line: line != b"}\n", desk.stdout), b"}"]
        address = json.loads(b"".join(lines))["address"]
        with pytest.raises(urllib.error.HTTPError, match="500"):
            urllib.request.urlopen(f"{address}/api/v2/users/me", timeout=5)
        request = urllib.request.Request(f"{address}/sandbox/trouble", method="DELETE")
        with urllib.request.urlopen(request, timeout=5) as answer:
            said = json.load(answer)
        assert (said["seed"], said["rates"], said["struck"]) == (9, {}, {"error-500": 1})
        with urllib.request.urlopen(f"{address}/api/v2/users/me", timeout=5) as answer:
            assert answer.status == 200
        desk.send_signal(signal.SIGTERM)
        assert desk.wait(timeout=10) == 0
    finally:
        desk.kill()
        desk.communicate()
