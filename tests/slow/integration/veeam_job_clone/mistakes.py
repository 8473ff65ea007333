# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the options of a clone, and what the sentence about it has to say."""

from __future__ import annotations

from helpers.cast import (
    DEFAULT_REPOSITORY,
    DEFAULT_REPOSITORY_ON_VBR02_ID,
    GOLD,
    GOLD_ID,
    REPLICA,
    REPLICA_ID,
    SILVER_ON_VBR02_ID,
    UNKNOWN_ID,
    VBR01,
    VBR02,
)

GOOD = {"source_job": GOLD, "name": "web", "repository": DEFAULT_REPOSITORY}
LONG = "x" * 51
ITEM = {"source_job": GOLD, "repository": DEFAULT_REPOSITORY}

#: What the options alone show: (what, options, what the sentence has to say). Nothing is sent, not even a logon.
FOUND_IN_OPTIONS = [
    ("name and clones", {**GOOD, "clones": [{"name": "other"}]}, ["name", "clones", "both"]),
    ("neither name nor clones", {"source_job": GOLD}, ["name", "clones", "neither"]),
    ("an empty name", {**GOOD, "name": ""}, ["name", "empty"]),
    ("a blank name", {**GOOD, "name": "  "}, ["name", "empty"]),
    ("no source", {"name": "web"}, ["source_job", "missing"]),
    ("a control character", {**GOOD, "description": "bell \a"}, ["description", "control character"]),
    ("a name twice in the list", {"clones": [{**ITEM, "name": n} for n in "aba"]}, ["item 3", "item 1", '"a"']),
    ("no name in an item", {"clones": [{**ITEM, "name": "a"}, ITEM]}, ["item 2", "name", "missing"]),
    ("an empty name in an item", {"clones": [{**ITEM, "name": ""}]}, ["item 1", "name", "empty"]),
    ("a line break", {**GOOD, "name": "web\n"}, ["name", "line break"]),
    ("a line break in an item", {"clones": [{**ITEM, "name": "a"}, {**ITEM, "name": "b\n"}]}, ["item 2", "line break"]),
    ("a line break in the password", {**GOOD, "password": "secret\n"}, ["password", "line break", "end"]),
    ("a backspace in the user name", {**GOOD, "username": "EM01\backup"}, ["username", "backspace", "quotes"]),
    ("no source in an item", {"clones": [{"name": "a"}]}, ["item 1", "source_job", "missing"]),
    ("a top name for an item", {"name": "web", "clones": [ITEM]}, ["name", "clones", "both"]),
    ("timeout 0", {**GOOD, "timeout": 0}, ["timeout", "above zero"]),
    ("timeout below zero", {**GOOD, "timeout": -3.5}, ["timeout", "-3.5", "above zero"]),
    ("wait_timeout 0", {**GOOD, "wait_timeout": 0}, ["wait_timeout", "above zero"]),
    ("poll_interval below zero", {**GOOD, "poll_interval": -1}, ["poll_interval", "-1", "above zero"]),
    ("no number", {**GOOD, "wait_timeout": "nan"}, ["wait_timeout"]),
    ("an endless wait", {**GOOD, "wait_timeout": "inf"}, ["wait_timeout"]),
    ("max_parallel 0", {**GOOD, "max_parallel": 0}, ["max_parallel", "0", "between 1 and 32"]),
    ("max_parallel 33", {**GOOD, "max_parallel": 33}, ["max_parallel", "33", "between 1 and 32"]),
    ("port 0", {**GOOD, "port": 0}, ["port", "between 1 and 65535"]),
    ("port 65536", {**GOOD, "port": 65536}, ["port", "65536"]),
    ("max_response_size 0", {**GOOD, "max_response_size": 0}, ["max_response_size", "between"]),
    ("a scheme in hostname", {**GOOD, "hostname": "https://em01"}, ["hostname", "scheme", "https://em01"]),
    ("a path in hostname", {**GOOD, "hostname": "em01/api"}, ["hostname", "path", "em01/api"]),
    ("a port in hostname", {**GOOD, "hostname": "em01:9398"}, ["hostname", "in port", "em01:9398"]),
    ("a user in hostname", {**GOOD, "hostname": "admin@em01"}, ["hostname", "username"]),
    ("a blank in hostname", {**GOOD, "hostname": "em 01"}, ["hostname", "em 01"]),
    ("a colon in username", {**GOOD, "username": "EM01:svc"}, ["username", "colon"]),
    ("ca_path is not there", {**GOOD, "ca_path": "/no/such/ca.pem"}, ["ca_path", "/no/such/ca.pem"]),
    ("UID of a repository", {**GOOD, "source_job": "urn:veeam:Repository:" + GOLD_ID}, ["source_job", "UID", "Job"]),
    ("UID without an id", {**GOOD, "repository": "urn:veeam:Repository:1"}, ["repository", "UID"]),
    (
        "href of a job",
        {**GOOD, "repository": "https://em01/api/jobs/" + GOLD_ID},
        ["repository", "href", "repositories"],
    ),
    ("href of a list", {**GOOD, "backup_server": "https://em01/api/backupServers"}, ["backup_server", "href"]),
    ("the same in an item", {"clones": [{**ITEM, "name": "a", "repository": "/api/jobs/1"}]}, ["item 1", "repository"]),
]
#: What Ansible finds in the options by itself, in its own words.
FOUND_BY_ANSIBLE = [
    ("an option that is none", {**GOOD, "sourcejob": GOLD}, ["sourcejob"]),
    ("an option of an item that is none", {"clones": [{**ITEM, "name": "a", "wait": False}]}, ["wait", "clones"]),
    ("media_type", {**GOOD, "media_type": "yaml"}, ["media_type", "xml", "json"]),
    ("api_version", {**GOOD, "api_version": "v1_4"}, ["api_version", "latest", "v1_7"]),
    ("on_timeout", {**GOOD, "on_timeout": "ignore"}, ["on_timeout", "cancel"]),
    ("port", {**GOOD, "port": "https"}, ["port", "int"]),
    ("wait", {**GOOD, "wait": "perhaps"}, ["wait", "perhaps"]),
    ("wait_timeout", {**GOOD, "wait_timeout": "5 minutes"}, ["wait_timeout", "float"]),
    ("clones", {"clones": "web, db"}, ["dict"]),
]
#: What is found by reading the server: (what, options, what the sentence has to say, whether the server spoke).
FOUND_BY_READING = [
    ("51 characters", {**GOOD, "name": LONG}, ["name", "51", "50"], None),
    ("a blank at the end", {**GOOD, "name": "web "}, ["name", "ends with a blank"], None),
    ("an unknown source", {**GOOD, "source_job": "TPL Glod"}, ["source_job", "TPL Glod", GOLD], None),
    ("an unknown source, nothing like it", {**GOOD, "source_job": "zzz"}, ["source_job", '"zzz"', "backup copy"], None),
    (
        "an unknown id",
        {**GOOD, "source_job": UNKNOWN_ID},
        ["source_job", UNKNOWN_ID],
        (404, "GET /api/jobs/" + UNKNOWN_ID),
    ),
    (
        "an ambiguous source",
        {**GOOD, "source_job": "TPL Silver"},
        ["source_job", "TPL Silver", "2 backup servers", VBR01, VBR02, SILVER_ON_VBR02_ID, "backup_server"],
        None,
    ),
    (
        "a source of another server",
        {**GOOD, "backup_server": VBR02},
        ["source_job", GOLD, "backup_server", VBR02, VBR01],
        None,
    ),
    ("no such server", {**GOOD, "source_job": "TPL Silver", "backup_server": "vbr03"}, ["vbr03", VBR01, VBR02], None),
    (
        "an unknown repository",
        {**GOOD, "repository": "Fast Repositroy"},
        ["repository", "Fast Repositroy", VBR01, '"Fast Repository"'],
        None,
    ),
    (
        "an unknown repository, nothing like it",
        {**GOOD, "repository": "zzz"},
        ["repository", '"zzz"', VBR01, DEFAULT_REPOSITORY, "Fast Repository"],
        None,
    ),
    ("a repository of another server", {**GOOD, "repository": "S3 Offsite"}, ["S3 Offsite", VBR02, VBR01, GOLD], None),
    (
        "a repository of another server, by id",
        {**GOOD, "repository": DEFAULT_REPOSITORY_ON_VBR02_ID},
        ["repository", VBR02, VBR01],
        None,
    ),
    (
        "an unknown id of a repository",
        {**GOOD, "repository": UNKNOWN_ID},
        ["repository", UNKNOWN_ID],
        (404, "GET /api/repositories/" + UNKNOWN_ID),
    ),
    ("no repository", {"source_job": GOLD, "name": "web"}, ["repository", GOLD, VBR01], None),
    ("no repository for a copy job", {"source_job": "Copy to Offsite", "name": "web"}, ["repository", VBR02], None),
    ("a suffix for a backup job", {**GOOD, "vm_suffix": "_x"}, ["vm_suffix", GOLD, "remove"], None),
    (
        "a suffix for a copy job",
        {"source_job": "Copy to Offsite", "name": "web", "repository": "S3 Offsite", "vm_suffix": "_x"},
        ["vm_suffix", "Copy to Offsite", "remove"],
        None,
    ),
    ("a repository for a replication job", {**GOOD, "source_job": REPLICA}, ["repository", REPLICA, "remove"], None),
    (
        "a folder for a replication job",
        {"source_job": REPLICA_ID, "name": "web", "folder_name": "f"},
        ["folder_name", REPLICA, "remove"],
        None,
    ),
]
