"""``deskcue import`` as its users meet it, the schedule, and what lint says of imports."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from integration import faults
from integration.app import App
from integration.import_command import exit_code
from integration.import_remarks import from_imports
from integration.importing import Taken
from integration.scheduler import TABLE, Scheduler
from integration.settings import stated
from integration.store.engine import Store
from policies.lint import lint
from tests.clock import FakeClock
from tests.integration.importing import HEAD, IMPORTS, Imports
from tests.integration.test_cli import run
from tests.policies.desk import DAY, NOW, policy, text

SECRET = "canary@secret.example"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A policy with one import, and its file."""
    (tmp_path / "acme.yaml").write_text(text(IMPORTS), encoding="utf-8")
    write(tmp_path, f"{SECRET},120,,,,,2026-05-31")
    return tmp_path


def write(folder: Path, *rows: str) -> None:
    (folder / "crm.csv").write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")


POLICY = {"DESKCUE_POLICY": '["acme.yaml"]'}


def test_the_command_tells_what_became_of_every_import(folder: Path) -> None:
    """Rows, news, and keys that nobody has by their lines; the second time there is nothing to do."""
    first = run(folder, "import", **POLICY)
    assert first.returncode == faults.OK, first.stderr
    assert "crm (crm.csv): 1 row read, 1 new, 0 changed, 0 taken away" in first.stdout
    assert "1 key no customer has yet. First on line 2." in first.stdout
    again = run(folder, "import", "crm", "--json", **POLICY)
    (found,) = json.loads(again.stdout)["imports"]
    assert (found["unchanged"], found["rows"]) == (True, 1)
    assert SECRET not in first.stdout + first.stderr + again.stdout + again.stderr


def test_a_dry_run_says_that_nothing_was_stored(folder: Path) -> None:
    """What would be new is told, and no word of customers to assign."""
    assert run(folder, "import", **POLICY).returncode == faults.OK
    write(folder, f"{SECRET},121,,,,,2026-05-31")
    done = run(folder, "import", "--dry-run", **POLICY)
    assert done.stdout == "crm (crm.csv): 1 row read, 0 new, 1 changed; nothing was stored\n"
    assert "1 changed, 0 taken away" in run(folder, "import", **POLICY).stdout


def test_bad_cells_end_with_three_and_are_named_by_file_line_and_column(folder: Path) -> None:
    """The rest is taken; what stood in the cell is not repeated."""
    write(folder, f"{SECRET},hush,,,,,2026-05-31", "b@y.example,5,,,,,2026-05-31")
    done = run(folder, "import", **POLICY)
    assert done.returncode == faults.PARTIAL
    assert "crm.csv:2: arr: this is not a number. Write digits" in done.stdout
    assert "1 new" in done.stdout
    assert SECRET not in done.stdout + done.stderr
    assert "hush" not in done.stdout + done.stderr


def test_what_cannot_be_read_at_all_ends_with_one(folder: Path) -> None:
    """The sentence says what to do; a name that no import has is a matter of usage."""
    (folder / "crm.csv").unlink()
    done = run(folder, "import", **POLICY)
    assert (done.returncode, "There is no file crm.csv" in done.stdout) == (faults.FAILURE, True)
    done = run(folder, "import", "crn", **POLICY)
    assert done.returncode == faults.USAGE
    assert "There is no import crn in the policy. Did you mean crm?" in done.stderr


def test_a_policy_without_imports_says_so(tmp_path: Path) -> None:
    """The starter has none; that is no error."""
    done = run(tmp_path, "import")
    assert (done.returncode, "The policy has no imports" in done.stdout) == (faults.OK, True)


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ([], faults.OK),
        ([Taken("a", "a.csv")], faults.OK),
        ([Taken("a", "a.csv", refused=1)], faults.PARTIAL),
        ([Taken("a", "a.csv"), Taken("b", "b.csv", stopped="gone")], faults.PARTIAL),
        ([Taken("a", "a.csv", stopped="gone"), Taken("b", "b.csv", stopped="gone")], faults.FAILURE),
    ],
)
def test_a_part_is_not_the_whole(found: list[Taken], code: int) -> None:
    """All taken, some taken, none taken."""
    assert exit_code(found) == code


def test_the_schedule_imports_and_logs_no_customer(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Once an hour unless set otherwise, and at the start; bad rows are counted in the log."""
    (job,) = [timed for timed in TABLE if timed.name == "imports"]
    settings = stated(policy=(folder / "acme.yaml",), data=folder / "var", imports={"minutes": 5})
    store = Store(settings.store, writer=True)
    app = App(settings, store, FakeClock(NOW))
    assert (job.seconds(app), job.last(app)) == (300, None)
    write(folder, f"{SECRET},hush,,,,,2026-05-31", "b@y.example,5,,,,,2026-05-31")
    with caplog.at_level(logging.INFO):
        Scheduler(app)._run(job)
        (folder / "crm.csv").unlink()
        Scheduler(app)._run(job)
    said = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert said[0] == "1 rows of the import crm cannot be understood"
    assert said[1].startswith("the import crm stopped: There is no file crm.csv")
    assert SECRET not in caplog.text
    app.close()


def test_lint_names_columns_and_events_that_nobody_takes() -> None:
    """Without a store; what is taken by a trait is not mentioned."""
    of = policy(IMPORTS.replace("traits:", "  web: {file: web.csv, key: email, kind: events}\ntraits:"))
    found = {remark.path for remark in lint(of, of.review_by) if remark.path[0] == "imports"}
    assert found == {
        ("imports", "web"),
        *(("imports", "crm", "columns", column) for column in ("renewal", "beta", "marks")),
    }


def test_lint_names_imports_that_are_unread_stale_or_about_nobody(tmp_path: Path) -> None:
    """One remark each, with a store beside the policy; half of the keys unmatched is not most of them."""
    store = Store(tmp_path / "deskcue.db", writer=True)
    at = Imports(tmp_path, store)
    at.stock.add("customers", id="ann", email="ann@x.example")

    def checks(now: int = NOW) -> list[str]:
        return [remark.check for remark in from_imports(at.policy, store, now)]

    assert checks() == ["import-unread"]
    at.rows("ann@x.example 1", "b@y.example 2")
    at.take()
    assert checks() == []
    assert checks(NOW + 88 * DAY) == []
    assert checks(NOW + 90 * DAY) == ["import-stale"]
    at.rows("ann@x.example 1", "b@y.example 2", "c@y.example 2")
    at.take()
    assert checks() == ["import-unmatched"]
    store.close()
