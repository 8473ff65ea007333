# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin on hosts that are given: names that repeat, variables, groups, the conditions of the cache."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible import constants as C
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.doc_fragments import constructed, inventory_cache
from ansible_collections.backupops.veeam.plugins.inventory import machines as _machines
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import NotFound

NAME = "backupops.veeam.machines"
PASSWORD = "a password that nobody sees"


def host(name: str, ref: str = "", on: str = "vcenter01", **words: t.Any) -> dict[str, t.Any]:
    return {
        "name": name,
        "ref": f"urn:VMware:Vm:root.{ref or name}",
        "platform": "VMware",
        "host": {"name": on, "id": on},
        "backup_servers": ["vbr01"],
        "jobs": ["daily"],
        **words,
    }


class Filled(t.NamedTuple):
    """An inventory that the plugin has filled."""

    inventory: InventoryData
    reads: list[dict[str, t.Any]]
    warnings: list[str]

    @property
    def names(self) -> list[str]:
        return list(self.inventory.hosts)

    def variables(self, name: str) -> dict[str, t.Any]:
        return {
            key: value for key, value in self.inventory.hosts[name].vars.items() if not key.startswith("inventory_")
        }

    def group(self, name: str) -> list[str]:
        return [one.name for one in self.inventory.groups[name].hosts]


def new_plugin() -> t.Any:
    """The plugin as the loader of Ansible makes it, which cannot find what was imported without it."""
    options = yaml.safe_load(_machines.DOCUMENTATION)["options"]
    for fragment in (constructed, inventory_cache):
        options.update(yaml.safe_load(fragment.ModuleDocFragment.DOCUMENTATION)["options"])
    C.config.initialize_plugin_configuration_definitions("inventory", NAME, options)
    plugin = _machines.InventoryModule()
    plugin._load_name, plugin._redirected_names = NAME, [NAME]
    return plugin


@pytest.fixture
def fill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> t.Callable[..., Filled]:
    """Fills an inventory with these hosts.

    options: of the file, its cache as cache_option. cache: may it be used. kept: what is in it. error: what is read.
    """
    cached: dict[str, t.Any] = {}

    def filled(
        *hosts: dict[str, t.Any],
        cache: bool = True,
        error: Exception | None = None,
        kept: t.Any = None,
        **options: t.Any,
    ) -> Filled:
        file = tmp_path / "veeam.yml"
        if "cache_option" in options:
            options["cache"] = options.pop("cache_option")
        file.write_text(
            json.dumps({"plugin": NAME, "hostname": "em", "username": "u", "password": PASSWORD, **options})
        )
        reads: list[dict[str, t.Any]] = []
        warnings: list[str] = []

        def read(module: t.Any, params: dict[str, t.Any], **rest: t.Any) -> dict[str, t.Any]:
            reads.append(params)
            if error is not None:
                raise error
            return {"changed": False, "hosts": [dict(one) for one in hosts]}

        plugin = new_plugin()
        monkeypatch.setattr(_machines, "play", read)
        monkeypatch.setattr(plugin.display, "warning", lambda text, *rest, **more: warnings.append(text))
        inventory = InventoryData()
        assert plugin.verify_file(str(file))
        memory = cached if kept is None else kept
        monkeypatch.setattr("ansible.plugins.inventory.get_cache_plugin", lambda name, **options: memory)
        plugin.parse(inventory, DataLoader(), str(file), cache)
        inventory.reconcile_inventory()
        return Filled(inventory, reads, warnings)

    t.cast(t.Any, filled).cached = cached
    return filled


Fill = t.Callable[..., Filled]


@pytest.mark.parametrize(
    ("name", "is_ours"),
    [("veeam.yml", True), ("veeam.yaml", True), ("prod.veeam.yml", True), ("hosts.yml", False), ("veeam.json", False)],
)
def test_the_end_of_the_name_of_the_file(tmp_path: Path, name: str, is_ours: bool) -> None:
    (tmp_path / name).write_text("{}")
    assert new_plugin().verify_file(str(tmp_path / name)) is is_ours
    assert not new_plugin().verify_file(str(tmp_path / "missing-veeam.yml"))


