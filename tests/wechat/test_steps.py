"""Steps: one open per record, committed before the call, found again after any accident."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog.operations import pull_granted_brands, submit_spu
from console import jobs
from console.models import Job
from qualifications.models import BrandQualification
from qualifications.operations import refresh_brand, submit_brand
from tests.factories import make_brand, make_document, make_spu, make_user
from tests.threads import at_once
from wechat.errors import BadInput, Paused, Unreachable
from wechat.models import AccountInfo, Call, Image, Pace, Step
from wechat.operations import refresh_account_info, send_account_info, upload_image
from wechat.steps import actors, failing, operations, recovery
from wechat.steps.errors import Conflict
from wechat.steps.pulls import listed

State = Step.State


def later(**fields):
    return timezone.now() + timedelta(**fields)


def test_the_step_is_committed_as_sent_before_the_call_leaves(platform):
    """What the ledger's fault sees from inside the call is what a killed process leaves behind."""
    info = AccountInfo.objects.create()
    seen = []

    def peek(*_args):
        seen.append(Step.objects.get().state)

    from sandbox import platform as pretend

    original = pretend.ENDPOINTS["/shop/account/get_info"]
    pretend.ENDPOINTS["/shop/account/get_info"] = ("POST", lambda request: peek() or original[1](request))
    try:
        refresh_account_info(info)
    finally:
        pretend.ENDPOINTS["/shop/account/get_info"] = original
    assert seen == [State.SENT]
    assert Step.objects.get().state == State.DONE


def test_a_step_knows_who_asked_and_through_which_door(platform):
    user = make_user("product")
    with actors.acting("admin", user):
        refresh_account_info(AccountInfo.objects.create())
    step = Step.objects.get()
    assert (step.user, step.door, step.calls.last().asked_by) == (user, "admin", user.username)


def test_the_database_itself_allows_one_open_step_per_record(platform):
    brand = make_brand()
    step = operations.new_step(submit_brand, brand.pk, state=State.UNKNOWN)
    step.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        operations.new_step(submit_brand, brand.pk, state=State.WANTED).save()
    operations.new_step(refresh_brand, brand.pk, state=State.SENT).save()
    with pytest.raises(IntegrityError), transaction.atomic():
        operations.new_step(refresh_brand, brand.pk, state=State.SENT).save()


def test_a_record_with_an_open_write_can_still_be_read(platform):
    brand = make_brand()
    submit_brand(brand)
    operations.new_step(submit_brand, brand.pk, state=State.UNKNOWN).save()
    refresh_brand(brand)
    assert Step.objects.filter(operation=refresh_brand.full_name).get().state == State.DONE


def test_an_operation_may_not_run_inside_a_transaction(platform):
    info = AccountInfo.objects.create()
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        refresh_account_info(info)
    assert platform.ledger("get_info") == []


def test_a_fault_of_ours_before_the_call_leaves_nothing_open(platform):
    image = Image.objects.create(sha256="0" * 64, file="images/not-there.png")
    with pytest.raises(FileNotFoundError):
        upload_image(image)
    step = Step.objects.get()
    assert (step.state, "FileNotFoundError" in step.message) == (State.SKIPPED, True)


def test_a_fault_of_ours_after_the_call_leaves_the_outcome_unknown(platform):
    @operations.operation(on=AccountInfo, name="break_after_call", label="Break", recover=operations.ASK)
    def break_after_call(info: AccountInfo, sent: dict):
        from wechat.shop import account

        account.update_info({"service_agent_type": [0]})
        raise KeyError("ours")

    try:
        with pytest.raises(KeyError):
            break_after_call(AccountInfo.objects.create())
    finally:
        del operations.registry["wechat.break_after_call"]
    assert Step.objects.get().state == State.UNKNOWN


def test_a_writing_operation_must_say_how_it_recovers():
    with pytest.raises(TypeError, match="recover"):
        operations.operation(on=AccountInfo, name="x", label="x")(lambda record, sent: None)


