"use strict";

// What all pages share. The script of the page comes after this one, and finds `frame`.
const frame = (() => {
  const root = document.documentElement;
  const data = JSON.parse(document.getElementById("data").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const watchers = [];

  // Make an element; strings among its children become text, never markup. Of the attributes,
  // null and false are left out, and `on...` are functions that listen.
  function element(tag, attributes = {}, ...children) {
    const made = tag.startsWith("svg:")
      ? document.createElementNS("http://www.w3.org/2000/svg", tag.slice(4))
      : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (value === true) made.setAttribute(name, "");
      else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
  }

  // A number with so many decimals, and the minus sign of print.
  function number(value, digits = 4) {
    return value.toFixed(digits).replace(/^-(?=0(\.0*)?$)/, "").replace("-", "−");
  }

  // A word on its own, whichever way its letters run; one of thousands of letters is cut.
  function word(text, most = 40) {
    const letters = [...text];
    const shown = letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : text;
    return element("bdi", shown === text ? {} : { title: letters.slice(0, 500).join("") }, shown);
  }

  // Say something to those who hear the page.
  const said = element("div", { class: "heard", role: "status", "aria-live": "polite" });
  document.body.append(said);
  function say(text) {
    said.textContent = text;
  }

  // The colour of a name, as it is now; canvases need it, all else has CSS.
  function colour(name) {
    return getComputedStyle(root).getPropertyValue(`--${name}`).trim();
  }

  // Call a function whenever the colours change; with `{ print: true }` when they are those of print.
  function onTheme(watcher) {
    watchers.push(watcher);
  }

  function isDark() {
    return root.dataset.theme ? root.dataset.theme === "dark" : dark.matches;
  }

  const button = document.getElementById("theme");
  function tell(print = false) {
    for (const watcher of watchers) watcher({ print });
  }
  function themed() {
    button.textContent = isDark() ? "Light" : "Dark";
    button.setAttribute("aria-label", `Show this page on ${isDark() ? "light" : "dark"} paper`);
    tell();
  }
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    themed();
  });
  dark.addEventListener("change", themed);
  // Paper is white. The style sheet for print holds only after this event, so the theme is set here.
  let before = null;
  addEventListener("beforeprint", () => {
    before ??= { theme: root.dataset.theme };
    root.dataset.theme = "light";
    tell(true);
  });
  addEventListener("afterprint", () => {
    if (before?.theme) root.dataset.theme = before.theme;
    else delete root.dataset.theme;
    before = null;
    tell();
  });
  // Where only the medium changes, as in the tools of a browser.
  matchMedia("print").addEventListener("change", (event) => before === null && tell(event.matches));
  themed();

  return { data, element, number, word, say, colour, onTheme, isDark };
})();
