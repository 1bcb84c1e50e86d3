"""A page opened in headless Chromium: a script is added that tries it and writes what it found."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
TRY = """
<script>
window.addEventListener("load", function () {
  var found = { open_s: (performance.now()) / 1000, tables: 0, sorted: 0, searched: 0, links: 0 };
  document.querySelectorAll("div.table").forEach(function (box) {
    var table = box.querySelector("table"), rows = table.tBodies[0].rows;
    found.tables += 1;
    if (rows.length > 1) {
      var heads = table.tHead.rows[0].cells, last = heads.length - 1;
      var texts = function () {
        return Array.prototype.map.call(rows, function (r) { return r.cells[last].textContent; });
      };
      heads[last].querySelector("button").click();
      var up = texts(), numeric = heads[last].classList.contains("n");
      heads[last].querySelector("button").click();
      var down = texts();
      var value = function (t) { return numeric ? parseFloat(t) : t; };
      var falls = function (a) {
        a = a.map(value).filter(function (v) { return !(numeric && isNaN(v)); });
        return a.every(function (v, i) {
          return !i || (numeric ? a[i - 1] >= v
            : a[i - 1].localeCompare(v, undefined, { numeric: true }) >= 0);
        });
      };
      found.sorted += falls(down) && falls(up.slice().reverse())
        && heads[last].getAttribute("aria-sort") === "descending";
    } else { found.sorted += 1; }
    var input = box.querySelector("input[type=search]");
    if (input) {
      var word = rows[0].cells[0].textContent;
      input.value = word;
      input.dispatchEvent(new Event("input"));
      var shown = Array.prototype.filter.call(rows, function (r) { return !r.hidden; });
      found.searched += shown.length > 0 && shown.every(function (r) {
        return r.textContent.toLowerCase().indexOf(word.toLowerCase()) >= 0;
      });
    } else { found.searched += 1; }
  });
  var links = document.querySelectorAll("a[href^='#']");
  links.forEach(function (a) { a.click(); found.links += !!document.querySelector(":target"); });
  found.all_links = links.length;
  var picker = document.querySelector("figure.picker");
  if (picker) {
    var select = picker.querySelector("select");
    select.selectedIndex = select.options.length - 1;
    select.dispatchEvent(new Event("change"));
    found.circles = picker.querySelectorAll("circle").length;
    found.drugs = select.options.length;
  }
  found.wide = document.documentElement.scrollWidth - window.innerWidth;
  found.loaded = performance.getEntriesByType("resource").filter(function (e) {
    return e.name.indexOf("data:") !== 0;
  }).length;
  document.documentElement.setAttribute("data-found", JSON.stringify(found));
});
</script>
"""


def tried(page: Path, folder: Path, width: int = 1000) -> dict[str, Any]:
    """Return what the script found, and the errors that Chromium logged."""
    copy = folder / "tried.html"
    text = page.read_text(encoding="utf-8")
    copy.write_text(text.replace("</body>", TRY + "</body>"), encoding="utf-8")
    done = subprocess.run(
        [str(CHROMIUM), "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
         "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={folder / 'profile'}",
         f"--window-size={width},900", "--enable-logging=stderr", "--dump-dom", copy.as_uri()],
        capture_output=True, text=True, timeout=180, check=True,
    )  # fmt: skip
    (given,) = re.findall(r'data-found="([^"]*)"', done.stdout)
    found: dict[str, Any] = json.loads(given.replace("&quot;", '"'))
    console = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
    return {**found, "console": console}
