// What all parts of a page make their elements, axes and numbers with.
"use strict";
const SVG = "http://www.w3.org/2000/svg";

function element(parent, name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  parent?.append(made);
  return made;
}

function draw(parent, name, attributes = {}, text = "") {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  parent.append(made);
  return made;
}

// A finger on a grip drags and does not scroll: Chromium heeds touch-action of a whole SVG only.
function keepFromScrolling(svg) {
  svg.addEventListener("touchstart", (event) => { if (event.target.classList.contains("grip")) event.preventDefault(); }, {passive: false});
}

function ticks(low, high, logarithmic) {
  if (logarithmic) {
    const found = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++)
      for (const factor of [1, 2, 5]) found.push(factor * 10 ** power);
    const inside = found.filter((tick) => tick >= low && tick <= high);
    const round = inside.filter((tick) => Math.log10(tick) % 1 === 0);
    if (inside.length > 8 && round.length > 1) return round;
    if (inside.length > 1) return inside;
  }
  const step = 10 ** Math.floor(Math.log10((high - low) / 4 || 1));
  const size = [1, 2, 5, 10].map((f) => f * step).find((s) => (high - low) / s <= 5);
  const first = Math.ceil(low / size);
  return Array.from({length: Math.floor(high / size) - first + 1}, (_, i) => (first + i) * size);
}

function scale(low, high, from, to, logarithmic) {
  const f = logarithmic ? Math.log : (x) => x;
  const g = logarithmic ? Math.exp : (x) => x;
  const [a, b] = [f(low), f(high)];
  const place = (x) => from + (to - from) * (f(x) - a) / (b - a || 1);
  place.inverse = (p) => g(a + (b - a) * (p - from) / (to - from));
  return place;
}

const show = (x) => x == null ? "–" : Math.abs(x) >= 1e5 ? x.toExponential(2) : +x.toPrecision(4) + "";
