"""Products in and out as XLSX or CSV: one row a SKU, the product's own cells on its first row or on each."""
