"""Pulls the lists of account movements, withdrawals, banks and cities."""

import logging
from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from console.money import fen
from wechat.errors import Refused, Unreachable, UnreadableAnswer
from wechat.models import PulledList, Step
from wechat.shop import funds as shop
from wechat.steps.operations import Applies, operation, renew_lease
from wechat.steps.pages import pages
from wechat.steps.pulls import pull
from wechat.steps.unread import LeftOut
from wechat.values import moment, number, texts

from ..matching import match
from ..models import Bank, City, Flow, FlowDay, Withdrawal
from ..models.flow import FlowKind
from ..models.withdrawal import OVER
from .account import NO_DATA, asking_for_lists
from .withdrawals import apply_snapshot, apply_with_number, asked_here, numbers_of, read

PAGE = 100
log = logging.getLogger(__name__)
UNREADABLE = (ValidationError, UnreadableAnswer, LookupError, TypeError, AttributeError, ValueError, ArithmeticError)
MOST = 2**53  # fen in one movement or balance
INCOME, EXPENSE = ("收入", "入账", "income", "in", "1"), ("支出", "出账", "expense", "out", "2")
# Terms of WeChat Pay's bills; the first one that is contained in a movement's type decides its kind.
KINDS = [
    ("手续费", FlowKind.FEE),
    ("服务费", FlowKind.FEE),
    ("退票", FlowKind.RETURN),
    ("退回", FlowKind.RETURN),
    ("退款", FlowKind.REFUND),
    ("提现", FlowKind.WITHDRAWAL),
    ("交易", FlowKind.PAYMENT),
    ("支付", FlowKind.PAYMENT),
]


def signed(text: Any) -> int:
    """Convert yuan, with or without a sign, to fen exactly. Raises ValidationError."""
    text = str(text).strip()
    return -fen(text[1:], MOST) if text.startswith("-") else fen(text.removeprefix("+"), MOST)


def flow_of(row: dict) -> Flow:
    """An account movement with WeChat's yuan in fen. Raises ValidationError where amount or direction is missing."""
    direction = str(row.get("flow_type") or "").strip()
    amount, has_sign = signed(row.get("amount")), str(row.get("amount")).strip().startswith(("-", "+"))
    is_expense = direction.lower() in EXPENSE
    if not (is_expense or has_sign or direction.lower() in INCOME):
        raise ValidationError(f"neither income nor expense: {direction}")
    busi_type = str(row.get("busi_type") or row.get("type") or "")
    booked = moment(row.get("bookkeeping_time")) or timezone.now()
    return Flow(
        kind=next((kind for word, kind in KINDS if word in busi_type), FlowKind.OTHER),
        amount=-abs(amount) if is_expense else amount,
        balance=None if row.get("balance") in (None, "") else signed(row["balance"]),
        booked_at=booked,
        day=timezone.localtime(booked).date(),
        **texts(
            Flow,
            funds_flow_id=row["funds_flow_id"],
            type=row.get("type"),
            flow_type=direction,
            busi_type=busi_type,
            request_no=row.get("request_no"),
        ),
    )


@operation(on=FlowDay, name="pull_flow_day", label=_("Pull the movements"), reads=True)
def pull_flow_day(day: FlowDay, sent: dict) -> Applies:
    """Read all movements of the day; those that are stored are not read again.

    If one of them cannot be read, the others are stored, and the day does not count as pulled.
    """
    count, unread = 0, []
    for ids in _ids(f"{day.day:%Y%m%d}"):
        stored = set(Flow.objects.filter(funds_flow_id__in=ids).values_list("funds_flow_id", flat=True))
        flows = []
        for flow_id in ids:
            if flow_id in stored:
                continue
            try:
                flows.append(flow_of({"funds_flow_id": flow_id, **shop.getorderflow(flow_id)}))
            except UNREADABLE:
                log.exception("account movement %s could not be read", flow_id)
                unread.append(flow_id)
        match(flows)
        with transaction.atomic():
            Flow.objects.bulk_create(flows, ignore_conflicts=True)
        count += len(ids)
    if unread:
        raise Unreachable(
            gettext("Account movements without an amount or a direction: %(numbers)s")
            % {"numbers": ", ".join(unread[:10])}
        )

    def apply() -> None:
        day.pulled_at, day.count = timezone.now(), count
        day.save(update_fields=["pulled_at", "count"])

    return apply


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
def pull_withdrawals(pulled: PulledList, sent: dict) -> Applies:
    """Read the withdrawals; also those that were asked for outside this console."""
    count, left_out = 0, LeftOut()
    earlier_numbers = Withdrawal.objects.exclude(earlier=[]).values_list("earlier", flat=True)
    closed = {out_request_no for numbers in earlier_numbers for out_request_no in numbers}
    for numbers in numbers_of(PAGE):
        stored = Withdrawal.objects.in_bulk(numbers, field_name="out_request_no")
        for out_request_no in numbers:
            withdrawal = stored.get(out_request_no)
            if out_request_no not in closed and (withdrawal is None or withdrawal.status not in OVER):
                with left_out.unless_readable(out_request_no):
                    _refresh_or_import(out_request_no, withdrawal)
        count += len(numbers)
    return lambda: pulled.mark(count, left_out.note)


