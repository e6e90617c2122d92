"""A product's way to WeChat: what is sent, kept, refused, unanswered and repeated."""

import json
from itertools import pairwise

import pytest
from django.utils import timezone

from catalog import content, copies, operations
from catalog.models import SPU, EditStatus, Status, Unsent
from catalog.operations import (
    delist_spu,
    list_spu,
    refresh_spu,
    remove_spu,
    resubmit_spu,
    submit_spu,
    update_spu_without_audit,
    withdraw_spu,
)
from catalog.tasks import refresh_products
from sandbox.models import Product
from tests.factories import make_category, make_image, make_spu
from tests.threads import at_once
from wechat.errors import Later, Refused, StateConflict, Unreachable
from wechat.models import Call, Callback, Image, Step
from wechat.steps import recovery
from wechat.steps.errors import Conflict, Incomplete

pytestmark = pytest.mark.django_db(transaction=True)
SILENCES = ["timeout_after", "reset_after", "error_after", "garbage"]


def fresh(spu: SPU) -> SPU:
    return SPU.objects.with_content().get(pk=spu.pk)


def on_sale(platform, **fields) -> SPU:
    spu = make_spu(**fields)
    submit_spu(spu)
    platform.approve_product(spu.out_product_id)
    refresh_spu(spu)
    return fresh(spu)


def edited(spu: SPU, **fields) -> SPU:
    for name, value in fields.items():
        setattr(spu, name, value)
    spu.save()
    content.update_unsent(spu)
    return fresh(spu)


# --- submit


def test_everything_of_a_product_is_sent(platform):
    """Also the description: one built but never sent is how others lost it."""
    head, detail, thumb = make_image(), make_image(), make_image()
    red = [{"attr_key": "颜色", "attr_value": "红"}]
    spu = make_spu(
        head_img=[head],
        imgs=[detail],
        desc="纯棉，可机洗",
        direct_path="pages/buy?id=1",
        info_version="v7",
        skus=[
            {
                "sale_price": 1999,
                "market_price": 2999,
                "stock_num": 3,
                "sku_code": "A1",
                "barcode": "690",
                "sku_attrs": red,
                "thumb_img": thumb,
            }
        ],
    )
    submit_spu(spu)
    for image in (head, detail, thumb):
        image.refresh_from_db()
    (entry,) = platform.ledger("spu/add")
    assert entry.request == {
        "out_product_id": spu.out_product_id,
        "title": spu.title,
        "path": spu.path,
        "direct_path": "pages/buy?id=1",
        "head_img": [head.link],
        "desc_info": {"desc": "纯棉，可机洗", "imgs": [detail.link]},
        "third_cat_id": 6040,
        "brand_id": 2100000000,
        "info_version": "v7",
        "scene_group_list": [1],
        "skus": [
            {
                "out_product_id": spu.out_product_id,
                "out_sku_id": f"{spu.out_product_id}-0",
                "thumb_img": thumb.link,
                "sale_price": 1999,
                "market_price": 2999,
                "stock_num": 3,
                "sku_code": "A1",
                "barcode": "690",
                "sku_attrs": red,
            }
        ],
    }


def test_what_wechat_answers_is_kept(platform):
    spu = make_spu()
    submit_spu(spu)
    spu, known = fresh(spu), platform.product(spu.out_product_id)
    assert (spu.product_id, spu.edit_status, spu.status) == (known.product_id, 2, 0)
    assert (spu.unsent, spu.skus.get().sku_id) == (Unsent.NOTHING, known.product_id + 1)
    assert (spu.rounds.get().status, spu.rounds.get().sent) == (2, platform.ledger("spu/add")[0].request)


def test_the_same_picture_is_uploaded_once_for_all_products(platform):
    image = make_image()
    for _nth in range(3):
        submit_spu(make_spu(head_img=[image], imgs=[image]))
    assert len(platform.ledger("img/upload")) == 1


