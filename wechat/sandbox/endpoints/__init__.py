from . import account, audit, cat, img, register, spu, token

__all__ = ["account", "audit", "cat", "img", "register", "spu", "token"]
