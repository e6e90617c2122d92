"""The house in order: what is written about the project is true."""

import ast
import re
import subprocess

import pytest

from tests.processes import ROOT


def variables() -> set[str]:
    """The names that the settings ask the environment for."""
    names = set()
    for file in ("settings", "databases"):
        for node in ast.walk(ast.parse((ROOT / f"config/{file}.py").read_text())):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                arguments = node.args[1:] if name == "database" else node.args
                if name in ("env", "database") or name.startswith("env."):
                    names |= {str(one.value) for one in arguments[:1] if isinstance(one, ast.Constant)}
    return names


def test_the_example_names_every_variable_and_no_other():
    named = set(re.findall(r"^#?([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))
    assert named == variables()


def test_the_lock_names_no_registry_and_pins_every_package_with_hashes():
    for name in ("base", "dev", "base-3.13", "dev-3.13"):
        lock = (ROOT / f"requirements/{name}.txt").read_text()
        assert "://" not in lock and "--index-url" not in lock and "--find-links" not in lock
        for package in re.split(r"\n(?=[a-z0-9])", lock.strip()):
            assert "==" in package and "--hash=sha256:" in package, package[:80]


def test_nothing_committed_names_a_path_of_one_machine():
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if files.returncode:
        pytest.skip("not a git checkout")
    for name in files.stdout.split():
        path = ROOT / name
        if path.suffix in (".png", ".mo") or not path.exists():
            continue
        assert f"{ROOT.parent}/" not in path.read_text(), name


def test_the_readme_names_commands_that_exist():
    from django.core.management import get_commands

    text = (ROOT / "README.md").read_text() + (ROOT / "CONTRIBUTING.md").read_text()
    named = set(re.findall(r"manage\.py ([a-z_]+)", text))
    assert named and named <= set(get_commands())
    rows = re.search(r"^\| command \(`\./manage\.py …`\).*?\n\n", text, re.M | re.S)
    table = set(re.findall(r"`([a-z_]+)`", "".join(re.findall(r"^\|[^|]+\|", rows[0], re.M))))
    assert len(table) > 30 and table <= set(get_commands())
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"make ([a-z]+)", text)) <= targets


def test_every_command_of_ours_is_in_the_readme():
    from django.core.management import get_commands

    folders = {path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()}
    ours = {name for name, app in get_commands().items() if app.split(".")[0] in folders}
    text = (ROOT / "README.md").read_text()
    assert {name for name in ours if f"`{name}`" in text or f"manage.py {name}" in text} == ours


def test_every_file_that_the_guide_names_is_there():
    named = set(re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", (ROOT / "CONTRIBUTING.md").read_text()))
    new = {path for path in named if "<" in path}
    assert len(named) > 20
    assert {path for path in named - new if not (ROOT / path).exists()} == set()
