from rest_framework import mixins, viewsets

from .models import Brand, Category
from .serializers import BrandSerializer, CategorySerializer


class CategoryViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """WeChat's third-level categories, with the papers they need; pulled once a day."""

    queryset = Category.objects.order_by("third_cat_id")
    serializer_class = CategorySerializer
    lookup_field = "third_cat_id"
    lookup_value_converter = "int"
    filterset_fields = ["qualification_type", "granted", "gone", "first_cat_id", "second_cat_id"]


class BrandViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """The brands granted to the merchant."""

    queryset = Brand.objects.order_by("brand_id")
    serializer_class = BrandSerializer
    lookup_field = "brand_id"
    lookup_value_converter = "int"
    filterset_fields = ["gone"]
