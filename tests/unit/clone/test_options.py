# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options: what is refused before any logon, where values come from, and that no message shows a secret."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.backupops.veeam.plugins.module_utils._clone import options as _options
from ansible_collections.backupops.veeam.plugins.module_utils._clone.options import Settings
from ansible_collections.backupops.veeam.plugins.module_utils._clone.plan import CloneRequest
from ansible_collections.backupops.veeam.plugins.module_utils._em.reference import Reference
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import OptionError
from ansible_collections.backupops.veeam.plugins.module_utils._module.shapes import place_of
from helpers.entities import GOLD, VBR01, clone_request

from ..conftest import ModuleArguments

MINIMUM = {"hostname": "em01.example.test", "username": "EM01\\svc", "password": "Passw0rd!"}
SINGLE = {**MINIMUM, "source_job": "TPL Gold", "name": "new"}
BATCH = {**MINIMUM, "source_job": "TPL Gold"}


def params(options: dict[str, t.Any]) -> dict[str, t.Any]:
    """The options as AnsibleModule hands them on: converted, with defaults, with None for what is not given."""
    result = ArgumentSpecValidator(**_options.SPEC.arguments()).validate(options)
    assert not result.error_messages, result.error_messages
    return t.cast("dict[str, t.Any]", result.validated_parameters)


def settings(options: dict[str, t.Any]) -> Settings:
    return _options.settings(params(options))


def refusal(options: dict[str, t.Any]) -> str:
    with pytest.raises(OptionError) as raised:
        settings(options)
    assert "Passw0rd!" not in raised.value.msg
    return raised.value.msg


# -- defaults ------------------------------------------------------------------------------------------------------


def test_defaults() -> None:
    chosen = settings(SINGLE)
    assert chosen.connection.endpoint == ("em01.example.test", 9398, True, None, True, 30.0, 64 * 1048576)
    assert chosen.waiting == (True, 300.0, 5.0, False, 30.0)
    assert (chosen.connection.media_type, chosen.connection.api_version, chosen.max_parallel, chosen.single) == (
        "xml",
        "latest",
        4,
        True,
    )
    assert chosen.clones == [clone_request("new", "TPL Gold", explicit=frozenset(("name", "source_job")))]


def test_values_arrive() -> None:
    chosen = settings(
        {
            **SINGLE,
            "port": 443,
            "validate_certs": False,
            "use_proxy": False,
            "timeout": 1.5,
            "api_version": "v1_7",
            "media_type": "json",
            "max_response_size": 1,
            "wait": False,
            "wait_timeout": 12,
            "poll_interval": 0.5,
            "on_timeout": "cancel",
            "max_parallel": 32,
        }
    )
    assert chosen.connection.endpoint == ("em01.example.test", 443, False, None, False, 1.5, 1048576)
    assert chosen.waiting == (False, 12.0, 0.5, True, 1.5)
    assert (chosen.connection.media_type, chosen.connection.api_version, chosen.max_parallel) == ("json", "v1_7", 32)


def test_aliases() -> None:
    given = {**MINIMUM, "job": "TPL Gold", "job_name": "new", "job_file_name": "f"}
    clone = settings(given).clones[0]
    assert (clone.source_job.text, clone.name, clone.folder_name) == ("TPL Gold", "new", "f")
    batch = settings({**MINIMUM, "clones": [{"job": "TPL Gold", "job_name": "new", "job_file_name": "f"}]}).clones[0]
    assert batch[:7] == clone[:7]


# -- the host ------------------------------------------------------------------------------------------------------

HOSTS = [
    ("em01", "em01", "https://em01:9398"),
    (" em01.example.test ", "em01.example.test", "https://em01.example.test:9398"),
    ("EM_01.example.test", "EM_01.example.test", "https://EM_01.example.test:9398"),
    ("192.0.2.7", "192.0.2.7", "https://192.0.2.7:9398"),
    ("2001:db8::1", "2001:db8::1", "https://[2001:db8::1]:9398"),
    ("[2001:DB8::1]", "2001:db8::1", "https://[2001:db8::1]:9398"),
    ("::1", "::1", "https://[::1]:9398"),
    ("b\xfccher.example", "xn--bcher-kva.example", "https://xn--bcher-kva.example:9398"),
]


