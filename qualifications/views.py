from rest_framework import mixins, parsers, viewsets

from console.api import OperationViewSet, operation_action
from console.api_timeline import timeline_action
from console.etags import VersionedMixin

from . import operations
from .models import BrandQualification, CategoryQualification, Document
from .serializers import BrandQualificationSerializer, CategoryQualificationSerializer, DocumentSerializer

PAPERS = ["license", "rounds"]


class DocumentViewSet(
    mixins.CreateModelMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """Papers: uploaded once, then used by id."""

    queryset = Document.objects.select_related("image").order_by("-id")
    serializer_class = DocumentSerializer
    parser_classes = [parsers.MultiPartParser]
    filterset_fields = ["kind"]
    timeline = timeline_action()


class QualificationViewSet(
    mixins.CreateModelMixin,
    mixins.ListModelMixin,
    VersionedMixin,
    OperationViewSet,
):
    timeline = timeline_action()


class BrandQualificationViewSet(QualificationViewSet):
    """Brand applications and their reviews."""

    queryset = (
        BrandQualification.objects.select_related("last_round")
        .prefetch_related(
            *PAPERS,
            "sale_authorization",
            "trademark_registration_certificate",
            "trademark_change_certificate",
            "trademark_registration_application",
            "imported_goods_form",
        )
        .order_by("-id")
    )
    serializer_class = BrandQualificationSerializer
    filterset_fields = {"last_round__status": ["exact", "isnull"]}

    submit_brand = operation_action(operations.submit_brand)
    refresh_brand = operation_action(operations.refresh_brand)


class CategoryQualificationViewSet(QualificationViewSet):
    """Category applications and their reviews."""

    queryset = (
        CategoryQualification.objects.select_related("last_round", "category")
        .prefetch_related(*PAPERS, "certificate")
        .order_by("-id")
    )
    serializer_class = CategoryQualificationSerializer
    filterset_fields = {"last_round__status": ["exact", "isnull"], "category__third_cat_id": ["exact"]}

    submit_category = operation_action(operations.submit_category)
    refresh_category = operation_action(operations.refresh_category)
