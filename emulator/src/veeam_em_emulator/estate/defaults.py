# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that a job has unless the state file says otherwise: schedule, guest processing, retention.

The values are those of the bodies printed in em_rest get_jobs_id and resource_representation_for_ke.
They are shared between jobs; an edit replaces them by changed copies.
"""

from __future__ import annotations

from typing import Any, NamedTuple

WEEK = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


class ClockTime(NamedTuple):
    """A time of day: clock with offset in XML, a full date-time in JSON (resource_representation_for_ke)."""

    clock: str = "22:00:00"
    offset: int = 1
    date: str = "2026-01-05"

    def _zone(self) -> str:
        return f"{'-' if self.offset < 0 else '+'}{abs(self.offset):02d}:00"

    def xml(self) -> str:
        return f"{self.clock}.0000000{self._zone()}"

    def utc(self) -> str:
        """The date means nothing."""
        hours, _unused, rest = self.clock.partition(":")
        return f"{self.date}T{(int(hours) - self.offset) % 24:02d}:{rest}Z"

    def json(self, with_offset: bool) -> str:
        return f"{self.date}T{self.clock}" + (self._zone() if with_offset else "")


EVERY_HOUR = ",".join("1" * 24)
FULL_WEEK = [{"Name": day, "Value": EVERY_HOUR} for day in WEEK]
CONTINUOUS: dict[str, Any] = {"Schedule": FULL_WEEK}

STANDARD_SCHEDULE: dict[str, Any] = {
    "Standart": {
        "RetryOptions": {"RetryTimes": 3, "RetryTimeout": 10, "RetrySpecified": True},
        "WaitForBackupCompletion": True,
        "BackupCompetitionWaitingPeriodMin": 180,
        "OptionsDaily": {
            "Kind": "Everyday", "Days": WEEK, "Time": ClockTime(), "TimeOffsetUtc": 1, "Enabled": True,
        },
        "OptionsMonthly": {
            "Time": ClockTime(), "TimeOffsetUtc": 1, "DayNumberInMonth": "Fourth", "DayOfWeek": "Saturday",
            "Months": MONTHS, "DayOfMonth": 1, "Enabled": False,
        },
        "OptionsPeriodically": {"Kind": "Hours", "FullPeriod": 1, "Schedule": FULL_WEEK, "Enabled": False},
        "OptionsContinuous": {**CONTINUOUS, "Enabled": False},
        "OptionsBackupWindow": {"TimePeriods": FULL_WEEK, "Enabled": False},
        "OptionsDaisyChaining": {"PreviousJobUid": "", "Enabled": False},
    }
}  # fmt: skip
IMMEDIATE_SCHEDULE: dict[str, Any] = {"ImmediateCopyMode": {"OptionsContinuous": {**CONTINUOUS, "Enabled": True}}}


def _guest(vss: str, indexing: str, windows: tuple[str, ...], linux: tuple[str, ...]) -> dict[str, Any]:
    return {
        "VssSnapshotOptions": {"VssSnapshotMode": vss, "IsCopyOnly": False},
        "WindowsGuestFSIndexingOptions": {
            "FileSystemIndexingMode": indexing, "IncludedIndexingFolders": (), "ExcludedIndexingFolders": windows,
        },
        "LinuxGuestFSIndexingOptions": {
            "FileSystemIndexingMode": indexing, "IncludedIndexingFolders": (), "ExcludedIndexingFolders": linux,
        },
        "SqlBackupOptions": {
            "TransactionLogsProcessing": "OnlyOnSuccessJob", "BackupLogsFrequencyMin": 15,
            "UseDbBackupRetention": True, "RetainDays": 15,
        },
        "WindowsCredentialsId": "",
        "LinuxCredentialsId": "",
    }  # fmt: skip


def daily_at(clock: str, offset: int = 1) -> dict[str, Any]:
    """The standard schedule at another time of day (``01:30``)."""
    standard = STANDARD_SCHEDULE["Standart"]
    daily = {**standard["OptionsDaily"], "Time": ClockTime(f"{clock}:00", offset), "TimeOffsetUtc": offset}
    return {"Standart": {**standard, "OptionsDaily": daily}}


GUEST_OF_JOB = _guest("Disabled", "Disabled", (), ())
GUEST_OF_OBJECT = _guest(
    "RequireSuccess",
    "ExceptSpecifiedFolders",
    ("%windir%", "%ProgramFiles%", "%TEMP%"),
    ("/cdrom", "/dev", "/media", "/mnt", "/proc", "/tmp", "/lost+found"),
)
# Of agent jobs and what is in them
GUEST_OF_AGENT_JOB = _guest("RequireSuccess", "Disabled", (), ())
GUEST_OF_COMPUTER = _guest("RequireSuccess", "ExceptSpecifiedFolders", ("%windir%", "%TEMP%"), ("/proc", "/tmp"))
NO_CREDENTIALS = "00000000-0000-0000-0000-000000000000"
# What is read back of an object that was added without any options
GUEST_OF_ADDED = {
    **_guest("Disabled", "Disabled", (), ()),
    "WindowsCredentialsId": NO_CREDENTIALS,
    "LinuxCredentialsId": NO_CREDENTIALS,
}
STORAGE: dict[str, Any] = {"PasswordKeyId": ""}
GFS: dict[str, Any] = {
    "Weekly": {"Enabled": False, "RetentionPeriod": 1, "SelectedDay": "Sunday"},
    "Monthly": {"Enabled": False, "RetentionPeriod": 1, "SelectedWeek": "First"},
    "Yearly": {"Enabled": False, "RetentionPeriod": 1, "SelectedMonth": "January"},
    "Enabled": False,
}
RETENTION: dict[str, Any] = {"RetainCycles": 7, "RetainDaysToKeep": 7, "RetainLimitType": "Days"}
