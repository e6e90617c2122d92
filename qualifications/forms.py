"""Forms with fields in which papers are chosen or uploaded."""

from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminFileWidget
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.pictures import ACCEPT, ChosenFilesField, ChosenFilesWidget, notes_on
from wechat.models import Image
from wechat.values import text

from .models import BrandQualification, CategoryQualification, Document

Kind = Document.Kind
KINDS = {
    "license": Kind.LICENCE,
    "certificate": Kind.CERTIFICATE,
    "sale_authorization": Kind.AUTHORIZATION,
    "trademark_registration_certificate": Kind.TRADEMARK,
    "trademark_change_certificate": Kind.TRADEMARK_CHANGE,
    "trademark_registration_application": Kind.APPLICATION,
    "imported_goods_form": Kind.CUSTOMS,
}
OFFERED = 50  # the newest papers of a kind, to choose from
ALSO: dict[str, list[Kind]] = {Kind.AUTHORIZATION: [Kind.IDENTITY]}  # other kinds that a field accepts


class DocumentsWidget(ChosenFilesWidget):
    """The chosen papers as thumbnails that can be removed, files to add, and papers stored already."""

    template_name = "admin/documents_widget.html"
    kind: str = Kind.OTHER
    # Of the page, where `load_documents` was called.
    documents: dict[int, Document] = {}  # the chosen ones, by key
    library: list[Document] = []  # the newest of its kinds

    @property
    def kinds(self) -> list[str]:
        return [self.kind, *ALSO.get(self.kind, [])]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, None, attrs)
        picked = [self.documents[key] for key in sorted(set(self.keys(value))) if key in self.documents]
        context["widget"] |= {
            "chosen": picked,
            "library": [document for document in self.library if document not in picked],
            "accept": self.accept,
        }
        return context


def load_documents(form: forms.BaseForm) -> None:
    """Load the papers that a form shows and offers in one query each, however many fields have some."""
    cells = [form[name] for name, field in form.fields.items() if isinstance(field.widget, DocumentsWidget)]
    here = (one for cell in cells for one in cell.initial or [] if isinstance(one, Document))
    documents = {one.pk: one for one in here}
    keys = {key for cell in cells for key in cell.field.widget.keys(cell.value())} - documents.keys()
    documents |= Document.objects.select_related("image").in_bulk(keys)
    nth = Window(RowNumber(), partition_by=F("kind"), order_by=F("id").desc())
    kinds = {kind for cell in cells for kind in cell.field.widget.kinds}
    newest = Document.objects.current().filter(kind__in=kinds).annotate(nth=nth).filter(nth__lte=OFFERED)
    offered = list(newest.select_related("image").order_by("-id"))
    for cell in cells:
        widget = cell.field.widget
        widget.documents = documents
        widget.library = [one for one in offered if one.kind in widget.kinds][:OFFERED]


class DocumentsField(ChosenFilesField):
    widget = DocumentsWidget

    def __init__(self, queryset: QuerySet | None = None, *, kind: str = Kind.OTHER, **kwargs: Any) -> None:
        super().__init__(queryset=Document.objects.all(), **kwargs)
        self.kind = self.widget.kind = kind

    def keep(self, file: UploadedFile) -> int:
        document = keep_document(file, self.kind)
        self.notes += notes_on(file, document.image)
        return document.pk

    def has_changed(self, initial: Any, data: Any) -> bool:
        # Papers have no order.
        if isinstance(data, dict) and not data["files"]:
            return {str(getattr(item, "pk", item)) for item in initial or []} != set(map(str, data["keep"]))
        return super().has_changed(initial, data)


def keep_document(file: UploadedFile, kind: str, title: str = "") -> Document:
    """The one document of this picture and kind; raises ValidationError when WeChat would not accept the picture."""
    image = Image.objects.keep(file)
    stem = (file.name or "").rsplit("/", 1)[-1].rsplit(".", 1)[0]
    document, _created = Document.objects.get_or_create(
        image=image, kind=kind, defaults={"title": text(Document, "title", title or stem or Kind(kind).label)}
    )
    return document


