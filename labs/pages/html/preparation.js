// Pictures become 28×28 pixels like those a net was trained on, as labs.predict makes them.
const SIDE = 28, BOX = 20, LEAST_CONTRAST = 12, DARKEST = [1, 105], LIGHTEST = [176, 255];

// As Python rounds: a half goes to the even neighbor.
function roundHalfToEven(v) {
  const up = Math.round(v);
  return up - v === .5 && up % 2 ? up - 1 : up;
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
  const [w, h] = [width, height].map((length) => Math.max(1, roundHalfToEven(ratio * length)));
  let digit = resize(box, width, height, w, h);
  const peak = Math.max(...digit);
  digit = digit.map((v) => Math.min(1, Math.max(0, v / peak)));
  let [mass, massY, massX] = [0, 0, 0];
  digit.forEach((v, i) => { mass += v; massY += v * Math.floor(i / w); massX += v * (i % w); });
  const put = (center, length) => Math.min(SIDE - length, Math.max(0, roundHalfToEven(SIDE / 2 - center)));
  const [y0, x0] = [put(massY / mass, h), put(massX / mass, w)];
  const image = new Uint8Array(SIDE * SIDE);
  digit.forEach((v, i) => { image[(y0 + Math.floor(i / w)) * SIDE + x0 + i % w] = roundHalfToEven(255 * v); });
  return image;
}

// Gray levels as Pillow has them; what is transparent becomes black behind light, white behind dark.
function grayOf(pixels) {
  const gray = new Float64Array(pixels.length / 4);
  let [light, opaque] = [0, 0];
  gray.forEach((_, i) => {
    const [r, g, b, alpha] = pixels.subarray(4 * i, 4 * i + 4);
    gray[i] = (19595 * r + 38470 * g + 7471 * b + 32768) >> 16;
    light += gray[i] * alpha;
    opaque += alpha;
  });
  const behind = light > 127.5 * opaque ? 0 : 255;
  return gray.map((v, i) => (v * pixels[4 * i + 3] + behind * (255 - pixels[4 * i + 3])) / 255);
}

// The contrast of a hand's picture is brought to what is common among training images.
function prepareHand(pixels, side) {
  const hand = resize(grayOf(pixels), side, side, SIDE, SIDE), sorted = hand.slice().sort();
  const [dark, light] = [.01, .99].map((share) => {
    const at = share * (sorted.length - 1), low = Math.floor(at);
    return sorted[low] + (at - low) * (sorted[low + 1] - sorted[low]);
  });
  if (light - dark < LEAST_CONTRAST) return null;
  const clamp = (v, [low, high]) => Math.min(high, Math.max(low, v));
  const [commonDark, commonLight] = [clamp(dark, DARKEST), clamp(light, LIGHTEST)];
  return Uint8Array.from(hand, (v) => roundHalfToEven(clamp(commonDark + (v - dark) * (commonLight - commonDark) / (light - dark), [0, 255])));
}
