import io
from hashlib import sha256
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _
from PIL import Image as Picture
from PIL import UnidentifiedImageError

MAX_BYTES = 2 * 1024 * 1024
TYPES = {"JPEG": ("jpg", "image/jpeg"), "PNG": ("png", "image/png")}


def check_image(content: bytes) -> str:
    """The picture's format, JPEG or PNG, when it really is one; raises ValidationError."""
    if not content:
        raise ValidationError(_("The file is empty."), "empty")
    if len(content) > MAX_BYTES:
        size = f"{len(content) / 1024 / 1024:.1f}"
        raise ValidationError(
            _("The picture is %(size)s MB; WeChat takes at most 2 MB. Save it smaller and choose it again."),
            "too_large",
            {"size": size},
        )
    try:
        with Picture.open(io.BytesIO(content), formats=list(TYPES)) as picture:
            picture.verify()
            return picture.format or ""
    except (
        UnidentifiedImageError,
        OSError,
        SyntaxError,
        ValueError,
        Picture.DecompressionBombError,
    ) as error:
        raise ValidationError(
            _("This is not a JPG or PNG picture, whatever its name says. Open it and save it as JPG or PNG."),
            "not_an_image",
        ) from error


def _stored(name: str, content: bytes) -> str:
    """Store the bytes under their hash as the name and return it; a complete file of that name is not written again."""
    if default_storage.exists(name) and default_storage.size(name) == len(content):
        return name
    return default_storage.save(name, ContentFile(content))


class ImageManager(models.Manager["Image"]):
    def keep(self, file: UploadedFile) -> "Image":
        """The one Image of these bytes: stored once, however often they are chosen. Raises ValidationError."""
        if (file.size or 0) > 20 * MAX_BYTES:
            raise ValidationError(_("The file is far too large: WeChat takes at most 2 MB."), "too_large")
        content = file.read()
        kind = check_image(content)
        digest = sha256(content).hexdigest()
        ending, content_type = TYPES[kind]
        stored = self.filter(sha256=digest).first()
        if stored:
            return stored
        image = self.model(
            sha256=digest,
            file=_stored(f"images/{digest[:2]}/{digest}.{ending}", content),
            name=Path(file.name or "").name[-100:],
            content_type=content_type,
            size=len(content),
        )
        try:
            with transaction.atomic():
                image.save()
        except IntegrityError:
            return self.get(sha256=digest)
        return image


class Image(models.Model):
    """A picture and the addresses WeChat returned for it: uploaded once, then reused (BEHAVIOUR 3.5)."""

    sha256 = models.CharField(max_length=64, unique=True, null=True, editable=False)  # noqa: DJ001  empty is not unique
    file = models.FileField(_("file"), upload_to="images", blank=True)
    name = models.CharField(_("name"), max_length=100, blank=True)
    content_type = models.CharField(max_length=20, blank=True)
    size = models.PositiveIntegerField(_("bytes"), default=0)
    link = models.CharField(_("address at WeChat"), max_length=500, blank=True, db_index=True)
    media_id = models.CharField(max_length=200, blank=True)
    pay_media_id = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(_("added at"), auto_now_add=True)

    objects = ImageManager()

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")

    def __str__(self) -> str:
        return self.name or (self.sha256 or self.link)[:12]

    @property
    def may_upload(self) -> bool:
        return bool(self.file)

    @property
    def state_label(self) -> str:
        return str(_("at WeChat") if self.link else _("not uploaded yet"))
