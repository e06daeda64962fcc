"use strict";

// The words of the map: their vectors, their neighbours, what they are coloured by. Draws nothing.
const words = (() => {
  const { data } = frame;
  const texts = data.words;
  const size = texts.length;
  const { width } = data;
  const LARGEST = 32767;

  // Byte by byte, as the order of bytes in a typed array is the machine's.
  const bytes = atob(data.units);
  const units = new Int16Array(size * width);
  for (let k = 0; k < units.length; k++) {
    units[k] = bytes.charCodeAt(2 * k) | (bytes.charCodeAt(2 * k + 1) << 8);
  }

  function cosine(one, other) {
    let sum = 0;
    for (let a = one * width, b = other * width, end = a + width; a < end; a++, b++) {
      sum += units[a] * units[b];
    }
    return sum / (LARGEST * LARGEST);
  }

  // The words most similar to one, the most similar first; of equals, the more frequent.
  function nearest(number, most) {
    const best = [];
    for (let other = 0; other < size; other++) {
      if (other === number) continue;
      const value = cosine(number, other);
      if (best.length === most && value <= best[most - 1].cosine) continue;
      let place = best.length;
      while (place > 0 && best[place - 1].cosine < value) place--;
      best.splice(place, 0, { number: other, cosine: value });
      if (best.length > most) best.pop();
    }
    return best;
  }

  // The words that are a text, begin with it, or have it within; the case of letters is ignored.
  let lowered = null;
  function matching(text, most) {
    lowered ??= texts.map((one) => one.toLowerCase());
    const wanted = text.trim().toLowerCase();
    const found = [[], [], []];
    if (wanted === "") return [];
    for (let number = 0; number < size; number++) {
      const place = lowered[number].indexOf(wanted);
      if (place < 0) continue;
      const kind = place > 0 ? 2 : lowered[number].length > wanted.length ? 1 : 0;
      if (found[kind].length < most) found[kind].push(number);
    }
    return found.flat().slice(0, most);
  }

  // Half of the words have the first colour, half of the others the next, and so on: a few words
  // are very frequent. Words of one count have one colour.
  function byFrequency() {
    const of = new Uint16Array(size);
    const ends = [1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1].map((share) => Math.ceil(share * size));
    const { counts } = data;
    const groups = [];
    let start = 0;
    ends.forEach((end, step) => {
      if (counts) while (end < size && end > start && counts[end] === counts[end - 1]) end++;
      if (end <= start) return;
      of.fill(groups.length, start, end);
      const [low, high] = counts ? [counts[end - 1], counts[start]] : [start + 1, end];
      groups.push({ colour: `s${6 - step}`, label: low === high ? count(low) : `${count(low)}–${count(high)}` });
      start = end;
    });
    return {
      name: "frequency",
      about: counts ? "How often a word occurred" : "Place in the order of frequency",
      of,
      groups,
    };
  }

  function byCluster() {
    const groups = data.centres.map((examples, cluster) => ({ colour: `c${cluster % 8}`, label: count(cluster), examples }));
    return { name: "cluster", about: "Cluster, with the words in its middle", of: Uint16Array.from(data.clusters), groups };
  }

  function byChange() {
    const edges = [0.99, 0.95, 0.9, 0.8, 0.6, 0.4];
    const groups = edges.map((edge, step) => ({
      colour: `s${step}`,
      label: step === 0 ? `${edge} and more` : `${edge}–${edges[step - 1]}`,
    }));
    groups.push({ colour: "s6", label: "less than 0.4" }, { colour: "c2", label: "new word", hollow: true });
    const of = Uint16Array.from(data.drift.cosines, (value) => {
      if (value === null) return 7;
      const step = edges.findIndex((edge) => value >= edge);
      return step < 0 ? 6 : step;
    });
    return { name: "change", about: "Cosine of a word’s old and new vector", of, groups };
  }

  const colourings = [byFrequency()];
  if (data.clusters) colourings.unshift(byCluster());
  if (data.drift) colourings.unshift(byChange());

  // The numbers of the words that were there before, those that changed most first.
  const moved = [];
  if (data.drift) {
    const { cosines } = data.drift;
    for (let number = 0; number < size; number++) if (cosines[number] !== null) moved.push(number);
    moved.sort((a, b) => cosines[a] - cosines[b] || a - b);
  }

  function count(value) {
    return value.toLocaleString("en");
  }

  // A word within a sentence: cut, and alone whichever way its letters run.
  function plain(number, most = 40) {
    const letters = [...texts[number]];
    const shown = letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : texts[number];
    return `\u2068${shown}\u2069`;
  }

  const frequency = colourings.at(-1);
  return { texts, size, cosine, nearest, matching, colourings, frequency, moved, count, plain };
})();
