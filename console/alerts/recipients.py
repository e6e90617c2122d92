"""Which channels are told of a kind: those that chose it, and whose people may see it."""

from collections.abc import Iterable

from django.contrib.auth.models import Permission

from ..models import AlertChannel
from .kinds import Kind


def channels_for(kind: Kind, channels: Iterable[AlertChannel]) -> list[AlertChannel]:
    return [channel for channel in channels if kind.name in channel.kinds and may_see(channel, kind)]


def may_see(channel: AlertChannel, kind: Kind) -> bool:
    """Whether the person, or the role, has the kind's permission now."""
    if channel.user is not None:
        return channel.user.is_active and channel.user.has_perm(kind.permission)
    app_label, _dot, codename = kind.permission.partition(".")
    of_role = Permission.objects.filter(group=channel.group, content_type__app_label=app_label, codename=codename)
    return of_role.exists()


def people_of(channel: AlertChannel) -> dict[int, str]:
    """{person: mail address} of the person, or of everybody with the role; nobody gets two mails."""
    if channel.user is not None:
        return {channel.user.pk: channel.user.email} if channel.user.email else {}
    people = channel.group.user_set.filter(is_active=True).exclude(email="") if channel.group else []
    by_address = {person.email: person.pk for person in sorted(people, key=lambda person: -person.pk)}
    return {pk: address for address, pk in sorted(by_address.items(), key=lambda item: item[1])}
