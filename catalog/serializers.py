from rest_framework import serializers

from console.api import PlatformIdField

from .models import Brand, Category


class CategorySerializer(serializers.ModelSerializer):
    class Meta:
        model = Category
        exclude = ["id"]


class BrandSerializer(serializers.ModelSerializer):
    brand_id = PlatformIdField(read_only=True)

    class Meta:
        model = Brand
        fields = ["brand_id", "brand_wording", "gone"]
