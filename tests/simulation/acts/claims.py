"""After-sales: buyers raise them, the shop decides, WeChat judges."""

from aftersales import operations
from aftersales.models import Aftersale, ECStatus
from orders.models import Order as Ours
from sandbox.endpoints import complaint
from sandbox.endpoints import ecaftersale as counter
from sandbox.models import Account, Claim, Dispute, Order
from tests.factories import make_image

from ..seams import chance
from .registry import act

S = ECStatus


def _number(claim) -> str:
    return claim.order.out_order_id


def _line(order) -> dict:
    return chance.choice(order.lines)


@act(8, "a buyer claims in WeChat", "claim")
def claim_in_wechat(world):
    orders = Order.objects.filter(status__in=Order.PAID, settled=False, fund_type=1)
    order = world.pick(orders, lambda row: row.out_order_id)
    sku = chance.choice((_line(order), max(order.lines, key=lambda line: line["sale_price"])))["out_sku_id"]
    kind = chance.choice((1, 2, 2)) if order.parcels else 1
    claim = counter.apply(order, sku, kind, count=chance.choice((1, None, None)))
    world.follow(_number(claim))
    return f"{order.out_order_id} {sku} ¥{claim.orderamt / 100:.2f}"


@act(5, "the backend opens an after-sale", "claim")
def claim_by_api(world):
    paid = Ours.objects.filter(status__in=(20, 21, 30, 100))
    own = paid.filter(fund_type=0) if chance.random() < 0.4 else paid
    order = world.pick(own if own.exists() else paid, lambda row: row.out_order_id)
    line = chance.choice(list(order.lines.all()))
    body = {
        "out_aftersale_id": f"a-{world.salt}",
        "out_order_id": order.out_order_id,
        "out_product_id": line.out_product_id,
        "out_sku_id": line.out_sku_id,
        "product_cnt": 1,
        "type": chance.choice((1, 2)) if order.status in (30, 100) else 1,
        "orderamt": max(1, line.sku_real_price // line.product_cnt),
        "refund_reason_type": 2,
        "refund_reason": "不想要了",
    }
    world.memory.setdefault("claims", {})[body["out_aftersale_id"]] = body
    return f"{order} {world.ask('post', 'aftersales/', body).status_code}"


@act(1.5, "the backend opens the same after-sale once more", "claim")
def repeat_claim(world):
    number = world.pick(sorted(world.memory.get("claims", {})))
    return f"{number} {world.ask('post', 'aftersales/', world.memory['claims'][number]).status_code}"


@act(2, "a buyer changes a claim in WeChat", "claim")
def change_in_wechat(world):
    claim = world.pick(Claim.objects.filter(status__in=(2, 4, 5)), _number)
    counter.modify(claim, orderamt=max(1, claim.orderamt - chance.choice((1, 100, 1000))))
    return f"of {claim.order.out_order_id} to ¥{claim.orderamt / 100:.2f}"


@act(1.5, "the backend changes a claim", "claim")
def change_by_api(world):
    claim = world.pick(Aftersale.objects.filter(family=1, status__in=(2, 4, 5)), _number)
    body = {
        "type": claim.type,
        "product_cnt": claim.product_cnt,
        "orderamt": max(1, claim.orderamt - 50),
        "refund_reason_type": claim.refund_reason_type,
        "refund_reason": claim.refund_reason or "不想要了",
    }
    return f"of {claim.order} {world.ask('post', f'aftersales/{claim.pk}/change_claim/', body).status_code}"


@act(1, "a buyer withdraws a claim in WeChat", "claim")
def cancel_in_wechat(world):
    claim = world.pick(Claim.objects.filter(status__in=(2, 4, 5, 6, 7)), _number)
    counter.user_cancel(claim)
    return f"of {claim.order.out_order_id}"


@act(1, "the backend withdraws a claim", "claim")
def cancel_by_api(world):
    claim = world.pick(Aftersale.objects.filter(family=1, status__in=(2, 4, 5, 6, 7)), _number)
    return f"of {claim.order} {world.ask('post', f'aftersales/{claim.pk}/cancel_claim/').status_code}"


@act(4, "a buyer sends goods back, told in WeChat", "claim")
def return_in_wechat(world):
    claim = world.pick(Claim.objects.filter(status=6), _number)
    counter.user_return(claim, waybill_id=f"B{world.salt.replace('.', '')}0001")
    return f"of {claim.order.out_order_id}"


@act(4, "the backend tells a return's waybill", "claim")
def return_by_api(world):
    claim = world.pick(Aftersale.objects.filter(family=1, status=6), _number)
    body = {"delivery_id": "SF", "delivery_name": "顺丰速运", "waybill_id": f"B{world.salt.replace('.', '')}0002"}
    return f"of {claim.order} {world.ask('post', f'aftersales/{claim.pk}/send_return_info/', body).status_code}"


@act(2.5, "a buyer changes or cancels the pick-up", "claim")
def change_pickup(world):
    claim = world.pick(Claim.objects.filter(status=8), _number)
    counter.user_modify_return(claim, back=chance.random() < 0.5)
    return f"of {claim.order.out_order_id}"


@act(9, "customer service agrees to a claim", "claim")
def agree(world):
    claim = world.pick(Aftersale.objects.filter(family=1, status__in=(2, 8)), _number)
    op = operations.accept_refund
    if claim.status == S.TO_RECEIVE:
        op = operations.confirm_goods
    elif claim.type == 2:
        op = operations.accept_return
    return f"of {claim.order} {world.press(op, claim, chance.choice(('eve', 'sam')))}"


@act(4, "a second person approves a large refund", "claim")
def approve_refund(world):
    from aftersales.approval import REFUND
    from console.models import Approval

    asked = world.pick(
        Approval.objects.waiting(REFUND.kind).select_related("asked_by"), lambda row: str(row.record.order)
    )
    claim, who = asked.record, chance.choice(("owner", "ann", "sam", "eve"))
    op = operations.confirm_goods if claim.status == S.TO_RECEIVE else operations.accept_refund
    with world.as_person(who):
        op.refuse_unless_allowed(claim)
        op.ask_second(claim, world.people[who], asked.mark)
    return f"of {claim.order} by {who}: {world.press(op, claim, who)}"


@act(3, "customer service refuses a claim", "claim")
def refuse(world):
    claim = world.pick(Aftersale.objects.filter(family=1, status__in=(2, 8)), _number)
    Aftersale.objects.filter(pk=claim.pk).update(reject_reason="已使用，不能退")
    claim.refresh_from_db()
    return f"of {claim.order} {world.press(operations.reject_claim, claim, 'eve')}"


@act(3, "customer service sends the proof of an offline refund", "claim")
def prove(world):
    claim = world.pick(Aftersale.objects.filter(family=1, status__in=(12, 16)), _number)
    if not claim.certificates.exists():
        claim.certificates.add(make_image())
    Aftersale.objects.filter(pk=claim.pk).update(refund_desc="银行转账")
    claim.refresh_from_db()
    return f"of {claim.order} {world.press(operations.upload_certificates, claim, 'eve')}"


@act(2, "a buyer confirms an offline refund", "claim")
def confirm_proof(world):
    claim = world.pick(Claim.objects.filter(status=17), _number)
    counter.confirm_certificate(claim)
    return f"of {claim.order.out_order_id}"


@act(2, "the next refund fails, as the balance is too low", "claim")
def fail_refund(world):
    Account.objects.update(failing_refunds=1)
    return "then"


@act(2, "a refund on its way arrives", "claim")
def refund_arrives(world):
    claim = world.pick(Claim.objects.filter(status=15), _number)
    counter.refund_arrives(claim)
    return f"of {claim.order.out_order_id}"


@act(4, "a buyer brings a claim before WeChat", "claim")
def intervene(world):
    claim = world.pick(Claim.objects.filter(status__in=(4, 5, 7)), _number)
    counter.intervene(claim)
    return f"of {claim.order.out_order_id}"


@act(3, "WeChat goes on with a dispute", "claim")
def go_on_with_dispute(world):
    found = Dispute.objects.exclude(state__in=Dispute.OVER).select_related("claim__order")
    dispute = world.pick(found, lambda row: row.claim.order.out_order_id)
    how = chance.choice(("proof", "proof", "proof", "buyer", "shop", "return", "off"))
    if how == "proof":
        complaint.ask_proof(dispute)
    elif how == "off":
        counter.call_off(dispute)
    else:
        counter.judge(dispute, how != "shop", send_back=how == "return" and dispute.claim.type == 2)
    return f"of {dispute.claim.order.out_order_id}: {how}"


@act(3, "customer service hands in evidence", "claim")
def hand_in_evidence(world):
    from aftersales.models import Dispute as OurDispute

    dispute = world.pick(OurDispute.objects.running(), lambda row: str(row.aftersale.order) if row.aftersale else "")
    OurDispute.objects.filter(pk=dispute.pk).update(evidence_text=f"已按约定发货 {world.salt}")
    dispute.refresh_from_db()
    return f"{world.press(operations.hand_in_evidence, dispute, 'eve')}"


@act(1.5, "customer service tells WeChat of an after-sale of the own number", "claim")
def tell_claim(world):
    claim = world.pick([row for row in Aftersale.objects.filter(family=0) if row.may_tell], _number)
    return f"of {claim.order} {world.press(operations.tell_claim, claim, 'eve')}"
