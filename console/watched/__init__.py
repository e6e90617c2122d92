"""What is watched of the console itself, and of its connection with WeChat; each app has a `watched.py` of its own."""

from . import connection, differences, edits, machine, sign_ins, work

__all__ = ["connection", "differences", "edits", "machine", "sign_ins", "work"]
