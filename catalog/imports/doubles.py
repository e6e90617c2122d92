"""Which ids are in a sheet twice, in memory that hardly grows with it: of each id a number is kept, not its text."""

from array import array
from collections.abc import Callable, Iterable, Iterator

from console.sheets.columns import shown
from console.sheets.read import MAX_ROWS, Row

Id = tuple[str, str]  # product and SKU; "" for the product itself
Doubles = dict[int, dict[bool, int]]  # {row: {whether of its SKU: the other row}}
BITS = MAX_ROWS.bit_length()  # of a row's number; the others of 64 are its id's hash
LOW = (1 << BITS) - 1
HIGH = (1 << (64 - BITS)) - 1


class Ids:
    """The ids of a sheet; `of_products`: rows of one product are next to each other, and its id is on the first."""

    def __init__(self, of_products: bool) -> None:
        self.of_products = of_products
        self._current = ""
        self._seen = array("Q")

    def add(self, row: Row) -> None:
        for one in self._ids(row):
            self._seen.append((hash(one) & HIGH) << BITS | row[0])

    def repeated(self) -> set[int]:
        """Hashes that more than one row has: of the same id, or, by chance, of two."""
        found: set[int] = set()
        last = -1
        for packed in sorted(self._seen):
            if last >> BITS == packed >> BITS and last != packed:
                found.add(packed >> BITS)
            last = packed
        return found

    def _ids(self, row: Row) -> Iterator[Id]:
        product, sku = shown(row[1].get("out_product_id")), shown(row[1].get("out_sku_id"))
        if self.of_products and product not in ("", self._current):
            yield product, ""
        self._current = product or self._current
        if self._current and sku:
            yield self._current, sku

    def doubles(self, rows: Callable[[], Iterable[Row]]) -> Doubles:
        """By going through the sheet again, for it is known by now which few ids have to be compared."""
        repeated = self.repeated()
        if not repeated:
            return {}
        self._current = ""
        first: dict[Id, int] = {}
        doubles: Doubles = {}
        for row in rows():
            for one in self._ids(row):
                if hash(one) & HIGH in repeated and row[0] != (other := first.setdefault(one, row[0])):
                    doubles.setdefault(row[0], {})[bool(one[1])] = other
                    doubles.setdefault(other, {}).setdefault(bool(one[1]), row[0])
        return doubles
