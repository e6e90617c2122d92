"""The access to the component: its tasks, its scenes and its end; and what buyers see of the shop's service."""

from contextlib import suppress

from django.utils import timezone

from sandbox.endpoints import register
from sandbox.models import Account
from sandbox.platform import Refusal
from scenes import operations
from scenes.board import ticks
from scenes.models import Access, SceneGroup
from wechat.errors import OperationError
from wechat.models import AccountInfo
from wechat.operations import refresh_account_info, send_account_info

from ..seams import chance, clock
from ..world import Idle
from .registry import act

SCENES = (1001, 1175, 1176, 1177)
HERE = ("open", "banned")


@act(1.7, "somebody reads the access, or a scene group", "access")
def read_access(world):
    group = SceneGroup.objects.order_by("group_id").first()
    if group and chance.random() < 0.5:
        return world.press(operations.refresh_scene, group, "owner")
    return world.press(operations.refresh_access, Access.load(), "owner")


@act(3, "the owner looks at the board, and declares what is ready", "access")
def declare_tasks(world):
    done = []
    with world.as_person("owner"):
        operations.refresh_access(Access.load())
        for op in operations.FINISHING.values():
            access = Access.load()
            if op.is_allowed(access) and not op.check(access):
                op(access)
                done.append(op.name)
    return ", ".join(done) or "nothing"


@act(1.5, "the mini program is released", "access")
def release(world):
    if Account.only().access not in HERE:
        raise Idle
    register.release(Account.only())
    ticks.write_release(timezone.now())
    return "now"


@act(2.5, "the owner applies for a scene", "access")
def apply_scene(world):
    groups = [group for group in SceneGroup.objects.prefetch_related("items") if group.may_apply]
    group = world.pick([group for group in groups if not operations.apply_scene.check(group)])
    return f"{group.group_id} {world.press(operations.apply_scene, group, 'owner')}"


@act(3, "WeChat reviews a scene", "access")
def judge_scene(world):
    account = Account.only()
    waiting = [group for group, scene in account.scenes.items() if scene["status"] == register.IN_REVIEW]
    group, passed = world.pick(sorted(waiting)), chance.random() < 0.5
    status = register.DONE if passed else chance.choice((register.DONE, register.FAILED))
    register.judge_scene(account, group, passed, "" if passed else "没有客服", status)
    return f"{group} {'passed' if passed else 'refused'}"


@act(0.5, "WeChat bans the shop, or lifts the ban", "access")
def ban(world):
    account = Account.only()
    if account.access not in HERE:
        raise Idle
    register.ban(account, banned=account.access == "open")
    return account.access


@act(0, "the component is cancelled on WeChat's page", "access")
def cancel_access(world):
    account = Account.only()
    if account.access not in HERE:
        raise Idle
    register.cancel(account)
    return "now"


@act(1.5, "the owner applies for access", "access")
def apply_access(world):
    if Account.only().access in HERE:
        raise Idle
    return world.press(operations.apply_access, Access.load(), "owner")


@act(1.5, "the administrator signs", "access")
def sign(world):
    if Account.only().access != "pending_agreement":
        raise Idle
    register.sign(Account.only())
    return "now"


@act(2, "the backend asks whether a scene is verified", "access")
def check_scene(world):
    number = chance.choice(SCENES)
    return f"{number} {world.ask('post', 'scene-check/', {'scene': number}).status_code}"


@act(0.8, "staff change the service settings and send them", "access")
def send_service(world):
    info = AccountInfo.load()
    info.service_agent_phone = f"020-{chance.randrange(10**6):06d}"
    info.save(update_fields=["service_agent_phone"])
    return f"{info.service_agent_phone} {world.press(send_account_info, info, 'owner')}"


@act(1.2, "staff read the service settings", "access")
def read_service(world):
    return world.press(refresh_account_info, AccountInfo.load(), "owner")


def reopen(world) -> None:
    """For the end of a month: an access that was cancelled is applied for and signed."""
    for _time in range(8):
        if Account.only().access in HERE:
            return
        with world.as_person("owner"):
            for op in (operations.refresh_access, operations.apply_access):
                with suppress(OperationError):  # a step is open, or it is not time yet
                    op(Access.load())
        with suppress(Refusal):
            register.sign(Account.only())
        world.work_until(clock.seconds + 700)
        for task in ("wechat.tasks.sweep", "console.tasks.ring_jobs"):
            world.run_task(task)
