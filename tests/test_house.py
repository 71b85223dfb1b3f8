"""The rules of the house: who imports whom, where commands and templates are named, what is in the wheel."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.models import CommandInfo

from connectors.changes import Field
from connectors.zendesk.write import WRITES
from integration.cli import cli

ROOT = Path(__file__).parent.parent
ROOMS = ("integration", "connectors", "policies")

ALLOWED = {
    "policies": {"pydantic", "pydantic_core", "sqlglot"},
    "connectors": {"msgspec"},
    "connectors/sandbox": {"msgspec", "starlette", "granian", "jinja2"},
}
"""Outside libraries by room; the longest matching place counts."""

EXTRA = {
    "connectors/answer.py": {"msgspec", "isal"},
    "policies/load.py": {"ruamel"},
    # What an opening line may hold is checked by the very sandbox that fills it in.
    "policies/openings.py": {"jinja2"},
    # Holidays of countries and regions are facts that others keep well.
    "policies/hours.py": {"holidays"},
    # The sandbox desk and the app are both served inside their process.
    "connectors/embedded.py": {"granian"},
    # The sandbox signs requests as an account does, by the libraries that would have to believe it.
    "connectors/sandbox/apps.py": {"jwt", "cryptography"},
    # Who signed a request is decided by a library that others attack and mend.
    "connectors/zendesk/signed.py": {"jwt"},
    "connectors/http.py": {"httpx", "httpcore", "tenacity"},
    "connectors/sockets.py": {"httpx", "httpcore"},
}
"""Files that may use more than their room."""

ALONE = {
    "sklearn": "integration/suggest/trees.py",
    "duckdb": "integration/screening/worker.py",
    "py3langid": "integration/messages.py",
    "duckdb_extension_sqlite_scanner": "integration/screening/worker.py",
}
"""Libraries of extras, and the one file that may ask for each."""

LAYERS = (
    {"cli", "commands", "demo", "doctor", "sign_in", "serve", "faults", "tell", "tell_setup", "show"}
    | {
        "cli_policy",
        "cli_writing",
        "cli_running",
        "options",
        "init",
        "policy_commands",
        "sarif",
        "tell_customer",
        "tell_policy",
        "tell_imports",
    }
    | {
        "import_command",
        "tell_source",
        "undo_commands",
        "tell_undo",
        "tell_verify",
        "advice_command",
        "feedback_command",
        "cli_tone",
        "tone_command",
        "backtest_command",
        "package_command",
    },
    {"web", "scheduler", "overview"},
    {"app", "jobs", "frame_keys"},
    {"sidebar"},
    {
        "sync",
        "follow",
        "assign",
        "chunk",
        "screening",
        "look",
        "marks",
        "check",
        "census",
        "then",
        "plan",
        "plan_file",
        "restraint",
        "backtest",
        "undo",
        "undo_plan",
        "release",
        "verify",
        "prove",
        "sla",
        "apply",
        "explain",
        "setup",
        "remembered",
    }
    | {
        "preview",
        "judged",
        "remarks",
        "cases",
        "trial",
        "try_out",
        "way_in",
        "difference",
        "suggest",
        "importing",
    }
    | {"import_remarks", "judged", "message_remarks", "messages", "tone"},
    {"store"},
    {"settings", "progress", "render", "words", "private_file", "vault", "stopping"},
)
"""The floors of integration, top first: imports go down or stay on their floor."""


def modules() -> Iterator[Path]:
    for room in ROOMS:
        yield from sorted((ROOT / room).rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Every module a file imports, wherever in the file it does so."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide who is asked"
            found |= {f"{node.module}.{name.name}" for name in node.names}
    return found


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def outside(names: set[str]) -> set[str]:
    roots = {name.split(".")[0] for name in names}
    return roots - set(sys.stdlib_module_names) - set(ROOMS) - {"tests"}


@pytest.mark.parametrize("path", list(modules()), ids=place)
def test_a_module_uses_only_the_libraries_of_its_room(path: Path) -> None:
    """Each room uses the outside libraries it is allowed, and no others."""
    here = place(path)
    room = max((one for one in ALLOWED if here.startswith(one + "/")), key=len, default="")
    if not room:
        return
    allowed = ALLOWED[room] | EXTRA.get(here, set())
    assert outside(imports(path)) <= allowed


def test_libraries_of_an_extra_are_asked_for_in_one_place() -> None:
    """Whoever has not installed the extra can do everything else."""
    for library, alone in ALONE.items():
        assert {place(path) for path in modules() if library in outside(imports(path))} == {alone}


def test_rooms_import_downwards_only() -> None:
    """Connectors and policies know nothing of each other or of integration; vendors know no vendor."""
    for path in modules():
        here, names = place(path), {name.split(".")[0] for name in imports(path)}
        if here.startswith("policies/"):
            assert not names & {"integration", "connectors"}, here
        if here.startswith("connectors/"):
            assert not names & {"integration", "policies"}, here
        vendor = here.split("/")[1] if here.count("/") > 1 else None
        if here.startswith("connectors/") and vendor:
            others = {one for one in ("zendesk", "sandbox") if one != vendor}
            used = {name.split(".")[1] for name in imports(path) if name.startswith("connectors.")}
            assert not used & others, here


def test_integration_imports_downwards_only() -> None:
    """Inside integration the doors call the jobs, the jobs the verbs, the verbs the store."""
    floor = {name: number for number, names in enumerate(LAYERS) for name in names}
    for path in sorted((ROOT / "integration").rglob("*.py")):
        mine = path.relative_to(ROOT / "integration").parts[0].removesuffix(".py")
        if mine == "__init__":
            continue
        assert mine in floor, f"{mine} has no floor: give it one in this test"
        for name in imports(path):
            if name.startswith("integration."):
                other = name.split(".")[1]
                assert floor[other] >= floor[mine], f"{place(path)} reaches up to {name}"


def test_there_are_no_import_cycles() -> None:
    """No module is reached from itself by the imports that run when it is loaded."""
    known = {
        place(path).removesuffix(".py").replace("/", ".").removesuffix(".__init__"): path
        for path in modules()
    }
    graph = {
        name: {target for used in imports(path) if (target := _module(used, known)) and target != name}
        for name, path in known.items()
    }
    done: set[str] = set()
    for start in graph:
        _walk(start, graph, [], done)


def _module(used: str, known: dict[str, Path]) -> str | None:
    return used if used in known else used.rpartition(".")[0] if used.rpartition(".")[0] in known else None


def _walk(name: str, graph: dict[str, set[str]], trail: list[str], done: set[str]) -> None:
    assert name not in trail, " → ".join([*trail[trail.index(name) :], name])
    if name in done:
        return
    for other in graph[name]:
        _walk(other, graph, [*trail, name], done)
    done.add(name)


def test_the_clock_is_read_in_one_place() -> None:
    """Only the clock module reads the time or sleeps."""
    clocks = {"time.time", "time.monotonic", "time.sleep", "datetime.now", "datetime.utcnow", "date.today"}
    for path in modules():
        if place(path) == "connectors/clock.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                assert f"{node.value.id}.{node.attr}" not in clocks, f"{place(path)}:{node.lineno}"


def described() -> dict[str, CommandInfo]:
    """Every command as it is typed, those of groups with their group before them."""
    found = {named(info): info for info in cli.registered_commands}
    for group in cli.registered_groups:
        assert group.typer_instance is not None
        name = group.typer_instance.info.name
        lead = f"{name} " if isinstance(name, str) else ""
        found |= {f"{lead}{named(info)}": info for info in group.typer_instance.registered_commands}
    return found


def commands() -> list[str]:
    return sorted(described())


def named(info: CommandInfo) -> str:
    """A command's own word."""
    return info.name or (info.callback.__name__ if info.callback else "")


