/*
 * Scrolls to `options.top` and holds still what would travel with the screen, so that strips can be put together.
 * One async function body's worth: `(options, done) => void`; `done` gets {top, ratio, viewport}, two frames later.
 *
 * With `options.hold`, fixed elements are hidden and sticky ones put back where they stand in the flow, or hidden too where they
 * were stuck in the first screen: each was pictured once, at the top. `options.release` undoes it.
 */
(options, done) => {
  'use strict';
  const KEY = Symbol.for('compatcheck.held');
  const held = window[KEY] || [];
  const change = (element, property, value) => {
    held.push([element, property, element.style.getPropertyValue(property), element.style.getPropertyPriority(property)]);
    element.style.setProperty(property, value, 'important');
  };
  const place = (element) => {
    const box = element.getBoundingClientRect();
    return [box.left + scrollX, box.top + scrollY];
  };
  const visit = (root, sticky) => {
    for (const element of root.querySelectorAll('*')) {
      if (element.shadowRoot) visit(element.shadowRoot, sticky);
      if (!element.style) continue;
      const position = getComputedStyle(element).position;
      if (position === 'fixed') change(element, 'visibility', 'hidden');
      else if (position === 'sticky') sticky.set(element, place(element));
    }
  };
  if (options.hold && !window[KEY]) {
    Object.defineProperty(window, KEY, { value: held, configurable: true, enumerable: false });
    window.scrollTo({ left: 0, top: 0, behavior: 'instant' });
    const stuck = new Map();
    visit(document, stuck);
    for (const element of stuck.keys()) {
      change(element, 'position', 'relative');
      for (const side of ['top', 'right', 'bottom', 'left']) change(element, side, 'auto');
    }
    for (const [element, [left, top]] of stuck) {
      const [x, y] = place(element);
      if (Math.abs(x - left) > 1 || Math.abs(y - top) > 1) change(element, 'visibility', 'hidden');
    }
  }
  if (options.release && window[KEY]) {
    for (const [element, property, value, priority] of held.reverse()) {
      if (value) element.style.setProperty(property, value, priority);
      else element.style.removeProperty(property);
      if (element.getAttribute('style') === '') element.removeAttribute('style');
    }
    delete window[KEY];
  }
  window.scrollTo({ left: 0, top: options.top, behavior: 'instant' });
  let over = false;
  const finish = () => {
    if (over) return;
    over = true;
    done({ top: scrollY, ratio: devicePixelRatio, viewport: [innerWidth, innerHeight] });
  };
  setTimeout(finish, 300); // a view that is not painted has no frames
  requestAnimationFrame(() => requestAnimationFrame(finish));
}
