from . import account, audit, cat, img, register, token

__all__ = ["account", "audit", "cat", "img", "register", "token"]
