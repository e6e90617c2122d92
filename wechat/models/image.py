from hashlib import sha256
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from wechat.pictures import MAX_ORIGINAL, prepared, sentences

TYPES = {"JPEG": ("jpg", "image/jpeg"), "PNG": ("png", "image/png")}


def _stored(name: str, content: bytes) -> str:
    """Store the bytes under their hash as the name and return it; a complete file of that name is not written again."""
    if default_storage.exists(name) and default_storage.size(name) == len(content):
        return name
    return default_storage.save(name, ContentFile(content))


class ImageManager(models.Manager["Image"]):
    def keep(self, file: UploadedFile) -> "Image":
        """The one Image of these bytes, made such as WeChat takes it. Raises ValidationError."""
        content = file.read(MAX_ORIGINAL + 1) if (file.size or 0) <= MAX_ORIGINAL else b""
        if max(file.size or 0, len(content)) > MAX_ORIGINAL:
            raise ValidationError(
                _("The file is far too large: pictures of at most %(size)d MB are taken."),
                "too_large",
                {"size": MAX_ORIGINAL >> 20},
            )
        source = sha256(content).hexdigest()
        if known := self.filter(source_sha256=source).first():
            return known
        content, kind, done = prepared(content)
        digest = sha256(content).hexdigest()
        if stored := self.filter(sha256=digest).first():
            stored.done = done
            return stored
        ending, content_type = TYPES[kind]
        image = self.model(
            sha256=digest,
            source_sha256=source,
            done=done,
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
    # Of the bytes that were chosen: they are prepared once, and give the same picture with every version of Pillow.
    source_sha256 = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    done = models.JSONField(default=list, editable=False)  # what was done to those bytes: [[code, values]]
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
    def warnings(self) -> list[str]:
        """What was done to the chosen file before it was kept."""
        return sentences(self.done)

    @property
    def state_label(self) -> str:
        return str(_("at WeChat") if self.link else _("not uploaded yet"))
