# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The resource types of EM, declared once for both representations.

Sources: em_rest pages jobs_id, get_jobs_id, jobinfo, jobscheduleoptions, tasks_id, repositories_id, backupservers_id,
jobs_id_includes, hierarchyroots_id, lookup_query and resource_representation_for_ke.

The values of a resource are a plain dict, field name -> value, see ``resources/``. A type says in which order XML
writes them (Links, then elements; attributes before) and JSON (own elements, own attributes, then what the base gives).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """One element or attribute.

    kind: ``value`` (text, number, boolean), ``object`` (nested type), ``list`` (wrapper element with items, in JSON an
    object with one array), ``items`` (the items without a wrapper, in JSON an array), ``repeat`` (element repeated,
    bare array in JSON), ``paths`` (list of Path), ``links``, ``time`` (clock and UTC offset), ``content`` (text of the
    element itself), ``json`` (JSON only; constant where the values have none), ``xml`` (XML only).
    also: another name in JSON requests. sparse: left out where it has no value, also by products that write nulls.
    """

    name: str
    kind: str = "value"
    of: Type | None = None
    item: str = ""
    plural: str = ""
    json_name: str = ""
    constant: object = None
    also: str = ""
    sparse: bool = False

    @property
    def key(self) -> str:
        return self.json_name or self.name


@dataclass(frozen=True)
class Type:
    """base: ``entity``, ``reference``, ``resource`` or empty; it adds Links, Href, Type (and Name, UID)."""

    elements: tuple[Field, ...] = ()
    attributes: tuple[Field, ...] = ()
    base: str = ""


def fields(*names: str) -> tuple[Field, ...]:
    """Plain values of these names."""
    return tuple(Field(name) for name in names)


def list_of(name: str, item: str, of: Type, plural: str = "") -> Field:
    return Field(name, "list", of, item=item, plural=plural or item + "s")


# Values that requests may give as text (XML always does)
BOOLEANS = frozenset(
    {
        "Enabled", "RetrySpecified", "WaitForBackupCompletion", "IsCopyOnly", "UsePersistentGuestAgent",
        "UseDbBackupRetention", "BackupLogsEnabled", "ProxyAutoSelect",
    }
)  # fmt: skip
INTEGERS = frozenset(
    {
        "RetryTimes", "RetryTimeout", "BackupCompetitionWaitingPeriodMin", "TimeOffsetUtc", "FullPeriod",
        "RetentionPeriod", "RetainCycles", "RetainDaysToKeep", "BackupLogsFrequencyMin", "RetainDays", "BackupScope",
        "ArchivedLogsMaxAgeHours", "ArchivedLogsMaxSizeMb", "RecoveryPointObjectiveSeconds",
        "RecoveryPointObjectiveMinutes", "RPOThresholdSeconds", "RPOThresholdMinutes", "ShortTermRetentionMinutes",
        "ShortTermRetentionHours", "LongTermRetentionHours", "LongTermRetentionKeepDays",
    }
)  # fmt: skip

ENABLED = fields("Enabled")
DAY = Type((Field("Value", "content"),), fields("Name"))
# JSON prints the attribute before the text here: {"Name": ..., "Value": ...}
REFERENCE = Type(base="reference")

RETRY_OPTIONS = Type((Field("RetryTimes"), Field("RetryTimeout"), Field("RetrySpecified", json_name="RetrySpecified1")))


def _daily(time: Field) -> Type:
    return Type((Field("Kind"), Field("Days", "repeat"), time, Field("TimeOffsetUtc")), ENABLED)


OPTIONS_MONTHLY = Type(
    (
        Field("Time", "time", constant="offset"),
        Field("TimeOffsetUtc"),
        Field("DayNumberInMonth"),
        Field("DayOfWeek"),
        Field("Months", "repeat"),
        Field("DayOfMonth"),
    ),
    ENABLED,
)
OPTIONS_PERIODICALLY = Type((Field("Kind"), Field("FullPeriod"), list_of("Schedule", "Day", DAY)), ENABLED)
OPTIONS_CONTINUOUS = Type((list_of("Schedule", "Day", DAY),), ENABLED)
OPTIONS_BACKUP_WINDOW = Type((list_of("TimePeriods", "Day", DAY),), ENABLED)
OPTIONS_DAISY_CHAINING = Type(fields("PreviousJobUid"), ENABLED)


def _standart(daily: Type) -> Type:
    return Type(
        (
            Field("RetryOptions", "object", RETRY_OPTIONS),
            Field("WaitForBackupCompletion"),
            Field("BackupCompetitionWaitingPeriodMin"),
            Field("OptionsDaily", "object", daily),
            Field("OptionsMonthly", "object", OPTIONS_MONTHLY),
            Field("OptionsPeriodically", "object", OPTIONS_PERIODICALLY),
            Field("OptionsContinuous", "object", OPTIONS_CONTINUOUS),
            Field("OptionsBackupWindow", "object", OPTIONS_BACKUP_WINDOW),
            Field("OptionsDaisyChaining", "object", OPTIONS_DAISY_CHAINING),
        )
    )


