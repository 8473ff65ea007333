# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Switches about what runs: jobs, backups of single machines, agents and file shares, restores, failovers."""

from __future__ import annotations

from .switch import Switch, boolean, choice, count, delay_text, lookups, parse_length, seconds, unknown

ROWS = (
    # Runs of jobs
    Switch("run_length", "2", "how long a run lasts of a job that says nothing else: number of reads of its session, "
           "`600s` or `never`", parse=parse_length),
    boolean("schedule_fires",
            "a schedule that is due starts its job, if that is enabled; else no job starts by itself"),
    unknown("automatic_retries", "scheduled", "all none",
            "which runs that fail are tried again as the job's options say: those that its schedule has started, "
            "all, none; planned retries always are"),
    choice("start_link", "present", "absent named",
            "the Related link of a finished start: without a name and with the message `Ok`; none; with a name"),
    Switch("show_session_after", "0", "when EM shows the session of a run that has begun: number of reads of lists of "
           "sessions, or of it, `1.5s`", parse=lookups, unknown=True),
    Switch("session_lag", 0.0, "seconds by which the states of sessions that EM shows are old", parse=seconds,
           unknown=True),
    choice("database", "auto", "sql_server postgresql",
            "engine of EM's database (auto: SQL Server up to 12, PostgreSQL in 13): SQL Server has milliseconds, whole "
            "seconds in names, and restore points named `Jan  5 2026 10:05AM`; PostgreSQL has microseconds"),
    choice("backup_chains", "auto", "per_job per_machine",
            "a job has one backup, or one for each machine (auto: up to 11, from 12 on)"),
    unknown("machine_backup_type", "Standard", "ChildBackup",
            "BackupType of a machine's own backup; ChildBackup: below a ParentBackup with the name of the job"),
    unknown("unfinished_points", "shown", "hidden",
            "points that a run is still writing are listed, with links that are not `Up`"),
    unknown("failed_point", "gone", "stays",
            "what a machine that failed leaves: nothing, or a point that is never ready"),
    Switch("point_ready_after", "0", "when the links of a new point become `Up` after its run has ended: number of "
           "reads of points, `5s`", parse=lookups, unknown=True),
    Switch("show_point_after", "0", "when EM shows a new point after its run has ended: number of reads of points, "
           "`5s`, `refresh` (a collect)", parse=delay_text, unknown=True),
    unknown("copy_point_time", "source", "copy",
            "CreationTime of a copied point: that of its source, or of the copy"),
    Switch("restore_length", "2", "how long a restore or failover lasts: number of reads of its session, `600s` or "
           "`never`", parse=parse_length),
    Switch("show_restore_session_after", "0", "when EM shows the session of a restore that has begun: number of reads "
           "of lists of restore sessions, or of it, `1.5s`", parse=lookups, unknown=True),
    choice("restore_progress", "100", "0 missing",
            "Progress of a restore session that is over: 100 or, of files or where it has failed, 0; always 0; none"),
    unknown("restored_ref", "present", "absent at_once",
            "RestoredObjRef of a restore: when it has succeeded, never, or from the beginning"),
    unknown("failover_session_type", "RestoreVm", "null other",
            "JobType of the session of a failover: that of a restore, none, or another"),
    unknown("failover_session_link", "present", "absent",
            "the Related link of the session of a failover to its replica point"),
    unknown("failover_again", "task_failed", "http_400 http_500 session_failed accepted",
            "failover of a machine that has failed over already"),
    unknown("busy_failover_plan", "task_failed", "http_400 http_500 accepted",
            "start or undo of a failover plan that is under way"),
    unknown("idle_plan_undo", "accepted", "task_failed",
            "undo of a failover plan of which no machine has failed over"),
    unknown("existing_file", "beside", "session_failed",
            "restore of a file to its original location without Overwrite, where it is still there: beside it, under "
            "another name, or the session fails"),
    unknown("replica_point_name", "source", "replica",
            "name of the machine in a replica point: that of the source, or of its copy"),
    choice("point_link_types", "recorded", "by_content",
            "Type of the link from a restore point to its files: RestorePointReferenceList as recorded, or "
            "BackupFileReferenceList as printed for 13.1"),
    choice("running_task_result", "Success", "None",
            "result of a machine that a run is working on: Success, as recorded, or None"),
    unknown("start_running_job", "task_failed", "http_400 http_500 ignored",
            "start or synchronisation of a job that is running; ignored: a task that succeeds, and no new run"),
    unknown("start_disabled_job", "accepted", "task_failed http_400 http_500",
            "start of a job whose schedule is disabled"),
    unknown("retry_not_failed", "task_failed", "http_400 http_500 ignored accepted",
            "retry of a job whose last run has not failed"),
    unknown("stop_idle_job", "ignored", "task_failed http_400 http_404 http_500",
            "stop of a job, or of a session, that is not running"),
    unknown("stop_kind", "at_once", "after_machine",
            "what a stop does: ends the run at once, or after the machine that it works on"),
    Switch("stop_length", "1", "how long a session that is stopped at once is Stopping: number of reads, `5s`",
           parse=lookups, unknown=True),
    unknown("stopped_result", "Failed", "Warning Success None", "result of a run that was stopped"),
    unknown("delete_running_job", "accepted", "task_failed http_400 http_500",
            "DELETE of a job that is running (accepted: its run is stopped)"),
    unknown("offline_server", "task_failed", "http_400 http_500",
            "change, start or stop of a job whose backup server EM does not reach"),
    unknown("failure_message", "null", "reason",
            "FailureMessage of a session that has failed: never seen filled, or the reason of its first failed "
            "machine"),
    unknown("session_order", "newest_first", "oldest_first",
            "order of lists of sessions; queries give the oldest first unless they sort"),
    unknown("query_sessions", "all", "last_30_days",
            "whether queries for sessions show the older ones, which the lists leave out"),
    Switch("report_hours", 24, "hours that the report job_statistics covers", parse=count, unknown=True),
    # Backups of single machines
    unknown("quick_backup_without_job", "task_failed", "http_400 http_500 session_failed",
            "quick backup of a machine that is in no backup job of the backup server"),
    unknown("quick_backup_without_full", "task_failed", "http_400 http_500 session_failed accepted",
            "quick backup of a machine of which its job has no restore point yet"),
    unknown("quick_backup_running_job", "task_failed", "http_400 http_500 session_failed accepted",
            "quick backup while the machine's job runs, or another quick backup of it"),
    unknown("quick_backup_cloud_director", "task_failed", "http_400 http_500 session_failed",
            "quick backup of a machine of a Cloud Director job"),
    unknown("veeamzip_without_level", "refused", "accepted",
            "VeeamZIP without CompressionLevel (a client spells it Compressionlevel, in another place): 500, or a "
            "level that the server chooses"),
    unknown("veeamzip_refused", "task_failed", "http_400 http_500 session_failed",
            "VeeamZIP of what is no machine of vSphere in an inventory of the backup server, or to a repository that "
            "is not on it"),
    # Agent and file share jobs
    Switch("show_computers_after", "120s", "when EM shows the sessions of the computers that an agent job works on: "
           "number of reads of lists of sessions, `120s` after their begin", parse=lookups, unknown=True),
    unknown("computers_at_end", "shown", "late",
            "whether EM shows them at the latest when the run is over"),
    unknown("agent_task_sessions", "computers", "all",
            "which sessions of an agent job's run have task sessions: those of the computers; that of the job too"),
    unknown("agent_session_job_uid", "Job", "AgentBackupJob",
            "JobUid of the sessions of agent jobs: `urn:veeam:Job:...` or `urn:veeam:AgentBackupJob:...`"),
    unknown("agent_job_link", "present", "absent",
            "the Up link from the reference of an agent job's session to its job, before 13: a client of 11 and 12 "
            "takes the second link for that to the sessions of its computers"),
    unknown("agent_start_link", "absent", "present",
            "the Related link of a finished start of an agent or file share job; the documentation prints none"),
    unknown("job_action_form", "documented", "both",
            "actions of agent jobs as `?action=start`, of file share jobs as `/start`; or either way for both"),
    unknown("wrong_hrefs", "dead", "answered",
            "whether the Hrefs that the documentation prints wrongly (a file share job's, a computer's, a file "
            "server's) lead to the resource"),
    unknown("computer_in_groups", "links", "entities",
            "a computer that is in several protection groups: one with a link to each, or one for each"),
    unknown("agent_objects_query", "answered", "http_400",
            "the query type ObjectInAgentBackupJob, which has a page but is not in the list of types"),
    # Restores
    unknown("keep_original_before_13", "ignored", "refused honoured",
            "KeepOriginalVM in a request to a product that has it in no schema: the original is overwritten all the "
            "same, 400, or it is kept"),
    unknown("keep_original_hyper_v", "honoured", "ignored refused",
            "KeepOriginalVM for a machine of Hyper-V, from 13 on"),
    unknown("keep_with_rollback", "http_400", "http_500 task_failed session_failed accepted",
            "KeepOriginalVM and QuickRollback are both true, which the documentation excludes (accepted: it is kept)"),
    unknown("kept_machine_name", "suffix", "same stamped",
            "name of the machine that stands beside its original: `web01_restored`, the same, `web01_20260109081204`"),
    unknown("restore_without_body", "off", "on as_before",
            "power of a machine after a restore whose request says nothing of it"),
    unknown("restore_of_running_machine", "accepted", "http_400 http_500 task_failed session_failed",
            "restore in place of a machine that is on (accepted: it is powered off)"),
    unknown("restore_of_missing_machine", "accepted", "http_400 http_500 task_failed session_failed",
            "restore of a machine that is not there any more (accepted: it is made anew, with another reference)"),
    unknown("restore_during_backup", "accepted", "http_400 http_500 task_failed session_failed",
            "restore of a machine that a run is working on"),
    unknown("second_restore", "task_failed", "http_400 http_500 session_failed accepted",
            "restore of a machine of which another restore is under way"),
    unknown("restore_of_unready_point", "task_failed", "http_400 http_500 session_failed accepted",
            "restore from a point that is not ready"),
    unknown("restore_target_refused", "task_failed", "http_400 http_500 session_failed",
            "restore to Cloud Director with a hierarchy root or vApp that is not there, or a point that does not fit"),
    unknown("portal_user_restore", "refused", "accepted",
            "restore of a machine by a Portal User: 403 as the table of roles says, or done as the guides do"),
    unknown("failed_restore_leaves", "original", "broken",
            "what a restore in place that fails leaves: the machine as it was, or one that is off and broken"),
    unknown("vapp_restore_type", "RestoreVm", "RestoreVApp",
            "JobType of the session of a vApp's restore"),
    Switch("show_new_machine_after", "0", "when lookups find a machine that a restore has made: number of lookups, "
           "`5s`", parse=lookups, unknown=True),
    unknown("catalog_browse", "202", "200",
            "status of the answer to `action=browse` in the catalog, for which two are documented; a client of 9.x "
            "goes on after 200 alone"),
    unknown("catalog_file", "entry", "http_501",
            "GET of a file in the catalog: its entry, or 501, as a client of 9.x quotes it"),
)  # fmt: skip
