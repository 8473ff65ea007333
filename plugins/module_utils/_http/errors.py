# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors that know how to show themselves: every one turns into the keys of a failed result."""

from __future__ import annotations

import typing as t


class VeeamError(Exception):
    """A failure with one sentence for the user.

    msg: one sentence (or a few): what happened to which object, and what to do.
    facts: further keys of the failed result, such as changed, job, task.
    """

    def __init__(self, msg: str, **facts: t.Any) -> None:
        super().__init__(msg)
        self.msg = msg
        self.facts = facts

    def result(self) -> dict[str, t.Any]:
        """The keys of the failed result."""
        return {"changed": False, **self.facts, "msg": self.msg}


class OptionError(VeeamError):
    """An option that cannot be used as it was given."""


class MissingLibrary(VeeamError):
    """A Python library is missing where the module runs."""

    def __init__(self, library: str, trace: str) -> None:
        from ansible.module_utils.basic import missing_required_lib

        super().__init__(missing_required_lib(library), exception=trace)


class NotFound(VeeamError):
    """A job or repository that the task names is not there, or more than one is."""


class ExchangeError(VeeamError):
    """An HTTP exchange without a usable answer.

    request: "METHOD /path", without query string.
    status: HTTP status, None where no answer came.
    message: what the server said, None where it said nothing readable.
    kind: a word of the retry table: "not_sent", "no_answer", "bad_answer" or "status".
    permanent: a repetition cannot help (certificate, unknown host, redirect).
    cut_short: it was the deadline that ended it, so it tells little of the server.
    hint: a sentence on what to do, which follows msg.
    """

    kind = "status"

    def __init__(
        self,
        msg: str,
        request: str,
        status: int | None = None,
        message: str | None = None,
        permanent: bool = False,
        retry_after: float | None = None,
        cut_short: bool = False,
        hint: str = "",
        **facts: t.Any,
    ) -> None:
        super().__init__(msg + " " + hint if hint else msg, **facts)
        #: msg as a part of another sentence: without the request before it, the hint and the full stop after it.
        self.reason = msg.removeprefix(f"{request}: ").rstrip(".")
        self.request = request
        self.status = status
        self.message = message
        self.permanent = permanent
        self.retry_after = retry_after
        self.cut_short = cut_short
        self.hint = hint

    def result(self) -> dict[str, t.Any]:
        error = {"request": self.request, "status": self.status, "message": self.message}
        return {"error": error, **super().result()}


class NotSent(ExchangeError):
    """The connection failed before a single byte of the request was sent."""

    kind = "not_sent"


class NoAnswer(ExchangeError):
    """The request was sent, wholly or in part, and no complete answer came back."""

    kind = "no_answer"


class BadAnswer(ExchangeError):
    """An answer came, but it is not what the API answers (HTML, cut, garbage, too large, redirect)."""

    kind = "bad_answer"


class Refused(ExchangeError):
    """The server answered with an error status.

    from_api: the API itself answered (with its own error document), not a proxy in front of it.
    """

    def __init__(self, msg: str, request: str, status: int, from_api: bool = False, **more: t.Any) -> None:
        super().__init__(msg, request, status, **more)
        self.status: int = status
        self.from_api = from_api


class Unauthorized(Refused):
    """HTTP 401: the credentials are wrong, or the logon session is over."""


class Forbidden(Refused):
    """HTTP 403: the account's role may not do this."""


def telling(error: ExchangeError, before: ExchangeError | None) -> ExchangeError:
    """The one of the two that says more: what the server did, rather than that the time was up."""
    return before if error.cut_short and before is not None else error


def own_mistake(error: Exception) -> str:
    """The sentence for an error that nothing but a mistake in this collection can raise."""
    return f"An error in this collection, please report it: {type(error).__name__}: {str(error).rstrip('.')}."


#: Stands where a text was cut off: what comes before it may be the beginning of a secret.
CUT = "\u2026"


def shortened(text: str, limit: int) -> str:
    """What a server said, fit for a sentence."""
    return text if len(text) <= limit else text[:limit] + CUT


def counted(number: int, word: str) -> str:
    """How many, for a sentence; word: in the singular."""
    return f"{number} {word}{'' if number == 1 else 's'}"


class Interrupted(BaseException):
    """A signal stops the run. Not an Exception, so that nothing on the way out swallows it."""

    def __init__(self, signal_number: int, signal_name: str) -> None:
        super().__init__(signal_name)
        self.signal_number = signal_number
        self.signal_name = signal_name
        #: Names of what had been sent by then, and the sentence on that.
        self.sent: list[str] = []
        self.sentence = ""

    def result(self) -> dict[str, t.Any]:
        """The keys of the failed result."""
        return {
            "changed": bool(self.sent),
            "msg": (
                f"Stopped by {self.signal_name}; a session that the task opened was closed. {self.sentence}".rstrip()
            ),
        }
