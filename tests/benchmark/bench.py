# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmark: `make bench`. What is measured, against what and why is in docs/performance.md.

Everything that is compared runs side by side, A B A B, against the same emulator in a process of its own, and the
median counts. It ends in one table, which also goes into docs/performance.md, docs/benchmark.json and .svg.

With --only or --latency, the other rows of the table stay as they were measured before.

    bench.py [--repeat N] [--latency SECONDS ...] [--only MEASURE ...] [--no-write]
"""

from __future__ import annotations

import argparse
import importlib.resources
import json
import math
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import yaml
from chart import draw
from emulator_process import EmulatorProcess

HERE = Path(__file__).resolve().parent
DOCS = HERE.parents[1] / "docs"
PYTHON = sys.executable
ANSIBLE = str(Path(PYTHON).parent / "ansible-playbook")

SOURCE, REPOSITORY = "TPL Gold", "Default Backup Repository"
PARALLEL = 16
#: Items of a long loop; the cost of one more is what the long loop costs above one of a single item, per item.
LONG_LOOP, LONG_URI_LOOP = 41, 6
#: The last commit before the base was rebuilt for eight modules; what one clone costs is compared with it.
BEFORE = "00ce41d"
#: Jobs of the uri playbook, from which those of a hundred are extrapolated.
URI_JOBS = 3
#: Agent jobs, and those of the uri playbook, from which a hundred are extrapolated.
AGENT_JOBS, URI_AGENTS = 100, 4
#: Clones of the uri playbook, from which those of a hundred are extrapolated: its loops cost the same for each item.
URI_CLONES = 11
#: Quick backups of the uri playbook, likewise.
URI_BACKUPS = 4
#: Jobs over which the machines of a hundred quick backups are spread, and how many the emulator puts into each.
JOBS_OF_A_HUNDRED, BACKED_UP = 16, 100


#: The table in docs/performance.md stands between these.
BEGIN, END = "<!-- written by make bench -->\n", "<!-- end of what make bench writes -->\n"


@dataclass
class Row:
    """One line of the table. ours, rival: in unit. bound: what ratio may be at most, None where there is none."""

    key: str
    measure: str
    against: str
    latency_ms: int
    unit: str
    ours: float
    rival: float
    ratio: float
    bound: float | None
    runs: int

    @property
    def held(self) -> bool | None:
        return None if self.bound is None else self.ratio <= self.bound


class Lab:
    """Runs commands against the emulator and takes the time. folder: for what they leave behind.

    processor: the time of processors, which is the same on a machine that has other work.
    """

    def __init__(self, folder: Path, repeat: int, latency: float, processor: bool = False) -> None:
        self.folder = folder
        self.repeat = repeat
        self.latency = latency
        self.processor = processor

    @contextmanager
    def emulator(self, **options: object) -> Iterator[EmulatorProcess]:
        # tasks are finished when they are first looked at: what is measured is not the server's work
        folder = self.folder / "-".join(["emulator", *(str(value) for value in options.values()), f"{self.latency:g}"])
        with EmulatorProcess(folder, latency=self.latency, task_steps="", **options) as em:
            yield em

    def run(
        self, command: Sequence[str], em: EmulatorProcess | None = None, watch: Watch | None = None, **more: str
    ) -> float:
        """Seconds that the command takes. watch: sees its process while it runs. more: of its environment."""
        hidden = ("ANSIBLE_", "VEEAM_", "PYTHONDONTWRITEBYTECODE")
        env = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
        (self.folder / "ansible.cfg").touch()
        env.update(
            ANSIBLE_CONFIG=str(self.folder / "ansible.cfg"),
            ANSIBLE_HOME=str(self.folder / "home"),
            ANSIBLE_LOCALHOST_WARNING="False",
            ANSIBLE_INVENTORY_UNPARSED_WARNING="False",
            **(em.environment if em else {}),
            **more,
        )
        log = self.folder / "output.txt"
        with log.open("wb") as output:
            start, before = time.perf_counter(), children_worked()
            process = subprocess.Popen(
                command, cwd=self.folder, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )
            if watch is not None:
                watch(process)
            status = process.wait()
            seconds = children_worked() - before if self.processor else time.perf_counter() - start
        if status != 0:
            raise SystemExit(f"{command} failed:\n{log.read_text('utf-8', 'replace')[-3000:]}")
        return seconds

    def play(
        self, name: str, em: EmulatorProcess | None = None, watch: Watch | None = None, **variables: object
    ) -> float:
        extra = ["-e", json.dumps(variables)] if variables else []
        return self.run([ANSIBLE, str(HERE / "playbooks" / (name + ".yml")), *extra], em, watch)

    def longer(self) -> Lab:
        """The same with three times the turns, for a ratio whose bound is closer than the machine's moods are large."""
        return Lab(self.folder, 3 * self.repeat, self.latency, self.processor)

    def by_processor(self) -> Lab:
        return Lab(self.folder, self.repeat, self.latency, processor=True)

    def side_by_side(self, **ways: Callable[[], float]) -> dict[str, float]:
        """The median of each way, measured in turns. The first turn only warms up."""
        seen: dict[str, list[float]] = {name: [] for name in ways}
        for turn in range(self.repeat + 1):
            # Forth and back, so that none is always the one after the longest.
            for name, way in list(ways.items())[:: -1 if turn % 2 else 1]:
                value = way()
                if turn:
                    seen[name].append(value)
            print("." if turn else "", end="", flush=True)
        return {name: median(values) for name, values in seen.items()}

    def row(
        self, key: str, measure: str, against: str, ours: float, rival: float, bound: float | None, unit: str = "s"
    ) -> Row:
        latency = round(self.latency * 1000)
        return Row(
            key, measure, against, latency, unit, ours, rival, ours / rival if rival else math.inf, bound, self.repeat
        )