STANDART = _standart(_daily(Field("Time", "time")))
IMMEDIATE_COPY_MODE = Type((Field("OptionsContinuous", "object", OPTIONS_CONTINUOUS),))
JOB_SCHEDULE_OPTIONS = Type(
    (
        Field("Standart", "object", STANDART),
        Field("ImmediateCopyMode", "object", IMMEDIATE_COPY_MODE),
        Field("Links", "json"),
        Field("Href", "json", constant=""),
    )
)
# Of jobs that are no VM jobs: the time of a daily schedule has its offset (recorded, 10)
OTHER_SCHEDULE_OPTIONS = Type(
    (
        Field("Standart", "object", _standart(_daily(Field("Time", "time", constant="offset")))),
        Field("ImmediateCopyMode", "object", IMMEDIATE_COPY_MODE),
        *(Field(name, "json") for name in ("Links", "Href", "Type")),
    )
)

# since REST 1.7
PERSISTENT_AGENT = Field("UsePersistentGuestAgent", sparse=True)
VSS_SNAPSHOT_OPTIONS = Type((*fields("VssSnapshotMode", "IsCopyOnly"), PERSISTENT_AGENT))
FS_INDEXING_OPTIONS = Type(
    (
        Field("FileSystemIndexingMode"),
        Field("IncludedIndexingFolders", "paths"),
        Field("ExcludedIndexingFolders", "paths"),
    )
)
SQL_BACKUP_OPTIONS = Type(
    fields("TransactionLogsProcessing", "BackupLogsFrequencyMin", "UseDbBackupRetention", "RetainDays")
)
FS_FILE_EXCLUDE_OPTIONS = Type(
    (
        Field("BackupScope"),
        Field("IncludeList", "paths", json_name="IncludeLists"),
        Field("ExcludeList", "paths", json_name="ExcludeLists"),
    )
)
ORACLE_BACKUP_OPTIONS = Type(
    fields(
        "BackupLogsEnabled",
        "BackupLogsFrequencyMin",
        "UseDbBackupRetention",
        "RetainDays",
        "ArchivedLogsTruncation",
        "ArchivedLogsMaxAgeHours",
        "ArchivedLogsMaxSizeMb",
        "SysdbaCredsId",
        "ProxyAutoSelect",
    )
)
GUEST_PROCESSING_OPTIONS = Type(
    (
        # the first five are those of version 8; one printed request still has them
        Field("AppAwareProcessingMode"),
        Field("FileSystemIndexingMode"),
        Field("IncludedIndexingFolders", "paths"),
        Field("ExcludedIndexingFolders", "paths"),
        Field("CredentialsId"),
        Field("VssSnapshotOptions", "object", VSS_SNAPSHOT_OPTIONS),
        Field("WindowsGuestFSIndexingOptions", "object", FS_INDEXING_OPTIONS),
        Field("LinuxGuestFSIndexingOptions", "object", FS_INDEXING_OPTIONS),
        Field("SqlBackupOptions", "object", SQL_BACKUP_OPTIONS),
        Field("WindowsCredentialsId"),
        Field("LinuxCredentialsId"),
        Field("FSFileExcludeOptions", "object", FS_FILE_EXCLUDE_OPTIONS, also="FsFileExcludeOptions"),
        Field("OracleBackupOptions", "object", ORACLE_BACKUP_OPTIONS),
    )
)
# Of CDP policies
CDP_GUEST = Type(
    (
        Field("VssSnapshotOptions", "object", VSS_SNAPSHOT_OPTIONS),
        *fields("WindowsCredentialsId", "LinuxCredentialsId"),
    )
)
_RPO_LIMIT = Type(fields("Enabled", "RPOThresholdSeconds", "RPOThresholdMinutes"))
CDP_SCHEDULE = Type(
    (
        *fields("RecoveryPointObjectiveSeconds", "RecoveryPointObjectiveMinutes"),
        Field("RPOSchedule", "object", OPTIONS_BACKUP_WINDOW),
        Field(
            "RPOReporting",
            "object",
            Type(tuple(Field(name, "object", _RPO_LIMIT) for name in ("MarkAsWarning", "MarkAsFailed"))),
        ),
        *fields(
            "ShortTermRetentionMinutes",
            "ShortTermRetentionHours",
            "LongTermRetentionHours",
            "LongTermRetentionKeepDays",
        ),
        Field("LongTermRetentionSchedule", "object", OPTIONS_BACKUP_WINDOW),
    )
)
OBJECT_IN_JOB = Type(
    (
        Field("ObjectInJobId"),
        Field("HierarchyObjRef"),
        Field("Name"),
        Field("DisplayName"),
        Field("Order", sparse=True),  # up to REST 1.6
        Field("GuestProcessingOptions", "object", GUEST_PROCESSING_OPTIONS),
    ),
    base="resource",
)
LINKED_JOB_OBJECT = Type(fields("ObjectInJobId", "LinkedJobUid"), base="resource")
LINKED_BACKUP = Type(fields("ObjectInJobId", "LinkedBackupUid"), base="resource")
LINKED_BACKUP_REPOSITORY = Type(fields("ObjectInJobId", "LinkedBackupRepositoryUid"), base="resource")
ADVANCED_STORAGE_OPTIONS = Type(fields("PasswordKeyId"))
GFS_RETENTION_POLICY = Type(
    (
        Field("Weekly", "object", Type(fields("Enabled", "RetentionPeriod", "SelectedDay"))),
        Field("Monthly", "object", Type(fields("Enabled", "RetentionPeriod", "SelectedWeek"))),
        Field("Yearly", "object", Type(fields("Enabled", "RetentionPeriod", "SelectedMonth"))),
    ),
    ENABLED,
)
SIMPLE_RETENTION_POLICY = Type(fields("RetainCycles", "RetainDaysToKeep", "RetainLimitType"))

