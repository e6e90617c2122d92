"""Shared by all apps' pages and APIs: operation buttons, timeline, jobs, roles, keys, masking, private files, Today."""
