(function () {
  "use strict";
  function number(text) { var v = parseFloat(text); return isNaN(v) ? null : v; }
  function sort(table, column, heads) {
    var head = heads[column], up = head.getAttribute("aria-sort") !== "ascending";
    var body = table.tBodies[0], rows = Array.prototype.slice.call(body.rows);
    var numeric = head.classList.contains("n");
    var keyed = rows.map(function (row, i) {
      var text = row.cells[column].textContent;
      return [numeric ? number(text) : text, i, row];
    });
    keyed.sort(function (a, b) {
      if (a[0] === null || b[0] === null) { return (a[0] === null) - (b[0] === null) || a[1] - b[1]; }
      var c = numeric ? a[0] - b[0] : a[0].localeCompare(b[0], undefined, { numeric: true });
      return (up ? c : -c) || a[1] - b[1];
    });
    keyed.forEach(function (k) { body.appendChild(k[2]); });
    heads.forEach(function (h) { h.removeAttribute("aria-sort"); });
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
  }
  document.querySelectorAll("div.table").forEach(function (box) {
    var table = box.querySelector("table"), heads = Array.prototype.slice.call(table.tHead.rows[0].cells);
    heads.forEach(function (head, i) {
      var button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      button.addEventListener("click", function () { sort(table, i, heads); });
      head.textContent = "";
      head.appendChild(button);
    });
    if (!box.classList.contains("long")) { return; }
    var tools = document.createElement("div"), label = document.createElement("label");
    var input = document.createElement("input"), count = document.createElement("span");
    var rows = Array.prototype.slice.call(table.tBodies[0].rows), texts = null;
    tools.className = "tools";
    input.type = "search";
    label.textContent = "Search ";
    label.appendChild(input);
    count.setAttribute("role", "status");
    count.textContent = rows.length + " rows";
    input.addEventListener("input", function () {
      texts = texts || rows.map(function (row) { return row.textContent.toLowerCase(); });
      var wanted = input.value.toLowerCase(), shown = 0;
      rows.forEach(function (row, i) {
        var fits = texts[i].indexOf(wanted) >= 0;
        row.hidden = !fits;
        shown += fits;
      });
      count.textContent = shown + " of " + rows.length + " rows";
    });
    tools.appendChild(label);
    tools.appendChild(count);
    box.insertBefore(tools, box.firstChild);
  });
  var NS = "http:" + "//www.w3.org/2000/svg";
  function shape(parent, name, attributes, text) {
    var made = document.createElementNS(NS, name);
    Object.keys(attributes).forEach(function (k) { made.setAttribute(k, attributes[k]); });
    if (text !== undefined) { made.textContent = text; }
    parent.appendChild(made);
    return made;
  }
  function draw(plot, data, drug) {
    var points = data.points[drug], low = data.low, high = data.high, W = 560, H = 420, L = 64, B = 46, T = 12, R = 14;
    function x(v) { return L + v / 999 * (W - L - R); }
    function y(v) { return H - B - v / 999 * (H - B - T); }
    plot.textContent = "";
    var svg = shape(plot, "svg", { viewBox: "0 0 " + W + " " + H, role: "img", "aria-label": "Predicted against measured, " + drug });
    data.ticks.forEach(function (t) {
      var place = (t - low) / (high - low) * 999;
      shape(svg, "line", { x1: x(place), x2: x(place), y1: T, y2: H - B, "class": "grid" });
      shape(svg, "line", { x1: L, x2: W - R, y1: y(place), y2: y(place), "class": "grid" });
      shape(svg, "text", { x: x(place), y: H - B + 16, "text-anchor": "middle" }, String(t));
      shape(svg, "text", { x: L - 6, y: y(place) + 4, "text-anchor": "end" }, String(t));
    });
    shape(svg, "line", { x1: x(0), y1: y(0), x2: x(999), y2: y(999), "class": "rule" });
    shape(svg, "text", { x: (L + W - R) / 2, y: H - 8, "text-anchor": "middle" }, "predicted (" + data.unit + ")");
    shape(svg, "text", { x: 14, y: (T + H - B) / 2, "text-anchor": "middle", transform: "rotate(-90 14 " + (T + H - B) / 2 + ")" }, "measured (" + data.unit + ")");
    for (var i = 0; i < points.length; i += 2) {
      shape(svg, "circle", { cx: x(points[i]), cy: y(points[i + 1]), r: 3, "class": "k0", opacity: 0.6 });
    }
    shape(svg, "text", { x: L + 8, y: T + 14 }, drug + ", n = " + points.length / 2);
  }
  document.querySelectorAll("figure.picker").forEach(function (box) {
    var data = JSON.parse(box.querySelector("script").textContent), select = box.querySelector("select");
    Object.keys(data.points).forEach(function (drug) {
      var option = document.createElement("option");
      option.value = option.textContent = drug;
      select.appendChild(option);
    });
    select.addEventListener("change", function () { draw(box.querySelector(".plot"), data, select.value); });
    box.hidden = false;
    draw(box.querySelector(".plot"), data, select.value);
  });
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details").forEach(function (d) { d.open = true; });
  });
})();
