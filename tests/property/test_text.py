# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any text that XML can carry goes through options, requests, filters, answers, diffs and results unchanged."""

from __future__ import annotations

import json
import typing as t
from urllib.parse import unquote_to_bytes, urlsplit
from xml.etree import ElementTree

import pytest
from ansible.module_utils.common.parameters import remove_values
from ansible_collections.backupops.veeam.plugins.module_utils._clone import options as _options
from ansible_collections.backupops.veeam.plugins.module_utils._clone import plan as _plan
from ansible_collections.backupops.veeam.plugins.module_utils._clone.spec import CLONE_ELEMENTS, CloneSpec, write
from ansible_collections.backupops.veeam.plugins.module_utils._em import http_status as _http_status
from ansible_collections.backupops.veeam.plugins.module_utils._em import query as _query
from ansible_collections.backupops.veeam.plugins.module_utils._em import wire as _wire
from ansible_collections.backupops.veeam.plugins.module_utils._em.kind import Kind
from ansible_collections.backupops.veeam.plugins.module_utils._em.reference import Reference, reference
from ansible_collections.backupops.veeam.plugins.module_utils._em.task import read_task
from ansible_collections.backupops.veeam.plugins.module_utils._em.texts import NOT_IN_NAMES, NOT_XML
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import OptionError
from ansible_collections.backupops.veeam.plugins.module_utils._module.secrets import ByName, scrub
from ansible_collections.backupops.veeam.plugins.module_utils._resources.backup_server import BACKUP_SERVER
from ansible_collections.backupops.veeam.plugins.module_utils._resources.job import JOB, Job
from ansible_collections.backupops.veeam.plugins.module_utils._resources.repository import REPOSITORY, Repository
from ansible_collections.backupops.veeam.plugins.plugin_utils._as_module import _masked
from helpers.documents import Writer
from helpers.entities import COPY, DEFAULT_01, GOLD, OLD_COPY, REPLICA, VBR01, clone_request
from hypothesis import example, given
from hypothesis import strategies as st

#: What XML 1.0 can carry (production Char), with the characters that grammars live on made likely.
LEGAL = st.one_of(
    st.sampled_from(list("\t\n\r \"'<>&;,()=\\/%+#?|*:[]{}!$\x7f\x85\xa0\u2028\ufeff\ufffd\U0001f600\u0301\u202e")),
    st.characters(min_codepoint=0x20, max_codepoint=0xD7FF),
    st.characters(min_codepoint=0xE000, max_codepoint=0xFFFD),
    st.characters(min_codepoint=0x10000, max_codepoint=0x10FFFF),
)
TEXT = st.text(LEGAL, max_size=60)
#: A name is on one line.
NAME_TEXT = TEXT.map(lambda text: "".join(char for char in text if not NOT_IN_NAMES.search(char)))
NAME = NAME_TEXT.map(lambda text: text[:50]).filter(lambda name: bool(name.strip()))
DIALECTS = st.sampled_from(["xml", "v95u4", "v12", "v13"])
ELEMENT = "{http://www.veeam.com/ent/v1.0}"


# -- clone requests ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(CLONE_ELEMENTS))
@given(data=st.data())
def test_a_clone_request_says_what_was_meant(kind: str, data: st.DataObject) -> None:
    """Read back by other parsers than the client's own."""
    element, names = CLONE_ELEMENTS[kind]
    values: dict[str, str | None] = {name: data.draw(TEXT, label=name) for name in names}
    if data.draw(st.booleans()):
        values["Description"] = None
    spec = CloneSpec(kind, values)
    expected = [(name, values[name]) for name in names if values[name] is not None]

    root = ElementTree.fromstring(write(spec, "xml"))
    assert root.tag == ELEMENT + "JobCloneSpec"
    (info,) = root
    assert info.tag == ELEMENT + element
    assert [(child.tag, child.text or "") for child in info] == [(ELEMENT + name, value) for name, value in expected]

    body = write(spec, "json")
    assert json.loads(body.decode("utf-8")) == {element: dict(expected)}


# -- filters -------------------------------------------------------------------------------------------------------


