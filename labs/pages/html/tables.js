// Tables sort by a click on a heading; long ones get a field that filters their rows.
const LONG_TABLE = 20;

function sortBy(table, place, heading) {
  const down = heading.ariaSort === "ascending";
  for (const other of table.tHead.rows[0].cells) other.ariaSort = null;
  heading.ariaSort = down ? "descending" : "ascending";
  const numeric = heading.classList.contains("number");
  const value = (row) => {
    const text = row.cells[place].textContent;
    return numeric ? parseFloat(text.replaceAll(",", "")) : text;
  };
  const compare = (a, b) => numeric ? a - b : a.localeCompare(b, undefined, {numeric: true});
  const absent = (x) => Number.isNaN(x);  // A dash: last, whichever way.
  const rows = [...table.tBodies[0].rows].map((row) => [value(row), row]);
  rows.sort(([a], [b]) => absent(a) - absent(b) || (down ? compare(b, a) : compare(a, b)));
  table.tBodies[0].append(...rows.map(([, row]) => row));
}

function addFilter(table) {
  const box = table.closest(".scroll");
  const label = element(null, "label", {}, "Filter rows ");
  const field = element(label, "input", {type: "search"});
  const count = element(label, "output", {});
  const rows = [...table.tBodies[0].rows];
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/);
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
    count.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length}`;
  });
  box.before(element(null, "div", {className: "controls"}, label));
}

for (const table of document.querySelectorAll("table[data-sort]")) {
  [...table.tHead.rows[0].cells].forEach((heading, place) => {
    if (heading.classList.contains("strip")) return;
    const button = element(null, "button", {type: "button"}, ...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => sortBy(table, place, heading));
  });
  if (table.tBodies[0].rows.length > LONG_TABLE) addFilter(table);
}
