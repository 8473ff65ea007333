# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: machines
short_description: The machines that Veeam Backup Enterprise Manager knows, as hosts
version_added: 1.2.0
description:
  - The machines of Enterprise Manager's inventories as hosts, each with its jobs and, on demand, with whether it could
    be brought back; and computers with an agent.
  - The name of the file has to end in C(veeam.yml) or C(veeam.yaml).
  - An inventory that cannot be read is an error, never an empty one.
  - Enterprise Manager does not know addresses of virtual machines. Their names are neither unique nor host names. Of
    several with the same name all but the first carry the name of their host too, with a warning, or, with O(strict),
    that is an error.
  - Values of the server are data, and never templates.
author:
  - backupops.veeam contributors (@backupops)
requirements:
  - requests >= 2.25
  - lxml >= 4.6
extends_documentation_fragment:
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [backupops.veeam.machines]
  hostname:
    description:
      - Host name or address of Enterprise Manager, without a scheme, a path or a port.
    type: str
    required: true
    env:
      - name: VEEAM_EM_HOSTNAME
  port:
    description:
      - Port of the REST API.
    type: int
    default: 9398
    env:
      - name: VEEAM_EM_PORT
  username:
    description:
      - Account, as C(DOMAIN\user) on Windows or C(user@domain) on Linux. With the role Portal User everything but jobs
        and computers can be read.
    type: str
    env:
      - name: VEEAM_EM_USERNAME
  password:
    description:
      - Password of the account. It may be a template, such as a lookup.
    type: str
    env:
      - name: VEEAM_EM_PASSWORD
  session_id:
    description:
      - Token of a logon session that is open already. It is used as it is and never logged out.
    type: str
    env:
      - name: VEEAM_EM_SESSION_ID
  validate_certs:
    description:
      - Check the certificate of Enterprise Manager.
    type: bool
    default: true
    env:
      - name: VEEAM_EM_VALIDATE_CERTS
  ca_path:
    description:
      - File or folder with the CA certificates to trust, and no others.
    type: str
    env:
      - name: VEEAM_EM_CA_PATH
  use_proxy:
    description:
      - Honour the proxy variables of the environment.
    type: bool
    default: true
  timeout:
    description:
      - Bound in seconds on connecting and on every pause between two bytes of one HTTP request.
    type: float
    default: 30
    env:
      - name: VEEAM_EM_TIMEOUT
  api_version:
    description:
      - Version of the REST API to ask for.
    type: str
    choices: [latest, v1_5, v1_6, v1_7]
    default: latest
    env:
      - name: VEEAM_EM_API_VERSION
  media_type:
    description:
      - Format on the wire. The hosts are the same.
    type: str
    choices: [xml, json]
    default: xml
    env:
      - name: VEEAM_EM_MEDIA_TYPE
  max_response_size:
    description:
      - Bound in MiB on one answer, decompressed.
    type: int
    default: 64
  host:
    description:
      - The inventories of these hosts only, such as a vCenter, each by name, ID, UID or href. Computers with an agent
        are on none.
    type: list
    elements: str
  backup_server:
    description:
      - What these backup servers have only, each by name, ID, UID or href.
    type: list
    elements: str
  agents:
    description:
      - Whether computers that protection groups have found are hosts too, with C(ansible_host) from their address. It
        takes the role Portal Administrator.
    type: bool
    default: false
  protection:
    description:
      - Whether each host has the variable C(veeam_protection), as M(backupops.veeam.veeam_protection_info) knows it.
    type: bool
    default: false
  within:
    description:
      - With O(protection), how old the newest restore point may be, in seconds, or such as V(4h) or V(2d).
    type: str
    default: 24h
  exclude:
    description:
      - With O(protection), machines that are meant not to be protected, names, in which C(*) stands for anything, or
        references.
    type: list
    elements: str
    default: []
notes:
  - The variables of a host are C(veeam_name), C(veeam_ref), C(veeam_platform), C(veeam_host) (C(name) and C(id) of the
    root of its inventory), C(veeam_backup_servers), C(veeam_jobs) (names of the jobs that hold it by itself; null where
    the role does not show jobs), with O(protection) C(veeam_protection) (C(status), C(reason), C(restore_point),
    C(last_run)), and for computers C(veeam_agent) (C(status), C(version), C(online), C(os), C(group)).
  - In the cache is what was read, before groups are made of it, and no password.
seealso:
  - module: backupops.veeam.veeam_protection_info
"""

EXAMPLES = r"""
# inventory/veeam.yml, with the connection in the environment
plugin: backupops.veeam.machines
hostname: em01.example.test

---
# Groups by status: veeam_protected, veeam_late, veeam_unprotected ...; and one for each job
plugin: backupops.veeam.machines
hostname: em01.example.test
username: EM01\svc-ansible
password: "{{ lookup('ansible.builtin.env', 'EM_PASSWORD') }}"
protection: true
within: 24h
exclude: ["*-tmp-*"]
keyed_groups:
  - key: veeam_protection.status
    prefix: veeam
  - key: veeam_jobs
    prefix: job

---
# Computers with an agent, and a cache for a quarter of an hour
plugin: backupops.veeam.machines
hostname: em01.example.test
agents: true
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: /var/cache/ansible
cache_timeout: 900
groups:
  offline: veeam_agent is defined and not veeam_agent.online