Watch = Callable[["subprocess.Popen[bytes]"], None]


class Peak:
    """The peak memory of a command, or of its children where of_children is set, in KiB. To be given as watch."""

    def __init__(self, of_children: bool) -> None:
        self.of_children = of_children
        self.seen = 0

    def __call__(self, process: subprocess.Popen[bytes]) -> None:
        while process.poll() is None:
            watched = children(process.pid) if self.of_children else [process.pid]
            self.seen = max(self.seen, *(peak_memory(pid) for pid in (*watched, 0)))
            time.sleep(0.005)

    @property
    def mib(self) -> float:
        return self.seen / 1024


def children_worked() -> float:
    """Seconds of processor time that the commands that have ended, and their children, used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def names(count: int, prefix: str = "bench") -> list[str]:
    return ["%s %04d" % (prefix, number) for number in range(count)]


def targets(count: int, prefix: str = "bench") -> list[dict[str, str]]:
    return [{"name": name} for name in names(count, prefix)]


# -- measures ------------------------------------------------------------------------------------------------------


def one_clone(lab: Lab) -> list[Row]:
    """A whole run of ansible-playbook."""
    with lab.emulator() as em:

        def fresh(playbook: str) -> float:
            em.reset()
            return lab.play(playbook, em, target="bench")

        lab = lab.longer()
        seen = lab.side_by_side(ours=lambda: fresh("ours_one"), uri=lambda: fresh("uri_one"))
    return [lab.row("one_clone", "playbook run, one clone", "uri playbook", seen["ours"], seen["uri"], 0.30)]


def looped_task(lab: Lab) -> list[Row]:
    """One more task that finds its target present: in the worker, as a module, and with uri.

    Without latency: what each of them logs on and out for takes longer than the uri request alone. See looped_session.
    """
    if lab.latency:
        return []
    with lab.emulator() as em:
        lab.play("ours_one", em, target="there")
        once, often = {"target": "there", "count": 1}, {"target": "there", "count": LONG_LOOP}
        fewer = {"target": "there", "count": LONG_URI_LOOP}
        seen = lab.side_by_side(
            ours=lambda: lab.play("ours_loop", em, **once),
            ours_more=lambda: lab.play("ours_loop", em, **often),
            uri=lambda: lab.play("uri_loop", em, **once),
            uri_more=lambda: lab.play("uri_loop", em, **fewer),
            module=lambda: lab.play("ours_loop", em, **once, veeam_in_process=False),
            module_more=lambda: lab.play("ours_loop", em, **fewer, veeam_in_process=False),
        )
    ours = (seen["ours_more"] - seen["ours"]) / (LONG_LOOP - 1)
    uri = (seen["uri_more"] - seen["uri"]) / (LONG_URI_LOOP - 1)
    module = (seen["module_more"] - seen["module"]) / (LONG_URI_LOOP - 1)
    return [
        lab.row("loop_uri", "one more looped task, target present", "one more uri request", ours, uri, 0.05),
        lab.row("loop_module", "one more looped task, in the worker", "as a module", ours, module, 0.10),
    ]


def looped_session(lab: Lab) -> list[Row]:
    """One more task that finds its target present, in a session that veeam_session opened."""
    if not lab.latency:
        return []
    with lab.emulator() as em:
        lab.play("ours_one", em, target="there")
        once = {"target": "there", "count": 1}
        seen = lab.side_by_side(
            ours=lambda: lab.play("session_loop", em, **once),
            ours_more=lambda: lab.play("session_loop", em, target="there", count=LONG_LOOP),
            uri=lambda: lab.play("uri_loop", em, **once),
            uri_more=lambda: lab.play("uri_loop", em, target="there", count=LONG_URI_LOOP),
        )
    ours = (seen["ours_more"] - seen["ours"]) / (LONG_LOOP - 1)
    uri = (seen["uri_more"] - seen["uri"]) / (LONG_URI_LOOP - 1)
    what = "one more looped task in one session"
    return [lab.row("loop_session", what, "one more uri request", ours, uri, 0.15)]


def clones_before(lab: Lab) -> list[Row]:
    """One clone and a hundred, beyond the start of Ansible, with this collection and the one before it was rebuilt.

    Processor time: what is left of two starts of Ansible is so little that the machine's moods would decide it.
    """
    if lab.latency:
        # With latency it is its requests, and they are the same.
        return []
    older = lab.folder / "before"
    place = older / "ansible_collections" / "backupops" / "veeam"
    if not place.exists():
        place.mkdir(parents=True)
        archive = subprocess.run(["git", "archive", BEFORE], cwd=DOCS.parent, stdout=subprocess.PIPE, check=False)
        if archive.returncode:
            print(f"(there is no commit {BEFORE} in this clone) ", end="")
            return []
        subprocess.run(["tar", "-x", "-C", str(place)], input=archive.stdout, check=True)
    longer = lab.longer().by_processor()

    def row(key: str, what: str, bound: float, playbook: str, **variables: object) -> Row:
        with lab.emulator() as em:

            def fresh(**more: str) -> float:
                em.reset()
                path = str(HERE / "playbooks" / (playbook + ".yml"))
                return longer.run([ANSIBLE, path, "-e", json.dumps(variables)], em, **more)

            seen = longer.side_by_side(
                start=lambda: longer.play("nothing"),
                ours=fresh,
                before=lambda: fresh(ANSIBLE_COLLECTIONS_PATH=str(older)),
            )
        ours, before = seen["ours"] - seen["start"], seen["before"] - seen["start"]
        return longer.row(key, what, "version 1.0 of the collection", ours, before, bound)

    one = "one clone, processor time beyond Ansible's start"
    many = "100 clones, processor time beyond Ansible's start"
    return [
        row("one_before", one, 0.85, "ours_one", target="bench"),
        row("hundred_before", many, 1.0, "ours_batch", targets=targets(100), parallel=PARALLEL),
    ]


def jobs_from_template(lab: Lab) -> list[Row]:
    """veeam_job: a clone with three objects added, one removed, a schedule, enabled; one such job, and a hundred."""
    rows = []
    with lab.emulator() as em:
        wanted = targets(100)
        script = [PYTHON, str(HERE / "rival_jobs.py"), SOURCE, REPOSITORY, str(PARALLEL), *names(100)]

        def ours(count: int) -> float:
            em.reset()
            return lab.play("job_batch", em, targets=targets(count), parallel=PARALLEL)

        def rival() -> float:
            em.reset()
            return lab.run(script, em)

        def uri(count: int) -> float:
            em.reset()
            return lab.play("uri_jobs", em, targets=targets(count))

        seen = lab.side_by_side(
            start=lambda: lab.play("nothing"),
            one=lambda: ours(1),
            ours=lambda: ours(100),
            python=lambda: lab.run([PYTHON, "-c", "pass"]),
            rival=rival,
            uri_one=lambda: uri(1),
            uri=lambda: uri(URI_JOBS),
        )
        uri_hundred = seen["uri_one"] + 99 * (seen["uri"] - seen["uri_one"]) / (URI_JOBS - 1)
        beyond, script_beyond = seen["ours"] - seen["start"], seen["rival"] - seen["python"]
        what = "100 jobs, beyond Ansible's start"
        rows += [
            lab.row("job_uri", "one job from a template", "uri playbook", seen["one"], seen["uri_one"], 0.20),
            lab.row("jobs_script", what, "asyncio script", beyond, script_beyond, 1.15),
            lab.row("jobs_uri", "100 jobs, whole run", "uri playbook", seen["ours"], uri_hundred, 0.02),
        ]
        if not lab.latency:
            ours(100)
            em.clear_journal()
            lab.play("job_batch", em, targets=wanted, parallel=PARALLEL)
            sent, allowed = len(em.journal()), 2 + math.ceil(100 / 50)
            what = "100 jobs that are as wanted: requests"
            rows.append(lab.row("jobs_again", what, "2 + ceil(100/50)", sent, allowed, 1.0, "requests"))
    return rows


def agent_runs(lab: Lab) -> list[Row]:
    """veeam_job_run: a hundred agent jobs, started and waited for in one task."""
    state = yaml.safe_load((importlib.resources.files("veeam_em_emulator") / "states" / "demo.yml").read_text("utf-8"))
    (model,) = [job for job in state["agent_jobs"] if job["objects"] == ["linux01.example.test"]]
    wanted = names(AGENT_JOBS)
    state["agent_jobs"] += [
        {key: value for key, value in {**model, "name": name}.items() if key != "id"} for name in wanted
    ]
    path = lab.folder / "agents.yml"
    path.write_text(yaml.safe_dump(state, allow_unicode=True), "utf-8")
    with EmulatorProcess(
        lab.folder / f"emulator-agents-{lab.latency:g}", latency=lab.latency, state=path, task_steps=""
    ) as em:

        def ours() -> float:
            em.reset()
            return lab.play("agent_batch", em, names=wanted, parallel=PARALLEL)

        def uri(count: int) -> float:
            em.reset()
            return lab.play("uri_agents", em, names=wanted[:count])

        seen = lab.side_by_side(ours=ours, uri_one=lambda: uri(1), uri=lambda: uri(URI_AGENTS))
    uri_all = seen["uri_one"] + (AGENT_JOBS - 1) * (seen["uri"] - seen["uri_one"]) / (URI_AGENTS - 1)
    return [lab.row("agents_uri", "100 agent jobs run, whole run", "uri playbook", seen["ours"], uri_all, 0.02)]


def large_result(lab: Lab, em: EmulatorProcess, key: str, what: str, playbook: str, script: str) -> list[Row]:
    """A result of megabytes: beyond Ansible's start and what it does with such a result that is ready-made, and a
    script that makes the same words, beyond Python's. What Ansible does with it is a row of its own."""
    rival_script = [PYTHON, str(HERE / script)]
    file = str(lab.folder / f"{key}.json")
    lab.play(playbook, em, keep=file)
    ours, rival = Peak(of_children=True), Peak(of_children=False)
    seen = lab.side_by_side(
        start=lambda: lab.play("nothing"),
        ready=lambda: lab.play("ready_made", file=file),
        ours=lambda: lab.play(playbook, em, ours),
        python=lambda: lab.run([PYTHON, "-c", "pass"]),
        rival=lambda: lab.run(rival_script, em, rival),
    )
    beyond, of_ansible, scripts = (
        seen["ours"] - seen["ready"],
        seen["ready"] - seen["start"],
        seen["rival"] - seen["python"],
    )
    time = " (processor time)" if lab.processor else ""
    rows = [
        lab.row(f"{key}_time", f"{what}, beyond a ready-made result{time}", "asyncio script", beyond, scripts, 1.15)
    ]
    if not lab.latency:
        peak = f"{what}: peak of the worker"
        own = f"{what}: what Ansible does with the result{time}"
        rows += [
            lab.row(f"{key}_ansible", own, "asyncio script", of_ansible, scripts, None),
            lab.row(f"{key}_memory", peak, "asyncio script", ours.mib, rival.mib, 1.3, "MiB"),
        ]
    return rows


