# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the variables of playbooks and roles mean in each spelling: as text, and as what YAML makes of that."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from ansible_collections.backupops.veeam.plugins.filter.each_with import each_with
from ansible_collections.backupops.veeam.plugins.filter.given import given
from ansible_collections.backupops.veeam.plugins.module_utils._em import moments
from ansible_collections.backupops.veeam.plugins.plugin_utils._answers import (
    HEADING,
    is_blank,
    is_changed_by_yaml,
    quoted,
    read_all,
    unquoted,
    without_blanks,
)
from helpers.surveys import resolved

BLANKS = [None, "", " ", "\n", " \r\n\t", "(blank)", "(blank: the job has to exist)", HEADING, f"{HEADING}\n"]


def read(kind: str, value: Any) -> Any:
    """The value of a variable that was understood."""
    found = read_all({"v": kind}, {"v": value})
    assert found["refused"] == []
    return found["v"]


def refused(kind: str, value: Any) -> str:
    """The one sentence for a variable that was not."""
    found = read_all({"v": kind}, {"v": value})
    assert found["v"] in (None, [], {}), found
    (sentence,) = found["refused"]
    assert sentence.startswith(("v: ", "v, ")), sentence
    assert sentence.endswith("."), sentence
    return sentence


# -- blank ---------------------------------------------------------------------------------------------------------

NOTHING = {
    "name": None, "new name": None, "text": None, "time": None, "number": None, "yes or no": None, "anything": None,
    "ids": None, "jobs": None, "clones": None, "names": [], "new names": [], "words": [], "runs": [], "hrefs": {},
    "machines": [], "points": {}, "moment": None, "duration": None,
}  # fmt: skip


@pytest.mark.parametrize("kind", NOTHING)
def test_absent_blank_and_null_are_the_same(kind: str) -> None:
    nothing = {"v": NOTHING[kind], "refused": [], "unsure": []}
    assert read_all({"v": kind}, {}) == nothing
    for blank in BLANKS:
        assert read_all({"v": kind}, {"v": blank}) == nothing, blank


@pytest.mark.parametrize("value", [0, False, [], {}, "blank", "(blank", "(blanks)", "(old) Web", "None", "a\n(blank)"])
def test_what_is_not_blank(value: Any) -> None:
    assert not is_blank(value)
    assert given(value, "other") == value


def test_blanks_inside() -> None:
    """A dictionary of blanks alone is blank, and does not become the empty one, which turns things off."""
    value = {"a": "", "b": {"c": None, "d": " "}, "e": {}, "f": [{"g": ""}, {"h": 1, "i": None}], "j": {"k": {"l": ""}}}
    kept = {"e": {}, "f": [{}, {"h": 1}]}
    assert without_blanks(value) == kept
    assert given(value, "other") == kept
    assert given({"times": "", "wait": None}, "other") == "other"
    assert given({}, "other") == {}
    assert given([{"name": "a", "enabled": ""}], "other") == [{"name": "a"}]


def test_a_filter_for_each() -> None:
    assert each_with(["a", "b"], "name", {"type": "Vm", "host": ""}) == [
        {"name": "a", "type": "Vm"},
        {"name": "b", "type": "Vm"},
    ]
    assert each_with([], "name") == []


# -- names ---------------------------------------------------------------------------------------------------------

LISTS = [
    ("Web Shop", ["Web Shop"]),
    (" Web Shop\r\n\r\n  Intranet  \r\n", ["Web Shop", "Intranet"]),
    (f"{HEADING}\n0123\nyes\n", ["0123", "yes"]),
    ("0123\n12:30", ["0123", "12:30"]),
    (["Web Shop", "", None, "a, b"], ["Web Shop", "a, b"]),
    (("a", "b"), ["a", "b"]),
    ('["Web Shop", "Intranet"]', ["Web Shop", "Intranet"]),
    ('[\n  "Web Shop",\n  "Intranet"\n]\n', ["Web Shop", "Intranet"]),
    ("[]", []),
    # names with brackets, braces and quotes
    ("[2024]", ["[2024]"]),
    ("[Web]\n{Shop}", ["[Web]", "{Shop}"]),
    ('"Web Shop"', ['"Web Shop"']),
    # nothing but a line break ends a line
    ("Web\x0bShop\u2028Two", ["Web\x0bShop\u2028Two"]),
    ("\u00a0Web", ["\u00a0Web"]),
    ([" Web "], [" Web "]),
    # how a name is written that would be something else
    ('"0123"', ["0123"]),
    ('"yes"\n"12:30"\n"~"', ["yes", "12:30", "~"]),
    (['"2026-11-29"'], ["2026-11-29"]),
    ("{{ lookup('env', 'HOME') }}", ["{{ lookup('env', 'HOME') }}"]),
]


