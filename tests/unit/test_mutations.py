# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each mistake that the simulation must find can still be put into the source; `make mutations` lets it look."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._http import transport as _transport
from simulation.mutations import MUTATIONS, Mutation, mutated

MODULE_UTILS = Path(_transport.__file__).parent.parent


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_mutation_finds_its_place_and_is_python(mutation: Mutation) -> None:
    text = (MODULE_UTILS / mutation.file).read_text(encoding="utf-8")
    compile(mutated(mutation, text), mutation.file, "exec")


def test_each_mutation_is_another_mistake() -> None:
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS)
    assert len({(mutation.file, mutation.old, mutation.new) for mutation in MUTATIONS}) == len(MUTATIONS)