class QualificationForm(forms.ModelForm):
    """Uses a documents field for papers; what is missing is checked only when it is submitted."""

    needed: tuple[str, ...] = ()  # before it is submitted, of what stands there for this kind: marked with *

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, kind in KINDS.items():
            if name in self.fields:
                # The model's help text only: the admin appends how to choose several in a list, which this is not.
                self.fields[name] = DocumentsField(
                    kind=kind,
                    label=self.fields[name].label,
                    help_text=self._meta.model._meta.get_field(name).help_text,
                    required=False,
                    widget=DocumentsWidget(),
                )
        for name in self.needed:
            if name in self.fields:
                self.fields[name].label = f"{self.fields[name].label} *"


class BrandForm(QualificationForm):
    needed = (
        "brand_wording",
        "license",
        "trademark_registrant_nu",
        "trademark_registration_certificate",
        "trademark_registrant",
        "trademark_authorization_period",
        "trademark_registration_application",
        "trademark_applicant",
        "trademark_application_time",
        "sale_authorization",
    )

    class Meta:
        model = BrandQualification
        fields = "__all__"  # noqa: DJ007  the admin names them

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if (number := cleaned.get("trademark_registrant_nu")) and not number.isascii():
            self.add_error("trademark_registrant_nu", _("Only Latin letters and digits, as on the certificate."))
        return cleaned


class CategoryForm(QualificationForm):
    class Meta:
        model = CategoryQualification
        fields = "__all__"  # noqa: DJ007


class ReplaceForm(forms.Form):
    """What takes a document's place: a new picture, or a document that is here already."""

    file = forms.FileField(
        label=gettext_lazy("new picture"),
        widget=AdminFileWidget(attrs={"accept": ACCEPT}),
        help_text=gettext_lazy(
            "JPG or PNG, readable to the edges; WebP, GIF, BMP and what is over 2 MB are converted."
        ),
        required=False,
    )
    title = forms.CharField(label=gettext_lazy("title"), max_length=100, required=False)
    expires_on = forms.DateField(
        label=gettext_lazy("valid until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    document = forms.ModelChoiceField(
        Document.objects.none(),
        label=gettext_lazy("or a document that is here"),
        required=False,
        empty_label=gettext_lazy("none"),
    )

    def __init__(self, *args: Any, old: Document, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.old, self.initial = old, {"title": old.title}
        choice: Any = self.fields["document"]
        choice.queryset = Document.objects.current().filter(kind=old.kind).exclude(image=old.image_id)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        file, document = cleaned.get("file"), cleaned.get("document")
        if not file and not document and not self.errors:
            self.add_error("file", _("Choose the new picture, or a document that is here."))
        elif file:
            try:
                document = keep_document(file, self.old.kind, cleaned.get("title") or self.old.title)
                self.notes = notes_on(file, document.image)
            except ValidationError as error:
                self.add_error("file", error)
        if document and document.image_id == self.old.image_id:
            self.add_error("file", _("This is the old picture."))
        if document and document.is_expired:
            self.add_error("document", _("This document has expired."))
        return cleaned | {"new": document}

    def save(self) -> Document:
        new, expires_on = self.cleaned_data["new"], self.cleaned_data["expires_on"]
        if expires_on:
            new.expires_on = expires_on
            new.save()
        return new


class DocumentForm(forms.ModelForm):
    file = forms.FileField(
        label=gettext_lazy("picture"),
        widget=AdminFileWidget(attrs={"accept": ACCEPT}),
        help_text=gettext_lazy(
            "JPG or PNG, readable to the edges; WebP, GIF, BMP and what is over 2 MB are converted."
        ),
        required=False,
    )

    class Meta:
        model = Document
        fields = ["kind", "title", "expires_on"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What an application uses stays the picture that it was: another one is another document.
        if self.instance.pk and self.instance.is_used:
            del self.fields["file"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        file = cleaned.get("file")
        if file:
            try:
                image = self.instance.image = Image.objects.keep(file)
                self.notes = notes_on(file, image)
            except ValidationError as error:
                self.add_error("file", error)
        elif self.instance.image_id is None:
            self.add_error("file", _("Choose the picture."))
        return cleaned