def percent_decoded(query: str) -> dict[str, str]:
    """A query string as a server takes it apart, with no mercy for anything ambiguous."""
    members: dict[str, str] = {}
    for part in query.split("&"):
        key, separator, value = part.partition("=")
        assert separator
        assert key not in members
        assert "+" not in value, "a plus may be a blank"
        members[key] = unquote_to_bytes(value).decode("utf-8")
    return members


def names_in(text: str) -> list[str]:
    """The names of a filter, by the grammar of the reference: Name=="…" joined by commas, which are OR."""
    names = []
    rest = text
    while True:
        assert rest.startswith('Name=="'), rest
        name, quote, rest = rest[len('Name=="') :].partition('"')
        assert quote
        names.append(name)
        if not rest:
            return names
        assert rest[0] == ","
        rest = rest[1:]


@given(names=st.lists(TEXT.filter(lambda name: '"' not in name), min_size=1, max_size=8), entities=st.booleans())
def test_a_filter_says_what_was_meant(names: list[str], entities: bool) -> None:
    path = _query.by_names(JOB._replace(entities=entities), names).path()
    assert path.isascii()
    assert path.isprintable()
    assert " " not in path
    split = urlsplit(path)
    assert (split.path, split.fragment) == ("/api/query", "")
    members = percent_decoded(split.query)
    assert names_in(members.pop("filter")) == names
    assert members.pop("format", None) == ("Entities" if entities else None)
    assert members == {"type": "Job", "pageSize": "100", "page": "1"}


@given(names=st.lists(TEXT, max_size=120))
def test_chunks_hold_every_name_once(names: list[str]) -> None:
    chunks = _query.chunks(JOB, names)
    assert sorted(sum(chunks, [])) == sorted({name for name in names if _query.is_filterable(name)})
    for chunk in chunks:
        assert 1 <= len(chunk) <= _query.MAX_NAMES
        assert len(chunk) == 1 or len(_query.by_names(JOB, chunk).path()) <= _query.MAX_URL
        if len(chunk) > 2:
            assert len({_query.is_plain(name) for name in chunk}) == 1, "a name in doubt puts no plain one in doubt"


@given(name=TEXT)
def test_a_plain_name_has_nothing_of_the_grammar(name: str) -> None:
    if _query.is_plain(name):
        assert name.isascii()
        assert not set(name) & set("\"';,()=<>!\\&%+\t\n\r")


# -- answers -------------------------------------------------------------------------------------------------------


@given(dialect=DIALECTS, name=TEXT, description=st.none() | TEXT, server=TEXT)
def test_a_job_is_read_as_it_was_written(dialect: str, name: str, description: str | None, server: str) -> None:
    write = Writer(dialect)
    job = GOLD._replace(name=name, description=description, server=VBR01._replace(name=server or VBR01.id))
    assert JOB.read_one(write.job(job).body, write.media_type) == job
    assert JOB.read_page(write.jobs(job, COPY).body, write.media_type).items == [job, COPY]


@given(dialect=DIALECTS, name=TEXT, server=TEXT)
def test_references_are_read_as_they_were_written(dialect: str, name: str, server: str) -> None:
    write = Writer(dialect)
    repository = DEFAULT_01._replace(name=name, server=VBR01._replace(name=server or VBR01.id))
    assert REPOSITORY.read_page(write.repositories(repository).body, write.media_type).items == [repository]
    ref = Job(GOLD.id, name, repository.server)
    assert JOB.read_page(write.job_refs(ref).body, write.media_type).items == [ref]


@given(dialect=DIALECTS, message=TEXT, name=st.none() | TEXT)
def test_a_task_is_read_as_it_was_written(dialect: str, message: str, name: str | None) -> None:
    write = Writer(dialect)
    task = read_task(write.task("Finished", False, message, [(GOLD.id, name)]).body, write.media_type)
    assert (task.success, task.message, task.related) == (False, message, ((GOLD.id, name),))


@given(dialect=DIALECTS, message=TEXT)
def test_an_error_is_read_as_it_was_written(dialect: str, message: str) -> None:
    assert _wire.read_error(Writer(dialect).error(500, message).body) == " ".join(message.split())


# -- options, plans, results ---------------------------------------------------------------------------------------

PARAMS: dict[str, t.Any] = {
    "hostname": "em",
    "port": 9398,
    "username": "u",
    "password": "p",
    "validate_certs": True,
    "use_proxy": True,
    "timeout": 30,
    "api_version": "latest",
    "media_type": "xml",
    "max_response_size": 64,
    "wait": True,
    "wait_timeout": 300,
    "poll_interval": 5,
    "on_timeout": "fail",
    "max_parallel": 4,
    "source_job": "TPL Gold",
}


