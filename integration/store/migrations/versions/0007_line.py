"""Where each decision stands in the line for high priority."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the column and its index; decisions made before stand in no line until they are made again."""
    op.add_column("decisions", sa.Column("place", sa.BigInteger(), nullable=True))
    op.create_index(
        "decisions_by_place", "decisions", ["place"], unique=False, sqlite_where=sa.text("place IS NOT NULL")
    )
    # Whoever was assigned before is assigned again.
    op.execute("DELETE FROM state WHERE key = 'assigned by'")
