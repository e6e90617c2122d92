import pytest

from scenes.models import Access, Sharer
from scenes.operations import refresh_access

SEEN = {"spu_audit": 1, "pay_order": 1, "send_delivery": 1, "add_aftersale": 1}


@pytest.fixture
def access(db) -> Access:
    return Access.load()


def read(access: Access) -> Access:
    refresh_access(access)
    access.refresh_from_db()
    return access


def person(nth: int = 1, **fields) -> Sharer:
    return Sharer.objects.create(openid=f"oSharer_of_the_tests_{nth:08d}", **fields)
