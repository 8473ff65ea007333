# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schema of request bodies against the samples, as they are and put out of order."""

from __future__ import annotations

import random
from importlib import resources
from pathlib import Path

import pytest
from lxml import etree

SAMPLES = sorted(
    path
    for path in (Path(__file__).parent / "samples").glob("*.xml")
    if path.name.startswith(("clone-request", "create", "edit"))
)


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    text = (resources.files("veeam_em_emulator") / "schema" / "requests.xsd").read_bytes()
    return etree.XMLSchema(etree.fromstring(text))


def test_there_are_samples() -> None:
    assert len(SAMPLES) == 17


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_samples_are_valid(schema: etree.XMLSchema, path: Path) -> None:
    assert schema.validate(etree.parse(path)), schema.error_log


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_every_other_order_is_not(schema: etree.XMLSchema, path: Path) -> None:
    tree = etree.parse(path)
    holder = tree.getroot() if len(tree.getroot()) > 1 else tree.getroot()[0]
    original = list(holder)
    for seed in range(10):
        shuffled = list(original)
        random.Random(seed).shuffle(shuffled)
        if shuffled == original:
            continue
        holder[:] = shuffled
        assert not schema.validate(tree)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_unknown_elements_and_other_namespaces_are_not(schema: etree.XMLSchema, path: Path) -> None:
    tree = etree.parse(path)
    etree.SubElement(tree.getroot(), "{http://www.veeam.com/ent/v1.0}Colour")
    assert not schema.validate(tree)
    other = path.read_text(encoding="utf-8").replace("ent/v1.0", "ent/v2.0")
    assert not schema.validate(etree.fromstring(other.encode()))
