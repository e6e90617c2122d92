import os
from collections.abc import Iterable, Mapping
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from wechat.sealed import SealedField, Unreadable, seal, unseal

MARK = b"\x00buy"  # begins what is sealed under a buyer's key, in place of the name of one of FIELD_KEYS
NAME, NONCE = 8, 12  # bytes


def digest_of(openid: str) -> str:
    """A hash that names a buyer in lists of erasures. It depends on no key, as these are rotated."""
    return sha256(b"buyer:" + openid.encode()).hexdigest()


def is_buyers(value: bytes | memoryview) -> bool:
    """Whether it is sealed under a buyer's key, and so not to be sealed again where FIELD_KEYS change."""
    return bytes(value[:4]) == MARK


class BuyerKeyManager(models.Manager["BuyerKey"]):
    def seal(self, openid: str, value: bytes) -> bytes:
        """Seal what names a buyer: mark, name of the key, nonce, ciphertext. Without an openid under FIELD_KEYS."""
        if not openid:
            return seal(value)
        name, key = self._of(digest_of(openid))
        nonce = os.urandom(NONCE)
        return MARK + bytes.fromhex(name) + nonce + AESGCM(bytes.fromhex(key)).encrypt(nonce, value, MARK)

    def named_in(self, values: Iterable[bytes]) -> dict[str, str]:
        """The keys under which these were sealed, by their names, in one query: for `unseal`."""
        names = {value[4 : 4 + NAME].hex() for value in values if is_buyers(value)}
        return dict(self.filter(name__in=names).values_list("name", "key")) if names else {}

    def unseal(self, value: bytes | memoryview, keys: Mapping[str, str] | None = None) -> bytes:
        """What was sealed, under whichever key; raises Unreadable, also where its buyer was erased."""
        value = bytes(value)
        if not is_buyers(value):
            return unseal(value)
        name, nonce = value[4 : 4 + NAME], value[4 + NAME : 4 + NAME + NONCE]
        found = self.named_in([value]) if keys is None else keys
        key = found.get(name.hex())
        if not key:
            raise Unreadable("its buyer was erased, and the key with them; or the key was given up as lost")
        try:
            return AESGCM(bytes.fromhex(key)).decrypt(nonce, value[4 + NAME + NONCE :], MARK)
        except (InvalidTag, ValueError) as error:
            raise Unreadable("damaged: it does not fit the key of its buyer") from error

    def beginning(self, digest: str) -> bytes:
        """How everything begins that is sealed under this buyer's key; empty where they have none."""
        name = self.filter(digest=digest).values_list("name", flat=True).first()
        return MARK + bytes.fromhex(name) if name else b""

    def _of(self, digest: str) -> tuple[str, str]:
        """The buyer's key, made where there is none yet. It is never cached: an erased one must not be used again."""
        if (found := self._stored(digest)) and found[1]:
            return found
        if found:
            self.filter(digest=digest, name=found[0]).delete()  # emptied when it was lost
        new = BuyerKey(digest=digest, name=os.urandom(NAME).hex(), key=os.urandom(32).hex())
        self.bulk_create([new], ignore_conflicts=True)  # another process may be first
        return self.filter(digest=digest).values_list("name", "key").get()

    @staticmethod
    def _stored(digest: str) -> tuple[str, str] | None:
        """SQL by hand, as WeChat waits for it: a queryset took five times as long."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT name, key FROM wechat_buyerkey WHERE digest = %s", [digest])
            row = cursor.fetchone()
        return (row[0], unseal(row[1]).decode()) if row else None


class BuyerKey(models.Model):
    """The key under which what was logged of one buyer is sealed; it is deleted with them (`console.erasing`)."""

    digest = models.CharField(max_length=64, unique=True)  # of the openid
    name = models.CharField(max_length=16, unique=True)  # random: says nothing once the row is gone
    key = SealedField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = BuyerKeyManager()

    class Meta:
        verbose_name = _("key of a buyer")
        verbose_name_plural = _("keys of buyers")
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
