"""Leaving with everything: all rows and files of the console in open formats (docs/leaving.md).

`columns` says what of a table goes out and how a value is written, `tables` writes one table, `writing` all of it,
`packing` makes the zip, `asking` is the page's and the worker's part.
"""