@pytest.mark.parametrize("kind", ["names", "new names", "runs"])
@pytest.mark.parametrize(("value", "names"), LISTS, ids=[repr(value) for value, _names in LISTS])
def test_lists_of_names(kind: str, value: Any, names: list[str]) -> None:
    assert read(kind, value) == names


#: What is typed, and the name that its digits alone make of it from ansible-core 2.19 on.
NUMBERS = [("2024", "2024"), ("0123", "83"), ("12:30", "750"), ("1.10", "1.1"), ("1_000", "1000"), ("0x1F", "31")]
#: What arrives as no name at all.
NO_NAMES = [("yes", "true"), ("Off", "false"), ("2026-11-29", "2026-11-29"), (".nan", "nan"), (".inf", "inf")]


@pytest.mark.parametrize(("typed", "digits"), NUMBERS)
def test_numbers_name_what_exists(typed: str, digits: str) -> None:
    for kind in ("names", "runs", "ids"):
        assert read(kind, typed) == [typed]
        assert read(kind, resolved(typed)) == read(kind, [resolved(typed)]) == [digits]
    assert read("name", resolved(typed)) == digits


@pytest.mark.parametrize(("typed", "digits"), NUMBERS)
def test_nothing_is_made_under_a_number(typed: str, digits: str) -> None:
    """Whoever makes jobs gets the name, and the sentence for where there is no such job."""
    for value in (resolved(typed), [resolved(typed)]):
        found = read_all({"v": "new names"}, {"v": value})
        assert (found["v"], found["refused"]) == ([digits], [])
        (unsure,) = found["unsure"]
        assert (unsure["variable"], unsure["name"]) == ("v", digits)
        assert unsure["sentence"].startswith(f'v: there is no job "{digits}", and the name arrived as a number')
        assert unsure["sentence"].endswith(f'Write it in double quotes, as in "{digits}".')
    assert read_all({"v": "new names"}, {"v": typed}) == {"v": [typed], "refused": [], "unsure": []}


@pytest.mark.parametrize(("typed", "shown"), NO_NAMES)
def test_what_arrives_as_no_name_is_refused(typed: str, shown: str) -> None:
    for kind in ("name", "names", "new names", "ids", "words", "runs", "machines", "text"):
        sentence = refused(kind, resolved(typed))
        assert f"v: {shown}" in sentence or f"v: the date {shown}" in sentence
        assert "in double quotes, as in " in sentence


@pytest.mark.parametrize("typed", [typed for typed, _other in NUMBERS + NO_NAMES])
def test_in_double_quotes_it_arrives_as_it_is(typed: str) -> None:
    """What the sentences say."""
    assert is_changed_by_yaml(typed)
    written = quoted(typed)
    assert resolved(written) == written == f'"{typed}"'
    assert unquoted(written) == typed
    for kind in ("name", "text"):
        assert read(kind, written) == typed
    assert read("new names", written) == [typed]


@pytest.mark.parametrize("name", ["Web Shop", "08:30", '"Web"', "", '"', '""', "a: b", "[x]"])
def test_quotes_are_left_on_other_names(name: str) -> None:
    assert unquoted(name) == name
    assert quoted(name) in (name, f'"{name}"')


@pytest.mark.parametrize("value", [{"a": 1}, [["a"]], [{"a": 1}], '[{"a": 1}]'])
def test_what_is_no_list_of_names(value: Any) -> None:
    assert "names, one a line, or as a list" in refused("names", value)


