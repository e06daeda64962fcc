"use strict";

// The page round the map: search, the word with its neighbours, lists, what the map keeps.
(() => {
  const { data, element } = frame;
  const at = (id) => document.getElementById(id);
  const total = words.count(words.size);
  const STEP = 10; // neighbours shown, and how many more at a time

  // --- What this is ----------------------------------------------------------------------------

  const METHODS = { pca: "PCA", umap: "UMAP", tsne: "t-SNE" };
  const made = METHODS[data.method];
  const share = (value) => `${frame.number(100 * value, 1)} %`;
  at("about").append(`${total} ${words.size === 1 ? "word" : "words"}. ${data.made}`, data.drift ? " Arrows lead from where a word was to where it is." : "");
  const canvas = at("map");
  canvas.setAttribute("aria-label", `Map of ${total} words`);

  const tell = (...texts) => at("keeps").append(...texts.map((text) => element("p", {}, text)));
  if (data.method === "pca") {
    tell(
      `PCA looks at the vectors, each at length one, from the side from which they differ most.
      ${share(Math.max(0, 1 - data.explained[0] - data.explained[1]))} of their variance lies in
      other directions and cannot be seen here.`,
      `Words that are far apart on the map do have different vectors. Words that are close to each
      other here may be far apart in the directions that cannot be seen. A distance means the same
      everywhere on the map.`,
    );
  } else {
    tell(
      `${made} (seed ${data.seed}) tries to keep the nearest neighbours of each word near it. Look at
      who is whose neighbour, and at groups.`,
      `It does not keep how far groups are from each other, how large they are or how dense: these,
      and empty places, mean little. Nor do directions mean anything. Another seed gives another map,
      and a group that is not there with another seed is none.`,
    );
  }
  if (data.drift) {
    tell(
      `Old and new places are on one map: the old vectors were turned onto the new ones first. A
      cosine beside a word is that of its old and new vector in all ${words.count(data.width)}
      numbers; an arrow has only what can be seen of the change, and a word may change much under a
      short arrow. Of the arrows in view, those of the words that changed most are drawn.`,
    );
  }
  tell(
    `The cosines of neighbours are computed in this page from all ${words.count(data.width)} numbers
    of each vector, whatever the map keeps, but among the ${total} words of this page only: a word
    that is not on it is nobody’s neighbour. They are off by less than 0.0001, as vectors are
    kept here as whole numbers of 16 bits.`,
  );

  // --- A word, and its neighbours --------------------------------------------------------------

  let selected = null;

  function wordButton(number, ...more) {
    return element(
      "button",
      {
        type: "button",
        class: "word",
        onclick: () => choose(number, { fly: true, focus: true }),
        onpointerenter: () => view.point(number),
        onpointerleave: () => view.point(null),
        onfocus: (event) => event.target.matches(":focus-visible") && view.point(number),
        onblur: () => view.point(null),
      },
      frame.word(words.texts[number]),
      ...more,
    );
  }

  // A cosine as a number, and as the length of a line.
  function cosine(value) {
    const bar = element("i", { class: "bar" });
    bar.style.width = `${Math.max(0, value) * 100}%`;
    return element("span", { class: "cosine" }, frame.number(value), bar);
  }

  function row(title, text) {
    return [element("dt", {}, title), element("dd", {}, text)];
  }

  function showCard(most = STEP) {
    const card = at("card");
    if (selected === null) {
      card.replaceChildren(element("p", { class: "hint" }, "Click a word, or find one, to see its nearest neighbours."));
      return [];
    }
    const near = words.nearest(selected, most);
    const facts = element("dl", {});
    if (data.counts) facts.append(...row("Occurs", `${words.count(data.counts[selected])} times`));
    facts.append(...row("Frequency", `no. ${words.count(selected + 1)} of ${total}`));
    if (data.clusters) facts.append(...row("Cluster", words.count(data.clusters[selected])));
    if (data.drift) {
      const value = data.drift.cosines[selected];
      facts.append(...row("Old and new vector", value === null ? "a new word" : `cosine ${frame.number(value)}`));
    }
    card.replaceChildren(
      element(
        "div",
        { class: "title" },
        element("h2", { id: "word", tabindex: "-1" }, frame.word(words.texts[selected], 60)),
        element("button", { type: "button", id: "close", "aria-label": "Let go of this word", onclick: () => choose(null, { focus: true }) }, "×"),
      ),
      facts,
      element("h3", { id: "near" }, "Nearest neighbours"),
      element("p", { class: "muted small" }, `by cosine, among the ${total} words of this page`),
      element(
        "ol",
        { class: "words", "aria-labelledby": "near" },
        ...near.map((one) => element("li", {}, wordButton(one.number, cosine(one.cosine)))),
      ),
    );
    const rest = Math.min(words.size - 1, 100) - near.length;
    if (rest > 0) {
      const more = () => {
        showCard(most + STEP);
        at("card").querySelectorAll("li button")[most].focus();
      };
      card.append(element("button", { type: "button", class: "more", onclick: more }, `${Math.min(STEP, rest)} more`));
    }
    return near;
  }

  // Select a word, or none. `fly`: bring it into view; `focus`: go on reading at its name.
  function choose(number, { fly = false, focus = false, address = true } = {}) {
    selected = number;
    const near = showCard();
    view.point(null);
    view.select(number, near.map((one) => one.number), fly);
    for (const list of at("lists").children) list.hidden = number !== null;
    if (number === null) frame.say("No word is selected");
    else {
      const first = near.slice(0, 3).map((one) => `${words.plain(one.number)} ${frame.number(one.cosine, 2)}`);
      frame.say(`${words.plain(number)}, ${view.about(number)}. Nearest: ${first.join(", ")}`);
    }
    if (focus) (at("word") ?? at("query")).focus({ preventScroll: number === null });
    if (address) setAddress();
  }
  hands.listen((number) => (number !== null || selected !== null) && choose(number));

  // The address names the word, so that a link leads to it and Back to the one before.
  function setAddress() {
    let name = "";
    try {
      if (selected !== null) name = encodeURIComponent(words.texts[selected]);
    } catch {
      return; // half a letter has no address
    }
    if (name.length < 1000 && `#${name}` !== (location.hash || "#")) location.hash = name;
  }

  function fromAddress() {
    let name = "";
    try {
      name = decodeURIComponent(location.hash.slice(1));
    } catch {
      return;
    }
    const number = name === "" ? null : words.texts.indexOf(name);
    if (number !== selected && number !== -1) choose(number, { fly: true, address: false });
  }
  addEventListener("hashchange", fromAddress);

  // --- Lists to begin with -----------------------------------------------------------------------

  function addList(title, note, numbers, more) {
    const heading = [element("h2", {}, title), note ? element("p", { class: "muted small" }, note) : ""];
    const items = numbers.map((number) => element("li", {}, wordButton(number, ...more(number))));
    at("lists").append(element("section", {}, ...heading, element("ol", { class: "words" }, ...items)));
  }
  if (data.drift) {
    const change = (number) => [cosine(data.drift.cosines[number])];
    addList("Changed most", "by the cosine of the old and the new vector", words.moved.slice(0, 25), change);
  }
  const howOften = (number) => (data.counts ? [element("span", { class: "muted" }, words.count(data.counts[number]))] : []);
  const frequent = [...words.texts.keys()];
  const first = data.drift ? ["New words", frequent.filter((number) => data.drift.cosines[number] === null).slice(0, 25)]
    : data.asked.length ? ["Asked for", data.asked.slice(0, 100)] : [data.counts ? "Most frequent" : "First words", frequent.slice(0, 12)];
  if (first[1].length) addList(first[0], data.counts && "and how often they occur", first[1], howOften);

  // --- Search ------------------------------------------------------------------------------------

  const query = at("query");
  const suggestions = at("suggestions");
  let found = [];
  let active = -1;

  function suggest() {
    found = words.matching(query.value, 8);
    active = -1;
    suggestions.replaceChildren(
      ...found.map((number, place) =>
        element(
          "li",
          {
            role: "option",
            id: `option${place}`,
            "aria-selected": "false",
            // Before the field loses the focus, and the list with it.
            onpointerdown: (event) => event.preventDefault(),
            onclick: () => take(number),
          },
          frame.word(words.texts[number]),
          element("span", { class: "muted" }, data.counts ? words.count(data.counts[number]) : ""),
        ),
      ),
    );
    const nothing = query.value.trim() !== "" && found.length === 0;
    at("unknown").hidden = !nothing;
    at("unknown").textContent = nothing ? `None of the ${total} words has these letters.` : "";
    open(found.length > 0);
    if (query.value.trim() !== "") frame.say(nothing ? "No such word" : `${found.length} suggestions`);
  }

  function open(isOpen) {
    suggestions.hidden = !isOpen;
    query.setAttribute("aria-expanded", String(isOpen));
    activate(-1);
  }

  function activate(place) {
    active = place;
    [...suggestions.children].forEach((option, k) => option.setAttribute("aria-selected", String(k === place)));
    if (place < 0) query.removeAttribute("aria-activedescendant");
    else query.setAttribute("aria-activedescendant", `option${place}`);
  }

  function take(number) {
    open(false);
    query.value = words.texts[number].slice(0, 200);
    query.select();
    choose(number, { fly: true });
  }

  query.addEventListener("input", suggest);
  query.addEventListener("focus", () => query.value.trim() !== "" && query.select());
  query.addEventListener("blur", () => open(false));
  query.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const isOpen = !suggestions.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen) suggest();
      const by = event.key === "ArrowDown" ? 1 : -1;
      const places = found.length + 1; // the last is the field itself
      if (found.length) activate(((active + 1 + by + places) % places) - 1);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (!isOpen) suggest();
      if (found.length) take(found[Math.max(0, active)]);
    } else if (event.key === "Escape") {
      if (isOpen) open(false);
      else {
        query.value = "";
        suggest();
      }
    }
  });

  // --- Colours, arrows, zoom ---------------------------------------------------------------------

  const select = at("colouring");
  words.colourings.forEach((one, place) => select.append(element("option", { value: place }, one.name)));
  at("by").hidden = words.colourings.length < 2;

  let only = null;
  function showLegend() {
    const colouring = words.colourings[select.value || 0];
    at("legend").setAttribute("aria-label", `${colouring.about}; press one to see its words only`);
    at("meaning").textContent = colouring.about;
    const press = (place) => {
      only = only === place ? null : place;
      view.onlyGroup(only);
      [...at("legend").querySelectorAll("button")].forEach((button, k) => button.setAttribute("aria-pressed", String(k === only)));
    };
    at("legend").replaceChildren(
      ...colouring.groups.map((group, place) => {
        const swatch = element("i", { class: group.hollow ? "swatch hollow" : "swatch" });
        swatch.style.color = `var(--${group.colour})`;
        const examples = (group.examples ?? []).flatMap((number, k) => [k ? ", " : ": ", frame.word(words.texts[number], 12)]);
        return element("button", { type: "button", class: "group", "aria-pressed": "false", onclick: () => press(place) }, swatch, element("span", {}, group.label, ...examples));
      }),
    );
  }
  select.addEventListener("change", () => {
    only = null;
    view.colourBy(words.colourings[select.value]);
    showLegend();
  });
  showLegend();

  const arrows = at("arrows");
  arrows.hidden = !data.drift;
  arrows.addEventListener("click", () => {
    const shownNow = arrows.getAttribute("aria-pressed") !== "true";
    arrows.setAttribute("aria-pressed", String(shownNow));
    view.showArrows(shownNow);
  });

  at("in").addEventListener("click", () => view.zoomBy(1.5));
  at("out").addEventListener("click", () => view.zoomBy(1 / 1.5));
  at("all").addEventListener("click", view.all);

  showCard();
  fromAddress();
})();
