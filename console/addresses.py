"""Addresses on the internet: from where a request came, and lists of addresses and networks."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

MOST = 100  # addresses and networks of one list


def client_address(request: HttpRequest) -> str:
    """The client's address; "" where what stands there is none.

    Each trusted proxy adds the address that it saw to X-Forwarded-For, so the client's stands TRUSTED_PROXIES places
    before that of our own peer. What stands further left was sent by the client, who can write anything.
    """
    named = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if settings.TRUSTED_PROXIES else []
    seen = [*(one.strip() for one in named if one.strip()), request.META.get("REMOTE_ADDR", "")]
    try:
        return str(_plain(ip_address(seen[-1 - min(settings.TRUSTED_PROXIES, len(seen) - 1)])))
    except ValueError:
        return ""


def is_within(address: str, networks: Iterable[str]) -> bool:
    try:
        one = ip_address(address)
    except ValueError:
        return False
    return any(one in ip_network(network) for network in networks)


def networks(text: str) -> list[str]:
    """The addresses and networks of a text, one per line. Raises ValidationError with a sentence for each wrong one."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(lines) > MOST:
        raise ValidationError(_("At most %(count)d items.") % {"count": MOST})
    found, faults = [], []
    for number, line in lines:
        try:
            found.append(_written(line))
        except ValueError:
            faults.append(_fault(number, line))
    if faults:
        raise ValidationError(faults)
    return list(dict.fromkeys(found))


def _written(line: str) -> str:
    if "/" in line:
        return str(ip_network(line))
    return str(_plain(ip_address(line)))


def _fault(number: int, line: str) -> str:
    values = {"number": number, "text": line}
    try:
        meant: IPv4Network | IPv6Network = ip_network(line, strict=False)
    except ValueError:
        text = _("Line %(number)d: “%(text)s” is neither an address nor a network.")
        return text % values
    text = _("Line %(number)d: “%(text)s” is one address in a network; write %(network)s for the whole network.")
    return text % {**values, "network": meant}


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """An IPv4 address as such, also where a socket of both kinds shows it as one of IPv6."""
    return getattr(address, "ipv4_mapped", None) or address
