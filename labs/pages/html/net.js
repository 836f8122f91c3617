// A dense net that answers in the page: its forward pass, and what to feed it with.
const SIDE = 28, BOX = 20, PEN = 280;

const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

function half(bits) {
  const exponent = bits >> 10 & 31, fraction = bits & 1023;
  return (bits & 32768 ? -1 : 1) * (exponent ? 2 ** (exponent - 25) * (1024 + fraction) : fraction * 2 ** -24);
}

function readNet(data) {
  return data.layers.map(({kernel, bias, activation}) => ({
    activation, bias, kernel: Float32Array.from(new Uint16Array(bytes(kernel).buffer), half),
  }));
}

const ACTIVATIONS = {
  linear: (z) => z,
  relu: (z) => z.map((v) => Math.max(0, v)),
  tanh: (z) => z.map(Math.tanh),
  sigmoid: (z) => z.map((v) => 1 / (1 + Math.exp(-v))),
  softmax: (z) => {
    const top = Math.max(...z), powers = z.map((v) => Math.exp(v - top));
    const sum = powers.reduce((a, b) => a + b);
    return powers.map((v) => v / sum);
  },
};

// probabilities = softmax(... activation(W x + b)), x scaled as the net's first layer does it.
function forward(net, {scale, offset}, inputs) {
  const part = (of, i) => of[i % of.length];
  let x = Float32Array.from(inputs, (v, i) => v * part(scale, i) + part(offset, i));
  for (const {kernel, bias, activation} of net) {
    const z = Float64Array.from(bias), units = z.length;
    x.forEach((v, i) => {
      if (v) for (let unit = 0, at = i * units; unit < units; unit++) z[unit] += v * kernel[at + unit];
    });
    x = ACTIVATIONS[activation](z);
  }
  return x;
}

// Bicubic, antialiased where it shrinks, as Pillow resizes; along one axis of an image.
function resizeRows(image, width, height, to) {
  const ratio = height / to, reach = 2 * Math.max(1, ratio), made = new Float64Array(width * to);
  const weight = (x) => (x = Math.abs(x)) < 1 ? (1.5 * x - 2.5) * x * x + 1 : x < 2 ? ((-.5 * x + 2.5) * x - 4) * x + 2 : 0;
  for (let row = 0; row < to; row++) {
    const center = (row + .5) * ratio;
    const first = Math.max(0, Math.floor(center - reach + .5)), last = Math.min(height, Math.floor(center + reach + .5));
    const weights = Array.from({length: last - first}, (_, i) => weight((first + i - center + .5) * 2 / reach));
    const sum = weights.reduce((a, b) => a + b);
    for (let x = 0; x < width; x++)
      made[row * width + x] = weights.reduce((total, w, i) => total + w * image[(first + i) * width + x], 0) / sum;
  }
  return made;
}

const transpose = (image, width, height) =>
  Float64Array.from(image, (_, i) => image[(i % height) * width + Math.floor(i / height)]);

function resize(image, width, height, toWidth, toHeight) {
  const across = resizeRows(transpose(image, width, height), height, width, toWidth);
  return resizeRows(transpose(across, height, toWidth), toWidth, height, toHeight);
}

// MNIST's preparation, as labs.predict has it: into 20×20 pixels, center of mass in the center.
function prepareDigit(ink, side) {
  const factor = Math.max(1, Math.floor(side / (4 * SIDE))), small = Math.floor(side / factor);
  let coarse = new Float64Array(small * small);
  for (let y = 0; y < small * factor; y++)
    for (let x = 0; x < small * factor; x++)
      coarse[Math.floor(y / factor) * small + Math.floor(x / factor)] += ink[y * side + x] / factor ** 2;
  const most = Math.max(...coarse);
  if (!most) return null;
  coarse = coarse.map((v) => v / most);
  let [top, left, bottom, right] = [small, small, -1, -1];
  coarse.forEach((v, i) => {
    if (v <= .25) return;
    const y = Math.floor(i / small), x = i % small;
    [top, left, bottom, right] = [Math.min(top, y), Math.min(left, x), Math.max(bottom, y), Math.max(right, x)];
  });
  const [width, height] = [right - left + 1, bottom - top + 1];
  const box = Float64Array.from({length: width * height}, (_, i) => coarse[(top + Math.floor(i / width)) * small + left + i % width]);
  const ratio = BOX / Math.max(width, height);
  const [w, h] = [width, height].map((length) => Math.max(1, Math.round(ratio * length)));
  let digit = resize(box, width, height, w, h);
  const peak = Math.max(...digit);
  digit = digit.map((v) => Math.min(1, Math.max(0, v / peak)));
  let [mass, massY, massX] = [0, 0, 0];
  digit.forEach((v, i) => { mass += v; massY += v * Math.floor(i / w); massX += v * (i % w); });
  const put = (center, length) => Math.min(SIDE - length, Math.max(0, Math.round(SIDE / 2 - center)));
  const [y0, x0] = [put(massY / mass, h), put(massX / mass, w)];
  const image = new Uint8Array(SIDE * SIDE);
  digit.forEach((v, i) => { image[(y0 + Math.floor(i / w)) * SIDE + x0 + i % w] = Math.round(255 * v); });
  return image;
}

