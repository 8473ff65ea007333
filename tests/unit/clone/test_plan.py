# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Planning as decision tables: what was asked for, what was read, and what follows."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._clone import plan as _plan
from ansible_collections.backupops.veeam.plugins.module_utils._clone.plan import CloneRequest
from ansible_collections.backupops.veeam.plugins.module_utils._em.kind import Kind
from ansible_collections.backupops.veeam.plugins.module_utils._em.reference import Reference, near_names, reference
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import NotFound, OptionError, VeeamError
from ansible_collections.backupops.veeam.plugins.module_utils._resources.backup_server import BACKUP_SERVER
from ansible_collections.backupops.veeam.plugins.module_utils._resources.job import JOB, Job
from ansible_collections.backupops.veeam.plugins.module_utils._resources.repository import REPOSITORY, Repository
from helpers.cast import other_id
from helpers.entities import (
    COPY,
    DEFAULT_01,
    DEFAULT_02,
    GOLD,
    OLD_COPY,
    REPLICA,
    S3_OFFSITE,
    VBR01,
    VBR02,
    WEB,
    clone_request,
)

SILVER_01 = GOLD._replace(id=other_id(1), name="TPL Silver")
SILVER_02 = GOLD._replace(id=other_id(2), name="TPL Silver", server=VBR02)
LOST = GOLD._replace(id=other_id(3), name="No Server", server=None)
JOBS = [GOLD, REPLICA, COPY, OLD_COPY, WEB, SILVER_01, SILVER_02]
PLACE = "clones, item 2: "


def request(**options: t.Any) -> CloneRequest:
    """A clone of TPL Gold, with these options set on purpose."""
    given = {"name": "new", "source_job": "TPL Gold", "repository": "Default Backup Repository", **options}
    return clone_request(explicit=frozenset(given), **given)


# -- names, ids, UIDs and hrefs ------------------------------------------------------------------------------------

ID = GOLD.id
FORMS: list[tuple[str, tuple[str | None, str | None]]] = [
    ("TPL Gold", (None, "TPL Gold")),
    (ID, (ID, None)),
    (ID.upper(), (ID, None)),
    ("urn:veeam:Job:" + ID, (ID, None)),
    ("urn:veeam:job:" + ID.upper(), (ID, None)),
    ("https://em01.example.test:9398/api/jobs/" + ID, (ID, None)),
    (f"https://em01.example.test:9398/api/jobs/{ID}?format=Entity", (ID, None)),
    (f"HTTP://other:9399/api/Jobs/{ID}/", (ID, None)),
    ("/api/jobs/" + ID, (ID, None)),
    # Names that only look a little like something else.
    ("urn:isbn:0451450523", (None, "urn:isbn:0451450523")),
    ("api/jobs/" + ID, (None, "api/jobs/" + ID)),
    (ID + "0", (None, ID + "0")),
    (f"{{{ID}}}", (None, f"{{{ID}}}")),
    (" " + ID, (None, " " + ID)),
    ("httpd", (None, "httpd")),
]


@pytest.mark.parametrize(("text", "expected"), FORMS)
def test_reference(text: str, expected: tuple[str | None, str | None]) -> None:
    assert reference("source_job", text, JOB) == Reference(text, *expected)


@pytest.mark.parametrize(
    "text",
    [
        "urn:veeam:Repository:" + ID,
        "urn:veeam:Job:TPL Gold",
        f"urn:veeam:Job:{ID}/..",
        "https://em01.example.test:9398/api/repositories/" + ID,
        "https://em01.example.test:9398/api/jobs",
        "https://em01.example.test:9398/api/jobs/5",
        f"https://em01.example.test:9398/api/jobs/{ID}/backupSessions",
        "https://em01.example.test",
        "https://[broken/api/jobs/" + ID,
        "/api/jobs/",
    ],
)
def test_reference_of_another_kind(text: str) -> None:
    with pytest.raises(OptionError) as raised:
        reference("source_job", text, JOB, PLACE)
    assert raised.value.msg.startswith("clones, item 2: source_job: ")
    assert text in raised.value.msg


