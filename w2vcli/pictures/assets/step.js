"use strict";

// The page of a step: its sides, its slider, the window, and what a touched number tells.
(() => {
  const { element, data, say, word } = frame;
  const { glossary, rich, spoken } = stepWords;
  const NAMES = { skipgram: "skip-gram", cbow: "CBOW" };
  const byId = (id) => document.getElementById(id);

  const sides = Object.fromEntries(
    Object.entries(data.examples).map(([arch, starts]) => {
      const side = stepFormulas.view(starts[data.start]);
      return [arch, Object.assign(side, { arch, shown: [], places: new Map(), drawings: [], curves: [] })];
    }),
  );
  const any = sides[data.arch].values;
  const steps = any.steps.length;
  const state = { shown: data.arch, start: data.start, at: 0, centre: any.position };
  const shownSides = () => Object.values(sides).filter((side) => state.shown === "both" || state.shown === side.arch);

  // --- what is touched ---

  const panel = byId("told");
  let lit = [];
  let kept = null; // what was chosen: it stays until something else is, or Escape

  function dim() {
    for (const node of lit) node.classList.remove("touched", "origin");
    lit = [];
  }

  function light(node, name) {
    node.classList.add(name);
    lit.push(node);
  }

  function contentOf(node) {
    if (node.dataset.term) {
      const [name, meaning] = glossary[node.dataset.term];
      return [element("p", { class: "what" }, element("b", {}, stepWords.symbol(name))), element("p", {}, ...rich(meaning))];
    }
    const side = sides[node.closest("[data-side]").dataset.side];
    const reference = node.dataset.ref;
    const about = stepFormulas.told(side, reference);
    const lines = [element("p", { class: "what" }, ...about.title, " = ", element("b", { class: "n" }, side.text(reference)))];
    if (about.symbols || about.numbers) {
      const formula = element("p", { class: "formula" });
      if (about.symbols) formula.append(...[about.symbols].flat());
      if (about.symbols && about.numbers) formula.append(" = ");
      if (about.numbers) formula.append(...about.numbers);
      lines.push(formula);
    }
    lines.push(element("p", { class: "why" }, ...about.why));
    return lines;
  }

  function originsOf(node) {
    const side = sides[node.closest("[data-side]").dataset.side];
    const { from } = stepFormulas.told(side, node.dataset.ref);
    return from.flatMap((each) =>
      each.startsWith("token:") ? Array.from(document.querySelectorAll(`[data-token="${each.slice(6)}"]`)) : (side.places.get(each) ?? []));
  }

  function tell(node) {
    dim();
    if (!node) {
      panel.replaceChildren(element("p", { class: "why" }, "Point at a number, tap it, or go to it with Tab and the arrow keys: here stands how it was made."));
      return;
    }
    panel.replaceChildren(...contentOf(node), element("button", { type: "button", class: "close", "aria-label": "Close" }, "×"));
    if (node.dataset.ref) for (const origin of originsOf(node)) light(origin, "origin");
    light(node, "touched");
  }

  function keep(node) {
    kept = node;
    hovered = null;
    tell(node);
    if (node) say(spoken(element("div", {}, ...contentOf(node))));
  }

  const touchable = (event) => (event.target instanceof Element ? event.target.closest("[data-ref], [data-term]") : null);
  let hovered = null;
  let pointer = [0, 0];
  document.addEventListener("pointermove", (event) => {
    // What slides under a pointer at rest, as the page scrolls, is not meant.
    const rests = event.screenX === pointer[0] && event.screenY === pointer[1];
    pointer = [event.screenX, event.screenY];
    if (rests || event.pointerType === "touch" || panel.contains(event.target)) return;
    const node = touchable(event);
    if (node === hovered) return;
    hovered = node;
    tell(node ?? kept);
  });
  document.addEventListener("focusin", (event) => {
    const node = touchable(event);
    if (node && !panel.contains(node)) keep(node);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest?.(".close")) {
      if (kept?.isConnected) kept.focus({ preventScroll: true });
      keep(null);
      return;
    }
    const node = touchable(event);
    if (!node) return;
    const within = panel.contains(node);
    keep(node);
    // What was clicked is gone now.
    if (within) panel.querySelector(".close").focus();
  });
  document.addEventListener("keydown", (event) => {
    hovered = null;
    if (event.key === "Escape") keep(null);
  });

  // --- the sentence, and the window on it ---

  const MOST = 200; // words of a long sentence that are shown

  function makeWindow() {
    const { tokens, vocabulary, windows, position } = any;
    const first = Math.max(0, Math.min(position - 1 - MOST / 2, tokens.length - MOST));
    const places = tokens.slice(first, first + MOST).map((_, place) => first + place);
    const buttons = new Map();
    // A sentence in letters that run from the right does so too.
    const rtl = /^[^A-Za-z]*[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/.test(vocabulary[tokens[0]]);
    const sentence = element("div", { class: "sentence", dir: rtl ? "rtl" : null, role: "group", "aria-label": "The sentence; each word moves the window" });
    if (first > 0) sentence.append("… ");
    for (const place of places) {
      const made = element("button", { type: "button", class: "token", "data-token": place, onclick: () => slide(place + 1) }, word(vocabulary[tokens[place]]));
      made.tabIndex = place === position - 1 ? 0 : -1;
      buttons.set(place, made);
      sentence.append(made, " ");
    }
    if (places.at(-1) < tokens.length - 1) sentence.append("…");
    sentence.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key] * (rtl ? -1 : 1);
      const next = by && buttons.get(state.centre - 1 + by);
      if (!next) return;
      event.preventDefault();
      slide(state.centre + by);
      next.focus();
    });
    const flows = element("div", { class: "sides" });
    const note = element("p", { class: "note" });

    function chips(list) {
      return list.length > 12 ? [...list.slice(0, 11), null, list.at(-1)].map(chip) : list.map(chip);
    }

    function chip(place) {
      return place === null ? "…" : element("span", { class: place === state.centre - 1 ? "chip centre" : "chip" }, word(vocabulary[tokens[place]], 20));
    }

    function draw() {
      const [from, to] = windows[state.centre - 1];
      const around = Array.from({ length: to - from + 1 }, (_, index) => from - 1 + index).filter((place) => place !== state.centre - 1);
      for (const [place, made] of buttons) {
        const kind = place === state.centre - 1 ? "centre" : around.includes(place) ? "context" : "";
        made.className = `token ${kind}`;
        made.setAttribute("aria-pressed", String(kind === "centre"));
        made.tabIndex = kind === "centre" ? 0 : -1;
      }
      flows.replaceChildren(
        ...shownSides().map((side) => {
          const cbow = side.arch === "cbow";
          const given = element("span", { class: "chips" }, ...chips(cbow ? around : [state.centre - 1]));
          const wanted = element("span", { class: "chips" }, ...chips(cbow ? [state.centre - 1] : around));
          return element("div", { class: "flow" }, element("b", {}, NAMES[side.arch]), given, element("span", { class: "arrow", "aria-label": "predicts" }, "→"), wanted);
        }),
      );
      const away = state.centre !== position;
      note.replaceChildren(
        ...(away
          ? [...rich("The numbers below are those of the window around “"), word(vocabulary[tokens[position - 1]]), "”. ", element("button", { type: "button", class: "screen", onclick: () => slide(position) }, "Back to it")]
          : [...rich("The step below is one for this window.")]),
      );
    }

    function slide(to) {
      state.centre = to;
      draw();
      const [from, until] = windows[to - 1];
      say(`The window around ${vocabulary[tokens[to - 1]].slice(0, 100)}: words ${from} to ${until}.`);
    }

    byId("window").append(
      element("p", {}, ...rich("The {window} takes a word of the sentence, the {centre}, and up to ", String(any.window), any.window === 1 ? " word" : " words", " on either side, its {context}. It slides from word to word: choose one, and see.")),
      sentence,
      flows,
      note,
    );
    return draw;
  }

  // --- the parts ---

  const grids = stepParts.all.map(([title], index) => {
    const grid = element("div", { class: "sides" });
    const heading = element("h2", { id: `part-${index + 1}` }, element("span", { class: "count" }, `${index + 1}`), " ", title);
    byId("parts").append(element("section", { class: "part", "aria-labelledby": heading.id }, heading, grid));
    return grid;
  });

  // The way through the step: forwards to the loss, and backwards to the weights.
  const WAY = [
    ["Forwards", [[1, "x"], [2, "h"], [3, "z"], [4, "p"], [5, "L"]]],
    ["Backwards", [[6, "dL/dz"], [7, "dL/dh"], [8, "dL/dW_in"], [9, "dL/dW_out"]]],
    ["And then", [[10, "check"], [11, "update"], [12, "again"]]],
  ];
  for (const [name, stops] of WAY) {
    const list = element("span", { class: "chips" });
    for (const [place, [number, what]] of stops.entries()) {
      if (place) list.append(element("span", { class: "to", "aria-hidden": "true" }, "→"));
      list.append(element("a", { class: "chip", href: `#part-${number}`, "aria-label": `Part ${number}: ${stepParts.all[number - 1][0]}` },
        element("span", { class: "muted" }, `${number} `), number < 10 ? stepWords.maths(what) : what));
    }
    byId("way").append(element("div", { class: "flow" }, element("b", {}, name), list));
  }

  // Make the parts of a side when it is first shown.
  function build(side) {
    if (side.built) return;
    side.built = true;
    stepParts.all.forEach(([, formula, make], index) => {
      const made = element("div", { class: "side", "data-side": side.arch },
        element("h3", {}, element("span", { class: "arch" }, NAMES[side.arch], " "), ...formula(side)),
        ...make(side));
      if (side.arch === "skipgram") grids[index].prepend(made);
      else grids[index].append(made);
    });
    makeReading(side);
  }

  // --- the curve of the loss ---

  function curve(side, width, height, large) {
    const values = Array.from({ length: steps + 1 }, (_, count) => side.value(stepParts.after(side, "loss", count)) ?? Infinity).map((value) => Math.min(value, 1e300));
    const { floor } = side.values;
    const top = Math.max(...values, floor + 1e-9);
    const edge = large ? { left: 60, right: 12, top: 12, bottom: 30 } : { left: 4, right: 6, top: 5, bottom: 5 };
    const x = (count) => edge.left + (count / steps) * (width - edge.left - edge.right);
    const y = (value) => edge.top + (1 - (value - Math.min(floor, ...values)) / (top - Math.min(floor, ...values))) * (height - edge.top - edge.bottom);
    const line = (from, to, kind) => element("svg:line", { x1: from[0], y1: from[1], x2: to[0], y2: to[1], class: kind });
    const drawn = element("svg:svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `The loss of ${NAMES[side.arch]} over the steps; it begins at ${side.text("loss@0")} and ends at ${side.text(stepParts.after(side, "loss", steps))}.` });
    drawn.append(
      line([x(0), y(floor)], [x(steps), y(floor)], "floor"),
      element("svg:polyline", { points: values.map((value, count) => `${x(count).toFixed(1)},${y(value).toFixed(1)}`).join(" "), class: "loss" }),
      line([x(side.at), edge.top], [x(side.at), height - edge.bottom], "now"),
      element("svg:circle", { cx: x(side.at), cy: y(values[side.at]), r: large ? 5 : 4, class: "dot" }),
    );
    if (large) {
      const text = (at, what, anchor, kind = "") => element("svg:text", { x: at[0], y: at[1], "text-anchor": anchor, class: kind }, what);
      drawn.append(
        line([x(0), edge.top], [x(0), height - edge.bottom], "axis"),
        line([x(0), height - edge.bottom], [x(steps), height - edge.bottom], "axis"),
        text([x(0) + 8, edge.top + 4], "loss L", "start"),
        text([x(0) - 6, y(values[0]) + 4], side.text("loss@0"), "end"),
        ...(y(floor) - y(values[0]) > 16 ? [text([x(0) - 6, y(floor) + 4], side.text("floor"), "end")] : []),
        text([x(steps), y(floor) - 6], "no loss is smaller", "end", "pale"),
        text([x(0), height - 10], "0", "middle"),
        text([x(steps), height - 10], `${steps} ${steps === 1 ? "step" : "steps"}`, "end"),
      );
    }
    return drawn;
  }

  // The loss beside the slider, and the curves.
  function makeReading(side) {
    const place = element("span", { class: "curve" });
    side.drawings.push(() => place.replaceChildren(curve(side, 150, 36, false)));
    for (const large of side.curves) side.drawings.push(() => large.replaceChildren(curve(side, Math.min(640, innerWidth - 40), 260, true)));
    const made = element("div", { class: "small", "data-side": side.arch },
      place,
      element("span", { class: "reading" }, element("b", { class: "arch" }, NAMES[side.arch], " "), stepWords.maths("L = "), stepGrid.single(side, "loss"), " → ", stepGrid.single(side, "loss_after")));
    if (side.arch === "skipgram") byId("curves").prepend(made);
    else byId("curves").append(made);
  }

  // --- all of it ---

  function paint() {
    for (const side of Object.values(sides)) side.at = state.at;
    for (const side of shownSides()) {
      build(side);
      stepGrid.paint(side);
    }
    byId("where").textContent = `${state.at + 1} of ${steps}`;
    byId("printed").textContent = `Step ${state.at + 1} of ${steps}`;
    const slider = byId("step");
    slider.value = state.at + 1;
    slider.setAttribute("aria-valuetext", `step ${state.at + 1} of ${steps}: ${shownSides().map((side) => `loss of ${NAMES[side.arch]} ${side.text("loss")}`).join(", ")}`);
    if (kept || hovered) tell(hovered ?? kept);
  }

  function drawZeros() {
    const { bias } = any;
    byId("zeros").replaceChildren(
      ...(state.start === "zeros"
        ? [
            element("p", { class: "callout" }, ...rich(
              "Nothing moves, however far you move the slider. {W_out} is zero, so *dL/dh* (part 7) is zero, and {W_in} gets no {gradient}. {h} is zero, so *dL/dW_out* (part 9) is zero too. Each matrix waits for the other. So one of them has to begin at random.",
              bias ? " Only the {bias} moves: it learns how frequent words are, and no more." : "")),
          ]
        : []),
    );
  }

  function makeChoices(drawWindow) {
    const group = (legend, name, options, change) =>
      element("fieldset", {}, element("legend", {}, legend), ...options.map(([value, label]) =>
        element("label", {}, element("input", { type: "radio", name, value, checked: state[name] === value, onchange: () => { state[name] = value; change(); } }), " ", label)));
    const lay = () => {
      document.body.dataset.shown = state.shown;
      document.body.classList.toggle("narrow", state.shown !== "both" && any.dim <= 8);
      drawWindow();
      hovered = null;
      keep(null);
      paint();
    };
    state.cells = any.dim > 12 ? "colours" : "numbers";
    const cells = () => {
      document.body.dataset.cells = state.cells;
    };
    byId("choices").append(
      group("Architecture", "shown", [["skipgram", "skip-gram"], ["cbow", "CBOW"], ["both", "side by side"]], lay),
      group("Begin with", "start", [["random", "random numbers"], ["zeros", "zeros"]], () => {
        for (const side of Object.values(sides)) side.show(data.examples[side.arch][state.start]);
        drawZeros();
        paint();
      }),
      group("Matrices", "cells", [["numbers", "numbers on colours"], ["colours", "colours"]], cells),
    );
    byId("choices").lastChild.append(
      element("span", { class: "legend" }, element("span", { class: "swatch minus" }), " below zero ", element("span", { class: "swatch plus" }), " above"));
    cells();
    drawZeros();
    lay();
  }

  function makeSlider() {
    const slider = byId("step");
    slider.max = steps;
    const go = (to) => {
      state.at = to;
      requestAnimationFrame(paint);
    };
    slider.addEventListener("input", () => go(Number(slider.value) - 1));
    const play = byId("play");
    let timer = 0;
    const stop = () => {
      clearInterval(timer);
      timer = 0;
      play.textContent = "Play";
      play.setAttribute("aria-pressed", "false");
    };
    play.addEventListener("click", () => {
      if (timer) {
        stop();
        return;
      }
      if (state.at === steps - 1) go(0);
      play.textContent = "Stop";
      play.setAttribute("aria-pressed", "true");
      timer = setInterval(() => (state.at < steps - 1 ? go(state.at + 1) : stop()), Math.max(50, Math.min(250, 8000 / steps)));
    });
    slider.addEventListener("pointerdown", stop);
    if (steps === 1) byId("dock").classList.add("single-step");
  }

  byId("lead").append(...rich(
    "word2vec learns a {vector} for each word. It reads a text through a small {window}, and changes the vectors a little, so that the words which really stand there become more probable. This page shows one such step of {descent} with every number in it. Touch a number: its formula stands below, and the numbers that it was made of light up."));
  for (const [key, [, meaning]] of Object.entries(glossary)) byId("glossary").append(element("dt", {}, stepWords.symbol(glossary[key][0])), element("dd", {}, ...rich(meaning)));
  const drawWindow = makeWindow();
  makeSlider();
  makeChoices(drawWindow);
  tell(null);
})();
