"use strict";

// The sentences of the page of a step: terms that tell what they mean, and formulas.
const stepWords = (() => {
  // What is touched in a text, and what it then tells.
  const glossary = {
    window: ["window", "The words around one word of the text that are looked at together. It slides from word to word."],
    centre: ["centre word", "The word in the middle of the window. Its vector is *v_c*: c for centre."],
    context: ["context words", "The other words in the window."],
    vocabulary: ["vocabulary", "The list of all different words. Each has a number, its id, and one row in either matrix."],
    vector: ["vector", "A list of numbers. Here each word has two: *v* when it is given, *u* when it is to be predicted."],
    matrix: ["matrix", "A table of numbers. Here each row is the vector of a word."],
    skipgram: ["skip-gram", "An arrangement of word2vec: given the centre word, predict the context words."],
    cbow: ["CBOW", "“Continuous bag of words”, the other arrangement: given the context words, predict the centre word."],
    onehot: ["one-hot vector", "A 1 for one word and 0 for all others. Multiplied by a matrix it picks that word’s row."],
    x: ["x", "The input: how much each word is given. For skip-gram a single 1, for CBOW a share for each context word."],
    y: ["y", "What really stands there: how often each word is to be predicted in this window."],
    n: ["n", "The sum of *y*: how many words are to be predicted in this window."],
    W_in: ["W_in", "The input matrix. Its rows are the input vectors *v*. After training they are the vectors that most people use."],
    W_out: ["W_out", "The output matrix. Its rows are the output vectors *u*."],
    v_c: ["v_c", "The input vector of the centre word c: its row of *W_in*."],
    u_o: ["u_o", "The output vector of an observed word o, one that really stands there: its row of *W_out*. The o is for “outside” or “observed”; *u_k* is the output vector of any word k."],
    h: ["h", "The hidden vector, what the given words come to. For skip-gram it is *v_c*, for CBOW the mean of the *v* of the context words."],
    dot: ["dot product", "Multiply two vectors number by number, and add up. It is large when both point the same way."],
    z: ["z", "The score of a word, also called its logit: *u · h*, the dot product of its output vector and *h*."],
    logit: ["logit", "A score before softmax. It can be any number; only differences between logits matter."],
    exp: ["exp", "The exponential function: *exp(z)* is *e* to the power *z*, with *e = 2.718…* It is always positive, and grows fast."],
    softmax: ["softmax", "Turns scores into probabilities: take exp of each, and divide by the sum of them all. The largest score gets the largest share."],
    p: ["p", "The probability that the model gives to a word, from 0 to 1. All of them add up to 1."],
    ln: ["ln", "The natural logarithm: *ln p* asks *e* to which power is *p*. *ln 1* is 0, and *ln* of a small *p* is far below zero."],
    surprise: ["−ln p", "The surprise at seeing a word of probability *p*: 0 if it was certain, and the larger the less it was expected."],
    nats: ["nats", "The unit of surprise, if one takes the natural logarithm. An event of probability 1/2 is a surprise of 0.69 nats, which is one bit."],
    loss: ["L", "The loss: how surprised the model is in all. Training makes it smaller."],
    crossentropy: ["cross-entropy", "The sum of *y* times *− ln p*: the surprise at what really stands there, by the model’s probabilities."],
    perplexity: ["perplexity", "*exp(L / n)*: the model is as unsure as if it had to guess among so many equally likely words."],
    entropy: ["entropy", "The surprise that is left when *p* equals *y / n*: words that differ cannot all have probability 1. No loss is smaller."],
    gradient: ["gradient", "For each weight the slope of the loss: by how much *L* changes, for a small change of that weight, per unit of it."],
    residual: ["residual", "*n p − y*, expected minus observed: the slope of *L* along each score."],
    observed: ["observed", "The *u* of the words that really stand there, each as often as its *y* says."],
    expected: ["expected", "The mean of all *u*, each weighted by its *p*, times *n*: what the model expects to see."],
    outer: ["outer product", "A multiplication table: each number of one vector times each number of another."],
    weight: ["weight", "A number that is learnt: any number of *W_in* and *W_out*, and of the bias."],
    lr: ["learning rate", "How far a step goes: every weight moves by this times its gradient, downhill."],
    descent: ["gradient descent", "Move every weight a little against its slope, so that the loss falls; then do it again."],
    difference: ["finite difference", "A slope measured instead of calculated: move one weight a little to either side, and see how the loss differs."],
    bias: ["bias", "A number *b* for each word that is added to its score. It learns how frequent the word is."],
    smoothing: ["smoothing", "*y* is multiplied by a factor *s* for each word, so that frequent words count for less than they occur."],
    prior: ["prior", "A pull of the input vectors towards zero: *λ / 2* times the square of each is added to the loss."],
  };
  const functions = new Set(["exp", "ln", "prior", "if", "step"]);

  function term(key, shown) {
    return frame.element("button", { type: "button", class: "term", "data-term": key }, symbol(shown ?? glossary[key][0]));
  }

  // A name such as h or W_in as in a formula; words as they are.
  function symbol(name) {
    return /^[A-Za-z](_|$)/.test(name) ? maths(name) : name;
  }

  // Sentences; {key} and {key:words} are terms, *h* is a formula, nodes stay what they are.
  function rich(...pieces) {
    return pieces.flatMap((piece) => {
      if (typeof piece !== "string") return [piece];
      return piece.split(/(\{[^}]*\}|\*[^*]+\*)/).map((part) => {
        if (part.startsWith("*")) return maths(part.slice(1, -1));
        if (!part.startsWith("{")) return part;
        const [key, shown] = part.slice(1, -1).split(":");
        return term(key, shown);
      });
    });
  }

  // A formula: letters are variables, _ sets the next letters or node low, ^ a digit high.
  function maths(...pieces) {
    const made = frame.element("span", { class: "maths" });
    let low = false;
    for (const piece of pieces) {
      if (typeof piece !== "string") {
        made.append(low ? frame.element("sub", {}, piece) : piece);
        low = false;
        continue;
      }
      for (const part of piece.split(/(_\{[^}]*\}|_[A-Za-z0-9]+|_$|\^\d|[A-Za-zλ]+)/)) {
        if (part === "_") low = true;
        else if (part.startsWith("_")) made.append(frame.element("sub", {}, part.replace(/[_{}]/g, "")));
        else if (part.startsWith("^")) made.append(frame.element("sup", {}, part.slice(1)));
        else if (/^[A-Za-zλ]/.test(part) && !functions.has(part)) made.append(frame.element("var", {}, part));
        else made.append(part);
      }
    }
    return made;
  }

  // What somebody hears who cannot see which letters are set low.
  function spoken(node) {
    const copy = node.cloneNode(true);
    for (const low of copy.querySelectorAll("sub")) low.prepend(" ");
    for (const block of copy.querySelectorAll("p, dt, dd, div")) block.append(" ");
    return copy.textContent.replace(/\s+/g, " ").trim();
  }

  return { glossary, term, symbol, rich, maths, spoken };
})();
