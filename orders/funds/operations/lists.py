"""Movements, withdrawals, banks and cities read whole."""

from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from console.money import fen
from wechat.errors import Refused, Unreachable
from wechat.models import PulledList, Step
from wechat.shop import funds as shop
from wechat.steps.operations import operation, renew_lease
from wechat.steps.pages import pages
from wechat.steps.pulls import pull
from wechat.values import moment, number

from ..matching import match
from ..models import Bank, City, Flow, FlowDay, Withdrawal
from ..models.flow import FlowKind
from ..models.withdrawal import OVER
from .account import NO_DATA, asking_for_lists
from .withdrawals import adopt, asked_here, numbers_of, take_in

PAGE = 100
MOST = 2**53  # fen in one movement or balance
INCOME, EXPENSE = ("收入", "入账", "income", "in", "1"), ("支出", "出账", "expense", "out", "2")
# The words of WeChat Pay's bills, the longer ones first.
KINDS = [
    ("手续费", FlowKind.FEE), ("服务费", FlowKind.FEE), ("退票", FlowKind.RETURN), ("退回", FlowKind.RETURN),
    ("退款", FlowKind.REFUND), ("提现", FlowKind.WITHDRAWAL), ("交易", FlowKind.PAYMENT), ("支付", FlowKind.PAYMENT),
]  # fmt: skip


def signed(text) -> int:
    """The fen of an amount in yuan that may have a sign; exactly. Raises ValidationError."""
    text = str(text).strip()
    return -fen(text[1:], MOST) if text.startswith("-") else fen(text.removeprefix("+"), MOST)


def flow_of(said: dict) -> Flow:
    """A movement as WeChat tells it, its yuan in fen. Raises ValidationError where it tells no amount or direction."""
    words = str(said.get("flow_type") or "").strip()
    amount, has_sign = signed(said.get("amount")), str(said.get("amount")).strip().startswith(("-", "+"))
    is_expense = words.lower() in EXPENSE
    if not (is_expense or has_sign or words.lower() in INCOME):
        raise ValidationError(f"neither income nor expense: {words}")
    busi = str(said.get("busi_type") or said.get("type") or "")
    booked = moment(said.get("bookkeeping_time")) or timezone.now()
    return Flow(
        funds_flow_id=str(said["funds_flow_id"])[:64],
        kind=next((kind for word, kind in KINDS if word in busi), FlowKind.OTHER),
        amount=-abs(amount) if is_expense else amount,
        balance=None if said.get("balance") in (None, "") else signed(said["balance"]),
        type=str(said.get("type") or "")[:60],
        flow_type=words[:60],
        busi_type=busi[:60],
        request_no=str(said.get("request_no") or "")[:200],
        booked_at=booked,
        day=timezone.localtime(booked).date(),
    )


@operation(on=FlowDay, name="pull_flow_day", label=_("Pull the movements"), reads=True)
def pull_flow_day(day: FlowDay, sent: dict):
    """Read all movements of the day; those known already are not asked for again.

    One that cannot be read stops no other, and the day does not count as pulled.
    """
    count, unread = 0, []
    for ids in _ids(f"{day.day:%Y%m%d}"):
        known = set(Flow.objects.filter(funds_flow_id__in=ids).values_list("funds_flow_id", flat=True))
        flows = []
        for one in ids:
            if one in known:
                continue
            try:
                flows.append(flow_of({"funds_flow_id": one, **shop.getorderflow(one)}))
            except ValidationError:
                unread.append(one)
        match(flows)
        with transaction.atomic():
            Flow.objects.bulk_create(flows, ignore_conflicts=True)
        count += len(ids)
    if unread:
        raise Unreachable(
            gettext("Movements that tell no amount, or not whether it came or went: %(numbers)s")
            % {"numbers": ", ".join(unread[:10])}
        )

    def record():
        day.pulled_at, day.count = timezone.now(), count
        day.save(update_fields=["pulled_at", "count"])

    return record


def _ids(date: str) -> Iterator[list[str]]:
    def read(page: int, _before: int) -> tuple[list[str], int]:
        try:
            return shop.scanorderflow(date, page, PAGE)
        except Refused as error:
            if error.errcode == NO_DATA:
                return [], 0
            raise

    return pages(read)


