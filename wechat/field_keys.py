"""Which keys the values of this database are sealed with: whether we have them all, and how they are replaced."""

from collections.abc import Iterator

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from wechat.models import AccessToken, BuyerKey, SealingKey
from wechat.sealed import NAME, key_names, seal, unseal
from wechat.sealed_columns import Column, chunks, columns, opens


def note() -> str:
    """Note the key that seals from now on; returns the refusal where one of those before is missing, or nothing."""
    if text := refusal():
        return text
    SealingKey.objects.get_or_create(name=key_names()[0].hex())
    return ""


def refusal() -> str:
    """Why this process may not use the database, for people; empty where it may."""
    noted = {bytes.fromhex(name) for name in SealingKey.objects.values_list("name", flat=True)}
    missing = (noted | _used()) - set(key_names())
    lost = [column for column in _records() if missing and column.under(*missing).exists()]
    if not lost:
        return ""
    names = ", ".join(dict.fromkeys(map(str, lost)))
    return _sentence() % {"names": names, "command": "./manage.py rotate_keys --give-up-lost"}


def reseal(column: Column) -> Iterator[int]:
    """Seal the values of a column with the first key, a chunk at a time; gives the number of each. Goes on anywhere."""
    for chunk in chunks(column.under_others(key_names()[0])):
        yield _replace(column, [(seal(unseal(value)), pk, value) for pk, value in chunk if opens(value)])


def give_up(column: Column) -> Iterator[int]:
    """Empty the values of a column that none of our keys opens, a chunk at a time; gives the number of each.

    The key of a buyer is deleted: their next message gets a new one.
    """
    empty = None if column.field.null else seal(b"")
    for chunk in chunks(column.under_others(*key_names())):
        lost = [(empty, pk, value) for pk, value in chunk if not opens(value)]
        if column.model is BuyerKey:
            yield BuyerKey.objects.filter(pk__in=[pk for _empty, pk, _value in lost]).delete()[0]
        else:
            yield _replace(column, lost)


def forget_others() -> None:
    """After all was sealed anew: only the first key is needed."""
    SealingKey.objects.exclude(name=key_names()[0].hex()).delete()


def _replace(column: Column, changes: list[tuple]) -> int:
    """Replace sealed values, each only if it is still the one that was read. Past the models: nothing has changed."""
    meta, quote = column.model._meta, connection.ops.quote_name
    table, value, key = quote(meta.db_table), quote(column.field.column), quote(str(meta.pk.column))
    statement = f"UPDATE {table} SET {value} = %s WHERE {key} = %s AND {value} = %s"  # noqa: S608  names of our own
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(statement, changes)
    return len(changes)


def _used() -> set[bytes]:
    """The names of the keys of the oldest and the newest value of each column."""
    return {value[:NAME] for column in columns() for value in column.ends()}


def _records() -> list[Column]:
    """All columns but the token's: a token that cannot be opened is fetched anew (`wechat.tokens`)."""
    return [column for column in columns() if column.model is not AccessToken]


def _sentence() -> str:
    if settings.FIELD_KEYS == [settings.SECRET_KEY]:
        return _(
            "SECRET_KEY (or the file secret.key of VAR_DIR) is not the one with which these are sealed in this "
            "database: %(names)s. Put the earlier one back, or the one of the backup; if you want another: "
            "FIELD_KEYS=new,earlier. Where it is lost for ever: %(command)s"
        )
    return _(
        "FIELD_KEYS does not hold the key with which these are sealed in this database: %(names)s. Put it back behind "
        "the new one: FIELD_KEYS=new,earlier. Where it is lost for ever: %(command)s"
    )
