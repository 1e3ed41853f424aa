"""How alembic reaches the library: through the connection that `store` hands over."""

from alembic import context

from nl2strat.library.tables import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
