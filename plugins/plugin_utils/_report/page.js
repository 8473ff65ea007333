/* Copyright: (c) 2026, backupops.veeam contributors
   GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
   SPDX-License-Identifier: GPL-3.0-or-later */
"use strict";
// Without this script the page says the same; with it the table can be searched, narrowed to some states, and sorted.
(() => {
  const table = document.querySelector("table");
  if (!table) return;
  const body = table.tBodies[0];
  const headers = Array.from(table.tHead.rows[0].cells);
  const rows = Array.from(body.rows, (row) => ({ row, status: row.dataset.status, text: row.textContent.toLowerCase() }));
  const search = document.getElementById("search");
  const found = document.getElementById("found");
  const shown = new Set();
  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

  const narrow = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const one of rows) {
      const fits = (!shown.size || shown.has(one.status)) && words.every((word) => one.text.includes(word));
      one.row.hidden = !fits;
      count += fits ? 1 : 0;
    }
    found.textContent = `${count} of ${rows.length} shown`;
  };

  const key = (row, place, numeric) => {
    const cell = row.cells[place];
    return numeric ? Number(cell.dataset.sort) : cell.textContent.trim();
  };

  const sort = (header, place) => {
    const down = header.getAttribute("aria-sort") === "ascending";
    const numeric = "number" in header.dataset;
    const keyed = rows.map((one) => [key(one.row, place, numeric), one.row]);
    keyed.sort((a, b) => (numeric ? a[0] - b[0] : collator.compare(a[0], b[0])) * (down ? -1 : 1));
    for (const other of headers) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", down ? "descending" : "ascending");
    body.append(...keyed.map((pair) => pair[1]));
  };

  headers.forEach((header, place) => {
    const button = document.createElement("button");
    button.type = "button";
    // a head that is printed on each page has no buttons on the later ones
    header.dataset.label = header.textContent;
    button.append(...header.childNodes);
    button.addEventListener("click", () => sort(header, place));
    header.append(button);
  });

  for (const item of document.querySelectorAll(".legend li")) {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-pressed", "false");
    const meaning = item.querySelector(".meaning");
    button.append(...Array.from(item.childNodes).filter((node) => node !== meaning));
    button.addEventListener("click", () => {
      const status = item.dataset.status;
      if (!shown.delete(status)) shown.add(status);
      button.setAttribute("aria-pressed", String(shown.has(status)));
      narrow();
    });
    item.prepend(button);
  }

  search.addEventListener("input", narrow);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      search.value = "";
      narrow();
    }
  });
  document.querySelector(".controls").hidden = false;
  narrow();
})();