def test_every_writing_operation_stands_in_the_recovery_table():
    table = {op.full_name: op.recover for op in operations.registry.values() if not op.reads}
    read_back = {name for name, how in table.items() if callable(how)}
    assert read_back == {
        "catalog.submit_spu",
        "catalog.resubmit_spu",
        "catalog.withdraw_spu",
        "catalog.list_spu",
        "catalog.delist_spu",
        "catalog.remove_spu",
        "orders.place_order",
        "orders.confirm_payment",
        "orders.close_order",
        "orders.ship_order",
        "orders.confirm_receipt",
        "aftersales.open_claim",
        "aftersales.change_claim",
        "aftersales.cancel_claim",
        "aftersales.send_return_info",
        "aftersales.accept_refund",
        "aftersales.accept_return",
        "aftersales.confirm_goods",
        "aftersales.reject_claim",
        "aftersales.upload_certificates",
        "scenes.apply_access",
        "scenes.finish_products",
        "scenes.finish_orders",
        "scenes.finish_delivery",
        "scenes.finish_aftersales",
        "scenes.confirm_tested",
        "scenes.confirm_released",
        "scenes.apply_scene",
        "scenes.invite_sharer",
        "scenes.unbind_sharer",
        "funds.apply_merchant",
        "funds.submit_withdrawal",
        "funds.renew_withdrawal",
        "funds.submit_bank_account",
        "funds.close_payment",
        "funds.refund_trade",
        "funds.share_trade",
        "coupons.submit_coupon",
        "coupons.update_coupon",
        "coupons.publish_coupon",
        "coupons.expire_coupon",
        "coupons.void_coupon",
        "coupons.add_user_coupon",
        "coupons.use_user_coupon",
        "coupons.expire_user_coupon",
    }
    assert {name: how for name, how in table.items() if name not in read_back} == {
        "catalog.update_spu_without_audit": operations.REPEAT,
        "catalog.update_spu_stock": operations.REPEAT,
        "catalog.send_live_terms": operations.REPEAT,
        "scenes.clear_live_price": operations.REPEAT,
        "funds.let_go_withdrawal": operations.REPEAT,
        "wechat.upload_image": operations.REPEAT,
        "wechat.send_account_info": operations.REPEAT,
        "scenes.send_share_mode": operations.REPEAT,
        "funds.ask_scan": operations.REPEAT,
        "funds.make_payment": operations.REPEAT,
        "coupons.confirm_coupons": operations.REPEAT,
        "coupons.update_coupon_stock": operations.REPEAT,
        "aftersales.record_claim": operations.REPEAT,
        "aftersales.tell_claim": operations.REPEAT,
        "aftersales.hand_in_evidence": operations.ASK,
        "qualifications.submit_brand": operations.ASK,
        "qualifications.submit_category": operations.ASK,
    }


def test_a_step_that_somebody_settled_while_wechat_was_read_is_not_sent_again(platform):
    from catalog.operations import delist_spu, list_spu, refresh_spu

    spu = make_spu()
    submit_spu(spu)
    platform.approve_product(spu.out_product_id)
    refresh_spu(spu)
    delist_spu(spu)
    platform.fault("timeout_before", "/shop/spu/listing")
    spu.refresh_from_db()
    with pytest.raises(Unreachable):
        list_spu(spu)
    step = Step.objects.get(operation="catalog.list_spu")
    recover = operations.find("catalog.list_spu").recover

    def meanwhile(record, sent):
        recovery.resolve_as_lost(Step.objects.get(pk=step.pk))
        return recover(record, sent)

    operations.find("catalog.list_spu").recover = meanwhile
    try:
        recovery.resolve(step)
    finally:
        operations.find("catalog.list_spu").recover = recover
    assert [entry for entry in platform.ledger("listing") if entry.acted] == []
    step.refresh_from_db()
    assert step.state == State.SKIPPED


def test_what_is_sent_stands_on_the_step_before_it_leaves_and_not_after(platform):
    from sandbox import platform as pretend

    spu, seen = make_spu(), []
    original = pretend.ENDPOINTS["/shop/spu/add"]

    def peek(request):
        step = Step.objects.get(operation="catalog.submit_spu")
        seen.append((step.state, step.payload == request.data))
        return original[1](request)

    pretend.ENDPOINTS["/shop/spu/add"] = ("POST", peek)
    try:
        submit_spu(spu)
    finally:
        pretend.ENDPOINTS["/shop/spu/add"] = original
    assert seen == [(State.SENT, True)]
    assert Step.objects.get(operation="catalog.submit_spu").payload is None


def test_what_makes_one_record_wait_lets_the_others_go_on(platform, drain):
    """1000019 is about one product: its step comes back in an hour, the endpoint does not rest."""
    first, second = make_spu(), make_spu()
    platform.fault("error", "/shop/spu/add", errcode=1000019)
    job = jobs.start(submit_spu, [first, second])
    jobs.work(job.pk)
    waiting, done = job.steps.order_by("id")
    assert (waiting.state, waiting.errcode, done.state) == (State.WANTED, 1000019, State.DONE)
    assert 3500 < (waiting.next_attempt_at - timezone.now()).total_seconds() <= 3600
    assert not Pace.objects.filter(endpoint="/shop/spu/add", paused_until__gt=0).exists()