def job_info(lab: Lab) -> list[Row]:
    """veeam_job_info of 10,000 jobs with details: time, and peak memory of the worker."""
    with lab.emulator(jobs=10_000) as em:
        return large_result(lab, em, "info", "10,000 jobs with details", "job_info", "rival_info.py")


#: A house of the size that is measured.
ESTATE_JOBS, ESTATE_MACHINES = 500, 10_000


def protection(lab: Lab) -> list[Row]:
    """veeam_protection_info of 10,000 machines with 14 restore points each, and 500 jobs; and the inventory of them."""
    with lab.emulator(jobs=ESTATE_JOBS, machines=ESTATE_MACHINES) as em:
        what = "protection of 10,000 machines"
        rows = large_result(lab, em, "protection", what, "protection_info", "rival_protection.py")
        if not lab.latency:
            em.clear_journal()
            lab.play("protection_info", em)
            asked = [f"{entry['path']} {entry['query'].get('type')}" for entry in em.journal()]
            jobs = sum(one.endswith(("Job", "AgentBackupJob")) for one in asked)
            roots = sum("/lookup" in one for one in asked)
            most = 20 + jobs + roots - 1
            sent, against = f"{what}: requests", "20 + pages of jobs, + further hosts"
            rows.append(lab.row("protection_requests", sent, against, len(asked), most, 1.0, "requests"))
        return [*rows, *inventory(lab, em)]


