"""A form field of pictures: thumbnails that can be removed and reordered, and files to add.

A valid file is stored at once, so that an error elsewhere on the form does not lose it.
"""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from wechat.models import Image

ACCEPT = "image/jpeg,image/png,image/webp,image/gif,image/bmp"


def notes(chosen_on: Iterable[forms.BaseForm]) -> list[str]:
    """What was done to the pictures that were chosen on these forms."""
    holders = [holder for form in chosen_on for holder in (form, *form.fields.values())]
    return [line for holder in holders for line in getattr(holder, "notes", [])]


def load_chosen(shown_on: Iterable[forms.BaseForm]) -> None:
    """Load the pictures that these forms show by one query, however many fields have some; none where all are here."""
    cells = [form[name] for form in shown_on for name in form.fields]
    cells = [cell for cell in cells if isinstance(cell.field.widget, PicturesWidget)]
    here = (image for cell in cells for image in cell.initial or [] if isinstance(image, Image))
    images = {image.pk: image for image in here}
    keys = {key for cell in cells for key in cell.field.widget.keys(cell.value())}
    images |= Image.objects.in_bulk(keys - images.keys())
    for cell in cells:
        cell.field.widget.images = images


def notes_on(file: UploadedFile, image: Image) -> list[str]:
    return [f"“{file.name}”: {line}" for line in image.warnings]


class ChosenFilesWidget(forms.Widget):
    """Its value is {keep: [keys], files: [uploads]}; `{name}-shown` is sent where the field was on the form."""

    needs_multipart_form = True
    accept = ACCEPT

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, list]:
        # A formset passes plain dicts where nothing was sent.
        kept = data.getlist(name) if hasattr(data, "getlist") else data.get(name, [])
        return {"keep": kept, "files": files.getlist(f"{name}-files") if hasattr(files, "getlist") else []}

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}-shown" not in data and name not in data

    def keys(self, value: Any) -> list[int]:
        if isinstance(value, dict):
            kept = [int(pk) for pk in value["keep"] if str(pk).isdigit()]
            return kept + [file.kept_as for file in value["files"] if getattr(file, "kept_as", None)]
        return [getattr(item, "pk", item) for item in value or []]


class ChosenFilesField(forms.ModelMultipleChoiceField):
    """Subclasses define `keep`, which stores a new file."""

    notes: list[str]  # what was done to the files

    def keep(self, file: UploadedFile) -> int:
        """Store a file; returns its key. Raises ValidationError."""
        raise NotImplementedError

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, dict) else super().prepare_value(value)

    def clean(self, value: Any) -> Any:
        added, errors = [], []
        self.notes = []
        for file in value.get("files", []):
            try:
                file.kept_as = self.keep(file)
                added.append(file.kept_as)
            except ValidationError as error:
                errors += [f"{file.name}: {line}" for line in error.messages]
        if errors:
            raise ValidationError(errors)
        return super().clean([*value.get("keep", []), *added])

    def has_changed(self, initial: Any, data: Any) -> bool:
        if isinstance(data, dict):
            before = [str(getattr(item, "pk", item)) for item in initial or []]
            return bool(data["files"]) or before != [str(key) for key in data["keep"]]
        return super().has_changed(initial, data)


class PicturesWidget(ChosenFilesWidget):
    template_name = "admin/pictures_widget.html"
    images: dict[int, Image] | None = None  # by key, where they were loaded for the whole page

    def __init__(self, attrs: dict[str, Any] | None = None, *, single: bool = False) -> None:
        super().__init__(attrs)
        self.single = single

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, None, attrs)
        keys = self.keys(value)
        images = Image.objects.in_bulk(keys) if self.images is None else self.images
        chosen = [images[key] for key in dict.fromkeys(keys) if key in images]
        context["widget"] |= {"chosen": chosen, "accept": self.accept, "single": self.single}
        return context


class PicturesField(ChosenFilesField):
    """A list of Images in the order chosen; with `single` at most one, the newest."""

    def __init__(self, *, single: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(queryset=Image.objects.all(), widget=PicturesWidget(single=single), **kwargs)
        self.single = single

    def keep(self, file: UploadedFile) -> int:
        image = Image.objects.keep(file)
        self.notes += notes_on(file, image)
        return image.pk

    def clean(self, value: Any) -> Any:
        by_id = {image.pk: image for image in super().clean(value)}
        order = self.widget.keys(value)
        images = [by_id[key] for key in dict.fromkeys(order) if key in by_id]
        return images[-1:] if self.single else images