def test_two_products_with_one_new_picture_are_submitted_at_once(platform):
    image = make_image()
    spus = [make_spu(head_img=[image]) for _nth in range(2)]
    assert [error for error in at_once(2, lambda: submit_spu(spus.pop())) if error] == []
    assert len(platform.ledger("img/upload")) == 1
    assert Product.objects.count() == 2


def test_a_picture_that_fails_stops_its_product_and_says_which(platform):
    """Not the way of others, who dropped it in silence."""
    spu = make_spu(head_img=[make_image(), make_image()])
    platform.fault("error", "/shop/img/upload", errcode=1070001)
    with pytest.raises(Refused) as refused:
        submit_spu(spu)
    assert (refused.value.errcode, str(spu.links("head_img")[0]) in refused.value.errmsg) == (1070001, True)
    assert platform.ledger("spu/add") == []


def test_a_known_product_is_updated(platform):
    spu = edited(on_sale(platform), title="换了标题的连衣裙")
    submit_spu(spu)
    assert (len(platform.ledger("spu/add")), len(platform.ledger("spu/update"))) == (1, 1)
    assert (fresh(spu).edit_status, fresh(spu).status) == (EditStatus.IN_REVIEW, Status.LISTED)
    assert platform.product(spu.out_product_id).online["title"] != "换了标题的连衣裙"


def test_an_edit_while_wechat_is_asked_stays_unsent(platform):
    from sandbox import platform as pretend

    spu = make_spu()
    original = pretend.ENDPOINTS["/shop/spu/add"]

    def meanwhile(request):
        edited(SPU.objects.get(), title="在途中改的标题")
        return original[1](request)

    pretend.ENDPOINTS["/shop/spu/add"] = ("POST", meanwhile)
    try:
        submit_spu(spu)
    finally:
        pretend.ENDPOINTS["/shop/spu/add"] = original
    assert (fresh(spu).title, fresh(spu).unsent) == ("在途中改的标题", Unsent.REVIEW)
    assert fresh(spu).draft["title"] != "在途中改的标题"


def test_a_refusal_is_kept_with_wechats_own_words(platform):
    spu = make_spu()
    platform.fault("error", "/shop/spu/add", errcode=1000045)
    with pytest.raises(Refused):
        submit_spu(spu)
    step = Step.objects.get(operation=submit_spu.full_name)
    assert (step.state, step.errcode, "rid:" in step.message) == (Step.State.REFUSED, 1000045, True)
    assert (fresh(spu).edit_status, fresh(spu).draft, fresh(spu).rounds.count()) == (None, None, 0)


def test_what_is_in_review_is_not_sent_twice(platform):
    spu = make_spu()
    submit_spu(spu)
    with pytest.raises(Conflict, match="In review"):
        submit_spu(edited(fresh(spu), title="换了标题的连衣裙"))
    assert len(platform.ledger("spu/add")) == 1


# --- the codes of BEHAVIOUR 12


def test_1000012_goes_over_to_update_where_wechat_has_the_product(platform):
    spu = make_spu()
    submit_spu(spu)
    platform.reject_product(spu.out_product_id, "不通过")
    # Our row was lost and made again: we do not know that WeChat has it.
    SPU.objects.update(draft=None, edit_status=None, status=None, product_id=None, read_at=None, unsent=Unsent.REVIEW)
    submit_spu(fresh(spu))
    assert [len(platform.ledger(name)) for name in ("spu/add", "spu/update")] == [2, 1]
    assert (fresh(spu).edit_status, fresh(spu).product_id) == (2, platform.product(spu.out_product_id).product_id)


def test_1000012_of_a_deleted_product_uses_the_id_up_here_too(platform):
    spu = on_sale(platform)
    Product.objects.update(deleted=True)
    SPU.objects.update(draft=None, online=None, edit_status=None, status=None, unsent=Unsent.REVIEW)
    with pytest.raises(StateConflict):
        submit_spu(fresh(spu))
    assert fresh(spu).removed_at
    with pytest.raises(Conflict):
        submit_spu(fresh(spu))