@pytest.mark.parametrize("typed", ["0123", "1.10", "22:00"])
def test_a_number_is_no_text_to_write_down(typed: str) -> None:
    assert "the number" in refused("text", resolved(typed))
    assert read("text", typed) == typed


IDS = ["5b0d4a1e-0000-4000-8000-000000000001", "5b0d4a1e-0000-4000-8000-000000000002"]


@pytest.mark.parametrize(
    "pasted",
    [
        IDS,
        "\n".join(IDS),
        f'["{IDS[0]}", "{IDS[1]}"]',
        f'[\n  "{IDS[0]}",\n  "{IDS[1]}"\n]',
        f'  "{IDS[0]}",\r\n  "{IDS[1]}"\r\n',
        f'{{"maintenance_enabled_before": ["{IDS[0]}", "{IDS[1]}"]}}',
        f'  "maintenance_enabled_before": [\n    "{IDS[0]}",\n    "{IDS[1]}"\n  ]',
        f'"maintenance_enabled_before": ["{IDS[0]}", "{IDS[1]}"],',
    ],
)
def test_ids_as_they_are_pasted(pasted: Any) -> None:
    assert read("ids", pasted) == IDS


def test_an_empty_list_of_ids_is_not_blank() -> None:
    assert read("ids", []) == read("ids", "[]") == []


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("monday, Friday", ["monday", "friday"]),
        ("Monday\nfriday", ["monday", "friday"]),
        (["monday", "FRIDAY"], ["monday", "friday"]),
        ("weekdays", ["weekdays"]),
        (",", []),
    ],
)
def test_words(value: Any, words: list[str]) -> None:
    assert read("words", value) == words


# -- moments, durations, restore points ----------------------------------------------------------------------------

MOMENTS = ["2026-01-08T18:00:00Z", "2026-01-08T18:00:00+01:00", "2026-01-08 18:00:00-05:30", "4h", "2d"]


@pytest.mark.parametrize("typed", MOMENTS)
def test_a_moment_is_the_same_however_it_arrives(typed: str) -> None:
    """The text, or the date that YAML made of it: the same instant, with a time zone."""
    as_typed = read("moment", resolved(typed))
    assert read("moment", typed) == read("moment", f'"{typed}"' if is_changed_by_yaml(typed) else typed) == typed
    if isinstance(resolved(typed), str):
        assert as_typed == typed
    else:
        assert moments.has_zone(as_typed)
        assert moments.read(as_typed) == moments.read(typed)


@pytest.mark.parametrize("typed", ["22:00", "2026", "1.10", "3600", "yes"])
def test_what_is_no_moment_and_no_duration(typed: str) -> None:
    """Of 22:00 a number comes, which would be so many seconds: refused, and the text too, so that both are the same."""
    for kind, example in (("moment", "2026-01-08T18:00:00Z"), ("duration", "15m")):
        assert example in refused(kind, resolved(typed))
        if typed != "yes":
            assert example in refused(kind, typed)


@pytest.mark.parametrize("typed", ["2026-01-08", "2026-01-08T18:00:00"])
def test_a_date_without_a_time_zone_is_no_moment(typed: str) -> None:
    assert "with a time zone" in refused("moment", resolved(typed))


@pytest.mark.parametrize("typed", ["15m", "24h", "2d", "90s"])
def test_durations(typed: str) -> None:
    assert read("duration", typed) == read("duration", resolved(typed)) == typed


def test_machines_are_dictionaries() -> None:
    named = [{"machine": "web01"}, {"machine": "83"}, {"machine": "0123", "host": "vc01"}]
    assert read("machines", ["web01", 83, {"machine": '"0123"', "host": "vc01", "backup_server": ""}]) == named
    assert read("machines", f"{HEADING}\nweb01\n0123") == [{"machine": "web01"}, {"machine": "0123"}]
    assert read("machines", '[{"machine": "web01"}]') == [{"machine": "web01"}]
    assert "item 2: " in refused("machines", ["web01", {"host": "vc01"}])


POINTS = {"web01": IDS[0], "db01": IDS[1]}


