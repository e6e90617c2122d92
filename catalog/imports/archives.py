"""The files in a zip by the names that people write in a sheet, and the pictures that WPS keeps inside a workbook."""

import posixpath
import re
import unicodedata
import zipfile
import zlib
from typing import IO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from lxml import etree

from console.uploads import MAX_UPLOAD, bare
from wechat.pictures import MAX_ORIGINAL

MAX_FILES = 50_000
MAX_DIRECTORY = 20 * 1024 * 1024  # bytes of a zip's list of files: so many are read before they can be counted
FOLDERS = 6  # how many folders a name may be written with
MAX_XML = 20 * 1024 * 1024
CELL_PICTURE = re.compile(r'=?\s*(?:_xlfn\.)?DISPIMG\(\s*"([^"]{1,100})"\s*(?:,\s*\d+\s*)?\)', re.I)
_END = b"PK\x05\x06"
_EMBED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}embed"
_parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


class Archive:
    """A zip. Its files are found by name, or by name and folders, whatever system packed it."""

    def __init__(self, file: IO[bytes]):
        self._zip = opened(file)
        if len(self._zip.infolist()) > MAX_FILES:
            raise _too_many_files()
        self._paths: dict[str, list[zipfile.ZipInfo]] = {}
        self._names: dict[str, list[zipfile.ZipInfo]] = {}
        for info in self._zip.infolist():
            if not info.is_dir():
                self._add(info)

    def _add(self, info: zipfile.ZipInfo) -> None:
        names: set[str] = set()
        for path in {plain(written) for written in _written(info)}:
            parts = path.split("/")
            if "__macosx" in parts or parts[-1].startswith("._"):
                continue  # what a Mac keeps beside each file
            self._paths.setdefault(path, []).append(info)
            names |= {"/".join(parts[-count:]) for count in range(1, FOLDERS + 1)}
        for name in names:
            self._names.setdefault(name, []).append(info)

    def find(self, name: str) -> zipfile.ZipInfo | None:
        """The file at this path, or the only one of this name; raises ValidationError where there are several."""
        files = self._paths.get(plain(name)) or self._names.get(plain(name), [])
        if len(files) > 1:
            raise ValidationError(_("“%(name)s” is in the zip twice: write its folder too.") % {"name": name})
        return files[0] if files else None

    def read(self, info: zipfile.ZipInfo) -> bytes:
        return unpacked(self._zip, info)


class Workbook:
    """The pictures in the cells of an XLSX as WPS writes them: a cell holds their id only, `=DISPIMG("ID_…",1)`."""

    def __init__(self, file: IO[bytes]):
        self._zip = opened(file)
        self._targets = self._read_targets()

    def _read_targets(self) -> dict[str, str]:
        """{id: path in the workbook}"""
        try:
            pictures, relations = self._xml("xl/cellimages.xml"), self._xml("xl/_rels/cellimages.xml.rels")
        except (KeyError, ValidationError, etree.XMLSyntaxError):
            return {}
        files = {
            str(relation.get("Id")): posixpath.normpath(posixpath.join("/xl", str(relation.get("Target")))).lstrip("/")
            for relation in relations.iter("{*}Relationship")
            if relation.get("TargetMode") != "External"
        }
        targets: dict[str, str] = {}
        for picture in pictures.iter("{*}cellImage"):
            label, shown = picture.find(".//{*}cNvPr"), picture.find(".//{*}blip")
            if label is not None and shown is not None and shown.get(_EMBED) in files:
                targets[str(label.get("name")).casefold()] = files[str(shown.get(_EMBED))]
        return targets

    def _xml(self, path: str) -> etree._Element:
        info = self._zip.getinfo(path)
        if info.file_size > MAX_XML:
            raise ValidationError(path)
        return etree.fromstring(unpacked(self._zip, info), _parser)

    def find(self, key: str) -> zipfile.ZipInfo | None:
        try:
            return self._zip.getinfo(self._targets[key.casefold()])
        except KeyError:
            return None

    def read(self, info: zipfile.ZipInfo) -> bytes:
        return unpacked(self._zip, info)


def plain(name: str) -> str:
    """One spelling of a path: Macs write accents apart from their letters, Windows turns the slashes."""
    return unicodedata.normalize("NFC", name).replace("\\", "/").strip("/").casefold()


def check_size(size: int) -> None:
    """Refuse a zip of pictures that is too large; raises ValidationError."""
    if size > MAX_UPLOAD:
        raise ValidationError(
            _("The zip with the pictures is %(size)d MB; at most %(most)d MB are taken. Import in several parts.")
            % {"size": size >> 20, "most": MAX_UPLOAD >> 20}
        )


def opened(file: IO[bytes]) -> zipfile.ZipFile:
    file = bare(file)
    try:
        _refuse_long_directory(file)
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError) as error:
        raise ValidationError(_("The file with the pictures is not a zip.")) from error


def unpacked(packed: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    try:
        with packed.open(info) as file:
            return file.read(MAX_ORIGINAL + 1)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, EOFError, ValueError) as error:
        raise ValidationError(_("“%(name)s” cannot be unpacked.") % {"name": info.filename}) from error


def _refuse_long_directory(file: IO[bytes]) -> None:
    """`zipfile` reads the whole list of files at once: a list of millions is refused by what the zip's end says."""
    end = file.seek(0, 2)
    file.seek(max(0, end - 65_557))
    tail = file.read()
    file.seek(0)
    at = tail.rfind(_END)
    if at >= 0 and int.from_bytes(tail[at + 12 : at + 16], "little") > MAX_DIRECTORY:
        raise _too_many_files()


def _too_many_files() -> ValidationError:
    return ValidationError(_("The zip holds more than %(count)d files.") % {"count": MAX_FILES})


def _written(info: zipfile.ZipInfo) -> set[str]:
    """A file's name as it may have been written: without the flag of UTF-8 it is in UTF-8 (Macs), GBK or cp437."""
    names = {info.filename}
    if not info.flag_bits & 0x800:
        for encoding in ("utf-8", "gb18030"):
            try:
                names.add(info.orig_filename.encode("cp437").decode(encoding))
            except UnicodeError:
                pass
    return names