def test_1000002_reads_the_product_again_and_offers_the_way_out(platform):
    spu = make_spu()
    submit_spu(spu)
    SPU.objects.update(edit_status=EditStatus.REJECTED, unsent=Unsent.REVIEW)
    with pytest.raises(StateConflict) as refused:
        submit_spu(fresh(spu))
    assert "Withdraw and submit again" in str(refused.value.meaning.text)
    assert (fresh(spu).edit_status, fresh(spu).may_resubmit) == (EditStatus.IN_REVIEW, True)


def test_1000017_pushes_again_by_update(platform):
    spu = make_spu()
    platform.configure(push_to_review_fails=True)
    with pytest.raises(Later):
        submit_spu(spu)
    assert [len(platform.ledger(name)) for name in ("spu/add", "spu/update")] == [1, 1]
    platform.configure(push_to_review_fails=False)
    submit_spu(fresh(spu))
    assert platform.product(spu.out_product_id).edit_status == 2
    assert fresh(spu).edit_status == EditStatus.IN_REVIEW


def test_1000013_is_tried_again(platform, drain):
    from console import jobs

    spu = make_spu()
    platform.fault("error", "/shop/spu/add", errcode=1000013)
    job = jobs.start(submit_spu, [spu])
    drain()
    assert job.steps.get().state == Step.State.WANTED
    job.steps.update(next_attempt_at=timezone.now())
    drain()
    assert job.steps.get().state == Step.State.DONE


def test_1000019_waits_for_its_hour(platform):
    platform.configure(product_submissions=1)
    spu = make_spu()
    submit_spu(spu)
    platform.reject_product(spu.out_product_id, "不通过")
    refresh_spu(spu)
    with pytest.raises(Later) as later:
        submit_spu(edited(fresh(spu), title="改过的标题"))
    assert later.value.seconds == 3600
    assert fresh(spu).edit_status == EditStatus.REJECTED


# --- withdraw, withdraw and submit


def test_a_product_is_withdrawn_and_submitted_as_it_stands_here(platform):
    spu = make_spu()
    submit_spu(spu)
    resubmit_spu(edited(fresh(spu), title="改好的标题"))
    assert platform.product(spu.out_product_id).draft["title"] == "改好的标题"
    assert [one.status for one in fresh(spu).rounds.order_by("id")] == [EditStatus.IN_REVIEW, EditStatus.IN_REVIEW]
    assert (fresh(spu).edit_status, fresh(spu).unsent) == (EditStatus.IN_REVIEW, Unsent.NOTHING)


def test_half_of_it_is_known_to_be_half(platform):
    spu = make_spu()
    submit_spu(spu)
    platform.fault("error", "/shop/spu/update", errcode=1000045)
    with pytest.raises(Refused):
        resubmit_spu(edited(fresh(spu), title="改坏的标题"))
    assert platform.product(spu.out_product_id).edit_status == EditStatus.EDITING
    assert (fresh(spu).edit_status, fresh(spu).rounds.get().status_label) == (EditStatus.EDITING, "Withdrawn")


def test_withdrawing_what_was_decided_meanwhile_says_so(platform):
    spu = make_spu()
    submit_spu(spu)
    platform.approve_product(spu.out_product_id)
    with pytest.raises(StateConflict):
        withdraw_spu(spu)
    assert (fresh(spu).edit_status, fresh(spu).status) == (EditStatus.APPROVED, Status.LISTED)


# --- without review


def test_prices_and_stock_go_without_a_review(platform):
    spu = on_sale(platform)
    spu.skus.update(sale_price=9950, stock_num=0)
    spu = edited(spu)
    assert spu.unsent == Unsent.FREE
    update_spu_without_audit(spu)
    found = platform.product(spu.out_product_id)
    for copy in (found.draft, found.online):
        assert (copy["skus"][0]["sale_price"], copy["skus"][0]["stock_num"]) == (9950, 0)
    assert (found.edit_status, found.status, fresh(spu).unsent) == (4, 5, Unsent.NOTHING)
    assert platform.ledger("spu/update") == []


