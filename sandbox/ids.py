"""Ids as the platform gives them: 64-bit integers that a client must not read as floats (BEHAVIOUR 0)."""

import secrets

# The distance between two doubles from 2**62 on.
GAP = 1024


def new_id() -> int:
    """An id of 19 digits. Neither it nor any of the 1022 numbers after it, a product's SKUs, survives as a double."""
    return 2**62 + secrets.randbelow(2**52) * GAP + 1
