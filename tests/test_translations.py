"""Every string a person reads is there in Chinese."""

import ast
import re
import shutil
import subprocess
import sys

import polib
import pytest

from tests.processes import ROOT

CATALOGUE = ROOT / "locale/zh_Hans/LC_MESSAGES/django.po"
PLACEHOLDER = re.compile(r"%\([a-z_]+\)[sd]|%[sd]|\{\{[^}]*\}\}")


def test_nothing_is_untranslated_or_fuzzy():
    catalogue = polib.pofile(str(CATALOGUE))
    assert [entry.msgid for entry in catalogue.untranslated_entries()] == []
    assert [entry.msgid for entry in catalogue.fuzzy_entries()] == []


def test_every_placeholder_is_kept():
    for entry in polib.pofile(str(CATALOGUE)):
        wanted = sorted(set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid)))
        for text in [entry.msgstr, *entry.msgstr_plural.values()]:
            if text:
                assert sorted(set(PLACEHOLDER.findall(text))) == wanted, entry.msgid


def test_the_compiled_catalogue_is_the_written_one():
    compiled = {
        entry.msgid: entry.msgstr or entry.msgstr_plural for entry in polib.mofile(str(CATALOGUE.with_suffix(".mo")))
    }
    written = {entry.msgid: entry.msgstr or entry.msgstr_plural for entry in polib.pofile(str(CATALOGUE))}
    assert compiled == written


def test_every_string_in_the_code_is_in_the_catalogue(tmp_path):
    if not shutil.which("xgettext"):
        pytest.skip("gettext is not installed (apt-get install gettext)")
    copy = tmp_path / "project"
    ignored = shutil.ignore_patterns(".*", "var", "tests", "__pycache__", "*.mo")
    shutil.copytree(ROOT, copy, ignore=ignored)
    command = [sys.executable, "manage.py", "makemessages", "--locale", "zh_Hans", "--no-location", "--no-wrap"]
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "VAR_DIR": str(tmp_path / "var")}
    subprocess.run(command, cwd=copy, env=env, check=True, capture_output=True)
    found = polib.pofile(str(copy / CATALOGUE.relative_to(ROOT)))
    known = {entry.msgid for entry in polib.pofile(str(CATALOGUE))}
    assert {entry.msgid for entry in found if not entry.obsolete} - known == set()
    assert [entry.msgid for entry in found.obsolete_entries()] == []


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
