"""Strategies can be put away and come back; a version knows how it was made."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = depends_on = None


def upgrade() -> None:
    op.add_column("strategy", sa.Column("deleted", sa.Integer))
    op.add_column("strategy", sa.Column("formerly", sa.String, nullable=False, server_default=""))
    op.add_column("version", sa.Column("origin", sa.JSON))
