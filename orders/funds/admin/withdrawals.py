from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from console.admin.pulled import pulled_lists
from console.lists import state_filter
from console.money import yuan
from console.templatetags.console import ago, badge

from .. import money, operations
from ..forms import WithdrawalForm
from ..models import Balance, Withdrawal
from ..models.withdrawal import OVER, WithdrawStatus
from .two import TwoPeopleAdmin

S = WithdrawStatus
TONES: dict[str, str] = {
    S.UNSCANNED: "amber",
    S.SCANNED: "amber",
    S.STARTED: "blue",
    S.ACCEPTED: "blue",
    S.SUCCEEDED: "green",
    S.FAILED: "red",
    S.RETURNED: "red",
    S.CLOSED: "grey",
}
STATES = {
    "to-approve": (
        gettext_lazy("To approve"),
        Q(approved_by=None, asked_by__isnull=False, out_request_no=None, dropped_at=None),
    ),
    "open": (gettext_lazy("On their way"), Q(out_request_no__isnull=False) & ~Q(status__in=OVER)),
    "paid": (gettext_lazy("Paid out"), Q(status=S.SUCCEEDED)),
    "failed": (gettext_lazy("Failed or returned"), Q(status__in=(S.FAILED, S.RETURNED))),
}


@admin.register(Withdrawal)
class WithdrawalAdmin(TwoPeopleAdmin):
    """Withdrawals to the bank: requested, approved by a second person, confirmed by the administrator's scan."""

    empty_text = gettext_lazy(
        "A withdrawal is asked for by one person, approved by another and scanned by the administrator."
    )
    menu = ("money", 40)
    technical = ["out_request_no", "earlier", "read_at"]
    after_approval = operations.submit_withdrawal
    operations = [
        operations.submit_withdrawal,
        operations.renew_withdrawal,
        operations.let_go_withdrawal,
        operations.check_withdrawal_scan,
        operations.refresh_withdrawal,
    ]
    sent_mark = "out_request_no"
    form = WithdrawalForm
    change_form_template, change_list_template = "admin/withdrawal.html", "admin/pulled.html"
    chips = [(label, f"state={name}", where) for name, (label, where) in STATES.items()]
    money_column = "amount"
    day_column = "asked_at"
    list_display = ["__str__", "state", "shown_amount", "asked_by", "approved_by", "since"]
    list_select_related = ["asked_by", "approved_by"]
    list_filter = [state_filter(STATES)]
    search_fields = ["=out_request_no"]
    sortable_by = ()
    shown = [
        "shown_amount",
        "remark",
        "bank_memo",
        "asked_by",
        "asked_at",
        "approved_by",
        "approved_at",
        "reason",
        "bank_name",
        "bank_num",
        "created_at",
        "released_at",
        "shown_answer",
    ]

    def get_fields(self, request: HttpRequest, obj: Withdrawal | None = None) -> list[Any]:
        if obj is None:
            return ["amount", "remark", "bank_memo"]
        return self.shown if obj.released_at else self.shown[:-2]

    def get_readonly_fields(self, request: HttpRequest, obj: Withdrawal | None = None) -> list[str]:
        return self.shown if obj else []

    @admin.display(description=gettext_lazy("WeChat's answer then"))
    def shown_answer(self, withdrawal: Withdrawal) -> str:
        answer = withdrawal.release_answer
        return f"{answer.get('errcode')} {answer.get('errmsg')} (rid {answer.get('rid') or '–'})"

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}  # no list actions: each withdrawal is handled on its own page

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        lists = pulled_lists(request, ["withdrawals"])
        return super().changelist_view(request, {"pulled_lists": lists, **(extra_context or {})})

    def figures(self, obj: Withdrawal | None) -> money.Money:
        return money.of(obj)

    def read_figures(self) -> None:
        operations.refresh_balance(Balance.load())

    def _impossible(self, record: Withdrawal) -> str:
        return money.of(record).fault(record.amount)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        if obj is None or (obj.is_standing and not obj.out_request_no):
            context |= {
                "money": (figures := self.figures(obj)),
                "figures_mark": figures.mark,
                "may_read": self.may(request, operations.refresh_balance),
                "read_url": reverse("admin:funds_balance_do", args=[Balance.load().pk, "refresh_balance"]),
            }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def title_of(self, obj: Withdrawal) -> str:
        return f"{yuan(obj.amount, '¥')} · {timezone.localtime(obj.asked_at):%Y-%m-%d}"

    def state_badge(self, obj: Withdrawal) -> SafeString:
        return self.state(obj)

    @admin.display(description=gettext_lazy("state"))
    def state(self, withdrawal: Withdrawal) -> SafeString:
        waits = withdrawal.out_request_no is None and not withdrawal.dropped_at
        return badge(withdrawal.state_label, "amber" if waits else TONES.get(withdrawal.status, "grey"))

    @admin.display(description=gettext_lazy("amount"))
    def shown_amount(self, withdrawal: Withdrawal) -> SafeString:
        return format_html('<span class="amount">{}</span>', yuan(withdrawal.amount, "¥"))

    @admin.display(description=gettext_lazy("since"))
    def since(self, withdrawal: Withdrawal) -> SafeString:
        return ago(withdrawal.created_at or withdrawal.asked_at)
