"""Setting up an account: what is there is read, compared part by part, and one step at a time is done.

A part that the account does not offer is named, and the others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from connectors.errors import RejectedError, UnavailableError, UnknownOutcomeError
from connectors.setup import Left, Memory, Ref, Requirements, Step, Survey, Taken
from connectors.zendesk import setup_fields, setup_hooks, setup_levels
from connectors.zendesk.ours import There, joined, there
from connectors.zendesk.setup_triggers import CATEGORIES, Rules
from connectors.zendesk.setup_triggers import PATH as TRIGGERS

MOST_PAGES = 100
GONE = (404, 410)
BY_CURSOR = (("page[size]", "100"),)


class Ask(Protocol):
    """Sends one signed request and gives the JSON of its answer, empty where there is none."""

    def __call__(
        self, method: str, path: str, query: Sequence[tuple[str, str]] = (), body: bytes | None = None
    ) -> Mapping[str, object]: ...


def survey(ask: Ask, wanted: Requirements | None, prefix: str, memory: Memory) -> Survey:
    """What is to be done so that the account has what is wanted, or nothing of ours with None."""
    parts = _parts(ask, wanted, prefix, memory)
    if wanted is None:
        parts = parts[::-1]  # what stands on something else goes before it
    return joined([_offered(*part) for part in parts])


def take(ask: Ask, step: Step, ids: Mapping[str, str]) -> Taken:
    """Do one step; ``ids`` are those of the things it needs, by key.

    Raises UnknownOutcomeError when nobody can know whether it was done.
    """
    request = step.request
    path = "/".join(_text(part, ids) for part in request.path)
    query = [(name, ",".join(_text(one, ids) for one in values)) for name, values in request.query]
    body = None if request.body is None else msgspec.json.encode(_filled(request.body, ids))
    try:
        answer = ask(request.method, path, query, body)
    except RejectedError as error:
        if step.verb == "remove" and error.status in GONE:
            return Taken()
        raise
    return _secret(answer, _text(request.path[1], ids)) if step.verb == "fetch" else _made(step, answer)


def _parts(
    ask: Ask, wanted: Requirements | None, prefix: str, memory: Memory
) -> list[tuple[str, bool, Callable[[], Survey]]]:
    """Each part with its name, whether anything of it is wanted, and how it is compared."""
    if wanted is None:
        return [
            ("ticket fields", True, lambda: setup_fields.removal(_fields(ask), prefix, memory)),
            ("service level policies", True, lambda: setup_levels.removal(_levels(ask), prefix, memory)),
            ("webhooks", True, lambda: setup_hooks.removal(_rules(ask), prefix, memory)),
        ]
    some = bool(wanted.segments or wanted.levels)
    return [
        ("ticket fields", some, lambda: setup_fields.compare(_fields(ask), wanted, prefix, memory)),
        (
            "service level policies",
            bool(wanted.levels),
            lambda: setup_levels.compare(_levels(ask), wanted, prefix, memory),
        ),
        ("webhooks", bool(wanted.address), lambda: setup_hooks.compare(_rules(ask), wanted, prefix, memory)),
    ]


def _offered(name: str, needed: bool, compare: Callable[[], Survey]) -> Survey:
    """A part's survey; one that the plan or the role keeps from us is left out with the reason."""
    try:
        return compare()
    except UnavailableError as error:
        return Survey(left=(Left(key=name, reason=error.message, hinders=needed),))


def _fields(ask: Ask) -> list[There]:
    return _listed(ask, setup_fields.PATH, "ticket_fields", name="title", text="agent_description")


def _levels(ask: Ask) -> list[There]:
    return _listed(ask, setup_levels.PATH, "sla_policies", name="title", text="description")


def _rules(ask: Ask) -> Rules:
    webhooks = _listed(ask, setup_hooks.PATH, "webhooks", BY_CURSOR, name="name", text="description")
    triggers = _listed(ask, TRIGGERS, "triggers", BY_CURSOR, name="title", text="description")
    try:
        drawers = _listed(ask, CATEGORIES, "trigger_categories", BY_CURSOR, name="name", text="name")
    except UnavailableError:
        drawers = []
    return Rules(webhooks=webhooks, triggers=triggers, categories=drawers)


def _listed(
    ask: Ask, path: str, key: str, query: Sequence[tuple[str, str]] = (), *, name: str, text: str
) -> list[There]:
    """All things of a list, page by page; UnavailableError where the account does not offer it."""
    found: dict[str, There] = {}
    more: Sequence[tuple[str, str]] | None = query
    for _ in range(MOST_PAGES):
        if more is None:
            break
        page = _page(ask, path, more)
        entries = page.get(key)
        if not isinstance(entries, list):
            raise UnavailableError(f"The help desk's list of {key.replace('_', ' ')} cannot be understood.")
        things = [_understood(entry, name, text) for entry in entries]
        new = [thing for thing in things if thing.id not in found]
        found |= {thing.id: thing for thing in new}
        more = _following(page, query, more) if new else None
    return list(found.values())


def _understood(entry: object, name: str, text: str) -> There:
    try:
        return there(entry, name=name, text=text)
    except ValueError as error:
        raise UnavailableError(f"The help desk's answer cannot be understood: {error}.") from None


def _page(ask: Ask, path: str, query: Sequence[tuple[str, str]]) -> Mapping[str, object]:
    try:
        return ask("GET", path, query)
    except RejectedError as error:
        if error.status not in GONE:
            raise
        text = f"{error.message} This account's plan may not include it."
        raise UnavailableError(text, status=error.status) from None


def _following(
    page: Mapping[str, object], first: Sequence[tuple[str, str]], last: Sequence[tuple[str, str]]
) -> list[tuple[str, str]] | None:
    """The query of the next page, None after the last; addresses in an answer are not followed."""
    meta = page.get("meta")
    if isinstance(meta, dict):
        cursor = meta.get("after_cursor")
        return [*first, ("page[after]", str(cursor))] if meta.get("has_more") is True and cursor else None
    if not page.get("next_page"):
        return None
    number = int(dict(last).get("page", "1"))
    return [*first, ("page", str(number + 1))]


def _text(part: str | Ref, ids: Mapping[str, str]) -> str:
    return ids[part.key] if isinstance(part, Ref) else part


def _filled(value: object, ids: Mapping[str, str]) -> object:
    """A body with the ids in place of the references."""
    if isinstance(value, Ref):
        return ids[value.key]
    if isinstance(value, Mapping):
        return {key: _filled(one, ids) for key, one in value.items()}
    return [_filled(one, ids) for one in value] if isinstance(value, list | tuple) else value


def _made(step: Step, answer: Mapping[str, object]) -> Taken:
    if step.verb != "make" or "/" in step.key:
        return Taken()
    record = next((one for one in answer.values() if isinstance(one, dict)), {})
    try:
        return Taken(id=there(record, name="id", text="id").id)
    except ValueError:
        raise UnknownOutcomeError("The help desk does not say what it has made.") from None


def _secret(answer: Mapping[str, object], of: str) -> Taken:
    held = answer.get("signing_secret")
    secret = held.get("secret") if isinstance(held, dict) else None
    if not isinstance(secret, str) or not secret:
        raise RejectedError("The help desk gives no secret for this webhook; one made by an app has none.")
    return Taken(id=of, secret=secret)