def test_only_what_is_free_is_sent_when_more_has_changed(platform):
    spu = on_sale(platform)
    spu.skus.update(stock_num=7)
    spu.skus.create(out_sku_id="new", sale_price=19900, stock_num=1, sku_attrs=[{"attr_key": "a", "attr_value": "b"}])
    spu = edited(spu, title="也换了标题的连衣裙")
    update_spu_without_audit(spu)
    (entry,) = platform.ledger("update_without_audit")
    assert [sku["stock_num"] for sku in entry.request["skus"]] == [7]
    assert "title" not in entry.request
    assert fresh(spu).unsent == Unsent.REVIEW


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"title": "别的标题"}, Unsent.REVIEW),
        ({"path": "pages/other"}, Unsent.REVIEW),
        ({"desc": "别的描述"}, Unsent.REVIEW),
        ({"scene_group_list": [1, 3]}, Unsent.REVIEW),
        ({}, Unsent.NOTHING),
    ],
)
def test_which_changes_need_a_review(platform, change, expected):
    assert edited(on_sale(platform), **change).unsent == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"sale_price": 1}, Unsent.FREE),
        ({"market_price": 99999}, Unsent.FREE),
        ({"stock_num": 0}, Unsent.FREE),
        ({"sku_code": "C"}, Unsent.FREE),
        ({"barcode": "B"}, Unsent.FREE),
        ({"sku_attrs": [{"attr_key": "颜色", "attr_value": "蓝"}]}, Unsent.REVIEW),
        ({"out_sku_id": "renamed"}, Unsent.REVIEW),
    ],
)
def test_which_changes_of_a_sku_need_a_review(platform, change, expected):
    spu = on_sale(platform)
    spu.skus.update(**change)
    assert edited(spu).unsent == expected


def test_a_price_that_was_never_online_needs_a_review(platform):
    spu = make_spu()
    submit_spu(spu)
    spu.skus.update(sale_price=1)
    assert edited(fresh(spu)).unsent == Unsent.REVIEW


# --- reading


def test_the_reason_of_a_refusal_is_read_where_wechat_puts_it(platform, hear):
    """It stands in audit_info, one level below where others looked."""
    spu = make_spu()
    submit_spu(spu)
    platform.reject_product(spu.out_product_id, "标题与图片不符")
    hear()
    spu = fresh(spu)
    assert (spu.edit_status, spu.reject_reason) == (EditStatus.REJECTED, "标题与图片不符")
    last = spu.rounds.get()
    assert (last.status, last.reject_reason, last.audit_id != "") == (3, "标题与图片不符", True)


def test_every_round_keeps_what_was_sent_and_why_it_was_refused(platform, hear):
    spu = make_spu()
    for reason in ("标题不规范", "图片不清晰"):
        submit_spu(fresh(spu))
        platform.reject_product(spu.out_product_id, reason)
        hear()
        edited(fresh(spu), title=f"改过的标题 {reason}")
    submit_spu(fresh(spu))
    rounds = list(spu.rounds.order_by("id"))
    assert [one.reject_reason for one in rounds] == ["标题不规范", "图片不清晰", ""]
    assert [copies.changed(a.sent, b.sent) for a, b in pairwise(rounds)] == [["title"], ["title"]]


def test_the_event_only_says_what_to_read(platform, hear):
    """What the message claims is not what WeChat says when it is asked."""
    from sandbox.pushes import push

    spu = make_spu()
    submit_spu(spu)
    claim = {"out_product_id": spu.out_product_id, "product_id": 1, "status": 4, "spu_status": 5}
    push("open_product_spu_audit", {"OpenProductSpuAudit": claim})
    (message,) = hear()
    assert (message.state, message.record) == (Callback.State.HANDLED, spu)
    assert fresh(spu).edit_status == EditStatus.IN_REVIEW


