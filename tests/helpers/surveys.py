# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX makes of the answers to a survey, and what Ansible makes of that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml
from ansible.release import __version__

#: What text areas that ask for names begin with.
HEADING = "(one name a line)"
#: From ansible-core 2.19 on, the type of a text that is tagged !unsafe is resolved as if it had no quotes.
RESOLVES = tuple(int(part) for part in __version__.split(".")[:2]) >= (2, 19)


class _Tagged(yaml.SafeDumper):
    """Tags every text, as AWX does."""


_Tagged.add_representer(str, lambda dumper, text: dumper.represent_scalar("!unsafe", text))


def as_awx_writes(variables: Mapping[str, Any]) -> str:
    """The file of extra variables that AWX hands to Ansible: one document, each variable of its own, texts tagged."""
    lines = [yaml.dump({name: value}, Dumper=_Tagged, default_flow_style=False) for name, value in variables.items()]
    return "".join(["---\n", *(lines or ["{}\n"])])


def resolved(text: str) -> Any:
    """What a tagged text arrives as from ansible-core 2.19 on."""
    loader = yaml.SafeLoader("")
    tag = loader.resolve(yaml.ScalarNode, text, (True, False))
    return loader.construct_object(yaml.ScalarNode(tag, text))


def arrived(value: Any) -> Any:
    """An answer, or a list that AWX hands on, as this ansible-core has it."""
    if not RESOLVES:
        return value
    if isinstance(value, str):
        return resolved(value)
    if isinstance(value, list):
        return [arrived(item) for item in value]
    if isinstance(value, dict):
        return {resolved(key): arrived(item) for key, item in value.items()}
    return value