def inventory(lab: Lab, em: EmulatorProcess) -> list[Row]:
    """The inventory of the same machines, and a script that makes the same; each beyond one that is ready-made."""
    (lab.folder / "veeam.yml").write_text("plugin: backupops.veeam.machines\n")
    command = str(Path(PYTHON).parent / "ansible-inventory")

    def listed(source: str, watch: Watch | None = None) -> float:
        plugins = "backupops.veeam.machines,script"
        return lab.run([command, "-i", source, "--list"], em, watch, ANSIBLE_INVENTORY_ENABLED=plugins)

    script = lab.folder / "ready.py"
    found = lab.folder / "inventory.json"
    with found.open("wb") as file:
        environment = {**os.environ, **em.environment}
        subprocess.run(
            [PYTHON, str(HERE / "rival_protection.py"), "inventory"], env=environment, stdout=file, check=True
        )
    script.write_text(f"#!{PYTHON}\nprint(open({str(found)!r}).read())\n")
    script.chmod(0o700)
    ours, rival = Peak(of_children=False), Peak(of_children=False)
    seen = lab.side_by_side(
        ready=lambda: listed(str(script)),
        ours=lambda: listed(str(lab.folder / "veeam.yml"), ours),
        python=lambda: lab.run([PYTHON, "-c", "pass"]),
        rival=lambda: lab.run([PYTHON, str(HERE / "rival_protection.py"), "inventory"], em, rival),
    )
    beyond, scripts = seen["ours"] - seen["ready"], seen["rival"] - seen["python"]
    time = " (processor time)" if lab.processor else ""
    what = f"inventory of 10,000 machines, beyond a ready-made one{time}"
    return [lab.row("inventory_time", what, "asyncio script", beyond, scripts, 1.15)]


