"""Every string a person reads is there in Chinese."""

import ast
import re
import shutil
import subprocess
import sys

import polib
import pytest
from django.test import Client
from django.utils.translation.trans_real import DjangoTranslation

from tests.processes import ROOT

CATALOGUE = ROOT / "locale/zh_Hans/LC_MESSAGES/django.po"
PLACEHOLDER = re.compile(r"%\([a-z_]+\)[sd]|%[sd]|\{\{[^}]*\}\}")


def key(entry: polib.POEntry) -> tuple[str | None, str]:
    return entry.msgctxt, entry.msgid


def chinese(entry: polib.POEntry) -> str:
    """The translation; Chinese has one form for every number."""
    return entry.msgstr or entry.msgstr_plural[0]


def test_nothing_is_untranslated_or_fuzzy():
    catalogue = polib.pofile(str(CATALOGUE))
    assert [entry.msgid for entry in catalogue.untranslated_entries()] == []
    assert [entry.msgid for entry in catalogue.fuzzy_entries()] == []


def test_every_placeholder_is_kept():
    for entry in polib.pofile(str(CATALOGUE)):
        placeholders = sorted(set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid)))
        for text in [entry.msgstr, *entry.msgstr_plural.values()]:
            if text:
                assert sorted(set(PLACEHOLDER.findall(text))) == placeholders, entry.msgid


def test_the_compiled_catalogue_is_the_written_one():
    compiled = {key(entry): chinese(entry) for entry in polib.mofile(str(CATALOGUE.with_suffix(".mo")))}
    written = {key(entry): chinese(entry) for entry in polib.pofile(str(CATALOGUE))}
    assert compiled == written


def test_the_words_of_django_and_its_apps_keep_their_chinese(settings):
    """Our catalogue goes before theirs: another translation of the same string would show on their pages too."""
    settings.LOCALE_PATHS = []
    theirs = DjangoTranslation("zh-hans")
    changed = {}
    for entry in polib.pofile(str(CATALOGUE)):
        if entry.msgctxt:
            text = theirs.pgettext(entry.msgctxt, entry.msgid)
        else:
            text = (
                theirs.ngettext(entry.msgid, entry.msgid_plural, 1)
                if entry.msgid_plural
                else theirs.gettext(entry.msgid)
            )
        if text not in (entry.msgid, chinese(entry)):
            changed[entry.msgid] = f"{chinese(entry)}, not {text}: give ours a context"
    assert changed == {}


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "label"), [("zh-hans", "密码:"), ("en", "Password:")])
def test_the_login_page_asks_for_the_password(language, label):
    page = Client(headers={"Accept-Language": language}).get("/admin/login/").content.decode()
    assert re.search(r'<label[^>]*for="id_password"[^>]*>([^<]*)</label>', page).group(1) == label


def test_every_string_in_the_code_is_in_the_catalogue(tmp_path):
    if not shutil.which("xgettext"):
        pytest.skip("gettext is not installed (apt-get install gettext)")
    copy = tmp_path / "project"
    ignored = shutil.ignore_patterns(".*", "var", "tests", "__pycache__", "*.mo")
    shutil.copytree(ROOT, copy, ignore=ignored)
    command = [sys.executable, "manage.py", "makemessages", "--locale", "zh_Hans", "--no-location", "--no-wrap"]
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "VAR_DIR": str(tmp_path / "var")}
    subprocess.run(command, cwd=copy, env=env, check=True, capture_output=True)
    gathered = polib.pofile(str(copy / CATALOGUE.relative_to(ROOT)))
    written = {key(entry) for entry in polib.pofile(str(CATALOGUE))}
    assert {key(entry) for entry in gathered if not entry.obsolete} - written == set()
    assert [key(entry) for entry in gathered.obsolete_entries()] == []


def test_no_gettext_goes_by_a_name_that_is_not_gathered():
    renamed = re.compile(r"import n?gettext(?:_lazy)? as (?!_\b)|, n?gettext(?:_lazy)? as (?!_\b)")
    ours = [path for path in ROOT.glob("[a-z]*/**/*.py") if renamed.search(path.read_text())]
    assert ours == []


def test_no_string_hides_in_an_f_string_where_it_would_not_be_gathered():
    hidden = []
    for folder in (
        "config",
        "qualifications",
        "catalog",
        "console",
        "wechat",
        "orders",
        "aftersales",
        "scenes",
        "walkthrough",
    ):
        for path in (ROOT / folder).rglob("*.py"):
            for text in ast.walk(ast.parse(path.read_text())):
                if isinstance(text, ast.JoinedStr):
                    calls = [node for node in ast.walk(text) if isinstance(node, ast.Call)]
                    hidden += [f"{path.name}:{call.lineno}" for call in calls if ast.unparse(call.func) == "_"]
    assert hidden == []
