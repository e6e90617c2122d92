from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from console.money import YuanField
from console.pictures import PicturesField
from wechat.models import Image

from . import attributes
from .content import set_pictures
from .models import SKU, SPU, SPUPicture
from .models.spu import scene_groups

SCENE_GROUPS = [(1, _("Channels and Official Accounts")), (3, _("Mini-program affiliate union"))]


class AttributesField(forms.CharField):
    """Attributes as one line of text."""

    def prepare_value(self, value: Any) -> Any:
        return attributes.shown(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return attributes.parse(super().to_python(value) or "")

    def has_changed(self, initial: Any, data: Any) -> bool:
        return attributes.shown(initial or []) != (data or "").strip()


class SPUForm(forms.ModelForm):
    head_img = PicturesField(
        label=_("pictures"), help_text=_("1 to 9; the first is shown in lists. No words such as “test” on them.")
    )
    imgs = PicturesField(label=_("detail pictures"), help_text=_("Up to 20, shown below the description."))
    qualification_pics = PicturesField(
        label=_("product papers"), help_text=_("What the category asks of each product; it is written beside it.")
    )
    scene_group_list = forms.TypedMultipleChoiceField(
        label=_("scene groups"),
        choices=SCENE_GROUPS,
        coerce=int,
        initial=scene_groups,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Where the product is to be sold; each group reviews it."),
    )

    class Meta:
        model = SPU
        fields = "__all__"  # noqa: DJ007  the admin names them
        widgets = {
            "title": forms.TextInput(attrs={"size": 60}),
            "path": forms.TextInput(attrs={"size": 60}),
            "direct_path": forms.TextInput(attrs={"size": 60}),
            "desc": forms.Textarea(attrs={"rows": 4, "cols": 60}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for kind in SPUPicture.Kind.values:
                self.initial[kind] = self.instance.links(kind)

    def _save_m2m(self) -> None:
        super()._save_m2m()  # type: ignore[misc]  # missing from the stubs
        for kind in SPUPicture.Kind.values:
            if kind in self.changed_data:
                set_pictures(self.instance, kind, self.cleaned_data[kind])


class SKUForm(forms.ModelForm):
    sku_attrs = AttributesField(
        label=_("attributes"),
        required=False,
        widget=forms.TextInput(attrs={"size": 22, "placeholder": _("colour: red; size: M")}),
    )
    sale_price = YuanField(label=_("price, yuan"))
    market_price = YuanField(label=_("list price"), required=False)
    thumb_img = PicturesField(label=_("picture"), single=True)

    class Meta:
        model = SKU
        fields = [
            "out_sku_id",
            "sku_attrs",
            "sale_price",
            "market_price",
            "stock_num",
            "sku_code",
            "barcode",
            "thumb_img",
        ]
        widgets = {
            "out_sku_id": forms.TextInput(attrs={"size": 14}),
            "stock_num": forms.NumberInput(attrs={"class": "amount", "min": 0}),
            "sku_code": forms.TextInput(attrs={"size": 10}),
            "barcode": forms.TextInput(attrs={"size": 13}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["thumb_img"] = [self.instance.thumb_img] if self.instance.thumb_img_id else []

    def clean_thumb_img(self) -> Image | None:
        images = self.cleaned_data["thumb_img"]
        return images[0] if images else None


class SKUFormSet(forms.BaseInlineFormSet):
    """Stores the order of the rows in `position`."""

    def get_queryset(self) -> Any:
        """The SKUs that came with the product, where it is shown."""
        return self.instance.skus.all() if not self.is_bound and self.instance.pk else super().get_queryset()

    def save_new(self, form: forms.ModelForm, commit: bool = True) -> SKU:
        form.instance.position = self.forms.index(form)
        return super().save_new(form, commit)
