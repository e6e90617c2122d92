import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path


def pack(folder: Path, target: Path, renew: Callable[[], None] = lambda: None) -> None:
    """A zip of the folder, which is deleted then; readable for us alone, and there under its name only when whole."""
    part = target.with_name(target.name + ".part")
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        open(os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive,
    ):
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            archive.write(path, f"everything/{path.relative_to(folder)}")
            renew()
    os.replace(part, target)
    shutil.rmtree(folder)
