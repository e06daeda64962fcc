"use strict";

// Dots, written pixel by pixel. In Chromium without a graphics card 20,000 arcs a frame gave 11 frames
// a second, 20,000 copies of a picture 9, and pixels all 60 that there are.
const dots = (() => {
  // The pixels of a dot about the one that its middle is in: where they are on the sheet, and how far
  // they are covered, from 0 to 128; by radius, fraction of a pixel, and whether there is a hole
  // within. Radii and fractions in quarters of a pixel.
  let stamps = [];

  function stamp(quarters, column, row, hollow) {
    const key = ((quarters * 4 + column) * 4 + row) * 2 + hollow;
    return (stamps[key] ??= newStamp(quarters / 4, column / 4, row / 4, hollow));
  }

  function newStamp(radius, right, down, hollow) {
    const reach = Math.ceil(radius) + 1;
    const [places, covers] = [[], []];
    for (let y = -reach; y <= reach; y++) {
      for (let x = -reach; x <= reach; x++) {
        const far = Math.hypot(x - right, y - down);
        const within = (most) => Math.min(1, Math.max(0, most + 0.5 - far));
        const cover = Math.round(128 * (within(radius) - (hollow ? within(radius * 0.5) : 0)));
        if (cover === 0) continue;
        places.push(y * image.width + x);
        covers.push(cover);
      }
    }
    return { places: Int32Array.from(places), covers: Uint8Array.from(covers) };
  }

  // A colour of CSS, such as #0b57b7, as a pixel of ImageData.
  function pixel(colour) {
    const value = Number.parseInt(colour.slice(1), 16);
    const [red, green, blue] = [value >> 16, (value >> 8) & 255, value & 255];
    const four = new Uint8Array([red, green, blue, 255]);
    return new Uint32Array(four.buffer)[0];
  }

  // A sheet of paper to put dots on: a canvas, and a margin for dots that lie partly beyond it.
  let image = null;
  let pixels = null;
  let margin = 0;
  function sheet(context, paper, largest) {
    margin = 16 * Math.ceil((largest + 2) / 16);
    const [width, height] = [context.canvas.width + 2 * margin, context.canvas.height + 2 * margin];
    if (image?.width !== width || image.height !== height) {
      image = context.createImageData(width, height);
      pixels = new Uint32Array(image.data.buffer);
      stamps = [];
    }
    pixels.fill(pixel(paper));
  }

  // Put a dot on the sheet; places and radius in pixels of the canvas, opacity from 0 to 128. The
  // middle lies on the canvas, or beyond it by no more than the largest radius.
  function dot(x, y, radius, value, opacity, hollow) {
    // Centres of pixels are at halves.
    const left = Math.floor((x - 0.5) * 4);
    const top = Math.floor((y - 0.5) * 4);
    const { places, covers } = stamp(Math.round(radius * 4), left & 3, top & 3, hollow);
    const middle = ((top >> 2) + margin) * image.width + (left >> 2) + margin;
    for (let k = 0; k < places.length; k++) {
      const share = (covers[k] * opacity) >> 7;
      const at = middle + places[k];
      if (share === 128) {
        pixels[at] = value;
        continue;
      }
      const there = pixels[at];
      const rest = 128 - share;
      // Two of the four bytes at a time; each product fits 31 bits.
      const outer = (((there & 0xff00ff) * rest + (value & 0xff00ff) * share) >>> 7) & 0xff00ff;
      const inner =
        ((((there >>> 8) & 0xff00ff) * rest + ((value >>> 8) & 0xff00ff) * share) >>> 7) & 0xff00ff;
      pixels[at] = outer | (inner << 8);
    }
  }

  function show(context) {
    context.putImageData(image, -margin, -margin);
  }

  return { pixel, sheet, dot, show };
})();
