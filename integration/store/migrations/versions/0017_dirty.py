"""The marks of customers to assign again, in one tree instead of two: every page read writes there."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Move the marks over."""
    op.rename_table("dirty", "dirty_before")
    op.create_table(
        "dirty",
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("mark", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id"),
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO dirty SELECT customer_id, mark FROM dirty_before")
    op.drop_table("dirty_before")
