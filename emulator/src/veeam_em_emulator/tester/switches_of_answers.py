# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Switches about what is asked and answered: queries, representation, headers, sessions and accounts."""

from __future__ import annotations

from .switch import Switch, boolean, choice, count, delay_text, seconds, unknown

ROWS = (
    # Query
    unknown("string_compare", "insensitive", "sensitive",
            "letter case of string values in filters"),
    unknown("filter_reserved", "literal", "misparsed refused",
            "reserved characters `; , ( ) \\ & % '` and non-ASCII letters inside quotes"),
    unknown("quote_rule", "doubled_inner", "doubled_outer",
            "a quote inside a value: `\"a \"\"b\"\"\"`, or `\"\"b\"\"` without an outer pair"),
    unknown("uid_filter", "both", "urn guid",
            "form in which a UID field matches"),
    unknown("empty_refs", "empty", "null missing array",
            "list of an empty query result: wrapper, null, left out, bare array (XML: empty element, else none)"),
    unknown("refs_shape", "wrapped", "array singular",
            "Refs of a query result in JSON: {Refs:{Refs:[]}}, {Refs:[]}, {Refs:{Ref:[]}}"),
    unknown("resources_shape", "wrapped", "array",
            "Resources of a query result in JSON: {sInObjectJob:{ObjectInJobs:[]}}, {sInObjectJob:[]}"),
    Switch("default_page_size", 100, "page size of a query without pageSize", parse=count),
    Switch("max_page_size", 0, "larger page sizes are cut to this (0: no limit)", parse=count, unknown=True),
    unknown("page_beyond_end", "empty", "error last",
            "a page after the last one"),
    unknown("undocumented_fields", "answered", "ignored refused",
            "fields of a filter that clients use and no page has: HierarchyObjRef, VmName, VmUid"),
    unknown("invalid_filter", "http_400", "http_500 empty",
            "a filter with a syntax error or an unknown field"),
    # Inventory
    unknown("lookup_name", "exact", "substring",
            "lookup by a name without `*`: the whole name, or any part of it (letter case never counts)"),
    unknown("empty_lookup", "empty", "null",
            "JSON of a lookup that finds nothing: an empty list, or null (9.5 U4: left out)"),
    # Infrastructure
    unknown("credentials_list_name", "CredentialsInfos", "CredentialsInfoList Credentials",
            "name of the list of credentials in JSON"),
    Switch("show_new_credentials_after", "0",
           "when EM shows credentials or an encryption password that were made through it: number of lists of them, "
           "`1.5s`, `refresh` (a collect)", parse=delay_text, unknown=True),
    unknown("duplicate_credentials", "allowed", "http_400 http_500",
            "credentials with a user name and a description that others of the backup server have"),
    unknown("duplicate_server", "http_400", "http_500 accepted",
            "POST of a backup server that EM has already"),
    unknown("duplicate_account", "http_400", "http_500 accepted",
            "POST of an account that EM has already"),
    choice("last_role_delete", "http_400", "http_500",
            "DELETE of the only role of an account"),
    unknown("delete_own_account", "accepted", "http_400 http_500",
            "an administrator deletes the account of the session"),
    unknown("credentials_password_omitted", "kept", "emptied",
            "an edit of credentials without a password"),
    unknown("credentials_create_role", "administrator", "user",
            "who may create credentials: an administrator, or a Portal User too"),
    unknown("delete_in_use", "http_400", "http_500 accepted",
            "DELETE of credentials, or of an encryption password, that something uses"),
    unknown("created_status", "201", "202",
            "POST of an encryption password, a backup server or a scope, of which the pages say both"),
    unknown("logon_sessions", "same_user", "all_users",
            "whose sessions `/logonSessions` shows; only a Portal Administrator can close those of others"),
    # Representation
    boolean("json_bom", "JSON begins with a byte-order mark"),
    boolean("single_link_as_object", "JSON lists with one element come as that element"),
    choice("persistent_agent", "absent", "present",
            "UsePersistentGuestAgent of jobs and objects on 12 and 13, where nobody has set it: as recorded, or as "
            "documented"),
    choice("dates", "plain", "fractional", "NextRun without, or with seven fractional digits"),
    choice("attribute_order", "documented", "recorded",
            "order of XML attributes: as printed in the documentation, or as newer servers send it"),
    unknown("old_version_casing", "camel", "pascal",
            "JSON keys of product 13 in a session opened with v1_5 or v1_6"),
    choice("body_parser", "auto", "accept content_type",
            "what chooses the parser of a request body; auto: Accept up to 12, Content-Type in 13"),
    boolean("gzip", "bodies over 1 KiB are compressed where the client accepts it", default=True),
    # Headers
    choice("header_case", "random", "as_documented lower upper",
            "letter case of X-RestSvcSessionId and the other response headers"),
    boolean("token_in_every_response", "every answer carries the session token, not only the logon"),
    Switch("server_header", "auto", "Server header: auto (by product), none, or a text", parse=str),
    # Sessions and accounts
    unknown("unauthorized_body", "error", "empty html", "body of a 401"),
    choice("no_role_logon", "401", "403", "logon of an account without a role"),
    choice("form_logon", "auto", "accepted refused",
            "form content type at logon; auto: 415 in 13, accepted before"),
    choice("post_without_length", "auto", "accepted refused",
            "POST without Content-Length; auto: 411 up to 12, accepted in 13"),
    unknown("encoded_query", "auto", "read not_found",
            "a path that has its `?` and the query percent-encoded, as a client of 9.5 U4 sends it: read as a query, "
            "or 404; auto: the former up to 12"),
    unknown("unknown_api_version", "http_400", "latest", "`?v=` that the product does not have"),
    choice("session_token", "auto", "session_id random",
            "the token: base64 of the SessionId's text, or of random bytes; auto: the former up to 12 (documented)"),
    Switch("max_sessions", 0, "open sessions after which a logon gets 503 (0: no limit)", parse=count, unknown=True),
    Switch("session_lifetime", 0.0, "seconds after which a session ends although it is in use (0: never)",
           parse=seconds, unknown=True),
    Switch("lockout_after", 0, "wrong passwords after which an account is refused (0: never)",
           parse=count, unknown=True),
    unknown("out_of_scope", "404", "403",
            "a machine, or what belongs to it, that the account's restore scopes leave out: as if it was not there, "
            "or forbidden"),
    unknown("scoped_lookup", "scope", "whole",
            "what look-ups of a narrowed account find: what its restore scopes have, or everything"),
    unknown("licence", "sufficient", "logon_refused requests_refused",
            "403 at logon or at each request, as for a missing licence edition"),
)  # fmt: skip
