from django.db import models


class Category(models.Model):
    third_cat_id = models.IntegerField(unique=True)
    third_cat_name = models.CharField(max_length=100)
    second_cat_id = models.IntegerField()
    second_cat_name = models.CharField(max_length=100)
    first_cat_id = models.IntegerField()
    first_cat_name = models.CharField(max_length=100)
    qualification = models.TextField(blank=True)
    qualification_type = models.IntegerField(default=0)
    product_qualification = models.TextField(blank=True)
    product_qualification_type = models.IntegerField(default=0)
    granted = models.BooleanField(default=False)


class Brand(models.Model):
    brand_id = models.BigIntegerField(unique=True)
    brand_wording = models.CharField(max_length=200)


class Picture(models.Model):
    link = models.CharField(max_length=300, blank=True, db_index=True)
    media_id = models.CharField(max_length=200, blank=True, db_index=True)
    pay_media_id = models.CharField(max_length=200, blank=True, db_index=True)
    size = models.IntegerField()


class Audit(models.Model):
    CATEGORY, BRAND = "category", "brand"

    audit_id = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=10)
    request = models.JSONField()
    status = models.IntegerField(default=0)
    brand_id = models.BigIntegerField(default=0)
    reject_reason = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def title(self) -> str:
        if self.kind == self.BRAND:
            return self.request["brand_info"]["brand_wording"]
        level3 = self.request["category_info"]["level3"]
        found = Category.objects.filter(third_cat_id=level3).first()
        return f"{found.first_cat_name} › {found.second_cat_name} › {found.third_cat_name}" if found else str(level3)


class Product(models.Model):
    """A product with both copies and their states (BEHAVIOUR 3.1, 3.2)."""

    EDITING, IN_REVIEW, REJECTED, APPROVED = 1, 2, 3, 4
    NEVER, LISTED, DELISTED, VIOLATION = 0, 5, 11, 13

    product_id = models.BigIntegerField(primary_key=True)
    out_product_id = models.CharField(max_length=200, unique=True)
    draft = models.JSONField()
    online = models.JSONField(null=True)
    edit_status = models.IntegerField(default=EDITING, db_index=True)
    status = models.IntegerField(default=NEVER, db_index=True)
    audit = models.JSONField(default=dict)  # audit_info
    submitted = models.JSONField(default=list)  # when, in Unix seconds, of late
    deleted = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