@pytest.mark.parametrize(("given", "hostname", "url"), HOSTS)
def test_hostname(given: str, hostname: str, url: str) -> None:
    endpoint = settings({**SINGLE, "hostname": given}).connection.endpoint
    assert (endpoint.hostname, endpoint.url) == (hostname, url)


NO_HOSTS = [
    ("", "empty"),
    ("  ", "empty"),
    ("https://em01", "scheme"),
    ("https://em01:9398/api", "scheme"),
    ("em01/api", "path"),
    ("em01?x", "path"),
    ("em01#x", "path"),
    ("em01:9398", "port"),
    ("[2001:db8::1]:9398", "port"),
    ("2001:db8::1:99999", "port"),
    ("fe80::1%eth0", "zone"),
    ("[fe80::1%25eth0]", "zone"),
    ("svc@em01", "username"),
    ("svc:Passw0rd!@em01", "username"),
    ("https://svc:Passw0rd!@em01:9398/api", "scheme"),
    ("https://svc:a/Passw0rd!@em01/", "scheme"),
    ("svc:Passw0rd!@em01/api", "path"),
    ("em 01", "not a valid host name"),
    ("em01\r\nX-Injected: 1", "port"),
    ("em01\r\nX-Injected", "not a valid host name"),
    ("em01\0", "not a valid host name"),
    ("em01\\x", "not a valid host name"),
    ("-em01", "not a valid host name"),
    ("x" * 255, "not a valid host name"),
    ("\u2024.example", "not a valid host name"),
    ("*", "not a valid host name"),
]


@pytest.mark.parametrize(("given", "word"), NO_HOSTS)
def test_no_hostname(given: str, word: str) -> None:
    message = refusal({**SINGLE, "hostname": given})
    assert message.startswith("hostname: ")
    assert word in message
    assert message.isprintable()


# -- numbers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["timeout", "wait_timeout", "poll_interval"])
@pytest.mark.parametrize("value", [0, -1, "-0.5", "nan", "inf", "-inf", "0.0"])
def test_times_are_above_zero(option: str, value: t.Any) -> None:
    assert refusal({**SINGLE, option: value}).startswith(option + ": ")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("max_parallel", 0),
        ("max_parallel", 33),
        ("max_parallel", -1),
        ("port", 0),
        ("port", 65536),
        ("port", -1),
        ("max_response_size", 0),
        ("max_response_size", 4097),
    ],
)
def test_numbers_have_bounds(option: str, value: int) -> None:
    message = refusal({**SINGLE, option: value})
    assert message.startswith(option + ": ")
    assert str(value) in message


@pytest.mark.parametrize(
    ("option", "value"),
    [("max_parallel", 1), ("max_parallel", 32), ("port", 1), ("port", 65535), ("max_response_size", 4096)],
)
def test_bounds_are_allowed(option: str, value: int) -> None:
    assert settings({**SINGLE, option: value})


@pytest.mark.parametrize(
    ("option", "value"), [("media_type", "yaml"), ("api_version", "v1_4"), ("on_timeout", "ignore"), ("port", "x")]
)
def test_what_the_specification_refuses(option: str, value: str) -> None:
    assert ArgumentSpecValidator(**_options.SPEC.arguments()).validate({**SINGLE, option: value}).error_messages


# -- credentials ---------------------------------------------------------------------------------------------------

