"""Prices, stock and scene groups of the chosen products, in one table on one page."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from console.cautions import cautions_of
from console.money import YuanField
from console.outcomes import run_many

from .. import content, operations
from ..forms import SCENE_GROUPS
from ..models import SKU, SPU, Unsent
from ..tracing import traced

MOST = 100  # products on one page
ROADS = {
    Unsent.NOTHING: (gettext_lazy("no review"), "green"),
    Unsent.FREE: (gettext_lazy("no review"), "green"),
    Unsent.REVIEW: (gettext_lazy("with the changes that wait for a review"), "amber"),
}


class RowForm(forms.ModelForm):
    """A SKU's price and stock. What the page showed comes back with it: only what a person changed is saved."""

    sale_price = YuanField(label=gettext_lazy("price, yuan"), show_hidden_initial=True)
    stock_num = forms.IntegerField(
        label=gettext_lazy("stock"),
        min_value=0,
        max_value=2**31 - 1,
        show_hidden_initial=True,
        widget=forms.NumberInput(attrs={"class": "amount", "min": 0}),
    )

    class Meta:
        model = SKU
        fields = ["sale_price", "stock_num"]

    def clean(self) -> dict[str, Any]:
        super().clean()
        if not self.changed_data:
            return self.cleaned_data
        fresh = SKU.objects.get(pk=self.instance.pk)
        now = {"sale_price": fresh.sale_price, "stock_num": fresh.stock_num}
        for name in self.changed_data:
            field = self.fields[name]
            shown = field.to_python(self.data.get(self.add_initial_prefix(name)))
            if now[name] not in (shown, self.cleaned_data.get(name)):
                self.add_error(
                    name, _("It was changed meanwhile, to %(now)s.") % {"now": field.prepare_value(now[name])}
                )
        return self.cleaned_data

    @property
    def road(self) -> tuple[Any, str]:
        """How a change gets to WeChat, with the badge's tone."""
        return ROADS[Unsent(self.instance.spu.unsent)]

    @property
    def changes(self) -> dict[str, int]:
        """The columns that the person changed."""
        return {name: self.cleaned_data[name] for name in self.changed_data if name in ("sale_price", "stock_num")}


class GroupsForm(forms.Form):
    """The scene groups that all chosen products are to be sold in; without a choice each product keeps its own."""

    scene_groups = forms.TypedMultipleChoiceField(
        label=gettext_lazy("scene groups of all of them"),
        choices=SCENE_GROUPS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Without a choice each product keeps its own. A new group reviews the product."),
    )


Rows = forms.modelformset_factory(SKU, form=RowForm, extra=0, can_delete=False)


def edit_many(model_admin: Any, request: HttpRequest) -> HttpResponse:
    """The page `?ids=1,2,3`; saves what was changed, and with the second button sends it."""
    if not model_admin.has_change_permission(request):
        raise PermissionDenied
    keys = [int(key) for key in request.GET.get("ids", "").split(",") if key.isdecimal()][:MOST]
    products = {spu.pk: spu for spu in SPU.objects.current().filter(pk__in=keys).order_by("id")}
    skus = SKU.objects.filter(spu__in=products).select_related("spu").order_by("spu_id", "position", "id")
    rows = Rows(request.POST or None, queryset=skus)
    groups = GroupsForm(request.POST or None)
    if request.method == "POST" and rows.is_valid() and groups.is_valid():
        changed = _save(rows, groups.cleaned_data["scene_groups"], products)
        text = ngettext("%(count)d product is changed.", "%(count)d products are changed.", len(changed))
        messages.success(request, text % {"count": len(changed)})
        if request.POST.get("send") and (sendable := _sendable(model_admin, request, changed)):
            return sendable
        return HttpResponseRedirect(reverse("admin:catalog_spu_changelist"))
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": _("Edit prices and stock"),
        "rows": rows,
        "groups": groups,
        "products": len(products),
        "cautions": [(products[key], lines) for key, lines in cautions_of(list(products.values())).items()],
        "may_send": model_admin.may(request, operations.update_spu_without_audit),
    }
    return render(request, "admin/edit_many.html", context)


def _save(rows: Any, groups: list[int], products: dict[int, SPU]) -> list[int]:
    """Write the changes of each product in a transaction of its own, traced; returns the keys of changed products."""
    by_product: dict[int, list[RowForm]] = {}
    for form in rows.forms:
        if form.changes:
            by_product.setdefault(form.instance.spu_id, []).append(form)
    regrouped = [pk for pk, spu in products.items() if groups and sorted(spu.scene_group_list) != sorted(groups)]
    changed = list(dict.fromkeys([*by_product, *regrouped]))
    for pk in changed:
        spu = SPU.objects.get(pk=pk)
        with transaction.atomic(), traced(spu):
            for form in by_product.get(pk, []):
                SKU.objects.filter(pk=form.instance.pk).update(**form.changes)
            fresh = SPU.objects.get(pk=pk)
            if pk in regrouped:
                fresh.scene_group_list = sorted(groups)
            content.update_unsent(fresh)
    return changed


def _sendable(model_admin: Any, request: HttpRequest, changed: list[int]) -> HttpResponse | None:
    """Send what needs no review; what needs one is submitted from the list, where it is confirmed."""
    free = SPU.objects.filter(pk__in=changed, unsent=Unsent.FREE)
    if review := SPU.objects.filter(pk__in=changed, unsent=Unsent.REVIEW).count():
        text = ngettext(
            "%(count)d product needs a review: submit it.", "%(count)d products need a review: submit them.", review
        )
        messages.warning(request, text % {"count": review})
    if not free.exists() or not model_admin.may(request, operations.update_spu_without_audit):
        return None
    return run_many(operations.update_spu_without_audit, free)
