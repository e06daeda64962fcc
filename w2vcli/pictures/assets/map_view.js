"use strict";

// The map on its canvas: where we look, and what is drawn.
const view = (() => {
  const { data } = frame;
  const { size } = words;
  const canvas = document.getElementById("map");
  const tip = document.getElementById("tip");
  const context = canvas.getContext("2d", { alpha: false });
  const x = Float64Array.from(data.x);
  const y = Float64Array.from(data.y);
  const still = matchMedia("(prefers-reduced-motion: reduce)");

  // What is shown.
  let colouring = words.colourings[0];
  let only = null; // a group of the colouring
  let selected = null;
  let near = []; // the numbers of the neighbours of the selected word
  let pointed = null; // the word under the pointer, or in the middle
  let arrows = data.drift !== null;
  let aiming = null; // how far from the middle the keyboard looks for a word
  let drawn = []; // the labels of the last picture

  // --- Sizes of dots and labels, by frequency -------------------------------------------------

  const FONTS = [[15, 600], [14, 600], [14, 500], [13, 400], [13, 400], [12, 400], [12, 400]];
  const RISE = 7; // from the middle of a dot to the lower edge of its label
  const step = (number) => Number(words.frequency.groups[words.frequency.of[number]].colour.slice(1));
  const asked = new Set(data.asked);
  const font = (number) => FONTS[asked.has(number) ? 0 : 6 - step(number)];
  const few = Math.max(0.7, Math.min(1.6, 2.2 - Math.log10(size) / 3)); // larger dots where there are few
  const radii = Float64Array.from(words.texts, (_, number) => (1.4 + step(number) * 0.4) * few);

  // What is written on the map: one line, and not too long.
  const written = words.texts.map((text) => {
    const shown = text.slice(0, 60).replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, "\uFFFD");
    const letters = Array.from(shown);
    return letters.length > 24 ? `${letters.slice(0, 23).join("")}…` : shown;
  });

  function setFont([pixels, weight]) {
    context.font = `${weight} ${pixels}px system-ui, sans-serif`;
  }

  const across = new Float64Array(size); // widths of labels, with a margin
  const up = new Float64Array(size);
  function measure() {
    for (const shape of new Set(FONTS)) {
      setFont(shape);
      for (let number = 0; number < size; number++) {
        if (font(number) !== shape) continue;
        across[number] = context.measureText(written[number]).width + 10;
        up[number] = shape[0] + 5;
      }
    }
  }
  measure();

  const order = [...data.asked, ...words.texts.keys()].filter((number, place) => place < asked.size || !asked.has(number));
  const zoomsOf = (some) => labels.zooms(x, y, across, up, some, 60);
  const everyLabel = zoomsOf(order);
  let labelled = everyLabel;
  const grid = labels.squares(x, y, Math.max(4, Math.min(128, Math.ceil(Math.sqrt(size)))));
  for (let number = size - 1; number >= 0; number--) grid.add(number);

  // --- Where we look ---------------------------------------------------------------------------

  const at = { x: 0, y: 0, zoom: 1 }; // the middle, and pixels of CSS per unit
  let whole = { x: 0, y: 0, zoom: 1 }; // all words in view
  let wide = 1;
  let high = 1;
  let moving = null; // the flight under way

  function around(numbers) {
    const box = { left: Infinity, right: -Infinity, low: Infinity, top: -Infinity };
    const take = (px, py) => {
      box.left = Math.min(box.left, px);
      box.right = Math.max(box.right, px);
      box.low = Math.min(box.low, py);
      box.top = Math.max(box.top, py);
    };
    for (const number of numbers) {
      take(x[number], y[number]);
      const before = data.drift?.x[number];
      if (arrows && typeof before === "number") take(before, data.drift.y[number]);
    }
    return box;
  }

  function fitted({ left, right, low, top }) {
    // Labels are wider than high, and above their dots.
    const zoom = Math.min(
      (wide * 0.86 - 50) / Math.max(right - left, 1e-4),
      (high * 0.92 - 40) / Math.max(top - low, 1e-4),
    );
    return { x: (left + right) / 2, y: (low + top) / 2, zoom };
  }

  // Zoomed in so far that every label has its place, as far as numbers of five decimals allow.
  const farthest = everyLabel.reduce((a, b) => (b < Infinity ? Math.max(a, b) : a), 0);
  const closest = () => Math.max(whole.zoom * 4, Math.min(farthest * 1.5, whole.zoom * 4096));

  function moveTo(px, py, zoom) {
    at.zoom = Math.max(whole.zoom * 0.7, Math.min(closest(), zoom));
    const [halfX, halfY] = [wide / 2 / whole.zoom, high / 2 / whole.zoom];
    at.x = Math.max(whole.x - halfX, Math.min(whole.x + halfX, px));
    at.y = Math.max(whole.y - halfY, Math.min(whole.y + halfY, py));
    aim();
    redraw();
  }

  // Fly to a place: the point of the paper that does not move on the screen stays where it is.
  function fly(to) {
    moving = null;
    if (still.matches || document.hidden) {
      moveTo(to.x, to.y, to.zoom);
      return;
    }
    const from = { ...at };
    const flight = { begin: performance.now() };
    moving = flight;
    const frameOf = (now) => {
      if (moving !== flight) return;
      const share = Math.min(1, (now - flight.begin) / 450);
      const eased = share * share * (3 - 2 * share);
      const zoom = from.zoom ** (1 - eased) * to.zoom ** eased;
      const change = 1 / from.zoom - 1 / to.zoom;
      const rest = Math.abs(change * from.zoom) < 0.01 ? 1 - eased : (1 / zoom - 1 / to.zoom) / change;
      moveTo(to.x + (from.x - to.x) * rest, to.y + (from.y - to.y) * rest, zoom);
      if (share < 1) requestAnimationFrame(frameOf);
      else moving = null;
    };
    requestAnimationFrame(frameOf);
  }

  function zoomBy(factor, px = wide / 2, py = high / 2) {
    moving = null;
    const zoom = Math.max(whole.zoom * 0.7, Math.min(closest(), at.zoom * factor));
    const shift = 1 / at.zoom - 1 / zoom;
    moveTo(at.x + (px - wide / 2) * shift, at.y - (py - high / 2) * shift, zoom);
  }

  function panBy(dx, dy) {
    moving = null;
    moveTo(at.x - dx / at.zoom, at.y + dy / at.zoom, at.zoom);
  }

  const isWhole = () => at.x === whole.x && at.y === whole.y && at.zoom === whole.zoom;
  const screenX = (value) => (value - at.x) * at.zoom + wide / 2;
  const screenY = (value) => (at.y - value) * at.zoom + high / 2;

  // --- Drawing ---------------------------------------------------------------------------------

  let tones = {};
  let printing = false;
  function themed() {
    const names = ["paper", "ink", "muted", "accent", "edge", ...words.colourings.flatMap((one) => one.groups.map((group) => group.colour))];
    tones = Object.fromEntries(names.map((name) => [name, frame.colour(name)]));
  }

  let ratio = 1;
  function resize(scale = devicePixelRatio) {
    const box = canvas.getBoundingClientRect();
    if (box.width < 1 || box.height < 1) return;
    const before = isWhole();
    ratio = scale;
    [wide, high] = [box.width, box.height];
    canvas.width = Math.round(wide * ratio);
    canvas.height = Math.round(high * ratio);
    whole = fitted(around(words.texts.keys()));
    if (before) Object.assign(at, whole);
  }

  let waiting = 0;
  function redraw() {
    waiting ||= requestAnimationFrame(paint);
  }

  function paint() {
    cancelAnimationFrame(waiting);
    waiting = 0;
    if (ratio !== devicePixelRatio && !printing) resize();
    paintDots();
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (arrows) paintArrows();
    paintLines();
    paintLabels();
    paintTip();
  }

  const toneOf = (number) => tones[colouring.groups[colouring.of[number]].colour];
  const grown = () => Math.max(0.8, Math.min(2, (at.zoom / whole.zoom) ** 0.22));

  function paintDots() {
    const { groups, of } = colouring;
    const values = groups.map((group) => dots.pixel(tones[group.colour]));
    const scale = grown() * ratio;
    const largest = radii[0] * grown(); // the most frequent word has the largest dot
    dots.sheet(context, tones.paper, largest * ratio);
    const lit = new Set([selected, ...near]);
    for (let number = size - 1; number >= 0; number--) {
      const group = of[number];
      const apart = (selected !== null && !lit.has(number)) || (only !== null && group !== only);
      const [px, py] = [screenX(x[number]), screenY(y[number])];
      if (px < -largest || py < -largest || px > wide + largest || py > high + largest) continue;
      dots.dot(px * ratio, py * ratio, radii[number] * scale, values[group], apart ? 40 : 128, groups[group].hollow ? 1 : 0);
    }
    dots.show(context);
  }

  // Of the words that moved, those that changed most of what is in view; more would be a thicket.
  const ARROWS = 80;
  function paintArrows() {
    const some = selected === null ? words.moved : [selected, ...near];
    let left = ARROWS;
    for (const number of some) {
      const before = data.drift.x[number];
      if (before === null || left === 0) continue;
      if (only !== null && colouring.of[number] !== only) continue;
      const [fromX, fromY] = [screenX(before), screenY(data.drift.y[number])];
      const [toX, toY] = [screenX(x[number]), screenY(y[number])];
      if (Math.max(fromX, toX) < 0 || Math.min(fromX, toX) > wide) continue;
      if (Math.max(fromY, toY) < 0 || Math.min(fromY, toY) > high) continue;
      left--;
      const short = selected === null ? 0 : radii[number] * grown() + 3; // it ends at the ring
      arrow(fromX, fromY, toX, toY, short, toneOf(number));
    }
  }

  function arrow(fromX, fromY, placeX, placeY, short, colour) {
    const far = Math.hypot(placeX - fromX, placeY - fromY);
    if (far < 5 + short) return;
    const [dx, dy] = [(placeX - fromX) / far, (placeY - fromY) / far];
    const [toX, toY] = [placeX - dx * short, placeY - dy * short];
    const head = Math.min(8, (far - short) / 2);
    context.strokeStyle = context.fillStyle = colour;
    context.lineWidth = 1.25;
    context.beginPath();
    context.moveTo(fromX, fromY);
    context.lineTo(toX - dx * head, toY - dy * head);
    context.stroke();
    context.beginPath();
    context.moveTo(toX, toY);
    context.lineTo(toX - dx * head - dy * head * 0.45, toY - dy * head + dx * head * 0.45);
    context.lineTo(toX - dx * head + dy * head * 0.45, toY - dy * head - dx * head * 0.45);
    context.fill();
  }

  function circle(number, radius, fill, stroke, thick = 2) {
    context.beginPath();
    context.arc(screenX(x[number]), screenY(y[number]), radius, 0, 2 * Math.PI);
    if (fill) {
      context.fillStyle = fill;
      context.fill();
    }
    context.strokeStyle = stroke;
    context.lineWidth = thick;
    context.stroke();
  }

  // From the selected word to its neighbours; rings round the words that matter now.
  function paintLines() {
    const radius = (number) => radii[number] * grown();
    if (selected !== null) {
      context.strokeStyle = tones.accent;
      context.lineWidth = 1.25;
      context.beginPath();
      for (const number of near) {
        context.moveTo(screenX(x[selected]), screenY(y[selected]));
        context.lineTo(screenX(x[number]), screenY(y[number]));
      }
      context.stroke();
      for (const number of near) {
        circle(number, radius(number) + 1.5, toneOf(number), tones.paper, 1.5);
      }
      circle(selected, radius(selected) + 3, tones.accent, tones.paper);
    }
    for (const number of data.asked) if (number !== selected) circle(number, radius(number) + 2.5, null, tones.ink, 1.5);
    if (pointed !== null) circle(pointed, radius(pointed) + 4, null, tones.ink);
    if (aiming !== null) {
      context.strokeStyle = tones.ink;
      context.lineWidth = 1;
      context.strokeRect(wide / 2 - 14.5, high / 2 - 14.5, 29, 29);
    }
  }

  // The widths of the labels of words that matter now, which are bold.
  const BOLD = [14, 600];
  const boldWidths = new Map();
  function boldWidth(number) {
    if (!boldWidths.has(number)) {
      setFont(BOLD);
      boldWidths.set(number, context.measureText(written[number]).width + 10);
    }
    return boldWidths.get(number);
  }

  function labelBox(number, w, h, place = "above") {
    const [px, py] = [screenX(x[number]), screenY(y[number])];
    const left = place === "left" ? px - w - 3 : place === "right" ? px + 3 : px - w / 2;
    const top = place === "above" ? py - RISE - h : place === "below" ? py + RISE : py - h / 2;
    return { number, left, top, right: left + w, bottom: top + h };
  }

  const covers = (one, other) =>
    one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

  // First the words that matter now, where there is room beside them; then the others, which
  // keep the places that they always have.
  function paintLabels() {
    const first = selected === null ? (arrows ? words.moved.slice(0, 12) : []) : [selected, ...near];
    const firstOnes = new Set(first);
    drawn = [];
    for (const number of first) {
      const box = ["above", "below", "right", "left"]
        .map((place) => labelBox(number, boldWidth(number), BOLD[0] + 5, place))
        .find((one) => !drawn.some((other) => covers(one, other)));
      if (box) drawn.push(box);
    }
    const taken = [...drawn];
    for (let number = 0; number < size; number++) {
      if (labelled[number] > at.zoom || firstOnes.has(number)) continue;
      const box = labelBox(number, across[number], up[number]);
      if (box.right < 0 || box.bottom < 0 || box.left > wide || box.top > high) continue;
      if (!taken.some((other) => covers(box, other))) drawn.push(box);
    }
    context.textAlign = "center";
    context.textBaseline = "alphabetic";
    context.direction = "ltr";
    context.lineJoin = "round";
    context.lineWidth = 3;
    context.strokeStyle = tones.paper;
    // The last first, so that the halo of none dims one that matters more.
    for (const box of drawn.toReversed()) {
      const { number } = box;
      const matters = firstOnes.has(number);
      const behind = selected !== null && !matters;
      setFont(matters ? BOLD : behind ? FONTS.at(-1) : font(number));
      const [middle, base] = [(box.left + box.right) / 2, box.bottom - 4];
      context.strokeText(written[number], middle, base);
      context.fillStyle = number === selected ? tones.accent : behind ? tones.muted : tones.ink;
      context.fillText(written[number], middle, base);
    }
  }

  function paintTip() {
    tip.hidden = pointed === null || printing;
    if (tip.hidden) return;
    const [px, py] = [screenX(x[pointed]), screenY(y[pointed])];
    if (tip.dataset.word !== String(pointed)) {
      tip.dataset.word = pointed;
      tip.replaceChildren(frame.word(words.texts[pointed]), frame.element("span", {}, about(pointed)));
    }
    const box = tip.getBoundingClientRect();
    const left = Math.max(4, Math.min(wide - box.width - 4, px - box.width / 2));
    const top = py + 14 + box.height > high ? py - box.height - 14 : py + 14;
    tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  // What there is to say of a word in a few words.
  function about(number) {
    const parts = [data.counts ? `${words.count(data.counts[number])} times` : `no. ${words.count(number + 1)}`];
    if (data.clusters) parts.push(`cluster ${words.count(data.clusters[number])}`);
    if (data.drift) {
      const value = data.drift.cosines[number];
      parts.push(value === null ? "new" : `old and new: ${frame.number(value, 2)}`);
    }
    return parts.join(", ");
  }

  // The word at a place on the screen: that of a dot under it, of a label, or of the nearest dot.
  function wordAt(px, py, most) {
    const label = drawn.find((box) => px >= box.left && px <= box.right && py >= box.top && py <= box.bottom);
    const dot = dotAt(px, py, most);
    return label && dot.far > 5 ? label.number : dot.number;
  }

  function dotAt(px, py, most) {
    let [best, far] = [null, most];
    const [east, north] = [at.x + (px - wide / 2 + most) / at.zoom, at.y - (py - high / 2 - most) / at.zoom];
    grid.within(east - (2 * most) / at.zoom, north - (2 * most) / at.zoom, east, north, (number) => {
      const distance = Math.hypot(screenX(x[number]) - px, screenY(y[number]) - py);
      if (distance < far) [best, far] = [number, distance];
    });
    return { number: best, far };
  }

  function aim() {
    if (aiming !== null) point(dotAt(wide / 2, high / 2, aiming).number);
  }

  function point(number) {
    if (number === pointed) return;
    pointed = number;
    canvas.classList.toggle("over", number !== null);
    redraw();
  }

  // A hook for tests, and for whoever wants to know: the event's detail is told what is in view.
  canvas.addEventListener("w2vcli-look", (event) => {
    Object.assign(event.detail, {
      at: { ...at },
      labels: drawn,
      places: () => Array.from(x, (value, number) => [screenX(value), screenY(y[number])]),
      moveTo,
      busy: moving !== null || waiting !== 0 || Math.abs(canvas.clientHeight - high) > 1,
    });
  });

  // --- What the page may ask -------------------------------------------------------------------

  frame.onTheme(({ print = false } = {}) => {
    printing = print;
    themed();
    if (print) resize(Math.max(2, devicePixelRatio));
    paint();
  });

  // Show a word and its neighbours; fly there if asked to.
  function select(number, neighbours, flying) {
    selected = number;
    near = neighbours;
    if (flying && number !== null) flyTo(number);
    redraw();
  }

  // So near that the word and most of its neighbours, the nearest on paper, fill the view.
  function flyTo(number) {
    const far = (other) => Math.hypot(x[other] - x[number], y[other] - y[number]);
    const close = near.toSorted((a, b) => far(a) - far(b)).slice(0, Math.ceil(near.length * 0.7));
    const to = fitted(around([number, ...close]));
    const zoom = Math.min(to.zoom, Math.max(whole.zoom * 24, at.zoom));
    fly({ x: to.x, y: to.y, zoom: Math.max(whole.zoom, zoom) });
  }

  themed();
  resize();
  Object.assign(at, whole);
  new ResizeObserver(() => {
    if (printing) return;
    resize();
    paint();
  }).observe(canvas);

  return {
    canvas,
    about,
    select,
    point,
    pointed: () => pointed,
    wordAt,
    zoomBy,
    panBy,
    all: () => fly(whole),
    stop: () => (moving = null),
    // Mark the middle, and point at the word nearest to it; null: no longer.
    aimAt: (far) => {
      if (aiming === null && far === null) return;
      aiming = far;
      aim();
      redraw();
    },
    colourBy: (one) => {
      [colouring, only, labelled] = [one, null, everyLabel];
      redraw();
    },
    onlyGroup: (group) => {
      only = group;
      labelled = group === null ? everyLabel : zoomsOf(order.filter((number) => colouring.of[number] === group));
      redraw();
    },
    showArrows: (shown) => {
      arrows = shown;
      redraw();
    },
  };
})();
