"use strict";

// From which zoom on each word has its label, so that labels never cover each other: worked out
// once, for all zooms. Moving about changes nothing then, and zooming in only adds labels.
const labels = (() => {
  // Labels are centred above their words, their lower edges at one distance from them all.
  //
  // x, y: the places; across, up: widths and heights in pixels; order: the words, the most important
  // first; start: the zoom at which to begin. Two labels part at the zoom (pixels per unit) at which they no longer overlap, and do not
  // meet again. A word has its label as soon as it has parted from all more important ones that are
  // there before.
  function zooms(x, y, across, up, order, start) {
    const size = x.length;
    const from = new Float64Array(size).fill(Infinity); // words that have no label stay there
    const widest = across.reduce((a, b) => Math.max(a, b), 1);
    const highest = up.reduce((a, b) => Math.max(a, b), 1);
    const grid = squares(x, y, Math.max(4, Math.min(128, Math.ceil(Math.sqrt(size)))));
    for (const one of order) {
      let zoom = start;
      const reach = Math.max((across[one] + widest) / 2, highest);
      // Of those `ring` squares away, none parts later than this.
      for (let ring = 0; ring <= grid.side; ring++) {
        if (ring > 1 && reach / ((ring - 1) * grid.edge) <= zoom) break;
        grid.around(x[one], y[one], ring, (other) => {
          const wide = (across[one] + across[other]) / 2 / Math.abs(x[one] - x[other]);
          const high = (y[one] < y[other] ? up[one] : up[other]) / Math.abs(y[one] - y[other]);
          const part = Math.min(wide, high);
          if (part > zoom && part > from[other]) zoom = part;
        });
      }
      from[one] = zoom;
      if (zoom < Infinity) grid.add(one);
    }
    return from;
  }

  // Squares in which words are looked up by their places.
  function squares(x, y, side) {
    const [left, bottom] = [least(x), least(y)];
    const edge = Math.max(-least(x, -1) - left, -least(y, -1) - bottom, 1e-9) / side;
    const first = new Int32Array((side + 1) * (side + 1)).fill(-1);
    const next = new Int32Array(x.length).fill(-1);
    const clamped = (value) => Math.max(0, Math.min(side, Math.floor(value)));
    const column = (value) => clamped((value - left) / edge);
    const row = (value) => clamped((value - bottom) / edge);

    function add(number) {
      const square = row(y[number]) * (side + 1) + column(x[number]);
      next[number] = first[square];
      first[square] = number;
    }

    function visit(atColumn, atRow, visitor) {
      if (atColumn < 0 || atRow < 0 || atColumn > side || atRow > side) return;
      for (let k = first[atRow * (side + 1) + atColumn]; k >= 0; k = next[k]) visitor(k);
    }

    // All words in the squares that are exactly `ring` squares away from a place.
    function around(atX, atY, ring, visitor) {
      const [middle, level] = [column(atX), row(atY)];
      for (let k = -ring; k <= ring; k++) {
        visit(middle + k, level - ring, visitor);
        if (ring > 0) visit(middle + k, level + ring, visitor);
      }
      for (let k = 1 - ring; k < ring; k++) {
        visit(middle - ring, level + k, visitor);
        visit(middle + ring, level + k, visitor);
      }
    }

    // All words within a box, and some near it.
    function within(west, south, east, north, visitor) {
      for (let k = row(south); k <= row(north); k++) {
        for (let c = column(west); c <= column(east); c++) visit(c, k, visitor);
      }
    }

    return { side, edge, add, around, within };
  }

  function least(values, sign = 1) {
    return values.reduce((a, b) => Math.min(a, sign * b), Infinity);
  }

  return { zooms, squares };
})();
