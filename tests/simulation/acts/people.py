"""Sharers, who are invited and agree in WeChat, and promoters, who bind themselves there."""

from django.utils import timezone

from sandbox.endpoints import promoter as promoters
from sandbox.endpoints import sharer as sharers
from sandbox.models import Account
from sandbox.models import Promoter as TheirPromoter
from sandbox.models import Sharer as TheirSharer
from scenes import operations
from scenes.models import Promoter, SellingSettings, Sharer

from ..seams import chance
from ..shop import PEOPLE
from .registry import act


def _openid(row) -> str:
    return row.openid


def _ask(world, sharer: Sharer, name: str) -> str:
    return f"{sharer.openid[-4:]} {world.ask('post', f'sharers/{sharer.openid}/{name}/').status_code}"


@act(3, "the backend invites people to share", "person")
def invite(world):
    chosen = chance.sample(PEOPLE, chance.choice((1, 1, 3)))
    given = [{"openid": openid, "name": f"分享员 {openid[-4:]}"} for openid in chosen]
    answer = world.ask("post", "sharers/invite/", {"sharers": given})
    return f"{', '.join(openid[-4:] for openid in chosen)} {answer.status_code}"


@act(4, "an invited person agrees, or declines", "person")
def answer_invitation(world):
    person = world.pick(TheirSharer.objects.filter(status=TheirSharer.INVITING), _openid)
    how = chance.random()
    if how < 0.7:
        sharers.agree(Account.only(), person)
    else:
        sharers.refuse(Account.only(), person, for_good=how > 0.9)
    return f"{person.openid[-4:]} {'agrees' if how < 0.7 else 'declines'}"


@act(0.6, "somebody becomes a sharer on WeChat's pages", "person")
def join(world):
    openid = world.pick(sorted({*PEOPLE} - {*TheirSharer.objects.values_list("openid", flat=True)}))
    person = TheirSharer.objects.create(openid=openid, nickname=openid[-4:], invited_at=timezone.now())
    sharers.agree(Account.only(), person)
    return openid[-4:]


@act(0.6, "a sharer leaves", "person")
def leave(world):
    person = world.pick(TheirSharer.objects.filter(status=TheirSharer.BOUND), _openid)
    sharers.leave(Account.only(), person)
    return person.openid[-4:]


@act(1.5, "the backend unbinds a sharer", "person")
def unbind(world):
    bound = list(Sharer.objects.bound())
    free = [person for person in bound if not operations.unbind_sharer.check(person)]
    return _ask(world, world.pick(free or bound, _openid), "unbind_sharer")


@act(1.5, "a sharer shares a live room", "person")
def share_live_room(world):
    person = world.pick(TheirSharer.objects.filter(status=TheirSharer.BOUND), _openid)
    names = ("finder_nickname", "promoter_id", "promoter_openid")
    whose = TheirPromoter.objects.order_by("pk").values(*names)[0]
    sharers.act(person, whose)
    return person.openid[-4:]


@act(2, "the backend reads a sharer, or what the sharer sold", "person")
def read_sharer(world):
    person = world.pick(Sharer.objects.exclude(bind_status=None), _openid)
    return _ask(world, person, chance.choice(("refresh_sharer", "pull_sharer_sales")))


@act(0.8, "a promoter binds the mini program, or unbinds it", "person")
def turn_promoter(world):
    number = chance.choice(("PROMOTER_1", "PROMOTER_2", "PROMOTER_3"))
    promoter = TheirPromoter.objects.filter(promoter_id=number, bound=True).first()
    if promoter:
        promoters.unbind(Account.only(), promoter)
    else:
        promoters.bind(Account.only(), number, f"oPromoter_of_the_simulator_{number[-1]}", f"直播间 {number[-1]}")
    return f"{number} {'leaves' if promoter else 'comes'}"


@act(1, "somebody reads what a promoter sold", "person")
def read_promoter(world):
    promoter = world.pick(Promoter.objects.all(), lambda row: row.promoter_id)
    return f"{promoter.promoter_id} {world.press(operations.pull_promoter_sales, promoter, 'owner')}"


@act(0.8, "the owner changes the sharing mode", "person")
def change_share_mode(world):
    selling = SellingSettings.load()
    selling.share_mode = chance.choice((0, 1, 2))
    selling.save(update_fields=["share_mode", "mode_sent_at"])
    return f"{selling.share_mode} {world.press(operations.send_share_mode, selling, 'owner')}"
