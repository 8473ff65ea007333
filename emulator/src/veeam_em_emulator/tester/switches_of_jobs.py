# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Switches about jobs: clones, tasks, edits, what is in them, when EM sees it."""

from __future__ import annotations

from .switch import Switch, boolean, choice, count, delay_text, parse_length, seconds, unknown

ROWS = (
    # Clone
    unknown("duplicate_name", "task_failed", "http_400 http_500 allowed renamed",
            "a clone takes a name that is in use on the backup server"),
    unknown("name_compare", "sensitive", "insensitive",
            "whether names that differ only in letter case are the same to the backup server"),
    unknown("bad_repository", "task_failed", "http_400 http_500 accepted",
            "RepositoryUid is unknown, no URN, or of another backup server"),
    unknown("name_too_long", "auto", "task_failed http_400 http_500 accepted",
            "JobName is longer than the documented limit; auto: accepted up to 12 (clients in production send 51 "
            "characters to 11 and 12), task_failed in 13"),
    Switch("name_limit", 50, "longest JobName in characters; 50 is documented", parse=count),
    unknown("kind_mismatch", "task_failed", "http_400 http_500 accepted",
            "the clone info is for another JobType than the source's"),
    unknown("element_order", "strict", "tolerant",
            "XML body with elements in the wrong order, or unknown ones: refused with 400, or accepted"),
    unknown("missing_folder_name", "accepted", "refused",
            "FolderName or JobFileName left out: the job name is used, or 500"),
    unknown("older_server_clone", "refused", "accepted",
            "clone of a job whose backup server is older than EM (refused: the task fails)"),
    unknown("clone_description_omitted", "source", "empty",
            "description of a clone for which none was sent"),
    unknown("clone_schedule_enabled", "source", "true false",
            "ScheduleEnabled of a clone"),
    Switch("show_new_job_after", "0",
           "when EM shows a new job after its task finished: number of job look-ups, `1.5s`, `refresh` (a collect)",
           parse=delay_text),
    # Tasks
    unknown("operation_finished_success", "true", "missing",
            "a task in state OperationFinished has Success=\"true\", or no Result"),
    unknown("failed_task_operation_finished", "skipped", "true false",
            "a task that will fail passes OperationFinished: not at all, with Success true, with Success false"),
    unknown("finished_link", "present", "absent other_name doubled",
            "the Related link of a finished clone"),
    boolean("result_confirmation_members",
            "Result carries CredentialsNeeded and ConfirmationNeeded as in the 9.x schema; cannot be true for 9.5 to "
            "12.1 in XML: a strict client of these versions would fail on it", unknown=True),
    Switch("task_retention", 0, "polls for which a finished task stays readable (0: for ever)",
           parse=count, unknown=True),
    unknown("task_numbering", "session", "global",
            "task ids count up per session, or over all sessions"),
    unknown("tasks_after_logout", "continue", "stop",
            "what becomes of a running task when its session is logged out"),
    unknown("delete_running_task", "stops", "ignored removed",
            "DELETE of a running task: stops it; changes nothing; removes the record while the work goes on"),
    choice("task_of_other_session", "error_500", "error_404 visible",
            "reading a task of another session"),
    # Edit
    unknown("partial_put", "merge", "reset reset_all",
            "what an edit leaves out: kept; reset inside a block that is sent; whole blocks of the schedule too"),
    choice("put_without_action", "accepted", "ignored refused",
            "PUT of a job without action=edit: done, as documented (page put_method); 202 but nothing changes; 400"),
    unknown("edit_options", "applied", "left_alone http_400 task_failed",
            "guest processing and storage options in an edit"),
    unknown("edit_beyond", "left_alone", "http_400 task_failed",
            "what an edit cannot change (name, type, platform, blocks of other types) and asks for all the same"),
    unknown("edit_copy_job", "accepted", "http_400 task_failed", "edit of a copy job"),
    unknown("time_without_zone", "block", "utc",
            "a time of day without a zone in an edit: in the offset of its block, or UTC"),
    unknown("edit_running_job", "accepted", "http_400 task_failed", "edit, or change of objects, while the job runs"),
    unknown("retry_specified_name", "both", "RetrySpecified RetrySpecified1",
            "which name of that element is read in an edit in JSON"),
    Switch("show_change_after", "0",
           "when EM shows a change of a job after its task finished: number of reads of the job or of lists, `1.5s`, "
           "`refresh` (a collect)", parse=delay_text, unknown=True),
    Switch("show_console_change_after", "0",
           "when EM shows a change that was made at the console of a backup server without an `after` of its own, "
           "as show_change_after", parse=delay_text),
    # Data collection
    Switch("collect_length", "3s", "how long a data collection lasts: seconds (`20s`), a number of reads of "
           "`/systemSessions` (none before 12), or `never`", parse=parse_length),
    Switch("collect_interval", 0.0, "seconds after which EM collects data by itself, as every 15 minutes by default "
           "(0: only when it is asked to)", parse=seconds),
    unknown("collect_scope", "all", "server",
            "what a data collection reads that was asked for of one backup server: all servers, or that one"),
    unknown("collect_while_running", "new_session", "ignored",
            "a data collection is asked for while one is going on: another one begins at once, or none"),
    unknown("long_user_name", "breaks_collection", "accepted",
            "credentials with a user name of more than 255 characters: every data collection fails, or "
            "nothing happens"),
    unknown("system_sessions_role", "user", "administrator",
            "who may read `/systemSessions`: a Portal User, or an administrator alone"),
    # Objects and deletion
    # CDP policies
    unknown("policy_so_already", "ignored", "task_failed http_400 http_500",
            "a CDP policy is enabled that is enabled already, or disabled that is disabled"),
    unknown("cloud_policy_machine", "task_failed", "http_400 http_500",
            "a single machine is added to a CDP policy of Cloud Director"),
    unknown("objects_of_copy_job", "http_400", "empty",
            "GET of the includes of a copy job, whose entity has no link to them: 400, or an empty list"),
    unknown("duplicate_object", "allowed", "ignored http_400 http_500 task_failed",
            "POST of an object that is in the job already: there twice; nothing changes; refused"),
    # What copy jobs are linked to
    unknown("link_request_root", "refused", "any",
            "a new link in XML, of which no page prints the root: refused with 400, or any root is taken"),
    unknown("bad_link", "task_failed", "http_400 http_500",
            "a new link to something that is unknown, or is of another kind"),
    unknown("duplicate_link", "allowed", "ignored http_400 http_500 task_failed",
            "a new link to what the job is linked to already"),
    unknown("last_link_delete", "accepted", "http_400 http_500 task_failed",
            "DELETE of the only link of a copy job"),
    unknown("links_drop_backups", "dropped", "kept",
            "links to backups, which an edit drops, when another link is made or deleted"),
    choice("last_object_delete", "task_failed", "http_400 http_500", "DELETE of the only object of a job"),
    choice("delete_task", "readable", "vanishes",
            "the task of a deleted job can be read to its end, or vanishes with the job"),
    unknown("delete_gone_job", "404", "400", "DELETE of a job that does not exist"),
    Switch("show_deletion_after", "0", "when EM ceases to show a deleted job, as show_change_after", parse=delay_text,
           unknown=True),
    unknown("urn_in_path", "accepted", "refused",
            "an id in a path given as URN, as some clients do: the same as the GUID in it, or 400"),
)  # fmt: skip
