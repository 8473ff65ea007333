# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between the products: JSON conventions, header values, encoding of paging links."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from urllib.parse import quote, quote_plus

PRODUCTS = ("9.5u4", "10", "11", "12", "13")


@dataclass(frozen=True)
class Dialect:
    """camel: keys in camelCase (13). nulls: absent properties are written as null (10 and later).

    utc_times: times of day come in UTC, with Z (recorded, 9.5 U4).
    """

    camel: bool
    nulls: bool
    utc_times: bool = False

    def key(self, name: str) -> str:
        return camel_case(name) if self.camel else name


DIALECTS = {
    "9.5u4": Dialect(camel=False, nulls=False, utc_times=True),
    "10": Dialect(camel=False, nulls=True),
    "11": Dialect(camel=False, nulls=True),
    "12": Dialect(camel=False, nulls=True),
    "13": Dialect(camel=True, nulls=True),
}
# em_web_api_versions; 1.1 to 1.4 left the session manager with 1.7 (breaking_changes)
API_VERSIONS = {
    "9.5u4": ("v1_1", "v1_2", "v1_3", "v1_4"),
    "10": ("v1_1", "v1_2", "v1_3", "v1_4", "v1_5"),
    "11": ("v1_1", "v1_2", "v1_3", "v1_4", "v1_5", "v1_6"),
    "12": ("v1_5", "v1_6", "v1_7"),
    "13": ("v1_5", "v1_6", "v1_7"),
}
# build, port of a backup server of the same age
SERVER_VERSIONS = {
    "9.5u4": ("9.5.4.2866", 9392),
    "10": ("10.0.1.4854", 9392),
    "11": ("11.0.1.1261", 9392),
    "12": ("12.3.2.4465", 9392),
    "13": ("13.0.1.2067", 443),
}


@cache
def camel_case(name: str) -> str:
    """The stock .NET rule: UID -> uid, NASJobs -> nasJobs, VAppRestorePoints -> vAppRestorePoints."""
    letters = list(name)
    for i, letter in enumerate(letters):
        if i == 1 and not letter.isupper():
            break
        if i > 0 and i + 1 < len(letters) and not letters[i + 1].isupper():
            break
        letters[i] = letter.lower()
    return "".join(letters)


def encode_value(product: str, value: str) -> str:
    """Encoding of a query value in a paging link: lower-case hex and ``+`` up to 12, upper-case hex in 13."""
    if product == "13":
        return quote(value, safe="")
    first, *rest = quote_plus(value, safe="!*()").split("%")
    return first + "".join("%" + part[:2].lower() + part[2:] for part in rest)
