# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two parsers against bytes that nobody thinks of: what is done to a document, and what must come of it.

Used by the property tests, and by scripts/fuzz.py for as long as one likes.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import random
import typing as t
from pathlib import Path

from ansible_collections.backupops.veeam.plugins.module_utils import _resources
from ansible_collections.backupops.veeam.plugins.module_utils._em import answers as _answers
from ansible_collections.backupops.veeam.plugins.module_utils._em import wire as _wire
from ansible_collections.backupops.veeam.plugins.module_utils._em.kind import Kind
from ansible_collections.backupops.veeam.plugins.module_utils._em.task import Task, read_task
from ansible_collections.backupops.veeam.plugins.module_utils._em.wire import Page
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import ExchangeError
from ansible_collections.backupops.veeam.plugins.module_utils._http.transport import Request, Response
from ansible_collections.backupops.veeam.plugins.module_utils._resources.backup_server import BackupServer

SAMPLES = Path(__file__).parent.parent / "unit" / "samples"
REQUEST = Request("GET", "/api/query?type=Job&filter=secret")

#: Everything that reads an answer.
READERS: dict[str, t.Callable[[bytes, str], t.Any]] = {
    name: getattr(_wire, name)
    for name in sorted(dir(_wire))
    if name.startswith("read_") and name not in ("read_error", "read_page")
}
READERS["read_task"] = read_task
RESOURCES = [
    importlib.import_module(f"{_resources.__name__}.{module.name}")
    for module in pkgutil.iter_modules(_resources.__path__)
]
KINDS = [kind for module in RESOURCES for kind in vars(module).values() if isinstance(kind, Kind)]
READERS.update((f"one {kind.name}", kind.read_one) for kind in KINDS)
READERS.update((f"page of {kind.name}", kind.read_page) for kind in KINDS)


def samples() -> dict[str, bytes]:
    """The documents to begin with."""
    return {path.name: path.read_bytes() for path in sorted(SAMPLES.iterdir()) if path.suffix in (".xml", ".json")}


def check(body: bytes, media_type: str, reader: str, status: int = 200, content_type: str | None = None) -> str:
    """Read that body as an answer. It must end in a model that is fit for use, or in an ExchangeError with a sentence.

    Returns a word for what came of it. Any other exception goes through.
    """
    headers = {"content-type": content_type if content_type is not None else "application/" + media_type}
    failure: ExchangeError | None = None
    try:
        model = _answers.read(REQUEST, Response(status, headers, body), media_type, (200,), READERS[reader])
    except ExchangeError as error:
        failure = error
    if failure is None:
        assert status == 200
        fit(model)
        return type(model).__name__
    assert failure.request == "GET /api/query"
    assert failure.status == status
    assert 0 < len(failure.msg) < 2000
    usable(json.loads(json.dumps(failure.result())))
    return type(failure).__name__


def usable(value: t.Any) -> None:
    """Every text in it can be carried by UTF-8. Sets are for models alone: a result passes JSON."""
    if isinstance(value, str):
        value.encode("utf-8")
    elif isinstance(value, dict):
        for key, member in value.items():
            usable(key)
            usable(member)
    elif isinstance(value, Kind):
        # Part of a session; it comes from the client itself.
        pass
    elif isinstance(value, (list, tuple, frozenset)):
        for member in value:
            usable(member)
    else:
        assert value is None or isinstance(value, (bool, int, float)), type(value)


def fit(model: t.Any) -> None:
    """What the rest of the client relies on: ids go into paths, names are compared and shown."""
    if isinstance(model, Page):
        assert model.number is None or model.number >= 0
        assert model.pages is None or model.pages >= 0
        assert model.items or model.pages is not None, "an empty page that does not say that it is the last"
        for item in model.items:
            fit(item)
        return
    usable(tuple(model) if isinstance(model, tuple) else model)
    if isinstance(model, Task):
        assert Request("GET", model.path).path == "/api/tasks/" + model.id
        assert model.id.isascii()
        assert not set(model.id) & set("/?#%\\ \r\n")
        assert model.id.strip(".")
        assert model.state.strip() == model.state != ""
        assert model.success in (True, False, None)
        assert all(_wire.GUID.fullmatch(identifier) for identifier, _name in model.related)
        assert len({identifier for identifier, _name in model.related}) == len(model.related)
    elif isinstance(model, str):
        assert _wire.GUID.fullmatch(model)
    elif isinstance(model, tuple):
        assert _wire.GUID.fullmatch(model.id)
        # Sessions and files have none: they are never looked up by a name.
        assert isinstance(getattr(model, "name", ""), str)
        assert isinstance(getattr(model, "state", ""), str)
        job_id, server = getattr(model, "job_id", None), getattr(model, "server", None)
        assert job_id is None or _wire.GUID.fullmatch(job_id)
        if server is not None:
            assert isinstance(server, BackupServer)
            assert _wire.GUID.fullmatch(server.id)
            assert server.name
    else:
        assert isinstance(model, list), type(model)
        for item in model:
            assert _wire.GUID.fullmatch(item)


