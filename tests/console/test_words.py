"""What a worker stored in one language is shown in the reader's, in pages and in the API."""

import polib
import pytest
from django.utils import translation
from django.utils.translation import gettext as _

from console.words import PLACE, retold
from tests.catalog.test_sheets import as_csv, line, looked_through
from tests.conftest import ROOT
from tests.factories import free_category, make_user


@pytest.mark.parametrize("stored", ["en", "zh-hans"])
@pytest.mark.parametrize("shown", ["en", "zh-hans"])
@pytest.mark.parametrize(
    ("msgid", "values"),
    [
        ("The price is needed.", {}),
        ("“%(text)s” is not an amount in yuan, such as 19.90.", {"text": "12元5"}),
        ("The rows of one product must be next to each other; this one is also on row %(row)d.", {"row": 12}),
        ("The order is “%(state)s”.", {"state": "?"}),
    ],
)
def test_a_sentence_is_told_again_in_the_readers_language(stored, shown, msgid, values):
    with translation.override(stored):
        text = _(msgid) % values if values else _(msgid)
    with translation.override(shown):
        assert retold(text) == (_(msgid) % values if values else _(msgid))


def test_a_word_of_ours_within_a_sentence_is_told_again_too():
    with translation.override("zh-hans"):
        text = _("The order is “%(state)s”.") % {"state": _("To be shipped")}
    assert retold(text) == "The order is “To be shipped”."


def test_several_sentences_are_told_one_by_one():
    with translation.override("zh-hans"):
        text = f"{_('The price is needed.')} {_('The title is needed.')}"
    assert retold(text) == "The price is needed. The title is needed."


@pytest.mark.parametrize("text", ["", "invalid openid rid: 6", "TypeError: 'x'", "100% 棉", "%(x)s"])
def test_what_is_no_sentence_of_ours_stays(text):
    assert retold(text) == text


def test_every_sentence_of_the_catalogue_comes_back():
    """With plain values; of two sentences that look alike in one language either will do, where both say the same."""
    catalogue = polib.pofile(str(ROOT / "locale/zh_Hans/LC_MESSAGES/django.po"))
    wrong = []
    for entry in catalogue:
        if entry.msgctxt or entry.msgid_plural or not entry.msgid.endswith((".", "。")):
            continue
        values = {name: 7 if kind == "d" else f"x{name}" for name, kind in PLACE.findall(entry.msgid) if name}
        chinese, english = (entry.msgstr % values, entry.msgid % values) if values else (entry.msgstr, entry.msgid)
        if retold(chinese) != english:
            with translation.override("zh-hans"):
                if retold(retold(chinese)) != chinese:
                    wrong.append(entry.msgid)
        with translation.override("zh-hans"):
            if retold(english) != chinese:
                wrong.append(entry.msgid)
    assert wrong == []


def test_the_faults_of_an_import_are_shown_in_the_readers_language(client):
    free_category()
    with translation.override("zh-hans"):
        batch = looked_through(as_csv([line(sale_price="")]))
    client.force_login(make_user("owner"))
    with translation.override("en"):  # the last request leaves its language behind
        for language, sentence in (("en", "The price is needed."), ("zh-hans", "请填写售价。")):
            answer = client.get(f"/api/v1/product-imports/{batch.pk}/", headers={"Accept-Language": language})
            shown = answer.json()["rows"][0]["errors"]["sale_price"][0]
            page = client.get(f"/admin/catalog/batch/{batch.pk}/change/", headers={"Accept-Language": language})
            assert shown in page.content.decode()
            if language == "en":
                assert shown == sentence
