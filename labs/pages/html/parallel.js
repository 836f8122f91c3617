// Trials as lines through their values; drag along axes to choose some, here and in the table.
const PLOT = {height: 300, top: 40, bottom: 24, gap: 96, side: 64};
const MOST_LEVELS = 8, LEFT_OUT = ["number", "status", "error", "continues"];

function axisOf(heading, place, rows) {
  const texts = rows.map((row) => row.cells[place].textContent);
  const present = texts.filter((text) => text !== "–");
  const name = heading.textContent, range = [PLOT.height - PLOT.bottom, PLOT.top];
  const levels = [...new Set(present)].sort((a, b) => a.localeCompare(b, undefined, {numeric: true}));
  const counted = levels.length <= MOST_LEVELS && levels.every((level) => /^-?\d+$/.test(level));
  if (!heading.classList.contains("number") || counted || levels.length === 1) {
    const at = scale(-.5, levels.length - .5, ...range);
    return {name, ticks: levels.map((level, i) => [level, at(i)]), values: texts.map((text) => levels.includes(text) ? at(levels.indexOf(text)) : null)};
  }
  const numbers = texts.map((text) => parseFloat(text.replaceAll(",", "")));
  const finite = numbers.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)], logarithmic = low > 0 && high / low >= 50;
  const at = scale(low, high, ...range, logarithmic);
  return {name, ticks: ticks(low, high, logarithmic).map((tick) => [show(tick), at(tick)]), values: numbers.map((v) => Number.isFinite(v) ? at(v) : null)};
}

function showTrials(table) {
  const rows = [...table.tBodies[0].rows], headings = [...table.tHead.rows[0].cells];
  const axes = headings.map((heading, place) => ({heading, place}))
    .filter(({heading}) => !LEFT_OUT.includes(heading.textContent))
    .sort((a, b) => (a.heading.textContent === "score") - (b.heading.textContent === "score"))
    .map(({heading, place}) => axisOf(heading, place, rows));
  const score = axes.at(-1).values, width = 2 * PLOT.side + PLOT.gap * (axes.length - 1);
  const box = element(null, "div", {className: "scroll", tabIndex: 0, role: "region", ariaLabel: `${table.caption.textContent}, each a line through its values`});
  table.closest(".table").before(box);
  const svg = draw(box, "svg", {class: "parallel", width, height: PLOT.height, viewBox: `0 0 ${width} ${PLOT.height}`, role: "img", "aria-label": "Each trial is a line through its values; the best ones are dark. The table below holds the same."});
  keepFromScrolling(svg);
  const x = (axis) => PLOT.side + PLOT.gap * axes.indexOf(axis);
  const worst = "least" in table.dataset ? -Infinity : Infinity;  // Places grow downward.
  const order = score.map((place, row) => [place ?? worst, row]).sort((a, b) => Math.sign(worst) * (b[0] - a[0])).map(([, row]) => row);
  const lines = [];
  order.forEach((row, rank) => {
    const points = axes.filter((axis) => axis.values[row] !== null).map((axis) => `${x(axis)} ${axis.values[row].toFixed(1)}`);
    lines[row] = draw(svg, "path", {class: rank === rows.length - 1 ? "trial best" : "trial", "stroke-opacity": (.15 + .7 * rank / rows.length).toFixed(2), d: `M${points.join("L")}`});
  });
  function choose() {
    rows.forEach((row, i) => {
      const chosen = axes.every(({brush, values}) => !brush || (values[i] !== null && values[i] >= brush[0] && values[i] <= brush[1]));
      lines[i].classList.toggle("passed", !chosen);
      row.hidden = !chosen;
    });
  }
  for (const axis of axes) {
    const left = x(axis);
    draw(svg, "line", {class: "axis", x1: left, x2: left, y1: PLOT.top, y2: PLOT.height - PLOT.bottom});
    draw(svg, "text", {class: "name", x: left, y: 16, "text-anchor": "middle"}, axis.name.replaceAll("_", " "));
    for (const [text, y] of axis.ticks) draw(svg, "text", {x: left + 6, y: y + 4}, text);
    const shown = draw(svg, "rect", {class: "zoom", x: left - 9, width: 18, height: 0});
    const grip = draw(svg, "rect", {class: "grip", x: left - 24, width: 48, y: PLOT.top - 12, height: PLOT.height - PLOT.top - PLOT.bottom + 24});
    const place = (event) => Math.min(PLOT.height - PLOT.bottom, Math.max(PLOT.top, event.clientY - svg.getBoundingClientRect().top));
    let begin = null;
    grip.addEventListener("pointerdown", (event) => { begin = place(event); grip.setPointerCapture(event.pointerId); });
    grip.addEventListener("pointermove", (event) => { if (begin !== null) brush([begin, place(event)].sort((a, b) => a - b)); });
    grip.addEventListener("pointerup", (event) => { if (Math.abs(place(event) - begin) < 4) brush(null); begin = null; });
    const brush = (range) => {
      axis.brush = range;
      shown.setAttribute("y", range?.[0] ?? 0);
      shown.setAttribute("height", range ? range[1] - range[0] : 0);
      choose();
    };
  }
}

for (const table of document.querySelectorAll("#trials table"))
  if (table.tBodies[0].rows.length > 1) showTrials(table);
