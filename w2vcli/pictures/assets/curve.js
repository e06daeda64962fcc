"use strict";

(() => {
  const { data, element, number } = frame;
  const plot = document.getElementById("plot");
  const slider = document.getElementById("place");
  const zero = document.getElementById("zero");
  const most = 40; // more passes, or more points than twice that, have no dot each

  // All that is known, from left to right: what the slider goes along.
  const stops = [
    ...(data.before === null ? [] : [{ passes: 0, loss: data.before, kind: "old" }]),
    ...data.points.map(([passes, loss]) => ({ passes, loss, kind: "point" })),
    ...data.losses.map((each, k) => ({ ...each, kind: closes(k) ? "closing" : "pass", number: k + 1 })),
    ...(data.final ? [{ ...data.final, kind: "final" }] : []),
  ].filter((each) => each.loss !== null || (each.held_out ?? null) !== null);
  const order = { old: 0, point: 1, pass: 2, closing: 3, final: 4 };
  stops.sort((a, b) => a.passes - b.passes || order[a.kind] - order[b.kind]);

  function closes(k) {
    return data.closing && data.losses[k].passes > data.passes;
  }

  function short(value) {
    return String(Number(value.toFixed(2)));
  }

  function perplexity(loss) {
    if (loss > 700) return "more than 1e304";
    const value = Math.exp(loss);
    if (value >= 1e6) return value.toPrecision(3);
    return value.toLocaleString("en", { maximumFractionDigits: value < 100 ? 2 : 1 });
  }

  function passName(k) {
    return closes(k) ? "closing pass" : `pass ${short(data.losses[k].passes)} of ${short(data.passes)}`;
  }

  function nameOf(stop) {
    if (stop.kind === "old") return "The old model, exactly";
    if (stop.kind === "final") return "The final vectors, exactly";
    if (stop.kind === "point") return `After ${short(stop.passes)} of ${short(data.passes)} passes`;
    const name = passName(stop.number - 1);
    return `Mean of ${name === "closing pass" ? "the closing pass" : name}`;
  }

  function described(stop) {
    const parts = [];
    if (stop.loss !== null) parts.push(`loss ${number(stop.loss)}, perplexity ${perplexity(stop.loss)}`);
    if ((stop.prior ?? null) !== null && stop.loss !== null) {
      parts.push(`with the prior's part ${number(stop.loss + stop.prior)}`);
    }
    if ((stop.held_out ?? null) !== null) {
      parts.push(`held out ${number(stop.held_out)}, perplexity ${perplexity(stop.held_out)}`);
    }
    return `${nameOf(stop)}: ${parts.join("; ")}.`;
  }

  // The multiples of 1, 2 or 5 times a power of ten from low to high, no more than `count`.
  function roundNumbers(low, high, count) {
    let step = 10 ** Math.floor(Math.log10((high - low) / count));
    const wanted = step;
    for (const factor of [1, 2, 5, 10, 20, 50]) {
      step = factor * wanted;
      if (Math.floor(high / step + 1e-9) - Math.ceil(low / step - 1e-9) + 1 <= count) break;
    }
    const found = [];
    for (let k = Math.ceil(low / step - 1e-9); k <= high / step + 1e-9; k += 1) {
      found.push(Number((k * step).toPrecision(12)));
    }
    return { numbers: found, decimals: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
  }

  function roundPowers(low, high, count) {
    const [least, greatest] = [Math.exp(low), Math.exp(high)];
    for (const digits of [[1, 2, 5], [1]]) {
      const found = [];
      for (let p = Math.floor(Math.log10(least)); p <= Math.ceil(Math.log10(greatest)); p += 1) {
        for (const digit of digits) {
          const value = digit * 10 ** p;
          if (value >= least && value <= greatest) found.push(value);
        }
      }
      if (found.length >= 3 && found.length <= count) return found;
      if (found.length < 3) break;
    }
    return roundNumbers(least, greatest, count).numbers.filter((value) => value > 0);
  }

  let view; // where things are in the picture that is shown

  function draw() {
    const width = Math.max(300, plot.clientWidth);
    const narrow = width < 560;
    const height = narrow ? 340 : 430;
    const low = zero.checked ? 0 : data.low;
    const [left, right, top, bottom] = [narrow ? 42 : 56, width - (narrow ? 52 : 74), 34, height - 46];
    const closing = data.closing ? Math.min(0.2, 1 / (data.passes + 1)) : 0;
    const x = (passes) => {
      const share = data.passes ? Math.min(passes / data.passes, 1) : 0;
      const beyond = Math.max(0, passes - data.passes);
      return left + (right - left) * (share * (1 - closing) + beyond * closing);
    };
    const y = (loss) => bottom - ((bottom - top) * (loss - low)) / (data.high - low);
    const at = (passes, loss) => `${x(passes).toFixed(1)},${y(loss).toFixed(1)}`;
    const svg = element("svg:svg", {
      viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": data.description,
    });
    const line = (x1, y1, x2, y2, name) =>
      svg.append(element("svg:line", { x1, y1, x2, y2, class: name }));
    const text = (px, py, content, anchor = "start", name = "scale") =>
      svg.append(element("svg:text", { x: px, y: py, "text-anchor": anchor, class: name }, content));

    // Both scales of the loss, and that of the passes.
    const scale = roundNumbers(low, data.high, 7);
    for (const loss of scale.numbers) {
      line(left, y(loss), right, y(loss), "grid");
      text(left - 7, y(loss) + 4, number(loss, scale.decimals), "end");
    }
    text(left - 7, 14, "loss", "end");
    text(width, 14, "perplexity", "end");
    if (low > -700 && data.high < 700) {
      for (const value of roundPowers(low, data.high, 7)) {
        const py = y(Math.log(value));
        line(right, py, right + 5, py, "axis");
        text(right + 8, py + 4, value < 1e6 ? value.toLocaleString("en") : value.toExponential(0));
      }
    }
    line(left, bottom, right, bottom, "axis");
    const passes = data.passes ? roundNumbers(0, data.passes, narrow ? 5 : 12).numbers : [0];
    const whole = passes.filter((each) => Number.isInteger(each));
    for (const each of whole.length > 2 ? whole : passes) {
      line(x(each), bottom, x(each), bottom + 5, "axis");
      text(x(each), bottom + 19, short(each), "middle");
    }
    text(x(data.passes / 2), bottom + 38, "passes", "middle");
    if (data.closing) {
      line(x(data.passes), top, x(data.passes), bottom, "split");
      text(right, bottom + 38, narrow ? "closing" : "closing pass", "end");
    }

    // What to compare with, and the losses; the means of passes under the line they are of.
    for (const [, loss] of data.lines) line(left, y(loss), right, y(loss), "compared");
    const means = (name, valueOf) => {
      let start = 0;
      for (const each of data.losses) {
        const value = valueOf(each);
        const inset = x(each.passes) - x(start) > 16 ? 3 : 0;
        if (value !== null) line(x(start) + inset, y(value), x(each.passes) - inset, y(value), name);
        start = each.passes;
      }
    };
    means("mean", (each) => each.loss);
    if (data.prior) {
      means("prior", (each) => (each.loss === null || each.prior === null ? null : each.loss + each.prior));
    }
    const curve = (pairs, name) => {
      const points = pairs.map((pair) => at(...pair)).join(" ");
      if (pairs.length > 1) svg.append(element("svg:polyline", { points, class: `line ${name}` }));
    };
    const dot = (place, r, name) =>
      svg.append(element("svg:circle", { cx: x(place[0]), cy: y(place[1]), r, class: name }));
    curve(data.points, "loss");
    if (data.points.length <= 2 * most) for (const point of data.points) dot(point, 2.6, "dot-loss");
    const held = data.losses.map((each) => [each.passes, each.held_out]).filter((each) => each[1] !== null);
    curve(held, "held");
    for (const each of held.length <= most ? held : held.slice(-1)) dot(each, 4.5, "dot-held");
    if (data.before !== null) dot([0, data.before], 6, "ring");
    if (data.final && data.final.loss !== null) dot([data.final.passes, data.final.loss], 6, "ring");

    // The names of the lines, above them; a second one that is near stands below.
    let above = -Infinity;
    for (const [name, loss] of data.lines.toSorted((a, b) => b[1] - a[1])) {
      const py = y(loss) - above < 20 || y(loss) < top + 16 ? y(loss) + 15 : y(loss) - 6;
      above = y(loss);
      text(right - 6, py, `${name} ${number(loss)}`, "end", "halo");
    }

    const here = element("svg:g", { class: "screen" });
    svg.append(here);
    plot.replaceChildren(svg);
    view = { x, y, top, bottom, here, width };
    show();
  }

  function show() {
    if (!stops.length) return;
    const stop = stops[Number(slider.value)];
    const value = stop.loss ?? stop.held_out;
    const px = view.x(stop.passes);
    view.here.replaceChildren(
      element("svg:line", { x1: px, x2: px, y1: view.top, y2: view.bottom, class: "here" }),
      element("svg:circle", { cx: px, cy: view.y(value), r: 8, class: "here-dot" }),
    );
    document.getElementById("reading").textContent = described(stop);
    slider.setAttribute("aria-valuetext", described(stop));
  }

  // The stop nearest to the pointer: by its place from left to right, then from top to bottom.
  function follow(event) {
    if (!stops.length) return;
    const box = plot.firstElementChild.getBoundingClientRect();
    const scale = view.width / box.width;
    const [px, py] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
    const distances = stops.map(
      (stop) => Math.abs(view.x(stop.passes) - px) + Math.abs(view.y(stop.loss ?? stop.held_out) - py) / 8,
    );
    slider.value = distances.indexOf(Math.min(...distances));
    show();
  }
  plot.addEventListener("pointermove", follow);
  plot.addEventListener("pointerdown", follow);

  // --- words and tables ---------------------------------------------------------------------

  const state = data.state[0].toUpperCase() + data.state.slice(1);
  document.getElementById("state").textContent = `${state}.`;
  document.getElementById("reload").hidden = data.final !== null;

  const drawn = [
    [data.points.length, "loss", (svg) => [stroke(svg, "line loss"), spot(svg, 2.6, "dot-loss")]],
    [data.losses.length, "mean of a pass", (svg) => [stroke(svg, "mean")]],
    [data.prior && data.losses.length, "with the prior's part", (svg) => [stroke(svg, "prior")]],
    [data.losses.some((each) => each.held_out !== null), "held out", (svg) => [stroke(svg, "held"), spot(svg, 4.5, "dot-held")]],
    [
      data.before !== null || data.final?.loss,
      `exact: ${[data.before !== null && "old model", data.final?.loss && "final vectors"].filter(Boolean).join(", ")}`,
      (svg) => [spot(svg, 6, "ring")],
    ],
    [data.lines.length, "to compare with", (svg) => [stroke(svg, "compared")]],
  ];
  function stroke(svg, name) {
    svg.append(element("svg:line", { x1: 1, x2: 25, y1: 9, y2: 9, class: name }));
  }
  function spot(svg, r, name) {
    svg.append(element("svg:circle", { cx: 13, cy: 9, r, class: name }));
  }
  for (const [there, name, marks] of drawn) {
    if (there) {
      const svg = element("svg:svg", { width: 26, height: 18, "aria-hidden": "true" });
      marks(svg);
      document.getElementById("legend").append(element("li", {}, svg, name));
    }
  }

  function fill(id, heads, rows) {
    const cell = (value, k) => {
      if (k === 0) return element("th", { scope: "row" }, value);
      return value === null ? element("td", { class: "empty" }, "none") : element("td", {}, value);
    };
    document.getElementById(id).append(
      element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head)))),
      element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map(cell)))),
    );
  }
  const shown = (value, how = number) => ((value ?? null) === null ? null : how(value));
  const reported = [...data.losses.map((each, k) => [passName(k), each]), ...(data.final ? [["final vectors, exact", data.final]] : [])];
  fill(
    "passes",
    ["", "loss", "perplexity", "prior's part", "held out", "perplexity"],
    reported.map(([name, each]) => [
      name, shown(each.loss), shown(each.loss, perplexity), shown(each.prior), shown(each.held_out), shown(each.held_out, perplexity),
    ]),
  );
  const named = [["ln V", data.uniform], ["unigram", data.unigram], ["entropy floor", data.floor], ["the old model, exact", data.before]];
  fill(
    "compared",
    ["", "loss", "perplexity"],
    named.filter((each) => each[1] !== null).map(([name, loss]) => [name, shown(loss), shown(loss, perplexity)]),
  );
  fill(
    "points",
    ["passes", "loss", "perplexity"],
    data.points.map(([passes, loss]) => [passes.toFixed(4), number(loss), perplexity(loss)]),
  );
  document.getElementById("within").hidden = !data.points.length;

  // --- at the start -------------------------------------------------------------------------

  function told() {
    const hidden = data.uniform !== null && !data.lines.some(([name]) => name === "ln V");
    document.getElementById("axis").textContent = [
      zero.checked || data.low === 0 ? "" : `The axis of the loss begins at ${number(data.low, 2)}, not at 0.`,
      hidden ? `ln V, the loss of a model that knows nothing, is ${number(data.uniform)} and lies above the picture.` : "",
    ].join(" ");
  }
  if (stops.length) {
    slider.max = stops.length - 1;
    slider.value = stops.length - 1;
  } else {
    slider.disabled = true;
    document.getElementById("reading").textContent = "No loss of this run is known yet.";
  }
  slider.addEventListener("input", show);
  zero.addEventListener("change", () => {
    told();
    draw();
  });
  new ResizeObserver(draw).observe(plot);
  told();
  draw();
})();
