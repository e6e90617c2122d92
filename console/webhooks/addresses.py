"""Where webhooks may go: public https addresses, and the internal networks that a setting lists.

An address is looked up and checked for each connection, and the one that was checked is the one connected to.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from requests.adapters import HTTPAdapter
from requests_hardened import Config, HTTPSession  # type: ignore[import-untyped]  # it has no stubs
from requests_hardened.ip_filter import InvalidIPAddress  # type: ignore[import-untyped]
from requests_hardened.ip_filter_adapter import IPFilterAdapter  # type: ignore[import-untyped]

CONNECT, READ = 3.05, 10.0  # seconds
# Where clouds tell a server its secrets, beside the link-local addresses.
METADATA = {ip_address(text) for text in ("100.100.100.200", "192.0.0.192", "fd00:ec2::254")}


def check(url: str) -> None:
    """Raises ValidationError where nothing would ever be sent to such an address."""
    parts = urlsplit(url)
    plain = bool(settings.WECHAT_SANDBOX or settings.WEBHOOK_INTERNAL_NETWORKS)
    if parts.scheme not in (("https", "http") if plain else ("https",)) or not parts.hostname:
        raise ValidationError(_("An address that begins with https:// is needed."), "scheme")
    if parts.username or parts.password or parts.fragment:
        raise ValidationError(_("Leave out the user, the password and what follows a #."), "parts")
    try:
        address = ip_address(parts.hostname)
    except ValueError:
        return  # a name is looked up when something is sent
    if not address.is_global and not is_allowed(address):
        raise ValidationError(
            _("%(address)s is an internal address (WEBHOOK_INTERNAL_NETWORKS).") % {"address": address}
        )


def is_allowed(address: IPv4Address | IPv6Address) -> bool:
    """Whether an internal address may be sent to."""
    if address.is_link_local or address in METADATA:
        return False
    if address.is_loopback:
        return bool(settings.WECHAT_SANDBOX)
    return any(address in ip_network(network) for network in settings.WEBHOOK_INTERNAL_NETWORKS)


def session(connections: int) -> HTTPSession:
    """A session for so many requests at once: no redirects, no proxies of the environment."""
    made = HTTPSession(
        Config(
            ip_filter_enable=True,
            ip_filter_allow_loopback_ips=False,
            never_redirect=True,
            default_timeout=(CONNECT, READ),
        )
    )
    made.trust_env = False
    for scheme in ("https", "http"):
        adapter = _Adapter(is_https_proto=scheme == "https")
        adapter.init_poolmanager(connections, connections)
        made.mount(f"{scheme}://", adapter)
    return made


class _Adapter(IPFilterAdapter):
    """Also takes the internal addresses that are allowed; without TLS only those."""

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        host: dict[str, Any]
        pool: dict[str, Any]
        try:
            host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        except InvalidIPAddress as error:
            address = error.args[0]
            if not is_allowed(address):
                raise
            base: Any = HTTPAdapter
            host, pool = base.build_connection_pool_key_attributes(self, request, verify, cert)
            if self._is_https_proto:
                pool |= {"assert_hostname": host["host"], "server_hostname": host["host"]}
            host["host"] = f"[{address}]" if address.version == 6 else str(address)
            return host, pool
        if not self._is_https_proto:
            raise InvalidIPAddress(host["host"])
        return host, pool
