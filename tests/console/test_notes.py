"""Notes beside a record: kept with who and when, shown in the timeline, and told to whom they mention."""

import pytest

from console.models import Mention, Note
from tests.console.pages import document, words
from tests.factories import make_order, make_spu, make_user, order_body

pytestmark = pytest.mark.django_db(transaction=True)


def write(client, spu, text):
    return client.post(f"/admin/catalog/spu/{spu.pk}/note/", {"text": text}, follow=True)


def test_a_note_stands_in_the_timeline_and_reaches_whom_it_mentions(client):
    wang, spu = make_user("product", username="wang.xm"), make_spu(title="法式碎花连衣裙")
    client.force_login(make_user("customer_service", username="li"))
    assert "Noted. → wang.xm" in words(write(client, spu, "尺码表不对，请 @wang.xm. 看一下，@nobody 也看"))
    page = client.get(f"/admin/catalog/spu/{spu.pk}/change/")
    assert "尺码表不对" in words(page)
    client.force_login(wang)
    today = client.get("/admin/")
    assert "For you 法式碎花连衣裙 尺码表不对" in words(today)
    (link,) = document(today).xpath("//h2[.='For you']/..//a/@href")
    client.get(link)
    assert "For you" not in words(client.get("/admin/"))
    assert Mention.objects.get().seen_at is not None


def test_a_note_is_never_changed_and_has_a_length(client):
    spu = make_spu()
    client.force_login(make_user("product"))
    for text in ("", "   ", "x" * 2001):
        assert "A note has 1 to 2000 characters." in words(write(client, spu, text))
    write(client, spu, "<b>ok</b>")
    note = Note.objects.get()
    note.text = "other"
    with pytest.raises(TypeError):
        note.save()
    assert "<b>ok</b>" in words(client.get(f"/admin/catalog/spu/{spu.pk}/change/"))


def test_who_may_only_look_writes_none(client, platform):
    order = make_order(order_body())
    url = f"/admin/orders/order/{order.pk}/note/"
    client.force_login(make_user("auditor"))
    page = client.get(f"/admin/orders/order/{order.pk}/change/")
    assert not document(page).xpath("//form[contains(@action, '/note/')]")
    assert client.post(url, {"text": "x"}).status_code == 403
    client.force_login(make_user("warehouse"))
    assert client.post(url, {"text": "x"}).status_code == 302
    assert Note.objects.count() == 1
