from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.models import Category
from console.api_fields import ModelSerializer, PlatformIdField

from .forms import keep_document
from .models import BrandQualification, BrandRound, CategoryQualification, CategoryRound, Document


class DocumentSerializer(ModelSerializer):
    """A paper. Send `file` as multipart/form-data: JPG or PNG, or what can be made one of at most 2 MB."""

    file = serializers.FileField(write_only=True)
    uploaded = serializers.SerializerMethodField(help_text="Whether WeChat has the picture already.")
    sha256 = serializers.CharField(source="image.sha256", read_only=True, allow_null=True)

    warnings = serializers.ListField(
        source="image.warnings",
        child=serializers.CharField(),
        read_only=True,
        help_text="What was done to the file before it was kept.",
    )

    class Meta:
        model = Document
        fields = ["id", "kind", "title", "expires_on", "file", "uploaded", "sha256", "warnings", "created_at"]
        extra_kwargs = {"title": {"required": False}}

    @extend_schema_field(bool)
    def get_uploaded(self, document: Document) -> bool:
        return bool(document.image.link)

    def create(self, validated: dict[str, Any]) -> Document:
        document = keep_document(validated["file"], validated["kind"], validated.get("title", ""))
        if "expires_on" in validated:
            document.expires_on = validated["expires_on"]
            document.save(update_fields=["expires_on"])
        return document


ROUND_FIELDS = ["audit_id", "status", "reject_reason", "submitted_at", "decided_at"]


class BrandRoundSerializer(ModelSerializer):
    brand_id = PlatformIdField(read_only=True, allow_null=True)

    class Meta:
        model = BrandRound
        fields = [*ROUND_FIELDS, "brand_id"]


class CategoryRoundSerializer(ModelSerializer):
    class Meta:
        model = CategoryRound
        fields = ROUND_FIELDS


class QualificationSerializer(ModelSerializer):
    """An application in review cannot be changed: 400 until the review is decided."""

    state = serializers.CharField(source="state_label", read_only=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if self.instance is not None and not self.instance.may_submit():
            raise serializers.ValidationError(
                {"detail": f"“{self.instance.state_label}”: it stands as it was sent to WeChat."}
            )
        return attrs


class BrandQualificationSerializer(QualificationSerializer):
    rounds = BrandRoundSerializer(many=True, read_only=True)
    brand_id = PlatformIdField(read_only=True, allow_null=True)

    class Meta:
        model = BrandQualification
        exclude = ["last_round"]


class CategoryQualificationSerializer(QualificationSerializer):
    rounds = CategoryRoundSerializer(many=True, read_only=True)
    third_cat_id = serializers.SlugRelatedField(
        source="category", slug_field="third_cat_id", queryset=Category.objects.current()
    )

    class Meta:
        model = CategoryQualification
        fields = [
            "id",
            "third_cat_id",
            "license",
            "certificate",
            "state",
            "rounds",
            "created_at",
            "changed_at",
        ]
