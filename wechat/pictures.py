"""What is taken as a picture: opened whole, turned upright, and a JPG or PNG of at most 2 MB that can still be read.

A JPG or PNG that needs nothing keeps its bytes.
"""

import io
from collections.abc import Callable
from math import ceil
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from PIL import Image as Picture
from PIL import ImageCms, ImageOps
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

MAX_BYTES = 2 * 1024 * 1024  # what WeChat takes
MAX_ORIGINAL = 20 * MAX_BYTES  # what is made smaller
MAX_PIXELS = 50_000_000
# A paper has to stay readable: no shorter than this, and no worse than the last quality.
LONG_SIDE, SHORT_SIDE = 2000, 750
FIRST_PIXELS = 12_000_000  # how many are tried first
QUALITIES = (95, 90, 85, 80)
MAX_PROFILE = 100_000
SMALL = 4_000_000  # pixels up to which a lossless copy is tried first
# The classes and not `Picture.open`: that one takes the JPEG of a phone, with a second picture behind it, for an MPO.
READERS: dict[str, Callable[[io.BytesIO], ImageFile]] = {
    "JPEG": JpegImageFile,
    "PNG": PngImageFile,
    "GIF": GifImageFile,
    "WEBP": WebPImageFile,
    "BMP": BmpImageFile,
}
NAMES = {"JPEG": "JPG"}
HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1")
DONE = {
    "turned": _("Turned upright, as the camera had noted."),
    "colours": _("Its colours were converted to RGB."),
    "first_frame": _("Only the first picture of the animation was kept."),
    "flattened": _("What was transparent became white."),
    "converted": _("Converted from %(old)s to %(new)s."),
    "shrunk": _("Made smaller: %(old)s MB became %(new)s MB, %(width)d × %(height)d pixels."),
}
Done = list  # [code, values] as JSON keeps it


class Prepared(NamedTuple):
    content: bytes
    kind: str  # JPEG or PNG
    done: list[Done]


def prepared(content: bytes) -> Prepared:
    """The picture as WeChat takes it, and what was done to it; raises ValidationError only."""
    kind = _kind(content)
    picture = _opened(content, kind)
    try:
        done, upright = _corrected(picture, content, kind)
        if not done and kind in ("JPEG", "PNG") and len(content) <= MAX_BYTES:
            return Prepared(content, kind, [])
        return _saved(upright, content, kind, done)
    except ValidationError:
        raise
    except Exception as error:
        raise _not_whole() from error


def sentences(done: list[Done]) -> list[str]:
    """What was done, in the reader's language."""
    return [str(DONE[code]) % values for code, values in done if code in DONE]


def _kind(content: bytes) -> str:
    if not content:
        raise ValidationError(_("The file is empty."), "empty")
    if content[4:8] == b"ftyp" and any(brand in content[8:32] for brand in HEIC) and b"avif" not in content[8:32]:
        raise ValidationError(
            _(
                "This is a HEIC photo of an iPhone; WeChat takes JPG and PNG only. Open it and save it as JPG. "
                "New photos are JPG after “Most Compatible” is chosen under Settings, Camera, Formats."
            ),
            "heic",
        )
    starts = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG", b"GIF8": "GIF", b"BM": "BMP"}
    for start, kind in starts.items():
        if content.startswith(start):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    raise _no_picture()


