# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The workflow of docs/protection.md: the job template writes the report, the next node sends it by email, to a mail
server that keeps it. The other blocks of the page are played in tests/slow/integration/protection_report."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiosmtpd.controller import Controller
from helpers import estate
from helpers.ansible_runs import ROOT
from helpers.templates import Templates
from veeam_em_emulator import Emulator
from veeam_em_emulator.tester.clock import ManualClock

#: Where `make .venv-awx/.stamp` puts community.general.
COLLECTIONS = ROOT / ".venv-awx"
GUIDE = (ROOT / "docs" / "protection.md").read_text("utf-8")
FOLDER = "/var/www/html/backup"
#: A name of a machine that would be a template, were it not the server's.
HOSTILE = "{{ 6 * 7 }}"
#: What the collection for the mail warns of, on the newest ansible-core.
THEIRS = r"ansible\.module_utils\.(six|_text|common\.text)|community\.general|Deprecation warnings can be disabled"

pytestmark = pytest.mark.skipif(
    not (COLLECTIONS / "ansible_collections" / "community").is_dir(),
    reason="community.general is not here: `make playbooks` brings it, from the package ansible",
)


class Mailbox(Controller):
    """A mail server on a port that is free. kept: what it was given, as (recipients, message)."""

    def __init__(self) -> None:
        super().__init__(self, hostname="127.0.0.1", port=0)
        self.kept: list[tuple[list[str], EmailMessage]] = []

    def _trigger_server(self) -> None:
        # Only now is it known which port that is.
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message = message_from_bytes(envelope.content, EmailMessage, policy=policy.default)
        self.kept.append((envelope.rcpt_tos, message))
        return "250 kept"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    mailbox = Mailbox()
    mailbox.start()
    yield mailbox
    mailbox.stop()


@pytest.fixture
def em() -> Iterator[Emulator]:
    state = estate.state()
    state["hierarchy_roots"][0]["objects"].append({"name": HOSTILE, "ref": f"urn:VMware:Vm:{estate.VCENTER}.vm-900"})
    with Emulator(state=state, clock=ManualClock(), seed=1) as emulator:
        yield emulator
        assert emulator.open_sessions() == []


def test_the_report_goes_out_by_email(em: Emulator, mailbox: Mailbox, tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    templates = Templates(em, tmp_path / "jobs")
    report = templates.launch("protection_report", {"protection_report_folder": str(pages)})
    assert report.successful, report.messages

    (text,) = re.findall(r"^```yaml\n# mail\.yml\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    assert (text.count(FOLDER), text.count("mail.example.com")) == (1, 1)
    (play,) = yaml.safe_load(text.replace(FOLDER, str(pages)).replace("mail.example.com", mailbox.hostname))
    # A mail server of a user is on port 25.
    play["module_defaults"] = {"community.general.mail": {"port": mailbox.port}}
    play["vars"] = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    paths = os.pathsep.join([str(COLLECTIONS), os.environ.get("ANSIBLE_COLLECTIONS_PATH", "")]).rstrip(os.pathsep)
    sent = templates.launch(
        "mail",
        artifacts=report.stats,
        environment={"ANSIBLE_COLLECTIONS_PATH": paths},
        warnings=THEIRS,
        project={"mail.yml": [play]},
    )
    assert sent.successful, sent.messages
    ((recipients, message),) = mailbox.kept
    assert recipients == ["backup@example.com"]
    assert (message["From"], message["To"]) == ("ansible@example.com", "backup@example.com")
    bad = len(report.stats["protection_machines"])
    assert bad > 3
    good = report.stats["protection_summary"]["protected"]
    assert message["Subject"] == f"{good} machines are protected, {bad} need a look"
    body = message.get_body(("plain",))
    assert body is not None
    content = body.get_content()
    assert content.split("\n") == [*(pages / "protection.md").read_text("utf-8").split("\n"), ""]
    assert "6 * 7" in content
    assert "42" not in [word.strip("|` ") for word in content.split()]