def test_a_record_that_always_has_to_wait_is_refused_in_the_end(platform):
    spu = make_spu()
    platform.fault("error", "/shop/spu/add", errcode=1000013, left=99)
    job = jobs.start(submit_spu, [spu])
    for _time in range(failing.MOST_ATTEMPTS):
        job.steps.update(next_attempt_at=later(seconds=-1))
        jobs.work(job.pk)
    assert job.steps.get().state == State.REFUSED
    assert len(platform.ledger("spu/add")) == failing.MOST_ATTEMPTS


@pytest.mark.parametrize("kind", ["timeout_before", "timeout_after", "error_after", "reset_after", "garbage"])
def test_what_is_safe_to_repeat_is_repeated_by_the_sweep(platform, kind):
    image = make_document().image
    platform.fault(kind, "/shop/img/upload", errcode=-1)
    with pytest.raises(Unreachable):
        upload_image(image)
    Step.objects.update(next_attempt_at=later(seconds=-1))
    recovery.sweep()
    image.refresh_from_db()
    assert image.link.startswith("https://mmecimage.cn/")
    assert Step.objects.get().state == State.DONE


def test_a_repeat_that_fails_again_waits_longer(platform):
    image = make_document().image
    platform.fault("timeout_before", "/shop/img/upload", left=9)
    with pytest.raises(Unreachable):
        upload_image(image)
    waits = []
    for _time in range(3):
        Step.objects.update(next_attempt_at=later(seconds=-1))
        recovery.sweep()
        waits.append((Step.objects.get().next_attempt_at - timezone.now()).total_seconds())
    assert waits[0] < waits[1] < waits[2]
    assert Step.objects.get().state == State.UNKNOWN


def test_a_sent_step_whose_worker_died_becomes_unknown_when_its_lease_ends(platform):
    brand = make_brand()
    operations.new_step(submit_brand, brand.pk, state=State.SENT, attempts=1, lease_until=later(seconds=30)).save()
    recovery.sweep()
    assert Step.objects.get().state == State.SENT
    Step.objects.update(lease_until=later(seconds=-1))
    recovery.sweep()
    assert Step.objects.get().state == State.UNKNOWN
    assert platform.ledger("audit_brand") == []


def test_a_step_that_died_while_preparing_frees_its_record(platform):
    brand = make_brand()
    operations.new_step(submit_brand, brand.pk, state=State.WANTED, attempts=1, lease_until=later(seconds=-1)).save()
    recovery.sweep()
    submit_brand(brand)
    assert [step.state for step in Step.objects.filter(operation=submit_brand.full_name).order_by("id")] == [
        "skipped",
        "done",
    ]


def test_a_worker_that_lost_its_step_records_nothing(platform):
    """Its lease ran out, somebody settled the step, and only then its answer came."""
    brand = make_brand()
    audit_ids = []

    @operations.operation(on=BrandQualification, name="slow", label="Slow", recover=operations.ASK)
    def slow(record: BrandQualification, sent: dict):
        Step.objects.update(state=State.SKIPPED)
        return lambda: audit_ids.append("recorded")

    try:
        with pytest.raises(Conflict, match="resolved by somebody else"):
            slow(brand)
    finally:
        del operations.registry["qualifications.slow"]
    assert audit_ids == []


def test_a_step_is_settled_once(platform):
    brand = make_brand()
    platform.fault("timeout_after", "/shop/audit/audit_brand")
    with pytest.raises(Unreachable):
        submit_brand(brand)
    step = Step.objects.unknown().get()
    recovery.resolve_as_lost(step)
    with pytest.raises(Conflict):
        recovery.resolve_as_lost(step)


def test_what_the_answer_changes_and_the_end_of_the_step_are_one_commit(platform):
    """If recording fails the step is not done either, and is found by the sweep."""
    brand = make_brand()

    @operations.operation(on=BrandQualification, name="half", label="Half", recover=operations.ASK)
    def half(record: BrandQualification, sent: dict):
        def keep():
            record.rounds.create(audit_id="half")
            raise RuntimeError("disk full")

        return keep

    try:
        with pytest.raises(RuntimeError):
            half(brand)
    finally:
        del operations.registry["qualifications.half"]
    assert brand.rounds.count() == 0
    assert Step.objects.get().state == State.UNKNOWN