def _opened(content: bytes, kind: str) -> ImageFile:
    """The picture with all its pixels, which are counted before they are decoded."""
    try:
        picture = READERS[kind](io.BytesIO(content))
    except (Picture.DecompressionBombError, Picture.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    except Exception as error:
        raise _no_picture() from error
    if picture.width * picture.height > min(MAX_PIXELS, Picture.MAX_IMAGE_PIXELS or MAX_PIXELS):
        raise _too_many_pixels()
    try:
        if kind == "PNG":
            READERS[kind](io.BytesIO(content)).verify()  # the checksums, which decoding does not look at
        if kind == "JPEG" and len(content) > MAX_BYTES:
            # It will be made smaller: reading it at a half or a quarter takes that much less memory.
            scale = _scales(picture.width, picture.height)[0]
            picture.draft(picture.mode, (ceil(picture.width * scale), ceil(picture.height * scale)))
        picture.load()
    except Exception as error:
        raise _not_whole() from error
    if kind == "JPEG" and not _has_end(content):
        raise _not_whole()
    return picture


def _has_end(content: bytes) -> bool:
    """Whether the JPEG's data has its end: a download that broke off is often filled up with zeros, which decode."""
    at = 2
    while at + 4 <= len(content):
        if content[at] != 0xFF:
            at += 1
        elif content[at + 1] == 0xDA:
            return content.find(b"\xff\xd9", at) > 0
        elif content[at + 1] in (0x00, 0x01, 0xFF) or 0xD0 <= content[at + 1] <= 0xD8:
            at += 1
        else:
            at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return False


def _corrected(picture: ImageFile, content: bytes, kind: str) -> tuple[list[Done], Picture.Image]:
    """The picture upright and in RGB."""
    done: list[Done] = []
    upright: Picture.Image = picture
    if _orientation(picture) in range(2, 9):
        upright = ImageOps.exif_transpose(picture)
        done.append(["turned", {}])
    if upright.mode not in ("1", "L", "LA", "P", "RGB", "RGBA") or (kind == "PNG" and content[24] == 16):
        upright = _in_rgb(upright)
        done.append(["colours", {}])
    if kind in ("GIF", "WEBP") and getattr(picture, "is_animated", False):
        done.append(["first_frame", {}])
    return done, upright


def _orientation(picture: ImageFile) -> Any:
    try:
        return picture.getexif().get(0x0112)
    except Exception:
        return None


def _in_rgb(picture: Picture.Image) -> Picture.Image:
    if picture.mode == "I;16":
        return Picture.frombytes("L", picture.size, picture.tobytes()[1::2]).convert("RGB")
    if picture.mode in ("RGB", "RGBA"):
        return picture
    if picture.mode == "CMYK" and (profile := picture.info.pop("icc_profile", None)):
        try:
            source, target = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(picture, source, target, outputMode="RGB")
            if converted is not None:
                converted.info.pop("icc_profile", None)
                return converted
        except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
            pass  # a broken profile: the colours are nearly right without it
    return picture.convert("RGB")


def _saved(picture: Picture.Image, content: bytes, kind: str, done: list[Done]) -> Prepared:
    if picture.mode == "P":
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    clear = picture.has_transparency_data
    if (kind != "JPEG" and kind != "WEBP") or clear:
        lossless = _encoded(picture, "PNG") if picture.width * picture.height <= SMALL else None
        if lossless and len(lossless) <= MAX_BYTES:
            return Prepared(lossless, "PNG", _told(done, content, lossless, kind, "PNG", picture))
    if clear:
        done = [*done, ["flattened", {}]]
        picture = _on_white(picture)
    smaller, encoded = _small_jpeg(picture, len(content))
    return Prepared(encoded, "JPEG", _told(done, content, encoded, kind, "JPEG", smaller))


def _told(
    done: list[Done], content: bytes, encoded: bytes, kind: str, new_kind: str, picture: Picture.Image
) -> list[Done]:
    if kind != new_kind:
        done = [*done, ["converted", {"old": NAMES.get(kind, kind), "new": NAMES.get(new_kind, new_kind)}]]
    if len(content) > MAX_BYTES:
        sizes = {"old": _megabytes(len(content)), "new": _megabytes(len(encoded))}
        done = [*done, ["shrunk", {**sizes, "width": picture.width, "height": picture.height}]]
    return done


def _small_jpeg(picture: Picture.Image, size: int) -> tuple[Picture.Image, bytes]:
    """The largest copy under 2 MB that is still readable."""
    if picture.mode not in ("L", "RGB"):
        profile = picture.info.get("icc_profile")
        picture = picture.convert("L" if picture.mode in ("1", "LA") else "RGB")
        picture.info["icc_profile"] = profile
    for scale in _scales(picture.width, picture.height):
        sides = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        smaller = picture if scale == 1 else picture.resize(sides, Picture.Resampling.LANCZOS, reducing_gap=3)
        smaller.info["icc_profile"] = picture.info.get("icc_profile")
        for quality in QUALITIES:
            encoded = _encoded(smaller, "JPEG", quality=quality)
            if len(encoded) <= MAX_BYTES:
                return smaller, encoded
            if len(encoded) > 4 * MAX_BYTES:
                break
    raise ValidationError(
        _(
            "The picture is %(size)s MB; WeChat takes at most 2 MB, and made that small it could not be read any more. "
            "Cut it to what matters, or into several pictures, and choose it again."
        ),
        "too_large",
        {"size": _megabytes(size)},
    )


def _scales(width: int, height: int) -> list[float]:
    """From the largest down to the least that is readable; a long strip keeps its width."""
    long, short = max(width, height), min(width, height)
    least = min(1.0, max(LONG_SIDE / long, SHORT_SIDE / short))
    first = min(1.0, max((FIRST_PIXELS / (width * height)) ** 0.5, least))
    steps = 3 if first > least else 0
    return [first, *(first * (least / first) ** (step / steps) for step in range(1, steps + 1))]


def _encoded(picture: Picture.Image, kind: str, **options: Any) -> bytes:
    profile = picture.info.get("icc_profile")
    buffer = io.BytesIO()
    picture.save(buffer, kind, icc_profile=profile if profile and len(profile) <= MAX_PROFILE else None, **options)
    return buffer.getvalue()


def _on_white(picture: Picture.Image) -> Picture.Image:
    white = Picture.new("RGB", picture.size, "white")
    clear = picture.convert("RGBA")
    white.paste(clear, mask=clear.getchannel("A"))
    white.info["icc_profile"] = picture.info.get("icc_profile")
    return white


def _megabytes(size: int) -> str:
    return f"{max(0.1, size / 1024 / 1024):.1f}"


def _no_picture() -> ValidationError:
    return ValidationError(
        _("This is not a JPG or PNG picture, whatever its name says. Open it and save it as JPG or PNG."),
        "not_an_image",
    )


def _not_whole() -> ValidationError:
    return ValidationError(
        _(
            "The picture cannot be opened whole: a part of the file is missing or damaged. "
            "Copy it again from where it came, look at it, and choose it again."
        ),
        "not_whole",
    )


def _too_many_pixels() -> ValidationError:
    return ValidationError(
        _("The picture has more than %(count)d million pixels. Save it smaller and choose it again."),
        "too_many_pixels",
        {"count": MAX_PIXELS // 1_000_000},
    )
