"""Disputes: found by polling alone, shown in the platform's words, answered with evidence; complaints kept as told."""

from io import StringIO

import pytest
from django.core.management import call_command

from aftersales.models import Aftersale, Complaint, Dispute, Evidence
from aftersales.operations import hand_in_evidence, pull_disputes, refresh_claim, reject_claim
from sandbox.endpoints import complaint as court
from sandbox.endpoints import ecaftersale as counter
from sandbox.models import Push
from tests.aftersales.conftest import ours
from tests.aftersales.test_aftersales import prepare
from tests.factories import make_image, make_user
from wechat.errors import Unreachable
from wechat.models import Image, PulledList, Step

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/admin/aftersales/dispute/"


@pytest.fixture
def disputed(platform, bought, hear):
    """A refused after-sale that the buyer brought before the platform."""
    aftersale = platform.apply(bought(shipped=True).out_order_id, "red")
    hear()
    known = ours(aftersale)
    prepare(known)
    reject_claim(known)
    return counter.intervene(platform.aftersale(aftersale.aftersale_id))


def pull() -> Dispute:
    pull_disputes(PulledList.objects.get(name="disputes"))
    return Dispute.objects.get()


def words(response) -> str:
    import html
    import re

    return " ".join(re.sub(r"<[^>]+>", " ", html.unescape(response.content.decode())).split())


def test_a_dispute_is_found_by_polling_for_nothing_tells_of_it(disputed, hear):
    hear()
    assert not Dispute.objects.exists()
    dispute = pull()
    assert dispute.aftersale == Aftersale.objects.get()
    assert dispute.order == dispute.aftersale.order
    assert dispute.state_label == dispute.flow[-1]["state_describe"]
    court.ask_proof(disputed)
    assert pull().expired_at


def test_a_message_makes_it_read_again(disputed, hear, platform):
    dispute = pull()
    before = len(dispute.flow)
    court.ask_proof(disputed)
    assert Push.objects.filter(event="complaint_notify").exists()
    hear()
    dispute.refresh_from_db()
    assert dispute.state == disputed.__class__.objects.get(pk=disputed.pk).state
    assert len(dispute.flow) > before


@pytest.mark.parametrize(("buyer_wins", "status"), [(True, 13), (False, 19)])
def test_the_judgement_ends_the_claim(disputed, hear, buyer_wins, status):
    pull()
    counter.judge(disputed, buyer_wins)
    hear()
    assert Aftersale.objects.get().status == status


def test_evidence_is_handed_in_once_with_its_pictures(disputed, client, drain, platform):
    dispute = pull()
    client.force_login(make_user("customer_service"))
    image = make_image()
    fields = {
        "evidence_text": "11 月 20 日签收，附签收照片",
        "evidence_images": [image.pk],
        "evidence_images-shown": "1",
    }
    client.post(f"{PAGE}{dispute.pk}/change/", fields | {"_operation": "hand_in_evidence"})
    drain()
    sent = platform.ledger("upload_material")[0].request["material_info"]
    assert sent == {"content": "11 月 20 日签收，附签收照片", "media_url_list": [Image.objects.get(pk=image.pk).link]}
    assert Evidence.objects.get().content == "11 月 20 日签收，附签收照片"
    dispute.refresh_from_db()
    assert (dispute.evidence_text, dispute.evidence_images.count()) == ("", 0)
    page = words(client.get(f"{PAGE}{dispute.pk}/change/"))
    assert "Handed in" in page and dispute.flow[0]["event_describe"] in page


def test_evidence_of_unknown_fate_is_never_handed_in_twice_by_itself(disputed, platform, client):
    from wechat.steps import recovery

    dispute = pull()
    dispute.evidence_text = "说明"
    dispute.save()
    platform.fault("timeout_after", "/shop/complaint/upload_material")
    with pytest.raises(Unreachable):
        hand_in_evidence(dispute)
    Step.objects.filter(state="unknown").update(next_attempt_at="2026-01-01T00:00:00Z")
    recovery.sweep()
    assert len(platform.ledger("upload_material")) == 1
    assert Step.objects.get(operation="aftersales.hand_in_evidence").state == "unknown"
    # Somebody writes on, and somebody sees at WeChat that it is there.
    Dispute.objects.update(evidence_text="还有一句")
    client.force_login(make_user("owner"))
    page = client.get(f"{PAGE}{dispute.pk}/change/")
    assert "WeChat has it" in words(page) and "audit_id" not in words(page)
    step = Step.objects.get(state="unknown")
    client.post(f"{PAGE}{dispute.pk}/settle/{step.pk}/", {"received": "1"})
    recovery.sweep()
    assert Evidence.objects.get().content == "说明"
    assert Dispute.objects.get().evidence_text == "还有一句"
    assert len(platform.ledger("upload_material")) == 1


def test_the_evidence_pack_holds_all_there_is_to_say(disputed, client):
    dispute = pull()
    dispute.evidence_images.add(make_image())
    client.force_login(make_user("customer_service"))
    pack = client.get(f"{PAGE}{dispute.pk}/pack.html")
    text = words(pack)
    aftersale = Aftersale.objects.get()
    for wanted in (
        aftersale.order.out_order_id,
        f"SF-{aftersale.order_id}",
        "不符合退款条件",
        dispute.flow[0]["event_describe"],
    ):
        assert wanted in text, wanted
    assert "data:image/png;base64," in pack.content.decode()
    assert aftersale.order.openid not in text and "13800138000" not in text
    client.force_login(make_user("warehouse"))
    assert client.get(f"{PAGE}{dispute.pk}/pack.html").status_code == 403


def test_a_complaint_is_kept_as_it_was_told_with_its_phone_sealed(disputed, hear, client, platform):
    from django.db import connection

    order = platform.order(Aftersale.objects.get().order.out_order_id)
    court.complain(order, "客服不理人")
    hear()
    from wechat import callbacks
    from wechat.models import Callback

    callbacks.replay(Callback.objects.filter(event__startswith="complaint"))
    hear()
    complaint = Complaint.objects.get()
    assert complaint.content == "客服不理人"
    assert complaint.phone_number
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone_number, told FROM aftersales_complaint")
        sealed, told = cursor.fetchone()
    assert complaint.phone_number.encode() not in bytes(sealed)
    assert complaint.phone_number not in str(told)
    client.force_login(make_user("customer_service"))
    page = client.get(f"/admin/aftersales/complaint/{complaint.pk}/change/")
    assert "客服不理人" in words(page)
    assert complaint.phone_number not in words(page)


def test_commands_pull_claims_and_disputes(disputed, platform):
    out = StringIO()
    call_command("pull_aftersales", stdout=out)
    call_command("pull_disputes", stdout=out)
    assert "1 rows" in out.getvalue()
    assert Dispute.objects.count() == 1
    platform.fault("error", errcode=48001)
    with pytest.raises(SystemExit):
        call_command("pull_disputes", stdout=out, stderr=StringIO())
    assert refresh_claim


def test_all_fourteen_events_have_a_handler(api_json):
    from wechat.callbacks import handlers

    wanted = {name for name in api_json["events"] if name.startswith("aftersale_")}
    assert len(wanted) == 14
    assert wanted | {"complaint_notify", "complaint_callback"} <= set(handlers)
