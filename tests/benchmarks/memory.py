"""Peak memory of a process that reads what asks for too much, beside one that reads the same of a usual size.

    .venv/bin/python -m tests.benchmarks.memory

Each case runs in a process of its own. Printed are what its peak grew by, and what became of the input.
"""

import io
import resource
import subprocess
import sys
import zipfile

CASES = ["nothing", "sheet of 1,000 rows", "XFD1048576", "ALL200000", "5 MB of {}", "800 MB zip"]


def sheet(rows: int, far: str = "") -> io.BytesIO:
    from tests.sheets import with_xml, workbook

    file = workbook([["商品编号", "SKU 编号", "售价"], *[["p", f"p-{nth}", 12] for nth in range(rows)]])
    row = far.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    value = f'<row r="{row}"><c r="{far}" t="n"><v>1</v></c></row></sheetData>'
    return with_xml(file, "</sheetData>", value) if far else file


def read(file: io.BytesIO) -> str:
    from catalog.imports.columns import KEY, headers
    from console.sheets import read

    return f"{sum(1 for _row in read.table(file, headers(), {KEY}).rows)} rows"


def body() -> str:
    from console.parsers import JSON

    text = b'{"skus": [' + b",".join([b"{}"] * 1_600_000) + b"]}"
    data = JSON().parse(io.BytesIO(text), parser_context={})
    from catalog.serializers import SPUSerializer

    SPUSerializer().fields["skus"].run_validation(data["skus"])
    return "accepted"


def archive() -> str:
    from catalog.imports.archives import check_size

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("a.jpg", b"")
    check_size(800 * 1024 * 1024)
    return "accepted"


def run(case: str) -> str:
    if case == "nothing":
        return ""
    if case == "5 MB of {}":
        return body()
    if case == "800 MB zip":
        return archive()
    return read(sheet(1000) if case.startswith("sheet") else sheet(1, case))


def measure(case: str) -> None:
    import os
    import tempfile

    os.environ.setdefault("VAR_DIR", tempfile.mkdtemp(prefix="console-bench-"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    from django.core.exceptions import RequestDataTooBig, ValidationError
    from rest_framework.exceptions import ValidationError as FieldError

    import catalog.imports.columns
    import catalog.serializers  # noqa: F401  what every case needs is no case's own

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        outcome = run(case)
    except (ValidationError, FieldError, RequestDataTooBig) as error:
        outcome = f"refused: {getattr(error, 'messages', None) or getattr(error, 'detail', '') or type(error).__name__}"
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"{case:22} {peak:8.1f} MB  {outcome}")


if __name__ == "__main__":
    if sys.argv[1:]:
        measure(sys.argv[1])
    else:
        for name in CASES:
            subprocess.run([sys.executable, "-m", "tests.benchmarks.memory", name], check=True)
