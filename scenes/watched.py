from django.utils.translation import gettext_lazy as _

from console.alerts.kinds import Cause, alert, each

from .cards import BOARD, LIVE_DAYS, banned, evening_prices_to_approve, evenings_with_open_rows, refused_scenes


@alert(
    "access_banned",
    title=_("Access banned"),
    text=_("WeChat has banned the component: nothing can be sold."),
    permission="scenes.view_access",
    page=BOARD,
    is_urgent=True,
)
def access_banned() -> list[Cause]:
    return [Cause("access")] if banned().exists() else []


@alert(
    "scene_refused",
    title=_("Scene refused"),
    text=_("%(record)s: read WeChat's reason, then apply again."),
    permission="scenes.view_scenegroup",
    page="admin:scenes_scenegroup_changelist",
)
def scene_refused() -> list[Cause]:
    return each(refused_scenes())


@alert(
    "evening_open",
    title=_("An evening has something open"),
    text=_("%(record)s: a price to decide on, a refused product, or stock that was not put back."),
    permission="catalog.send_live_terms",
    page=LIVE_DAYS,
)
def evening_open() -> list[Cause]:
    return each(evenings_with_open_rows())


@alert(
    "evening_price",
    title=_("Evening price needs a second person"),
    text=_("%(record)s: somebody asked for it, another person has to approve it."),
    permission="console.approve_acts",
    page="admin:console_approval_changelist",
    query="state=waiting",
)
def evening_price() -> list[Cause]:
    return each(evening_prices_to_approve())