@pytest.mark.parametrize(
    ("kind", "collection"), [(JOB, "jobs"), (REPOSITORY, "repositories"), (BACKUP_SERVER, "backupServers")]
)
def test_reference_of_each_kind(kind: Kind, collection: str) -> None:
    for text in (f"urn:veeam:{kind.name}:{ID}", f"https://em/api/{collection}/{ID}"):
        assert reference("x", text, kind) == Reference(text, ID, None)


# -- the source ----------------------------------------------------------------------------------------------------

SOURCES: list[tuple[dict[str, str], Job]] = [
    ({"source_job": "TPL Gold"}, GOLD),
    ({"source_job": GOLD.id.upper()}, GOLD),
    ({"source_job": GOLD.uid}, GOLD),
    ({"source_job": "https://em/api/jobs/" + GOLD.id}, GOLD),
    ({"source_job": "TPL Gold", "backup_server": VBR01.name}, GOLD),
    ({"source_job": "TPL Gold", "backup_server": VBR01.name.upper()}, GOLD),
    ({"source_job": "TPL Silver", "backup_server": VBR01.name}, SILVER_01),
    ({"source_job": "TPL Silver", "backup_server": VBR02.name}, SILVER_02),
    ({"source_job": "TPL Silver", "backup_server": VBR02.id}, SILVER_02),
    ({"source_job": "TPL Silver", "backup_server": "urn:veeam:BackupServer:" + VBR02.id.upper()}, SILVER_02),
    ({"source_job": "TPL Silver", "backup_server": "https://em/api/backupServers/" + VBR02.id}, SILVER_02),
    ({"source_job": SILVER_02.id}, SILVER_02),
    ({"source_job": "TPL Replica"}, REPLICA),
    ({"source_job": "Copy to Offsite"}, COPY),
    ({"source_job": "TPL Copy Legacy"}, OLD_COPY),
]


@pytest.mark.parametrize(("options", "expected"), SOURCES)
def test_source(options: dict[str, str], expected: Job) -> None:
    assert _plan.find_source(request(**options), JOBS) == expected


NO_SOURCES: list[tuple[str, dict[str, str], list[Job], tuple[str, ...]]] = [
    ("unknown", {"source_job": "TPL Iron"}, JOBS, ('there is no job "TPL Iron"', "replication and backup copy jobs")),
    ("other case", {"source_job": "tpl gold"}, JOBS, ('there is no job "tpl gold"',)),
    ("blank at the end", {"source_job": "TPL Gold "}, JOBS, ('there is no job "TPL Gold "',)),
    (
        "ambiguous",
        {"source_job": "TPL Silver"},
        JOBS,
        (f"exists on 2 backup servers: {VBR01.name}, {VBR02.name}; set backup_", SILVER_01.id, SILVER_02.id),
    ),
    (
        "twice on one server",
        {"source_job": "TPL Silver", "backup_server": VBR01.name},
        [SILVER_01, SILVER_01._replace(id=other_id(9))],
        ("exists 2 times on backup server", SILVER_01.id, other_id(9), "give its id in source_job"),
    ),
    (
        "on another server",
        {"source_job": "TPL Gold", "backup_server": VBR02.name},
        JOBS,
        (f'is not on backup_server "{VBR02.name}", but on {VBR01.name}.',),
    ),
    (
        "id, on another server",
        {"source_job": GOLD.id, "backup_server": VBR02.id},
        JOBS,
        ("is not on backup_server", VBR01.name),
    ),
    ("id that is not there", {"source_job": other_id(7)}, JOBS, ("there is no job",)),
    ("server unknown", {"source_job": "No Server"}, [LOST], ("does not say on which backup server", "no Up link")),
    (
        "server unknown, but asked for",
        {"source_job": "No Server", "backup_server": VBR01.name},
        [LOST],
        ("is not on backup_server", "unknown backup server"),
    ),
    (
        "a kind that EM cannot clone",
        {"source_job": "Tape"},
        [GOLD._replace(name="Tape", type="VmTapeBackup")],
        ("cannot clone", "VmTapeBackup", "ImmediateBackupCopy"),
    ),
    ("a kind that EM does not tell", {"source_job": "TPL Gold"}, [GOLD._replace(type=None)], ("of type unknown",)),
]