@pytest.mark.parametrize(
    "value",
    [
        POINTS,
        {name: {"id": known, "machine": name, "created": "2026-01-08T14:31:07Z"} for name, known in POINTS.items()},
        json.dumps(POINTS),
        json.dumps({"v": {name: {"id": known} for name, known in POINTS.items()}}, indent=2),
    ],
    ids=["ids", "points", "as text", "pasted"],
)
def test_restore_points_as_they_are_handed_on(value: Any) -> None:
    assert {name: point["id"] for name, point in read("points", value).items()} == POINTS


def test_the_moment_of_a_restore_point_is_the_same_however_it_arrives() -> None:
    created = "2026-01-08T14:31:07Z"
    point = {"id": IDS[0], "created": created}
    for arrived in (created, resolved(created)):
        assert read("points", {"web01": {"id": IDS[0], "created": arrived, "age": 5}}) == {"web01": point}


@pytest.mark.parametrize("value", ["web01", 5, ["web01"], {"web01": None}, {"web01": {"name": "x"}}, {"web01": ""}])
def test_what_is_no_restore_point(value: Any) -> None:
    assert "machines to restore points" in refused("points", value)


# -- times, numbers, yes and no ------------------------------------------------------------------------------------

TIMES = [
    ("22:00", "22:00"),
    ("8:30", "08:30"),
    ("08:30", "08:30"),
    ("1:00", "01:00"),
    ("23:59", "23:59"),
    ("00:15", "00:15"),
    ("22:00:00", "22:00"),
    ('"22:00"', "22:00"),
    (" 22:00 ", "22:00"),
]


@pytest.mark.parametrize(("typed", "time"), TIMES)
def test_times(typed: str, time: str) -> None:
    assert read("time", typed) == read("time", resolved(typed)) == time


def test_every_time_of_a_day_arrives() -> None:
    for hour in range(24):
        for minute in range(60):
            wanted = f"{hour:02d}:{minute:02d}"
            for typed in (wanted, f"{hour}:{minute:02d}", f"{hour}:{minute:02d}:00"):
                assert read("time", typed) == read("time", resolved(typed)) == wanted, typed


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        # digits alone, which nobody can tell from hours
        (22, "22"), (0, "0"), (59, "59"), (1440, "1440"), (86400, "86400"), (79230, "79230"), (-90, "-90"),
        (True, "true"), (1320.5, "1320.5"), ("22h", '"22h"'), ("24:00", '"24:00"'), ("22", '"22"'), ("noon", '"noon"'),
        ({"at": 1}, '{"at": 1}'), (["22:00"], '["22:00"]'),
    ],
)  # fmt: skip
def test_what_is_no_time(value: Any, shown: str) -> None:
    assert refused("time", value) == f"v: {shown} is not a time of day. Write hours and minutes, such as 22:00."


@pytest.mark.parametrize(("value", "number"), [(14, 14), ("14", 14), (" 14 ", 14), (14.0, 14), ("0", 0), (0, 0)])
def test_numbers(value: Any, number: int) -> None:
    assert read("number", value) == number


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("14 days", '"14 days"'),
        ("two weeks", '"two weeks"'),
        (14.5, "14.5"),
        (True, "true"),
        ([14], "[14]"),
        ("-1", '"-1"'),
    ],
)
def test_what_is_no_number(value: Any, shown: str) -> None:
    assert refused("number", value) == f"v: {shown} is not a whole number. Write it in digits alone, such as 14."


@pytest.mark.parametrize(
    ("value", "answer"),
    [(True, True), (False, False), ("Yes", True), ("no", False), ("true", True), ("off", False), (1, True), (0, False)],
)
def test_yes_or_no(value: Any, answer: bool) -> None:
    assert read("yes or no", value) is answer


@pytest.mark.parametrize(("value", "shown"), [("maybe", '"maybe"'), (2, "2"), ([True], "[true]")])
def test_what_is_neither_yes_nor_no(value: Any, shown: str) -> None:
    assert refused("yes or no", value) == f"v: {shown} is neither yes nor no. Write true or false."


