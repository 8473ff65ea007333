# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an answer may carry: a body that is bounded, whole and packed as asked for, and no redirect to anywhere."""

from __future__ import annotations

import re
import typing as t
import zlib
from urllib.parse import urlsplit

from .errors import BadAnswer, shortened

_CHUNK = 65536


def read(raw: t.Any, headers: t.Mapping[str, str], limit: int, label: str, status: int) -> bytes:
    """The whole body, unpacked. Raises BadAnswer.

    raw: has the read() of urllib3. headers: under names in lower case. limit: bytes, before and after unpacking.
    label, status: of the request and its answer, for the message.
    """
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", ""):
        raise BadAnswer(
            f"{label}: the answer is encoded as {shortened(encoding, 40)}, which was not asked for.",
            label,
            status,
            permanent=True,
        )
    # Decompressed here and not by the library, so that the limit holds for what comes out.
    inflate = zlib.decompressobj(wbits=31) if encoding == "gzip" else None
    parts: list[bytes] = []
    size = raw_size = 0
    while True:
        chunk = raw.read(_CHUNK, decode_content=False)
        if not chunk:
            break
        raw_size += len(chunk)
        while chunk:
            try:
                data = inflate.decompress(chunk, _CHUNK) if inflate else chunk
            except zlib.error as error:
                raise BadAnswer(
                    f"{label}: the answer cannot be unpacked: it is not the gzip that it claims to be.", label, status
                ) from error
            size += len(data)
            if size > limit or raw_size > limit:
                raise BadAnswer(
                    f"{label}: the answer is larger than max_response_size ({limit // 1048576} MiB); it was not read "
                    "further.",
                    label,
                    status,
                    permanent=True,
                )
            parts.append(data)
            chunk = inflate.unconsumed_tail if inflate else b""
    announced = headers.get("content-length", "")
    cut = re.fullmatch("[0-9]+", announced) is not None and raw_size < int(announced[:18])
    if cut or (inflate is not None and raw_size and not inflate.eof):
        raise BadAnswer(f"{label}: the answer was cut off after {raw_size} bytes.", label, status)
    return b"".join(parts)


def redirected(label: str, status: int, location: str | None) -> BadAnswer:
    """The error for an answer that points somewhere else, which is where a session must not go."""
    try:
        target = urlsplit(location or "")
        where = f"{target.scheme}://{target.hostname}" if target.hostname else "another path"
        if target.hostname and target.port:
            where += f":{target.port}"
        where = shortened("".join(char if char.isprintable() else "?" for char in where), 300)
    except ValueError:
        where = "an unreadable address"
    return BadAnswer(
        f"{label}: the server answered HTTP {status} and pointed to {where}; redirects are not followed, so that no "
        "session goes to another host.",
        label,
        status,
        permanent=True,
        hint="Check hostname and port.",
    )
