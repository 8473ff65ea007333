# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Planning what is to be done with one job: from what was read and what is wanted to an ordered list of steps.

No clock, no socket. Every step is decided by what was read, so a run that was broken off anywhere is put right by the
next one: the plan from where it stopped leads to the same end.
"""

from __future__ import annotations

import typing as t

from .._em.reference import Reference, quoted
from .._em.tree import Tree
from .._http.errors import OptionError
from .._resources.job import BACKUP_COPY, IMMEDIATE_BACKUP_COPY, REPLICA
from .._resources.job_entity import EDITABLE, JobEntity, ObjectInJob, edit_tree, is_same, option_words, settled
from .._resources.machine import parse_ref

CLONE, DISABLE, ADD, REMOVE, EDIT, ENABLE, DELETE = (
    "clone",
    "disable",
    "add_object",
    "remove_object",
    "edit",
    "enable",
    "delete",
)
#: What the server may do twice if it is sent twice, so it never is. The clone has its own way.
NEVER_AGAIN = frozenset((CLONE, ADD))
COPIES = (BACKUP_COPY, IMMEDIATE_BACKUP_COPY)
#: What has to show before anything else is sent: that the job cannot fire, then that it has all it should protect.
_PHASES = ((DISABLE,), (ADD,), (REMOVE, EDIT), (ENABLE,))
#: What an option is called where a kind of job has no place for it.
_LACKS = {
    REPLICA: ("a replication job", ("retention", "gfs")),
    BACKUP_COPY: ("a backup copy job", ("objects", *EDITABLE)),
    IMMEDIATE_BACKUP_COPY: ("a backup copy job", ("objects", *EDITABLE)),
}


class TargetObject(t.NamedTuple):
    """Something that the job should protect, by name and type (below that host, where one is given), or by reference.

    root: id of the host. add_ref, add_name: what is added where the job does not have it yet; None while that was not
    looked up. guest: the guest processing with which it is added.
    """

    name: str | None
    type: str
    host: Reference | None = None
    root: str | None = None
    ref: str | None = None
    guest: Tree | None = None
    add_ref: str | None = None
    add_name: str | None = None

    def is_met_by(self, item: ObjectInJob) -> bool:
        """Whether this object of a job is the wanted one."""
        parts = parse_ref(item.ref)
        if self.ref is not None:
            return parts == parse_ref(self.ref)
        if item.name == self.name and parts.type in ("", self.type.lower()):
            return self.root is None or parts.root == self.root
        # Some servers show an object under another name than the inventory does.
        return self.add_ref is not None and parts == parse_ref(self.add_ref)

    @property
    def title(self) -> str:
        return self.name or self.add_name or self.ref or ""


class Target(t.NamedTuple):
    """What the job should be; None is left as it is.

    options: editable options with what the user wants; after_job is an id. made: a clone has made the job, so it must
    not fire before it is as wanted.
    """

    objects: tuple[TargetObject, ...] | None = None
    purge: bool = True
    enabled: bool | None = None
    options: t.Mapping[str, t.Any] = {}
    made: bool = False


class Step(t.NamedTuple):
    """One request that changes something. what: for people.

    added, removed: the object. wanted: settled words of the options that an edit is for.
    """

    action: str
    what: str
    added: TargetObject | None = None
    removed: ObjectInJob | None = None
    wanted: t.Mapping[str, t.Any] = {}

    @property
    def key(self) -> tuple[str, str]:
        """What is the same step if it is planned again."""
        if self.added is not None:
            return self.action, f"{parse_ref(self.added.add_ref or '')} {self.added.title}"
        return self.action, self.removed.id if self.removed is not None else ""


def steps(job: JobEntity, target: Target) -> list[Step]:
    """What is still to be done, in the order in which it has to be.

    Nothing is removed before everything wanted is there, and nothing is enabled before everything else is as wanted.
    """
    content = [
        *_additions(job, target),
        *_removals(job, target),
        *_edits(job, target),
    ]
    return [
        *_disabling(job, target, content),
        *content,
        *_enabling(job, target, content),
    ]


def phase(todo: t.Sequence[Step]) -> list[Step]:
    """The first steps that may follow each other before the job is read again."""
    together = next(actions for actions in _PHASES if todo[0].action in actions)
    return [step for step in todo if step.action in together]


def missing(job: JobEntity, target: Target) -> list[TargetObject]:
    """The wanted objects that the job does not have."""
    return [wanted for wanted in target.objects or () if not any(wanted.is_met_by(item) for item in job.objects or ())]


def _additions(job: JobEntity, target: Target) -> list[Step]:
    # The same object may be wanted by its name and by its reference, and must not come in twice.
    once: dict[t.Any, TargetObject] = {}
    for wanted in missing(job, target):
        once.setdefault(parse_ref(wanted.add_ref) if wanted.add_ref else wanted, wanted)
    return [Step(ADD, wanted.title, added=wanted) for wanted in once.values()]


def surplus(job: JobEntity, target: Target) -> list[ObjectInJob]:
    """The objects that are too much: those that nobody wants, and all but one of the same."""
    if target.objects is None or not target.purge:
        return []
    seen = set()
    result = []
    for item in job.objects or ():
        parts = parse_ref(item.ref)
        if parts in seen or not any(wanted.is_met_by(item) for wanted in target.objects):
            result.append(item)
        seen.add(parts)
    return result


def _removals(job: JobEntity, target: Target) -> list[Step]:
    return [Step(REMOVE, item.name, removed=item) for item in surplus(job, target)]


def differing(job: JobEntity, target: Target) -> dict[str, t.Any]:
    """The editable options that are not as wanted, settled."""
    current = option_words(job, {})
    wanted = {option: settled(job, option, target.options[option]) for option in EDITABLE if option in target.options}
    return {option: words for option, words in wanted.items() if not is_same(option, current[option], words)}


def _edits(job: JobEntity, target: Target) -> list[Step]:
    wanted = differing(job, target)
    return [Step(EDIT, ", ".join(wanted), wanted=wanted)] if wanted else []


def _disabling(job: JobEntity, target: Target, content: list[Step]) -> list[Step]:
    unwanted = target.enabled is False or (target.made and content)
    return [Step(DISABLE, job.name)] if job.enabled and unwanted else []


def _enabling(job: JobEntity, target: Target, content: list[Step]) -> list[Step]:
    will_be = job.enabled and not _disabling(job, target, content)
    return [Step(ENABLE, job.name)] if target.enabled and not will_be else []


def is_done(step: Step, job: JobEntity) -> bool:
    """Whether the job shows what the step was for."""
    if step.action in (ENABLE, DISABLE):
        return job.enabled is (step.action == ENABLE)
    if step.added is not None:
        return any(step.added.is_met_by(item) for item in job.objects or ())
    if step.removed is not None:
        return step.removed.id not in {item.id for item in job.objects or ()}
    return not unmet(step, job)


def unmet(step: Step, job: JobEntity) -> list[str]:
    """The options of an edit that the job does not show."""
    current = option_words(job, {})
    return [option for option, words in step.wanted.items() if not is_same(option, current[option], words)]


def body_of(step: Step, job: JobEntity) -> Tree:
    """What an edit, or switching the job on or off, has to say."""
    if step.action in (ENABLE, DISABLE):
        return {"ScheduleEnabled": step.action == ENABLE}
    return edit_tree(job, step.wanted)


# -- before the first step -----------------------------------------------------------------------------------------


def with_end(job: JobEntity, target: Target) -> Target:
    """The target of a job that a clone has made, with the end that enabled comes to: what the clone has."""
    return target._replace(enabled=job.enabled) if target.made and target.enabled is None else target


def is_left_over(job: JobEntity, source: JobEntity | None, target: Target) -> bool:
    """Whether an existing job is taken for a clone that an earlier run left.

    It may fire, it protects nothing but what its template does, and something else is wanted.
    """
    if source is None or source.id == job.id or not job.objects or not (job.enabled and job.run_automatically):
        return False
    template = {parse_ref(item.ref) for item in source.objects or ()}
    own = {parse_ref(item.ref) for item in job.objects}
    return own <= template and bool(missing(job, target) or surplus(job, target))


def for_kind(job: JobEntity, target: Target, explicit: t.Container[str], place: str) -> Target:
    """The target without what the job's kind has no place for. Raises OptionError for what was set on purpose.

    A copy job may be given what it has already.
    """
    what, lacking = _LACKS.get(job.type or "", ("", ()))
    if target.objects is not None and job.objects is None:
        if "objects" in explicit:
            kind = f"is {what}, which has none" if what else "has none"
            raise OptionError(f"{place}objects: job {_of(job)} {kind}; remove the option.")
        target = target._replace(objects=None)
    wrong = [option for option in differing(job, target) if option in lacking or not job.can_be_edited]
    for option in wrong:
        if option in explicit:
            raise OptionError(_refusal(job, option, what, place))
    return target._replace(options={name: wish for name, wish in target.options.items() if name not in wrong})


def _refusal(job: JobEntity, option: str, what: str, place: str) -> str:
    if what:
        return (
            f"{place}{option}: job {_of(job)} is {what}, for which Enterprise Manager cannot change this; "
            "remove the option."
        )
    return (
        f"{place}{option}: Enterprise Manager shows no way to edit job {_of(job)}; its backup server "
        "may be older than Enterprise Manager."
    )


def _of(job: JobEntity) -> str:
    return quoted(job.name)


def predicted(source: JobEntity, name: str, description: str | None) -> JobEntity:
    """What a clone of the template will be, as far as it can be told before."""
    tree = dict(source.tree)
    if description is not None:
        tree["Description"] = description
    return source._replace(job=source.job._replace(name=name, id="", description=description), tree=tree)


# -- what it comes to, in the words of the options -----------------------------------------------------------------


def changes(job: JobEntity, target: Target, names: t.Mapping[str, str]) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
    """Before and after, of what differs. names: id to name of the jobs that schedules name."""
    before: dict[str, t.Any] = {}
    after: dict[str, t.Any] = {}
    current = option_words(job, names)
    for option, words in differing(job, target).items():
        before[option], after[option] = current[option], _with_name(words, names)
    lacking, extra = _additions(job, target), surplus(job, target)
    if lacking or extra:
        kept = [item for item in job.objects or () if item not in extra]
        before["objects"] = _listed((item.name, item.type) for item in job.objects or ())
        after["objects"] = _listed(
            [(item.name, item.type) for item in kept] + [(step.what, _added(step).type) for step in lacking]
        )
    if target.enabled is not None and target.enabled is not job.enabled:
        before["enabled"], after["enabled"] = job.enabled, target.enabled
    return before, after


def _added(step: Step) -> TargetObject:
    return t.cast(TargetObject, step.added)


def _listed(objects: t.Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """Their order means nothing, so it is no difference."""
    return [{"name": name, "type": kind} for name, kind in sorted(objects)]


def _with_name(words: t.Any, names: t.Mapping[str, str]) -> t.Any:
    if isinstance(words, dict) and words.get("after_job"):
        return {**words, "after_job": names.get(words["after_job"], words["after_job"])}
    return words
