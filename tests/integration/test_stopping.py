"""Being told to stop: whatever the process is doing just then."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

PROGRAM = """
import os, sys, time
from integration import stopping

class Bystander:
    def __del__(self):
        os.kill(os.getpid(), int(sys.argv[1]))
        for _ in range(1000): pass  # the signal is taken in here, where Python drops what is raised

stopping.watch()
Bystander()
time.sleep(20)
print("forgotten")
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_stop_while_garbage_is_collected_is_not_forgotten(number: signal.Signals) -> None:
    """What is raised inside a destructor is dropped by Python; the stop comes again, and nothing is said."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(int(number))],
        capture_output=True,
        text=True,
        timeout=15,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (128 + number, "", "")


def test_an_ignored_signal_stays_ignored() -> None:
    """As under nohup: the process goes on."""
    program = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n" + PROGRAM.replace("20", "0")
    done = subprocess.run(
        [sys.executable, "-c", program, str(int(signal.SIGHUP))],
        capture_output=True, text=True, timeout=15, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "forgotten\n", "")