# -- what nodes and templates hand on ------------------------------------------------------------------------------


def test_hrefs() -> None:
    hrefs = {"Web Shop": "https://em/api/jobs/1", "0123": "https://em/api/jobs/2"}
    assert read("hrefs", hrefs) == read(
        "hrefs", '{"Web Shop": "https://em/api/jobs/1", "0123": "https://em/api/jobs/2"}'
    )
    assert read("hrefs", {83: "https://em/api/jobs/2"}) == {"83": "https://em/api/jobs/2"}
    assert "does not map names of jobs to hrefs" in refused("hrefs", "Web Shop")
    assert "does not map names of jobs to hrefs" in refused("hrefs", ["Web Shop"])


def test_a_list_of_jobs_that_awx_hands_on() -> None:
    """Every text in it was tagged, too."""
    jobs = [
        {
            "name": "Web Shop",
            "source_job": resolved("0123"),
            "description": "",
            "objects": [resolved("101"), {"name": resolved("0123"), "host": None}, "web01"],
            "schedule": {"daily": {"at": resolved("22:00"), "days": ["monday"]}},
            "enabled": True,
            "retention": {"type": "days", "count": resolved("14")},
        },
        {"name": '"0123"', "schedule": {"monthly": {"at": resolved("8:30"), "day_of_month": 1}}},
        {"name": "B", "schedule": {"after_job": resolved("2024")}},
    ]
    assert read("jobs", jobs) == [
        {
            "name": "Web Shop",
            "source_job": "83",
            "objects": ["101", {"name": "83"}, "web01"],
            "schedule": {"daily": {"at": "22:00", "days": ["monday"]}},
            "enabled": True,
            "retention": {"type": "days", "count": 14},
        },
        {"name": "0123", "schedule": {"monthly": {"at": "08:30", "day_of_month": 1}}},
        {"name": "B", "schedule": {"after_job": "2024"}},
    ]


def test_what_is_wrong_in_a_list_is_named_with_its_place() -> None:
    jobs = [{"name": resolved("0123"), "description": resolved("1.10"), "schedule": {"daily": {"at": 22}}}]
    found = read_all({"jobs": "jobs"}, {"jobs": jobs})
    assert [sentence.partition(":")[0] for sentence in found["refused"]] == [
        "jobs, item 1, description",
        "jobs, item 1, schedule, daily, at",
    ]
    assert [(unsure["variable"], unsure["name"]) for unsure in found["unsure"]] == [("jobs, item 1, name", "83")]


def test_nothing_is_deleted_by_a_number() -> None:
    sentence = refused("jobs", [{"name": resolved("0123"), "state": "absent"}])
    assert "no job is deleted by a name that may have been written differently" in sentence


def test_other_shapes_are_left_to_the_module() -> None:
    jobs = [{"name": "a", "schedule": 22, "objects": "web01", "retention": 14}]
    assert read("jobs", jobs) == jobs


@pytest.mark.parametrize("kind", ["jobs", "clones"])
@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("Web Shop", "is not a list"),
        ({"name": "a"}, "is not a list"),
        (["Web"], "is not a dictionary"),
        (5, "dictionary"),
    ],
)
def test_what_is_no_list_of_jobs(kind: str, value: Any, what: str) -> None:
    assert what in refused(kind, value)


def test_a_list_of_jobs_as_json() -> None:
    assert read("clones", '[{"name": "a", "source_job": "TPL"}]') == [{"name": "a", "source_job": "TPL"}]


def test_runs() -> None:
    given_runs = ["Web Shop", {"job": resolved("2024"), "backup_server": ""}, resolved("101")]
    assert read("runs", given_runs) == ["Web Shop", {"job": "2024"}, "101"]


def test_all_that_is_wrong_is_said_at_once() -> None:
    found = read_all({"a": "time", "b": "number", "c": "names"}, {"a": 22, "b": "x", "c": True})
    assert [sentence[:2] for sentence in found["refused"]] == ["a:", "b:", "c:"]


def test_dates_with_a_time() -> None:
    assert "2026-11-29T10:00:00" in refused("name", datetime.datetime(2026, 11, 29, 10))
