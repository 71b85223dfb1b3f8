"""Beginning: the files that a folder needs before the first sync; none is ever overwritten unasked."""

from __future__ import annotations

import json as json_text
from pathlib import Path

from integration import show
from integration.faults import OK
from policies.faults import nearest
from policies.json_schema import FILE_NAME, FIRST_LINE, json_schema
from policies.load import STARTER

POLICY = "policy.yaml"
SETTINGS = "deskcue.toml"

_SETTINGS_TEXT = f"""\
# Deskcue's settings. A line that begins with # is switched off and shows the default or an example.
# Every setting can stand in the environment instead: DESKCUE_DESK__ADDRESS, DESKCUE_POLICY, ...

policy = ["{POLICY}"]          # policy files, joined in this order
# data = "var"                   # folder for the store and the plans; one folder a desk
# time_zone = "UTC"              # for the clock times agents read, such as "Europe/Madrid"

[desk]
# vendor = "zendesk"
# address = "https://acme.zendesk.com"
# sign_in = "client_credentials" # or "authorization_code", "api_token"
# client_id = "deskcue"
# client_secret_file = "/run/secrets/zendesk"   # better than client_secret, which stands here for all to read
# client_secret = ""
# email = ""                     # for api_token: whom the token speaks for
# api_token_file = ""
# api_token = ""
# tag_prefix = "cue_"            # tags that begin so are ours; every other tag is left alone
# page_size = 1000
# share = 0.5                    # part of the desk's request limits that we may use; the rest is the agents'
# loopback = false               # true only for a desk on this machine: deskcue sandbox

[writing]
# mode = "observe"               # "write" lets plans be applied; "canary" for a share of the customers only
# canary = 0.05                  # that share, always the same customers
# holdout = 0.0                  # share of customers never written for, to measure the effect
# most_tickets = 2000            # tickets a plan may change unasked, or most_share of the open ones if more
# most_share = 0.2
# most_by_segment = {{}}           # the same for a segment, such as {{vip = 100}}
# most_by_field = {{}}             # and for a field, such as {{priority = 200}}
# drift = 0.5                    # share of its members by which a segment may move before writing waits
# write_to = "open"              # "all" also tags solved and closed tickets

[server]
# host = "127.0.0.1"
# port = 8321
# address = ""                   # where others reach this installation, such as "https://deskcue.acme.example"

[sidebar]
# unsigned = false               # true shows advice to whoever can reach the address
# locale = "en"                  # for agents of whom no language is known: ar, de, es, fr, ja, pt
# frame_ancestors = []           # more origins of pages that may frame the sidebar
# installation_id = ""           # of the app in the account, see README.md, "The sidebar in Zendesk"
# app_id = ""                    # the app's own number: its key is fetched from the account
# public_key_files = []          # or files with the key, such as ["zendesk-app.pem"]

[schedule]
# sync_minutes = 15

[history]
# days = 400

[imports]
# minutes = 60                   # how often files and queries of the policy's imports are looked at
# databases = {{}}               # addresses by name; with a password better in the environment:
                                 # DESKCUE_IMPORTS__DATABASES__WAREHOUSE=postgresql+psycopg://...

[messages]
# read = false                   # true tells the language of first messages; needs deskcue[messages]
"""


_CASES = ".cases"
"""At the end of the name of a file that holds the cases of a policy."""


class InitError(Exception):
    """A folder that cannot be begun in; the message says what stands in the way and what to do."""


def init(folder: Path, *, pack: str, force: bool, json: bool) -> int:
    """Write settings, a policy to begin with and its schema; all of them or, on a refusal, none."""
    written = begin(folder, force=force, pack=pack)
    if json:
        show.as_json({"written": [str(path) for path in written]})
        return OK
    for path in written:
        show.line(f"Written: {path}")
    show.line(
        f"Name your desk in {folder / SETTINGS}, then run `deskcue doctor`."
        f" `deskcue policy lint` checks {POLICY} whenever you have changed it."
    )
    return OK


def packs() -> list[str]:
    """The shipped policies to begin with, by name."""
    files = sorted(STARTER.parent.glob("*.yaml"))
    return [path.stem for path in files if not path.stem.endswith(_CASES)]


def begin(folder: Path, *, force: bool, pack: str = STARTER.stem) -> list[Path]:
    """The files written. Raises InitError when one is there already, unless ``force``, before writing any."""
    if pack not in packs():
        remedy = nearest(pack, packs(), f"There are {', '.join(packs())}.")
        raise InitError(f"There is no pack {pack}. {remedy}")
    source = STARTER.with_name(f"{pack}.yaml")
    contents = {
        folder / SETTINGS: _SETTINGS_TEXT,
        folder / POLICY: f"{FIRST_LINE}\n{source.read_text(encoding='utf-8')}",
        folder / FILE_NAME: _schema_text(),
    }
    cases = STARTER.with_name(f"{pack}{_CASES}.yaml")
    if cases.exists():
        contents[folder / f"{Path(POLICY).stem}{_CASES}.yaml"] = cases.read_text(encoding="utf-8")
    there = [path.name for path in contents if path.exists()]
    if there and not force:
        raise InitError(
            f"{', '.join(there)} in {folder.resolve().name or folder} would be overwritten;"
            " nothing was written. Choose another folder, or add --force to replace it."
        )
    for path, text in contents.items():
        _write(path, text, force=force)
    return list(contents)


def _write(path: Path, text: str, *, force: bool) -> None:
    """A file that appeared since it was looked for is not overwritten either."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except OSError as fault:
        raise InitError(f"{path} cannot be written: {fault.strerror}.") from fault


def schema(*, out: Path | None, json: bool) -> int:
    """Print the schema, or write it where it belongs."""
    if out is None:
        show.as_json(json_schema())
        return OK
    _write(out, _schema_text(), force=True)
    show.as_json({"written": [str(out)]}) if json else show.line(f"Written: {out}")
    return OK


def _schema_text() -> str:
    return json_text.dumps(json_schema(), indent=2) + "\n"