def quick_backups(lab: Lab) -> list[Row]:
    """veeam_quick_backup of a hundred machines, which are spread over sixteen jobs."""
    options = {"machines": BACKED_UP * JOBS_OF_A_HUNDRED, "switch": "run_length=0s"}
    wanted = [f"machine{1 + number % JOBS_OF_A_HUNDRED * BACKED_UP + number:05d}" for number in range(100)]
    with lab.emulator(**options) as em:
        script = [PYTHON, str(HERE / "rival_backups.py"), str(PARALLEL), *wanted]

        def ours(count: int) -> float:
            return lab.play("quick_backups", em, targets=wanted[:count], parallel=PARALLEL)

        seen = lab.side_by_side(
            start=lambda: lab.play("nothing"),
            ours=lambda: ours(100),
            python=lambda: lab.run([PYTHON, "-c", "pass"]),
            rival=lambda: lab.run(script, em),
            uri_one=lambda: lab.play("uri_backups", em, targets=wanted[:1]),
            uri=lambda: lab.play("uri_backups", em, targets=wanted[:URI_BACKUPS]),
        )
    uri_hundred = seen["uri_one"] + 99 * (seen["uri"] - seen["uri_one"]) / (URI_BACKUPS - 1)
    beyond, script_beyond = seen["ours"] - seen["start"], seen["rival"] - seen["python"]
    what = "100 quick backups, "
    return [
        lab.row("backups_script", f"{what}beyond Ansible's start", "asyncio script", beyond, script_beyond, 1.15),
        lab.row("backups_uri", f"{what}whole run", "uri playbook", seen["ours"], uri_hundred, 0.02),
    ]


