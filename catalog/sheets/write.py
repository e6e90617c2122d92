"""Sheets out: XLSX row by row with bounded memory, or CSV; nothing in them is a formula."""

import csv
import io
import re
from collections.abc import Iterable, Iterator

from django.db.models import QuerySet
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from console.money import yuan

from .. import attributes
from ..models import SKU, SPU, Batch
from . import columns
from .columns import Column

AMOUNT = re.compile(r"-\d+(\.\d+)?", re.ASCII)
MONEY = ("sale_price", "market_price")


def unformula(cell: str) -> str:
    """Text that no spreadsheet takes for a formula; an amount below zero stays a number."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not AMOUNT.fullmatch(cell) else cell


def template(chosen: list[Column]) -> bytes:
    """An empty sheet with its headers, what belongs below them, and one row as an example."""
    example = {column.name: column.example for column in chosen}
    return xlsx(chosen, [example], notes=True)


def xlsx(chosen: list[Column], rows: Iterable[dict[str, str]], *, notes: bool = False) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("1")
    sheet.freeze_panes = "B2"
    for nth, column in enumerate(chosen, 1):
        sheet.column_dimensions[get_column_letter(nth)].width = column.width
    sheet.append([_header(sheet, column, notes) for column in chosen])
    for row in rows:
        sheet.append([_cell(sheet, row.get(column.name, "")) for column in chosen])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def csv_lines(chosen: list[Column], rows: Iterable[dict[str, str]]) -> Iterator[str]:
    """CSV as spreadsheets open it: with the mark of UTF-8, line by line."""
    line = io.StringIO()
    writer = csv.writer(line)
    line.write("\ufeff")
    writer.writerow([str(column.title) for column in chosen])
    for row in rows:
        writer.writerow([unformula(row.get(column.name, "")) for column in chosen])
        yield line.getvalue()
        line.seek(0)
        line.truncate()
    yield line.getvalue()


def product_rows(products: QuerySet) -> Iterator[dict[str, str]]:
    """A row a SKU, read by the hundred however many there are."""
    for spu in products.select_related("category", "brand").with_content().iterator(chunk_size=200):
        skus = list(spu.skus.all()) or [None]
        for nth, sku in enumerate(skus):
            yield (_product_cells(spu) if nth == 0 else {"out_product_id": spu.out_product_id}) | _sku_cells(sku)


def _product_cells(spu: SPU) -> dict[str, str]:
    pictures = {kind: " | ".join(map(_name, spu.links(kind))) for kind in columns.PICTURES if kind != "thumb_img"}
    return {
        "out_product_id": spu.out_product_id,
        "title": spu.title,
        "third_cat_id": str(spu.category_id or ""),
        "brand_id": str(spu.brand or ""),
        "path": spu.path,
        "direct_path": spu.direct_path,
        "desc": spu.desc,
        "scene_group_list": ",".join(map(str, spu.scene_group_list)),
        "info_version": spu.info_version,
        **pictures,
    }


def _sku_cells(sku: SKU | None) -> dict[str, str]:
    if sku is None:
        return {}
    return {
        "out_sku_id": sku.out_sku_id,
        "sku_attrs": attributes.shown(sku.sku_attrs),
        "thumb_img": _name(sku.thumb_img) if sku.thumb_img else "",
        "sale_price": yuan(sku.sale_price),
        "market_price": yuan(sku.market_price),
        "stock_num": str(sku.stock_num),
        "sku_code": sku.sku_code,
        "barcode": sku.barcode,
    }


def _name(image) -> str:
    """What finds the picture again when the sheet comes back."""
    return image.link or str(image.file.name).rsplit("/", 1)[-1]


def _header(sheet, column: Column, notes: bool) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, str(column.title))
    cell.font = Font(bold=True)
    cell.fill = PatternFill("solid", fgColor="E4F2EA")
    if notes and column.help:
        from openpyxl.comments import Comment

        cell.comment = Comment(str(column.help), "")
    return cell


def _cell(sheet, value: str) -> WriteOnlyCell:
    # Text in every cell: ids keep their digits, and what begins like a formula is none.
    cell = WriteOnlyCell(sheet, value)
    cell.data_type, cell.number_format, cell.alignment = "s", "@", Alignment(vertical="top", wrap_text="\n" in value)
    return cell


def faulty_rows(batch: Batch) -> Iterator[dict[str, str]]:
    """Rows that were not taken, with what is wrong with each."""
    titles = {column.name: str(column.title) for column in columns.PRODUCTS}
    for row in batch.rows.order_by("number").iterator(chunk_size=500):
        said = [f"{titles.get(name, name)}: {' '.join(lines)}" for name, lines in sorted(row.errors.items())]
        yield {name: _shown(cell) for name, cell in row.cells.items()} | {"faults": "\n".join(said)}


def _shown(cell) -> str:
    if cell is None:
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
