"""Finds the pictures named in a sheet: files in the zip or in its cells, https addresses, pictures we have."""

import re
import zipfile
from collections.abc import Iterable, Iterator
from itertools import islice
from time import monotonic
from typing import IO
from urllib.parse import urlsplit

import requests
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import gettext as _
from requests_hardened import Config, Manager  # type: ignore[import-untyped]  # it has no stubs
from urllib3.exceptions import HTTPError

from console.threads import together
from wechat.models import Image
from wechat.pictures import MAX_ORIGINAL

from .archives import CELL_PICTURE, Archive, Workbook

AT_ONCE = 8
FETCH_SECONDS = 30  # for one picture, from the first byte asked to the last one read
KEPT = 20_000  # names remembered within one import
_OURS = re.compile(r"^([0-9a-f]{64})\.(jpg|png)$")
# Protection against SSRF: no private networks, no redirects, and the IP address that was checked is the one connected
# to.
outside = Manager(
    Config(ip_filter_enable=True, ip_filter_allow_loopback_ips=False, never_redirect=True, default_timeout=(3, 10))
)


class Pictures:
    """Finds Images by the names in a sheet, with an error message for each that is not available.

    `zips` and `workbooks`: of the sheet itself first, then of those it mends.
    """

    def __init__(self, *zips: IO[bytes], workbooks: Iterable[IO[bytes]] = ()):
        self._archives = [Archive(file) for file in zips]
        self._workbook_files = list(workbooks)
        self._workbooks: list[Workbook] | None = None
        self._known: dict[str, int] = {}
        self.notes: list[str] = []  # what was done to those kept

    def look(self, names: set[str]) -> dict[str, str]:
        """{name: error message} of those that are not available; nothing is downloaded."""
        faults = {}
        for name in names - self._find_known(names):
            try:
                _address(name) if "://" in name else self._locate(name)
            except ValidationError as error:
                faults[name] = error.messages[0]
        return faults

    def known(self, names: set[str]) -> dict[str, int]:
        """{name: key of its Image} of those that are stored already."""
        return {name: self._known[name] for name in self._find_known(names)}

    def get(self, names: set[str]) -> tuple[dict[str, int], dict[str, str]]:
        """({name: key of its Image}, {name: error message})."""
        missing = sorted(names - self._find_known(names))
        faults: dict[str, str] = {}
        for name, content in self._contents(missing):
            try:
                if isinstance(content, ValidationError):
                    raise content
                image = Image.objects.keep(SimpleUploadedFile(name.rsplit("/", 1)[-1], content))
                self._remember(name, image.pk)
                self.notes += [f"“{name}”: {line}" for line in image.warnings]
            except ValidationError as error:
                faults[name] = error.messages[0]
        return {name: self._known[name] for name in names if name in self._known}, faults

    def _contents(self, names: list[str]) -> Iterator[tuple[str, bytes | ValidationError]]:
        """One after the other, and a handful of downloads at a time: they are large."""
        remote = iter([name for name in names if "://" in name])
        while together := list(islice(remote, AT_ONCE)):
            yield from _fetched_together(together).items()
        for name in names:
            if "://" not in name:
                yield name, self._unpacked(name)

    def _find_known(self, names: set[str]) -> set[str]:
        unknown = names - self._known.keys()
        digests = {match.group(1): name for name in unknown if (match := _OURS.match(name))}
        links = [name for name in unknown if "://" in name]
        for pk, link in Image.objects.filter(link__in=links).values_list("pk", "link") if links else []:
            self._remember(link, pk)
        for pk, digest in Image.objects.filter(sha256__in=digests).values_list("pk", "sha256") if digests else []:
            self._remember(digests[digest], pk)
        return names & self._known.keys()

    def _remember(self, name: str, pk: int) -> None:
        if len(self._known) >= KEPT:
            self._known.clear()
        self._known[name] = pk

    def _locate(self, name: str) -> tuple[Archive | Workbook, zipfile.ZipInfo]:
        place = self._in_cell(name) or self._in_zip(name)
        if place[1].file_size > MAX_ORIGINAL:
            text = _("“%(name)s” is larger than %(size)d MB.")
            raise ValidationError(text % {"name": name, "size": MAX_ORIGINAL >> 20})
        return place

    def _in_cell(self, name: str) -> tuple[Workbook, zipfile.ZipInfo] | None:
        match = CELL_PICTURE.fullmatch(name)
        if not match:
            return None
        if self._workbooks is None:
            self._workbooks = [Workbook(file) for file in self._workbook_files]
        for workbook in self._workbooks:
            if info := workbook.find(match.group(1)):
                return workbook, info
        text = _(
            "The picture inside the cell (%(name)s) cannot be read from this file. "
            "Put the picture into the zip and write its file name into the cell."
        )
        raise ValidationError(text % {"name": name})

    def _in_zip(self, name: str) -> tuple[Archive, zipfile.ZipInfo]:
        for archive in self._archives:
            if info := archive.find(name):
                return archive, info
        text = _("“%(name)s” is not in the zip.") if self._archives else _("“%(name)s”: add the zip with the pictures.")
        raise ValidationError(text % {"name": name})

    def _unpacked(self, name: str) -> bytes | ValidationError:
        try:
            source, info = self._locate(name)
            return source.read(info)
        except ValidationError as error:
            return error


def _address(name: str) -> str:
    parts = urlsplit(name)
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.password:
        raise ValidationError(_("“%(name)s”: only https addresses are supported.") % {"name": name})
    return name


def _fetched_together(names: list[str]) -> dict[str, bytes | ValidationError]:
    until = monotonic() + FETCH_SECONDS
    found = together(lambda name: _fetched(name, until), names, FETCH_SECONDS)
    return {name: found[nth] if nth in found else _too_slow(name) for nth, name in enumerate(names)}


def _fetched(name: str, until: float) -> bytes | ValidationError:
    try:
        _address(name)
        with outside.send_request("GET", name, stream=True) as response:
            if response.status_code != 200:
                return ValidationError(
                    _("“%(name)s” could not be downloaded: HTTP %(status)s.")
                    % {"name": name, "status": response.status_code}
                )
            content = bytearray()
            # `read1` returns what has arrived: `read` would wait for all that was asked for.
            while len(content) <= MAX_ORIGINAL and (part := response.raw.read1(1 << 16, decode_content=True)):
                content += part
                if monotonic() > until:
                    return _too_slow(name)
    except ValidationError as error:
        return error
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        return ValidationError(
            _("“%(name)s” could not be downloaded (%(why)s).") % {"name": name, "why": type(error).__name__}
        )
    return bytes(content)


def _too_slow(name: str) -> ValidationError:
    return ValidationError(
        _("“%(name)s” could not be downloaded within %(seconds)d seconds.") % {"name": name, "seconds": FETCH_SECONDS}
    )