@pull("withdrawals", _("Withdrawals"), name="pull_withdrawals", label=_("Pull withdrawals"))
def pull_withdrawals(pulled: PulledList, sent: dict):
    """Read the withdrawals; also those that were asked for outside this console."""
    count = 0
    closed = {
        one for earlier in Withdrawal.objects.exclude(earlier=[]).values_list("earlier", flat=True) for one in earlier
    }
    for numbers in numbers_of(PAGE):
        known = Withdrawal.objects.in_bulk(numbers, field_name="out_request_no")
        for found in numbers:
            withdrawal = known.get(found)
            if found not in closed and (withdrawal is None or withdrawal.status not in OVER):
                _read(found, withdrawal)
        count += len(numbers)
    return lambda: pulled.mark(count)


def _read(found: str, withdrawal: Withdrawal | None) -> None:
    began, said = timezone.now(), shop.getwithdrawdetail(found)
    if withdrawal is not None:
        take_in(withdrawal, began, said)
    elif ours := asked_here(said):
        if not Step.objects.of(ours).open().filter(reads=False).exists():  # else its answer is still to come
            adopt(ours, began, found, said)
    else:
        withdrawal = Withdrawal.objects.create(
            out_request_no=found, amount=max(1, number(said.get("amount")) or 1),
            remark=str(said.get("remark") or "")[:40], bank_memo=str(said.get("bank_memo") or "")[:30],
        )  # fmt: skip
        take_in(withdrawal, began, said)


@pull("banks", _("Banks"), name="pull_banks", label=_("Pull the banks"))
@asking_for_lists()
def pull_banks(pulled: PulledList, sent: dict):
    """Read which banks WeChat knows."""
    rows: list[Bank] = []
    while True:
        found = shop.getbanklist(offset=len(rows), limit=PAGE)
        rows += [_bank(row) for row in found]
        renew_lease()
        if len(found) < PAGE or len(rows) > 5000:
            break
    if not rows:
        raise Unreachable("funds/getbanklist answered without a single bank")
    unique = {(row.bank_code, row.bank_type): row for row in rows}

    def swap():
        Bank.objects.update(gone=True)
        Bank.objects.bulk_create(
            unique.values(), update_conflicts=True, unique_fields=["bank_code", "bank_type"],
            update_fields=["account_bank", "bank_name", "bank_id", "need_branch", "gone"],
        )  # fmt: skip
        pulled.mark(len(unique))

    return swap


def _bank(row: dict) -> Bank:
    return Bank(
        account_bank=str(row.get("account_bank") or "")[:100],
        bank_name=str(row.get("bank_name") or row.get("account_bank") or "")[:100],
        bank_type=number(row.get("bank_type")) or 0,
        bank_code=str(row.get("bank_code") or "")[:40],
        bank_id=str(row.get("bank_id") or "")[:40],
        need_branch=row.get("need_branch") in (True, 1, "true", "1"),
    )


@pull("cities", _("Cities"), name="pull_cities", label=_("Pull the cities"))
@asking_for_lists()
def pull_cities(pulled: PulledList, sent: dict):
    """Read provinces and cities with the codes that bank accounts are named by."""
    rows: list[City] = []
    for province in shop.getprovince():
        code = number(province.get("province_code"))
        if code is None:
            continue
        name = str(province.get("province_name") or "")[:60]
        rows += [
            City(
                province_code=str(code), province_name=name, city_code=str(row.get("city_code") or "")[:10],
                city_name=str(row.get("city_name") or "")[:60],
                bank_address_code=str(row.get("bank_address_code") or "")[:10],
            )
            for row in shop.getcity(code)
        ]  # fmt: skip
        renew_lease()
    if not rows:
        raise Unreachable("funds/getcity answered without a single city")

    def swap():
        City.objects.update(gone=True)
        City.objects.bulk_create(
            {row.city_code: row for row in rows}.values(), update_conflicts=True, unique_fields=["city_code"],
            update_fields=["province_code", "province_name", "city_name", "bank_address_code", "gone"],
        )  # fmt: skip
        pulled.mark(len(rows))

    return swap


def day_of(day) -> FlowDay:
    return FlowDay.objects.get_or_create(day=day)[0]
