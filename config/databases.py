"""The databases and the cache, from their URLs."""

from pathlib import Path

import environ

from .private_files import private_database


def database(env: environ.Env, name: str, default: str) -> dict:
    """A database from its URL; for SQLite with the options that let several processes write at once."""
    database: dict = env.db(name, default=default)
    database |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    if database["ENGINE"].endswith("sqlite3"):
        private_database(Path(database["NAME"]))
        database["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
        }
    elif database["ENGINE"].endswith("postgresql"):
        database["ENGINE"] = "config.postgresql"
        # A host that is gone is noticed in seconds; for a server that is there and frozen see wechat.deadline.
        gone = {"connect_timeout": 2, "tcp_user_timeout": 15_000, "keepalives_idle": 10, "keepalives_interval": 5}
        database["OPTIONS"] = {**gone, **database.get("OPTIONS", {})}
    return database


def cache(env: environ.Env) -> dict:
    """The cache from its URL; Redis with short time-outs: nothing waits for what may be missing (`console.rates`)."""
    cache = env.cache("CACHE_URL", default="locmemcache://")
    if cache["BACKEND"].endswith("RedisCache"):
        cache["OPTIONS"] = {"socket_timeout": 0.25, "socket_connect_timeout": 0.25, **cache.get("OPTIONS", {})}
    return cache
