// A net that answers in the page: its forward pass, and what to feed it with.
const PEN = 280, LARGEST_SIDE = 1448;

const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

function half(bits) {
  const exponent = bits >> 10 & 31, fraction = bits & 1023;
  return (bits & 32768 ? -1 : 1) * (exponent ? 2 ** (exponent - 25) * (1024 + fraction) : fraction * 2 ** -24);
}

function readNet(data) {
  const read = (text) => data.bytes === 2 ? Float32Array.from(new Uint16Array(bytes(text).buffer), half) : new Float32Array(bytes(text).buffer);
  return data.layers.map((layer) => layer.kernel ? {...layer, kernel: read(layer.kernel)} : layer);
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

// z ← z + W v, where v are the inputs from `from` on and `at` is their first place in the kernel.
function addProducts(z, to, units, x, from, channels, kernel, at) {
  for (let channel = 0; channel < channels; channel++) {
    const v = x[from + channel], start = at + channel * units;
    if (v) for (let unit = 0; unit < units; unit++) z[to + unit] += v * kernel[start + unit];
  }
}

function multiply(x, {kernel, bias}) {
  const z = Float64Array.from(bias);
  addProducts(z, 0, z.length, x, 0, x.length, kernel, 0);
  return z;
}

// 3×3, zeros around the image; of each place the channels stand side by side.
function convolve(x, {kernel, bias, side}) {
  const units = bias.length, channels = x.length / side ** 2, z = new Float64Array(side ** 2 * units);
  for (let place = 0; place < side ** 2; place++) {
    const row = Math.floor(place / side), column = place % side;
    z.set(bias, place * units);
    for (let near = 0; near < 9; near++) {
      const y = row + Math.floor(near / 3) - 1, x0 = column + near % 3 - 1;
      if (y < 0 || y >= side || x0 < 0 || x0 >= side) continue;
      addProducts(z, place * units, units, x, (y * side + x0) * channels, channels, kernel, near * channels * units);
    }
  }
  return z;
}

function pool(x, side) {
  const channels = x.length / side ** 2, small = side >> 1;
  return Float64Array.from({length: small ** 2 * channels}, (_, i) => {
    const place = Math.floor(i / channels), row = 2 * Math.floor(place / small), column = 2 * (place % small);
    return Math.max(...[0, 1, side, side + 1].map((step) => x[(row * side + column + step) * channels + i % channels]));
  });
}

// probabilities = softmax(... activation(W x + b)), layer by layer as Keras has them.
function forward(net, inputs) {
  let x = Float64Array.from(inputs);
  for (const layer of net) {
    if (layer.scale) x = x.map((v, i) => v * layer.scale[i % layer.scale.length] + layer.offset[i % layer.offset.length]);
    if (layer.pool) x = pool(x, layer.pool);
    if (layer.kernel) x = (layer.side ? convolve : multiply)(x, layer);
    if (layer.activation) x = ACTIVATIONS[layer.activation](x);
  }
  return x;
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

function showImages(box, data, answer) {
  const grid = element(box, "div", {className: "net"});
  const left = element(grid, "div"), right = element(grid, "div");
  const isHand = data.subject === "hand", tell = showBars(right, data.class_names);
  const seen = element(null, "canvas", {width: SIDE, height: SIDE, className: "seen", role: "img", ariaLabel: "What the net sees"});
  const show = (image, truth) => {
    paint(seen, image ?? new Uint8Array(SIDE * SIDE));
    tell(image && answer(image), truth);
  };
  const wipe = (isHand ? takePictures : takeStrokes)(box, left, seen, show);
  const shelf = element(box, "div", {className: "shelf", role: "group", ariaLabel: "Test images"});
  data.images.forEach((packed, place) => {
    const image = bytes(packed), name = data.class_names[data.labels[place]];
    const button = element(shelf, "button", {type: "button", ariaLabel: `Test image ${place + 1}: ${name}`});
    paint(element(button, "canvas", {width: SIDE, height: SIDE}), image);
    button.addEventListener("click", () => { wipe(); show(image, data.labels[place]); });
  });
  wipe();
}

function takeStrokes(_, left, seen, show) {
  const pad = element(left, "canvas", {width: PEN, height: PEN, className: "pad", role: "img", ariaLabel: "Field to draw a digit in; or choose a test digit below"});
  const row = element(left, "div", {className: "controls"});
  const clear = element(row, "button", {type: "button"}, "Clear");
  element(row, "span", {}, "what the net sees ", seen);
  const context = pad.getContext("2d", {willReadFrequently: true});
  Object.assign(context, {lineWidth: 22, lineCap: "round", lineJoin: "round"});
  const wipe = () => { context.clearRect(0, 0, PEN, PEN); show(null); };
  clear.addEventListener("click", wipe);
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
    const pixels = context.getImageData(0, 0, PEN, PEN).data;
    show(prepareDigit(Float64Array.from({length: PEN * PEN}, (_, i) => pixels[4 * i + 3]), PEN));
  }
  return wipe;
}

// The square in the middle of a picture file; of one so large that labs.predict averages it, fewer pixels.
async function squareOf(file) {
  const bitmap = await createImageBitmap(file, {colorSpaceConversion: "none"});
  const whole = Math.min(bitmap.width, bitmap.height), side = Math.min(whole, LARGEST_SIDE);
  const context = element(null, "canvas", {width: side, height: side}).getContext("2d");
  const [left, top] = [bitmap.width, bitmap.height].map((length) => Math.floor((length - whole) / 2));
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, left, top, whole, whole, 0, 0, side, side);
  return [context.getImageData(0, 0, side, side).data, side];
}

function takePictures(box, left, seen, show) {
  const label = element(left, "label", {className: "drop"}, "Drop a picture of a hand here, or choose a file");
  const field = element(label, "input", {type: "file", accept: "image/*"});
  const told = element(left, "output", {className: "note"});
  element(left, "p", {className: "note"}, seen, "What the net sees: the square in the middle, 28 by 28 pixels. The picture stays in this page.");
  seen.classList.add("large");
  const wipe = () => { [field.value, told.textContent] = ["", ""]; show(null); };
  async function take(file) {
    wipe();
    try {
      const image = prepareHand(...await squareOf(file));
      show(image);
      told.textContent = image ? file.name : `${file.name} shows nothing: its light and dark hardly differ.`;
    } catch {
      told.textContent = `${file.name} is no picture that this browser reads.`;
    }
  }
  field.addEventListener("change", () => { if (field.files.length) take(field.files[0]); });
  box.addEventListener("dragover", (event) => event.preventDefault());
  box.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) take(event.dataTransfer.files[0]);
  });
  return wipe;
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
const doing = !netData.images ? "Move a slider, or choose a test row"
  : netData.subject === "hand" ? "Give it a picture, or choose a test image" : "Draw in the field, or choose a test image";
element(netBox, "p", {}, `${netData.about} ${doing}.`);
(netData.images ? showImages : showSliders)(netBox, netData, (inputs) => forward(net, inputs));