@pytest.mark.parametrize("own_body", [True, False])
def test_a_system_delisting_is_heard_in_both_its_forms(platform, hear, own_body):
    platform.configure(switches={"status_update_own_body": own_body})
    spu = on_sale(platform)
    platform.take_off_sale(spu.out_product_id, "涉嫌违规")
    hear()
    assert (fresh(spu).status, fresh(spu).shelf_label) == (Status.VIOLATION, "Taken off sale by WeChat")


def test_an_event_of_a_product_we_do_not_know_is_no_error(platform, hear):
    from sandbox.pushes import push

    push("open_product_spu_audit", {"OpenProductSpuAudit": {"out_product_id": "stranger", "product_id": 5}})
    assert [message.state for message in hear()] == [Callback.State.HANDLED]


def test_an_event_that_overtakes_our_own_answer_waits(platform, hear):
    spu = make_spu()
    submit_spu(spu)
    platform.approve_product(spu.out_product_id)
    Step.objects.filter(operation=submit_spu.full_name).update(state=Step.State.SENT, lease_until=timezone.now())
    (message,) = hear()
    assert (message.state, "TooEarly" in message.error) == (Callback.State.RECEIVED, True)
    Step.objects.filter(operation=submit_spu.full_name).update(state=Step.State.DONE)
    Callback.objects.update(next_attempt_at=None)
    hear()
    assert fresh(spu).edit_status == EditStatus.APPROVED


def test_what_no_event_told_is_found_by_polling(platform):
    spu = make_spu()
    submit_spu(spu)
    platform.fault("push_lost")
    platform.approve_product(spu.out_product_id)
    assert refresh_products() == 0  # only just submitted
    SPU.objects.update(read_at=timezone.now() - timezone.timedelta(minutes=31))
    assert refresh_products() == 1
    assert fresh(spu).status == Status.LISTED


def test_an_older_read_never_replaces_a_newer_one(platform):
    from catalog.snapshots import apply_snapshot, read

    spu = make_spu()
    submit_spu(spu)
    spu = fresh(spu)
    older = read(spu)
    platform.approve_product(spu.out_product_id)
    newer = read(spu)
    assert apply_snapshot(spu, newer) is True
    assert apply_snapshot(spu, older) is False
    assert fresh(spu).edit_status == EditStatus.APPROVED


def test_unknown_states_are_shown_as_they_are(platform):
    spu = on_sale(platform)
    Product.objects.update(status=20, edit_status=9)
    refresh_spu(spu)
    assert fresh(spu).state_label == "status 9 · status 20"


# --- on and off sale, deletion


def test_on_and_off_sale(platform):
    spu = on_sale(platform)
    delist_spu(spu)
    assert (fresh(spu).status, platform.product(spu.out_product_id).status) == (11, 11)
    list_spu(fresh(spu))
    assert (fresh(spu).status, platform.product(spu.out_product_id).status) == (5, 5)


def test_a_deleted_id_is_never_used_again(platform, client):
    from django.core.exceptions import ValidationError

    from catalog.serializers import SPUSerializer

    spu = on_sale(platform)
    remove_spu(spu)
    assert (fresh(spu).removed_at is not None, fresh(spu).state_label) == (True, "Deleted at WeChat")
    with pytest.raises(Conflict):
        submit_spu(fresh(spu))
    again = SPU(out_product_id=spu.out_product_id, title="又来一件")
    with pytest.raises(ValidationError, match="never takes it again"):
        again.full_clean()
    serializer = SPUSerializer(data={"out_product_id": spu.out_product_id, "title": "又来一件"})
    assert not serializer.is_valid()
    assert "never takes it again" in str(serializer.errors["out_product_id"])
    assert len(platform.ledger("spu/add")) == 1


def test_a_review_that_is_heard_of_after_the_deletion_is_no_failure(platform, drain):
    spu = make_spu()
    submit_spu(spu)
    platform.reject_product(spu.out_product_id, "标题不规范")
    remove_spu(fresh(spu))
    platform.deliver()
    drain()
    message = Callback.objects.get()
    assert (message.state, message.attempts, message.record) == ("handled", 1, spu)
    assert len(platform.ledger("spu/get")) == 0


