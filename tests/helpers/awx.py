# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for the API of AWX, for the real modules of awx.awx: it keeps what it is given, finds it again by the
filters that those modules use, and refuses what AWX 24.6.1 refuses. It runs no jobs."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Item = dict[str, Any]
#: What several may not have in common, besides its id.
UNIQUE = {
    "execution_environments": ("name",),
    "credential_types": ("name",),
    "organizations": ("name",),
    "credentials": ("name", "organization", "credential_type"),
    "hosts": ("name", "inventory"),
    "schedules": ("name", "unified_job_template"),
    "workflow_job_template_nodes": ("identifier", "workflow_job_template"),
    "workflow_approval_templates": ("id",),
}
#: Fields that a listing tells the names of, in summary_fields and for filters such as organization__name.
REFERENCES = {
    "organization": "organizations",
    "credential_type": "credential_types",
    "inventory": "inventories",
    "project": "projects",
}
LINKS = ("success_nodes", "failure_nodes", "always_nodes")
NODES, APPROVALS = "workflow_job_template_nodes", "workflow_approval_templates"
#: What a node may only say where its template prompts for it.
PROMPTS = {"extra_data": "ask_variables_on_launch", "job_type": "ask_job_type_on_launch"}
TEMPLATES = ("job_templates", "workflow_job_templates")


