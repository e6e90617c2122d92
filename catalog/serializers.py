from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from console.api_fields import FenField, IntegerField, ListField, ListSerializer, ModelSerializer, PlatformIdField
from console.words import retold
from wechat.models import Image
from wechat.values import MOST, out_id

from . import content
from .models import SKU, SPU, Batch, BatchRow, Brand, Category, Difference, SPUPicture, SPURound
from .models.spu import USED_UP


class CategorySerializer(ModelSerializer):
    class Meta:
        model = Category
        exclude = ["id"]


class BrandSerializer(ModelSerializer):
    brand_id = PlatformIdField(read_only=True)

    class Meta:
        model = Brand
        fields = ["brand_id", "brand_wording", "gone"]


class AttributeSerializer(serializers.Serializer):
    attr_key = serializers.CharField(max_length=50)
    attr_value = serializers.CharField(max_length=100)


class SKUSerializer(ModelSerializer):
    """One variant of a product; prices in fen."""

    sku_attrs = ListSerializer(child=AttributeSerializer(), required=False, max_length=50)
    sku_id = PlatformIdField(read_only=True, allow_null=True)
    sale_price = FenField(min_value=1)
    market_price = FenField(
        min_value=1, required=False, allow_null=True, help_text="fen; null is the same as sale_price"
    )
    stock_num = IntegerField(min_value=0, max_value=MOST, default=0)

    class Meta:
        model = SKU
        fields = [
            "out_sku_id",
            "sku_attrs",
            "thumb_img",
            "sale_price",
            "market_price",
            "stock_num",
            "sku_code",
            "barcode",
            "sku_id",
        ]
        extra_kwargs = {"sku_code": {"default": ""}, "barcode": {"default": ""}}


class PicturesField(ListField):
    """Pictures by their ids, in their order."""

    child = serializers.PrimaryKeyRelatedField(queryset=Image.objects.all())

    def get_attribute(self, spu: SPU) -> list[int]:
        return [image.pk for image in spu.links(str(self.field_name))]

    def to_representation(self, value: list[int]) -> list[int]:
        return value


class SPURoundSerializer(ModelSerializer):
    class Meta:
        model = SPURound
        fields = ["audit_id", "status", "reject_reason", "submitted_at", "decided_at"]


class DifferenceSerializer(ModelSerializer):
    out_product_id = serializers.CharField(source="spu.out_product_id", read_only=True)
    ours = serializers.JSONField(read_only=True)
    theirs = serializers.JSONField(read_only=True)

    class Meta:
        model = Difference
        fields = ["id", "out_product_id", "field", "ours", "theirs", "found_at"]


class SPUSerializer(ModelSerializer):
    """A product. `skus`, where present, replaces all SKUs; WeChat's own are `edit_status`, `status`, `product_id`."""

    third_cat_id = serializers.SlugRelatedField(
        source="category", slug_field="third_cat_id", queryset=Category.objects.current(), allow_null=True, default=None
    )
    brand_id = serializers.SlugRelatedField(
        source="brand",
        slug_field="brand_id",
        queryset=Brand.objects.filter(gone=False),
        allow_null=True,
        default=None,
        help_text="null for goods without a brand",
    )
    head_img = PicturesField(required=False, max_length=100)
    imgs = PicturesField(required=False, max_length=100)
    qualification_pics = PicturesField(required=False, max_length=100)
    scene_group_list = ListField(child=IntegerField(min_value=0, max_value=MOST), required=False, max_length=50)
    skus = ListSerializer(child=SKUSerializer(), required=False, max_length=500)
    rounds = SPURoundSerializer(many=True, read_only=True)
    product_id = PlatformIdField(read_only=True, allow_null=True)
    state = serializers.CharField(source="state_label", read_only=True)

    class Meta:
        model = SPU
        fields = [
            "id",
            "out_product_id",
            "title",
            "third_cat_id",
            "brand_id",
            "path",
            "direct_path",
            "desc",
            "info_version",
            "scene_group_list",
            "head_img",
            "imgs",
            "qualification_pics",
            "skus",
            "product_id",
            "edit_status",
            "status",
            "reject_reason",
            "unsent",
            "removed_at",
            "state",
            "rounds",
            "created_at",
            "changed_at",
        ]
        read_only_fields = ["edit_status", "status", "reject_reason", "unsent", "removed_at"]
        extra_kwargs = {"out_product_id": {"validators": [out_id]}}

    def to_representation(self, spu: SPU) -> dict[str, Any]:
        data = super().to_representation(spu)
        # As text, because JavaScript would round the number.
        return data | {"brand_id": None if spu.brand_id is None else str(spu.brand_id)}

    def validate_out_product_id(self, value: str) -> str:
        if SPU.objects.is_used_up(value):
            raise serializers.ValidationError(USED_UP, "unique")
        others = SPU.objects.filter(out_product_id=value)
        if self.instance:
            others = others.exclude(pk=self.instance.pk)
        if others.exists():
            raise serializers.ValidationError(_("There is a product with this id already."), "unique")
        if self.instance and self.instance.is_known and value != self.instance.out_product_id:
            raise serializers.ValidationError("WeChat knows the product by this id: it stays.")
        return value

    def validate_skus(self, skus: list[dict]) -> list[dict]:
        ids = [sku["out_sku_id"] for sku in skus]
        if len(ids) != len(set(ids)):
            raise serializers.ValidationError("An out_sku_id is named twice.")
        return skus

    def create(self, validated: dict[str, Any]) -> SPU:
        return self._write(SPU(), validated)

    def update(self, spu: SPU, validated: dict[str, Any]) -> SPU:
        return self._write(spu, validated)

    def _write(self, spu: SPU, validated: dict[str, Any]) -> SPU:
        pictures = {kind: validated.pop(kind) for kind in SPUPicture.Kind.values if kind in validated}
        skus = validated.pop("skus", None)
        for name, value in validated.items():
            setattr(spu, name, value)
        spu.save()
        for kind, images in pictures.items():
            content.set_pictures(spu, kind, images)
        if skus is not None:
            content.set_skus(spu, skus)
        content.update_unsent(spu)
        return spu


