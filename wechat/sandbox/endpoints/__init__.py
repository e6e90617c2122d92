from . import account, audit, cat, delivery, img, order, register, scene, spu, token

__all__ = ["account", "audit", "cat", "delivery", "img", "order", "register", "scene", "spu", "token"]
