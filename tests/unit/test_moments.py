# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Moments and durations: what is read, what is refused and how, and that what is written is read as the same."""

from __future__ import annotations

import datetime
import email.utils
import time
import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._em import moments as _moments
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import OptionError
from ansible_collections.backupops.veeam.plugins.module_utils._module import times as _times
from hypothesis import given
from hypothesis import strategies as st

#: 2026-01-06 10:05 UTC.
MORNING = 1767693900


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:00:00Z", 0.0),
        ("1970-01-01t00:00:00z", 0.0),
        ("1970-01-02T00:00:00", 86400.0),
        ("1970-01-01T00:00:01.5Z", 1.5),
        ("1970-01-01T00:00:01.Z", 1.0),
        ("1970-01-01T00:00:00.0000001Z", 1e-7),
        ("1970-01-01T02:00:00.5+02:00", 0.5),
        ("1970-01-01T00:00:00-01:30", 5400.0),
        ("1970-01-01T00:00:00-0130", 5400.0),
        ("1970-01-01T00:01Z", 60.0),
        ("2026-01-06 10:05:00", float(MORNING)),
        ("2026-01-06 11:05:00+01:00", float(MORNING)),
        ("2026-13-06T10:05:00Z", None),
        ("2026-02-30T10:05:00Z", None),
        ("2026-01-06T24:05:00Z", None),
        ("2026-01-06", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_moments(text: str | None, expected: float | None) -> None:
    assert _moments.read(text) == (pytest.approx(expected) if expected is not None else None)


@given(
    st.datetimes(
        datetime.datetime(1970, 1, 1), datetime.datetime(9999, 12, 31), timezones=st.just(datetime.timezone.utc)
    )
)
def test_what_is_written_is_read_as_the_same(moment: datetime.datetime) -> None:
    seconds = int(moment.timestamp())
    text = _moments.write(seconds)
    assert _moments.read(text) == seconds
    assert datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() == seconds
    assert _moments.read_date(email.utils.formatdate(seconds, usegmt=True)) == seconds


def test_a_date_without_a_zone_is_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert _moments.read_date("Tue, 06 Jan 2026 10:05:00") == MORNING
        assert _moments.read_date("Tue, 06 Jan 2026 10:05:00 GMT") == MORNING
        assert _moments.read("2026-01-06T10:05:00") == MORNING
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("text", [None, "", "soon", "Tue, 99 Jan 2026 10:05:00 GMT", "0"])
def test_no_date(text: str | None) -> None:
    assert _moments.read_date(text) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("30s", 30), ("15m", 900), ("4h", 14400), ("2d", 172800), ("1w", 604800), (" 4h ", 14400)],
)
def test_durations(text: str, seconds: int) -> None:
    assert _times.duration("within", text) == seconds


@pytest.mark.parametrize(
    "text", ["", "h", "-1h", "1.5h", "4 h", "4H", "1h30m", "True", "four", "99999999999", "\u0664h"]
)
def test_what_is_no_duration_is_refused_in_words_that_help(text: str) -> None:
    with pytest.raises(OptionError) as caught:
        _times.duration("within", text, "machines[2].")
    assert caught.value.msg.startswith(f"machines[2].within: {text} is not a duration. Write seconds")
    assert '"4h"' in caught.value.msg


def test_durations_have_limits() -> None:
    assert _times.duration("within", "36525d") == _moments.LONGEST
    with pytest.raises(OptionError, match="^within: 36526d is longer than 100 years.$"):
        _times.duration("within", "36526d")
    with pytest.raises(OptionError, match="^within: has to be longer than 0 seconds.$"):
        _times.duration("within", "0h")


def test_a_moment_has_to_say_in_which_zone() -> None:
    assert _times.moment("as_of", "2026-01-06T11:05:00+01:00") == MORNING
    for text in ("2026-01-06T11:05:00", "2026-01-06 11:05"):
        with pytest.raises(OptionError) as caught:
            _times.moment("as_of", text)
        assert caught.value.msg.startswith(f"as_of: {text} does not say in which time zone. Append Z for UTC")
    with pytest.raises(OptionError, match="^as_of: yesterday is not a moment. Write it in ISO 8601"):
        _times.moment("as_of", "yesterday")


def test_a_moment_or_how_long_before_now() -> None:
    now = 1_800_000_000.0
    assert _times.when("created_after", "2026-01-06T10:05Z").at(now) == MORNING
    assert _times.when("created_after", "2d").at(now) == now - 172800
    assert _times.when("created_after", "90").at(now) == now - 90
    for text, words in (
        ("0", "longer than 0"),
        ("2026-01-06T10:05", "time zone"),
        ("soon", "neither a moment nor a duration"),
    ):
        with pytest.raises(OptionError, match=f"^created_after: .*{words}"):
            _times.when("created_after", text)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0 seconds"),
        (0, "0 seconds"),
        (1.9, "1 second"),
        (59, "59 seconds"),
        (60, "1 minute"),
        (3599, "59 minutes"),
        (3600, "1 hour"),
        (2 * 86400 - 1, "47 hours"),
        (2 * 86400, "2 days"),
        (400 * 86400, "400 days"),
    ],
)
def test_durations_in_words(seconds: float, words: str) -> None:
    assert _moments.in_words(seconds) == words


def test_yaml_makes_a_date_of_what_is_not_in_quotes() -> None:
    """Ansible turns it into text again on its way into an option of type str."""
    import yaml

    loaded: t.Any = yaml.safe_load("as_of: 2026-01-06T11:05:00+01:00")["as_of"]
    assert _times.moment("as_of", str(loaded)) == MORNING


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-01-05T10:05:00.659559Z", "2026-01-05T10:05:00Z"),
        ("2026-01-05T11:05:00.5+01:00", "2026-01-05T10:05:00Z"),
        ("2026-01-05T10:05:00", "2026-01-05T10:05:00Z"),
        ("yesterday", "yesterday"),
        ("", "an unknown time"),
        (None, "an unknown time"),
    ],
)
def test_a_moment_in_a_sentence_is_in_whole_seconds(text: str | None, said: str) -> None:
    assert _moments.in_sentence(text) == said
