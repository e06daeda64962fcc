"use strict";

// What each number of a step is: its value, its formula, and the numbers that it was made of.
//
// A number is named by a reference: `z:2` is the score of the third word, `w_out:2:0` the first
// number of its output vector, `z@7:2` that score in the eighth step. Nothing is calculated here.
const stepFormulas = (() => {
  const { maths, rich } = stepWords;
  const SHORT = new Set(["x", "y", "n", "y_share", "shares", "factors", "counts", "lr", "prior", "epsilon"]);
  const TERMS = 6; // of a sum that are written out
  const SHARED = { w_in_after: "w_in", w_out_after: "w_out", b_after: "b" };

  // One side of the page: the values of an architecture, and the step that is shown.
  function view(values) {
    const scales = new Map();
    const made = {
      values,
      at: 0,
      get steps() {
        return made.values.steps;
      },
      // The numbers that a name stands for, in one of the steps.
      of(name, at = made.at) {
        if (name in made.values) return made.values[name];
        if (SHARED[name] && at + 1 < made.steps.length) return made.steps[at + 1][SHARED[name]];
        return made.steps[at][name];
      },
      value(reference) {
        const [name, ...place] = reference.split(":");
        const [base, at] = name.split("@");
        let found = made.of(base === "check" ? "finite_differences" : base, at === undefined ? made.at : Number(at));
        for (const key of place) found = found[key];
        return found;
      },
      text(reference) {
        return written(made, reference);
      },
      word(index, most = 40) {
        return frame.word(made.values.vocabulary[index], most);
      },
      // The largest of a kind of numbers in all steps, for colours that can be compared.
      scale(name) {
        const kind = SHARED[name] ?? name;
        if (!scales.has(kind)) {
          const all = made.steps.map((_, at) => [kind, `${kind}_after`].map((key) => made.of(key, at) ?? [])).flat(Infinity);
          scales.set(kind, all.reduce((most, value) => Math.max(most, Math.abs(value ?? 0)), 0));
        }
        return scales.get(kind);
      },
      show(others) {
        made.values = others;
        scales.clear();
      },
    };
    return made;
  }

  // A number as it is shown.
  function written(side, reference) {
    const value = side.value(reference);
    const [name, ...place] = reference.split(":");
    const [base, at] = name.split("@");
    if (value === null) return "∞";
    if (SHORT.has(base)) return String(Number(value.toPrecision(4))).replace("-", "−");
    if (Math.abs(value) >= 1e5) return value.toExponential(3).replace("-", "−").replace("e+", "e");
    if (base === "check") return frame.number(value, { formula: 8, slope: 8 }[place[1]] ?? 10);
    // The start is in tenths.
    const first = (at === undefined ? side.at : Number(at)) === 0;
    const look = base === "h" && side.values.arch === "skipgram";
    if (first && (base === "w_in" || base === "w_out" || look)) return frame.number(value, 1);
    return frame.number(value);
  }

  // A number within a formula; with brackets where a minus would stand beside another sign.
  function number(side, reference, brackets = false) {
    const text = side.text(reference);
    const made = frame.element("span", { class: "n", "data-of": reference }, text);
    return brackets && text.startsWith("−") ? frame.element("span", {}, "(", made, ")") : made;
  }

  // A sum, each part a list of pieces; of a long one the first parts and the last.
  function sum(parts) {
    const shown = parts.length > TERMS ? [...parts.slice(0, TERMS - 2), ["…"], parts.at(-1)] : parts;
    return shown.flatMap((part, place) => (place ? [" + "].concat(part) : part));
  }

  function product(side, one, other) {
    return [number(side, one, true), " × ", number(side, other, true)];
  }

  function component(side, letter, index, place) {
    return maths(`${letter}_`, frame.element("span", {}, side.word(index, 12), `, ${Number(place) + 1}`));
  }

  function of(side, letter, index) {
    return maths(`${letter}_`, side.word(index, 12));
  }

  const range = (count) => Array.from({ length: count }, (_, index) => index);
  const positive = (values) => range(values.length).filter((index) => values[index] > 0);

  // The positions of the window's context words that are a word; of the whole sentence's.
  function tokens(side, index, within) {
    const { tokens: all, context } = side.values;
    const places = within ? context.map((position) => position - 1) : range(all.length);
    return places.filter((place) => all[place] === Number(index)).map((place) => `token:${place}`);
  }

  const many = (side) => side.values.n !== 1;
  const np = (side) => (many(side) ? "n p" : "p");

  // An old weight, before the first step or after another one.
  function weight(name, letter, what) {
    return (side, index, place) => {
      const title = place === undefined ? of(side, letter, index) : component(side, letter, index, place);
      const tail = place === undefined ? `:${index}` : `:${index}:${place}`;
      const about = { title: rich(`${what} `, title) };
      if (side.at > 0) {
        const before = side.at - 1;
        return {
          ...about,
          symbols: maths("w − lr × dL/dw"),
          numbers: [number(side, `${name}@${before}${tail}`), " − ", number(side, "lr"), " × ", number(side, `d_${name}@${before}${tail}`, true)],
          why: rich("Where the step before this one has moved it."),
          from: [],
        };
      }
      const zeros = side.values.start === "zeros";
      const why = { b: "The {bias} begins at the logarithm of the word’s share of all predictions in the sentence." }[name]
        ?? (zeros ? "All {weight:weights} begin at zero here." : "{weight:Weights} begin at random. Here they are tenths, so that you can calculate along.");
      return { ...about, why: rich(name === "b" && !side.values.bias ? "There is no {bias} here." : why), from: [] };
    };
  }

  // A gradient-descent step on a weight.
  function moved(name, letter, what) {
    return (side, index, place) => {
      const title = place === undefined ? of(side, letter, index) : component(side, letter, index, place);
      const tail = place === undefined ? `:${index}` : `:${index}:${place}`;
      return {
        title: rich(`new ${what} `, title),
        symbols: maths("w − lr × dL/dw"),
        numbers: [number(side, `${name}${tail}`), " − ", number(side, "lr"), " × ", number(side, `d_${name}${tail}`, true)],
        why: rich("One step of {descent}: a little against the slope."),
        from: [`${name}${tail}`, `d_${name}${tail}`],
      };
    };
  }

  const tell = {
    counts: (side, i) => ({
      title: rich("count of ", side.word(i)),
      why: rich("How often it stands in the sentence."),
      from: tokens(side, i, false),
    }),
    factors: (side, i) => ({
      title: rich("factor ", of(side, "s", i)),
      why: rich("{smoothing:Smoothing}: the word is predicted as if it occurred count to the power of X times, and the sum of all counts stays what it was."),
      from: [`counts:${i}`],
    }),
    x: (side, i) => {
      const within = tokens(side, i, true);
      if (side.values.arch === "skipgram") {
        const given = side.value(`x:${i}`) > 0;
        return {
          title: rich(of(side, "x", i), ", the input"),
          why: rich(given ? "1, as this is the {centre}: a {onehot}." : "0, as this is not the {centre}."),
          from: given ? [`token:${side.values.position - 1}`] : [],
        };
      }
      const m = side.values.context.length;
      return {
        title: rich(of(side, "x", i), ", the input"),
        symbols: within.length ? sum(within.map(() => [`1/${m}`])) : undefined,
        why: rich(within.length ? `Each of the ${m} {context} gives 1/${m}, wherever it stands.` : "0, as it is none of the {context}."),
        from: within,
      };
    },
    y: (side, i) => {
      const cbow = side.values.arch === "cbow";
      const there = side.value(`y:${i}`) > 0;
      const smoothed = side.values.smoothing !== 1;
      return {
        title: rich(of(side, "y", i), ", what really stands there"),
        symbols: smoothed && there ? rich("how often × s") : undefined,
        why: rich(there ? (cbow ? "This is the {centre}, the word to predict." : "How often it is among the {context}, the words to predict.") : "0, as it is not to be predicted in this window."),
        from: [...(cbow && there ? [`token:${side.values.position - 1}`] : tokens(side, i, !cbow && there)).filter(() => there), ...(smoothed && there ? [`factors:${i}`] : [])],
      };
    },
    n: (side) => {
      const there = positive(side.values.y);
      return {
        title: rich(maths("n"), ", how many words are to be predicted"),
        symbols: maths("Σ_j y_j"),
        numbers: sum(there.map((j) => [number(side, `y:${j}`)])),
        why: rich("The sum of all {y}."),
        from: there.map((j) => `y:${j}`),
      };
    },
    y_share: (side, i) => ({
      title: rich(of(side, "y", i), maths(" / n"), ", where ", of(side, "p", i), " should go"),
      symbols: maths("y / n"),
      numbers: [number(side, `y:${i}`), " / ", number(side, "n")],
      why: rich("The word’s share of what really stands there. The loss is least when every {p} equals it."),
      from: [`y:${i}`, "n"],
    }),
    shares: (side, i) => ({
      title: rich("share ", of(side, "a", i), " of the prior"),
      why: rich("The {prior} of a word is divided among all the windows of the sentence in which it is given; this is the share of this window."),
      from: [],
    }),
    w_in: weight("w_in", "v", "number of the input vector"),
    w_out: weight("w_out", "u", "number of the output vector"),
    b: weight("b", "b", "bias"),
    h: (side, k) => {
      const given = positive(side.values.x);
      return {
        title: rich(maths(`h_${Number(k) + 1}`), ", of the {h:hidden vector}"),
        symbols: maths("Σ_j x_j v_j"),
        numbers: sum(given.map((j) => product(side, `x:${j}`, `w_in:${j}:${k}`))),
        why: rich(given.length === 1 ? "*x* is 1 for one word and 0 for all others, so this is that word’s number: a look-up." : "The mean over the {context}; words with *x = 0* add nothing."),
        from: given.flatMap((j) => [`x:${j}`, `w_in:${j}:${k}`]),
      };
    },
    z: (side, i) => {
      const { dim, bias } = side.values;
      const parts = range(dim).map((k) => product(side, `w_out:${i}:${k}`, `h:${k}`));
      return {
        title: rich("score ", of(side, "z", i), ", a {logit}"),
        symbols: maths("u_", side.word(i, 12), " · h", ...(bias ? [" + b_", side.word(i, 12)] : [])),
        numbers: [...sum(parts), ...(bias ? [" + ", number(side, `b:${i}`, true)] : [])],
        why: rich("The {dot} of the word’s output vector and *h*. The larger, the better the word fits."),
        from: [...range(dim).flatMap((k) => [`w_out:${i}:${k}`, `h:${k}`]), ...(bias ? [`b:${i}`] : [])],
      };
    },
    exp_z: (side, i) => ({
      title: rich(maths("exp(z_", side.word(i, 12), ")")),
      symbols: maths("exp(z_", side.word(i, 12), ")"),
      numbers: [maths("exp("), number(side, `z:${i}`), ")"],
      why: rich(side.value(`exp_z:${i}`) === null ? "Too large for a computer’s number. The program first takes the largest score from all of them, which leaves *p* what it is." : "{exp} makes every score positive. A score that is larger by 1 counts 2.718 times as much."),
      from: [`z:${i}`],
    }),
    sum_exp_z: (side) => {
      const all = range(side.values.vocabulary.length).map((k) => `exp_z:${k}`);
      return {
        title: rich("sum over the whole {vocabulary}"),
        symbols: maths("Σ_k exp(z_k)"),
        numbers: sum(all.map((each) => [number(side, each)])),
        why: rich("Every word is in it. Nothing is sampled: this is the exact {softmax}."),
        from: all,
      };
    },
    p: (side, i) => ({
      title: rich("probability ", of(side, "p", i)),
      symbols: maths("exp(z_", side.word(i, 12), ") / Σ_k exp(z_k)"),
      numbers: [number(side, `exp_z:${i}`), " / ", number(side, "sum_exp_z")],
      why: rich("The word’s share of the sum: {softmax}. All *p* add up to 1."),
      from: [`exp_z:${i}`, "sum_exp_z"],
    }),
    minus_ln_p: (side, i) => ({
      title: rich("surprise at ", side.word(i)),
      symbols: maths("− ln p_", side.word(i, 12)),
      numbers: [maths("− ln "), number(side, `p:${i}`)],
      why: rich("In {nats}: 0 if the word was certain, and the larger the less it was expected."),
      from: [`p:${i}`],
    }),
    minus_y_ln_p: (side, i) => ({
      title: rich("what ", side.word(i), " adds to the loss"),
      symbols: maths("y × (− ln p)"),
      numbers: product(side, `y:${i}`, `minus_ln_p:${i}`),
      why: rich("Its surprise, as often as it stands there."),
      from: [`y:${i}`, `minus_ln_p:${i}`],
    }),
    loss: (side) => {
      const there = positive(side.values.y).map((j) => `minus_y_ln_p:${j}`);
      return {
        title: rich(maths("L"), ", the {loss:loss}, before this step"),
        symbols: maths("− Σ_j y_j ln p_j"),
        numbers: sum(there.map((each) => [number(side, each)])),
        why: rich("The {crossentropy}: how surprised the model is by what really stands there, in {nats}."),
        from: there,
      };
    },
    loss_after: () => ({
      title: rich(maths("L"), ", the {loss:loss}, after this step"),
      symbols: maths("− Σ_j y_j ln p_j"),
      why: rich("Calculated anew with the new weights."),
      from: [],
    }),
    perplexity: (side) => ({
      title: rich("perplexity"),
      symbols: maths(many(side) ? "exp(L / n)" : "exp(L)"),
      numbers: [maths("exp("), number(side, "loss"), ...(many(side) ? [" / ", number(side, "n")] : []), ")"],
      why: rich("The model is as unsure as if it had to guess among so many equally likely words."),
      from: ["loss", ...(many(side) ? ["n"] : [])],
    }),
    perplexity_after: (side) => ({
      title: rich("perplexity after the step"),
      symbols: maths(many(side) ? "exp(L / n)" : "exp(L)"),
      numbers: [maths("exp("), number(side, "loss_after"), ...(many(side) ? [" / ", number(side, "n")] : []), ")"],
      why: rich("The model is as unsure as if it had to guess among so many equally likely words."),
      from: ["loss_after"],
    }),
    floor: (side) => {
      const there = positive(side.values.y);
      return {
        title: rich("the least loss there can be"),
        symbols: maths("− Σ_j y_j ln (y_j / n)"),
        numbers: sum(there.map((j) => [number(side, `y:${j}`), maths(" × (− ln "), number(side, `y_share:${j}`), ")"])),
        why: rich("The loss when every *p* equals *y / n*, the {entropy} of what stands there: different words cannot all be certain."),
        from: there.flatMap((j) => [`y:${j}`, `y_share:${j}`]),
      };
    },
    penalty: (side) => {
      const given = positive(side.values.x);
      return {
        title: rich("the {prior:prior}’s share in this window"),
        symbols: maths("(λ / 2) Σ_j a_j |v_j|^2"),
        numbers: ["(", number(side, "prior"), " / 2) × (", ...sum(given.map((j) => [number(side, `shares:${j}`), " × |", of(side, "v", j), "|²"])), ")"],
        why: rich("Large input vectors cost something, so that they stay short."),
        from: given.flatMap((j) => range(side.values.dim).map((k) => `w_in:${j}:${k}`).concat(`shares:${j}`)),
      };
    },
    penalty_after: () => ({ title: rich("the {prior:prior}’s share after this step"), why: rich("Calculated anew with the new weights."), from: [] }),
    objective: (side) => ({
      title: rich("the loss and the {prior:prior}"),
      symbols: maths("L + prior"),
      numbers: [number(side, "loss"), " + ", number(side, "penalty")],
      why: rich("What the step makes smaller."),
      from: ["loss", "penalty"],
    }),
    objective_after: (side) => ({
      title: rich("the loss and the {prior:prior}, after this step"),
      symbols: maths("L + prior"),
      numbers: [number(side, "loss_after"), " + ", number(side, "penalty_after")],
      why: rich("What the step makes smaller."),
      from: ["loss_after", "penalty_after"],
    }),
    n_p: (side, i) => ({
      title: rich(many(side) ? "how often " : "probability of ", side.word(i), many(side) ? " is expected" : ""),
      symbols: maths(np(side)),
      numbers: many(side) ? product(side, "n", `p:${i}`) : [number(side, `p:${i}`)],
      why: rich(many(side) ? "One softmax serves all the words to be predicted, so that the model expects *n* times *p* of each." : "One word is to be predicted, so that this is *p* itself."),
      from: [`p:${i}`, "n"],
    }),
    residual: (side, i) => ({
      title: rich("{residual} of ", side.word(i)),
      symbols: maths(`${np(side)} − y`),
      numbers: [number(side, `n_p:${i}`), " − ", number(side, `y:${i}`)],
      why: rich(side.value(`residual:${i}`) > 0 ? "Expected more than it was observed: its score should fall." : "Observed more than it was expected: its score should rise."),
      from: [`n_p:${i}`, `y:${i}`],
    }),
    observed: (side, k) => {
      const there = positive(side.values.y);
      return {
        title: rich("observed, number ", String(Number(k) + 1)),
        symbols: maths("Σ_o y_o u_o"),
        numbers: sum(there.map((j) => product(side, `y:${j}`, `w_out:${j}:${k}`))),
        why: rich("The {u_o} of the words that really stand there."),
        from: there.flatMap((j) => [`y:${j}`, `w_out:${j}:${k}`]),
      };
    },
    expected: (side, k) => {
      const all = range(side.values.vocabulary.length);
      return {
        title: rich("expected, number ", String(Number(k) + 1)),
        symbols: maths(many(side) ? "n Σ_k p_k u_k" : "Σ_k p_k u_k"),
        numbers: sum(all.map((j) => product(side, `n_p:${j}`, `w_out:${j}:${k}`))),
        why: rich("All output vectors, each as much as its word is expected."),
        from: all.flatMap((j) => [`n_p:${j}`, `w_out:${j}:${k}`]),
      };
    },
    d_h: (side, k) => ({
      title: rich("slope of the loss along ", maths(`h_${Number(k) + 1}`)),
      symbols: maths(`dL/dh = Σ_k (${np(side)}_k − y_k) u_k = expected − observed`),
      numbers: [number(side, `expected:${k}`), " − ", number(side, `observed:${k}`, true)],
      why: rich("The step goes against it: *h* moves towards what was observed, and away from what was expected."),
      from: [`expected:${k}`, `observed:${k}`],
    }),
    d_w_in: (side, i, k) => {
      const { prior } = side.values;
      const extra = prior > 0 && side.value(`x:${i}`) > 0;
      return {
        title: rich("slope of the loss along ", component(side, "v", i, k)),
        symbols: maths("x × dL/dh", ...(extra ? [" + λ a v"] : [])),
        numbers: [...product(side, `x:${i}`, `d_h:${k}`), ...(extra ? [" + ", number(side, "prior"), " × ", number(side, `shares:${i}`), " × ", number(side, `w_in:${i}:${k}`, true)] : [])],
        why: rich(side.value(`x:${i}`) > 0 ? "The word went into *h* with the weight *x*, so that it gets as much of the slope of *h*." : "The word is not in *h*, so that it does not move: *x* is 0."),
        from: [`x:${i}`, `d_h:${k}`, ...(extra ? [`shares:${i}`, `w_in:${i}:${k}`] : [])],
      };
    },
    d_w_out: (side, i, k) => ({
      title: rich("slope of the loss along ", component(side, "u", i, k)),
      symbols: maths(`(${np(side)} − y) × h`),
      numbers: product(side, `residual:${i}`, `h:${k}`),
      why: rich("A cell of a multiplication table, the {outer}: the {residual} of the row times the *h* of the column."),
      from: [`residual:${i}`, `h:${k}`],
    }),
    d_b: (side, i) => ({
      title: rich("slope of the loss along the bias ", of(side, "b", i)),
      symbols: maths(`${np(side)} − y`),
      numbers: [number(side, `residual:${i}`)],
      why: rich("The {bias} is added to the score, so that its slope is that of the score."),
      from: [`residual:${i}`],
    }),
    lr: () => ({ title: rich("the {lr}"), why: rich("As it was chosen, by --lr."), from: [] }),
    epsilon: () => ({ title: rich(maths("e")), why: rich("Small, so that the slope hardly changes on the way; not too small, as a computer rounds."), from: [] }),
    w_in_after: moved("w_in", "v", "number of the input vector"),
    w_out_after: moved("w_out", "u", "number of the output vector"),
    b_after: moved("b", "b", "bias"),
    check: (side, i, what) => {
      const { parameter, place } = side.value(`check:${i}`);
      const gradient = `d_${parameter === "bias" ? "b" : parameter}:${place.join(":")}`;
      const about = {
        formula: ["the slope by the formula", maths("dL/dw"), [number(side, gradient)], "The same number as in the {gradient} above, with more digits.", [gradient]],
        above: ["the loss with this weight a little larger", maths("L(w + e)"), undefined, "All other weights stay what they are, and e is ", [], number(side, "epsilon"), "."],
        below: ["the loss with this weight a little smaller", maths("L(w − e)"), undefined, "All other weights stay what they are, and e is ", [], number(side, "epsilon"), "."],
        slope: [
          "the slope as measured, a {difference}",
          maths("(L(w + e) − L(w − e)) / 2e"),
          ["(", number(side, `check:${i}:above`), " − ", number(side, `check:${i}:below`), ") / (2 × ", number(side, "epsilon"), ")"],
          "Nothing but the loss is needed for this. If the formula were wrong, the two would differ.",
          [`check:${i}:above`, `check:${i}:below`],
        ],
      }[what];
      return { title: rich(about[0]), symbols: about[1], numbers: about[2], why: rich(about[3], ...about.slice(5)), from: about[4] };
    },
  };

  // Return what a number is: nodes for its title, symbols, numbers and why; and its origins.
  function told(side, reference) {
    const [name, ...place] = reference.split(":");
    const [base, at] = name.split("@");
    const found = side.at;
    if (at !== undefined) side.at = Number(at);
    const about = tell[base](side, ...place);
    side.at = found;
    // Of another step only what is shown of it can light up.
    if (at !== undefined) about.from = about.from.map((each) => each.replace(/^[^:]*/, `$&@${at}`));
    return about;
  }

  return { view, told, number, np, many, positive, range };
})();
