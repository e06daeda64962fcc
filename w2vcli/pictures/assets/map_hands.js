"use strict";

// The hands that move the map: mouse, touch, keys.
const hands = (() => {
  const { canvas, wordAt, point, zoomBy, panBy, about } = view;
  let chosen = () => {};
  let byKeys = false; // the word in the middle is meant, not the one under the pointer

  const touches = new Map();
  let gesture = null;
  const placeOf = (event) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left - canvas.clientLeft, y: event.clientY - box.top - canvas.clientTop };
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    letKeysGo();
    touches.set(event.pointerId, placeOf(event));
    gesture = touches.size === 1 ? { moved: false, start: placeOf(event) } : { ...gesture, moved: true };
    view.stop();
  });

  canvas.addEventListener("pointermove", (event) => {
    const now = placeOf(event);
    const before = touches.get(event.pointerId);
    if (!before) {
      if (event.pointerType !== "touch" && touches.size === 0) {
        letKeysGo();
        point(wordAt(now.x, now.y, 12));
      }
      return;
    }
    const slack = event.pointerType === "touch" ? 10 : 4;
    if (!gesture.moved && Math.hypot(now.x - gesture.start.x, now.y - gesture.start.y) < slack) return;
    gesture.moved = true;
    point(null);
    canvas.classList.add("dragged");
    if (touches.size === 2) {
      const [other] = [...touches].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
      const stretch = Math.hypot(now.x - other.x, now.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
      zoomBy(stretch, (before.x + other.x) / 2, (before.y + other.y) / 2);
      panBy((now.x - before.x) / 2, (now.y - before.y) / 2);
    } else if (touches.size === 1) panBy(now.x - before.x, now.y - before.y);
    touches.set(event.pointerId, now);
  });

  function released(event) {
    if (!touches.delete(event.pointerId)) return;
    canvas.classList.remove("dragged");
    if (event.type === "pointerup" && !gesture.moved && touches.size === 0) {
      const { x: px, y: py } = placeOf(event);
      chosen(wordAt(px, py, event.pointerType === "touch" ? 28 : 14));
    }
  }
  canvas.addEventListener("pointerup", released);
  canvas.addEventListener("pointercancel", released);
  canvas.addEventListener("pointerleave", () => byKeys || point(null));

  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const lines = [1, 16, canvas.clientHeight][event.deltaMode]; // pixels, lines or pages
    const place = placeOf(event);
    // A pinch on a touch pad comes as a wheel with Ctrl, in small steps.
    zoomBy(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0018)), place.x, place.y);
    if (!byKeys) point(wordAt(place.x, place.y, 12));
  }, { passive: false });

  const KEYS = {
    ArrowLeft: () => panBy(80, 0),
    ArrowRight: () => panBy(-80, 0),
    ArrowUp: () => panBy(0, 80),
    ArrowDown: () => panBy(0, -80),
    "+": () => zoomBy(1.4),
    "=": () => zoomBy(1.4),
    "-": () => zoomBy(1 / 1.4),
    0: view.all,
    Home: view.all,
    Enter: () => view.pointed() !== null && chosen(view.pointed()),
    Escape: () => chosen(null),
  };

  function letKeysGo() {
    byKeys = false;
    view.aimAt(null);
  }

  let telling = 0;
  function aim() {
    byKeys = true;
    view.aimAt(60);
    clearTimeout(telling);
    telling = setTimeout(() => {
      if (byKeys && document.activeElement === canvas) {
        const number = view.pointed();
        frame.say(number === null ? "No word in the middle" : `${words.plain(number)}, ${about(number)}`);
      }
    }, 600); // when a flight is over
  }

  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(KEYS, event.key)) return;
    event.preventDefault();
    KEYS[event.key]();
    if (event.key !== "Enter" && event.key !== "Escape") aim();
  });
  canvas.addEventListener("focus", () => canvas.matches(":focus-visible") && aim());
  canvas.addEventListener("blur", () => {
    letKeysGo();
    point(null);
  });

  // The listener is called with the number of the word that was chosen, or null.
  return { listen: (listener) => (chosen = listener) };
})();
