"""What service levels promise, the desk's own words, merged customers, streams that are not offered."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns and tables, and read customers and tickets once more, to fill them."""
    op.add_column("customers", sa.Column("erased", sa.Boolean(), nullable=False, server_default="0"))
    op.create_index("customers_by_external_id", "customers", ["external_id"], unique=False)
    op.add_column("tickets", sa.Column("status_id", sa.Text(), nullable=True))
    op.add_column("tickets", sa.Column("brand_id", sa.Text(), nullable=True))
    op.add_column("tickets", sa.Column("breach_at", sa.BigInteger(), nullable=True))
    op.add_column("tickets", sa.Column("targets", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("streams", sa.Column("stamp", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("streams", sa.Column("unavailable", sa.Text(), nullable=True))
    op.create_table(
        "merged",
        sa.Column("loser", sa.Text(), nullable=False),
        sa.Column("winner", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("loser"),
    )
    op.create_table(
        "terms",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("type", sa.Text(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("choices", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("terms_by_part", "terms", ["part", "position"], unique=False)
    # The first version took no targets and no brands; only a reading from the beginning brings them.
    op.execute("UPDATE streams SET cursor = NULL WHERE stream = 'tickets'")
