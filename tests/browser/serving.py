"""An installation of its own for browser tests: served in a process beside a sandbox desk."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from connectors.sandbox.server import RunningSandbox


@contextmanager
def told(*command: str, folder: Path, **variables: str) -> Iterator[dict[str, Any]]:
    """What a command says of itself once it is ready; it is stopped at the end, and must end well."""
    process = subprocess.Popen(
        [sys.executable, "-m", "integration.cli", *command, "--json"],
        cwd=folder, stdout=subprocess.PIPE, env=os.environ | {"PYTHONUNBUFFERED": "1"} | variables,
    )  # fmt: skip
    assert process.stdout is not None
    said = b"".join(iter(process.stdout.readline, b"}\n")) + b"}"
    yield json.loads(said)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 0


@contextmanager
def serving(folder: Path, sandbox: RunningSandbox, **sidebar: str) -> Iterator[str]:
    """The address of ``deskcue serve`` beside the desk, its store in ``var``; ``sidebar`` are settings."""
    stated = {
        "DESKCUE_DESK__ADDRESS": sandbox.address,
        "DESKCUE_DESK__LOOPBACK": "true",
        "DESKCUE_DESK__CLIENT_ID": "deskcue",
        "DESKCUE_DESK__CLIENT_SECRET": sandbox.token,
        "DESKCUE_DATA": "var",
        **{f"DESKCUE_SIDEBAR__{name.upper()}": value for name, value in sidebar.items()},
    }
    root = str(Path(__file__).parent.parent.parent)
    with told("serve", "--port", "0", folder=folder, PYTHONPATH=root, **stated) as said:
        yield str(said["address"])