def test_variables(fill: Fill) -> None:
    protection = {"status": "late", "reason": "r", "restore_point": None, "last_run": None}
    found = fill(host("web01", protection=protection), host("sql01", address="192.0.2.21", agent={"online": True}))
    assert found.names == ["web01", "sql01"]
    assert found.variables("web01") == {
        "veeam_name": "web01",
        "veeam_ref": "urn:VMware:Vm:root.web01",
        "veeam_platform": "VMware",
        "veeam_host": {"name": "vcenter01", "id": "vcenter01"},
        "veeam_backup_servers": ["vbr01"],
        "veeam_jobs": ["daily"],
        "veeam_protection": protection,
    }
    sql01 = found.variables("sql01")
    assert (sql01["ansible_host"], sql01["veeam_agent"]) == ("192.0.2.21", {"online": True})


def test_groups_and_composed_variables(fill: Fill) -> None:
    late, good = {"protection": {"status": "late"}}, {"protection": {"status": "protected"}}
    found = fill(
        host("web01", **late),
        host("web02", **good),
        keyed_groups=[{"key": "veeam_protection.status", "prefix": "veeam"}, {"key": "veeam_jobs", "prefix": "job"}],
        groups={"web": "veeam_name.startswith('web')"},
        compose={"ansible_host": "veeam_name ~ '.example.test'"},
    )
    assert (found.group("veeam_late"), found.group("veeam_protected")) == (["web01"], ["web02"])
    assert found.group("job_daily") == found.group("web") == ["web01", "web02"]
    assert found.variables("web01")["ansible_host"] == "web01.example.test"


def test_strict_says_what_is_wrong(fill: Fill) -> None:
    assert fill(host("web01"), compose={"x": "nothing.there"}).names == ["web01"]
    with pytest.raises(AnsibleError, match="web01"):
        fill(host("web01"), compose={"x": "nothing.there"}, strict=True)


def test_a_name_that_is_there_again_carries_its_host(fill: Fill) -> None:
    found = fill(
        host("web01"),
        host("web01", "other", on="vcenter02"),
        host("web01", "third", on="vcenter02"),
        host("web01", "third", on="vcenter02"),
        {**host("web01", "agent"), "host": {"name": None, "id": None}},
    )
    assert found.names == [
        "web01",
        "web01_vcenter02",
        "web01_vcenter02_third",
        "web01_vcenter02_third_2",
        "web01_vbr01",
    ]
    assert found.variables("web01_vcenter02")["veeam_name"] == "web01"
    assert found.warnings[0] == (
        f'{NAME}: the name "web01" is there again, on vcenter02; that host is "web01_vcenter02".'
    )
    with pytest.raises(AnsibleParserError, match='the name "web01" is there twice, on vcenter01 and on vcenter02'):
        fill(host("web01"), host("web01", "other", on="vcenter02"), strict=True)


def test_a_machine_without_a_name_goes_by_its_reference(fill: Fill) -> None:
    assert fill(host("", "vm-1")).names == ["urn:VMware:Vm:root.vm-1"]


def test_what_cannot_be_read_is_an_error(fill: Fill) -> None:
    with pytest.raises(AnsibleParserError, match=f"^{NAME}: host: there is no host"):
        fill(host("web01"), error=NotFound("host: there is no host."))


@pytest.mark.parametrize("options", [{"hostname": ""}, {"port": "many"}])
def test_mistakes_in_the_file(fill: Fill, options: dict[str, t.Any], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Exception, match="hostname|port"):
        fill(host("web01"), **options)


def test_a_password_may_be_a_template(fill: Fill) -> None:
    (params,) = fill(host("web01"), password="{{ ['from', 'elsewhere'] | join(' ') }}").reads
    assert params["password"] == "from elsewhere"


