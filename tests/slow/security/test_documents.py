# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents that attack their reader: entities, document types, nesting, sheer number. No file is read, nobody is
called, and the user gets one sentence."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._em import wire as _wire
from ansible_collections.backupops.veeam.plugins.module_utils._em.task import read_task
from helpers.servers import RawServer

from .hostile import (
    CLONE,
    DECLARATION,
    FLOW,
    JOBS,
    LOGON,
    NAMESPACE,
    POLL,
    REPOSITORY,
    ROOTS,
    assert_one_sentence,
    clone,
    clones_sent,
    fault_at,
    listener,
)

CANARY = "the canary that nobody may read"
READS = {name: FLOW[name] for name in ("query", "repository")}


@pytest.fixture
def far() -> Iterator[RawServer]:
    """Where external entities point to; without TLS, as the loaders of XML libraries speak none."""
    with listener(None) as server:
        yield server
        assert server.connections == 0, f"the client called {server.requests}"


class Pipe:
    """A file whose opening is noticed; its content is the canary."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.opened = threading.Event()
        os.mkfifo(path)
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()

    def _write(self) -> None:
        # returns as soon as somebody opens it for reading
        with open(self.path, "w") as pipe:
            self.opened.set()
            try:
                pipe.write(CANARY)
                pipe.flush()
            except BrokenPipeError:
                pass

    def close(self) -> bool:
        """Whether it was opened."""
        opened = self.opened.is_set()
        descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        self._thread.join()
        os.close(descriptor)
        return opened


def document(request: str, declarations: str, content: str) -> str:
    """The right root element, with content, under a document type."""
    root, _unused = ROOTS[request]
    return f'{DECLARATION}<!DOCTYPE {root} {declarations}><{root} xmlns="{NAMESPACE}">{content}</{root}>'


def attacks(request: str, path: str, port: int) -> dict[str, str]:
    """Documents that want to make their reader read the file, or call the port, or fill its memory."""
    url = "http://127.0.0.1:%d/x" % port
    laughs = '<!ENTITY a0 "aaaaaaaaaa">' + "".join(
        '<!ENTITY a%d "%s">' % (level, "&a%d;" % (level - 1) * 10) for level in range(1, 12)
    )
    return {
        "internal entity": document(request, '[<!ENTITY x "y">]', "&x;"),
        "entity that is not used": document(request, '[<!ENTITY x "y">]', ""),
        "external file": document(request, f'[<!ENTITY x SYSTEM "file://{path}">]', "<Name>&x;</Name>"),
        "external path": document(request, f'[<!ENTITY x SYSTEM "{path}">]', "<Name>&x;</Name>"),
        "external address": document(request, f'[<!ENTITY x SYSTEM "{url}">]', "<Name>&x;</Name>"),
        "public identifier": document(request, f'[<!ENTITY x PUBLIC "-//X//Y" "{url}">]', "<Name>&x;</Name>"),
        "parameter entity": document(request, f'[<!ENTITY % p SYSTEM "file://{path}"> %p;]', ""),
        "parameter entity, address": document(request, f'[<!ENTITY % p SYSTEM "{url}"> %p;]', ""),
        "parameter entity that declares": document(
            request, f"[<!ENTITY % p \"<!ENTITY x SYSTEM '{url}'>\"> %p;]", "<Name>&x;</Name>"
        ),
        "external DTD": document(request, f'SYSTEM "{url}"', ""),
        "external DTD, public": document(request, f'PUBLIC "-//X//Y" "{url}"', ""),
        "external DTD, file": document(request, f'SYSTEM "file://{path}"', ""),
        "default attribute": document(request, f'[<!ATTLIST Name Href CDATA "{url}">]', "<Name/>"),
        "billion laughs": document(request, f"[{laughs}]", "<Name>&a11;</Name>"),
        "billion laughs in an attribute": document(request, f"[{laughs}]", '<Name Href="&a11;"/>'),
        "quadratic": document(request, f'[<!ENTITY x "{"x" * 100000}">]', "&x;" * 100_000),
        "style sheet": f'{DECLARATION}<?xml-stylesheet type="text/xsl" href="{url}"?><x/>',
        "XInclude": document(request, "", f'<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="{path}"/>'),
        "schema": f'{DECLARATION}<x xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="x {url}"/>',
    }


WHATS = list(attacks(JOBS, "", 0))


@pytest.mark.parametrize("what", WHATS)
def test_an_attack_in_an_answer_to_a_query(em, answers, far, tmp_path, what):
    pipe = Pipe(tmp_path / "pipe")
    answers.say(JOBS, attacks(JOBS, str(pipe.path), far.port)[what])
    done = clone(em)
    assert not pipe.close(), "the file was opened"
    assert done.failed and not done.result["changed"]
    assert_one_sentence(done.result["msg"])
    assert "GET /api/query: the answer (HTTP 200) cannot be used: it" in done.result["msg"]
    assert CANARY not in done.text
    assert clones_sent(done.journal) == 0
    assert em.open_sessions() == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("what", WHATS)
def test_an_attack_in_another_encoding(far, tmp_path, what, encoding):
    """What looks for a document type in the bytes must find it in these too."""
    pipe = Pipe(tmp_path / "pipe")
    text = attacks(POLL, str(pipe.path), far.port)[what].replace("utf-8", encoding)
    with pytest.raises(_wire.Unreadable) as raised:
        read_task(text.encode(encoding), "xml")
    assert not pipe.close(), "the file was opened"
    assert CANARY not in str(raised.value)


@pytest.mark.parametrize("request_", [LOGON, REPOSITORY, CLONE, POLL])
@pytest.mark.parametrize("what", ["external file", "external address", "billion laughs"])
def test_an_attack_in_another_answer(em, answers, far, tmp_path, what, request_):
    pipe = Pipe(tmp_path / "pipe")
    answers.say(request_, attacks(request_, str(pipe.path), far.port)[what])
    done = clone(em)
    assert not pipe.close(), "the file was opened"
    assert CANARY not in done.text
    # the headers of a logon name its session too, and a clone whose task cannot be read is looked up by name
    assert done.failed is (request_ == REPOSITORY)
    if done.failed:
        assert_one_sentence(done.result["msg"])
    assert clones_sent(done.journal) == (request_ != REPOSITORY)
    assert em.open_sessions() == []


def test_an_attack_in_what_a_refusal_says(em, answers, far, tmp_path):
    """The words of an error are read by the same parser."""
    pipe = Pipe(tmp_path / "pipe")
    words = (
        '<!DOCTYPE Error [<!ENTITY x SYSTEM "file://%s">]><Error xmlns="%s" StatusCode="400" Message="%s">&x;</Error>'
    )
    answers.say(JOBS, words % (pipe.path, NAMESPACE, "boo"), status=400)
    done = clone(em)
    assert not pipe.close()
    assert done.failed
    assert "HTTP 400" in done.result["msg"]
    assert "boo" not in done.text
    assert_one_sentence(done.result["msg"])


@pytest.mark.parametrize("media", ["xml", "json"])
@pytest.mark.parametrize("request_", [FLOW["query"], FLOW["poll"]])
@pytest.mark.parametrize("fault", ["dtd", "entities", "deep_json"])
def test_the_attacks_that_the_emulator_knows(em, media, request_, fault):
    """At a poll the task cannot be read any more, and the job is looked for by name instead."""
    em.add_fault(fault=fault, count=0, **fault_at(request_))
    done = clone(em, media_type=media)
    assert em.fired_faults()
    assert done.failed is (request_ == JOBS)
    if done.failed:
        assert_one_sentence(done.result["msg"])
    assert em.open_sessions() == []


def nested(request: str, media: str, depth: int) -> str:
    root, member = ROOTS[request]
    if media == "json":
        return '{{"{}":{}{}}}'.format(member, '{"a":' * depth + "[" * depth, "]" * depth + "}" * depth)
    return f'{DECLARATION}<{root} xmlns="{NAMESPACE}">{"<a>" * depth}{"</a>" * depth}</{root}>'


@pytest.mark.parametrize("depth", [300, 900, 3000, 150_000])
@pytest.mark.parametrize("media", ["xml", "json"])
@pytest.mark.parametrize("request_", [JOBS, REPOSITORY])
def test_deep_nesting(em, answers, media, request_, depth):
    answers.say(request_, nested(request_, media, depth), media)
    done = clone(em, media_type=media, max_response_size=64)
    assert done.failed
    assert "cannot be used: it" in done.result["msg"]
    assert_one_sentence(done.result["msg"])
    assert clones_sent(done.journal) == 0


def large(media: str) -> dict[str, str]:
    root, member = ROOTS[JOBS]
    if media == "json":
        return {
            "a long name": '{"%s":1}' % ("x" * 11_000_000),
            "a long text": '{{"{}":"{}"}}'.format(member, "x" * 11_000_000),
            "a long number": '{{"{}":{}}}'.format(member, "9" * 1_000_000),
            "a number without end": f'{{"{member}":1e999}}',
            "empty lists": '{{"{}":[{}[]]}}'.format(member, "[]," * 2_000_000),
            "empty objects": '{{"{}":[{}{{}}]}}'.format(member, "{}," * 2_000_000),
            "members": '{{"{}":{{{}"a":1}}}}'.format(
                member, "".join('"%d":1,' % number for number in range(1_000_000))
            ),
        }
    start = f'{DECLARATION}<{root} xmlns="{NAMESPACE}"'
    return {
        "a long name": f"{start}><{'x' * 11000000}/></{root}>",
        "a long text": f"{start}>{'x' * 11000000}</{root}>",
        "a long attribute": f'{start} PageNum="{"x" * 11000000}"/>',
        "attributes": "{} {}/>".format(start, " ".join('a%d="1"' % number for number in range(1_000_000))),
        "namespaces": "{} {}/>".format(start, " ".join('xmlns:a%d="urn:x"' % number for number in range(500_000))),
        "elements": f"{start}>{'<a/>' * 2000000}</{root}>",
        "elements in UTF-7": DECLARATION.replace("utf-8", "UTF-7")
        + f"<x>{'<a/>' * 300000}</x>".encode("utf-7").decode("ascii"),
    }


@pytest.mark.parametrize("what", large("xml"))
def test_large_xml(em, answers, what):
    answers.say(JOBS, large("xml")[what])
    assert_refused(clone(em, times=(10.0, 30.0), max_response_size=64))


@pytest.mark.parametrize("what", large("json"))
def test_large_json(em, answers, what):
    answers.say(JOBS, large("json")[what], "json")
    assert_refused(clone(em, times=(10.0, 30.0), max_response_size=64, media_type="json"))


def assert_refused(done):
    assert done.failed
    assert "cannot be used: it" in done.result["msg"]
    assert_one_sentence(done.result["msg"])
    assert clones_sent(done.journal) == 0
