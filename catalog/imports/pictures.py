"""Finds the pictures named in a sheet: files in the zip, https addresses, or pictures that exist already."""

import re
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import IO
from urllib.parse import urlsplit

import requests
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import gettext as _
from requests_hardened import Config, Manager  # type: ignore[import-untyped]  # it has no stubs

from wechat.models import Image
from wechat.pictures import MAX_ORIGINAL

MAX_FILES = 50_000
AT_ONCE = 8
KEPT = 20_000  # names remembered within one import
_OURS = re.compile(r"^([0-9a-f]{64})\.(jpg|png)$")
# Protection against SSRF: no private networks, no redirects, and the IP address that was checked is the one connected
# to.
outside = Manager(
    Config(ip_filter_enable=True, ip_filter_allow_loopback_ips=False, never_redirect=True, default_timeout=(3, 10))
)


class Pictures:
    """Finds Images by the names in a sheet, with an error message for each that is not available."""

    def __init__(self, packed: IO[bytes] | None = None):
        self._zip = _open(packed) if packed else None
        self._files: dict[str, list[zipfile.ZipInfo]] = {}
        self._known: dict[str, int] = {}
        for info in self._zip.infolist() if self._zip else []:
            if not info.is_dir():
                name = _decoded(info).casefold()
                for key in {name, name.rsplit("/", 1)[-1]}:
                    self._files.setdefault(key, []).append(info)

    def look(self, names: set[str]) -> dict[str, str]:
        """{name: error message} of those that are not available; nothing is downloaded."""
        faults = {}
        for name in names - self._find_known(names):
            try:
                _address(name) if "://" in name else self._info(name)
            except ValidationError as error:
                faults[name] = error.messages[0]
        return faults

    def get(self, names: set[str]) -> tuple[dict[str, int], dict[str, str]]:
        """({name: key of its Image}, {name: error message})."""
        missing = names - self._find_known(names)
        faults: dict[str, str] = {}
        remote = sorted(name for name in missing if "://" in name)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            fetched = dict(zip(remote, pool.map(_fetched, remote), strict=True)) if remote else {}
        for name in missing:
            try:
                content = fetched[name] if name in fetched else self._unpacked(name)
                if isinstance(content, ValidationError):
                    raise content
                self._remember(name, Image.objects.keep(SimpleUploadedFile(name.rsplit("/", 1)[-1], content)).pk)
            except ValidationError as error:
                faults[name] = error.messages[0]
        return {name: self._known[name] for name in names if name in self._known}, faults

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

    def _info(self, name: str) -> zipfile.ZipInfo:
        files = self._files.get(name.replace("\\", "/").casefold(), [])
        if not files:
            message = (
                _("“%(name)s” is not in the zip.") if self._zip else _("“%(name)s”: add the zip with the pictures.")
            )
            raise ValidationError(message % {"name": name})
        if len(files) > 1:
            raise ValidationError(_("“%(name)s” is in the zip twice: write its folder too.") % {"name": name})
        if files[0].file_size > MAX_ORIGINAL:
            raise ValidationError(
                _("“%(name)s” is larger than %(size)d MB.") % {"name": name, "size": MAX_ORIGINAL >> 20}
            )
        return files[0]

    def _unpacked(self, name: str) -> bytes:
        info = self._info(name)
        try:
            with self._zip.open(info) as file:  # type: ignore[union-attr]
                return file.read(MAX_ORIGINAL + 1)
        except (zipfile.BadZipFile, RuntimeError, OSError) as error:
            raise ValidationError(_("“%(name)s” cannot be unpacked.") % {"name": name}) from error


def _open(file: IO[bytes]) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(getattr(file, "file", file))
    except zipfile.BadZipFile as error:
        raise ValidationError(_("The file with the pictures is not a zip.")) from error
    if len(archive.infolist()) > MAX_FILES:
        raise ValidationError(_("The zip holds more than %(count)d files.") % {"count": MAX_FILES})
    return archive


def _decoded(info: zipfile.ZipInfo) -> str:
    """A file's name as it was written: Chinese systems zip names in their own encoding."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return info.filename


def _address(name: str) -> str:
    parts = urlsplit(name)
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.password:
        raise ValidationError(_("“%(name)s”: only https addresses are supported.") % {"name": name})
    return name


def _fetched(name: str) -> bytes | ValidationError:
    try:
        _address(name)
        with outside.send_request("GET", name, stream=True) as response:
            if response.status_code != 200:
                return ValidationError(
                    _("“%(name)s” could not be downloaded: HTTP %(status)s.")
                    % {"name": name, "status": response.status_code}
                )
            content = response.raw.read(MAX_ORIGINAL + 1, decode_content=True)
    except ValidationError as error:
        return error
    except (requests.RequestException, OSError, ValueError) as error:
        return ValidationError(
            _("“%(name)s” could not be downloaded (%(why)s).") % {"name": name, "why": type(error).__name__}
        )
    return content
