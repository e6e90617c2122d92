"""The 17 steps in the guide's order. Each checks first whether it is done, so a second run resumes a failed one."""

from collections.abc import Callable

from . import access, orders, papers
from .client import Client

STEPS: list[Callable[[Client], None]] = [
    access.request_access,
    access.develop,
    papers.prepare_material,
    papers.upload_product,
    orders.finish_orders,
    orders.finish_delivery,
    orders.finish_aftersales,
    access.confirm_tested,
    access.confirm_released,
    access.apply_scene,
    access.follow_scene_guide,
    access.put_goods_into_scene,
    orders.generate_order,
    orders.pay_with_verification,
    orders.synchronise_state,
    orders.synchronise_logistics,
    orders.synchronise_aftersales,
]
