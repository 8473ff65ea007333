# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a clone request says, read with nothing of the client."""

from __future__ import annotations

import json
from xml.etree import ElementTree

NAMESPACE = "{http://www.veeam.com/ent/v1.0}"


def elements_sent(body: str, media_type: str) -> tuple[str, list[tuple[str, str]]]:
    """Name of the clone info and its members, as they stand in the request."""
    if media_type == "json":
        ((element, members),) = json.loads(body).items()
        return element, list(members.items())
    root = ElementTree.fromstring(body)
    assert root.tag == NAMESPACE + "JobCloneSpec"
    (info,) = root
    return info.tag.removeprefix(NAMESPACE), [(child.tag.removeprefix(NAMESPACE), child.text or "") for child in info]
