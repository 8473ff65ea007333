# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A local stand-in for the REST API of Veeam Backup Enterprise Manager, for tests of clients and playbooks."""

from .control.console import Console, ConsoleError
from .control.hypervisor import Hypervisor
from .control.views import JobView, MachineView, PointView, RestoreSessionView, SessionView, TaskSessionView, TaskView
from .doors.memory import Exchange, MemoryConnection
from .emulator import Emulator
from .estate.history import JobChange
from .estate.machines import MachineError, MachineEvent
from .estate.run_plans import RunError
from .estate.state import StateError
from .tester.clock import Clock, ManualClock, OffsetClock, SystemClock
from .tester.faults import FaultError
from .tester.journal import Entry

__all__ = [
    "Clock", "Console", "ConsoleError", "Emulator", "Entry", "Exchange", "FaultError", "Hypervisor", "JobChange",
    "JobView", "MachineError", "MachineEvent", "MachineView", "ManualClock", "MemoryConnection", "OffsetClock",
    "PointView", "RestoreSessionView", "RunError", "SessionView", "StateError", "SystemClock", "TaskSessionView",
    "TaskView",
]  # fmt: skip
__version__ = "1.2.0"
