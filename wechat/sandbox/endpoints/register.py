"""Section 1: access to the component and its scenes."""

from datetime import timedelta

from ..models import Account
from ..platform import Refusal, Request, endpoint
from ..pushes import push

OBSERVED = {6: "spu_audit", 7: "pay_order", 8: "send_delivery", 9: "add_aftersale"}
DECLARED = {**OBSERVED, 10: "test_api", 11: "deploy_wxa"}


@endpoint("/shop/register/apply")
def apply(request: Request) -> dict:
    account = request.account
    if account.access == "banned":
        raise Refusal(48001, "the component is banned")
    if account.access != "open":
        account.access = "pending_agreement"
        account.agreement_until = account.now() + timedelta(hours=24)
        account.save()
        if not account.on("agreement_before_access"):
            sign(account)
    return {}


def sign(account: Account) -> None:
    """The administrator signs the agreement, in time (1.3)."""
    if account.access != "pending_agreement" or account.agreement_until < account.now():
        raise Refusal(48001, "no agreement waits for a signature")
    account.access = "open"
    account.save()
    push("open_product_account_register", {"OpenProductAccountRegister": {"status": 2}})


@endpoint("/shop/register/check")
def check(request: Request) -> dict:
    account = request.account
    if account.access not in ("open", "banned"):
        raise Refusal(1040003, "the mini program has not accessed the component")
    info = {}
    for item, name in DECLARED.items():
        if item in OBSERVED:
            info[f"{name}_success"] = int(bool(account.observed.get(name)))
        info[f"{name}_finished"] = int(item in account.declared)
    everything = account.on("all_six_finish_the_task") and set(DECLARED) <= set(account.declared)
    info["open_product_task_finished"] = int(everything)
    groups = [{"group_id": int(group), **scene} for group, scene in account.scenes.items()]
    status = 3 if account.access == "banned" else 2
    return {"data": {"status": status, "access_info": info, "scene_group_list": groups}}


@endpoint("/shop/register/finish_access_info")
def finish_access_info(request: Request) -> dict:
    account, item = request.account, request.data.get("access_info_item")
    if isinstance(item, int) and 1 <= item <= 5 and not account.on("old_items_are_invalid"):
        return {}
    if item not in DECLARED:
        raise Refusal(40097, "invalid access_info_item")
    if item in OBSERVED and not account.observed.get(OBSERVED[item]):
        raise Refusal(1040004, f"{OBSERVED[item]}_success has not been seen yet")
    if account.on("finish_in_order"):
        before = {10: {6, 7, 8, 9}, 11: {10}}.get(item, set())
        if not before <= set(account.declared):
            raise Refusal(1040004, f"finish {sorted(before - set(account.declared))} first")
    if item not in account.declared:
        account.declared = [*account.declared, item]
        account.save()
    return {}


@endpoint("/shop/register/apply_scene")
def apply_scene(request: Request) -> dict:
    account, group = request.account, request.data.get("scene_group_id")
    if group not in (1, 3):
        raise Refusal(40097, "invalid scene_group_id")
    if not set(DECLARED) <= set(account.declared):
        raise Refusal(1040004, "finish the access tasks first")
    items = [{"ext_id": 1, "name": "客服售后", "status": 0}, {"ext_id": 2, "name": "电商平台", "status": 0}]
    name = "视频号、公众号场景" if group == 1 else "小程序联盟"
    scene = {"name": name, "status": 0, "reason": "", "scene_group_ext_list": items}
    account.scenes = {**account.scenes, str(group): scene}
    account.save()
    return {}


def judge_scene(account: Account, group: str, passed: bool, reason: str = "") -> None:
    """The platform's review of a scene group is done (1.6)."""
    scene = account.scenes[group]
    items = [{**item, "status": 1 if passed else 2} for item in scene["scene_group_ext_list"]]
    account.scenes = {
        **account.scenes,
        group: {**scene, "status": 1, "reason": reason, "scene_group_ext_list": items},
    }
    account.save()
    body = {"group_id": int(group), "name": scene["name"], "reason": reason, "scene_group_ext_list": items}
    push("open_product_scene_group_audit", {"SceneGroupAudit": body})