def restore_points(lab: Lab) -> list[Row]:
    """veeam_restore_point_info: a hundred names of few points each, and the newest point of each of 10,000 machines."""
    if lab.latency:
        return []
    with lab.emulator(machines=10_000) as em:
        lab.play("points", em, targets=[f"machine{number:05d}" for number in range(1, 101)])
        # beside logon and logout
        named, allowed = len(em.journal()) - 2, 2 + math.ceil(100 / 50)
        sent = {"ours": 0, "rival": 0}

        def counted(way: str, run: Callable[[], float]) -> float:
            em.clear_journal()
            seconds = run()
            sent[way] = len(em.journal())
            return seconds

        ours, rival = Peak(of_children=True), Peak(of_children=False)
        script = [PYTHON, str(HERE / "rival_points.py")]
        seen = lab.side_by_side(
            start=lambda: lab.play("nothing"),
            ours=lambda: counted("ours", lambda: lab.play("points", em, ours)),
            python=lambda: lab.run([PYTHON, "-c", "pass"]),
            rival=lambda: counted("rival", lambda: lab.run(script, em, rival)),
        )
    beyond, script_beyond = seen["ours"] - seen["start"], seen["rival"] - seen["python"]
    what = "newest restore point of 10,000 machines"
    return [
        lab.row(
            "points_named",
            "restore points of 100 machines: requests",
            "2 + ceil(100/50)",
            named,
            allowed,
            1.0,
            "requests",
        ),
        lab.row("points_time", f"{what}, beyond Ansible's start", "asyncio script", beyond, script_beyond, None),
        lab.row(
            "points_requests", f"{what}: requests", "asyncio script", sent["ours"], sent["rival"], None, "requests"
        ),
        lab.row("points_memory", f"{what}: peak", "asyncio script", ours.mib, rival.mib, 1.3, "MiB"),
    ]


def hundred_clones(lab: Lab) -> list[Row]:
    """A hundred clones in one task, beyond the start of Ansible, and a script beyond the start of Python."""
    rows = []
    with lab.emulator() as em:
        wanted = targets(100)
        script = [PYTHON, str(HERE / "rival_httpx.py"), SOURCE, REPOSITORY, str(PARALLEL), *names(100)]

        def ours() -> float:
            em.reset()
            return lab.play("ours_batch", em, targets=wanted, parallel=PARALLEL)

        def rival() -> float:
            em.reset()
            return lab.run(script, em)

        def uri(count: int) -> float:
            em.reset()
            return lab.play("uri_batch", em, targets=targets(count))

        seen = lab.side_by_side(
            start=lambda: lab.play("nothing"),
            ours=ours,
            python=lambda: lab.run([PYTHON, "-c", "pass"]),
            rival=rival,
            uri_one=lambda: uri(1),
            uri=lambda: uri(URI_CLONES),
        )
        beyond, script_beyond = seen["ours"] - seen["start"], seen["rival"] - seen["python"]
        uri_hundred = seen["uri_one"] + 99 * (seen["uri"] - seen["uri_one"]) / (URI_CLONES - 1)
        rows += [
            lab.row(
                "hundred_script", "100 clones, beyond Ansible's start", "asyncio script", beyond, script_beyond, 1.25
            ),
            lab.row("hundred_uri", "100 clones, whole run", "uri playbook", seen["ours"], uri_hundred, 0.03),
        ]
        if not lab.latency:
            ours()
            em.clear_journal()
            lab.play("ours_batch", em, targets=wanted, parallel=PARALLEL)
            allowed = 2 + math.ceil(100 / 25)
            sent = len(em.journal())
            rows.append(
                lab.row("again", "re-run of 100 clones: requests", "2 + ceil(100/25)", sent, allowed, 1.0, "requests")
            )
    return rows


def large_server(lab: Lab) -> list[Row]:
    """One clone on a server with 10,000 jobs, and on one with ten."""
    with lab.emulator(jobs=10) as small, lab.emulator(jobs=10_000) as large:
        sent: dict[int, tuple[int, int]] = {}

        def fresh(em: EmulatorProcess) -> float:
            em.reset()
            seconds = lab.play("ours_one", em, target="bench")
            journal = em.journal()
            sent[em.port] = (len(journal), sum(entry["bytes_sent"] + entry["bytes_received"] for entry in journal))
            return seconds

        longer = lab.longer()
        seen = longer.side_by_side(large=lambda: fresh(large), small=lambda: fresh(small))
        what, against = "one clone among 10,000 jobs: %s", "among 10 jobs"
        rows = [longer.row("large_time", what % "wall time", against, seen["large"], seen["small"], 1.10)]
        if not lab.latency:
            (requests, octets), (few_requests, few_octets) = sent[large.port], sent[small.port]
            rows += [
                lab.row("large_requests", what % "requests", against, requests, few_requests, 1.00, "requests"),
                lab.row("large_bytes", what % "bytes", against, octets, few_octets, 1.02, "bytes"),
            ]
    return rows


