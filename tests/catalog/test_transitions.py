"""Every cell of BEHAVIOUR 3.3: each call from each state, at the sandbox and through our operations."""

import pytest

from catalog import operations as ours
from catalog.models import SPU, EditStatus
from catalog.payloads import product, without_audit
from sandbox.models import Product
from sandbox.platform import Refusal
from tests.factories import make_spu
from wechat import client
from wechat.errors import Refused
from wechat.operations import upload_image
from wechat.steps.errors import Conflict

pytestmark = pytest.mark.django_db(transaction=True)

# Roads into each state; the words are calls, or what the platform does.
STATES = {
    "absent": [],
    "in review": ["add"],
    "withdrawn": ["add", "del_audit"],
    "refused": ["add", "reject"],
    "on sale": ["add", "approve"],
    "on sale, draft in review": ["add", "approve", "update"],
    "on sale, draft withdrawn": ["add", "approve", "update", "del_audit"],
    "on sale, draft refused": ["add", "approve", "update", "reject"],
    "off sale": ["add", "approve", "delisting"],
    "off sale, draft in review": ["add", "approve", "delisting", "update"],
    "taken off sale": ["add", "approve", "violate"],
    "taken off sale, draft in review": ["add", "approve", "violate", "update"],
    "off sale, never approved": ["add", "delisting"],
    "deleted": ["add", "approve", "del"],
}
GONE = dict.fromkeys(("update", "del_audit", "update_without_audit", "listing", "delisting", "del"), 1000011)
# state: {call: errcode, or (edit_status, status) afterwards}
CELLS = {
    "absent": {"add": (2, 0), **GONE},
    "in review": {
        "add": 1000012, "update": 1000002, "del_audit": (1, 0), "update_without_audit": 1000003, "listing": 1000003,
        "delisting": (2, 11), "del": "deleted", "approve": (4, 5), "reject": (3, 0),
    },
    "withdrawn": {
        "add": 1000012, "update": (2, 0), "del_audit": 1000016, "update_without_audit": 1000003, "listing": 1000003,
        "delisting": (1, 11), "del": "deleted", "approve": 1000016, "reject": 1000016,
    },
    "refused": {
        "add": 1000012, "update": (2, 0), "del_audit": 1000016, "update_without_audit": 1000003, "listing": 1000003,
        "delisting": (3, 11), "del": "deleted", "approve": 1000016, "reject": 1000016,
    },
    "on sale": {
        "add": 1000012, "update": (2, 5), "del_audit": 1000016, "update_without_audit": (4, 5), "listing": (4, 5),
        "delisting": (4, 11), "del": "deleted", "approve": 1000016, "reject": 1000016, "violate": (4, 13),
    },
    "on sale, draft in review": {
        "add": 1000012, "update": 1000002, "del_audit": (1, 5), "update_without_audit": (2, 5), "listing": (2, 5),
        "delisting": (2, 11), "del": "deleted", "approve": (4, 5), "reject": (3, 5), "violate": (2, 13),
    },
    "on sale, draft withdrawn": {
        "add": 1000012, "update": (2, 5), "del_audit": 1000016, "update_without_audit": (1, 5), "listing": (1, 5),
        "delisting": (1, 11), "del": "deleted", "approve": 1000016, "reject": 1000016,
    },
    "on sale, draft refused": {
        "add": 1000012, "update": (2, 5), "del_audit": 1000016, "update_without_audit": (3, 5), "listing": (3, 5),
        "delisting": (3, 11), "del": "deleted", "approve": 1000016, "reject": 1000016,
    },
    "off sale": {
        "add": 1000012, "update": (2, 11), "del_audit": 1000016, "update_without_audit": (4, 11), "listing": (4, 5),
        "delisting": (4, 11), "del": "deleted", "approve": 1000016, "reject": 1000016,
    },
    "off sale, draft in review": {
        "add": 1000012, "update": 1000002, "del_audit": (1, 11), "update_without_audit": (2, 11), "listing": (2, 5),
        "delisting": (2, 11), "del": "deleted", "approve": (4, 11), "reject": (3, 11),
    },
    "taken off sale": {
        "add": 1000012, "update": (2, 13), "del_audit": 1000016, "update_without_audit": (4, 13), "listing": 9401023,
        "delisting": 9401023, "del": 1000011, "approve": 1000016, "reject": 1000016,
    },
    "taken off sale, draft in review": {
        "add": 1000012, "update": 1000002, "del_audit": (1, 13), "update_without_audit": (2, 13), "listing": 9401023,
        "delisting": 9401023, "del": 1000011, "approve": (4, 13), "reject": (3, 13),
    },
    "off sale, never approved": {
        "add": 1000012, "update": 1000002, "del_audit": (1, 11), "update_without_audit": 1000003, "listing": 1000003,
        "delisting": (2, 11), "del": "deleted", "approve": (4, 11), "reject": (3, 11),
    },
    "deleted": {"add": 1000012, **GONE},
}  # fmt: skip
OPERATIONS = {
    "add": ours.submit_spu,
    "update": ours.submit_spu,
    "del_audit": ours.withdraw_spu,
    "update_without_audit": ours.update_spu_without_audit,
    "listing": ours.list_spu,
    "delisting": ours.delist_spu,
    "del": ours.remove_spu,
}
ALL = [(state, call) for state, calls in CELLS.items() for call in calls]


