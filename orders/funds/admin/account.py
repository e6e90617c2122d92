from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console import files
from console.admin.pulled import PulledReadOnlyAdmin, pulled_lists
from console.money import yuan
from console.operation_admin import SingleAdmin
from console.templatetags.console import ago, badge
from wechat.masking import mask, masked
from wechat.models import Image

from .. import operations
from ..forms import BankChangeForm, MerchantForm
from ..models import Balance, Bank, BankAccount, BankChange, City, MerchantAccount
from ..models.account import MerchantState
from ..models.bank import AccountType
from ..money import PresentAccount, present_account
from .two import TwoPeopleAdmin

S = MerchantState
TONES: dict[str, str] = {
    S.CHECKING: "blue",
    S.TO_VERIFY: "amber",
    S.AUDITING: "blue",
    S.REJECTED: "red",
    S.TO_SIGN: "amber",
    S.FINISHED: "green",
    S.FROZEN: "red",
}


def _is_of_merchant(image: Image) -> bool:
    return MerchantAccount.load().images.filter(pk=image.pk).exists()


files.show_to("funds.change_merchantaccount", _is_of_merchant)


@admin.register(MerchantAccount)
class MerchantAccountAdmin(SingleAdmin):
    """The page of the merchant account and its application, from the papers to the signature."""

    menu = ("money", 80)
    operations = [
        operations.apply_merchant,
        operations.refresh_merchant,
        operations.show_known,
        operations.find_bank,
        operations.pull_merchant_branches,
    ]
    form = MerchantForm
    change_form_template = "admin/merchant.html"
    autocomplete_fields = ["bank"]
    fieldsets = [
        (
            gettext_lazy("The subject"),
            {
                "fields": [
                    "organization_type",
                    "merchant_shortname",
                    "legal_person",
                    ("business_begin", "business_end"),
                    "license_copy",
                ]
            },
        ),
        (
            gettext_lazy("The legal representative's document"),
            {"fields": ["id_doc_type", "id_name", "id_number", "id_valid_until", "id_front", "id_back"]},
        ),
        (gettext_lazy("The administrator"), {"fields": ["contact_type", "contact_email", "mobile_phone"]}),
        (
            gettext_lazy("Where the money goes"),
            {
                "fields": [
                    "bank_account_type",
                    "account_name",
                    "account_number",
                    "bank",
                    "account_bank",
                    "bank_address_code",
                    "bank_branch_id",
                    "bank_name",
                    "settlement_cert",
                    "relation_cert",
                    "other_certs",
                ]
            },
        ),
        (gettext_lazy("For the reviewer"), {"fields": ["pictures", "addition_pictures", "business_addition_desc"]}),
    ]

    def has_change_permission(self, request: HttpRequest, obj: MerchantAccount | None = None) -> bool:
        # An application in review cannot be edited.
        return super().has_change_permission(request, obj) and (obj is None or obj.may_apply)

    def save_model(self, request: HttpRequest, obj: MerchantAccount, form: forms.ModelForm, change: bool) -> None:
        """Save only the edited columns: a read may have changed the application's state meanwhile."""
        names = {*form.changed_data, *MerchantAccount.SINGLE, "branches", "bank_name", "bank_branch_id", "account_bank"}
        obj.save(update_fields=[*(names - set(MerchantAccount.SEVERAL)), "changed_at"])

    def get_fieldsets(self, request: HttpRequest, obj: MerchantAccount | None = None) -> list[tuple]:
        if self.has_change_permission(request, obj):
            return self.fieldsets
        return [(gettext_lazy("The subject"), {"fields": ["organization_type", "merchant_shortname", "sub_mchid"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: MerchantAccount | None = None) -> list[str]:
        if self.has_change_permission(request, obj):
            return []
        return ["organization_type", "merchant_shortname", "sub_mchid"]

    def get_form(
        self, request: HttpRequest, obj: MerchantAccount | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        # Files and encrypted numbers are fields of the form that the model does not have.
        kwargs["fields"] = MerchantForm.Meta.fields if self.has_change_permission(request, obj) else []
        return super().get_form(request, obj, change, **kwargs)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        may = self.has_change_permission(request)
        context |= {
            "S": {name.lower(): value for name, value in zip(S.names, S.values, strict=True)},
            "validation": (obj.account_validation if may else masked(obj.account_validation)) or {},
            "known": masked(obj.known),
            "may_see": may or self.may(request, operations.apply_merchant),
        }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def state_badge(self, obj: MerchantAccount) -> SafeString:
        return badge(obj.state_label, TONES.get(obj.state, "grey"))


@admin.register(Balance)
class BalanceAdmin(SingleAdmin):
    menu = ("money", 10)
    operations = [operations.refresh_balance]
    fields = readonly_fields = (
        "shown_available",
        "shown_pending",
        "read_at",
    )

    def has_change_permission(self, request: HttpRequest, obj: Balance | None = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("available"))
    def shown_available(self, balance: Balance) -> str:
        return yuan(balance.available, "¥") or "–"

    @admin.display(description=gettext_lazy("pending: not settled yet"))
    def shown_pending(self, balance: Balance) -> str:
        return yuan(balance.pending, "¥") or "–"


@admin.register(BankAccount)
class BankAccountAdmin(SingleAdmin):
    menu = ("money", 60)
    operations = [operations.refresh_bank_account]
    change_form_template = "admin/bank_account.html"
    fields = readonly_fields = (
        "kind",
        "bank",
        "number",
        "read_at",
    )

    def has_change_permission(self, request: HttpRequest, obj: BankAccount | None = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("kind"))
    def kind(self, account: BankAccount) -> str:
        account_type = (account.info or {}).get("bank_account_type", "")
        return str(AccountType(account_type).label) if account_type in AccountType.values else account_type or "–"

    @admin.display(description=gettext_lazy("bank"))
    def bank(self, account: BankAccount) -> str:
        return (account.info or {}).get("account_bank") or "–"

    @admin.display(description=gettext_lazy("account number"))
    def number(self, account: BankAccount) -> str:
        return mask((account.info or {}).get("account_number") or "") or "–"


@admin.register(BankChange)
class BankChangeAdmin(TwoPeopleAdmin):
    """Changes of the bank account: requested, approved by a second person, confirmed by a scan, sent to WeChat."""

    empty_text = gettext_lazy(
        "A change of the bank account is asked for by one person and approved by another; it is written down here."
    )
    menu = ("money", 70)
    after_approval = operations.ask_scan
    operations = [operations.pull_branches, operations.ask_scan, operations.check_scan, operations.submit_bank_account]
    sent_mark = "sent_at"
    form = BankChangeForm
    change_form_template, change_list_template = "admin/bank_change.html", "admin/pulled.html"
    day_column = "asked_at"
    list_display = ["__str__", "state", "asked_by", "approved_by", "since"]
    list_select_related = ["bank", "asked_by", "approved_by"]
    autocomplete_fields = ["bank", "city"]
    sortable_by = ()
    shown = [
        "bank_account_type",
        "bank",
        "city",
        "number",
        "branch_names",
        "asked_by",
        "asked_at",
        "approved_by",
        "approved_at",
        "sent_at",
    ]

    def get_fields(self, request: HttpRequest, obj: BankChange | None = None) -> list[Any]:
        return self.shown if obj else ["bank_account_type", "bank", "city", "account_number"]

    def get_readonly_fields(self, request: HttpRequest, obj: BankChange | None = None) -> list[str]:
        return self.shown if obj else []

    def get_form(
        self, request: HttpRequest, obj: BankChange | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        kwargs["fields"] = [] if obj else BankChangeForm.Meta.fields
        return super().get_form(request, obj, change, **kwargs)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        lists = pulled_lists(request, ["banks", "cities"])
        return super().changelist_view(request, {"pulled_lists": lists, **(extra_context or {})})

    def figures(self, obj: BankChange | None) -> PresentAccount:
        return present_account()

    def read_figures(self) -> None:
        operations.refresh_bank_account(BankAccount.load())

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        if obj is None or not obj.sent_at:
            account = self.figures(obj)
            context |= {
                "account": account,
                "figures_mark": account.mark,
                "may_read": self.may(request, operations.refresh_bank_account),
                "read_url": reverse("admin:funds_bankaccount_do", args=[BankAccount.load().pk, "refresh_bank_account"]),
            }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def state_badge(self, obj: BankChange) -> SafeString:
        return self.state(obj)

    @admin.display(description=gettext_lazy("state"))
    def state(self, change: BankChange) -> SafeString:
        return badge(change.state_label, "green" if change.sent_at else "amber" if change.is_standing else "grey")

    @admin.display(description=gettext_lazy("account number"))
    def number(self, change: BankChange) -> str:
        return mask(change.account_number)

    @admin.display(description=gettext_lazy("branches in this city"))
    def branch_names(self, change: BankChange) -> str:
        if change.branches is None:
            return _("Press “Read the branches”.") if change.bank.need_branch else "–"
        names = ", ".join(f"{row['branch_name']} ({row['branch_id']})" for row in change.branches[:20])
        return names or _("WeChat lists none in this city.")

    @admin.display(description=gettext_lazy("since"))
    def since(self, change: BankChange) -> SafeString:
        return ago(change.asked_at)


@admin.register(Bank)
class BankAdmin(PulledReadOnlyAdmin):
    empty_text = gettext_lazy("The banks that WeChat knows: pull the list before you fill in an account.")
    pulled_lists = ["banks"]
    list_display = ["bank_name", "kind", "account_bank", "need_branch"]
    list_display_links = None
    search_fields = ["bank_name", "account_bank"]

    @admin.display(description=gettext_lazy("kind"), ordering="bank_type")
    def kind(self, bank: Bank) -> str:
        return bank.kind

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        if "autocomplete" in request.path:
            queryset = queryset.filter(gone=False)
        return super().get_search_results(request, queryset, search_term)


@admin.register(City)
class CityAdmin(PulledReadOnlyAdmin):
    empty_text = gettext_lazy("The cities that WeChat knows: pull the list before you fill in an account.")
    pulled_lists = ["cities"]
    list_display = ["city_name", "province_name", "bank_address_code"]
    list_display_links = None
    search_fields = ["city_name", "province_name"]

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        if "autocomplete" in request.path:
            queryset = queryset.filter(gone=False)
        return super().get_search_results(request, queryset, search_term)
