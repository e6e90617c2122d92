"""Pictures: really pictures, small enough, each kept once."""

import io
from hashlib import sha256

import pytest
from django.core.exceptions import ValidationError
from PIL import Image as Picture

from tests.factories import picture, upload
from wechat.models import Image
from wechat.operations import upload_image


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"this is text called png", "not a JPG or PNG"),
        (b"", "empty"),
        (b"GIF89a" + b"\x00" * 100, "not a JPG or PNG"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "not a JPG or PNG"),
        (picture("JPEG", 200)[:-100], "cannot be opened whole"),
        (b"x" * 41 * 1024 * 1024, "far too large"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a JPG or PNG"),
    ],
)
def test_what_wechat_would_not_take_is_refused_with_a_sentence(content, words):
    with pytest.raises(ValidationError, match=words):
        Image.objects.keep(upload("a.png", content) if content else _empty())
    assert not Image.objects.exists()


def _empty():
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile("a.png", b"")


def test_a_picture_that_would_unpack_to_gigabytes_is_refused():
    buffer = io.BytesIO()
    Picture.new("1", (20_000, 20_000)).save(buffer, "PNG")
    with pytest.raises(ValidationError):
        Image.objects.keep(upload("bomb.png", buffer.getvalue()))


def test_the_same_bytes_are_one_picture_whatever_their_names():
    content = picture()
    first, second = Image.objects.keep(upload("a.png", content)), Image.objects.keep(upload("b.png", content))
    assert first.pk == second.pk


def test_what_had_to_be_changed_is_one_picture_too_and_says_what_was_done():
    content = picture("WEBP")
    first, second = Image.objects.keep(upload("a.webp", content)), Image.objects.keep(upload("b.webp", content))
    assert (first.pk, first.warnings) == (second.pk, ["Converted from WEBP to JPG."])
    assert (first.content_type, first.file.name) == ("image/jpeg", f"images/{first.sha256[:2]}/{first.sha256}.jpg")
    with first.file.open("rb") as file:
        assert Image.objects.keep(upload("c.jpg", file.read())).pk == first.pk


def test_what_was_taken_before_it_was_looked_through_is_looked_through_when_it_is_chosen_again():
    content = picture("JPEG", 200)[:-100]
    Image.objects.create(sha256=sha256(content).hexdigest(), name="half.jpg")
    with pytest.raises(ValidationError, match="cannot be opened whole"):
        Image.objects.keep(upload("half.jpg", content))


def test_its_name_on_disk_is_ours_and_not_the_uploaders():
    image = Image.objects.keep(upload("../../etc/passwd.png"))
    assert image.file.name == f"images/{image.sha256[:2]}/{image.sha256}.png"


def test_a_jpeg_called_png_is_kept_as_what_it_is():
    image = Image.objects.keep(upload("a.png", picture("JPEG")))
    assert (image.content_type, image.file.name.endswith(".jpg")) == ("image/jpeg", True)


def test_an_uploaded_picture_is_never_uploaded_again(platform):
    image = Image.objects.keep(upload())
    upload_image(image)
    link = image.link
    upload_image(image)
    assert (image.link, len(platform.ledger("upload"))) == (link, 1)