# --- silence


@pytest.mark.parametrize("kind", SILENCES)
@pytest.mark.parametrize("known", [False, True], ids=["add", "update"])
def test_an_unanswered_submission_is_settled_by_reading_the_draft(platform, kind, known):
    spu = edited(on_sale(platform), title="换了标题的连衣裙") if known else make_spu()
    path = "spu/update" if known else "spu/add"
    platform.fault(kind, f"/shop/{path}", errcode=-1)
    with pytest.raises(Unreachable):
        submit_spu(spu)
    with pytest.raises(Conflict):
        submit_spu(fresh(spu))
    settle()
    assert Step.objects.filter(operation=submit_spu.full_name).latest("id").state == Step.State.DONE
    assert len([entry for entry in platform.ledger(path) if entry.acted]) == 1
    assert (fresh(spu).edit_status, fresh(spu).unsent) == (EditStatus.IN_REVIEW, Unsent.NOTHING)
    assert fresh(spu).rounds.latest("id").sent["title"] == spu.title


@pytest.mark.parametrize("known", [False, True], ids=["add", "update"])
def test_a_submission_that_never_arrived_is_sent_again(platform, known):
    spu = edited(on_sale(platform), title="换了标题的连衣裙") if known else make_spu()
    path = "spu/update" if known else "spu/add"
    platform.fault("timeout_before", f"/shop/{path}")
    with pytest.raises(Unreachable):
        submit_spu(spu)
    settle()
    assert Step.objects.filter(operation=submit_spu.full_name).latest("id").state == Step.State.DONE
    assert platform.product(spu.out_product_id).draft["title"] == spu.title
    assert len([entry for entry in platform.ledger(path) if entry.acted]) == 1


def test_what_never_arrived_and_is_not_wanted_any_more_stays_unsent(platform):
    spu = edited(on_sale(platform), title="换了标题的连衣裙")
    platform.fault("timeout_before", "/shop/spu/update")
    with pytest.raises(Unreachable):
        submit_spu(spu)
    Product.objects.update(edit_status=2)  # somebody submitted it past us
    settle()
    assert Step.objects.filter(operation=submit_spu.full_name).latest("id").state == Step.State.SKIPPED
    assert platform.ledger("spu/update") == []


def test_an_unchanged_product_resubmitted_into_silence_is_judged_by_its_review(platform, hear):
    """Draft and payload are the same before and after: whether WeChat acted shows in the review."""
    spu = make_spu()
    submit_spu(spu)
    platform.reject_product(spu.out_product_id, "不通过")
    hear()
    platform.fault("timeout_before", "/shop/spu/update")
    with pytest.raises(Unreachable):
        submit_spu(fresh(spu))
    settle()
    assert len([entry for entry in platform.ledger("spu/update") if entry.acted]) == 1
    platform.reject_product(spu.out_product_id, "还是不通过")
    hear()
    platform.fault("timeout_after", "/shop/spu/update")
    with pytest.raises(Unreachable):
        submit_spu(fresh(spu))
    settle()
    assert Step.objects.filter(operation=submit_spu.full_name).latest("id").state == Step.State.DONE
    assert len([entry for entry in platform.ledger("spu/update") if entry.acted]) == 2
    assert fresh(spu).edit_status == EditStatus.IN_REVIEW