INCLUDES = list_of("Includes", "ObjectInJob", OBJECT_IN_JOB)
GUEST = Field("GuestProcessingOptions", "object", GUEST_PROCESSING_OPTIONS)
STORAGE = Field("AdvancedStorageOptions", "object", ADVANCED_STORAGE_OPTIONS)
LINKED_JOBS = list_of("LinkedJobIncludes", "LinkedJobObject", LINKED_JOB_OBJECT)
LINKED_BACKUPS = list_of("LinkedBackupIncludes", "LinkedBackup", LINKED_BACKUP)
LINKED_REPOSITORIES = list_of(
    "LinkedBackupRepositoryIncludes", "LinkedBackupRepository", LINKED_BACKUP_REPOSITORY, "LinkedBackupRepositories"
)

BACKUP_JOB_INFO = Type(
    (
        INCLUDES,
        GUEST,
        STORAGE,
        Field("GfsRetentionPolicy", "object", GFS_RETENTION_POLICY, sparse=True),
        Field("SimpleRetentionPolicy", "object", SIMPLE_RETENTION_POLICY, sparse=True),
    )
)
REPLICA_JOB_INFO = Type((INCLUDES, GUEST))
BACKUP_COPY_JOB_INFO = Type((INCLUDES, LINKED_JOBS, STORAGE, LINKED_BACKUPS))
IMMEDIATE_BACKUP_COPY_JOB_INFO = Type((LINKED_JOBS, LINKED_BACKUPS, LINKED_REPOSITORIES))
JOB_INFO = Type(
    (
        Field("BackupJobInfo", "object", BACKUP_JOB_INFO),
        Field("FileCopyJobInfo", "json"),
        Field("ReplicaJobInfo", "object", REPLICA_JOB_INFO),
        Field("BackupCopyJobInfo", "object", BACKUP_COPY_JOB_INFO),
        Field("ImmediateBackupCopyJobInfo", "object", IMMEDIATE_BACKUP_COPY_JOB_INFO),
    )
)
JOB = Type(
    (
        Field("JobType"),
        Field("Platform"),
        Field("Description"),
        Field("ScheduleConfigured"),
        Field("ScheduleEnabled"),
        Field("NextRun"),
        Field("JobScheduleOptions", "object", JOB_SCHEDULE_OPTIONS),
        Field("JobInfo", "object", JOB_INFO),
    ),
    base="entity",
)
REPOSITORY = Type(fields("Capacity", "FreeSpace", "Kind"), base="entity")
BACKUP_SERVER = Type(fields("Description", "Port", "Version", "WcfPort", "VbrCertificateThumbprint"), base="entity")
HIERARCHY_ROOT = Type(fields("HierarchyRootId", "UniqueId", "HostType"), base="entity")
HIERARCHY_ITEM = Type(fields("ObjectRef", "ObjectType", "ObjectName"), base="resource")
LOGON_SESSION = Type(fields("UserName", "SessionId"), base="resource")
RESULT = Type(fields("Message"), fields("Success"))
# The 9.x schema has two attributes more; nobody has seen them in JSON
RESULT_9 = Type(RESULT.elements, (*RESULT.attributes, *fields("CredentialsNeeded", "ConfirmationNeeded")))


def _task(result: Type) -> Type:
    return Type((*fields("TaskId", "State", "Operation"), Field("Result", "object", result)), base="resource")


TASK, TASK_9 = _task(RESULT), _task(RESULT_9)
PAGING_INFO = Type((Field("Links", "links"),), fields("PageNum", "PageSize", "PagesCount"))
SUPPORTED_VERSION = Type((Field("Links", "links"),), fields("Name"))
ENTERPRISE_MANAGER = Type((list_of("SupportedVersions", "SupportedVersion", SUPPORTED_VERSION),), base="resource")
SERVICE = Type(base="resource")
ERROR = Type(
    fields("FirstChanceExceptionMessage", "StackTrace"),
    fields("Message", "StatusCode", "Status"),
)
