"""The database's clock as a number: hosts whose own clocks differ share one limit."""

from typing import Any

from django.db.models import BigIntegerField, Func

MICRO = 1_000_000
NOW = {
    "postgresql": "CAST(EXTRACT(EPOCH FROM CLOCK_TIMESTAMP()) * 1000000 AS BIGINT)",
    "sqlite": "CAST((JULIANDAY('now') - 2440587.5) * 86400000000.0 AS INTEGER)",
}


class NowMicroseconds(Func):
    """Unix microseconds by the database's clock, which on SQLite is this host's, to the millisecond."""

    template = NOW["postgresql"]
    output_field = BigIntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template=NOW["sqlite"], **context)
