from .applications import BrandQualificationAdmin, CategoryQualificationAdmin
from .documents import DocumentAdmin

__all__ = ["BrandQualificationAdmin", "CategoryQualificationAdmin", "DocumentAdmin"]
