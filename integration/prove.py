"""The whole way of one ticket to what it shows: facts, decision, change, answer, later edits."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.base import Connector
from connectors.changes import Edit
from connectors.errors import RejectedError, UnavailableError
from integration.store import chain, journal
from integration.store.chain import Proof
from integration.store.engine import Store
from integration.store.journal import Linked
from integration.then import Then, why_then
from policies.model import Policy


@dataclass(frozen=True, slots=True)
class Proven:
    """What held at an instant and what came of it, ready to be printed or sent as JSON."""

    then: Then
    """Facts, policy version and decision, as they were kept."""
    rows: tuple[Linked, ...]
    """The journal's rows about the ticket while the decision held, each with its link in the chain."""
    journal: Proof
    """Whether the whole journal is as it was written: no row of it can be believed otherwise."""
    edits: tuple[Edit, ...] | None
    """Who changed what we may write since the decision, by the desk's own history; None: nobody can tell."""
    silence: str = ""
    """Why nobody can."""


def prove(store: Store, connector: Connector | None, policy: Policy, ticket_id: str, at: int) -> Proven:
    """Put together what is kept, and what the desk's history says of it; without a desk only the former.

    Raises NotKnownError when nothing of that time is kept.
    """
    then = why_then(store, policy, ticket_id, at)
    with store.read() as connection:
        rows = tuple(journal.between(connection, ticket_id, then.decided_at, then.until))
        whole = chain.prove(connection)
    edits, silence = _edits(connector, ticket_id, then.decided_at)
    return Proven(then, rows, whole, edits, silence)


def _edits(connector: Connector | None, ticket_id: str, since: int) -> tuple[tuple[Edit, ...] | None, str]:
    if connector is None:
        return None, "the desk was not asked"
    try:
        found = connector.history(ticket_id)
    except (RejectedError, UnavailableError) as fault:
        return None, fault.message
    return tuple(edit for edit in found if edit.at >= since), ""