def memory(lab: Lab) -> list[Row]:
    """Peak memory of the worker with a thousand clones in one task, and with ten."""
    if lab.latency:
        return []
    with lab.emulator() as em:

        def peak(count: int) -> float:
            em.reset()
            watch = Peak(of_children=True)
            lab.play("ours_batch", em, watch, targets=targets(count), parallel=PARALLEL)
            return watch.mib

        seen = lab.side_by_side(thousand=lambda: peak(1000), ten=lambda: peak(10))
    return [
        lab.row("memory", "1,000 clones, peak of the worker", "10 clones", seen["thousand"], seen["ten"], 1.5, "MiB")
    ]


def emulator(lab: Lab) -> list[Row]:
    """The emulator itself with many restore points: until it listens, and a page of them; and a reset. Processor time,
    as nothing else happens meanwhile."""
    if lab.latency:
        return []
    made, pages, resets = [], [], []
    for _turn in range(lab.repeat):
        with EmulatorProcess(lab.folder / "emulator-points", machines=10_000) as em:
            made.append(em.worked)
            for media in ("application/json", "application/xml"):
                pages.append(each_page(em, media))
    with lab.emulator() as em:
        for _turn in range(lab.repeat):
            before = em.worked
            for _again in range(100):
                em.reset()
            resets.append((em.worked - before) / 100)
    what = "emulator: %s"
    return [
        lab.row("emulator_made", what % "140,000 restore points made", "5 s", median(made), 5.0, 1.0),
        lab.row("emulator_page", what % "page of 2,000 of them", "300 ms", median(pages), 0.3, 1.0),
        lab.row("emulator_reset", what % "reset, with its request", "10 ms", median(resets), 0.01, 1.0),
    ]


def each_page(em: EmulatorProcess, media: str, count: int = 5) -> float:
    """Seconds of one of several pages of restore points."""
    with em.session(media) as get:
        before = em.worked
        for page in range(1, count + 1):
            content = get(f"query?type=VmRestorePoint&format=Entities&pageSize=2000&page={14 * page}")
            if len(content) < 1_000_000:
                raise SystemExit(f"no page of restore points: {content[:500]!r}")
        return (em.worked - before) / count


def children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path("/proc/%d/task/%d/children" % (pid, pid)).read_text().split()]
    except OSError:
        return []


def peak_memory(pid: int) -> int:
    """KiB that the process has had at most; 0 if it is gone or not one of Ansible's."""
    try:
        status = Path("/proc/%d/status" % pid).read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)


def many_sites(lab: Lab) -> list[Row]:
    """A play over 40 Enterprise Managers at 20 forks, for each of them, and one over one; Ansible's start counts."""
    count = 40
    inventory = lab.folder / f"sites-{lab.latency:g}.json"
    inventory.unlink(missing_ok=True)
    command = [PYTHON, str(HERE / "sites_process.py"), str(count), str(lab.latency), str(inventory)]
    managers = subprocess.Popen(command, stdin=subprocess.PIPE)
    try:
        while not inventory.exists():
            if managers.poll() is not None:
                raise SystemExit("the emulators do not start")
            time.sleep(0.05)
        play = [ANSIBLE, "-i", str(inventory), "-f", "20", str(HERE / "playbooks" / "sites.yml")]
        seen = lab.side_by_side(
            all=lambda: lab.run(play),
            one=lambda: lab.run([*play, "-l", "em01"]),
        )
    finally:
        managers.communicate()
    what = f"a play over {count} sites at 20 forks, for each"
    return [lab.row("sites", what, "a play over one site", seen["all"] / count, seen["one"], 0.5)]


MEASURES = {
    "one_clone": one_clone,
    "clones_before": clones_before,
    "looped_task": looped_task,
    "looped_session": looped_session,
    "hundred_clones": hundred_clones,
    "large_server": large_server,
    "memory": memory,
    "jobs_from_template": jobs_from_template,
    "agent_runs": agent_runs,
    "job_info": job_info,
    "quick_backups": quick_backups,
    "restore_points": restore_points,
    "many_sites": many_sites,
    "protection": protection,
    "emulator": emulator,
}


# -- what is shown -------------------------------------------------------------------------------------------------


