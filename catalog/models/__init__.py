from .batch import Batch, BatchChange, BatchRow
from .category import Brand, Category, Need, need_of
from .review import Difference, SPURound
from .spu import NO_BRAND, SKU, SPU, EditStatus, SPUPicture, Status, Unsent

__all__ = [
    "NO_BRAND",
    "SKU",
    "SPU",
    "Batch",
    "BatchChange",
    "BatchRow",
    "Brand",
    "Category",
    "Difference",
    "EditStatus",
    "Need",
    "SPUPicture",
    "SPURound",
    "Status",
    "Unsent",
    "need_of",
]
