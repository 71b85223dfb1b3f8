"""Brings the sidebar's catalogues up to date with its sentences: `make words`; `--check` only looks.

A sentence that is new stands there untranslated, one that is gone is taken out.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "sidebar_templates" / "languages"

ROOMS = (
    ("integration", [("**.py", "python")]),
    ("sidebar_templates", [("**.html", "jinja2")]),
)
KEYWORDS = {"_": None, "gettext": None, "later": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
HOW = {"**.html": {"extensions": "jinja2.ext.i18n", "encoding": "utf-8", "silent": "false"}}

HEADER = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals}\\n"

"""


def sentences() -> Catalog:
    """Every sentence that the rooms say, once, with the files that say it."""
    found = Catalog()
    for room, ways in ROOMS:
        for name, _, message, _, context in extract_from_dir(ROOT / room, ways, HOW, keywords=KEYWORDS):
            found.add(message, locations=[(f"{room}/{name}", 0)], context=context)
    return found


def updated(language: str, found: Catalog) -> bytes:
    """The catalogue of a language as its file should be."""
    catalogue = _read(language)
    catalogue.update(found, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    out = io.BytesIO()
    write_po(out, catalogue, width=100, omit_header=True, sort_by_file=True, include_lineno=False)
    header = HEADER.format(language=language, plurals=catalogue.plural_forms)
    return header.encode() + out.getvalue()


def _read(language: str) -> Catalog:
    path = _path(language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def _path(language: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / "sidebar.po"


def main(arguments: list[str]) -> int:
    """With ``--check`` the files stay, and 1 says that some are behind."""
    found, behind = sentences(), []
    for language in sorted(path.name for path in FOLDER.iterdir()):
        path, new = _path(language), updated(language, found)
        if not path.exists() or path.read_bytes() != new:
            behind.append(language)
            if "--check" not in arguments:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(new)
    if behind:
        sys.stdout.write(f"{'behind' if '--check' in arguments else 'updated'}: {', '.join(behind)}\n")
    return 1 if behind and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
