"""`deskcue setup` as its users meet it: what it prints, its document and its exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.server import RunningSandbox
from tests.integration.desk import small_desk

SECRET = "s3cr3t-canary-of-the-client"


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    with RunningSandbox(small_desk(), token=SECRET) as running:
        yield running


def setup(
    sandbox: RunningSandbox, folder: Path, *arguments: str, code: int = 0, **more: str
) -> subprocess.CompletedProcess[str]:
    """The command in an empty folder; it must end with that code, and show no secret."""
    stated = {
        "DESKCUE_DESK__ADDRESS": sandbox.address, "DESKCUE_DESK__LOOPBACK": "1",
        "DESKCUE_DESK__CLIENT_ID": "deskcue", "DESKCUE_DESK__CLIENT_SECRET": SECRET,
        "DESKCUE_SERVER__ADDRESS": "https://deskcue.acme.example", "COLUMNS": "100",
    }  # fmt: skip
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DESKCUE_")}
    done = subprocess.run(
        [sys.executable, "-m", "integration.cli", "setup", *arguments],
        cwd=folder, env=clean | stated | more, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    secrets = [SECRET, *(hook.secret for hook in sandbox.desk.hooks.webhooks.values())]
    assert not [secret for secret in secrets if secret in done.stdout + done.stderr]
    return done


def document(done: subprocess.CompletedProcess[str]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(done.stdout)
    return found


def test_it_shows_then_does_then_has_nothing_to_do(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Showing says how to go on and ends with 0; doing names what was done; the second time nothing is."""
    shown = setup(sandbox, tmp_path).stdout
    assert "To be made:\n  Ticket field “Segment”" in shown
    assert shown.endswith("nothing was changed. To do this: deskcue setup --apply\n")
    done = setup(sandbox, tmp_path, "--apply").stdout
    assert "made: Service level policy “Deskcue: Fast lane”" in done
    assert done.endswith("5 steps done.\n")
    assert setup(sandbox, tmp_path, "--apply").stdout.endswith("Nothing had to be done.\n")
    assert setup(sandbox, tmp_path).stdout.endswith("The desk has what it needs: nothing to do.\n")
    removal = setup(sandbox, tmp_path, "--remove").stdout
    assert "Cannot be undone: Its values go from every ticket" in removal
    assert removal.endswith("To do this: deskcue setup --remove --apply\n")
    assert setup(sandbox, tmp_path, "--remove", "--apply").stdout.endswith("4 steps done.\n")
    assert setup(sandbox, tmp_path, "--remove").stdout == "There is nothing to remove.\n"


def test_its_document_says_the_same(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Steps with key, verb and words, what is left with its reason, and no request and no secret."""
    shown = document(setup(sandbox, tmp_path, "--json"))
    assert shown["applied"] is False
    assert [step["key"] for step in shown["steps"]] == [
        "field.segment", "field.service_level", "level.fast", "webhook.events", "webhook.events/secret",
    ]  # fmt: skip
    assert all(set(step) == {"key", "verb", "what", "why", "lasting"} for step in shown["steps"])
    done = document(setup(sandbox, tmp_path, "--apply", "--json"))
    assert done["whole"] is True
    assert {step["result"] for step in done["steps"]} == {"done"}
    assert document(setup(sandbox, tmp_path, "--apply", "--json"))["steps"] == []


def test_a_part_that_cannot_be_done_is_three(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """The plan has no service levels: showing is 0 all the same, doing is 3, and the reason is printed."""
    sandbox.desk.trouble.set({"plan-without-service-levels": 1})
    assert "Missing, and for you to settle:\n  service level policies:" in setup(sandbox, tmp_path).stdout
    done = setup(sandbox, tmp_path, "--apply", code=3).stdout
    assert "made: Ticket field “Segment”" in done
    assert "service level policies: The help desk does not offer this to us (403" in done


def test_a_desk_that_does_not_let_us_in_is_five(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """A wrong secret ends before anything is asked for."""
    done = setup(sandbox, tmp_path, "--apply", code=5, DESKCUE_DESK__CLIENT_SECRET="wrong")
    assert "client secret" in done.stderr or "credentials" in done.stderr


def test_setup_works_on_an_observed_desk_and_changes_no_ticket(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    """Observing is about tickets: none of them moves by a setup."""
    setup(sandbox, tmp_path, "--apply", DESKCUE_WRITING__MODE="observe")
    assert [effect for effect in sandbox.desk.ledger.effects if effect.kind == "ticket"] == []