@pytest.mark.parametrize("command", commands())
def test_every_command_is_in_the_readme(command: str) -> None:
    """The README names every command."""
    assert re.search(rf"`deskcue {command}\b", (ROOT / "README.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize("command", commands())
def test_every_command_has_an_example(command: str) -> None:
    """The help of every command ends with an example of itself."""
    epilog = described()[command].epilog
    assert epilog is not None
    assert f"Example: deskcue {command}" in epilog


def test_the_readme_documents_every_setting() -> None:
    """Every setting of every section stands in the README."""
    from integration.settings import Settings

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        section = field.annotation if isinstance(field.annotation, type) else None
        inner = getattr(section, "model_fields", None)
        for setting in [f"{name}.{one}" for one in inner] if inner else [name]:
            assert f"`{setting}`" in text, setting


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel as it would be shipped."""
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    return zipfile.ZipFile(next(out.glob("*.whl")))


def test_everything_that_runs_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    """Modules, templates, pages, packs and migrations are all shipped, and tests are not."""
    names = set(wheel.namelist())
    needed = [
        path for room in (*ROOMS, "sidebar_templates") for path in (ROOT / room).rglob("*") if path.is_file()
    ]
    for path in needed:
        if "__pycache__" not in path.parts:
            assert place(path) in names
    assert not [name for name in names if name.startswith(("tests/", "bench/", "docs/"))]


def test_help_starts_without_what_it_does_not_need() -> None:
    """`deskcue --help` loads no database, web, policy or HTTP library."""
    probe = (
        "import sys; sys.argv = ['deskcue', '--help']\n"
        "from integration.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(sorted(set(sys.modules) & "
        "{'sqlalchemy', 'httpx', 'starlette', 'sqlglot', 'pydantic', 'granian', 'jinja2', 'alembic'}))"
    )
    done = subprocess.run([sys.executable, "-c", probe], check=True, capture_output=True, text=True)
    assert done.stdout.rstrip().endswith("[]")


def test_table_names_in_the_vocabulary_have_their_columns() -> None:
    """Every relation and column a policy may read exists in the store's schema."""
    from integration.store.schema import metadata
    from policies.vocabulary import RELATIONS

    for relation in RELATIONS.values():
        table = metadata.tables[relation.table]
        assert {column.name for column in relation.columns} <= {column.name for column in table.columns}
        assert relation.has_fields == ("fields" in table.columns)


def test_every_function_of_the_condition_language_is_documented() -> None:
    """The table in docs/policies.md and the table in the code name the same functions."""
    from policies.functions import FUNCTIONS

    text = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
    table = text.partition("<!-- functions:begin -->")[2].partition("<!-- functions:end -->")[0]
    assert set(re.findall(r"^\| `([a-z_]+)\(", table, re.M)) == set(FUNCTIONS)


def test_every_check_of_lint_is_documented_with_its_level() -> None:
    """The table in docs/policies.md and the table in the code have the same rows."""
    from policies.lint import CHECKS

    text = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
    table = text.partition("<!-- checks:begin -->")[2].partition("<!-- checks:end -->")[0]
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (error|warning) \|", table, re.M))
    assert rows == {name: check.level for name, check in CHECKS.items()}


def test_the_field_matrix_in_the_readme_names_every_writeable_field() -> None:
    """The README says for each field how each vendor holds it."""
    from connectors import VENDORS
    from connectors.changes import Field

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text.partition("<!-- fields:begin -->")[2].partition("<!-- fields:end -->")[0]
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table.strip().splitlines()]
    assert rows[0] == ["field", *sorted(VENDORS)]
    assert {row[0].replace(" ", "_") for row in rows[2:]} == {field.value for field in Field}


def test_the_example_in_the_policy_guide_is_a_policy() -> None:
    """What the guide shows first can be loaded as it stands."""
    from policies.load import load_text

    text = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
    example = text.partition("```yaml\n")[2].partition("```")[0]
    assert load_text(example, "example").segments.keys() == {"frequent"}


def test_the_readme_documents_every_column_of_a_ticket_file() -> None:
    """Every column that the sandbox understands stands in the README."""
    from connectors.sandbox.csv_desk import KNOWN

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in KNOWN if f"`{name}`" not in text] == []


def test_the_readme_tells_how_every_field_is_written() -> None:
    """Each field that can be written on Zendesk has a row, and no other field has one."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.partition("### What is written\n")[2].partition("\n### ")[0]
    rows = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    assert rows == [field.value for field in WRITES]
    assert set(rows) == {field.value for field in Field}