"""

import typing as t

from ansible.errors import AnsibleParserError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.release import __version__ as core_version
from ansible_collections.backupops.veeam.plugins.plugin_utils._imports import quickly

with quickly():
    from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import VeeamError
    from ansible_collections.backupops.veeam.plugins.module_utils._inventory.hosts import MODULE
    from ansible_collections.backupops.veeam.plugins.module_utils._module.play import play

ENDINGS = ("veeam.yml", "veeam.yaml")
#: What is kept of the options beside what was read: a file that asks for something else is not answered from a cache.
_OPTIONS = ("hostname", "port", "username", "host", "backup_server", "agents", "protection", "within", "exclude")

if tuple(int(part) for part in core_version.split(".")[:2]) < (2, 19):
    # Up to 2.18 a text is a template unless it is marked; from 2.19 on it is data unless it is trusted.
    from ansible.utils.unsafe_proxy import wrap_var as as_data
else:

    def as_data(value: t.Any) -> t.Any:
        return value


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """The plugin."""

    NAME = "backupops.veeam.machines"

    def verify_file(self, path: str) -> bool:
        """Whether the file may be one of this plugin's."""
        return bool(super().verify_file(path)) and path.endswith(ENDINGS)

    def parse(self, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:
        """Fill the inventory. cache: false where the user has asked to read everything anew."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        self._populate(self._hosts(self.get_cache_key(path), cache))

    # -- reading ---------------------------------------------------------------------------------------------------

    def _hosts(self, key: str, cache: bool) -> list[dict[str, t.Any]]:
        """Two conditions: the user has switched the cache on, and this call may use it."""
        wants_cache = self.get_option("cache")
        options = {option: self.get_option(option) for option in _OPTIONS}
        if wants_cache and cache:
            kept = self._kept(key)
            if kept is not None and kept.get("options") == options:
                return t.cast("list[dict[str, t.Any]]", kept["hosts"])
        hosts = self._read()
        if wants_cache:
            self._cache[key] = {"options": options, "hosts": hosts}
        return hosts

    def _kept(self, key: str) -> dict[str, t.Any] | None:
        try:
            kept = self._cache[key]
        except KeyError:
            # Nothing is in it, or what was has expired.
            return None
        return kept if isinstance(kept, dict) else None

    def _read(self) -> list[dict[str, t.Any]]:
        validation = ArgumentSpecValidator(**MODULE.spec.arguments()).validate(self._given())
        if validation.error_messages:
            raise AnsibleParserError(f"{self.NAME}: {'; '.join(validation.error_messages)}")
        try:
            result = play(
                MODULE, validation.validated_parameters, check_mode=False, diff=False, warn=self.display.warning
            )
        except VeeamError as error:
            raise AnsibleParserError(f"{self.NAME}: {error.result()['msg']}") from error
        return t.cast("list[dict[str, t.Any]]", result["hosts"])

    def _given(self) -> dict[str, t.Any]:
        """The options that are set. An empty variable of the environment counts as none: AWX sets those."""
        given = {}
        for option in MODULE.spec.options:
            value = self.get_option(option)
            if isinstance(value, str) and self.templar.is_template(value):
                value = self.templar.template(value)
            if value not in (None, ""):
                given[option] = value
        return given

    # -- hosts -----------------------------------------------------------------------------------------------------

    def _populate(self, hosts: list[dict[str, t.Any]]) -> None:
        strict = self.get_option("strict")
        compose, groups, keyed_groups = (self.get_option(name) for name in ("compose", "groups", "keyed_groups"))
        taken: dict[str, dict[str, t.Any]] = {}
        for host in hosts:
            name = self._name(host, taken, strict)
            taken[name] = host
            shown = as_data(name)
            self.inventory.add_host(shown)
            for variable, value in _variables(host).items():
                self.inventory.set_variable(shown, variable, as_data(value))
            # Each of these looks at all variables of the host, so that none is called for nothing.
            if compose or groups or keyed_groups:
                variables = self.inventory.get_host(shown).get_vars()
                self._set_composite_vars(compose, variables, shown, strict=strict)
                self._add_host_to_composed_groups(groups, variables, shown, strict=strict)
                self._add_host_to_keyed_groups(keyed_groups, variables, shown, strict=strict)

    def _name(self, host: dict[str, t.Any], taken: dict[str, dict[str, t.Any]], strict: bool) -> str:
        """The name of the host in the inventory: of several with the same name, all but the first carry more of it."""
        name = host["name"] or host["ref"] or "unnamed"
        if name not in taken:
            return t.cast(str, name)
        where = host["host"]["name"] or ", ".join(host["backup_servers"]) or "unknown"
        if strict:
            there = taken[name]["host"]["name"] or ", ".join(taken[name]["backup_servers"]) or "unknown"
            raise AnsibleParserError(f'{self.NAME}: the name "{name}" is there twice, on {there} and on {where}.')
        last = (host["ref"] or "").rpartition(".")[2]
        longer = next(one for one in self._longer(name, where, last) if one not in taken)
        self.display.warning(f'{self.NAME}: the name "{name}" is there again, on {where}; that host is "{longer}".')
        return longer

    @staticmethod
    def _longer(name: str, where: str, last: str) -> t.Iterator[str]:
        yield f"{name}_{where}"
        number = 1
        while True:
            yield f"{name}_{where}_{last}" if number == 1 else f"{name}_{where}_{last}_{number}"
            number += 1


def _variables(host: dict[str, t.Any]) -> dict[str, t.Any]:
    """The variables of a host."""
    words = ("name", "ref", "platform", "host", "backup_servers", "jobs", "protection", "agent")
    variables = {f"veeam_{word}": host[word] for word in words if word in host}
    if host.get("address"):
        variables["ansible_host"] = host["address"]
    return variables