class World:
    """A product at the sandbox, played by name."""

    def __init__(self, platform):
        self.platform, self.spu = platform, make_spu()
        upload_image(self.spu.links("head_img")[0])

    def play(self, call: str) -> int:
        """Let it happen; returns the errcode."""
        self.spu.load_content()
        if call == "update":
            self.spu.title += "新"
        body = {"out_product_id": self.spu.out_product_id}
        if call in ("add", "update"):
            body = product(self.spu)
        if call == "update_without_audit":
            found = self.platform.product(self.spu.out_product_id) if Product.objects.exists() else None
            self.spu.online = (found and found.online) or product(self.spu)
            body = without_audit(self.spu)
        try:
            if call == "approve":
                self.platform.approve_product(self.spu.out_product_id)
            elif call == "reject":
                self.platform.reject_product(self.spu.out_product_id, "标题与图片不符")
            elif call == "violate":
                self.platform.take_off_sale(self.spu.out_product_id)
            else:
                client.post(f"/shop/spu/{call}", body)
        except (Refused, Refusal) as refusal:
            return refusal.errcode
        return 0

    @property
    def state(self):
        found = Product.objects.filter(out_product_id=self.spu.out_product_id).first()
        if found is None:
            return None
        return "deleted" if found.deleted else (found.edit_status, found.status)


@pytest.fixture
def world(platform):
    return World(platform)


def test_every_state_has_every_call_of_the_merchants():
    assert set(CELLS) == set(STATES)
    assert all(set(OPERATIONS) <= set(calls) for calls in CELLS.values())


@pytest.mark.parametrize(("state", "call"), ALL, ids=lambda word: word.replace(" ", "_"))
def test_the_sandbox_moves_or_refuses(world, state, call):
    for step in STATES[state]:
        assert world.play(step) == 0
    before, expected = world.state, CELLS[state][call]
    errcode = world.play(call)
    if isinstance(expected, int):
        assert (errcode, world.state) == (expected, before)
    else:
        assert (errcode, world.state) == (0, expected)


# Cells where our button may be pressed although the call would be refused, or the other way round.
OURS = {
    ("on sale", "listing"): Conflict,
    ("on sale, draft in review", "listing"): Conflict,
    ("on sale, draft withdrawn", "listing"): Conflict,
    ("on sale, draft refused", "listing"): Conflict,
    # Listing again or taking off sale again has no button: it is so already.
    ("off sale", "delisting"): Conflict,
    ("off sale, draft in review", "delisting"): Conflict,
    ("off sale, never approved", "delisting"): Conflict,
}


def has_a_button(state: str, call: str) -> bool:
    """A known product has no add, an unknown one no update: one button does whichever is right."""
    if call == "add":
        return state in ("absent", "deleted")
    return call in OPERATIONS and (state, call) != ("absent", "update")


@pytest.mark.parametrize(
    ("state", "call"), [cell for cell in ALL if has_a_button(*cell)], ids=lambda word: word.replace(" ", "_")
)
def test_our_operations_know_before_wechat_does(world, state, call):
    """With our copy fresh, what WeChat would refuse never leaves, and what it takes ends in the same state."""
    for step in STATES[state]:
        world.play(step)
    spu = SPU.objects.get()
    ours.refresh_spu(spu)
    spu.refresh_from_db()
    if state == "deleted":
        # A deletion past us is seen when WeChat is asked; from then on the id is used up here too.
        SPU.objects.update(removed_at=spu.changed_at, draft={})
    if call == "update":
        SPU.objects.update(title="换了标题的连衣裙", unsent=2)
    if call == "update_without_audit":
        spu.skus.update(stock_num=77)
        SPU.objects.update(unsent=1)
    spu.refresh_from_db()
    calls, expected = len(world.platform.ledger(call)), CELLS[state][call]
    expected = OURS.get((state, call), expected)
    if expected is Conflict or isinstance(expected, int):
        with pytest.raises(Conflict):
            OPERATIONS[call](spu)
        assert len(world.platform.ledger(call)) == calls
        return
    OPERATIONS[call](spu)
    spu.refresh_from_db()
    assert world.state == expected
    if expected == "deleted":
        assert spu.removed_at
    else:
        assert (spu.edit_status, spu.status) == expected


STALE = {
    "add": {"draft": None, "edit_status": None, "unsent": 2},
    "update": {"edit_status": EditStatus.REJECTED, "unsent": 2},
    "del_audit": {"edit_status": EditStatus.IN_REVIEW},
    "update_without_audit": {"unsent": 1},
    "listing": {"status": 11},
    "delisting": {"status": 5},
    "del": {"status": 5},
}
REFUSED = [cell for cell in ALL if cell[1] in STALE and isinstance(CELLS[cell[0]][cell[1]], int)]


@pytest.mark.parametrize(
    ("state", "call"),
    # Where WeChat has it, add goes over to update: see test_products.
    [cell for cell in REFUSED if cell[1] != "add" or cell[0] == "deleted"],
    ids=lambda word: word.replace(" ", "_"),
)
def test_a_stale_copy_is_put_right_by_a_refusal(world, state, call):
    """Our copy thinks the call is possible; WeChat refuses; the product has been read again, and is as it is there."""
    for step in STATES[state]:
        world.play(step)
    world.spu.load_content()
    sent = product(world.spu)
    known = {"draft": sent, "online": sent, "edit_status": 4, "status": 5}
    SPU.objects.update(**known | STALE[call])
    spu = SPU.objects.get()
    gone, withdrawn = world.state in (None, "deleted"), world.state and world.state[0] == EditStatus.EDITING
    if (call == "del" and gone) or (call == "del_audit" and withdrawn):
        OPERATIONS[call](spu)  # it is as wanted
    else:
        with pytest.raises(Refused):
            OPERATIONS[call](spu)
    spu.refresh_from_db()
    if gone:
        assert spu.removed_at
    else:
        assert (spu.edit_status, spu.status) == world.state
