"use strict";

// The parts of the page, in the order of the calculation; each is made for a side, once.
const stepParts = (() => {
  const { element } = frame;
  const { rich, maths } = stepWords;
  const { table, bar, lean, single } = stepGrid;
  const { np, many, positive, range } = stepFormulas;

  const paragraph = (...pieces) => element("p", {}, ...rich(...pieces));
  const words = (side) => range(side.values.vocabulary.length);
  const dimensions = (side) => range(side.values.dim);
  const isCbow = (side) => side.values.arch === "cbow";
  // A word within a sentence.
  const quoted = (side, i) => element("span", {}, "“", side.word(i), "”");
  const centre = (side) => quoted(side, side.values.tokens[side.values.position - 1]);
  const named = (letter, side) => dimensions(side).map((k) => maths(`${letter}_${k + 1}`));
  const row = (name, i, side) => dimensions(side).map((k) => `${name}:${i}:${k}`);
  const line = (name, side) => dimensions(side).map((k) => `${name}:${k}`);
  const strong = (values, i) => (values[i] > 0 ? "strong" : null);

  // Words one after another; of many the first.
  function listed(side, indices) {
    const shown = indices.slice(0, 6);
    const more = indices.length - shown.length;
    return shown.flatMap((i, place) => [place ? ", " : "", quoted(side, i)]).concat(more ? ` and ${more} more` : "");
  }

  const wide = (node) => element("span", { class: "wide" }, node);

  function wordsIn(side) {
    const { x, y, context, smoothing, vocabulary } = side.values;
    const smoothed = smoothing !== 1;
    const text = isCbow(side)
      ? [`The {vocabulary} has ${vocabulary.length} words. {x} is what is given: each of the ${context.length} {context} counts 1/${context.length}. {y} is what is to be predicted: a 1 for the {centre}, *n =* `, single(side, "n"), " in all."]
      : [`The {vocabulary} has ${vocabulary.length} words. {x} is what is given: a 1 for the {centre}, and 0 for all others, a {onehot}. {y} is what is to be predicted: how often each of the {context} stands there, *n =* `, single(side, "n"), " in all."];
    return [
      paragraph(...text),
      ...(smoothed ? [paragraph("{smoothing:Smoothed}: *y* is multiplied by a factor *s*.")] : []),
      table(side, {
        label: "Words in, words to predict",
        corner: "word",
        columns: ["id", "count", ...(smoothed ? [maths("s")] : []), maths("x"), maths("y")],
        rows: words(side).map((i) => ({
          label: side.word(i),
          kind: x[i] > 0 ? "strong given" : y[i] > 0 ? "strong" : null,
          cells: [element("span", { class: "muted" }, String(i)), `counts:${i}`, ...(smoothed ? [`factors:${i}`] : []), `x:${i}`, `y:${i}`],
        })),
      }),
    ];
  }

  function hidden(side) {
    const { x } = side.values;
    return [
      paragraph(
        ...(isCbow(side)
          ? ["Every word has an input vector {v_c:v}, its row of {W_in}. {h} is the mean of the rows of the {context}; rows with *x = 0* add nothing."]
          : ["Every word has an input vector {v_c}, its row of {W_in}. As *x* is 1 for ", centre(side), " and 0 for all others, {h} is just that row: a look-up."]),
      ),
      table(side, {
        label: "W_in and h",
        corner: maths("W_in"),
        columns: [maths("x"), ...named("v", side)],
        rows: [
          ...words(side).map((i) => ({ label: side.word(i), kind: x[i] > 0 ? "strong" : "pale", cells: [`x:${i}`, ...row("w_in", i, side)] })),
          { label: maths("h"), kind: "total", cells: [null, ...line("h", side)] },
        ],
      }),
    ];
  }

  function scores(side) {
    const { bias } = side.values;
    return [
      paragraph("Every word also has an output vector {u_o:u}, its row of {W_out}. Multiply it by *h*, number by number, and add up: the {dot} is the word’s score {z}, also called its {logit}."),
      table(side, {
        label: "W_out and z",
        corner: maths("W_out"),
        columns: [...named("u", side), ...(bias ? [maths("b")] : []), maths("z")],
        rows: [
          { label: maths("h"), kind: "head", cells: [...line("h", side), ...(bias ? [null] : []), null] },
          ...words(side).map((i) => ({ label: side.word(i), cells: [...row("w_out", i, side), ...(bias ? [`b:${i}`] : []), `z:${i}`] })),
        ],
      }),
    ];
  }

  function softmax(side) {
    const { y } = side.values;
    return [
      paragraph("{exp} makes every score positive, and divided by their sum they become probabilities {p}, which add up to 1: the {softmax} over the whole {vocabulary}. Beside each *p* stands *y / n*, the share that the word really has. Move the slider, and watch *p* go there."),
      table(side, {
        label: "Softmax",
        corner: "word",
        columns: [maths("z"), maths("exp(z)"), maths("p"), maths("y / n"), element("span", { class: "legend" }, element("span", { class: "swatch is" }), " p ", element("span", { class: "swatch goal" }), " y / n")],
        rows: [
          ...words(side).map((i) => ({
            label: side.word(i),
            kind: strong(y, i),
            cells: [`z:${i}`, `exp_z:${i}`, `p:${i}`, `y_share:${i}`, bar(side, [`p:${i}`, `y_share:${i}`], ["is", "goal"])],
          })),
          { label: "sum", kind: "total", cells: [null, "sum_exp_z", null, null, null] },
        ],
      }),
    ];
  }

  function loss(side) {
    const { y, prior } = side.values;
    const blank = [null, null, null];
    return [
      paragraph("*− ln p* is the {surprise:surprise} at a word, in {nats}. Summed up over the words that really stand there, it is the {crossentropy} {loss}: the one number that training makes smaller."),
      table(side, {
        label: "Loss",
        corner: "word",
        columns: [maths("y"), maths("p"), maths("− ln p"), maths("− y ln p")],
        rows: [
          ...positive(y).map((i) => ({ label: side.word(i), kind: "strong", cells: [`y:${i}`, `p:${i}`, `minus_ln_p:${i}`, `minus_y_ln_p:${i}`] })),
          { label: maths("L"), kind: "total", cells: [...blank, "loss"] },
          ...(prior ? [{ label: "prior", cells: [...blank, "penalty"] }, { label: maths("L + prior"), cells: [...blank, "objective"] }] : []),
          { label: "perplexity", cells: [...blank, "perplexity"] },
        ],
      }),
    ];
  }

  function residual(side) {
    const { y, n } = side.values;
    return [
      paragraph("How does *L* change if a score is a little larger? The {gradient:slope} is simply what was expected minus what was observed. Where it is positive the word was expected too much, and its score must fall; where it is negative, it must rise."),
      table(side, {
        label: "Residual",
        corner: "word",
        columns: [maths(np(side)), maths("y"), maths(`${np(side)} − y`), element("span", { class: "legend" }, "too little | too much")],
        rows: words(side).map((i) => ({ label: side.word(i), kind: strong(y, i), cells: [`n_p:${i}`, `y:${i}`, `residual:${i}`, lean(side, `residual:${i}`, n)] })),
      }),
    ];
  }

  function hiddenSlope(side) {
    const { y } = side.values;
    return [
      paragraph("Which way should *h* move? Every word pulls at it along its output vector *u*, as strongly as its {residual} says. Summed up: what was {expected}, the mean of all *u* by *p*, minus what was {observed}, the {u_o} of the words that really stand there: the rows of ", ...listed(side, positive(y)), ". The step goes against this slope: *h* moves towards the observed *u*, and away from the expected one."),
      table(side, {
        label: "Slope along h",
        corner: maths("W_out"),
        columns: [maths(np(side)), maths("y"), ...named("u", side)],
        rows: [
          ...words(side).map((i) => ({ label: side.word(i), kind: strong(y, i), cells: [`n_p:${i}`, `y:${i}`, ...row("w_out", i, side)] })),
          { label: ["expected ", wide(maths(`Σ ${np(side)}_k u_k`))], kind: "total", cells: [null, null, ...line("expected", side)] },
          { label: ["− observed ", wide(maths(many(side) ? "Σ y_o u_o" : "u_o"))], cells: [null, null, ...line("observed", side)] },
          { label: ["= ", maths("dL/dh")], kind: "total", cells: [null, null, ...line("d_h", side)] },
        ],
      }),
    ];
  }

  function inputSlope(side) {
    const { x, context, prior } = side.values;
    return [
      isCbow(side)
        ? paragraph(`*h* is a mean of ${context.length} vectors, so each of them gets 1/${context.length} of this slope: the rows of the {context}, as often as they stand there. All other rows stay.`)
        : paragraph("*h* was the row of ", centre(side), ", so that this row gets the whole slope. All other rows stay: their *x* is 0."),
      ...(prior ? [paragraph("The {prior} adds λ times the row itself, times the share *a* that this window has of it.")] : []),
      table(side, {
        label: "Gradient of W_in",
        corner: maths("dL/dW_in"),
        columns: [maths("x"), ...(prior ? [maths("a")] : []), ...named("dv", side)],
        rows: [
          { label: maths("dL/dh"), kind: "head", cells: [null, ...(prior ? [null] : []), ...line("d_h", side)] },
          ...words(side).map((i) => ({
            label: side.word(i),
            kind: x[i] > 0 ? "strong" : "pale",
            cells: [`x:${i}`, ...(prior ? [`shares:${i}`] : []), ...row("d_w_in", i, side)],
          })),
        ],
      }),
    ];
  }

  function outputSlope(side) {
    const { y, bias } = side.values;
    return [
      paragraph("An {outer}, which is a multiplication table: the {residual} of the row, times the *h* of the column. So every word’s *u* moves along *h*: towards it if the word was observed more than expected, away from it if less.", ...(bias ? [" The slope along the {bias} is the residual itself."] : [])),
      table(side, {
        label: "Gradient of W_out",
        corner: maths("dL/dW_out"),
        columns: [maths(`${np(side)} − y`), ...named("du", side)],
        rows: [
          { label: maths("h"), kind: "head", cells: [null, ...line("h", side)] },
          ...words(side).map((i) => ({ label: side.word(i), kind: strong(y, i), cells: [`residual:${i}`, ...row("d_w_out", i, side)] })),
        ],
      }),
    ];
  }

  function check(side) {
    const { steps } = side.values;
    const slopes = steps[0].finite_differences;
    const label = ({ parameter, place }) => {
      const letter = { w_in: "v", w_out: "u", bias: "b" }[parameter];
      const tail = place.length > 1 ? `, ${place[1] + 1}` : "";
      return maths(`${letter}_`, element("span", {}, side.word(place[0], 12), tail));
    };
    const hint = (columns) =>
      table(side, {
        label: "Formula and finite difference",
        corner: "weight",
        columns: ["by the formula", ...columns.map(([heading]) => heading)],
        rows: slopes.map((slope, i) => ({ label: label(slope), cells: [`check:${i}:formula`, ...columns.map(([, field]) => `check:${i}:${field}`)] })),
      });
    const found = hint([["measured", "slope"], [maths("L(w + e)"), "above"], [maths("L(w − e)"), "below"]]);
    const button = element("button", { type: "button", class: "check", "aria-expanded": "false" }, "Check it");
    const answer = element("div", { class: "answer" }, found, paragraph("“By the formula” and “measured” should say the same, but for the last digits."));
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-expanded") === "false";
      button.setAttribute("aria-expanded", String(open));
      button.textContent = open ? "Hide" : "Check it";
      answer.classList.toggle("open", open);
    });
    return [
      paragraph("You need not believe the formulas. Take a single {weight}, make it a little larger and a little smaller by *e =* ", single(side, "epsilon"), ", calculate the loss both times, and divide the difference by *2 e*: a {difference}."),
      element("p", { class: "screen" }, button),
      answer,
    ];
  }

  function update(side) {
    const { x, bias } = side.values;
    const three = (label, name, cells) => [
      { label, kind: "total", cells: cells(name) },
      { label: [element("span", { class: "muted" }, "slope")], cells: cells(`d_${name}`) },
      { label: [element("span", { class: "muted" }, "new")], kind: "new", cells: cells(`${name}_after`) },
    ];
    const vector = (letter, name) => (i) =>
      three([maths(letter), " ", side.word(i)], name, (each) => row(each, i, side));
    return [
      paragraph("All {weight:weights} move at once, each by the {lr} ", maths("lr = "), single(side, "lr"), " times its slope, downhill: new = old − *lr* × slope."),
      table(side, {
        label: "Update",
        corner: "",
        columns: dimensions(side).map((k) => String(k + 1)),
        rows: [...positive(x).flatMap(vector("v", "w_in")), ...words(side).flatMap(vector("u", "w_out"))],
      }),
      ...(bias
        ? [table(side, { label: "Update of the bias", corner: "", columns: [maths("b"), maths("dL/db"), "new"], rows: words(side).map((i) => ({ label: side.word(i), cells: [`b:${i}`, `d_b:${i}`, `b_after:${i}`] })) })]
        : []),
    ];
  }

  // Names of the numbers after so many steps.
  function after(side, name, count) {
    const total = side.values.steps.length;
    return count < total ? `${name}@${count}` : `${name}_after@${total - 1}`;
  }

  function losses(side) {
    const { steps, prior } = side.values;
    const rows = range(steps.length + 1).map((count) => ({
      label: String(count),
      cells: ["loss", "perplexity", ...(prior ? ["penalty", "objective"] : [])].map((name) => after(side, name, count)),
    }));
    const list = table(side, {
      label: "Loss after each step",
      corner: "steps",
      columns: [maths("L"), "perplexity", ...(prior ? ["prior", maths("L + prior")] : [])],
      rows,
    });
    list.classList.add("tall");
    const verdict = element("p");
    side.drawings.push(() => {
      const name = prior ? "objective" : "loss";
      const [first, last] = [side.value(after(side, name, 0)), side.value(after(side, name, steps.length))];
      const what = prior ? "The loss with the prior" : "The loss";
      verdict.textContent = Math.abs(last - first) < 1e-12 ? "Nothing has changed." : last > first ? `${what} has risen: the steps are too large. Try a smaller --lr.` : `${what} has fallen.`;
    });
    const large = element("div", { class: "curve large" });
    side.curves.push(large);
    return [
      paragraph("The same window again and again. No loss can be smaller than ", single(side, "floor"), ", the {entropy} of the words that stand there. Training on a whole text goes from window to window instead, and each pulls at the same vectors."),
      large,
      verdict,
      element("details", {}, element("summary", {}, "The losses as a table"), list),
    ];
  }

  const all = [
    ["Words in, words to predict", () => [], wordsIn],
    ["Look up the input", () => [maths("h = Σ_j x_j v_j")], hidden],
    ["Score every word", (side) => [maths(side.values.bias ? "z_k = u_k · h + b_k" : "z_k = u_k · h")], scores],
    ["Softmax: from scores to probabilities", () => [maths("p_k = exp(z_k) / Σ_j exp(z_j)")], softmax],
    ["The loss", () => [maths("L = − Σ_j y_j ln p_j")], loss],
    ["The residual: expected minus observed", (side) => [maths(`dL/dz = ${np(side)} − y`)], residual],
    ["Back to the hidden vector", (side) => [maths(`dL/dh = Σ_k (${np(side)}_k − y_k) u_k`)], hiddenSlope],
    ["Back to the input vectors", (side) => [maths(side.values.prior ? "dL/dv = x dL/dh + λ a v" : "dL/dv = x dL/dh")], inputSlope],
    ["The slope of the output vectors", (side) => [maths(`dL/du = (${np(side)} − y) h`)], outputSlope],
    ["Is it true?", () => [maths("dL/dw ≈ (L(w + e) − L(w − e)) / 2e")], check],
    ["The update", () => [maths("w − lr × dL/dw")], update],
    ["Step after step", () => [], losses],
  ];

  return { all, after };
})();
