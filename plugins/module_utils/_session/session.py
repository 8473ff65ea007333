# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""veeam_session: its options and its flow. The one run that leaves a logon session open, or closes one it was given."""

from __future__ import annotations

import typing as t

from .._em.wire import GUID
from .._http.effects import Flow, Progress, Tell
from .._http.errors import OptionError
from .._module.connection import ConnectionSettings, connection_settings, connection_spec
from .._module.run import Run
from .._module.spec import merged

SPEC = merged(
    connection_spec(),
    {
        "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
        "logon_session_id": {"type": "str", "no_log": True},
    },
)


class Settings(t.NamedTuple):
    """The checked options. to_close: id of the logon session to close, None where one is to be opened."""

    connection: ConnectionSettings
    to_close: str | None

    @property
    def wait_timeout(self) -> float:
        # A logon may be tried three times.
        return 4 * self.connection.endpoint.timeout


def settings(params: dict[str, t.Any]) -> Settings:
    """Check the options as far as that goes without a server. Raises OptionError."""
    token, session = params.get("session_id") or None, params.get("logon_session_id") or None
    if params["state"] == "present":
        for option, given in (("session_id", token), ("logon_session_id", session)):
            if given is not None:
                raise OptionError(
                    f"{option}: names a logon session that is open already; leave it out to open one, or set "
                    "state to absent "
                    "to close it."
                )
    elif token is None or session is None:
        missing = "session_id" if token is None else "logon_session_id"
        raise OptionError(f"{missing}: is missing; closing a session takes session_id and logon_session_id.")
    if session is not None and not GUID.fullmatch(session):
        raise OptionError("logon_session_id: is not the id of a logon session, which is a GUID.")
    return Settings(connection_settings(params), session)


def flow(run: Run) -> Flow[dict[str, t.Any]]:
    """The whole run; the same in check mode, so that the other tasks of a play have a session there too."""
    chosen: Settings = run.chosen
    if chosen.to_close is not None:
        closed = yield from run.session.close_given(chosen.to_close)
        msg = "Closed the logon session." if closed else "The logon session was closed already."
        return {"changed": closed, "msg": msg}
    try:
        yield from run.session.open()
        yield from run.session.close_others()
        # A run that was stopped while it logged on ends here, and does not leave the session behind.
        yield Tell(Progress(1, 0, 0, 1))
    except BaseException:
        yield from run.session.close()
        raise
    token, session = run.session.hand_over()
    return {
        "changed": True,
        "session_id": token,
        "logon_session_id": session,
        "msg": f"Opened a logon session on {chosen.connection.endpoint.hostname}. It ends after 15 idle minutes.",
    }
