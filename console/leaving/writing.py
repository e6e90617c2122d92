"""All tables and files into a folder; what is whole is in its manifest, so that a killed run goes on behind it."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import models
from django.utils import timezone

from wechat.chunks import chunks_of
from wechat.models import Image

from ..health_page import console_version
from ..keeping import files_of, of
from . import tables
from .columns import exported

MANIFEST = "manifest.json"


class Everything:
    """One export into `folder`, which is ours alone; `clear` writes personal data as it is.

    `claim` is called before each table and before it is noted as whole, `renew` while a table is written.
    """

    def __init__(
        self,
        folder: Path,
        *,
        clear: bool,
        claim: Callable[[], None] = lambda: None,
        renew: Callable[[], None] = lambda: None,
    ) -> None:
        self.folder, self.clear, self.claim, self.renew = folder, clear, claim, renew
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)  # it may have been there
        self.manifest = self._begun() or {
            "console": console_version(),
            "appid": settings.WECHAT_APPID,
            "begun_at": timezone.now().isoformat(),
            "personal_data": "clear" if clear else "masked",
            "tables": {},
            "files": None,
            "complete": False,
        }

    @property
    def rows(self) -> int:
        return sum(table["rows"] for table in self.manifest["tables"].values())

    def _begun(self) -> dict[str, Any] | None:
        """The manifest of a run that was stopped; one with other personal data is begun anew."""
        try:
            manifest = json.loads((self.folder / MANIFEST).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        return manifest if manifest["personal_data"] == ("clear" if self.clear else "masked") else None

    def write(self, report: Callable[[str, int], None] = lambda name, rows: None) -> None:
        """Write what is missing; `report` hears of each table."""
        for model in exported():
            name = model._meta.label_lower
            if name not in self.manifest["tables"]:
                self.claim()
                table = tables.write(model, self.folder, clear=self.clear, renew=lambda rows: self.renew())
                self.manifest["tables"][name] = table
                self._note()
            report(name, self.manifest["tables"][name]["rows"])
        self.manifest["files"] = self._copy_files()
        self.manifest |= {"complete": True, "finished_at": timezone.now().isoformat()}
        self._note()

    def _note(self) -> None:
        self.claim()
        path = self.folder / MANIFEST
        part = path.with_suffix(".part")
        part.write_text(json.dumps(self.manifest, ensure_ascii=False, indent=1), encoding="utf-8")
        os.replace(part, path)

    def _copy_files(self) -> dict[str, Any]:
        hidden = set() if self.clear else personal_pictures()
        told: dict[str, Any] = {"count": 0, "bytes": 0, "missing": [], "left_out": 0}
        for row, name in _files():
            if isinstance(row, Image) and row.pk in hidden:
                told["left_out"] += 1
                continue
            try:
                told["bytes"] += self._copy(name)
                told["count"] += 1
            except FileNotFoundError:
                told["missing"].append(name)
            self.renew()
        return told

    def _copy(self, name: str) -> int:
        target = self.folder / "files" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with default_storage.open(name, "rb") as source:
            if not target.exists() or target.stat().st_size != source.size:
                with target.open("wb") as copy:
                    shutil.copyfileobj(source, copy)
        return target.stat().st_size


def _files() -> Iterator[tuple[models.Model, str]]:
    """The files that rows name; those of downloads are no data of the shop."""
    for model in exported():
        if model._meta.label != "console.Export":
            for field in files_of(model):
                for chunk in chunks_of(model._base_manager.exclude(**{field.name: ""})):
                    yield from ((row, str(getattr(row, field.name))) for row in chunk)


def personal_pictures() -> set[int]:
    """Pictures of people's papers, and what was handed in of a buyer: they go out with personal data only."""
    found: set[int] = set()
    for model in apps.get_models():
        names = of(model).personal if model._meta.app_label != "sandbox" else frozenset()
        for field in [*model._meta.fields, *model._meta.many_to_many]:
            if field.name in names and field.related_model is Image:
                found.update(model._base_manager.exclude(**{field.name: None}).values_list(field.name, flat=True))
    return found
