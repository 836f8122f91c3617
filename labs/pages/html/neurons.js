// Neurons that say 1 where w·x + b ≥ 0: move their numbers, and see lines, region and points.
const FIELD = 360, ARROW = 52, GRIP = 18, FEW_POINTS = 20;

// The part of a polygon where the neuron says 1.
function clip(polygon, neuron) {
  return polygon.flatMap((corner, i) => {
    const last = polygon.at(i - 1), [from, to] = [weigh(neuron, last), weigh(neuron, corner)];
    const cut = from * to < 0 ? [last.map((v, k) => v + (corner[k] - v) * from / (from - to))] : [];
    return to >= 0 ? [...cut, corner] : cut;
  });
}

const weigh = ([w1, w2, b], [x1, x2]) => w1 * x1 + w2 * x2 + b;
const combine = (all, size) => size === 0 ? [[]]
  : all.flatMap((first, i) => combine(all.slice(i + 1), size - 1).map((rest) => [first, ...rest]));
const decimals = (v) => v.toFixed(2).replace("-0.00", "0.00").replace("-", "−");
const signed = (v) => decimals(v).replace(/^(−?)/, (sign) => `${sign || "+"} `);

function showNeurons(box, divisions) {
  const lead = element(box, "p");
  const row = element(box, "div", {className: "controls"});
  const grid = element(box, "div", {className: "net"});
  const svg = draw(element(grid, "div"), "svg", {class: "plane", viewBox: `0 0 ${FIELD} ${FIELD}`, role: "img"});
  const side = element(grid, "div");
  const said = element(side, "output", {className: "said"});
  const fields = element(side, "div", {className: "sliders"});
  let division, neurons, chosen, at, x, y, corners, parts;

  function choice(name, change) {
    const label = element(row, "label", {}, `${name} `), select = element(label, "select");
    select.addEventListener("change", () => change(select.selectedIndex));
    return (names, place = 0) => {
      label.hidden = names.length < 2;
      select.replaceChildren(...names.map((text) => element(null, "option", {}, text)));
      select.selectedIndex = place;
    };
  }
  const offerDivisions = choice("Divide", begin);
  const offerNeurons = choice("Move", (place) => { chosen = place; update(); });

  const sliders = ["w₁", "w₂", "b"].map((name, part) => {
    const label = element(fields, "label", {}, element(null, "span", {}, name));
    const input = element(label, "input", {type: "range", step: "any"}), value = element(label, "output");
    input.addEventListener("input", () => { neurons[chosen][part] = +input.value; update(); });
    return {input, value};
  });
  const equation = element(side, "p", {className: "equation"});
  const buttons = element(side, "div", {className: "controls"});
  const button = (name, act) => {
    const made = element(buttons, "button", {type: "button"}, name);
    made.addEventListener("click", act);
    return made;
  };
  button("The run's weights", reset);
  const rule = button("A step of the perceptron rule", learn);
  const told = element(side, "output", {className: "note"});

  function begin(place) {
    division = divisions[place];
    const axes = [0, 1].map((k) => division.points.map((point) => point[k]));
    const [lows, highs] = [Math.min, Math.max].map((end) => axes.map((values) => end(...values)));
    const widest = Math.max(highs[0] - lows[0], highs[1] - lows[1]) || 1;
    const half = widest * (division.points.length > FEW_POINTS ? .58 : .9);  // Points look at equal scales.
    const [left, lower] = lows.map((low, k) => (low + highs[k]) / 2 - half);
    x = scale(left, left + 2 * half, 0, FIELD);
    y = scale(lower, lower + 2 * half, FIELD, 0);
    corners = [[left, lower], [left + 2 * half, lower], [left + 2 * half, lower + 2 * half], [left, lower + 2 * half]];
    const count = division.neurons.length;
    lead.textContent = `Shaded is where ${count > 1 ? `at least ${division.at_least} of ${count} neurons say` : "the neuron says"} 1, and filled points should be 1; a thick ring marks those that come out wrong. Move the numbers, drag a line by its ring, or turn the arrow of its weights.`;
    row.hidden = divisions.length === 1 && count === 1;
    drawField();
    reset();
  }

  function drawField() {
    svg.replaceChildren();
    const region = draw(svg, "path", {class: "region"});
    const [[left, lower], , [right, upper]] = corners;
    for (const tick of ticks(left, right)) {
      draw(svg, "line", {class: "grid", x1: x(tick), x2: x(tick), y1: 0, y2: FIELD});
      if (x(tick) > 20 && x(tick) < FIELD - 30) draw(svg, "text", {x: x(tick) + 4, y: FIELD - 6}, show(tick));
    }
    for (const tick of ticks(lower, upper)) {
      draw(svg, "line", {class: "grid", x1: 0, x2: FIELD, y1: y(tick), y2: y(tick)});
      if (y(tick) > 30 && y(tick) < FIELD - 20) draw(svg, "text", {x: 4, y: y(tick) - 4}, show(tick));
    }
    draw(svg, "text", {class: "name", x: FIELD - 20, y: FIELD - 6}, "x₁");
    draw(svg, "text", {class: "name", x: 5, y: 16}, "x₂");
    const lines = division.neurons.map(() => ({line: draw(svg, "line", {class: "border"}), arrow: draw(svg, "line", {class: "arrow"})}));
    const r = division.points.length <= FEW_POINTS ? 9 : 4;
    const points = division.points.map((point, i) => draw(svg, "circle", {cx: x(point[0]), cy: y(point[1]), r, "data-label": division.labels[i]}));
    lines.forEach((own, i) => {
      own.foot = draw(svg, "circle", {class: "ring", r: 7});
      own.tip = draw(svg, "path", {class: "head", d: "M-9-8L9 0L-9 8Z"});
      own.grips = ["foot", "tip"].map((end) => draw(svg, "circle", {class: "grip", r: GRIP, "data-neuron": i, "data-end": end}));
    });
    parts = {region, points, lines};
  }

  function reset() {
    neurons = division.neurons.map(([weights, bias]) => [...weights, bias]);
    const reach = 2 * Math.max(1, ...neurons.flat().map(Math.abs));
    for (const {input} of sliders) Object.assign(input, {min: -reach, max: reach});
    [chosen, at] = [0, -1];
    offerNeurons(neurons.map((_, i) => `neuron ${i + 1}`));
    rule.hidden = neurons.length > 1;
    told.textContent = "";
    update();
  }

  const says = (point) => +(neurons.filter((neuron) => weigh(neuron, point) >= 0).length >= division.at_least);

  function update() {
    const areas = combine(neurons, division.at_least).map((some) => some.reduce(clip, corners)).filter((area) => area.length);
    parts.region.setAttribute("d", areas.map((area) => `M${area.map((p) => `${x(p[0])} ${y(p[1])}`).join("L")}Z`).join(""));
    const wrong = division.points.map((point, i) => says(point) !== division.labels[i]);
    parts.points.forEach((circle, i) => circle.setAttribute("class", `${wrong[i] ? "wrong " : ""}${i === at ? "used" : ""}`));
    parts.lines.forEach((own, i) => placeLine(own, neurons[i], i === chosen));
    sliders.forEach(({input, value}, part) => {
      const number = neurons[chosen][part];
      if (Math.abs(number) > input.max) Object.assign(input, {min: -Math.abs(number), max: Math.abs(number)});
      input.value = number;
      value.textContent = decimals(number);
    });
    const [w1, w2, b] = neurons[chosen];
    equation.textContent = `${decimals(w1)} x₁ ${signed(w2)} x₂ ${signed(b)} = 0`;
    const right = wrong.filter((one) => !one).length;
    said.textContent = `${right} of ${wrong.length} points right`;
    svg.setAttribute("aria-label", `Points of two kinds and ${neurons.length > 1 ? "the lines of the neurons" : "the line of the neuron"}; ${said.textContent}.`);
  }

  // The arrow of the weights stands on the line where it comes nearest to the middle.
  const footOf = ([w1, w2, b]) => {
    const middle = [x.inverse(FIELD / 2), y.inverse(FIELD / 2)];
    const share = weigh([w1, w2, b], middle) / (w1 ** 2 + w2 ** 2);
    return [x(middle[0] - share * w1), y(middle[1] - share * w2)];
  };

  function placeLine({line, arrow, foot, tip, grips}, neuron, isChosen) {
    const length = Math.hypot(neuron[0], neuron[1]);
    const [fx, fy] = length ? footOf(neuron) : [-FIELD, -FIELD];
    const [ux, uy] = length ? [neuron[0] / length, -neuron[1] / length] : [0, 0];
    const [tx, ty] = [fx + ARROW * ux, fy + ARROW * uy];
    const place = (made, attributes) => { for (const [key, v] of Object.entries(attributes)) made.setAttribute(key, v.toFixed(2)); };
    place(line, {x1: fx - 3 * FIELD * uy, y1: fy + 3 * FIELD * ux, x2: fx + 3 * FIELD * uy, y2: fy - 3 * FIELD * ux});
    place(arrow, {x1: fx, y1: fy, x2: tx, y2: ty});
    for (const made of [foot, grips[0]]) place(made, {cx: fx, cy: fy});
    place(grips[1], {cx: tx, cy: ty});
    tip.setAttribute("transform", `translate(${tx} ${ty}) rotate(${Math.atan2(uy, ux) * 180 / Math.PI})`);
    for (const made of [line, foot]) made.classList.toggle("chosen", isChosen);
    for (const made of [arrow, tip, grips[1]]) made.toggleAttribute("hidden", !isChosen);
  }

  // w ← w + (y − ŷ) x and b ← b + (y − ŷ) for the next point that is wrong.
  function learn() {
    const {points, labels} = division, rows = points.length;
    const order = Array.from({length: rows}, (_, i) => (at + 1 + i) % rows);
    const next = order.find((i) => says(points[i]) !== labels[i]);
    if (next === undefined) told.textContent = "Every point is right: the rule changes nothing.";
    else {
      at = next;
      const error = labels[at] - says(points[at]);
      told.textContent = `The point (${points[at].map(show).join(", ")}) is ${labels[at]}, the neuron said ${labels[at] - error}: ${error > 0 ? "the point is added to" : "the point is taken from"} the weights, 1 ${error > 0 ? "to" : "from"} b.`;
      neurons[0] = neurons[0].map((v, k) => v + error * (points[at][k] ?? 1));
      update();
    }
  }

  let end = null;
  keepFromScrolling(svg);
  svg.addEventListener("pointerdown", (event) => {
    end = event.target.dataset.end ?? null;
    if (!end) return;
    chosen = +event.target.dataset.neuron;
    offerNeurons(neurons.map((_, i) => `neuron ${i + 1}`), chosen);
    update();
    svg.setPointerCapture(event.pointerId);
  });
  svg.addEventListener("pointermove", (event) => {
    if (!end) return;
    const field = svg.getBoundingClientRect();
    const [px, py] = [event.clientX - field.left, event.clientY - field.top].map((v) => Math.min(FIELD - 8, Math.max(8, v * FIELD / field.width)));
    let [w1, w2] = neurons[chosen], through = [px, py];
    if (end === "tip") {  // It turns about its foot and keeps its length, which the line does not show.
      through = footOf(neurons[chosen]);
      const length = Math.hypot(w1, w2), way = [px - through[0], through[1] - py], far = Math.hypot(...way);
      if (far < 8) return;
      [w1, w2] = way.map((v) => v * length / far);
    }
    neurons[chosen] = [w1, w2, -weigh([w1, w2, 0], [x.inverse(through[0]), y.inverse(through[1])])];
    update();
  });
  for (const name of ["pointerup", "pointercancel"]) svg.addEventListener(name, () => { end = null; });

  offerDivisions(divisions.map(({name}) => name));
  begin(0);
}

showNeurons(document.getElementById("neurons"), JSON.parse(document.getElementById("neurons-data").textContent));
