"""PostgreSQL with a deadline for statements, where `wechat.deadline` sets one."""

from typing import Any

import psycopg
from django.db.backends.postgresql import base

from wechat import deadline


class Connection(psycopg.Connection):
    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        limit = deadline.seconds.get()
        if limit is None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, limit)
        except psycopg.errors._WaitTimeout:
            # What the server was asked is still under way: nothing more can be asked on this connection.
            deadline.note_silence()
            self.pgconn.finish()
            raise psycopg.OperationalError(f"the database gave no answer in {limit} seconds") from None


class _Database:
    """psycopg as Django uses it, with our connections."""

    connect = Connection.connect

    def __getattr__(self, name: str) -> Any:
        return getattr(psycopg, name)


class DatabaseWrapper(base.DatabaseWrapper):
    Database: Any = _Database()

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if deadline.is_silent():
            raise psycopg.OperationalError("the database gave no answer a moment ago")
        try:
            return super().get_new_connection(conn_params)
        except psycopg.errors.ConnectionTimeout:
            deadline.note_silence()
            raise
