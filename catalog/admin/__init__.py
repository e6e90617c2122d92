from .batches import BatchAdmin
from .differences import DifferenceAdmin
from .lists import BrandAdmin, CategoryAdmin
from .products import SPUAdmin

__all__ = ["BatchAdmin", "BrandAdmin", "CategoryAdmin", "DifferenceAdmin", "SPUAdmin"]
