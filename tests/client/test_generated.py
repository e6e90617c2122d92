"""What `make client` writes is what is committed: the client cannot drift from the API."""

import json
import subprocess
import sys

from django.core.management import call_command
from trading_console.resources import Resources
from trading_console.transport import Transport

from tests.processes import ROOT

PACKAGE = ROOT / "clients/python/trading_console"


def write(folder):
    """What the API's document of this moment gives, into a folder; returns the document."""
    document = folder / "document.json"
    call_command("spectacular", lang="en", format="openapi-json", file=str(document))
    for script, target in (("python/generate.py", folder), ("postman.py", folder / "postman.json")):
        subprocess.run([sys.executable, str(ROOT / "clients" / script), str(document), str(target)], check=True)
    return json.loads(document.read_text())


def test_the_client_and_the_collection_are_those_of_the_document(tmp_path):
    document = write(tmp_path)
    for path in (PACKAGE / "schemas.py", PACKAGE / "resources.py", ROOT / "clients/postman.json"):
        same = path.read_text() == (tmp_path / path.name).read_text()
        assert same, f"{path.name} is not that of the API any more: run `make client`, and commit what it writes."
    operations = sum(len(methods) for methods in document["paths"].values())
    resources = vars(Resources(Transport("http://127.0.0.1", "", 1, 1, 1, ""))).values()
    assert sum(len([name for name in vars(type(one)) if name[0] != "_"]) for one in resources) == operations
    folders = json.loads((ROOT / "clients/postman.json").read_text())["item"]
    assert sum(len(folder["item"]) for folder in folders) == operations