@pytest.mark.parametrize(("options", "jobs", "words"), [row[1:] for row in NO_SOURCES], ids=[r[0] for r in NO_SOURCES])
def test_no_source(options: dict[str, str], jobs: list[Job], words: tuple[str, ...]) -> None:
    with pytest.raises(NotFound) as raised:
        _plan.find_source(request(**options), jobs)
    for word in words:
        assert word in raised.value.msg


def test_near_names_of_a_source() -> None:
    names = ["TPL Gold", "TPL Golf", "tpl GOLD 2", "Something else"]
    with pytest.raises(NotFound) as raised:
        _plan.find_source(request(source_job="TPL Gould", place=PLACE), [], names)
    assert raised.value.msg.startswith('clones, item 2: source_job: there is no job "TPL Gould". Did you mean ')
    assert '"TPL Gold"' in raised.value.msg
    assert "Something else" not in raised.value.msg


def test_near_names_are_few() -> None:
    assert len(near_names("job", ["job%d" % number for number in range(50)])) == 5


# -- what the kind has elements for --------------------------------------------------------------------------------

KINDS = [GOLD, REPLICA, COPY, OLD_COPY]
KIND_OPTIONS = [
    # source, option, whether a clone of that kind takes it
    *[(job, "repository", job is not REPLICA) for job in KINDS],
    *[(job, "folder_name", job is not REPLICA) for job in KINDS],
    *[(job, "vm_suffix", job is REPLICA) for job in KINDS],
    *[(job, "description", True) for job in KINDS],
    *[(job, "backup_server", True) for job in KINDS],
]


@pytest.mark.parametrize(("source", "option", "taken"), KIND_OPTIONS)
def test_an_option_set_on_purpose(source: Job, option: str, taken: bool) -> None:
    base = {"name": "new", "source_job": source.name, "place": PLACE}
    if source is not REPLICA:
        base["repository"] = "r"
    asked = clone_request(**{**base, option: "x"}, explicit=frozenset(("name", "source_job", option)))  # type: ignore[arg-type]
    if taken:
        _plan.check_kind(asked, source)
        return
    with pytest.raises(OptionError) as raised:
        _plan.check_kind(asked, source)
    assert raised.value.msg.startswith(f"clones, item 2: {option}: ")
    assert source.name in raised.value.msg


@pytest.mark.parametrize(("source", "option", "taken"), KIND_OPTIONS)
def test_an_option_that_is_a_default_of_the_list(source: Job, option: str, taken: bool) -> None:
    """Defaults are used by the items whose kind has an element for them, and ignored by the others."""
    base: dict[str, t.Any] = {"name": "new", "source_job": source.name, "repository": "r", option: "x"}
    asked = clone_request(**base, explicit=frozenset(("name", "source_job")))
    _plan.check_kind(asked, source)
    spec = _plan.plan(asked, source, DEFAULT_01 if source is not REPLICA else None).spec
    element = {
        "repository": "RepositoryUid",
        "folder_name": "FolderName" if source is GOLD else "JobFileName",
        "vm_suffix": "VmSuffix",
        "description": "Description",
        "backup_server": "BackupServer",
    }[option]
    assert (element in spec.values) is (taken and option != "backup_server")


@pytest.mark.parametrize("source", KINDS)
def test_a_repository_is_required_but_for_replication(source: Job) -> None:
    asked = request(source_job=source.name, repository=None)._replace(explicit=frozenset())
    assert _plan.needs_repository(source) is (source is not REPLICA)
    if source is REPLICA:
        _plan.check_kind(asked, source)
    else:
        with pytest.raises(OptionError) as raised:
            _plan.check_kind(asked, source)
        assert raised.value.msg.startswith("repository: ")
        assert source.server is not None
        assert source.server.name in raised.value.msg


