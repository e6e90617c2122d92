import re
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from catalog.models import SPU
from console.list_filters import choice_filter
from console.operation_admin import OperationAdmin
from console.templatetags.console import badge

from ..models import Rate, Role
from ..models.rates import percents

PERCENT = re.compile(r"(\d{1,3})(?:[.,](\d{1,2}))?\s*[%％]?", re.ASCII)


class PercentField(forms.Field):
    """A field that shows and accepts percent with two decimals at most; its value is in basis points."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "class": "amount", "size": 7})

    def prepare_value(self, value: Any) -> Any:
        return percents(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        match = PERCENT.fullmatch(str(value).strip())
        if not match:
            raise ValidationError(_("A rate is a number of percent with two decimals at most, such as 12.5."))
        return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))


class RateForm(forms.ModelForm):
    bps = PercentField(
        label=gettext_lazy("Commission in %"),
        help_text=gettext_lazy("Of what the buyer paid for the goods, less what was returned; down to the fen."),
    )

    class Meta:
        model = Rate
        fields = ["role", "promoter", "sharer", "room", "out_product_id", "bps", "valid_from", "valid_until", "note"]

    def clean_out_product_id(self) -> str:
        number = self.cleaned_data["out_product_id"].strip()
        changed = "out_product_id" in self.changed_data
        if number and changed and not SPU.objects.filter(out_product_id=number).exists():
            raise ValidationError(_("There is no product with this id."))
        return number


class ValidFilter(admin.SimpleListFilter):
    """`?valid=now`: by the day on which the list is looked at."""

    title = gettext_lazy("validity")
    parameter_name = "valid"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("now", _("Valid now")), ("later", _("Valid later")), ("over", pgettext("commission rate", "Over"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        today = timezone.localdate()
        is_over = Q(valid_until__lt=today)
        conditions = {"now": Q(valid_from__lte=today) & ~is_over, "later": Q(valid_from__gt=today), "over": is_over}
        where = conditions.get(self.value() or "")
        return queryset if where is None else queryset.filter(where)


@admin.register(Rate)
class RateAdmin(OperationAdmin):
    """Commission rates with their days; the page of a promoter or sharer has their rate without days."""

    menu = ("money", 77)
    guide = "payouts"
    empty_text = gettext_lazy(
        "Rates with days of validity. Without one, a person's own rate counts, and else the usual one of the selling "
        "settings."
    )
    form = RateForm
    list_display = ["role", "person", "shown_room", "shown_product", "percent", "valid_from", "valid_until", "valid"]
    list_display_links = ["role"]
    list_select_related = ["promoter", "sharer"]
    list_filter = [ValidFilter, choice_filter("role", gettext_lazy("commission of"), dict(Role.choices))]
    search_fields = ["=out_product_id", "room"]
    search_help_text = gettext_lazy("A product id in full, or the beginning of a live room's name.")
    autocomplete_fields = ["promoter", "sharer"]
    sortable_by = ()
    fields = ["role", "promoter", "sharer", "room", "out_product_id", "bps", "valid_from", "valid_until", "note"]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Where somebody else saves a rate of the same reach at this moment, the database refuses this one."""
        try:
            with transaction.atomic():
                return super().changeform_view(request, object_id, form_url, extra_context)
        except IntegrityError:
            messages.error(request, _("Somebody else saved a rate for these days at this moment: look at the list."))
            return HttpResponseRedirect(reverse("admin:payouts_rate_changelist"))

    def title_of(self, obj: Rate) -> str:
        return obj.reach

    def state_badge(self, obj: Rate) -> SafeString:
        return self.valid(obj)

    @admin.display(description=gettext_lazy("person"))
    def person(self, rate: Rate) -> str:
        return str(rate.person or _("all"))

    @admin.display(description=gettext_lazy("live room"))
    def shown_room(self, rate: Rate) -> str:
        return rate.room or _("all")

    @admin.display(description=gettext_lazy("product id"))
    def shown_product(self, rate: Rate) -> str:
        return rate.out_product_id or _("all")

    @admin.display(description=gettext_lazy("rate"))
    def percent(self, rate: Rate) -> str:
        return percents(rate.bps)

    @admin.display(description=gettext_lazy("validity"))
    def valid(self, rate: Rate) -> SafeString:
        today = timezone.localdate()
        if rate.valid_until and rate.valid_until < today:
            return badge(pgettext("commission rate", "Over"), "grey")
        return badge(_("Valid later"), "blue") if rate.valid_from > today else badge(_("Valid now"), "green")