HOST = {"hostname": "em01", "source_job": "TPL Gold", "name": "new"}
CREDENTIALS: list[tuple[dict[str, str], tuple[str | None, str | None, str | None] | str]] = [
    ({"username": "u", "password": "p"}, ("u", "p", None)),
    ({"username": "EM01\\u", "password": ":\xe4\u20ac"}, ("EM01\\u", ":\xe4\u20ac", None)),
    ({"session_id": "dG9rZW4="}, (None, None, "dG9rZW4=")),
    ({"username": "u", "password": "p", "session_id": "t"}, (None, None, "t")),
    ({"username": "u", "session_id": "t"}, (None, None, "t")),
    ({"username": "u", "password": "p", "session_id": ""}, ("u", "p", None)),
    ({}, "username, password: "),
    ({"username": "", "password": "", "session_id": ""}, "username, password: "),
    ({"username": "u"}, "password: is missing"),
    ({"password": "Passw0rd!"}, "username: is missing"),
    ({"username": "u", "password": ""}, "password: is missing"),
    ({"username": "a:b", "password": "Passw0rd!"}, "username: a colon"),
    ({"username": "u", "password": "Passw0rd!\ud800"}, "password: "),
    ({"username": "u\udc80", "password": "Passw0rd!"}, "username: "),
    ({"session_id": "Passw0rd! x"}, "session_id: "),
    ({"session_id": "Passw0rd!\r\nX-Injected: 1"}, "session_id: "),
    ({"session_id": "Passw0rd!\xe4"}, "session_id: "),
]


@pytest.mark.parametrize(("given", "expected"), CREDENTIALS)
def test_credentials(given: dict[str, str], expected: t.Any) -> None:
    if isinstance(expected, str):
        assert refusal({**HOST, **given}).startswith(expected)
    else:
        assert settings({**HOST, **given}).connection.credentials == expected


def test_credentials_do_not_show_themselves() -> None:
    shown = repr(settings(SINGLE)) + str(settings(SINGLE).connection.credentials)
    assert "Passw0rd!" not in shown


# -- ca_path -------------------------------------------------------------------------------------------------------