def shown(value: float, unit: str) -> str:
    if unit == "s":
        return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"
    if unit == "MiB":
        return f"{value:.0f} MiB"
    return "%d" % value


def cells(row: Row, held: str, missed: str) -> tuple[str, ...]:
    """A row as it is shown, with these words for whether its bound holds."""
    return (
        row.measure,
        row.against,
        "%d ms" % row.latency_ms,
        shown(row.ours, row.unit),
        shown(row.rival, row.unit),
        f"{row.ratio:.3f}",
        "" if row.bound is None else f"{row.bound:.2f}",
        {True: held, False: missed, None: ""}[row.held],
    )


def table(rows: Sequence[Row]) -> str:
    head = ("measure", "against", "latency", "ours", "other", "ratio", "bound", "held")
    lines = [head, *(cells(row, "yes", "NO") for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    return "\n".join([text[0], "-" * len(text[0]), *text[1:]])


def markdown(rows: Sequence[Row]) -> str:
    lines = [
        "| measure | against | latency | ours | other | ratio | at most | |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [f"| {' | '.join(cells(row, 'held', '**missed**'))} |" for row in rows]
    return "\n".join(lines)


def write(result: dict[str, object], rows: Sequence[Row]) -> None:
    """The figures where the documentation has them."""
    (DOCS / "benchmark.json").write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    (DOCS / "benchmark.svg").write_text(draw(result), "utf-8")
    page = DOCS / "performance.md"
    before, begin, rest = page.read_text("utf-8").partition(BEGIN)
    _old, end, after = rest.partition(END)
    page.write_text(f"{before}{begin}\n{markdown(rows)}\n\n{end}{after}", "utf-8")


def kept(rows: Sequence[Row]) -> list[Row]:
    """Rows of the last run that this one did not measure again."""
    path = DOCS / "benchmark.json"
    if not path.exists():
        return []
    before = [
        {name: value for name, value in row.items() if name != "held"}
        for row in json.loads(path.read_text("utf-8"))["rows"]
    ]
    measured = {(row.key, row.latency_ms) for row in rows}
    return [Row(**row) for row in before if (row["key"], row["latency_ms"]) not in measured]


def machine() -> dict[str, object]:
    from ansible.release import __version__ as core

    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "ansible_core": core,
        "system": f"{platform.system()} {platform.machine()}",
        "date": time.strftime("%Y-%m-%d"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=5, help="runs of each way that count (default %(default)s)")
    parser.add_argument("--latency", type=float, nargs="*", default=[0.0, 0.05], help="seconds (default 0 and 0.05)")
    parser.add_argument("--only", nargs="*", default=list(MEASURES), choices=list(MEASURES), help="some measures")
    parser.add_argument("--processor", action="store_true", help="processor time: for a machine that has other work")
    parser.add_argument("--no-write", action="store_true", help="leave docs/ as it is")
    options = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="veeam-bench-") as folder:
        for latency in options.latency:
            for name in options.only:
                print(f"{name}, latency {latency * 1000:.0f} ms ", end="", flush=True)
                rows += MEASURES[name](Lab(Path(folder), options.repeat, latency, options.processor))
                print()
    rows.sort(key=lambda row: ORDER.index(row.key))
    print("\n" + table(rows))
    if not options.no_write:
        rows = sorted([*rows, *kept(rows)], key=lambda row: (ORDER.index(row.key), row.latency_ms))
        result = {"machine": machine(), "rows": [{**asdict(row), "held": row.held} for row in rows]}
        write(result, rows)
        print("\nWritten: docs/benchmark.json, docs/benchmark.svg, and the table in docs/performance.md")


ORDER = (
    "one_clone",
    "one_before",
    "loop_uri",
    "loop_module",
    "loop_session",
    "hundred_before",
    "hundred_script",
    "hundred_uri",
    "again",
    "large_requests",
    "large_bytes",
    "large_time",
    "memory",
    "job_uri",
    "jobs_script",
    "jobs_uri",
    "jobs_again",
    "agents_uri",
    "info_time",
    "info_ansible",
    "info_memory",
    "backups_script",
    "backups_uri",
    "points_named",
    "points_requests",
    "points_time",
    "points_memory",
    "sites",
    "protection_time",
    "protection_ansible",
    "protection_memory",
    "protection_requests",
    "inventory_time",
    "emulator_made",
    "emulator_page",
    "emulator_reset",
)

if __name__ == "__main__":
    main()
