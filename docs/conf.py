# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of the web site that `make docs` builds."""

project = "backupops.veeam"
copyright = "2026, backupops.veeam contributors"
title = "Veeam jobs from Ansible"
html_title = title
html_short_title = "backupops.veeam"

extensions = ["myst_parser", "sphinx_antsibull_ext"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["docsite"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
# links of the guides to files of the repository lead nowhere on the site
suppress_warnings = ["myst.xref_missing"]

pygments_style = "ansible"
highlight_language = "text"
html_theme = "sphinx_ansible_theme"
html_theme_options = {
    "documentation_home_url": "index.html",
    "topbar_links": {},
    "vcs_pageview_mode": "edit",
}
html_show_sphinx = False
html_show_sourcelink = False
html_use_smartypants = False
nitpicky = True
# Labels and variables of Ansible's own documentation, which is not asked for them: the site is built without a network.
# Labels of this collection all begin with ansible_collections.
nitpick_ignore_regex = [("std:ref", r"(?!ansible_collections\.).*"), ("std:envvar", r"ANSIBLE_.*")]
default_role = "any"
