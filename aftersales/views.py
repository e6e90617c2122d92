"""The API of after-sales for the mini program's backend: actions on behalf of the buyer."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.api import OperationViewSet, ProblemSerializer, operation_action
from console.api_timeline import timeline_action
from console.paging import NewestFirst
from console.problems import by_path
from orders.models import OrderLine
from wechat.models import Step
from wechat.steps.errors import Conflict, Incomplete

from . import complaints, operations
from .limits import faults_of_new
from .models import Aftersale, Complaint, Dispute, OldStatus
from .serializers import (
    AcceptedReturnSerializer,
    AftersaleSerializer,
    AnswerSerializer,
    ComplaintSerializer,
    ContentSerializer,
    DisputeSerializer,
    EvidenceSerializer,
    OpenedSerializer,
    ProofSerializer,
    RefusalSerializer,
    ReturnInfoSerializer,
)
from .snapshots import CONTENT, keep_version, moved

PROBLEM = OpenApiResponse(ProblemSerializer)
REFUSALS = {400: PROBLEM, 409: PROBLEM, 422: PROBLEM, 503: PROBLEM}

EXAMPLE = {
    "out_aftersale_id": "20261126-0001",
    "out_order_id": "20261125-0001",
    "out_product_id": "dress-1001",
    "out_sku_id": "dress-1001-red-m",
    "product_cnt": 1,
    "type": 1,
    "orderamt": 19740,
    "refund_reason_type": 2,
    "refund_reason": "不想要了",
}


def _checked(serializer: serializers.Serializer) -> dict[str, Any]:
    if not serializer.is_valid():
        raise Incomplete(by_path(serializer.errors))
    return serializer.validated_data


def _write(aftersale: Aftersale, fields: dict[str, Any]) -> None:
    """Save what is about to be sent, in the commit that opens the step, when no other step can be open."""
    for name, value in fields.items():
        setattr(aftersale, name, value)
    aftersale.save(update_fields=list(fields))


def _find(out_aftersale_id: str | None) -> Aftersale | None:
    return Aftersale.objects.filter(out_aftersale_id=out_aftersale_id).first()


def _save_new(aftersale: Aftersale) -> None:
    """Save a new after-sale; raises Incomplete where WeChat's limits forbid it, IntegrityError where its id exists."""
    with transaction.atomic():
        # The line is locked before the limits are checked, so that two requests on the same goods are checked in turn.
        OrderLine.objects.select_for_update().get(pk=aftersale.line_id or 0)
        if faults := faults_of_new(aftersale):
            raise Incomplete(faults)
        aftersale.save()
        keep_version(aftersale)
        if not aftersale.is_ec:
            aftersale.status = OldStatus.NEW
            aftersale.save(update_fields=["status"])
            moved(aftersale, None)


def _is_repeat(existing: Aftersale, aftersale: Aftersale) -> bool:
    """Whether the first version under this number has the same content."""
    first = existing.versions.first()
    same_content = all(getattr(first, name, None) == getattr(aftersale, name) for name in CONTENT)
    return existing.order_id == aftersale.order_id and same_content


def _corrected(existing: Aftersale, aftersale: Aftersale) -> bool:
    """Replace the content of an after-sale that WeChat refused to open, and keep its number; False if not refused."""
    is_free = existing.status is None and existing.refusal and existing.line_id == aftersale.line_id
    if not is_free or Step.objects.of(existing).filter(reads=False).open().exists():
        return False
    for name in CONTENT:
        setattr(existing, name, getattr(aftersale, name))
    existing.refusal = {}
    with transaction.atomic():
        existing.save(update_fields=[*CONTENT, "refusal"])
        existing.versions.all().delete()
        keep_version(existing)
    return True


class AftersaleViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OperationViewSet):
    """After-sales. Opening, changing and cancelling ask WeChat inside the request; a repeated opening is no error."""

    queryset = Aftersale.objects.select_related("order", "line").prefetch_related("versions").order_by("-id")
    serializer_class = AftersaleSerializer
    pagination_class = NewestFirst
    filterset_fields = ["status", "family", "out_aftersale_id", "aftersale_id", "order__out_order_id"]
    needs = {
        "create": operations.open_claim.permission,
        "change_claim": operations.change_claim.permission,
        "cancel_claim": operations.cancel_claim.permission,
        "send_return_info": operations.send_return_info.permission,
    }

    accept_refund = operation_action(operations.accept_refund)
    accept_return = operation_action(operations.accept_return, body=AcceptedReturnSerializer)
    confirm_goods = operation_action(operations.confirm_goods)
    reject_claim = operation_action(operations.reject_claim, body=RefusalSerializer)
    upload_certificates = operation_action(operations.upload_certificates, body=ProofSerializer)
    tell_claim = operation_action(operations.tell_claim)
    refresh_claim = operation_action(operations.refresh_claim)
    timeline = timeline_action()

    @extend_schema(
        request=OpenedSerializer,
        responses={201: AftersaleSerializer, **REFUSALS},
        examples=[OpenApiExample("A refund of one piece", value=EXAMPLE, request_only=True)],
    )
    def create(self, request: Request) -> Response:
        """Open an after-sale: at WeChat for orders on its merchant account, else kept here and told to WeChat."""
        serializer = OpenedSerializer(data=request.data)
        aftersale = serializer.build(_checked(serializer))
        existing = _find(aftersale.out_aftersale_id)
        if existing is None:
            try:
                _save_new(aftersale)
            except IntegrityError:
                existing = _find(aftersale.out_aftersale_id)
        if existing is not None:
            if not _is_repeat(existing, aftersale) and not _corrected(existing, aftersale):
                raise Conflict(_("There is an after-sale with other content under this number."))
            aftersale = existing
        if aftersale.status is None:
            operations.open_claim(aftersale)
        elif not aftersale.is_ec and existing is None:
            operations.record_claim(aftersale)
        return self._shown(aftersale, 201)

    @extend_schema(request=ContentSerializer, responses={200: AftersaleSerializer, **REFUSALS})
    @action(detail=True, methods=["post"])
    def change_claim(self, request: Request, pk: Any = None) -> Response:
        """Change an after-sale in the buyer's place; it waits for the merchant anew."""
        aftersale = self.get_object()
        content = _checked(ContentSerializer(data=request.data))
        operations.change_claim(aftersale, first=lambda fresh: _write(fresh, content))
        return self._shown(aftersale)

    @extend_schema(request=None, responses={200: AftersaleSerializer, **REFUSALS})
    @action(detail=True, methods=["post"])
    def cancel_claim(self, request: Request, pk: Any = None) -> Response:
        """Withdraw an after-sale in the buyer's place."""
        aftersale = self.get_object()
        operations.cancel_claim(aftersale)
        return self._shown(aftersale)

    @extend_schema(request=ReturnInfoSerializer, responses={200: AftersaleSerializer, **REFUSALS})
    @action(detail=True, methods=["post"])
    def send_return_info(self, request: Request, pk: Any = None) -> Response:
        """Report the return shipment on behalf of the buyer."""
        aftersale = self.get_object()
        info = dict(_checked(ReturnInfoSerializer(data=request.data)))
        operations.send_return_info(aftersale, first=lambda fresh: _write(fresh, {"return_info": info}))
        return self._shown(aftersale)

    def _shown(self, aftersale: Aftersale, status: int = 200) -> Response:
        fresh = self.get_queryset().get(pk=aftersale.pk)
        return Response(AftersaleSerializer(fresh, context=self.get_serializer_context()).data, status)


class DisputeViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OperationViewSet):
    """After-sales that buyers brought before the platform."""

    queryset = Dispute.objects.select_related("aftersale").order_by("-id")
    serializer_class = DisputeSerializer
    filterset_fields = ["state", "complaint_order_id"]

    hand_in_evidence = operation_action(operations.hand_in_evidence, body=EvidenceSerializer)
    refresh_dispute = operation_action(operations.refresh_dispute)
    timeline = timeline_action()


class ComplaintViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OperationViewSet):
    """Complaints about the shop; they are answered on WeChat's pages, and marked here."""

    queryset = Complaint.objects.order_by("-id")
    serializer_class = ComplaintSerializer
    pagination_class = NewestFirst
    filterset_fields = ["complaint_order_id", "status"]
    needs = {"mark_answered": "aftersales.change_complaint"}
    timeline = timeline_action()

    @extend_schema(request=AnswerSerializer, responses={200: ComplaintSerializer})
    @action(detail=True, methods=["post"])
    def mark_answered(self, request: Request, pk: Any = None) -> Response:
        """Mark every message of the complaint as answered, with what was said; repeating it changes nothing."""
        complaint = self.get_object()
        complaints.mark_answered(complaint, _checked(AnswerSerializer(data=request.data))["answer"])
        complaint.refresh_from_db()
        return Response(self.get_serializer(complaint).data)