# -- what is done to a document ------------------------------------------------------------------------------------

TOKENS = [
    *(
        b"null",
        b"true",
        b"false",
        b"[]",
        b"{}",
        b'""',
        b"[",
        b"]",
        b"{",
        b"}",
        b":",
        b",",
        b'"',
        b"\\u0000",
        b"\\ud800",
    ),
    *(b"1e999", b"-0", b"NaN", b"9" * 400, b"1" * 5000, b"\\", b"\\u", b"\xef\xbb\xbf", b"\xff\xfe", b"\0", b"\x80"),
    *(
        b"<",
        b">",
        b"/>",
        b"</",
        b"<!--",
        b"-->",
        b"<![CDATA[",
        b"]]>",
        b"<?x?>",
        b"&amp;",
        b"&x;",
        b"&#0;",
        b"&#xD800;",
    ),
    *(b"<!DOCTYPE a>", b'<!DOCTYPE a [<!ENTITY x "y">]>', b'<!DOCTYPE a SYSTEM "file:///etc/hostname">', b"xmlns="),
    *(b'<?xml version="1.0" encoding="utf-16"?>', b'<?xml version="1.0" encoding="x"?>', b"]]" * 50, b"<a>" * 300),
    *(
        b"[" * 3000,
        b'{"a":' * 3000,
        b"Refs",
        b"refs",
        b"Ref",
        b"Entities",
        b"Jobs",
        b"Job",
        b"Links",
        b"Link",
        b"Result",
    ),
    *(b"PagingInfo", b"PagesCount", b"PageNum", b"TaskId", b"State", b"Success", b"UID", b"Href", b"Name", b"Message"),
    *(
        b"urn:veeam:Job:",
        b"5b0d6c1e-9f84-4a37-b1c2-d3e4f5a6b7c8",
        b"https://x/api/jobs/",
        b"..",
        b"\r\n",
        b"\xe2\x80\xa8",
    ),
]


def mutate(data: bytes, others: t.Sequence[bytes], draw: random.Random) -> bytes:
    """The document with one thing done to it."""
    at = draw.randrange(len(data) + 1)
    to = min(len(data), at + draw.choice((1, 2, 8, 64, 512)))
    what = draw.randrange(10)
    if what == 0:  # a byte
        return data[:at] + bytes([draw.randrange(256)]) + data[at + 1 :]
    if what == 1:  # a bit
        return data[:at] + bytes([byte ^ (1 << draw.randrange(8)) for byte in data[at : at + 1]]) + data[at + 1 :]
    if what == 2:  # something missing
        return data[:at] + data[to:]
    if what == 3:  # something twice
        return data[:to] + data[at:to] * draw.choice((1, 1, 2, 100)) + data[to:]
    if what == 4:  # cut off
        return data[:at]
    if what == 5:  # a piece of another document
        other = draw.choice(others)
        begin = draw.randrange(len(other) + 1)
        return data[:at] + other[begin : begin + draw.choice((8, 64, 512))] + data[to:]
    if what == 6:  # a word
        return data[:at] + draw.choice(TOKENS) + data[at:]
    if what == 7:  # a word in place of another
        return data[:at] + draw.choice(TOKENS) + data[to:]
    if what == 8:  # one word for another, everywhere
        old, new = draw.choice(TOKENS), draw.choice(TOKENS)
        return data.replace(old, new[:100]) if len(data) < 50_000 else data
    # another document with the end of this one
    return draw.choice(others)[:at] + data[at:]


#: Who reads what, by the beginning of a sample's name.
_OWN_READERS = {
    "task": "read_task",
    "query-jobs": "page of Job",
    "query-repositories": "page of Repository",
    "job-": "one Job",
    "repository": "one Repository",
    "logon-session.": "read_session_id",
    "logon-sessions": "read_session_ids",
}


def own_reader(name: str) -> str:
    """Who reads a sample of that name."""
    return next(reader for beginning, reader in _OWN_READERS.items() if name.startswith(beginning))


def case(seed: t.Any, number: int, documents: dict[str, bytes]) -> tuple[bytes, str, str]:
    """Body, media type and reader of one case: always the same for the same seed and number."""
    draw = random.Random("%s:%d" % (seed, number))
    others = list(documents.values())
    name = draw.choice(list(documents))
    body = documents[name]
    readers = [reader for beginning, reader in _OWN_READERS.items() if name.startswith(beginning)]
    for _turn in range(draw.choice((1, 1, 2, 3, 8))):
        body = mutate(body, others, draw)
    media_type = name.rpartition(".")[2] if draw.random() < 0.9 else draw.choice(("xml", "json"))
    return body, media_type, draw.choice(readers if readers and draw.random() < 0.8 else list(READERS))
