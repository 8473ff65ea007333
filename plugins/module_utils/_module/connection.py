# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection options of every module: specification, where values may come from, checks that need no server."""

from __future__ import annotations

import ipaddress
import math
import os
import re
import typing as t

from .._em.logon_session import Credentials
from .._em.texts import check_name
from .._http.errors import OptionError
from .._http.transport import Endpoint


def _from_environment(variable: str) -> str:
    """Ansible's env_fallback, but an empty variable counts as none: AWX sets those for empty credential fields."""
    value = os.environ.get(variable)
    if not value:
        from ansible.module_utils.basic import AnsibleFallbackNotFound

        raise AnsibleFallbackNotFound
    return value


def _environment(option: str) -> tuple[t.Any, list[str]]:
    return (_from_environment, [f"VEEAM_EM_{option.upper()}"])


def connection_spec() -> dict[str, t.Any]:
    """Argument specification of the connection, the same for every module."""
    return {
        "hostname": {"type": "str", "required": True, "fallback": _environment("hostname")},
        "port": {"type": "int", "default": 9398, "fallback": _environment("port")},
        "username": {"type": "str", "fallback": _environment("username")},
        "password": {"type": "str", "no_log": True, "fallback": _environment("password")},
        "session_id": {
            "type": "str",
            "no_log": True,
            "aliases": ["session_token"],
            "fallback": _environment("session_id"),
        },
        "validate_certs": {"type": "bool", "default": True, "fallback": _environment("validate_certs")},
        "ca_path": {"type": "path", "fallback": _environment("ca_path")},
        "use_proxy": {"type": "bool", "default": True},
        "timeout": {"type": "float", "default": 30, "fallback": _environment("timeout")},
        "api_version": {
            "type": "str",
            "default": "latest",
            "choices": ["latest", "v1_5", "v1_6", "v1_7"],
            "fallback": _environment("api_version"),
        },
        "media_type": {
            "type": "str",
            "default": "xml",
            "choices": ["xml", "json"],
            "fallback": _environment("media_type"),
        },
        "max_response_size": {"type": "int", "default": 64},
    }


class ConnectionSettings(t.NamedTuple):
    """The checked connection options."""

    endpoint: Endpoint
    credentials: Credentials
    media_type: str
    api_version: str


def connection_settings(params: dict[str, t.Any]) -> ConnectionSettings:
    """Check the connection options as far as that goes without a server. Raises OptionError."""
    timeout = seconds(params, "timeout")
    if not 1 <= params["max_response_size"] <= 4096:
        raise OptionError(f"max_response_size: {params['max_response_size']} is not between 1 and 4096 MiB.")
    if not 1 <= params["port"] <= 65535:
        raise OptionError(f"port: {params['port']} is not between 1 and 65535.")
    endpoint = Endpoint(
        _hostname(params["hostname"]),
        params["port"],
        params["validate_certs"],
        _ca_path(params.get("ca_path")),
        params["use_proxy"],
        timeout,
        params["max_response_size"] * 1048576,
    )
    return ConnectionSettings(endpoint, _credentials(params), params["media_type"], params["api_version"])


def seconds(params: dict[str, t.Any], option: str) -> float:
    value = finite(float(params[option]), option)
    if value <= 0:
        raise OptionError(f"{option}: {value:g} is not above zero; give a number of seconds.")
    return value


def finite(value: float, option: str) -> float:
    """The value. Raises OptionError for infinity and what is no number; option: with the item's place before it."""
    if not math.isfinite(value):
        raise OptionError(f"{option}: {value:g} is not a number of seconds.")
    return value


def _hostname(text: str) -> str:
    host = text.strip()
    if not host:
        raise OptionError(
            "hostname: is empty; give the host name or address of Enterprise Manager, here or in VEEAM_EM_HOSTNAME."
        )
    if "://" in host:
        raise OptionError(f"hostname: {_shown(host)} contains a scheme; give the host name alone, and a port in port.")
    if "/" in host or "?" in host or "#" in host:
        raise OptionError(f"hostname: {_shown(host)} contains a path, which is not needed; give the host name alone.")
    if "@" in host:
        raise OptionError("hostname: contains a user name; give the host name alone, and the user in username.")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if "%" in bare:
        raise OptionError(f"hostname: {_shown(host)} contains a zone; give an address or a name without one.")
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        pass
    if ":" in host:
        raise OptionError(f"hostname: {_shown(host)} contains a port; give the port in port.")
    try:
        encoded = bare.encode("idna").decode("ascii") if not bare.isascii() else bare
    except UnicodeError:
        encoded = ""
    if not re.fullmatch(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,253})", encoded):
        raise OptionError(f"hostname: {_shown(host)} is not a valid host name.")
    return encoded


def _shown(text: str) -> str:
    """What a user typed, fit for a message: no user part of an address, no control characters, not too long."""
    shown = "".join(char if char.isprintable() else "?" for char in text)
    # All up to the last @ may be a password: one may hold a slash or an @ itself.
    return re.sub(r"^([A-Za-z0-9+.-]*://)?.*@", r"\1…@", shown)[:100]


def _ca_path(path: str | None) -> str | None:
    if not path:
        return None
    if not os.path.exists(path):
        check_name("ca_path", path, what="name of a certificate file")
        raise OptionError(f"ca_path: there is no file or folder {path} where the task runs.")
    if not os.access(path, os.R_OK):
        raise OptionError(f"ca_path: {path} cannot be read by the user the task runs as.")
    if os.path.isfile(path) and not _has_text(path):
        raise OptionError(
            f"ca_path: the file {path} is empty; put the authority's certificate (PEM) into it, or leave ca_path and "
            "VEEAM_EM_CA_PATH unset to trust the system's authorities."
        )
    return path


def _has_text(path: str) -> bool:
    """Whether more than blanks is in the file: AWX writes one for a field that was left blank."""
    with open(path, "rb") as file:
        return any(not block.isspace() for block in iter(lambda: file.read(65536), b""))


def _credentials(params: dict[str, t.Any]) -> Credentials:
    username, password, session_id = (params.get(option) or None for option in ("username", "password", "session_id"))
    if session_id is not None:
        if not (session_id.isascii() and session_id.isprintable() and " " not in session_id):
            raise OptionError(
                "session_id: contains blanks, control or non-ASCII characters, so it is not a session token."
            )
        return Credentials(None, None, session_id)
    if username is None and password is None:
        raise OptionError(
            "username, password: are missing; give both, or set VEEAM_EM_USERNAME and VEEAM_EM_PASSWORD, or give the "
            "token of a logon session in session_id."
        )
    if username is None or password is None:
        given, missing = ("password", "username") if username is None else ("username", "password")
        raise OptionError(
            f"{missing}: is missing; {given} was given, and a logon needs both. The environment variable "
            f"VEEAM_EM_{missing.upper()} can hold it too."
        )
    if ":" in username:
        raise OptionError(
            "username: a colon cannot be part of a user name here; Windows wants DOMAIN\\user, Linux user@domain."
        )
    # A refused logon counts towards the locking of the account, and its message would not show them.
    check_name("username", username, what="user name")
    check_name("password", password, what="password")
    return Credentials(username, password, None)
