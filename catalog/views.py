from collections.abc import Callable
from typing import cast

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import mixins, parsers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from console.api import OperationViewSet, ProblemSerializer, operation_action
from console.api_bulk import BulkMixin
from console.api_timeline import timeline_action
from console.etags import VersionedMixin
from wechat.models import Image

from . import operations
from .api_prices import PricesMixin
from .imports import batches
from .models import SPU, Batch, Brand, Category, Difference
from .models.batch import BatchQuerySet
from .serializers import (
    BatchSerializer,
    BrandSerializer,
    CategorySerializer,
    DifferenceSerializer,
    PictureSerializer,
    SPUSerializer,
)
from .tracing import take_theirs, traced


class CategoryViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """WeChat's third-level categories, with the papers they need; pulled once a day."""

    queryset = Category.objects.order_by("third_cat_id")
    serializer_class = CategorySerializer
    lookup_field = "third_cat_id"
    lookup_value_converter = "int"
    filterset_fields = ["third_cat_id", "qualification_type", "granted", "gone", "first_cat_id", "second_cat_id"]


class BrandViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """The brands granted to the merchant."""

    queryset = Brand.objects.order_by("brand_id")
    serializer_class = BrandSerializer
    lookup_field = "brand_id"
    lookup_value_converter = "int"
    filterset_fields = ["gone"]


class PictureViewSet(
    mixins.CreateModelMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """Pictures of products: uploaded once, then used by id. The same bytes get the same id."""

    queryset = Image.objects.order_by("-id")
    serializer_class = PictureSerializer
    parser_classes = [parsers.MultiPartParser]
    filterset_fields = ["sha256"]


class SPUViewSet(
    mixins.CreateModelMixin,
    mixins.ListModelMixin,
    VersionedMixin,
    mixins.DestroyModelMixin,
    BulkMixin,
    PricesMixin,
    OperationViewSet,
):
    """Products. Writing changes our copy; an operation sends it. `unsent`: 0 nothing, 1 no review, 2 with review."""

    queryset = SPU.objects.select_related("category", "brand").with_content().prefetch_related("rounds").order_by("-id")
    serializer_class = SPUSerializer
    filterset_fields = [
        "out_product_id",
        "product_id",
        "edit_status",
        "status",
        "unsent",
        "category__third_cat_id",
        "brand__brand_id",
    ]

    needs = {"bulk": "catalog.view_spu", "prices": "catalog.change_spu"}
    bulk_field = "out_product_id"
    bulk_operations = [
        operations.submit_spu,
        operations.update_spu_without_audit,
        operations.update_spu_stock,
        operations.list_spu,
        operations.delist_spu,
        operations.remove_spu,
        operations.refresh_spu,
    ]

    submit_spu = operation_action(operations.submit_spu)
    update_spu_without_audit = operation_action(operations.update_spu_without_audit)
    update_spu_stock = operation_action(operations.update_spu_stock)
    withdraw_spu = operation_action(operations.withdraw_spu)
    resubmit_spu = operation_action(operations.resubmit_spu)
    list_spu = operation_action(operations.list_spu)
    delist_spu = operation_action(operations.delist_spu)
    remove_spu = operation_action(operations.remove_spu)
    refresh_spu = operation_action(operations.refresh_spu)
    timeline = timeline_action()

    def perform_update(self, serializer: BaseSerializer) -> None:
        with traced(cast(SPU, serializer.instance)):
            serializer.save()

    def perform_destroy(self, spu: SPU) -> None:
        if spu.is_known or spu.removed_at:
            raise PermissionDenied("WeChat has or had it: use remove_spu, or leave it.")
        spu.delete()


class DifferenceViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Where WeChat's copies differ from what was sent; resolved with `take_theirs` or by sending ours."""

    queryset = Difference.objects.select_related("spu").order_by("-id")
    serializer_class = DifferenceSerializer
    filterset_fields = ["spu__out_product_id", "field"]
    needs = {"take_theirs": "catalog.change_spu"}

    @extend_schema(request=None, responses={200: SPUSerializer})
    @action(detail=True, methods=["post"])
    def take_theirs(self, request: Request, pk: str | None = None) -> Response:
        """Replace our value of this field with WeChat's."""
        row = self.get_object()
        take_theirs(row)
        return Response(SPUSerializer(SPU.objects.with_content().get(pk=row.spu_id), context={"request": request}).data)


class BatchViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Imports of sheets: upload one, read its errors, then start it; undo it as a whole."""

    queryset = Batch.objects.order_by("-id")
    serializer_class = BatchSerializer
    parser_classes = [parsers.MultiPartParser, parsers.JSONParser]
    needs = dict.fromkeys(("create", "start", "undo"), "catalog.add_spu")

    def get_queryset(self) -> BatchQuerySet:
        return Batch.objects.order_by("-id").seen_by(self.request.user)

    def create(self, request: Request) -> Response:
        """Upload a sheet (`sheet`, a zip in `pictures`, or `mends`); it is checked in the background."""
        serializer = BatchSerializer(data=request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        files = serializer.validated_data
        batch = batches.create(files["sheet"], files.get("pictures"), mends=files.get("mends"))
        return Response(BatchSerializer(batch).data, status=201)

    @extend_schema(request=None, responses={202: BatchSerializer, 409: OpenApiResponse(ProblemSerializer)})
    @action(detail=True, methods=["post"])
    def start(self, request: Request, pk: str | None = None) -> Response:
        """Import the rows without errors of a checked sheet."""
        return self._begin(batches.start)

    @extend_schema(request=None, responses={202: BatchSerializer, 409: OpenApiResponse(ProblemSerializer)})
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str | None = None) -> Response:
        """Restore every product as it was before, except those changed or sent since."""
        return self._begin(batches.undo)

    def _begin(self, begin: Callable[[Batch], bool]) -> Response:
        batch = self.get_object()
        if not begin(batch):
            return Response({"detail": f"The import is “{batch.get_state_display()}”."}, status=409)
        batch.refresh_from_db()
        return Response(BatchSerializer(batch).data, status=202)
