# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Switches: every behaviour of EM that nobody has published, as a named choice. The README prints this table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

REFUSALS = ("http_400", "http_500", "task_failed")


@dataclass(frozen=True)
class Switch:
    """values: the names to choose from (or empty), parse: checks and normalises any other kind of value.

    unknown: nobody has published what the real server does here.
    """

    name: str
    default: Any
    meaning: str
    values: tuple[str, ...] = ()
    parse: Callable[[Any], Any] | None = None
    unknown: bool = False

    def check(self, value: Any) -> Any:
        if self.parse is not None:
            return self.parse(value)
        # YAML reads `true`, `null` and `403` where a switch has choices of that name
        if isinstance(value, bool):
            text = "true" if value else "false"
        else:
            text = "null" if value is None else str(value)
        if text == "http_error" and "http_400" in self.values:
            return "http_400"
        if text not in self.values:
            raise ValueError(f"{value!r} is not one of {', '.join(self.values)}")
        return text


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("true", "yes", "on", "1"):
        return True
    if str(value).lower() in ("false", "no", "off", "0"):
        return False
    raise ValueError(f"{value!r} is not true or false")


def _count(value: Any) -> int:
    number = int(value)
    if number < 0:
        raise ValueError(f"{value!r} is below zero")
    return number


def _seconds(value: Any) -> float:
    number = float(value)
    if number < 0:
        raise ValueError(f"{value!r} is below zero")
    return number


def delay_text(value: Any) -> str:
    """``3`` (job look-ups), ``1.5s`` (seconds) or ``refresh`` (until data was collected)."""
    text = str(value)
    if text == "refresh":
        return text
    if text.endswith("s"):
        return f"{_seconds(text[:-1]):g}s"
    return str(_count(text))


def _lookups(value: Any) -> str:
    """``3`` (reads) or ``1.5s`` (seconds)."""
    text = delay_text(value)
    if text == "refresh":
        raise ValueError(f"{value!r} is neither a number nor a number of seconds")
    return text


def parse_length(value: Any) -> str:
    """``2`` (reads), ``1.5s`` (seconds) or ``never``. ValueError."""
    text = str(value)
    if text == "never":
        return text
    try:
        if text.endswith("s"):
            seconds = float(text[:-1])
            if 0 <= seconds < 1e9:
                return f"{seconds:.9g}s"
        elif int(text) >= 0:
            return str(int(text))
    except ValueError:
        pass
    raise ValueError(f"length {value!r}: a number of reads (2) or of seconds (1.5s), or never, is expected")


def _choice(name: str, default: str, others: str, meaning: str, unknown: bool = False) -> Switch:
    return Switch(name, default, meaning, values=(default, *others.split()), unknown=unknown)


def _bool(name: str, default: bool, meaning: str, unknown: bool = False) -> Switch:
    return Switch(name, default, meaning, parse=_flag, unknown=unknown)