def settings(**options: t.Any) -> _options.Settings:
    return _options.settings({**PARAMS, **options})


def taken_or_refused(**options: t.Any) -> tuple[_options.Settings | None, str]:
    """The settings, or the message of the refusal. Any other exception fails the test."""
    try:
        return settings(**options), ""
    except OptionError as error:
        return None, error.msg


@given(name=NAME, description=TEXT, folder=NAME_TEXT, suffix=NAME_TEXT)
def test_options_arrive_unchanged(name: str, description: str, folder: str, suffix: str) -> None:
    given_options = {"name": name, "description": description, "folder_name": folder, "vm_suffix": suffix}
    for chosen in (settings(**given_options), settings(clones=[given_options])):
        (clone,) = chosen.clones
        assert clone.name == name
        assert clone.description == description
        assert clone.folder_name == (folder or None)
        assert clone.vm_suffix == (suffix or None)


@given(option=st.sampled_from(_options.CLONE_OPTIONS), text=st.text())
def test_any_text_is_taken_or_refused(option: str, text: str) -> None:
    """Nothing that XML cannot carry gets in, no name of several lines, and nothing else than OptionError comes out."""
    chosen, message = taken_or_refused(**{"name": "new", option: text})
    if chosen is None:
        assert message.startswith(option + ": ")
        return
    value = getattr(chosen.clones[0], option)
    value = value.text if isinstance(value, Reference) else value
    assert value == text or (text == "" and value is None)
    assert not (NOT_XML if option == "description" else NOT_IN_NAMES).search(text)
    for media_type in ("xml", "json"):
        write(CloneSpec("Replica", {"JobName": text, "VmSuffix": text}), media_type)


@given(text=st.text() | TEXT)
@example("fe80::1%eth0")
@example("[::1%25x]")
@example("1.2.3.4\n")
@example("\u2460.example")
def test_any_hostname_is_one_or_refused(text: str) -> None:
    """What is taken is a host in an address and nothing more, and so can neither move the port nor add a header."""
    chosen, message = taken_or_refused(name="new", hostname=text)
    if chosen is None:
        assert message.startswith("hostname: ")
        assert message.isprintable()
        return
    endpoint = chosen.connection.endpoint
    split = urlsplit(endpoint.url)
    assert (split.scheme, split.port, split.path, split.query, split.username) == ("https", 9398, "", "", None)
    assert split.hostname is not None
    assert split.hostname == endpoint.hostname.lower()
    assert endpoint.url.isascii()
    assert endpoint.url.isprintable()
    assert " " not in endpoint.url


@given(username=st.text(min_size=1), password=st.text(min_size=1), session_id=st.text())
def test_any_credentials_are_taken_or_refused(username: str, password: str, session_id: str) -> None:
    options: dict[str, str]
    for options in ({"username": username, "password": password}, {"session_id": session_id}):
        chosen, message = taken_or_refused(name="new", **options)
        if chosen is None:
            # Short ones may be part of any sentence.
            assert len(password) < 12 or password not in message
        elif chosen.connection.credentials.session_id is not None:
            assert chosen.connection.credentials.session_id.isascii()
            assert chosen.connection.credentials.session_id.isprintable()
        else:
            username, password = (
                chosen.connection.credentials.username or "",
                chosen.connection.credentials.password or "",
            )
            assert (username + ":" + password).encode("utf-8")


@given(text=st.text() | TEXT, kind=st.sampled_from([JOB, REPOSITORY, BACKUP_SERVER]))
def test_any_text_is_a_reference_or_refused(text: str, kind: Kind) -> None:
    try:
        found = reference("x", text, kind)
    except OptionError:
        return
    if found.id is None:
        assert found.name == text
    else:
        assert _wire.GUID.fullmatch(found.id)
        assert found.id == found.id.lower()
        assert found.id in text.lower()


