"use strict";

// Tables of numbers: one stop of the Tab key each, arrow keys within, and colours about zero.
const stepGrid = (() => {
  const { element } = frame;
  const COLOURED = new Set(["w_in", "w_out", "h", "d_w_in", "d_w_out", "d_h", "observed", "expected", "residual", "w_in_after", "w_out_after"]);
  const KIN = { h: "w_in", observed: "expected", w_in_after: "w_in", w_out_after: "w_out" };

  // What shows a number; `paint` keeps it up to date.
  function register(side, node, reference) {
    node.dataset.ref = reference;
    side.shown.push(node);
    if (!side.places.has(reference)) side.places.set(reference, []);
    side.places.get(reference).push(node);
    return node;
  }

  // A cell: a reference becomes a number, a function a drawing, all else is text.
  function cell(side, content) {
    if (content === null) return element("td", { class: "none" });
    if (typeof content === "string") {
      return register(side, element("td", { class: COLOURED.has(nameOf(content)) ? "n colour" : "n", tabindex: "-1" }), content);
    }
    if (typeof content === "function") {
      const made = element("td", { class: "drawn" });
      content(made);
      return made;
    }
    return element("td", {}, content);
  }

  function nameOf(reference) {
    return reference.split(/[:@]/)[0];
  }

  // A table. `columns`: the headings after that of the words. `rows`: label, cells, and a class.
  function table(side, { label, columns, rows, corner = "" }) {
    const made = element("table", { role: "grid", "aria-label": label });
    made.append(
      element("thead", {}, element("tr", {}, element("th", { scope: "col" }, corner), ...columns.map((column) => element("th", { scope: "col" }, column)))),
    );
    const body = element("tbody");
    for (const row of rows) {
      body.append(
        element("tr", { class: row.kind ?? null }, element("th", { scope: "row" }, ...[row.label].flat()), ...row.cells.map((content) => cell(side, content))),
      );
    }
    made.append(body);
    const first = made.querySelector("td[data-ref]");
    if (first) first.tabIndex = 0;
    made.addEventListener("keydown", (event) => walk(made, event));
    made.addEventListener("focusin", (event) => {
      const chosen = event.target.closest("td[data-ref]");
      if (!chosen) return;
      for (const other of made.querySelectorAll('td[tabindex="0"]')) other.tabIndex = -1;
      chosen.tabIndex = 0;
    });
    return element("div", { class: "scroll" }, made);
  }

  const KEYS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

  function walk(made, event) {
    const from = event.target.closest("td[data-ref]");
    if (!from || event.altKey || event.metaKey) return;
    const rows = [...made.tBodies[0].rows];
    let to = null;
    if (event.key === "Home" || event.key === "End") {
      const line = event.ctrlKey ? [...made.querySelectorAll("td[data-ref]")] : [...from.parentNode.querySelectorAll("td[data-ref]")];
      to = event.key === "Home" ? line[0] : line.at(-1);
    } else if (KEYS[event.key] && !event.ctrlKey) {
      const [down, right] = KEYS[event.key];
      let row = rows.indexOf(from.parentNode) + down;
      let column = from.cellIndex + right;
      while (rows[row] && column > 0 && column < rows[row].cells.length && !rows[row].cells[column].dataset.ref) {
        row += down;
        column += right;
      }
      to = rows[row]?.cells[column];
    } else return;
    event.preventDefault();
    if (to?.dataset.ref) to.focus();
  }

  // Write all numbers of a side, and colour them.
  function paint(side) {
    for (const node of side.shown) {
      const reference = node.dataset.ref;
      const text = side.text(reference);
      if (node.textContent !== text) node.textContent = text;
      const name = nameOf(reference);
      const value = side.value(reference) ?? 0;
      if (name === "x" || name === "y") node.classList.toggle("zero", value === 0);
      if (!node.classList.contains("colour")) continue;
      const most = Math.max(side.scale(name), KIN[name] ? side.scale(KIN[name]) : 0);
      const much = most ? Math.round((100 * value) / most) : 0;
      if (node.dataset.much === String(much)) continue; // to style thousands of cells takes long
      node.dataset.much = much;
      node.style.setProperty("--much", Math.abs(much));
      node.classList.toggle("below", much < 0);
    }
    for (const redraw of side.drawings) redraw();
  }

  // A bar for a share from 0 to 1.
  function bar(side, references, kinds) {
    return (parent) => {
      const bars = references.map((_, place) => element("div", { class: `bar ${kinds[place]}` }));
      parent.append(element("div", { class: "bars", "aria-hidden": "true" }, ...bars));
      side.drawings.push(() => {
        for (const [place, reference] of references.entries()) bars[place].style.width = `${100 * (side.value(reference) ?? 0)}%`;
      });
    };
  }

  // A bar to the left or right of zero; `most` is how far it can reach.
  function lean(side, reference, most) {
    return (parent) => {
      const made = element("div", { class: "bar" });
      parent.append(element("div", { class: "lean", "aria-hidden": "true" }, made));
      side.drawings.push(() => {
        const value = side.value(reference) ?? 0;
        const width = Math.min(50, (50 * Math.abs(value)) / most);
        made.style.width = `${width}%`;
        made.style.left = value < 0 ? `${50 - width}%` : "50%";
        made.classList.toggle("below", value < 0);
      });
    };
  }

  // A single number in a sentence.
  function single(side, reference) {
    return register(side, element("button", { type: "button", class: "n single" }), reference);
  }

  return { table, paint, bar, lean, single };
})();