function showBars(box, names) {
  const said = element(box, "output", {className: "said"});
  const list = element(box, "ol", {className: "bars", ariaLabel: "Probabilities"});
  const bars = names.map((name) => {
    const item = element(list, "li", {}, element(null, "span", {}, name));
    const bar = draw(draw(item, "svg", {viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true"}), "rect", {height: 10});
    return {item, bar, percent: element(item, "span", {className: "number"})};
  });
  return (probabilities, truth) => {
    const best = probabilities ? probabilities.indexOf(Math.max(...probabilities)) : -1;
    bars.forEach(({item, bar, percent}, i) => {
      const share = probabilities ? probabilities[i] : 0;
      bar.setAttribute("width", 100 * share);
      percent.textContent = probabilities ? `${(100 * share).toFixed(1)}%` : "";
      item.className = i === best ? "best" : "";
    });
    said.textContent = best < 0 ? "" : `The net says ${names[best]}.${truth === undefined ? "" : ` It is ${names[truth]}.`}`;
  };
}

function paint(canvas, image) {
  const context = canvas.getContext("2d"), picture = context.createImageData(SIDE, SIDE);
  image.forEach((v, i) => picture.data.set([v, v, v, 255], 4 * i));
  context.putImageData(picture, 0, 0);
}

function showDigits(box, data, answer) {
  const grid = element(box, "div", {className: "net"});
  const left = element(grid, "div"), right = element(grid, "div");
  const pad = element(left, "canvas", {width: PEN, height: PEN, className: "pad", role: "img", ariaLabel: "Field to draw a digit in; or choose a test digit below"});
  const row = element(left, "div", {className: "controls"});
  const clear = element(row, "button", {type: "button"}, "Clear");
  const seen = element(element(row, "label", {}, "what the net sees "), "canvas", {width: SIDE, height: SIDE, className: "seen"});
  const tell = showBars(right, data.class_names);
  const context = pad.getContext("2d", {willReadFrequently: true});
  Object.assign(context, {lineWidth: 22, lineCap: "round", lineJoin: "round"});
  const show = (image, truth) => {
    paint(seen, image ?? new Uint8Array(SIDE * SIDE));
    tell(image && answer(image), truth);
  };
  const wipe = () => { context.clearRect(0, 0, PEN, PEN); show(null); };
  clear.addEventListener("click", wipe);
  const read = () => {
    const pixels = context.getImageData(0, 0, PEN, PEN).data;
    show(prepareDigit(Float64Array.from({length: PEN * PEN}, (_, i) => pixels[4 * i + 3]), PEN));
  };
  let last = null;
  const spot = (event) => {
    const place = pad.getBoundingClientRect();
    return [event.clientX - place.left, event.clientY - place.top].map((v) => v * PEN / place.width);
  };
  pad.addEventListener("pointerdown", (event) => { last = spot(event); pad.setPointerCapture(event.pointerId); stroke(event); });
  pad.addEventListener("pointermove", (event) => { if (last) stroke(event); });
  for (const end of ["pointerup", "pointercancel"]) pad.addEventListener(end, () => { last = null; });
  function stroke(event) {
    const next = spot(event);
    context.beginPath();
    context.moveTo(...last);
    context.lineTo(...next);
    context.stroke();
    last = next;
    read();
  }
  const shelf = element(box, "div", {className: "shelf", role: "group", ariaLabel: "Test images"});
  data.images.forEach((packed, place) => {
    const image = bytes(packed), name = data.class_names[data.labels[place]];
    const button = element(shelf, "button", {type: "button", ariaLabel: `Test image ${place + 1}: ${name}`});
    paint(element(button, "canvas", {width: SIDE, height: SIDE}), image);
    button.addEventListener("click", () => { wipe(); show(image, data.labels[place]); });
  });
  wipe();
}

function showSliders(box, data, answer) {
  const row = element(box, "div", {className: "controls"});
  const grid = element(box, "div", {className: "net"});
  const left = element(grid, "div", {className: "sliders"}), right = element(grid, "div");
  const tell = showBars(right, data.class_names);
  const sliders = data.features.map(({name, low, middle, high}) => {
    const label = element(left, "label", {}, element(null, "span", {}, name));
    const input = element(label, "input", {type: "range", min: low, max: high, step: "any", value: middle});
    const value = element(label, "output");
    input.addEventListener("input", () => { choice.value = ""; update(); });
    return {input, value, middle};
  });
  const choice = element(element(row, "label", {}, "Take "), "select");
  element(choice, "option", {value: ""}, "the values below");
  element(choice, "option", {value: "middle"}, "the medians");
  data.rows.forEach((_, place) => element(choice, "option", {value: place}, `test row ${place}`));
  choice.addEventListener("change", () => {
    if (choice.value === "") return;
    const row = data.rows[choice.value] ?? sliders.map((slider) => slider.middle);
    sliders.forEach(({input}, i) => { input.value = row[i]; });
    update();
  });
  function update() {
    const values = sliders.map(({input, value}) => { value.textContent = (+input.value).toPrecision(3); return +input.value; });
    tell(answer(values), data.labels[choice.value]);
  }
  choice.value = "middle";
  update();
}

const netBox = document.getElementById("net");
const netData = JSON.parse(document.getElementById("net-data").textContent);
const net = readNet(netData);
element(netBox, "p", {}, `${netData.about} ${netData.images ? "Draw in the field, or choose a test image" : "Move a slider, or choose a test row"}.`);
(netData.images ? showDigits : showSliders)(netBox, netData, (inputs) => forward(net, netData.input, inputs));