# -- the target ----------------------------------------------------------------------------------------------------

SAME_NAME = WEB._replace(id=other_id(4), name="new")
EXISTING: list[tuple[str, list[Job], Job | None]] = [
    ("free", [GOLD, WEB], None),
    ("there", [GOLD, SAME_NAME], SAME_NAME),
    ("of another type", [SAME_NAME._replace(type="Replica")], SAME_NAME._replace(type="Replica")),
    ("on another server", [SAME_NAME._replace(server=VBR02)], None),
    ("on both", [SAME_NAME._replace(server=VBR02), SAME_NAME], SAME_NAME),
    ("in other letters", [SAME_NAME._replace(name="New")], None),
    ("longer", [SAME_NAME._replace(name="new ")], None),
    ("itself", [GOLD._replace(name="new")], GOLD._replace(name="new")),
]


@pytest.mark.parametrize(("jobs", "expected"), [row[1:] for row in EXISTING], ids=[row[0] for row in EXISTING])
def test_existing(jobs: list[Job], expected: Job | None) -> None:
    assert _plan.find_existing(request(), GOLD, jobs) == expected


def test_a_target_name_that_is_there_twice() -> None:
    with pytest.raises(NotFound) as raised:
        _plan.find_existing(request(place=PLACE), GOLD, [SAME_NAME, SAME_NAME._replace(id=other_id(5))])
    for word in ("clones, item 2: name: ", "2 jobs", '"new"', VBR01.name, SAME_NAME.id, other_id(5)):
        assert word in raised.value.msg


def test_a_target_name_on_a_server_that_is_not_told() -> None:
    """It may be on the source's server: neither there nor absent is proved."""
    with pytest.raises(NotFound):
        _plan.find_existing(request(), GOLD, [SAME_NAME._replace(server=None)])


# -- the repository ------------------------------------------------------------------------------------------------

SECOND_01 = DEFAULT_01._replace(id=other_id(6))
REPOSITORIES: list[tuple[str, str, Job, list[Repository], Repository | tuple[str, ...]]] = [
    ("name", "Default Backup Repository", GOLD, [DEFAULT_01, DEFAULT_02], DEFAULT_01),
    ("name, other server", "Default Backup Repository", COPY, [DEFAULT_01, DEFAULT_02], DEFAULT_02),
    ("id", DEFAULT_01.id.upper(), GOLD, [DEFAULT_01], DEFAULT_01),
    ("UID", DEFAULT_01.uid, GOLD, [DEFAULT_01], DEFAULT_01),
    ("href", f"https://x/api/repositories/{DEFAULT_01.id}?format=Entity", GOLD, [DEFAULT_01], DEFAULT_01),
    ("only on the other server", "S3 Offsite", GOLD, [S3_OFFSITE], ("is on " + VBR02.name, "made on " + VBR01.name)),
    ("id on the other server", S3_OFFSITE.id, GOLD, [S3_OFFSITE], ("is on " + VBR02.name, "made on " + VBR01.name)),
    ("unknown", "Fast", GOLD, [], ('there is no repository "Fast" on backup server ' + VBR01.name,)),
    ("other case", "s3 offsite", COPY, [S3_OFFSITE], ("there is no repository",)),
    (
        "twice on the server",
        "Default Backup Repository",
        GOLD,
        [DEFAULT_01, SECOND_01],
        ("there are 2 repositories", DEFAULT_01.id, SECOND_01.id),
    ),
    ("server not told", "S3 Offsite", COPY, [S3_OFFSITE._replace(server=None)], ("on an unknown backup server",)),
]


@pytest.mark.parametrize(
    ("text", "source", "found", "expected"), [row[1:] for row in REPOSITORIES], ids=[row[0] for row in REPOSITORIES]
)
def test_repository(text: str, source: Job, found: list[Repository], expected: Repository | tuple[str, ...]) -> None:
    asked = request(source_job=source.name, repository=text, place=PLACE)
    if isinstance(expected, Repository):
        assert _plan.find_repository(asked, source, found) == expected
        return
    with pytest.raises(NotFound) as raised:
        _plan.find_repository(asked, source, found)
    assert raised.value.msg.startswith("clones, item 2: repository: ")
    for word in expected:
        assert word in raised.value.msg


