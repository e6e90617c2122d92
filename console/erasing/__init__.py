"""Erasing one buyer: their values in all records, and what was logged of them (docs/leaving.md).

Each app says in its `kept.py` which columns hold a buyer's values and what stands there afterwards; the rest of a row
stays, as the law has a merchant keep it. What was logged is sealed under a key of each buyer, which is deleted.
"""

from .running import Unfinished, erase

__all__ = ["Unfinished", "erase"]
