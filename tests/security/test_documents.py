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
        assert server.connections == 0, "the client called %s" % server.requests


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
    return '%s<!DOCTYPE %s %s><%s xmlns="%s">%s</%s>' % (
        DECLARATION,
        root,
        declarations,
        root,
        NAMESPACE,
        content,
        root,
    )


def attacks(request: str, path: str, port: int) -> dict[str, str]:
    """Documents that want to make their reader read the file, or call the port, or fill its memory."""
    url = "http://127.0.0.1:%d/x" % port
    laughs = '<!ENTITY a0 "aaaaaaaaaa">' + "".join(
        '<!ENTITY a%d "%s">' % (level, "&a%d;" % (level - 1) * 10) for level in range(1, 12)
    )
    return {
        "internal entity": document(request, '[<!ENTITY x "y">]', "&x;"),
        "entity that is not used": document(request, '[<!ENTITY x "y">]', ""),
        "external file": document(request, '[<!ENTITY x SYSTEM "file://%s">]' % path, "<Name>&x;</Name>"),
        "external path": document(request, '[<!ENTITY x SYSTEM "%s">]' % path, "<Name>&x;</Name>"),
        "external address": document(request, '[<!ENTITY x SYSTEM "%s">]' % url, "<Name>&x;</Name>"),
        "public identifier": document(request, '[<!ENTITY x PUBLIC "-//X//Y" "%s">]' % url, "<Name>&x;</Name>"),
        "parameter entity": document(request, '[<!ENTITY %% p SYSTEM "file://%s"> %%p;]' % path, ""),
        "parameter entity, address": document(request, '[<!ENTITY %% p SYSTEM "%s"> %%p;]' % url, ""),
        "parameter entity that declares": document(
            request, "[<!ENTITY %% p \"<!ENTITY x SYSTEM '%s'>\"> %%p;]" % url, "<Name>&x;</Name>"
        ),
        "external DTD": document(request, 'SYSTEM "%s"' % url, ""),
        "external DTD, public": document(request, 'PUBLIC "-//X//Y" "%s"' % url, ""),
        "external DTD, file": document(request, 'SYSTEM "file://%s"' % path, ""),
        "default attribute": document(request, '[<!ATTLIST Name Href CDATA "%s">]' % url, "<Name/>"),
        "billion laughs": document(request, "[%s]" % laughs, "<Name>&a11;</Name>"),
        "billion laughs in an attribute": document(request, "[%s]" % laughs, '<Name Href="&a11;"/>'),
        "quadratic": document(request, '[<!ENTITY x "%s">]' % ("x" * 100_000), "&x;" * 100_000),
        "style sheet": '%s<?xml-stylesheet type="text/xsl" href="%s"?><x/>' % (DECLARATION, url),
        "XInclude": document(request, "", '<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="%s"/>' % path),
        "schema": '%s<x xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="x %s"/>'
        % (DECLARATION, url),
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
        _wire.read_task(text.encode(encoding), "xml")
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
        return '{"%s":%s%s}' % (member, '{"a":' * depth + "[" * depth, "]" * depth + "}" * depth)
    return '%s<%s xmlns="%s">%s%s</%s>' % (DECLARATION, root, NAMESPACE, "<a>" * depth, "</a>" * depth, root)


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
            "a long text": '{"%s":"%s"}' % (member, "x" * 11_000_000),
            "a long number": '{"%s":%s}' % (member, "9" * 1_000_000),
            "a number without end": '{"%s":1e999}' % member,
            "empty lists": '{"%s":[%s[]]}' % (member, "[]," * 2_000_000),
            "empty objects": '{"%s":[%s{}]}' % (member, "{}," * 2_000_000),
            "members": '{"%s":{%s"a":1}}' % (member, "".join('"%d":1,' % number for number in range(1_000_000))),
        }
    start = '%s<%s xmlns="%s"' % (DECLARATION, root, NAMESPACE)
    return {
        "a long name": "%s><%s/></%s>" % (start, "x" * 11_000_000, root),
        "a long text": "%s>%s</%s>" % (start, "x" * 11_000_000, root),
        "a long attribute": '%s PageNum="%s"/>' % (start, "x" * 11_000_000),
        "attributes": "%s %s/>" % (start, " ".join('a%d="1"' % number for number in range(1_000_000))),
        "namespaces": "%s %s/>" % (start, " ".join('xmlns:a%d="urn:x"' % number for number in range(500_000))),
        "elements": "%s>%s</%s>" % (start, "<a/>" * 2_000_000, root),
        "elements in UTF-7": DECLARATION.replace("utf-8", "UTF-7")
        + ("<x>%s</x>" % ("<a/>" * 300_000)).encode("utf-7").decode("ascii"),
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