class PictureSerializer(ModelSerializer):
    """Send `file` as multipart/form-data: JPG or PNG, or what can be made one of at most 2 MB."""

    file = serializers.FileField(write_only=True)
    warnings = serializers.ListField(
        child=serializers.CharField(), read_only=True, help_text="What was done to the file before it was kept."
    )

    class Meta:
        model = Image
        fields = ["id", "file", "name", "size", "sha256", "link", "warnings", "created_at"]
        read_only_fields = ["name", "size", "sha256", "link", "created_at"]

    def create(self, validated: dict[str, Any]) -> Image:
        return Image.objects.keep(validated["file"])


class BatchRowSerializer(ModelSerializer):
    class Meta:
        model = BatchRow
        fields = ["number", "errors"]

    def to_representation(self, row: BatchRow) -> dict[str, Any]:
        errors = {name: [retold(line) for line in lines] for name, lines in row.errors.items()}
        return {"number": row.number, "errors": errors}


class MendedField(serializers.PrimaryKeyRelatedField):
    """An import that whoever asks can see."""

    queryset = Batch.objects.all()

    def get_queryset(self) -> QuerySet:
        return Batch.objects.seen_by(self.context["request"].user)


class BatchSerializer(ModelSerializer):
    """An import. Send `sheet` (XLSX or CSV) and, if it names files, `pictures` (a zip).

    `mends`: the earlier import whose bad rows these are, mended; its pictures are found again.
    """

    sheet = serializers.FileField(write_only=True)
    pictures = serializers.FileField(write_only=True, required=False)
    mends = MendedField(required=False, allow_null=True, help_text="The import whose rows are mended.")
    picture_notes = serializers.ListField(
        child=serializers.CharField(), read_only=True, help_text="What was done to the pictures."
    )
    rows = serializers.SerializerMethodField(help_text="The first hundred rows that were not taken.")

    class Meta:
        model = Batch
        fields = [
            "id",
            "sheet",
            "pictures",
            "mends",
            "name",
            "kind",
            "state",
            "paused",
            "total",
            "good",
            "bad",
            "created",
            "updated",
            "unchanged",
            "unknown",
            "warned",
            "warnings",
            "message",
            "picture_notes",
            "rows",
            "created_at",
            "finished_at",
        ]
        read_only_fields = [name for name in fields if name not in ("sheet", "pictures", "mends", "picture_notes")]

    def to_representation(self, batch: Batch) -> dict[str, Any]:
        data = super().to_representation(batch)
        warnings = [warning | {"text": retold(warning["text"])} for warning in batch.warnings]
        return data | {"message": retold(batch.message), "warnings": warnings}

    @extend_schema_field(BatchRowSerializer(many=True))
    def get_rows(self, batch: Batch) -> list:
        return list(BatchRowSerializer(batch.rows.order_by("number")[:100], many=True).data)