def test_an_empty_variable_of_the_environment_is_none(fill: Fill, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEEAM_EM_PORT", "")
    monkeypatch.setenv("VEEAM_EM_CA_PATH", "")
    (params,) = fill(host("web01")).reads
    assert (params["port"], params["ca_path"]) == (9398, None)


@pytest.mark.parametrize("option", sorted(_machines.MODULE.spec.options))
def test_its_options_are_those_that_are_checked(option: str) -> None:
    documented = yaml.safe_load(_machines.DOCUMENTATION)["options"][option]
    checked = _machines.MODULE.spec.options[option]
    for key in ("default", "choices", "elements"):
        assert documented.get(key) == checked.get(key), key
    # A path is made one by the check: Ansible would make the working folder of an empty variable of the environment.
    assert documented["type"] == checked.get("type", "str").replace("path", "str")
    assert [one["name"] for one in documented.get("env", ())] == [f"VEEAM_EM_{option.upper()}"] * (
        "fallback" in checked
    )


# -- the cache -----------------------------------------------------------------------------------------------------


def test_what_is_cached_is_read_once(fill: Fill) -> None:
    first = fill(host("web01"), host("web01", "x", on="vcenter02"), cache=False)
    assert len(first.reads) == 1 and t.cast(t.Any, fill).cached == {}
    on = {"cache": True}
    del first
    assert len(_with(fill, on).reads) == 1
    again = _with(fill, on)
    assert again.reads == [] and again.names == ["web01"]
    # Somebody has asked to read everything anew.
    assert len(_with(fill, on, use=False).reads) == 1
    # The user has not switched it on.
    assert len(_with(fill, {"cache": False}).reads) == 1


def _with(fill: Fill, options: dict[str, t.Any], use: bool = True, **more: t.Any) -> Filled:
    """A call with these options; use: what Ansible says of the cache."""
    given = {**options, **more}
    wants = given.pop("cache", False)
    return t.cast(Filled, t.cast(t.Any, fill)(host("web01"), cache=use, **{"cache_option": wants, **given}))


def test_a_cached_result_is_plain_data_without_the_password(fill: Fill) -> None:
    _with(fill, {"cache": True}, groups={"all_of_them": "true"})
    (kept,) = t.cast(t.Any, fill).cached.values()
    text = json.dumps(kept)
    assert PASSWORD not in text and "all_of_them" not in text
    assert json.loads(text)["hosts"] == [host("web01")]


def test_a_file_that_asks_for_something_else_is_not_answered_from_the_cache(fill: Fill) -> None:
    assert len(_with(fill, {"cache": True}).reads) == 1
    assert len(_with(fill, {"cache": True}, protection=True).reads) == 1
    assert len(_with(fill, {"cache": True}, protection=True).reads) == 0
    assert len(_with(fill, {"cache": True}, protection=True, within="4h").reads) == 1
    # Groups are made anew of what was read.
    assert _with(fill, {"cache": True}, protection=True, within="4h", groups={"g": "true"}).reads == []


def test_a_cached_result_is_not_written_again(fill: Fill) -> None:
    class Counting(dict[str, t.Any]):
        writes = 0

        def __setitem__(self, key: str, value: t.Any) -> None:
            type(self).writes += 1
            super().__setitem__(key, value)

    cached = Counting()
    for _time in range(3):
        _with(fill, {"cache": True}, kept=cached)
    assert Counting.writes == 1


def test_a_broken_cache_is_read_anew(fill: Fill) -> None:
    for broken in ("text", {"hosts": []}, None):
        cached = _AnyKey(broken)
        assert len(_with(fill, {"cache": True}, kept=cached).reads) == 1


class _AnyKey(dict[str, t.Any]):
    """A cache that has the same under every key."""

    def __init__(self, value: t.Any) -> None:
        super().__init__()
        self.value = value

    def __getitem__(self, key: str) -> t.Any:
        return self.value


# -- values are data -----------------------------------------------------------------------------------------------


def test_values_are_no_templates(fill: Fill) -> None:
    """What Ansible itself makes of them: a template that uses them does not run what is in them."""
    from ansible.template import Templar

    name = "{{ 7 * 7 }}"
    found = fill(
        host(name, jobs=[name], protection={"status": "late", "reason": name}), compose={"copied": "veeam_name"}
    )
    assert found.names == [name]
    variables = {**found.inventory.hosts[name].get_vars()}
    templar = Templar(loader=DataLoader(), variables=variables)
    for expression in ("veeam_name", "veeam_jobs[0]", "veeam_protection.reason", "copied", "inventory_hostname"):
        assert templar.template(_trusted("{{ " + expression + " }}")) == name, expression


def _trusted(text: str) -> str:
    """A template as a playbook has it: from ansible-core 2.19 on it has to be said that it is one."""
    try:
        from ansible.template import trust_as_template
    except ImportError:
        return text
    return t.cast(str, trust_as_template(text))


def test_the_version_of_ansible_says_how_data_is_marked() -> None:
    assert _machines.as_data("{{ x }}") == "{{ x }}"
