from . import account, aftersale, audit, cat, complaint, delivery, ecaftersale, img, order, register, scene, spu, token

__all__ = [
    "account",
    "aftersale",
    "audit",
    "cat",
    "complaint",
    "delivery",
    "ecaftersale",
    "img",
    "order",
    "register",
    "scene",
    "spu",
    "token",
]