TABLE = (
    # Clone
    _choice("duplicate_name", "task_failed", "http_400 http_500 allowed renamed",
            "a clone takes a name that is in use on the backup server", True),
    _choice("name_compare", "sensitive", "insensitive",
            "whether names that differ only in letter case are the same to the backup server", True),
    _choice("bad_repository", "task_failed", "http_400 http_500 accepted",
            "RepositoryUid is unknown, no URN, or of another backup server", True),
    _choice("name_too_long", "auto", "task_failed http_400 http_500 accepted",
            "JobName is longer than the documented limit; auto: accepted up to 12 (clients in production send 51 "
            "characters to 11 and 12), task_failed in 13", True),
    Switch("name_limit", 50, "longest JobName in characters; 50 is documented", parse=_count),
    _choice("kind_mismatch", "task_failed", "http_400 http_500 accepted",
            "the clone info is for another JobType than the source's", True),
    _choice("element_order", "strict", "tolerant",
            "XML body with elements in the wrong order, or unknown ones: refused with 400, or accepted", True),
    _choice("missing_folder_name", "accepted", "refused",
            "FolderName or JobFileName left out: the job name is used, or 500", True),
    _choice("older_server_clone", "refused", "accepted",
            "clone of a job whose backup server is older than EM (refused: the task fails)", True),
    _choice("clone_description_omitted", "source", "empty",
            "description of a clone for which none was sent", True),
    _choice("clone_schedule_enabled", "source", "true false",
            "ScheduleEnabled of a clone", True),
    Switch("show_new_job_after", "0",
           "when EM shows a new job after its task finished: number of job look-ups, `1.5s`, `refresh` (a collect)",
           parse=delay_text),
    # Tasks
    _choice("operation_finished_success", "true", "missing",
            "a task in state OperationFinished has Success=\"true\", or no Result", True),
    _choice("failed_task_operation_finished", "skipped", "true false",
            "a task that will fail passes OperationFinished: not at all, with Success true, with Success false", True),
    _choice("finished_link", "present", "absent other_name doubled",
            "the Related link of a finished clone", True),
    _bool("result_confirmation_members", False,
          "Result carries CredentialsNeeded and ConfirmationNeeded as in the 9.x schema; cannot be for 9.5 to 12.1 in "
          "XML: a strict client of these versions would fail on it", True),
    Switch("task_retention", 0, "polls for which a finished task stays readable (0: for ever)",
           parse=_count, unknown=True),
    _choice("task_numbering", "session", "global",
            "task ids count up per session, or over all sessions", True),
    _choice("tasks_after_logout", "continue", "stop",
            "what becomes of a running task when its session is logged out", True),
    _choice("delete_running_task", "stops", "ignored removed",
            "DELETE of a running task: stops it; changes nothing; removes the record while the work goes on", True),
    _choice("task_of_other_session", "error_500", "error_404 visible",
            "reading a task of another session"),
    # Runs of jobs
    Switch("run_length", "2", "how long a run lasts of a job that says nothing else: number of reads of its session, "
           "`600s` or `never`", parse=parse_length),
    _bool("schedule_fires", False,
          "a schedule that is due starts its job, if that is enabled; else no job starts by itself"),
    _choice("automatic_retries", "scheduled", "all none",
            "which runs that fail are tried again as the job's options say: those that its schedule has started, "
            "all, none; planned retries always are", True),
    _choice("start_link", "present", "absent named",
            "the Related link of a finished start: without a name and with the message `Ok`; none; with a name"),
    Switch("show_session_after", "0", "when EM shows the session of a run that has begun: number of reads of lists of "
           "sessions, `1.5s`", parse=_lookups, unknown=True),
    Switch("session_lag", 0.0, "seconds by which the states of sessions that EM shows are old", parse=_seconds,
           unknown=True),
    _choice("database", "auto", "sql_server postgresql",
            "engine of EM's database (auto: SQL Server up to 12, PostgreSQL in 13): SQL Server has milliseconds, whole "
            "seconds in names, and restore points named `Jan  5 2026 10:05AM`; PostgreSQL has microseconds"),
    _choice("backup_chains", "auto", "per_job per_machine",
            "a job has one backup, or one for each machine (auto: up to 11, from 12 on)"),
    _choice("machine_backup_type", "Standard", "ChildBackup",
            "BackupType of a machine's own backup; ChildBackup: below a ParentBackup with the name of the job", True),
    _choice("unfinished_points", "shown", "hidden",
            "points that a run is still writing are listed, with links that are not `Up`", True),
    _choice("failed_point", "gone", "stays",
            "what a machine that failed leaves: nothing, or a point that is never ready", True),
    Switch("point_ready_after", "0", "when the links of a new point become `Up` after its run has ended: number of "
           "reads of points, `5s`", parse=_lookups, unknown=True),
    Switch("show_point_after", "0", "when EM shows a new point after its run has ended: number of reads of points, "
           "`5s`, `refresh` (a collect)", parse=delay_text, unknown=True),
    _choice("copy_point_time", "source", "copy",
            "CreationTime of a copied point: that of its source, or of the copy", True),
    Switch("restore_length", "2", "how long a restore or failover lasts: number of reads of its session, `600s` or "
           "`never`", parse=parse_length),
    Switch("show_restore_session_after", "0", "when EM shows the session of a restore that has begun: number of reads "
           "of lists of restore sessions, `1.5s`", parse=_lookups, unknown=True),
    _choice("restore_progress", "100", "0 missing",
            "Progress of a restore session that is over: 100 or, of files or where it has failed, 0; always 0; none"),
    _choice("restored_ref", "present", "absent at_once",
            "RestoredObjRef of a restore: when it has succeeded, never, or from the beginning", True),
    _choice("failover_session_type", "RestoreVm", "null other",
            "JobType of the session of a failover: that of a restore, none, or another", True),
    _choice("failover_session_link", "present", "absent",
            "the Related link of the session of a failover to its replica point", True),
    _choice("failover_again", "task_failed", "http_400 http_500 session_failed accepted",
            "failover of a machine that has failed over already", True),
    _choice("busy_failover_plan", "task_failed", "http_400 http_500 accepted",
            "start or undo of a failover plan that is under way", True),
    _choice("idle_plan_undo", "accepted", "task_failed",
            "undo of a failover plan of which no machine has failed over", True),
    _choice("existing_file", "beside", "session_failed",
            "restore of a file to its original location without Overwrite, where it is still there: beside it, under "
            "another name, or the session fails", True),
    _choice("replica_point_name", "source", "replica",
            "name of the machine in a replica point: that of the source, or of its copy", True),
    _choice("point_link_types", "recorded", "by_content",
            "Type of the link from a restore point to its files: RestorePointReferenceList as recorded, or "
            "BackupFileReferenceList as printed for 13.1"),
    _choice("running_task_result", "Success", "None",
            "result of a machine that a run is working on: Success, as recorded, or None"),
    _choice("start_running_job", "task_failed", "http_400 http_500 ignored",
            "start or synchronisation of a job that is running; ignored: a task that succeeds, and no new run", True),
    _choice("start_disabled_job", "accepted", "task_failed http_400 http_500",
            "start of a job whose schedule is disabled", True),
    _choice("retry_not_failed", "task_failed", "http_400 http_500 ignored accepted",
            "retry of a job whose last run has not failed", True),
    _choice("stop_idle_job", "ignored", "task_failed http_400 http_404 http_500",
            "stop of a job, or of a session, that is not running", True),
    _choice("stop_kind", "at_once", "after_machine",
            "what a stop does: ends the run at once, or after the machine that it works on", True),
    Switch("stop_length", "1", "how long a session that is stopped at once is Stopping: number of reads, `5s`",
           parse=_lookups, unknown=True),
    _choice("stopped_result", "Failed", "Warning Success None", "result of a run that was stopped", True),
    _choice("delete_running_job", "accepted", "task_failed http_400 http_500",
            "DELETE of a job that is running (accepted: its run is stopped)", True),
    _choice("offline_server", "task_failed", "http_400 http_500",
            "change, start or stop of a job whose backup server EM does not reach", True),
    _choice("failure_message", "null", "reason",
            "FailureMessage of a session that has failed: never seen filled, or the reason of its first failed machine",
            True),
    _choice("session_order", "newest_first", "oldest_first",
            "order of lists of sessions; queries give the oldest first unless they sort", True),
    _choice("query_sessions", "all", "last_30_days",
            "whether queries for sessions show the older ones, which the lists leave out", True),
    Switch("report_hours", 24, "hours that the report job_statistics covers", parse=_count, unknown=True),
    # Backups of single machines
    _choice("quick_backup_without_job", "task_failed", "http_400 http_500 session_failed",
            "quick backup of a machine that is in no backup job of the backup server", True),
    _choice("quick_backup_without_full", "task_failed", "http_400 http_500 session_failed accepted",
            "quick backup of a machine of which its job has no restore point yet", True),
    _choice("quick_backup_running_job", "task_failed", "http_400 http_500 session_failed accepted",
            "quick backup while the machine's job runs, or another quick backup of it", True),
    _choice("quick_backup_cloud_director", "task_failed", "http_400 http_500 session_failed",
            "quick backup of a machine of a Cloud Director job", True),
    _choice("veeamzip_refused", "task_failed", "http_400 http_500 session_failed",
            "VeeamZIP of what is no machine of vSphere in an inventory of the backup server, or to a repository that "
            "is not on it", True),
    # Agent and file share jobs
    Switch("show_computers_after", "120s", "when EM shows the sessions of the computers that an agent job works on: "
           "number of reads of lists of sessions, `120s` after their begin", parse=_lookups, unknown=True),
    _choice("computers_at_end", "shown", "late",
            "whether EM shows them at the latest when the run is over", True),
    _choice("agent_task_sessions", "computers", "all",
            "which sessions of an agent job's run have task sessions: those of the computers; that of the job too",
            True),
    _choice("agent_session_job_uid", "Job", "AgentBackupJob",
            "JobUid of the sessions of agent jobs: `urn:veeam:Job:...` or `urn:veeam:AgentBackupJob:...`", True),
    _choice("agent_start_link", "absent", "present",
            "the Related link of a finished start of an agent or file share job; the documentation prints none", True),
    _choice("job_action_form", "documented", "both",
            "actions of agent jobs as `?action=start`, of file share jobs as `/start`; or either way for both", True),
    _choice("wrong_hrefs", "dead", "answered",
            "whether the Hrefs that the documentation prints wrongly (a file share job's, a computer's, a file "
            "server's) lead to the resource", True),
    _choice("computer_in_groups", "links", "entities",
            "a computer that is in several protection groups: one with a link to each, or one for each", True),
    _choice("agent_objects_query", "answered", "http_400",
            "the query type ObjectInAgentBackupJob, which has a page but is not in the list of types", True),
    # Restores
    _choice("keep_original_before_13", "ignored", "refused honoured",
            "KeepOriginalVM in a request to a product that has it in no schema: the original is overwritten all the "
            "same, 400, or it is kept", True),
    _choice("keep_original_hyper_v", "honoured", "ignored refused",
            "KeepOriginalVM for a machine of Hyper-V, from 13 on", True),
    _choice("keep_with_rollback", "http_400", "http_500 task_failed session_failed accepted",
            "KeepOriginalVM and QuickRollback are both true, which the documentation excludes (accepted: it is kept)",
            True),
    _choice("kept_machine_name", "suffix", "same stamped",
            "name of the machine that stands beside its original: `web01_restored`, the same, `web01_20260109081204`",
            True),
    _choice("restore_without_body", "off", "on as_before",
            "power of a machine after a restore whose request says nothing of it", True),
    _choice("restore_of_running_machine", "accepted", "http_400 http_500 task_failed session_failed",
            "restore in place of a machine that is on (accepted: it is powered off)", True),
    _choice("restore_of_missing_machine", "accepted", "http_400 http_500 task_failed session_failed",
            "restore of a machine that is not there any more (accepted: it is made anew, with another reference)",
            True),
    _choice("restore_during_backup", "accepted", "http_400 http_500 task_failed session_failed",
            "restore of a machine that a run is working on", True),
    _choice("second_restore", "task_failed", "http_400 http_500 session_failed accepted",
            "restore of a machine of which another restore is under way", True),
    _choice("restore_of_unready_point", "task_failed", "http_400 http_500 session_failed accepted",
            "restore from a point that is not ready", True),
    _choice("restore_target_refused", "task_failed", "http_400 http_500 session_failed",
            "restore to Cloud Director with a hierarchy root or vApp that is not there, or a point that does not fit",
            True),
    _choice("portal_user_restore", "refused", "accepted",
            "restore of a machine by a Portal User: 403 as the table of roles says, or done as the guides do", True),
    _choice("failed_restore_leaves", "original", "broken",
            "what a restore in place that fails leaves: the machine as it was, or one that is off and broken", True),
    _choice("vapp_restore_type", "RestoreVm", "RestoreVApp",
            "JobType of the session of a vApp's restore", True),
    Switch("show_new_machine_after", "0", "when lookups find a machine that a restore has made: number of lookups, "
           "`5s`", parse=_lookups, unknown=True),
    # Query
    _choice("string_compare", "insensitive", "sensitive",
            "letter case of string values in filters", True),
    _choice("filter_reserved", "literal", "misparsed refused",
            "reserved characters `; , ( ) \\ & % '` and non-ASCII letters inside quotes", True),
    _choice("quote_rule", "doubled_inner", "doubled_outer",
            "a quote inside a value: `\"a \"\"b\"\"\"`, or `\"\"b\"\"` without an outer pair", True),
    _choice("uid_filter", "both", "urn guid",
            "form in which a UID field matches", True),
    _choice("empty_refs", "empty", "null missing array",
            "list of an empty query result: wrapper, null, left out, bare array (XML: empty element, else none)", True),
    _choice("refs_shape", "wrapped", "array singular",
            "Refs of a query result in JSON: {Refs:{Refs:[]}}, {Refs:[]}, {Refs:{Ref:[]}}", True),
    Switch("default_page_size", 100, "page size of a query without pageSize", parse=_count),
    Switch("max_page_size", 0, "larger page sizes are cut to this (0: no limit)", parse=_count, unknown=True),
    _choice("page_beyond_end", "empty", "error last",
            "a page after the last one", True),
    _choice("undocumented_fields", "answered", "ignored refused",
            "fields of a filter that clients use and no page has: HierarchyObjRef, VmName, VmUid", True),
    _choice("invalid_filter", "http_400", "http_500 empty",
            "a filter with a syntax error or an unknown field", True),
    # Inventory
    _choice("lookup_name", "exact", "substring",
            "lookup by a name without `*`: the whole name, or any part of it (letter case never counts)", True),
    _choice("empty_lookup", "empty", "null",
            "JSON of a lookup that finds nothing: an empty list, or null (9.5 U4: left out)", True),
    # Infrastructure
    _choice("credentials_list_name", "CredentialsInfos", "CredentialsInfoList Credentials",
            "name of the list of credentials in JSON", True),
    Switch("show_new_credentials_after", "0",
           "when EM shows credentials or an encryption password that were made through it: number of lists of them, "
           "`1.5s`, `refresh` (a collect)", parse=delay_text, unknown=True),
    _choice("duplicate_credentials", "allowed", "http_400 http_500",
            "credentials with a user name and a description that others of the backup server have", True),
    _choice("duplicate_server", "http_400", "http_500 accepted",
            "POST of a backup server that EM has already", True),
    _choice("credentials_password_omitted", "kept", "emptied",
            "an edit of credentials without a password", True),
    _choice("credentials_create_role", "administrator", "user",
            "who may create credentials: an administrator, or a Portal User too", True),
    _choice("delete_in_use", "http_400", "http_500 accepted",
            "DELETE of credentials, or of an encryption password, that something uses", True),
    _choice("created_status", "201", "202",
            "POST of an encryption password, a backup server or a scope, of which the pages say both", True),
    _choice("logon_sessions", "same_user", "all_users",
            "whose sessions `/logonSessions` shows; only a Portal Administrator can close those of others", True),
    # Representation
    _bool("json_bom", False, "JSON begins with a byte-order mark"),
    _bool("single_link_as_object", False, "JSON lists with one element come as that element"),
    _choice("persistent_agent", "absent", "present",
            "UsePersistentGuestAgent of jobs and objects on 12 and 13, where nobody has set it: as recorded, or as "
            "documented"),
    _choice("dates", "plain", "fractional", "NextRun without, or with seven fractional digits"),
    _choice("attribute_order", "documented", "recorded",
            "order of XML attributes: as printed in the documentation, or as newer servers send it"),
    _choice("old_version_casing", "camel", "pascal",
            "JSON keys of product 13 in a session opened with v1_5 or v1_6", True),
    _choice("body_parser", "auto", "accept content_type",
            "what chooses the parser of a request body; auto: Accept up to 12, Content-Type in 13"),
    _bool("gzip", True, "bodies over 1 KiB are compressed where the client accepts it"),
    # Headers
    _choice("header_case", "random", "as_documented lower upper",
            "letter case of X-RestSvcSessionId and the other response headers"),
    _bool("token_in_every_response", False, "every answer carries the session token, not only the logon"),
    Switch("server_header", "auto", "Server header: auto (by product), none, or a text", parse=str),
    # Sessions and accounts
    _choice("unauthorized_body", "error", "empty html", "body of a 401", True),
    _choice("no_role_logon", "401", "403", "logon of an account without a role"),
    _choice("form_logon", "auto", "accepted refused",
            "form content type at logon; auto: 415 in 13, accepted before"),
    _choice("post_without_length", "auto", "accepted refused",
            "POST without Content-Length; auto: 411 up to 12, accepted in 13"),
    _choice("unknown_api_version", "http_400", "latest", "`?v=` that the product does not have", True),
    _choice("session_token", "auto", "session_id random",
            "the token: base64 of the SessionId's text, or of random bytes; auto: the former up to 12 (documented)"),
    Switch("max_sessions", 0, "open sessions after which a logon gets 503 (0: no limit)", parse=_count, unknown=True),
    Switch("session_lifetime", 0.0, "seconds after which a session ends although it is in use (0: never)",
           parse=_seconds, unknown=True),
    Switch("lockout_after", 0, "wrong passwords after which an account is refused (0: never)",
           parse=_count, unknown=True),
    _choice("licence", "sufficient", "logon_refused requests_refused",
            "403 at logon or at each request, as for a missing licence edition", True),
    # Edit
    _choice("partial_put", "merge", "reset reset_all",
            "what an edit leaves out: kept; reset inside a block that is sent; whole blocks of the schedule too", True),
    _choice("put_without_action", "accepted", "ignored refused",
            "PUT of a job without action=edit: done, as documented (page put_method); 202 but nothing changes; 400"),
    _choice("edit_options", "applied", "left_alone http_400 task_failed",
            "guest processing and storage options in an edit", True),
    _choice("edit_beyond", "left_alone", "http_400 task_failed",
            "what an edit cannot change (name, type, platform, blocks of other types) and asks for all the same", True),
    _choice("edit_copy_job", "accepted", "http_400 task_failed", "edit of a copy job", True),
    _choice("time_without_zone", "block", "utc",
            "a time of day without a zone in an edit: in the offset of its block, or UTC", True),
    _choice("edit_running_job", "accepted", "http_400 task_failed", "edit, or change of objects, while the job runs",
            True),
    _choice("retry_specified_name", "both", "RetrySpecified RetrySpecified1",
            "which name of that element is read in an edit in JSON", True),
    Switch("show_change_after", "0",
           "when EM shows a change of a job after its task finished: number of reads of the job or of lists, `1.5s`, "
           "`refresh` (a collect)", parse=delay_text, unknown=True),
    Switch("show_console_change_after", "0",
           "when EM shows a change that was made at the console of a backup server and does not say it, as "
           "show_change_after", parse=delay_text),
    # Data collection
    Switch("collect_length", "3s", "how long a data collection lasts: seconds (`20s`), a number of reads of "
           "`/systemSessions` (none before 12), or `never`", parse=parse_length),
    Switch("collect_interval", 0.0, "seconds after which EM collects data by itself, as every 15 minutes by default "
           "(0: only when it is asked to)", parse=_seconds),
    _choice("collect_scope", "all", "server",
            "what a data collection reads that was asked for of one backup server: all servers, or that one", True),
    _choice("collect_while_running", "new_session", "ignored",
            "a data collection is asked for while one is going on: another one begins at once, or none", True),
    _choice("long_user_name", "breaks_collection", "accepted",
            "credentials with a user name of more than 255 characters: every data collection fails, or nothing", True),
    _choice("system_sessions_role", "user", "administrator",
            "who may read `/systemSessions`: a Portal User, or an administrator alone", True),
    # Objects and deletion
    _choice("duplicate_object", "allowed", "ignored http_400 http_500 task_failed",
            "POST of an object that is in the job already: there twice; nothing changes; refused", True),
    # What copy jobs are linked to
    _choice("link_request_root", "refused", "any",
            "a new link in XML, of which no page prints the root: refused with 400, or any root is taken", True),
    _choice("bad_link", "task_failed", "http_400 http_500",
            "a new link to something that is unknown, or is of another kind", True),
    _choice("duplicate_link", "allowed", "ignored http_400 http_500 task_failed",
            "a new link to what the job is linked to already", True),
    _choice("last_link_delete", "accepted", "http_400 http_500 task_failed",
            "DELETE of the only link of a copy job", True),
    _choice("links_drop_backups", "dropped", "kept",
            "links to backups, which an edit drops, when another link is made or deleted", True),
    _choice("last_object_delete", "task_failed", "http_400 http_500", "DELETE of the only object of a job"),
    _choice("delete_task", "readable", "vanishes",
            "the task of a deleted job can be read to its end, or vanishes with the job"),
    _choice("delete_gone_job", "404", "400", "DELETE of a job that does not exist", True),
    Switch("show_deletion_after", "0", "when EM ceases to show a deleted job, as show_change_after", parse=delay_text,
           unknown=True),
    _choice("urn_in_path", "accepted", "refused",
            "an id in a path given as URN, as some clients do: the same as the GUID in it, or 400", True),
)  # fmt: skip
BY_NAME: Mapping[str, Switch] = {switch.name: switch for switch in TABLE}


class Switches(MutableMapping[str, Any]):
    """Current values; assigning checks name and value (KeyError, ValueError)."""

    def __init__(self, changes: Mapping[str, Any] | None = None) -> None:
        self._values = {switch.name: switch.default for switch in TABLE}
        self.update(changes or {})

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __setitem__(self, name: str, value: Any) -> None:
        if name not in BY_NAME:
            raise KeyError(f"there is no switch {name!r}; there are {', '.join(sorted(BY_NAME))}")
        try:
            self._values[name] = BY_NAME[name].check(value)
        except (TypeError, ValueError) as error:
            raise ValueError(f"switch {name}: {error}") from None

    def __delitem__(self, name: str) -> None:
        """Back to the default."""
        self._values[name] = BY_NAME[name].default

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)