def _refresh_or_import(out_request_no: str, withdrawal: Withdrawal | None) -> None:
    snapshot = read(out_request_no)
    with transaction.atomic():
        if withdrawal is not None:
            apply_snapshot(withdrawal, snapshot)
        elif ours := asked_here(snapshot.detail):
            if not Step.objects.of(ours).open().filter(reads=False).exists():  # else its answer is still to come
                apply_with_number(ours, snapshot)
        else:
            apply_snapshot(_import_withdrawal(out_request_no, snapshot.detail), snapshot)


def _import_withdrawal(out_request_no: str, detail: dict) -> Withdrawal:
    return Withdrawal.objects.create(
        out_request_no=out_request_no,
        amount=max(1, number(detail.get("amount")) or 1),
        **texts(Withdrawal, remark=detail.get("remark"), bank_memo=detail.get("bank_memo")),
    )


@pull("banks", _("Banks"), name="pull_banks", label=_("Pull the banks"))
@asking_for_lists()
def pull_banks(pulled: PulledList, sent: dict) -> Applies:
    """Read WeChat's list of banks."""
    rows: list[Bank] = []
    count, left_out = 0, LeftOut()
    while True:
        page = shop.getbanklist(offset=count, limit=PAGE)
        rows += left_out.readable(page, _bank, "bank_code", "bank_name")
        count += len(page)
        renew_lease()
        if len(page) < PAGE or count > 5000:
            break
    if not rows:
        raise UnreadableAnswer("funds/getbanklist answered without a single bank")
    unique = {(row.bank_code, row.bank_type): row for row in rows}

    def apply() -> None:
        if not left_out:
            Bank.objects.update(gone=True)
        Bank.objects.bulk_create(
            unique.values(),
            update_conflicts=True,
            unique_fields=["bank_code", "bank_type"],
            update_fields=["account_bank", "bank_name", "bank_id", "need_branch", "gone"],
        )
        pulled.mark(len(unique), left_out.note)

    return apply


def _bank(row: dict) -> Bank:
    return Bank(
        bank_type=number(row.get("bank_type")) or 0,
        need_branch=row.get("need_branch") in (True, 1, "true", "1"),
        **texts(
            Bank,
            account_bank=row.get("account_bank"),
            bank_name=row.get("bank_name") or row.get("account_bank"),
            bank_code=row.get("bank_code"),
            bank_id=row.get("bank_id"),
        ),
    )


@pull("cities", _("Cities"), name="pull_cities", label=_("Pull the cities"))
@asking_for_lists()
def pull_cities(pulled: PulledList, sent: dict) -> Applies:
    """Read provinces and cities with the codes that a bank account's address needs."""
    rows: list[City] = []
    left_out = LeftOut()
    for province in shop.getprovince():
        with left_out.unless_readable(province, "province_name", "province_code"):
            code = int(province["province_code"])
            rows += left_out.readable(shop.getcity(code), partial(_city, str(code), province), "city_name", "city_code")
        renew_lease()
    if not rows:
        raise UnreadableAnswer("funds/getcity answered without a single city")

    def apply() -> None:
        if not left_out:
            City.objects.update(gone=True)
        City.objects.bulk_create(
            {row.city_code: row for row in rows}.values(),
            update_conflicts=True,
            unique_fields=["city_code"],
            update_fields=["province_code", "province_name", "city_name", "bank_address_code", "gone"],
        )
        pulled.mark(len(rows), left_out.note)

    return apply


def _city(province_code: str, province: dict, row: dict) -> City:
    return City(
        province_code=province_code,
        **texts(
            City,
            province_name=province.get("province_name"),
            city_code=row.get("city_code"),
            city_name=row.get("city_name"),
            bank_address_code=row.get("bank_address_code"),
        ),
    )


def day_of(day: date) -> FlowDay:
    return FlowDay.objects.get_or_create(day=day)[0]
