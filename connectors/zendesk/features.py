"""What an account offers, looked at from outside: its plan, its settings and what is left of its budget."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

import msgspec

from connectors.answer import strict_json
from connectors.errors import ConnectorError
from connectors.findings import Finding, fault, ok, warning
from connectors.zendesk import checkup
from connectors.zendesk.checkup import Account, said

LEAST_SHARE = 0.25
"""Share of a minute's requests that should be left when nothing of ours is running."""


class Feature(NamedTuple):
    """Something a plan may lack. Any one of ``paths`` that answers shows that it is there."""

    name: str
    paths: tuple[str, ...]
    loss: str
    remedy: str


FEATURES = (
    Feature(
        "service levels",
        ("/api/v2/slas/policies",),
        "Service levels of the policy will only be tags, and the desk itself sets no deadline.",
        "Move to Support Professional or Suite Growth, or take the service levels out of the policy.",
    ),
    Feature(
        "ratings",
        ("/api/v2/satisfaction_ratings", "/api/v2/guide/survey_responses"),
        "Segments and situations that look at ratings will find none.",
        "Switch customer satisfaction on in the Admin Center, or leave ratings out of the policy.",
    ),
    Feature(
        "webhooks",
        ("/api/v2/webhooks",),
        "Changes are noticed only when the desk is read next.",
        "Lower schedule.sync_minutes, or ask the account's owner to have webhooks enabled.",
    ),
    Feature(
        "custom statuses",
        ("/api/v2/custom_statuses",),
        "Conditions see the six standard statuses only.",
        "Nothing has to be done, unless the policy names statuses of your own.",
    ),
)


class WireSettings(msgspec.Struct, kw_only=True):
    user: dict[str, object] = {}


class WireOption(msgspec.Struct, kw_only=True):
    value: str | None = None


class WireField(msgspec.Struct, kw_only=True):
    type: str = ""
    active: bool = True
    sub_type_id: int | None = None
    system_field_options: list[WireOption] | None = None


def reading(account: Account) -> Finding:
    """Whether tickets may be read at all; how many there are costs the desk nothing."""
    answer = account.look("/api/v2/tickets/count")
    if answer.status == 200:
        return ok("reading", "Tickets can be read.")
    what = f"Tickets cannot be read ({answer.status}: {said(answer)})."
    return fault(
        "reading", what, "Give the OAuth client the scope read, and its user a role that sees all tickets."
    )


def features(account: Account) -> Iterator[Finding]:
    """One finding for each feature that a plan may lack."""
    for feature in FEATURES:
        yield guarded(feature.name, partial(_feature, account, feature))


def _feature(account: Account, feature: Feature) -> Finding:
    answers = []
    for path in feature.paths:
        answer = account.look(path, [("page[size]", "1")])
        if answer.status == 200:
            return ok(feature.name, f"The account has {feature.name}.")
        answers.append(answer)
    words = said(answers[0])
    if "required scopes" in words:
        what = f"Whether the account has {feature.name} cannot be seen ({words})."
        return fault(feature.name, what, "Give the OAuth client the scope read, then sign in again.")
    status = answers[0].status
    # A lack of the plan and a lack of the role answer alike with 403; the role is a finding of its own.
    cause = "its plan does not include them"
    cause += ", or the user's role does not show them" if status == 403 else ""
    what = f"The account offers no {feature.name} ({status}): {cause}. {feature.loss}"
    return warning(feature.name, what, feature.remedy)


def tagging(account: Account) -> Finding:
    """Whether users and organizations have tags."""
    answer = account.look("/api/v2/account/settings")
    body = strict_json(answer.body) if answer.status == 200 else {}
    settings = msgspec.convert(body.get("settings", {}), WireSettings)
    if settings.user.get("tagging") is False:
        return warning(
            "user tags",
            "The account does not use tags on users and organizations; conditions on them find none.",
            "Switch on tags for users and organizations in the Admin Center under People, Configuration.",
        )
    return ok("user tags", "Users and organizations may have tags.")


def priorities(account: Account) -> Finding:
    """Whether tickets can have each of the four priorities."""
    answer = account.look("/api/v2/ticket_fields")
    fields = msgspec.convert(strict_json(answer.body).get("ticket_fields", []), list[WireField])
    field = next((one for one in fields if one.type in ("priority", "basic_priority")), None)
    if field is None or not field.active:
        return fault(
            "priorities",
            "Tickets of this account have no priority.",
            "Activate the system field Priority in the Admin Center under Tickets, Fields.",
        )
    offered = {one.value for one in field.system_field_options or ()}
    hidden = [value for value in ("urgent", "low") if offered and value not in offered]
    if field.sub_type_id == 1 or field.type == "basic_priority":
        hidden = ["urgent", "low"]
    if hidden:
        return warning(
            "priorities",
            f"The account hides the priorities {' and '.join(hidden)}; what asks for them is not written.",
            "Show all four values in the ticket field Priority, or let the policy ask for the others.",
        )
    return ok("priorities", "All four priorities can be used.")


def budget(account: Account) -> Finding:
    """Whether the account has requests left, after the few that this examination takes."""
    headers = account.look("/api/v2/tickets/count").headers
    limit, left = _number(headers, "x-rate-limit"), _number(headers, "x-rate-limit-remaining")
    if limit is None or left is None:
        return ok("requests", "The account does not say how many requests it has left.")
    if left < limit * LEAST_SHARE:
        return warning(
            "requests",
            f"Of {limit} requests a minute only {left} are left, and nothing of ours is running.",
            "Find out in the Admin Center under APIs which other integrations use the account's requests up.",
        )
    return ok("requests", f"Of {limit} requests a minute {left} are left.")


def guarded(check: str, look: Callable[[], Finding]) -> Finding:
    """A check that cannot be made becomes a finding, and the others go on."""
    try:
        return look()
    except ConnectorError as error:
        return warning(
            check, f"This cannot be checked now: {error.message}", "Run `deskcue doctor` again later."
        )
    except ValueError:
        what = "The desk's answer is not in a form we understand."
        return warning(check, what, "Run `deskcue doctor` again, and report it if it stays so.")


def examine(account: Account, outlook: Finding) -> Iterator[Finding]:
    """Every finding about an account; what needs a way in is left out where there is none."""
    reached = list(checkup.reach(account))
    yield from reached
    if reached[0].level == "fault":
        return
    entered = list(checkup.signed_in(account))
    yield from entered
    yield outlook
    if entered[0].level == "fault":
        return
    yield from checkup.scopes(account)
    yield guarded("reading", lambda: reading(account))
    yield from features(account)
    yield guarded("user tags", lambda: tagging(account))
    yield guarded("priorities", lambda: priorities(account))
    yield guarded("requests", lambda: budget(account))


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else None
