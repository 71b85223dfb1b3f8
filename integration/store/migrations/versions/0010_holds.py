"""What was taken back and waits for its release, and which run takes back which."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the table, the column, and an index by which a run's effects are found."""
    op.create_table(
        "holds",
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "field"),
    )
    op.create_index("holds_by_run", "holds", ["run"])
    op.add_column("runs", sa.Column("undoes", sa.Text(), nullable=True))
    op.create_index("journal_by_run", "journal", ["run", "ticket_id"])
