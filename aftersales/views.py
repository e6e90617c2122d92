"""The API of after-sales for the mini program's backend: what a buyer does, done in the buyer's place."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from console.api import OperationViewSet, ProblemSerializer, operation_action, runs
from console.paging import NewestFirst
from console.problems import by_path
from orders.models import OrderLine
from wechat.models import Step
from wechat.steps.errors import Conflict, Incomplete
from wechat.steps.operations import Operation

from . import operations
from .limits import faults_of_new
from .models import Aftersale, Dispute, OldStatus
from .serializers import (
    AftersaleSerializer,
    ContentSerializer,
    DisputeSerializer,
    OpenedSerializer,
    ReturnInfoSerializer,
)
from .snapshots import CONTENT, keep_version, moved

PROBLEM = OpenApiResponse(ProblemSerializer)
REFUSALS = {400: PROBLEM, 409: PROBLEM, 422: PROBLEM, 503: PROBLEM}


def _checked(serializer):
    if not serializer.is_valid():
        raise Incomplete(by_path(serializer.errors))
    return serializer.validated_data


def _write(claim: Aftersale, given: dict) -> None:
    """What is about to be sent, written down while nobody else can send anything."""
    for name, value in given.items():
        setattr(claim, name, value)
    claim.save(update_fields=list(given))


def _corrected(known: Aftersale, claim: Aftersale) -> bool:
    """A claim that WeChat refused to open may come again, mended, under its number."""
    is_free = known.status is None and known.refusal and known.line_id == claim.line_id
    if not is_free or Step.objects.of(known).filter(reads=False).open().exists():
        return False
    for name in CONTENT:
        setattr(known, name, getattr(claim, name))
    known.refusal = {}
    with transaction.atomic():
        known.save(update_fields=[*CONTENT, "refusal"])
        known.versions.all().delete()
        keep_version(known)
    return True


class AftersaleViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OperationViewSet):
    """Claims. Opening, changing and cancelling ask WeChat inside the request; a repeat of an opening is no error."""

    queryset = Aftersale.objects.select_related("order", "line").prefetch_related("versions").order_by("-id")
    serializer_class = AftersaleSerializer
    pagination_class = NewestFirst
    filterset_fields = ["status", "family", "out_aftersale_id", "aftersale_id", "order__out_order_id"]
    needs = {"create": "aftersales.open_claim"}

    accept_refund = operation_action(operations.accept_refund)
    accept_return = operation_action(operations.accept_return)
    confirm_goods = operation_action(operations.confirm_goods)
    reject_claim = operation_action(operations.reject_claim)
    refresh_claim = operation_action(operations.refresh_claim)

    @extend_schema(request=OpenedSerializer, responses={201: AftersaleSerializer, **REFUSALS})
    def create(self, request):
        """Open a claim: at WeChat for orders on its merchant account, else kept here and told to WeChat."""
        serializer = OpenedSerializer(data=request.data)
        claim = serializer.build(_checked(serializer))
        known = Aftersale.objects.filter(out_aftersale_id=claim.out_aftersale_id).first()
        if known is None:
            try:
                with transaction.atomic():
                    OrderLine.objects.select_for_update().get(pk=claim.line_id or 0)  # one claim on it at a time
                    if faults := faults_of_new(claim):
                        raise Incomplete(faults)
                    claim.save()
                    keep_version(claim)
                    if not claim.is_ec:
                        claim.status = OldStatus.NEW
                        claim.save(update_fields=["status"])
                        moved(claim, None)
            except IntegrityError:
                known = Aftersale.objects.filter(out_aftersale_id=claim.out_aftersale_id).first()
        if known is not None:
            same = known.order_id == claim.order_id and all(
                getattr(known.versions.first(), name, None) == getattr(claim, name) for name in CONTENT
            )
            if not same and not _corrected(known, claim):
                raise Conflict(_("There is a claim with other content under this number."))
            claim = known
        if claim.status is None:
            operations.open_claim(claim)
        elif not claim.is_ec and known is None:
            operations.record_claim(claim)
        return self._shown(claim, 201)

    @runs(operations.change_claim)
    @extend_schema(request=ContentSerializer, responses={200: AftersaleSerializer, **REFUSALS})
    @action(detail=True, methods=["post"])
    def change_claim(self, request, pk=None):
        """Change a claim in the buyer's place; it waits for the merchant anew."""
        claim = self.get_object()
        given = _checked(ContentSerializer(data=request.data))
        operations.change_claim(claim, first=lambda claim: _write(claim, given))
        return self._shown(claim)

    @runs(operations.cancel_claim)
    @extend_schema(request=None, responses={200: AftersaleSerializer, **REFUSALS})
    @action(detail=True, methods=["post"])
    def cancel_claim(self, request, pk=None):
        """Withdraw a claim in the buyer's place."""
        return self._run(operations.cancel_claim)

    @runs(operations.send_return_info)
    @extend_schema(request=ReturnInfoSerializer, responses={200: AftersaleSerializer, **REFUSALS})
    @action(detail=True, methods=["post"])
    def send_return_info(self, request, pk=None):
        """Say in the buyer's place how the goods come back."""
        claim = self.get_object()
        info = dict(_checked(ReturnInfoSerializer(data=request.data)))
        operations.send_return_info(claim, first=lambda claim: _write(claim, {"return_info": info}))
        return self._shown(claim)

    def _run(self, op: Operation) -> Response:
        claim = self.get_object()
        op(claim)
        return self._shown(claim)

    def _shown(self, claim: Aftersale, status: int = 200) -> Response:
        fresh = self.get_queryset().get(pk=claim.pk)
        return Response(AftersaleSerializer(fresh, context=self.get_serializer_context()).data, status)


class DisputeViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Claims that buyers brought before the platform."""

    queryset = Dispute.objects.select_related("aftersale").order_by("-id")
    serializer_class = DisputeSerializer
    filterset_fields = ["state", "complaint_order_id"]