def test_a_paused_endpoint_leaves_a_direct_step_closed_and_says_when(platform):
    from wechat import pace

    pace.take("/shop/account/get_brand_list")
    pace.pause("/shop/account/get_brand_list", 45009)
    with pytest.raises(Paused):
        pull_granted_brands(listed("granted_brands"))
    assert Step.objects.get().state == State.SKIPPED


def test_the_service_settings_are_sent_and_what_wechat_has_is_kept(platform):
    info = AccountInfo.objects.create(
        service_agent_phone="020-888888",
        receiver_name="王芳",
        tel_number="13800138000",
        detailed_address="文三路 100 号",
    )
    send_account_info(info)
    (sent,) = platform.ledger("update_info")
    assert sent.request["service_agent_type"] == [0, 2]
    assert sent.request["default_receiving_address"] == {
        "receiver_name": "王芳",
        "detailed_address": "文三路 100 号",
        "tel_number": "13800138000",
        "country": "中国",
    }
    info.refresh_from_db()
    assert info.platform["service_agent_type"] == [0, 2]


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"official_service": False}, ["official_service"]),
        ({"receiver_name": "王芳"}, ["tel_number", "detailed_address"]),
    ],
)
def test_service_settings_wechat_would_not_accept_are_named_at_their_field(platform, fields, missing):
    info = AccountInfo.objects.create(**fields)
    with pytest.raises(Conflict) as caught:
        send_account_info(info)
    assert list(caught.value.fields) == missing
    assert platform.ledger("update_info") == []


def test_wechats_refusal_of_the_settings_is_kept(platform):
    platform.fault("error", "/shop/account/update_info", errcode=40097)
    with pytest.raises(BadInput):
        send_account_info(AccountInfo.objects.create())
    assert Step.objects.get().errcode == 40097


@pytest.mark.django_db(transaction=True)
def test_of_many_clicks_at_once_one_wins_and_one_call_is_made(platform):
    brand = make_brand()

    def click():
        return submit_brand(BrandQualification.objects.get(pk=brand.pk))

    outcomes = at_once(6, click)
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 5
    assert len(platform.ledger("audit_brand")) == 1


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_wechat_is_asked(platform):
    from django.db import connection

    from sandbox import platform as pretend

    seen = []
    original = pretend.ENDPOINTS["/shop/audit/audit_brand"]

    def watch(request):
        seen.append(connection.in_atomic_block)
        return original[1](request)

    pretend.ENDPOINTS["/shop/audit/audit_brand"] = ("POST", watch)
    try:
        submit_brand(make_brand())
    finally:
        pretend.ENDPOINTS["/shop/audit/audit_brand"] = original
    assert seen == [False]


def test_calls_are_pruned_after_their_days(platform, settings):
    from wechat import tasks

    refresh_account_info(AccountInfo.objects.create())
    Call.objects.filter(endpoint="/shop/account/get_info").update(created_at=later(days=-settings.WECHAT_KEEP_DAYS - 1))
    assert tasks.prune() == 1
    assert Step.objects.count() == 1


def test_a_step_whose_operation_is_gone_is_named_and_closed_by_the_sweep(platform, client, drain):
    """An operation that a new version no longer has breaks no page, no job and no sweep."""
    brand = make_brand()
    unknown = operations.new_step(submit_brand, brand.pk, state=State.UNKNOWN, next_attempt_at=timezone.now())
    unknown.operation = "qualifications.praise_brand"
    unknown.save()
    job = jobs.start(submit_brand, [make_brand()])
    Job.objects.update(operation="qualifications.praise_brand")
    job.steps.update(operation="qualifications.praise_brand")
    client.force_login(make_user("owner"))
    pages = [f"/admin/qualifications/brandqualification/{brand.pk}/change/", "/admin/wechat/step/", "/admin/"]
    pages += [f"/admin/console/job/{job.pk}/change/", f"/api/v1/jobs/{job.pk}/", "/admin/console/job/"]
    for page in pages:
        assert client.get(page).status_code == 200, page
    assert "praise_brand" in client.get("/admin/wechat/step/").content.decode()
    drain()
    recovery.sweep()
    unknown.refresh_from_db()
    waiting = job.steps.get()
    assert (unknown.state, waiting.state) == (State.SKIPPED, State.SKIPPED)
    assert "qualifications.praise_brand" in unknown.message and unknown.message == waiting.message
    submit_brand(brand)