@pytest.mark.parametrize("kind", SILENCES)
@pytest.mark.parametrize(
    ("operation", "path", "before", "after"),
    [
        (withdraw_spu, "del_audit", "review", (1, 0)),
        (delist_spu, "delisting", "sale", (4, 11)),
        (list_spu, "listing", "off", (4, 5)),
        (remove_spu, "del", "sale", None),
    ],
)
def test_other_silences_are_settled_by_reading(platform, kind, operation, path, before, after):
    spu = make_spu()
    submit_spu(spu)
    if before != "review":
        platform.approve_product(spu.out_product_id)
        refresh_spu(spu)
    if before == "off":
        delist_spu(fresh(spu))
    platform.fault(kind, f"/shop/spu/{path}", errcode=-1)
    with pytest.raises(Unreachable):
        operation(fresh(spu))
    settle()
    assert Step.objects.filter(operation=operation.full_name).latest("id").state == Step.State.DONE
    assert len([entry for entry in platform.ledger(f"spu/{path}") if entry.acted]) == 1
    spu = fresh(spu)
    assert spu.removed_at if after is None else (spu.edit_status, spu.status) == after


def test_an_unanswered_price_update_is_repeated_with_what_was_sent(platform):
    spu = on_sale(platform)
    spu.skus.update(stock_num=5)
    spu = edited(spu)
    platform.fault("timeout_before", "/shop/spu/update_without_audit")
    with pytest.raises(Unreachable):
        update_spu_without_audit(spu)
    spu.skus.update(stock_num=6)
    edited(fresh(spu))
    settle()
    assert platform.product(spu.out_product_id).online["skus"][0]["stock_num"] == 5
    assert fresh(spu).unsent == Unsent.FREE


def settle() -> None:
    Step.objects.unknown().update(next_attempt_at=timezone.now())
    recovery.sweep()


# --- what others got wrong


def test_a_bulk_goes_on_after_an_error_and_hides_none(platform, drain):
    from console import jobs

    spus = [make_spu() for _nth in range(5)]
    platform.fault("error", "/shop/spu/add", errcode=1000045)
    spus[3].category = make_category()
    spus[3].save()
    job = jobs.start(submit_spu, SPU.objects.order_by("id"))
    drain()
    assert [step.state for step in job.steps.order_by("id")] == ["refused", "done", "done", "skipped", "done"]
    again = jobs.start(submit_spu, SPU.objects.to_submit().order_by("id"))
    drain()
    assert {step.object_id: step.state for step in again.steps.all()} == {spus[0].pk: "done", spus[3].pk: "skipped"}


def test_what_stands_in_the_way_is_said_at_its_field_before_any_call(platform):
    spu = make_spu(title="裙", path="", head_img=[], category=make_category(), skus=[{"stock_num": 0}])
    with pytest.raises(Incomplete) as missing:
        submit_spu(spu)
    assert set(missing.value.fields) == {
        "title",
        "path",
        "head_img",
        "category",
        f"skus[{spu.out_product_id}-0].stock_num",
    }
    assert Call.objects.count() == 0


def test_no_list_ever_calls_wechat(platform, client):
    from tests.factories import make_user

    spus = [make_spu() for _nth in range(3)]
    submit_spu(spus[0])
    before = Call.objects.count()
    client.force_login(make_user("owner"))
    for url in (
        "/admin/catalog/spu/",
        "/admin/",
        "/admin/catalog/difference/",
        "/admin/catalog/batch/",
        f"/admin/catalog/spu/{spus[0].pk}/change/",
        "/api/v1/products/",
        "/admin/catalog/spu/export/",
    ):
        assert client.get(url).status_code == 200
    assert Call.objects.count() == before


def test_every_operation_of_a_product_is_offered():
    assert {name for name in operations.__all__ if name.endswith(("_spu", "_audit", "_stock"))} == {
        op.name for op in operations_of_admin()
    }


def operations_of_admin():
    from catalog.admin import SPUAdmin

    return SPUAdmin.operations


def test_ids_beyond_a_float_survive_every_door(platform, client):
    from tests.factories import make_user

    spu = on_sale(platform)
    Product.objects.update(product_id=2**62 + 1)
    SPU.objects.update(product_id=2**62 + 1)
    client.force_login(make_user("owner"))
    answer = json.loads(client.get(f"/api/v1/products/{spu.pk}/").content)
    assert answer["product_id"] == str(2**62 + 1)
    assert Image.objects.filter(link="").count() == 0