class Refused(Exception):
    """An answer with this status and body."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(status)
        self.status, self.body = status, body


class Awx:
    """What there is, by endpoint; writes: what was changed, as "PATCH job_templates/5"."""

    def __init__(self, *organizations: str) -> None:
        self.items: dict[str, dict[int, Item]] = {}
        self.linked: dict[tuple[str, int, str], list[int]] = {}
        self.surveys: dict[int, Any] = {}
        self.writes: list[str] = []
        self._last = 0
        self._server: ThreadingHTTPServer | None = None
        for name in organizations:
            self.create("organizations", {"name": name})
        self.writes.clear()

    # -- for tests

    def __enter__(self) -> Awx:
        awx = self

        class Handler(_Handler):
            state = awx

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *unused: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_port}"

    def all(self, endpoint: str, **fields: Any) -> list[Item]:
        return [
            item
            for item in self.items.get(endpoint, {}).values()
            if all(self._field(item, name) == str(value) for name, value in fields.items())
        ]

    def one(self, endpoint: str, **fields: Any) -> Item:
        (item,) = self.all(endpoint, **fields)
        return item

    def names_linked(self, endpoint: str, item: Item, what: str) -> list[str]:
        """Names of what is associated with it: its credentials, say."""
        other = NODES if what in LINKS else what
        ids = self.linked.get((endpoint, item["id"], what), [])
        return [found.get("name", found.get("identifier")) for found in (self.items[other][number] for number in ids)]

    # -- what the API does

    def create(self, endpoint: str, given: Item) -> Item:
        self._last += 1
        item = {**given, "id": self._last, "type": endpoint.rstrip("s"), "url": f"/api/v2/{endpoint}/{self._last}/"}
        item["related"] = {"survey_spec": f"{item['url']}survey_spec/"}
        if endpoint == "job_templates" and item.get("project"):
            item["organization"] = self.items["projects"][item["project"]]["organization"]
        self._check_unique(endpoint, item)
        self._check_prompts(endpoint, item)
        self.items.setdefault(endpoint, {})[self._last] = item
        self.writes.append(f"POST {endpoint}")
        return item

    def ask_in(self, node: Item, given: Item) -> Item:
        """Make the approval of a node."""
        if node.get("unified_job_template"):
            raise Refused(400, {"detail": "The node has a template."})
        approval = self.create(APPROVALS, given)
        node["unified_job_template"] = approval["id"]
        node["related"]["unified_job_template"] = approval["url"]
        return approval

    def change(self, endpoint: str, number: int, given: Item) -> Item:
        item = self.items[endpoint][number]
        other_inputs = endpoint == "credential_types" and given.get("inputs", item["inputs"]) != item["inputs"]
        if other_inputs and self.all("credentials", credential_type=number):
            raise Refused(403, {"detail": "Modifications to inputs are not allowed for types that are in use"})
        self._check_unique(endpoint, {**item, **given})
        self._check_prompts(endpoint, {**item, **given})
        item.update(given)
        self.writes.append(f"PATCH {endpoint}/{number}")
        return item

    def associate(self, endpoint: str, number: int, what: str, given: Item) -> None:
        linked = self.linked.setdefault((endpoint, number, what), [])
        self.writes.append(f"POST {endpoint}/{number}/{what}")
        if given.get("disassociate"):
            linked.remove(given["id"])
            return
        if what in LINKS and any(given["id"] in self.linked.get((endpoint, number, kind), []) for kind in LINKS):
            raise Refused(400, {"Error": "Relationship not allowed."})
        if what == "credentials":
            kinds = [self.items["credentials"][other]["credential_type"] for other in (*linked, given["id"])]
            if len(set(kinds)) < len(kinds):
                raise Refused(400, {"error": "Cannot assign multiple credentials of one type."})
        linked.append(given["id"])

    def find(self, endpoint: str, query: list[tuple[str, str]]) -> list[Item]:
        if endpoint == "unified_job_templates":
            return [item for kind in TEMPLATES for item in self.find(kind, query)]
        either = [(name[4:], value) for name, value in query if name.startswith("or__")]
        every = [(name, value) for name, value in query if not name.startswith("or__") and name != "page_size"]
        return [
            item
            for item in self.items.get(endpoint, {}).values()
            if all(self._is(item, name, value) for name, value in every)
            and (not either or any(self._is(item, name, value) for name, value in either))
        ]

    def shown(self, endpoint: str, item: Item) -> Item:
        """As a GET has it: secrets hidden, references with their names."""
        named = {
            field: {"id": item[field], "name": self.items[other][item[field]]["name"]}
            for field, other in REFERENCES.items()
            if item.get(field)
        }
        shown = {"organization": None, "scm_revision": "", **item, "summary_fields": named}
        if endpoint == "credentials":
            kind = self.items["credential_types"][item["credential_type"]]
            secret = {field["id"] for field in kind["inputs"].get("fields", []) if field.get("secret")}
            shown["inputs"] = {
                name: "$encrypted$" if name in secret and value else value for name, value in item["inputs"].items()
            }
        return shown

    def _is(self, item: Item, name: str, value: str) -> bool:
        if name.endswith("__startswith"):
            return self._field(item, name.removesuffix("__startswith")).startswith(value)
        return self._field(item, name) == value

    def _field(self, item: Item, name: str) -> str:
        field, _, part = name.partition("__")
        value = item.get(field)
        if part and value:
            value = self.items[REFERENCES[field]][value].get(part)
        return "" if value is None else str(value)

    def _check_prompts(self, endpoint: str, item: Item) -> None:
        template = self.items.get("job_templates", {}).get(item.get("unified_job_template", 0), {})
        for field, prompt in PROMPTS.items():
            if endpoint == NODES and item.get(field) and not template.get(prompt):
                raise Refused(400, {field: ["Field is not configured to prompt on launch."]})

    def _check_unique(self, endpoint: str, item: Item) -> None:
        fields = UNIQUE.get(endpoint, ("name", "organization"))
        for other in self.items.get(endpoint, {}).values():
            if other["id"] != item["id"] and all(other.get(field) == item.get(field) for field in fields):
                raise Refused(400, {"__all__": [f"{endpoint} with these {', '.join(fields)} already exists."]})


class _Handler(BaseHTTPRequestHandler):
    state: Awx

    def log_message(self, *unused: object) -> None:
        pass

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_PATCH = do_GET

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        given = json.loads(self.rfile.read(length) or "{}") if length else {}
        try:
            status, body = self._of(given)
        except Refused as refusal:
            status, body = refusal.status, refusal.body
        payload = json.dumps(body).encode() if body is not None else b""
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.send_header("X-API-Product-Name", "AWX")
        self.send_header("X-API-Product-Version", "24.6.1")
        self.end_headers()
        self.wfile.write(payload)

    def _of(self, given: Item) -> tuple[int, Any]:
        split = urlsplit(self.path)
        endpoint, *rest = split.path.removeprefix("/api/v2/").strip("/").split("/")
        awx = self.state
        if self.headers.get("Authorization") != "Bearer token":
            return 401, {"detail": "Authentication credentials were not provided."}
        if not rest:
            if self.command == "POST":
                return 201, awx.shown(endpoint, awx.create(endpoint, given))
            return 200, _page([awx.shown(endpoint, item) for item in awx.find(endpoint, parse_qsl(split.query))])
        number = int(rest[0])
        if rest[1:] == ["create_approval_template"]:
            return 201, awx.shown(APPROVALS, awx.ask_in(awx.items[endpoint][number], given))
        if endpoint == APPROVALS and rest[1:]:
            return 404, {"detail": "Not found."}
        if rest[1:] == ["survey_spec"]:
            if self.command == "GET":
                return 200, awx.surveys.get(number, {})
            awx.surveys[number] = given
            awx.writes.append(f"POST {endpoint}/{number}/survey_spec")
            return 200, None
        if rest[1:]:
            if self.command == "GET":
                other = NODES if rest[1] in LINKS else rest[1]
                ids = awx.linked.get((endpoint, number, rest[1]), [])
                return 200, _page([awx.shown(other, awx.items[other][found]) for found in ids])
            awx.associate(endpoint, number, rest[1], given)
            return 204, None
        if self.command == "PATCH":
            return 200, awx.shown(endpoint, awx.change(endpoint, number, given))
        return 200, awx.shown(endpoint, awx.items[endpoint][number])


def _page(items: list[Item]) -> Item:
    return {"count": len(items), "next": None, "previous": None, "results": items}


# -- the modules of awx.awx, quickly -------------------------------------------------------------------------------

#: Runs the module's own main() in the worker, which is forked for each task: the packed file and the new interpreter
#: that a module costs otherwise are most of what it takes. Imports are up here, in the process that forks the workers.
ACTION = """
import contextlib, importlib, io, json
from ansible.module_utils import basic
from ansible.plugins.action import ActionBase
from ansible_collections.awx.awx.plugins.module_utils import controller_api
NAME = __name__.rpartition(".")[2]

class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        task = self._task
        flags = {"_ansible_check_mode": task.check_mode, "_ansible_module_name": NAME, "_ansible_remote_tmp": "/tmp"}
        given = json.loads(json.dumps(dict(task.args)))
        basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": {**given, **flags}}).encode()
        basic._ANSIBLE_PROFILE = "legacy"
        module = importlib.import_module("ansible_collections.awx.awx.plugins.modules." + NAME)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
            module.main()
        result = json.loads(printed.getvalue().strip().splitlines()[-1])
        return {key: value for key, value in result.items() if key not in ("invocation", "deprecations")}
"""


def quick_collection(real: Path, folder: Path) -> Path:
    """awx.awx as it is, but for an action of each module. real: where it is. Returns the path of collections."""
    root = folder / "ansible_collections" / "awx" / "awx"
    (root / "plugins" / "action").mkdir(parents=True)
    for part in real.iterdir():
        if part.name != "plugins":
            (root / part.name).symlink_to(part)
    for part in (real / "plugins").iterdir():
        if part.name != "action":
            (root / "plugins" / part.name).symlink_to(part)
    for module in (real / "plugins" / "modules").glob("[a-z]*.py"):
        (root / "plugins" / "action" / module.name).write_text(ACTION)
    return folder