@given(name=NAME, description=st.none() | TEXT, folder=st.none() | NAME_TEXT, suffix=st.none() | NAME_TEXT)
def test_a_plan_and_its_diff_say_what_was_meant(
    name: str, description: str | None, folder: str | None, suffix: str | None
) -> None:
    for source in (GOLD, REPLICA, COPY, OLD_COPY):
        request = clone_request(
            name, source.name, description=description, folder_name=folder, repository="r", vm_suffix=suffix
        )
        repository = None if source is REPLICA else Repository(DEFAULT_01.id, "r", source.server)
        planned = _plan.plan(request, source, repository)
        after = planned.after()
        assert after["name"] == planned.spec.values["JobName"] == name
        assert after.get("Description") == planned.spec.values["Description"] == description
        if source is REPLICA:
            assert after["VmSuffix"] == (suffix if suffix is not None else "_replica")
        else:
            element = "FolderName" if source is GOLD else "JobFileName"
            assert after[element] == (folder if folder is not None else _plan.default_folder_name(name))
        assert json.loads(json.dumps(after)) == after


@given(name=TEXT)
def test_a_default_folder_name_is_fit_for_a_file_system(name: str) -> None:
    folder = _plan.default_folder_name(name)
    assert len(folder) == len(name)
    assert not set(folder) & set('/\\:*?"<>()|')
    assert _plan.default_folder_name(folder) == folder
    assert all(new in (old, "_") for old, new in zip(name, folder, strict=True))


@given(value=TEXT, retry_after=st.text(st.characters(max_codepoint=255)))
def test_any_retry_after_is_a_time_or_none(value: str, retry_after: str) -> None:
    for text in (value, retry_after, "Mon, 05 Jan 2026 10:00:00 " + retry_after, "Mon, 05 Jan " + retry_after):
        seconds = _http_status._retry_after(text)
        assert seconds is None or 0 <= seconds < 1e12


NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4).map(ByName),
    max_leaves=12,
)


@given(
    value=NESTED,
    secrets=st.lists(st.text(LEGAL.filter(lambda char: char != "*"), min_size=3, max_size=20), max_size=3),
    data=st.data(),
)
def test_no_secret_is_left(value: t.Any, secrets: list[str], data: st.DataObject) -> None:
    if secrets:
        secret = data.draw(st.sampled_from(secrets))
        value = [value, f"before {secret} after {secret}{secret}", {"key": [secret]}]
    scrubbed = scrub(value, secrets)

    def texts(inside: t.Any) -> t.Iterator[str]:
        if isinstance(inside, str):
            yield inside
        if isinstance(inside, dict):
            for key, member in inside.items():
                yield key
                yield from texts(member)
        if isinstance(inside, list):
            for member in inside:
                yield from texts(member)

    assert not any(secret in text for text in texts(scrubbed) for secret in secrets)
    if not secrets:
        assert scrubbed == value


SECRET = st.text(LEGAL, min_size=1, max_size=12) | st.sampled_from(["True", "Fa", "12", "e", "null"])
SECRETS = st.lists(SECRET, max_size=3)


@given(value=NESTED, msg=TEXT, secrets=SECRETS, data=st.data())
def test_a_listing_is_cleaned_as_each_of_its_items(
    value: t.Any, msg: str, secrets: list[str], data: st.DataObject
) -> None:
    """A long one is looked at as a whole first."""
    one = data.draw(st.sampled_from([*secrets, "nothing", f"cut off: {''.join(secrets)[:5]}\u2026"]))
    items = [value, {"msg": msg}, {"name": f"before {one} after"}]
    for kind in data.draw(st.lists(st.sampled_from(items), max_size=3)), items:
        assert scrub(kind * 100, secrets) == [scrub([item], secrets)[0] for item in kind] * 100


@given(
    result=st.dictionaries(
        st.sampled_from(["jobs", "msg", "changed"]), NESTED | st.floats(allow_nan=False), max_size=3
    ),
    secrets=SECRETS,
    data=st.data(),
)
def test_a_result_is_masked_as_ansible_masks_it(
    result: dict[str, t.Any], secrets: list[str], data: st.DataObject
) -> None:
    one = data.draw(st.sampled_from([*secrets, "nothing"]))
    result = {**result, "jobs": [result.get("jobs"), f"before {one} after", {"key": [one, True, 12, 1.5]}]}
    kept = {key: value for key, value in result.items() if value is None or isinstance(value, bool)}
    assert _masked(result, set(secrets)) == {**remove_values(result, set(secrets)), **kept}
