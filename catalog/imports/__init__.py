"""Imports and exports products as XLSX or CSV: one row per SKU, the product's own cells on its first row or on each."""
