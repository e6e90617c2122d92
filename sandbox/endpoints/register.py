"""Access to the component and its scenes (BEHAVIOUR 1)."""

from datetime import timedelta

from django.utils import timezone

from ..models import Account
from ..platform import Refusal, Request, endpoint
from ..pushes import push
from ..values import whole

OBSERVED = {6: "spu_audit", 7: "pay_order", 8: "send_delivery", 9: "add_aftersale"}
# The same tasks by their newer interfaces, where these were used.
NEWER = {7: "ec_order", 9: "ec_after_sale"}
DECLARED = {**OBSERVED, 10: "test_api", 11: "deploy_wxa"}
IN_REVIEW, DONE, FAILED, NOT_REVIEWED = range(4)  # of a group; of its items 1 is "passed"
GROUPS = {1: "视频号、公众号场景", 3: "小程序联盟"}
ITEMS = {1: "客服售后", 2: "电商平台"}
STANDARD_OFF, STANDARD_TASK, STANDARD_FINISHED = "off", "task", "finished"


@endpoint("/shop/register/apply")
def apply(request: Request) -> dict:
    account = request.account
    if account.access == "banned":
        raise Refusal(48001, "the component is banned")
    if account.standard != STANDARD_OFF:
        # BEHAVIOUR 1.1: no code of its own is known
        raise Refusal(1040002, "the standard version is switched on, deactivate it first")
    if account.access != "open":
        account.access = "pending_agreement"
        account.agreement_until = account.now() + timedelta(hours=24)
        account.save()
        if not account.on("agreement_before_access"):
            sign(account)
    return {}


def sign(account: Account) -> None:
    """The administrator signs the agreement within its time limit (BEHAVIOUR 1.3)."""
    until = account.agreement_until
    if account.access != "pending_agreement" or until is None or until < account.now():
        raise Refusal(48001, "no agreement waits for a signature")
    account.access, account.opened_at = "open", timezone.now()
    account.save()
    push("open_product_account_register", {"OpenProductAccountRegister": {"status": 2}})


def cancel(account: Account) -> None:
    """The component is cancelled on the platform's page (BEHAVIOUR 1.3): access starts from the beginning."""
    account.access, account.opened_at = "closed", None
    account.observed, account.declared, account.scenes = {}, [], {}
    account.save()
    push("open_product_account_register", {"OpenProductAccountRegister": {"status": 10}})


def ban(account: Account, banned: bool = True) -> None:
    """The platform bans the component, or lifts the ban (BEHAVIOUR 1.4); no event is sent."""
    account.access = "banned" if banned else "open"
    account.save()


def release(account: Account) -> None:
    """The mini program's code goes live (step 2.7a in BEHAVIOUR 1.2)."""
    account.released_at = timezone.now()
    account.save()


@endpoint("/shop/register/check")
def check(request: Request) -> dict:
    account = request.account
    if account.access not in ("open", "banned"):
        raise Refusal(1040003, "the mini program has not accessed the component")
    status = 3 if account.access == "banned" else 2
    return {"data": {"status": status, "access_info": _tasks(account), "scene_group_list": _groups(account)}}


def _tasks(account: Account) -> dict[str, int]:
    """BEHAVIOUR 1.4: what the platform has seen (success) and what the merchant has declared (finished)."""
    newer_only = account.on("newer_tasks_only")
    older = [(item, name) for item, name in DECLARED.items() if not newer_only or item not in NEWER]
    info = {}
    for item, name in [*older, *NEWER.items()]:
        if item in OBSERVED:
            info[f"{name}_success"] = int(bool(account.observed.get(name)))
        info[f"{name}_finished"] = int(item in account.declared)
    everything = account.on("all_six_finish_the_task") and set(DECLARED) <= set(account.declared)
    return info | {"open_product_task_finished": int(everything)}


def _groups(account: Account) -> list[dict]:
    known = {int(group): scene for group, scene in account.scenes.items()}
    if account.on("scene_groups_always_listed"):
        known = {group: _scene(group, NOT_REVIEWED) for group in GROUPS} | known
    return [{"group_id": group, **scene} for group, scene in known.items()]


@endpoint("/shop/register/finish_access_info")
def finish_access_info(request: Request) -> dict:
    account, item = request.account, request.data.get("access_info_item")
    if account.access != "open":
        raise Refusal(1040003, "the mini program has not accessed the component")
    if not whole(item):
        raise Refusal(40097, "access_info_item is a whole number")
    if 1 <= item <= 5 and not account.on("old_items_are_invalid"):
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
    if account.access != "open":
        raise Refusal(1040003, "the mini program has not accessed the component")
    if not whole(group) or group not in GROUPS:
        raise Refusal(40097, "invalid scene_group_id")
    if not set(DECLARED) <= set(account.declared):
        raise Refusal(1040004, "finish the access tasks first")
    known = account.scenes.get(str(group))
    if known and account.on("reviewed_scenes_stay") and (known["status"] == IN_REVIEW or _passed(known)):
        raise Refusal(1040004, "the scene group is in review, or has passed")
    account.scenes = {**account.scenes, str(group): _scene(group, IN_REVIEW)}
    account.save()
    return {}


def _scene(group: int, status: int) -> dict:
    items = [{"ext_id": ext_id, "name": name, "status": status} for ext_id, name in ITEMS.items()]
    return {"name": GROUPS[group], "status": status, "reason": "", "scene_group_ext_list": items}


def _passed(scene: dict) -> bool:
    """BEHAVIOUR 1.4: a review that is done has passed only where each of its items has."""
    return scene["status"] == DONE and all(item["status"] == DONE for item in scene["scene_group_ext_list"])


def has_passed(account: Account, group: int) -> bool:
    scene = account.scenes.get(str(group))
    return bool(scene and _passed(scene))


def judge_scene(account: Account, group: str, passed: bool, reason: str = "", status: int = DONE) -> None:
    """The review of a scene group ends (BEHAVIOUR 1.6); a refusal comes as 1 with failed items, or as 2."""
    scene = account.scenes.get(group)
    if scene is None:
        raise Refusal(40097, "nobody applied for this scene group")
    items = [{**item, "status": DONE if passed else FAILED} for item in scene["scene_group_ext_list"]]
    scene = {**scene, "status": status, "reason": reason, "scene_group_ext_list": items}
    account.scenes = {**account.scenes, group: scene}
    account.save()
    body = {"group_id": int(group), "name": scene["name"], "reason": reason, "scene_group_ext_list": items}
    push("open_product_scene_group_audit", {"SceneGroupAudit": body})
