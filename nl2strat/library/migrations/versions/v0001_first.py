"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = depends_on = None


def upgrade() -> None:
    op.create_table(
        "strategy",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String, nullable=False, unique=True),
        sa.Column("created", sa.Integer, nullable=False),
    )
    op.create_table(
        "version",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("strategy_id", sa.Integer, sa.ForeignKey("strategy.id"), nullable=False, index=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("created", sa.Integer, nullable=False),
        sa.Column("english", sa.String, nullable=False),
        sa.Column("dsl", sa.String, nullable=False),
        sa.Column("python", sa.String, nullable=False),
        sa.Column("explanation", sa.String, nullable=False),
        sa.Column("assumptions", sa.JSON, nullable=False),
        sa.Column("dsl_sha256", sa.String, nullable=False),
        sa.Column("python_sha256", sa.String, nullable=False, index=True),
        sa.Column("note", sa.String, nullable=False),
        sa.UniqueConstraint("strategy_id", "number"),
    )
    op.create_table(
        "try",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("created", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("dsl_sha256", sa.String, nullable=False, index=True),
        sa.Column("python_sha256", sa.String, nullable=False, index=True),
        sa.Column("symbol", sa.String, nullable=False),
        sa.Column("timeframe", sa.String, nullable=False),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.Column("bars", sa.Integer, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("synthetic", sa.Boolean, nullable=False),
        sa.Column("trades", sa.Integer, nullable=False),
        sa.Column("net", sa.Double, nullable=False),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("metrics", sa.JSON, nullable=False),
    )
    op.create_table(
        "approval",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("created", sa.Integer, nullable=False),
        sa.Column("who", sa.String, nullable=False),
        sa.Column("version_id", sa.Integer, sa.ForeignKey("version.id"), nullable=False, index=True),
        sa.Column("try_id", sa.String, sa.ForeignKey("try.id"), nullable=False),
        sa.Column("dsl_sha256", sa.String, nullable=False),
        sa.Column("python_sha256", sa.String, nullable=False, index=True),
        sa.Column("inputs", sa.JSON, nullable=False),
        sa.Column("inputs_sha256", sa.String, nullable=False),
        sa.Column("symbol", sa.JSON, nullable=False),
        sa.Column("symbol_sha256", sa.String, nullable=False),
        sa.Column("revoked", sa.Integer),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("created", sa.Integer, nullable=False),
        sa.Column("ended", sa.Integer),
        sa.Column("version_id", sa.Integer, sa.ForeignKey("version.id"), nullable=False, index=True),
        sa.Column("approval_id", sa.Integer, sa.ForeignKey("approval.id")),
        sa.Column("terminal", sa.String, nullable=False),
        sa.Column("live", sa.Boolean, nullable=False),
        sa.Column("account", sa.Integer, nullable=False),
        sa.Column("server", sa.String, nullable=False),
        sa.Column("magic", sa.Integer, nullable=False, index=True),
        sa.Column("symbol", sa.String, nullable=False),
        sa.Column("timeframe", sa.String, nullable=False),
        sa.Column("folder", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
    )