def test_ca_path_of_a_file_and_of_a_folder(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("x")
    for path in (bundle, tmp_path):
        assert settings({**SINGLE, "ca_path": str(path)}).connection.endpoint.ca_path == str(path)


def test_a_ca_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    message = refusal({**SINGLE, "ca_path": str(tmp_path / "none.pem")})
    assert message.startswith("ca_path: ")
    assert str(tmp_path / "none.pem") in message


@pytest.mark.parametrize("content", ["", " \n\n"])
def test_an_empty_ca_file_has_a_sentence_of_its_own(tmp_path: Path, content: str) -> None:
    """AWX writes one for a field of a credential that was left blank."""
    (tmp_path / "ca").write_text(content)
    message = refusal({**SINGLE, "ca_path": str(tmp_path / "ca")})
    assert message.startswith(f"ca_path: the file {tmp_path / 'ca'} is empty; put")


def test_an_empty_ca_path_is_none() -> None:
    assert settings({**SINGLE, "ca_path": ""}).connection.endpoint.ca_path is None


# -- the environment -----------------------------------------------------------------------------------------------

ENVIRONMENT = {
    "hostname": ("em02", "em02"),
    "port": ("1234", 1234),
    "username": ("u", "u"),
    "password": ("p", "p"),
    "session_id": ("t", "t"),
    "validate_certs": ("no", False),
    "ca_path": ("/etc", "/etc"),
    "timeout": ("2.5", 2.5),
    "api_version": ("v1_6", "v1_6"),
    "media_type": ("json", "json"),
}


@pytest.fixture
def module_params(module_arguments: ModuleArguments) -> t.Callable[[dict[str, t.Any]], dict[str, t.Any]]:
    """The parameters of a real AnsibleModule: fallbacks are its business."""

    def build(options: dict[str, t.Any]) -> dict[str, t.Any]:
        with module_arguments(options):
            return t.cast("dict[str, t.Any]", basic.AnsibleModule(_options.SPEC.options).params)

    return build


@pytest.mark.parametrize("option", ENVIRONMENT)
def test_environment(monkeypatch: pytest.MonkeyPatch, module_params: t.Any, option: str) -> None:
    text, value = ENVIRONMENT[option]
    given = {**SINGLE}
    given.pop(option, None)
    monkeypatch.setenv("VEEAM_EM_" + option.upper(), text)
    assert module_params(given)[option] == value


@pytest.mark.parametrize("option", [option for option in ENVIRONMENT if option != "hostname"])
def test_an_empty_variable_counts_as_none(monkeypatch: pytest.MonkeyPatch, module_params: t.Any, option: str) -> None:
    """AWX sets the variables of a credential's empty fields to an empty text."""
    given = {**SINGLE}
    given.pop(option, None)
    monkeypatch.setenv("VEEAM_EM_" + option.upper(), "")
    assert module_params(given)[option] == _options.SPEC.options[option].get("default")


@pytest.mark.parametrize("option", ["hostname", "port", "username"])
def test_an_option_wins_over_the_environment(
    monkeypatch: pytest.MonkeyPatch, module_params: t.Any, option: str
) -> None:
    given = {**SINGLE, "port": 77}
    monkeypatch.setenv("VEEAM_EM_" + option.upper(), ENVIRONMENT[option][0])
    assert module_params(given)[option] == given[option]


def test_a_missing_hostname_is_named(
    monkeypatch: pytest.MonkeyPatch, module_params: t.Any, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VEEAM_EM_HOSTNAME", "")
    with pytest.raises(SystemExit):
        module_params({"name": "new", "source_job": "x"})
    assert "hostname" in json.loads(capsys.readouterr().out)["msg"]


def test_only_the_documented_variables_are_read() -> None:
    spec = _options.SPEC.options
    read = {name: entry["fallback"][1] for name, entry in spec.items() if "fallback" in entry}
    assert read == {option: ["VEEAM_EM_" + option.upper()] for option in ENVIRONMENT}


def test_secrets_are_marked_so() -> None:
    spec = _options.SPEC.options
    assert [name for name, entry in spec.items() if entry.get("no_log")] == ["password", "session_id"]


# -- one clone or several ------------------------------------------------------------------------------------------


def test_both_or_neither_form() -> None:
    assert refusal({**SINGLE, "clones": []}).startswith("name, clones: both")
    assert refusal({**SINGLE, "clones": [{"name": "x"}]}).startswith("name, clones: both")
    assert refusal({**MINIMUM, "source_job": "TPL Gold"}).startswith("name, clones: neither")


def test_an_empty_list_is_no_error() -> None:
    chosen = settings({**MINIMUM, "clones": []})
    assert (chosen.single, chosen.clones) == (False, [])


REFUSED_SINGLE: list[tuple[dict[str, t.Any], str]] = [
    ({"name": ""}, "name: is empty"),
    ({"name": "  "}, "name: is empty"),
    ({"name": "new", "source_job": None}, "source_job: is missing"),
    ({"name": "new", "source_job": ""}, "source_job: is missing"),
    ({"name": "new", "source_job": " "}, "source_job: is missing"),
    ({"name": "a\0b"}, "name: contains a control character"),
    ({"name": "a\x1bb"}, "name: contains a control character"),
    ({"name": "a\ufffe"}, "name: contains a control character"),
    ({"name": "a\ud800"}, "name: contains a control character"),
    ({"name": "new", "description": "a\x0b"}, "description: contains a control character"),
    ({"name": "new", "folder_name": "a\x01"}, "folder_name: contains a control character"),
    ({"name": "new", "vm_suffix": "a\x02"}, "vm_suffix: contains a control character"),
    ({"name": "new", "source_job": "a\x03"}, "source_job: contains a control character"),
    ({"name": "new", "repository": "a\x04"}, "repository: contains a control character"),
    ({"name": "new", "backup_server": "a\x05"}, "backup_server: contains a control character"),
    ({"name": "new", "source_job": "urn:veeam:Repository:" + GOLD.id}, "source_job: "),
    ({"name": "new", "repository": GOLD.uid}, "repository: "),
    ({"name": "new", "backup_server": "https://em/api/jobs/" + VBR01.id}, "backup_server: "),
]


@pytest.mark.parametrize(("given", "beginning"), REFUSED_SINGLE)
def test_refused_in_the_single_form(given: dict[str, t.Any], beginning: str) -> None:
    assert refusal({**MINIMUM, "source_job": "TPL Gold", **given}).startswith(beginning)


@pytest.mark.parametrize(
    ("given", "beginning"), [*REFUSED_SINGLE, ({}, "name: is missing"), ({"name": None}, "name: is missing")]
)
def test_refused_in_the_clones_form_with_the_place(given: dict[str, t.Any], beginning: str) -> None:
    item = {"source_job": "TPL Gold", **given}
    message = refusal({**MINIMUM, "clones": [{"name": "first", "source_job": "TPL Gold"}, item]})
    assert message.startswith(place_of("clones", 2, "job", item.get("name")) + beginning)


def test_white_space_that_xml_carries_is_allowed() -> None:
    assert settings({**SINGLE, "description": "two\r\n\tlines"}).clones[0].description == "two\r\n\tlines"


def test_a_name_may_stand_once() -> None:
    message = refusal({**BATCH, "clones": [{"name": "a"}, {"name": "b"}, {"name": "a"}]})
    assert message == 'job "a" (clones, item 3): name: "a" is already used by item 1; names must be unique.'
    assert settings({**BATCH, "clones": [{"name": "a"}, {"name": "A"}, {"name": "a "}]})


def test_the_name_at_the_top_is_no_default() -> None:
    assert refusal({**BATCH, "clones": [{"name": "a"}, {}]}).startswith("clones, item 2: name: is missing")


DEFAULTS = {
    "source_job": "TPL Gold",
    "backup_server": "vbr01",
    "description": "d",
    "folder_name": "f",
    "repository": "r",
    "vm_suffix": "_s",
}


def text_of(clone: CloneRequest, option: str) -> str:
    value = getattr(clone, option)
    return t.cast(str, value.text if isinstance(value, Reference) else value)


@pytest.mark.parametrize("option", DEFAULTS)
def test_a_default_is_used_and_is_not_on_purpose(option: str) -> None:
    own, other = settings({**MINIMUM, **DEFAULTS, "clones": [{"name": "a", option: "own"}, {"name": "b"}]}).clones
    assert text_of(own, option) == "own"
    assert own.explicit == {"name", option}
    assert text_of(other, option) == DEFAULTS[option]
    assert other.explicit == {"name"}
    assert (own.place, other.place) == ('job "a" (clones, item 1): ', 'job "b" (clones, item 2): ')


@pytest.mark.parametrize("option", DEFAULTS)
def test_in_the_single_form_everything_given_is_on_purpose(option: str) -> None:
    clone = settings({**SINGLE, option: "x"}).clones[0]
    assert option in clone.explicit
    assert clone.place == ""


@pytest.mark.parametrize("option", [option for option in DEFAULTS if option not in ("source_job", "description")])
def test_an_empty_text_counts_as_not_given(option: str) -> None:
    """Surveys and templates give an empty text where nothing was meant."""
    single = settings({**SINGLE, option: ""}).clones[0]
    assert getattr(single, option) is None
    assert option not in single.explicit
    own, other = settings({**BATCH, option: "", "clones": [{"name": "a", option: ""}, {"name": "b"}]}).clones
    assert getattr(own, option) is getattr(other, option) is None
    default = settings({**MINIMUM, **DEFAULTS, "clones": [{"name": "a", option: ""}]}).clones[0]
    assert text_of(default, option) == DEFAULTS[option]


def test_an_empty_description_is_one() -> None:
    assert settings({**SINGLE, "description": ""}).clones[0].description == ""
    chosen = settings({**MINIMUM, **DEFAULTS, "clones": [{"name": "a", "description": ""}, {"name": "b"}]})
    assert [clone.description for clone in chosen.clones] == ["", "d"]


def test_vm_suffix_has_no_default_in_the_specification() -> None:
    assert settings(SINGLE).clones[0].vm_suffix is None


@pytest.mark.parametrize("hundred", [100])
def test_a_long_list_keeps_its_order(hundred: int) -> None:
    names = ["job %d" % number for number in range(hundred)]
    assert [clone.name for clone in settings({**BATCH, "clones": [{"name": name} for name in names]}).clones] == names
