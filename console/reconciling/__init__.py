"""Compares what is stored here with WeChat, and keeps every difference as a row until it is resolved.

`sources`: what an app registers in its `compared.py`; `runs`: a comparison, page by page, which any worker may go on
with; `storing`: from what was read to rows and the figures of the day; `reads`: what a read changed and nobody
expected; `resolving`: take WeChat's, push ours, known; `schedule`: what is compared when; `api`: its endpoints.
"""
