"""What is taken as a picture, and what is done to it before WeChat sees it."""

import io
import struct

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Picture

from tests.conftest import FIELD_CASES
from wechat.pictures import MAX_BYTES, prepared, sentences

needs_field_cases = pytest.mark.skipif(
    not FIELD_CASES.exists(), reason="../shared/field-cases is not beside this checkout"
)
ORIENTATION = 0x0112


def encoded(picture: Picture.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def noise(width: int, height: int, sigma: int = 60) -> Picture.Image:
    return Picture.effect_noise((width, height), sigma).convert("RGB")


def turned(degrees_code: int) -> Picture.Exif:
    exif = Picture.Exif()
    exif[ORIENTATION] = degrees_code
    return exif


def codes(content: bytes) -> list[str]:
    return [code for code, _values in prepared(content).done]


def opened(content: bytes) -> Picture.Image:
    return Picture.open(io.BytesIO(prepared(content).content))


@pytest.mark.parametrize(
    "content",
    [
        encoded(noise(40, 30), "JPEG"),
        encoded(noise(40, 30), "JPEG", progressive=True),
        encoded(noise(40, 30).convert("L"), "JPEG"),
        encoded(noise(40, 30), "PNG"),
        encoded(noise(40, 30).convert("RGBA"), "PNG"),
        encoded(noise(40, 30).convert("P"), "PNG"),
        encoded(noise(40, 30), "JPEG", exif=turned(1)),
        encoded(noise(40, 30), "JPEG") + b"what a camera writes behind it",
        encoded(noise(40, 30), "MPO", save_all=True, append_images=[noise(40, 30)]),
    ],
)
def test_what_needs_nothing_keeps_its_bytes(content):
    assert (prepared(content).content == content, prepared(content).done) == (True, [])


def test_a_photo_with_a_second_picture_behind_it_is_a_jpeg():
    assert prepared(encoded(noise(40, 30), "MPO", save_all=True, append_images=[noise(40, 30)])).kind == "JPEG"


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_photo_is_turned_upright(kind):
    picture = Picture.new("RGB", (40, 20), "white")
    picture.paste("black", (0, 0, 20, 20))
    content = encoded(picture, kind, exif=turned(6))
    upright = opened(content)
    assert (codes(content), upright.size, upright.getexif().get(ORIENTATION)) == (["turned"], (20, 40), None)
    assert (upright.getpixel((10, 5))[0] < 10, upright.getpixel((10, 35))[0] > 245) == (True, True)


def test_the_colours_of_print_become_those_of_a_screen():
    content = encoded(Picture.new("CMYK", (20, 20), (0, 255, 255, 0)), "JPEG")
    red, green, blue = opened(content).getpixel((5, 5))
    assert (codes(content), red > 200, green < 60, blue < 60) == (["colours"], True, True, True)


def test_sixteen_bits_become_eight():
    content = encoded(Picture.new("I;16", (20, 20), 128 * 256), "PNG")
    assert (codes(content), opened(content).mode, opened(content).getpixel((1, 1))) == (
        ["colours"],
        "RGB",
        (128, 128, 128),
    )


@pytest.mark.parametrize(
    ("content", "kind", "expected"),
    [
        (encoded(noise(40, 30), "WEBP"), "JPEG", ["converted"]),
        (encoded(Picture.new("RGBA", (40, 30), (1, 2, 3, 9)), "WEBP", lossless=True), "PNG", ["converted"]),
        (encoded(noise(40, 30), "BMP"), "PNG", ["converted"]),
        (encoded(noise(40, 30).convert("P"), "GIF"), "PNG", ["converted"]),
        (
            encoded(noise(40, 30), "GIF", save_all=True, append_images=[noise(40, 30)]),
            "PNG",
            ["first_frame", "converted"],
        ),
    ],
)
def test_other_kinds_are_converted(content, kind, expected):
    assert (prepared(content).kind, codes(content), opened(content).size) == (kind, expected, (40, 30))


@pytest.mark.parametrize(("size", "long_side"), [((5000, 3700), 2000), ((1300, 1200), 1300)])
def test_a_large_photo_is_made_smaller_and_stays_readable(size, long_side):
    content = encoded(noise(*size), "JPEG", quality=99, subsampling=0)
    assert len(content) > MAX_BYTES
    result = prepared(content)
    assert ([code for code, _values in result.done], len(result.content) <= MAX_BYTES) == (["shrunk"], True)
    assert max(opened(content).size) >= long_side
    assert prepared(content).content == result.content


def test_a_large_drawing_with_nothing_behind_it_gets_a_white_ground():
    picture = noise(1300, 1200, 30).convert("RGBA")
    picture.putpixel((0, 0), (0, 0, 0, 0))
    picture.paste((0, 0, 0, 0), (0, 0, 200, 200))
    content = encoded(picture, "PNG")
    assert codes(content) == ["flattened", "converted", "shrunk"]
    assert min(opened(content).getpixel((50, 50))) > 250


def test_a_long_strip_keeps_its_width():
    strip = Picture.linear_gradient("L").resize((790, 14_000)).convert("RGB")
    content = encoded(strip, "BMP")
    assert opened(content).size == (790, 14_000)


def test_what_could_not_be_read_any_more_is_refused():
    content = encoded(noise(1000, 9000, 120), "JPEG", quality=99)
    with pytest.raises(ValidationError, match="could not be read any more"):
        prepared(content)


def test_what_was_done_is_said():
    done = [["turned", {}], ["converted", {"old": "WEBP", "new": "JPG"}], ["of another version", {}]]
    assert sentences(done) == ["Turned upright, as the camera had noted.", "Converted from WEBP to JPG."]


def cut_short(content: bytes) -> list[bytes]:
    half = len(content) // 2
    return [content[:half], content[:-40], content[:half] + bytes(half)]


@pytest.mark.parametrize(
    "content",
    [
        *cut_short(encoded(noise(400, 300), "JPEG")),
        *cut_short(encoded(noise(400, 300), "JPEG", progressive=True)),
        *cut_short(encoded(noise(400, 300), "JPEG", exif=turned(6))),
        *cut_short(encoded(noise(400, 300), "PNG")),
        *cut_short(encoded(noise(400, 300), "WEBP"))[:2],
        *cut_short(encoded(noise(400, 300), "BMP"))[:2],
        *cut_short(encoded(noise(400, 300).convert("P"), "GIF"))[:2],
    ],
)
def test_a_picture_that_is_not_whole_is_refused(content):
    with pytest.raises(ValidationError, match=r"cannot be opened whole|not a JPG or PNG"):
        prepared(content)


def test_a_flipped_bit_in_a_png_is_noticed():
    content = bytearray(encoded(noise(40, 30), "PNG"))
    content[len(content) // 2] ^= 1
    with pytest.raises(ValidationError, match="cannot be opened whole"):
        prepared(bytes(content))


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1"])
def test_heic_is_refused_in_words(brand):
    with pytest.raises(ValidationError, match=r"HEIC photo.*save it as JPG"):
        prepared(b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0mif1heic" + b"\0" * 300)


def webp_of(width: int, height: int) -> bytes:
    """Only its head: the size it says it has."""
    head = b"VP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + (width - 1).to_bytes(3, "little")
    head += (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", len(head) + 4) + b"WEBP" + head


@pytest.mark.parametrize(
    "content",
    [
        encoded(Picture.new("1", (20_000, 20_000)), "PNG"),
        encoded(Picture.new("1", (8000, 6500)), "PNG"),
        encoded(Picture.new("1", (9800, 9800)), "PNG"),
        encoded(Picture.new("P", (8000, 6500)), "GIF"),
        encoded(Picture.new("L", (8000, 6500)), "JPEG"),
    ],
)
def test_more_than_50_million_pixels_are_refused_before_they_are_decoded(content, monkeypatch):
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda self: pytest.fail("decoded"))
    with pytest.raises(ValidationError, match="more than 50 million pixels"):
        prepared(content)


SEEDS = [
    encoded(noise(60, 40), "JPEG", exif=turned(6)),
    encoded(noise(60, 40), "JPEG", progressive=True),
    encoded(noise(60, 40), "MPO", save_all=True, append_images=[noise(60, 40)]),
    encoded(noise(60, 40).convert("CMYK"), "JPEG"),
    encoded(noise(60, 40), "PNG", exif=turned(6)),
    encoded(Picture.new("I;16", (60, 40), 30_000), "PNG"),
    encoded(noise(60, 40), "GIF", save_all=True, append_images=[noise(60, 40)]),
    encoded(noise(60, 40), "WEBP"),
    encoded(noise(60, 40), "WEBP", lossless=True),
    encoded(noise(60, 40), "BMP"),
    webp_of(16_000, 16_000),
]
changes = st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 255)), max_size=8)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(SEEDS), changes, st.none() | st.integers(0, 20_000), st.binary(max_size=20))
def test_no_bytes_do_anything_but_pass_or_be_refused(seed, changed, length, behind):
    content = bytearray(seed)
    for at, byte in changed:
        content[at % len(content)] = byte
    if length is not None:
        content = content[: length % len(content)]
    try:
        assert len(prepared(bytes(content) + behind).content) <= MAX_BYTES
    except ValidationError:
        pass


@given(
    st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM", b"RIFF\0\0\0\0WEBP"]), st.binary()
)
def test_no_start_alone_makes_a_picture(start, rest):
    with pytest.raises(ValidationError):
        prepared(start + rest)


@needs_field_cases
def test_the_field_case_of_a_phone_photo_is_taken():
    content = (FIELD_CASES / "phone-photo-mpo.jpg").read_bytes()
    assert prepared(content) == (content, "JPEG", [])


@needs_field_cases
def test_the_field_case_of_half_a_licence_is_refused():
    with pytest.raises(ValidationError, match="cannot be opened whole"):
        prepared((FIELD_CASES / "licence-cut-short.jpg").read_bytes())