def test_near_names_of_a_repository_are_those_of_its_server() -> None:
    others = [DEFAULT_01, S3_OFFSITE, DEFAULT_01._replace(id=other_id(8), name="S3 Onsite")]
    with pytest.raises(NotFound) as raised:
        _plan.find_repository(request(repository="S3 Offsite"), GOLD, [], others)
    assert '"S3 Onsite"' in raised.value.msg
    assert "Default Backup Repository" not in raised.value.msg
    with pytest.raises(NotFound) as raised:
        _plan.find_repository(request(repository="nothing like it"), GOLD, [], others)
    assert 'Known repositories there: "Default Backup Repository", "S3 Onsite".' in raised.value.msg


# -- the request ---------------------------------------------------------------------------------------------------

PLANS: list[tuple[str, Job, dict[str, t.Any], dict[str, str | None]]] = [
    ("backup", GOLD, {}, {"FolderName": "new", "RepositoryUid": DEFAULT_01.uid}),
    ("folder given", GOLD, {"folder_name": "f:x"}, {"FolderName": "f:x", "RepositoryUid": DEFAULT_01.uid}),
    (
        "description",
        GOLD,
        {"description": ""},
        {"FolderName": "new", "RepositoryUid": DEFAULT_01.uid, "Description": ""},
    ),
    ("replica", REPLICA, {"repository": None}, {"VmSuffix": "_replica"}),
    ("replica with suffix", REPLICA, {"repository": None, "vm_suffix": "_dr"}, {"VmSuffix": "_dr"}),
    ("copy", COPY, {}, {"JobFileName": "new", "RepositoryUid": DEFAULT_02.uid}),
    ("old copy", OLD_COPY, {"folder_name": "f"}, {"JobFileName": "f", "RepositoryUid": DEFAULT_02.uid}),
]


@pytest.mark.parametrize(("source", "options", "values"), [row[1:] for row in PLANS], ids=[row[0] for row in PLANS])
def test_plan(source: Job, options: dict[str, t.Any], values: dict[str, str | None]) -> None:
    repository = {GOLD: DEFAULT_01, REPLICA: None}.get(source, DEFAULT_02)
    planned = _plan.plan(request(source_job=source.name, **options), source, repository)
    assert planned.spec.job_type == source.type
    assert planned.server == source.server
    assert planned.spec.values == {"JobName": "new", "Description": None, **values}


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("plain name.1-2_3", "plain name.1-2_3"),
        ('a/b\\c:d*e?f"g<h>i(j)k|l', "a_b_c_d_e_f_g_h_i_j_k_l"),
        ("  two  blanks  ", "  two  blanks  "),
        ("\xe4\u20ac\U0001f600'&%;,", "\xe4\u20ac\U0001f600'&%;,"),
        ("//", "__"),
    ],
)
def test_default_folder_name(name: str, folder: str) -> None:
    assert _plan.default_folder_name(name) == folder
    assert _plan.plan(request(name=name), GOLD, DEFAULT_01).spec.values["FolderName"] == folder


def test_after_shows_what_is_sent_and_no_more() -> None:
    after = _plan.plan(request(description="d"), GOLD, DEFAULT_01).after()
    assert after == {
        "name": "new",
        "type": "Backup",
        "source_job": "TPL Gold",
        "backup_server": VBR01.name,
        "FolderName": "new",
        "RepositoryUid": DEFAULT_01.uid,
        "Description": "d",
    }
    assert "Description" not in _plan.plan(request(), GOLD, DEFAULT_01).after()


def test_every_planning_error_says_nothing_was_changed() -> None:
    with pytest.raises(VeeamError) as raised:
        _plan.find_source(request(source_job="none"), JOBS)
    assert raised.value.result()["changed"] is False
