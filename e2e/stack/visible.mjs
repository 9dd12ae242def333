// What a visitor sees, by the rule of tracker-wasm/README.md, measured in the page by means of its own.

/** Names of the elements of which at least half lies in the viewport (or that fill half of it), without page wrappers. */
export function visibleElements(page) {
  return page.evaluate(() => {
    const overlap = (start, end, limit) => Math.max(0, Math.min(end, limit) - Math.max(start, 0));
    const seen = [...document.querySelectorAll("[id]")].filter((element) => {
      if (element.matches("html, body, main")) return false;
      const { left, right, top, bottom, width, height } = element.getBoundingClientRect();
      const wide = overlap(left, right, innerWidth);
      const high = overlap(top, bottom, innerHeight);
      const half = width * height > 0 && wide * high >= (width * height) / 2;
      const tall = wide > 0 && top <= innerHeight / 2 && bottom >= innerHeight / 2 && height > innerHeight;
      return (half || tall) && element.checkVisibility({ visibilityProperty: true });
    });
    return seen.map((element) => `#${element.id}`);
  });
}
