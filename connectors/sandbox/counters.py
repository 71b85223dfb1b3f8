"""How a ticket's metrics follow what happens to it: replies, reopenings, stations and instants."""

from __future__ import annotations

from connectors.sandbox.records import UNSOLVED, Comment, Ticket, User

RESTING = ("solved", "closed")


def follow_status(ticket: Ticket, before: str, now: int) -> None:
    """The status has just changed from ``before``."""
    metrics = ticket.metrics
    metrics.status_updated_at = now
    if ticket.status in RESTING and before not in RESTING:
        minutes = max(now - ticket.created_at, 0) // 60
        metrics.solved_at = now
        metrics.full_resolution_minutes = minutes
        if metrics.first_resolution_minutes is None:
            metrics.first_resolution_minutes = minutes
    elif before in RESTING and ticket.status in UNSOLVED:
        metrics.reopens += 1
        metrics.solved_at = None
        metrics.full_resolution_minutes = None


def follow_assignee(ticket: Ticket, now: int) -> None:
    """The ticket has just been given to somebody, or to nobody."""
    metrics = ticket.metrics
    metrics.assigned_at = now if ticket.assignee_id is not None else None
    if ticket.assignee_id is not None:
        metrics.assignee_stations += 1
        metrics.initially_assigned_at = metrics.initially_assigned_at or now


def follow_group(ticket: Ticket) -> None:
    """The ticket has just changed teams."""
    if ticket.group_id is not None:
        ticket.metrics.group_stations += 1


def follow_comment(ticket: Ticket, comment: Comment, author: User | None) -> None:
    """A comment has just been added."""
    metrics, now = ticket.metrics, comment.created_at
    metrics.latest_comment_added_at = now
    if comment.author_id == ticket.requester_id:
        metrics.requester_updated_at = now
    if author is None or not author.staff or not comment.public:
        return
    # A colleague who answers in the assignee's place ends the customer's wait just as well.
    metrics.assignee_updated_at = now
    metrics.replies += 1
    if metrics.reply_minutes is None:
        metrics.reply_minutes = max(now - ticket.created_at, 0) // 60


def follow_author(ticket: Ticket, author_id: int, now: int) -> None:
    """Somebody has just changed the ticket; a robot's tag is no sign of life from the assignee."""
    if author_id == ticket.assignee_id:
        ticket.metrics.assignee_updated_at = now
