"""Ids that are in a sheet twice are found by their hashes as they are by comparing all of them."""

from hypothesis import given
from hypothesis import strategies as st

from catalog.imports import doubles
from console.sheets.columns import shown

cells = st.sampled_from(["a", "b", "c", "", None, 1, 1.0])
rows = st.lists(st.fixed_dictionaries({"out_product_id": cells, "out_sku_id": cells}), max_size=30)


def compared(sheet, of_products):
    """All ids side by side."""
    first, found, current = {}, {}, ""
    for number, row in sheet:
        product, sku = shown(row["out_product_id"]), shown(row["out_sku_id"])
        begins = of_products and product not in ("", current)
        current = product or current
        for one in [(current, "")] * begins + [(current, sku)] * bool(current and sku):
            if number != (other := first.setdefault(one, number)):
                found.setdefault(number, {})[bool(one[1])] = other
                found.setdefault(other, {}).setdefault(bool(one[1]), number)
    return found


@given(rows, st.booleans(), st.booleans())
def test_the_same_rows_are_named(values, of_products, all_alike):
    sheet = list(enumerate(values, 2))
    high = doubles.HIGH
    try:
        doubles.HIGH = 0 if all_alike else high  # every hash is the same: by chance it may be
        ids = doubles.Ids(of_products)
        for row in sheet:
            ids.add(row)
        assert ids.doubles(lambda: sheet) == compared(sheet, of_products)
    finally:
        doubles.HIGH = high


def test_a_sheet_without_doubles_is_not_read_again():
    ids = doubles.Ids(of_products=True)
    for number in range(2, 200):
        ids.add((number, {"out_product_id": f"p{number}", "out_sku_id": "1"}))
    assert ids.repeated() == set()
    assert ids.doubles(lambda: 1 / 0) == {}
