"""What ``deskcue tone check`` does: compare a draft with the advice for its ticket and tell the findings."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from integration import faults, render, show
from integration.app import opened
from integration.explain import NotKnownError
from integration.settings import SettingsError, load
from integration.sidebar import advice_for, view
from integration.sidebar.stored import sources
from integration.tone import Checked, check

LARGEST = 100_000
"""Bytes of a draft; nobody writes a longer reply."""


def draft_in(path: Path) -> str:
    """The draft in a file, or on standard input for ``-``. Raises SettingsError."""
    try:
        with sys.stdin.buffer if path == Path("-") else path.open("rb") as file:
            raw = file.read(LARGEST + 1)
        text = raw.decode("utf-8-sig")
    except OSError as fault:
        raise SettingsError(f"--file: {path} cannot be read: {fault.strerror}.") from None
    except UnicodeDecodeError:
        raise SettingsError(f"--file: {path} is not UTF-8 text.") from None
    if len(raw) > LARGEST:
        raise SettingsError(f"--file: {path} has more than {LARGEST:,} bytes.")
    return text


def check_tone(ticket: str, file: Path, language: str | None, *, json: bool) -> int:
    """Print what goes against the advice; 10 where there is anything. Raises NotKnownError, SettingsError."""
    draft = draft_in(file)
    with opened(load(), writer=False) as app:
        found = sources(app.store, ticket, None)
        if found.ticket is None:
            raise NotKnownError(
                f"There is no ticket {ticket} in the store. If it is on the desk, run `deskcue sync` first."
            )
        zone = app.settings.time_zone
        seen = view(found, app.policy, now=app.clock.wall(), zone=zone)
    advice = advice_for(seen, found, zone=zone, language=language or "")
    checked = check(draft, advice)
    tone = seen.tone.value if seen.tone else ""
    if json:
        head = {"ticket": ticket, "tone": tone, "language": advice.language}
        show.as_json({**head, **msgspec.to_builtins(checked)})
    else:
        show.line(f"Ticket {ticket}: {tone or 'no tone is advised'}. Read as {advice.language}.")
        _tell(checked, str(file))
    return faults.CHANGES if checked.findings else faults.OK


def _tell(checked: Checked, file: str) -> None:
    for one in checked.findings:
        said = f"{one.what}: {one.text}" if one.text else one.what
        show.line(f"{show.plain(file)}:{one.line}:{one.column}: {show.plain(render.visible(said))}")
        show.line(f"    {show.plain(one.against)}")
        show.line(f"    {show.plain(one.remedy)}")
    many = show.many(len(checked.findings), "thing")
    show.line(
        f"{many} to look at again." if checked.findings else "Nothing found that goes against the advice."
    )
    for text in checked.unjudged:
        show.line(f"For you to judge: {show.plain(text)}")
    for text in checked.left_out:
        show.line(f"Not checked. {text}")
