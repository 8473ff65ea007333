# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """How Enterprise Manager is reached: the options that every module of the collection has."""

    DOCUMENTATION = r"""
requirements:
  - requests >= 2.25
  - lxml >= 4.6
options:
  hostname:
    description:
      - Host name or address of Enterprise Manager, without a scheme, a path or a port.
      - If not set, the environment variable E(VEEAM_EM_HOSTNAME) is used.
    type: str
    required: true
  port:
    description:
      - Port of the REST API.
      - If not set, the environment variable E(VEEAM_EM_PORT) is used.
    type: int
    default: 9398
  username:
    description:
      - Account, as C(DOMAIN\user) on Windows or C(user@domain) on Linux. The documentation of the module says which
        role it needs in Enterprise Manager.
      - Give O(username) and O(password), or O(session_id).
      - If not set, the environment variable E(VEEAM_EM_USERNAME) is used.
    type: str
  password:
    description:
      - Password of the account.
      - If not set, the environment variable E(VEEAM_EM_PASSWORD) is used.
    type: str
  session_id:
    description:
      - Token (C(X-RestSvcSessionId)) of a logon session that is open already. It is used as it is and never logged out.
        If it is given, O(username) and O(password) are not used.
      - M(backupops.veeam.veeam_session) opens one for several tasks.
      - If not set, the environment variable E(VEEAM_EM_SESSION_ID) is used.
    type: str
    aliases: [session_token]
  validate_certs:
    description:
      - Check the certificate of Enterprise Manager.
      - If not set, the environment variable E(VEEAM_EM_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - File or folder with the CA certificates to trust, and no others. Without it the CAs of the system and of the
        Python library requests are trusted.
      - If not set, the environment variable E(VEEAM_EM_CA_PATH) is used.
    type: path
  use_proxy:
    description:
      - Honour the proxy variables of the environment, C(https_proxy), C(all_proxy) and C(no_proxy). SOCKS proxies
        cannot be used. The certificate of a proxy that has one is checked with the authorities of the system.
    type: bool
    default: true
  timeout:
    description:
      - Bound in seconds on connecting and on every pause between two bytes of one HTTP request.
      - If not set, the environment variable E(VEEAM_EM_TIMEOUT) is used.
    type: float
    default: 30
  api_version:
    description:
      - Version of the REST API to ask for.
      - If not set, the environment variable E(VEEAM_EM_API_VERSION) is used.
    type: str
    choices: [latest, v1_5, v1_6, v1_7]
    default: latest
  media_type:
    description:
      - Format on the wire. The results are the same.
      - If not set, the environment variable E(VEEAM_EM_MEDIA_TYPE) is used.
    type: str
    choices: [xml, json]
    default: xml
  max_response_size:
    description:
      - Bound in MiB on one answer, decompressed. A larger one is not read further and the task fails.
    type: int
    default: 64
notes:
  - A session that a task opens for itself is closed however the task ends, by success, failure or a timeout, in check
    mode too, and when it is stopped by a signal that leaves time for it. A session given in O(session_id) stays open.
  - A lookup that fails is tried up to four times, a logon up to three times. A refused password is never tried again.
"""
