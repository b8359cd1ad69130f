"""Tells public network addresses from those that foreign text must not reach.

Law: no address that leads to this machine, its network or a cloud's metadata service is public, however it is written.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from typing import TypeAlias

from chatcli.language import _
from chatcli.text.hosts import is_loopback

Address: TypeAlias = "ipaddress.IPv4Address | ipaddress.IPv6Address"

_MOST_SHOWN = 64
# Public by number, but answered by the machine's own cloud: Azure's "wire server".
_METADATA = frozenset({ipaddress.ip_address("168.63.129.16")})
_PROTOCOLS = ipaddress.IPv4Network("192.0.0.0/24")  # of special purposes, RFC 6890; clouds have services there
# IPv6 networks whose addresses hold one of IPv4, and how many bits stand behind it.
_WRAPPING = (
    (ipaddress.IPv6Network("::/96"), 0),
    (ipaddress.IPv6Network("::ffff:0:0/96"), 0),
    (ipaddress.IPv6Network("::ffff:0:0:0/96"), 0),  # as translators write it, RFC 2765
    (ipaddress.IPv6Network("64:ff9b::/96"), 0),  # NAT64, RFC 6052
    (ipaddress.IPv6Network("2002::/16"), 80),  # 6to4, RFC 3056
)
_TUNNELS = (ipaddress.IPv6Network("2001::/32"),)  # Teredo: its far end cannot be distinguished from the address


class ForbiddenAddressError(Exception):
    """A host leads to an address that must not be reached; its text names both."""


def is_public(text: str) -> bool:
    """Return whether the IP address *text* is reached through the public internet."""
    try:
        address: Address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        for network, bits in _WRAPPING:
            if address in network:
                return is_public(str(ipaddress.IPv4Address(int(address) >> bits & 0xFFFFFFFF)))
        if address.is_site_local or any(address in network for network in _TUNNELS):
            return False
    if address in _PROTOCOLS:
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address in _METADATA)


def check_address(host: str) -> None:
    """Raise ForbiddenAddressError if *host* is itself an address that is not public, or localhost; resolves nothing."""
    if is_loopback(host):
        raise ForbiddenAddressError(_not_public(host, host))
    try:
        found = socket.getaddrinfo(host, 0, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):  # a name
        return
    for entry in found:
        if not is_public(str(entry[4][0])):
            raise ForbiddenAddressError(_not_public(host, str(entry[4][0])))


def public_addresses(host: str, port: int) -> Sequence[str]:
    """Return the addresses of *host*; raises ForbiddenAddressError if any of them is not public, or OSError.

    To connect to one of these, and not to the name again, is what makes the check hold.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a label is empty or too long
        raise OSError(_("{host} is not a host name", host=host[:_MOST_SHOWN])) from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if not is_public(address):
            raise ForbiddenAddressError(_not_public(host, address))
    return addresses


def _not_public(host: str, address: str) -> str:
    if host == address:
        return _("{host} is not a public address", host=host)
    return _("{host} leads to {address}, which is not a public address", host=host, address=address)
