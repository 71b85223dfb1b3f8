"""The open tickets of an organization, for the sidebar beside it."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the index; it holds open tickets only, so that it stays small."""
    op.create_index(
        "open_tickets_by_organization",
        "tickets",
        ["organization_id", "created_at"],
        unique=False,
        sqlite_where=sa.text("NOT deleted AND status NOT IN ('solved', 'closed')"),
    )
