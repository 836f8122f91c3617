// Training curves: hover for values, choose series, linear or logarithmic, drag to zoom.
const SMALLEST_GAP = .05, MARGIN = {left: 52, right: 14, top: 30, bottom: 38};

function showCurves(box, {models, marks}) {
  const LINES = [["", "training"], ["val_", "validation"]];
  const longest = Math.max(...models.map((model) => model.epochs));
  const names = models.flatMap((model) => Object.keys(model.curves)).map((name) => name.replace(/^val_/, ""));
  const FIRST = ["loss", "accuracy"];
  const metrics = [...new Set([...FIRST.filter((name) => names.includes(name)), ...names])];
  const state = {
    models: new Set(models.filter((model) => model.shown)), lines: new Set(LINES.map(([p]) => p)),
    metrics: new Set(metrics.filter((m) => FIRST.includes(m))),
    logX: longest >= 300, logY: false, range: [1, longest], at: longest,
  };
  if (!state.metrics.size) state.metrics.add(metrics[0]);

  const controls = element(box, "div", {className: "controls"});
  const panels = element(box, "div", {className: "panels"});
  const below = element(box, "div", {className: "controls"});
  const scroll = element(box, "div", {className: "scroll", tabIndex: 0, role: "region", ariaLabel: "Values of the curves"});
  const table = element(scroll, "table", {className: "values"});
  let drawn = [];

  function toggle(name, isOn, change) {
    const button = element(controls, "button", {type: "button"}, name);
    const tell = () => { button.ariaPressed = isOn(); };
    button.addEventListener("click", () => { change(); tell(); render(); });
    tell();
  }
  const flip = (set, item) => () => { if (!set.delete(item)) set.add(item); };
  for (const [prefix, name] of LINES) toggle(`${prefix ? "—" : "- -"} ${name}`, () => state.lines.has(prefix), flip(state.lines, prefix));
  for (const name of metrics)
    toggle(name.replaceAll("_", " "), () => state.metrics.has(name), flip(state.metrics, name));
  toggle("log epochs", () => state.logX, () => { state.logX = !state.logX; });
  toggle("log values", () => state.logY, () => { state.logY = !state.logY; });

  const label = (text, properties) =>
    element(element(below, "label", {}, `${text} `), "input", properties);
  const slider = label("Epoch", {type: "range", min: 1, max: longest, value: longest});
  const from = label("Zoom from", {type: "number", min: 1, max: longest, value: 1});
  const to = label("Zoom to", {type: "number", min: 1, max: longest, value: longest});
  const whole = element(below, "button", {type: "button"}, "Whole training");
  slider.parentElement.className = "wide";
  slider.addEventListener("input", () => pointAt(+slider.value));
  const zoom = (low, high) => {
    if (high <= low) return;
    state.range = [Math.max(1, low), Math.min(longest, high)];
    [from.value, to.value] = state.range;
    render();
  };
  for (const field of [from, to]) field.addEventListener("change", () => zoom(+from.value, +to.value));
  whole.addEventListener("click", () => zoom(1, longest));

  const look = (model) => `s${models.indexOf(model) % 7}`;
  const chosen = () => models.filter((model) => state.models.has(model));
  const curvesOf = (metric) => chosen().flatMap((model) => LINES
    .filter(([prefix]) => state.lines.has(prefix) && model.curves[prefix + metric])
    .map(([prefix, name]) => ({model, name, values: model.curves[prefix + metric]})));
  const epochOf = (model, place) => 1 + place * model.every;
  const valueAt = (model, key) => model.curves[key]?.[Math.round((state.at - 1) / model.every)];

  function limits(curves) {
    const [low, high] = state.range;
    const passedOver = high - low < 20 ? 0 : state.logX || low > 1 ? 1 : (high - low) / 10;
    const seen = curves.flatMap(({model, values}) => values.filter((value, place) =>
      value != null && (!state.logY || value > 0)
      && epochOf(model, place) >= Math.min(low + passedOver, model.epochs) && epochOf(model, place) <= high));
    seen.sort((a, b) => a - b);
    const at = (share) => seen[Math.round(share * (seen.length - 1))];
    const [a, b] = seen.length ? [at(.002), at(.998)] : [0, 1];
    if (state.logY) return [a / 1.1, b * 1.1];
    const margin = .06 * (b - a) || .05 * Math.abs(b) || .05;
    return [a - margin, b + margin];
  }

  function drawPanel([metric, svg]) {
    const {width, height} = svg.getBoundingClientRect();
    const right = width - MARGIN.right, bottom = height - MARGIN.bottom;
    const curves = curvesOf(metric);
    const [low, high] = limits(curves);
    const x = scale(...state.range, MARGIN.left, right, state.logX);
    const y = scale(low, high, bottom, MARGIN.top, state.logY);
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const clip = `clip-${metric}`;
    draw(draw(svg, "clipPath", {id: clip}), "rect", {x: MARGIN.left, y: MARGIN.top, width: Math.max(0, right - MARGIN.left), height: bottom - MARGIN.top});
    for (const tick of ticks(low, high, state.logY)) {
      draw(svg, "line", {class: "grid", x1: MARGIN.left, x2: right, y1: y(tick), y2: y(tick)});
      draw(svg, "text", {x: MARGIN.left - 8, y: y(tick) + 4, "text-anchor": "end"}, show(tick));
    }
    for (const tick of ticks(...state.range, state.logX).filter(Number.isInteger))
      draw(svg, "text", {x: x(tick), y: bottom + 18, "text-anchor": "middle"}, tick);
    draw(svg, "text", {x: right, y: bottom + 34, "text-anchor": "end"}, "epoch");
    draw(svg, "text", {class: "name", x: 0, y: 14}, metric.replaceAll("_", " "));
    const inside = draw(svg, "g", {"clip-path": `url(#${clip})`});
    const marked = new Set();  // Two trainings that begin alike have the same marks.
    let row = 0;
    for (const model of chosen())
      for (const [name, epochs] of Object.entries(marks[model.name] ?? {}))
        epochs.forEach((epoch, place) => {
          if (marked.has(name + epoch)) return;
          marked.add(name + epoch);
          draw(inside, "line", {class: `mark ${look(model)}`, x1: x(epoch), x2: x(epoch), y1: MARGIN.top, y2: bottom});
          const end = x(epoch) > (MARGIN.left + right) / 2;
          if (!place) draw(inside, "text", {x: x(epoch) + (end ? -4 : 4), y: MARGIN.top + 12 + 15 * row++, "text-anchor": end ? "end" : "start"}, name);
        });
    for (const {model, name, values} of curves) {
      let path = "", pen = "M";
      values.forEach((value, place) => {
        if (value == null || (state.logY && value <= 0)) { pen = "M"; return; }
        path += `${pen}${x(epochOf(model, place)).toFixed(1)} ${y(value).toFixed(1)}`;
        pen = "L";
      });
      if (values.length === 1) draw(inside, "circle", {class: `dot ${look(model)}`, cx: x(1), cy: y(values[0]), r: 3});
      draw(inside, "path", {class: `line ${name} ${look(model)}`, d: path});
    }
    if (metric === "accuracy" && state.lines.size === 2)
      for (const model of chosen()) drawGap(inside, model, x, y);
    const cross = draw(inside, "g");
    watch(svg, x);
    return {svg, x, y, curves, cross, bottom};
  }

  // How far training and validation lie apart after the last epoch.
  function drawGap(inside, model, x, y) {
    const ends = ["accuracy", "val_accuracy"].map((key) => model.curves[key]?.at(-1));
    const gap = ends[0] - ends[1];
    if (!(gap > SMALLEST_GAP)) return;
    const at = x(model.epochs);
    draw(inside, "line", {class: `gap ${look(model)}`, x1: at, x2: at, y1: y(ends[0]), y2: y(ends[1])});
    draw(inside, "text", {x: at - 8, y: y((ends[0] + ends[1]) / 2) + 4, "text-anchor": "end"}, `gap ${gap.toFixed(2)}`);
  }

  function watch(svg, x) {
    let begin = null, box = null;
    const place = (event) => event.clientX - svg.getBoundingClientRect().left;
    const epoch = (event) => Math.round(Math.min(state.range[1], Math.max(state.range[0], x.inverse(place(event)))));
    svg.addEventListener("pointerdown", (event) => { begin = event; });
    svg.addEventListener("pointermove", (event) => {
      pointAt(epoch(event));
      if (!begin || Math.abs(place(event) - place(begin)) < 6) return;
      box ??= draw(svg, "rect", {class: "zoom", y: MARGIN.top, height: svg.clientHeight - MARGIN.top - MARGIN.bottom});
      box.setAttribute("x", Math.min(place(event), place(begin)));
      box.setAttribute("width", Math.abs(place(event) - place(begin)));
    });
    svg.addEventListener("pointerup", (event) => {
      const ends = [epoch(begin ?? event), epoch(event)].sort((a, b) => a - b);
      const dragged = box;
      begin = box = null;
      if (dragged) { dragged.remove(); zoom(...ends); }
    });
    svg.addEventListener("pointerleave", () => { begin = null; box?.remove(); box = null; });
    svg.addEventListener("dblclick", () => zoom(1, longest));
  }

  function pointAt(epoch) {
    state.at = slider.value = epoch;
    for (const {x, y, curves, cross, bottom} of drawn) {
      cross.replaceChildren();
      draw(cross, "line", {class: "cross", x1: x(epoch), x2: x(epoch), y1: MARGIN.top, y2: bottom});
      for (const {model, values} of curves) {
        const value = values[Math.round((epoch - 1) / model.every)];
        if (value != null) draw(cross, "circle", {class: `dot ${look(model)}`, cx: x(epoch), cy: y(value), r: 4});
      }
    }
    table.caption.textContent = `Values at epoch ${epoch}`;
    for (const [cell, model, key] of cells) cell.textContent = show(valueAt(model, key));
  }

  let cells = [];
  function fillTable() {
    table.replaceChildren();
    cells = [];
    table.createCaption();
    const head = table.createTHead().insertRow(), body = table.createTBody();
    const keys = [...state.metrics].flatMap((metric) => LINES.map(([prefix, name]) => [prefix + metric, `${metric.replaceAll("_", " ")}, ${name}`]))
      .filter(([key]) => models.some((model) => model.curves[key]));
    element(head, "th", {scope: "col"}, "model");
    for (const [, name] of keys) element(head, "th", {scope: "col", className: "number"}, name);
    for (const model of models) {
      const row = body.insertRow();
      const own = element(element(row, "td"), "label", {className: "series"});
      const box = element(own, "input", {type: "checkbox", checked: state.models.has(model)});
      box.addEventListener("change", () => { flip(state.models, model)(); render(); });
      draw(draw(own, "svg", {class: "swatch", viewBox: "0 0 26 10", "aria-hidden": "true"}), "line", {class: look(model), x1: 0, x2: 26, y1: 5, y2: 5});
      own.append(model.name);
      for (const [key] of keys) cells.push([element(row, "td", {className: "number"}), model, key]);
    }
  }

  function render() {
    const focused = [...table.querySelectorAll("input")].indexOf(document.activeElement);
    panels.replaceChildren();
    // All of them first: they share the width.
    drawn = metrics.filter((metric) => state.metrics.has(metric))
      .map((metric) => [metric, draw(panels, "svg", {role: "img", "aria-label": `${metric} over the epochs`})])
      .map(drawPanel);
    fillTable();
    table.querySelectorAll("input")[focused]?.focus();
    pointAt(Math.min(state.range[1], Math.max(state.range[0], state.at)));
  }

  let width = box.clientWidth;
  if (width) render();  // A page that is printed at once shows them too.
  new ResizeObserver(([entry]) => {
    if (entry.contentRect.width !== width) { width = entry.contentRect.width; render(); }
  }).observe(box);
}

const curvesBox = document.getElementById("curves");
if (curvesBox) showCurves(curvesBox, JSON.parse(document.getElementById("curves-data").textContent));
