"""How the money is compared with WeChat, each kind in a file of its own."""

from . import movements, payments  # noqa: F401  they register themselves
