/*
 * Masks on the page. One function expression: `(options) => object`.
 *
 *   options.hide, options.remove   [{selector, xpath}]: made see-through, taken off the page; call it again for what has come since
 *   options.measure                [{selector, xpath}]: → {areas: [[[x, y, width, height] …] …]}, CSS px of the page, one list a mask
 *   options.restore                undoes hiding and removing
 */
(options) => {
  'use strict';
  const KEY = Symbol.for('compatcheck.masked');
  const state = window[KEY] || [];
  if (options.restore) {
    for (const [element, property, value, priority] of state.reverse()) {
      if (value) element.style.setProperty(property, value, priority);
      else element.style.removeProperty(property);
      if (element.getAttribute('style') === '') element.removeAttribute('style');
    }
    delete window[KEY];
    return { restored: state.length };
  }
  const worlds = (doc, x, y) => {
    const found = [{ doc, x, y }];
    for (const frame of doc.querySelectorAll('iframe, frame')) {
      try {
        const box = frame.getBoundingClientRect();
        if (frame.contentDocument) found.push(...worlds(frame.contentDocument, x + box.left + frame.clientLeft, y + box.top + frame.clientTop));
      } catch (error) { /* a frame of another origin */ }
    }
    return found;
  };
  const roots = (scope) => {
    const found = [scope];
    for (const element of scope.querySelectorAll('*')) if (element.shadowRoot) found.push(...roots(element.shadowRoot));
    return found;
  };
  const all = worlds(document, scrollX, scrollY);
  const matches = (mask) => all.flatMap((world) => {
    let nodes;
    if (mask.selector) nodes = roots(world.doc).flatMap((root) => [...root.querySelectorAll(mask.selector)]);
    else {
      const found = world.doc.evaluate(mask.xpath, world.doc, null, 7, null);
      nodes = Array.from({ length: found.snapshotLength }, (_, at) => found.snapshotItem(at)).filter((node) => node.nodeType === 1);
    }
    return nodes.map((element) => ({ element, world }));
  });
  const change = (element, property, value) => {
    if (!element.style || (element.style.getPropertyValue(property) === value && element.style.getPropertyPriority(property))) return;
    if (!window[KEY]) Object.defineProperty(window, KEY, { value: state, configurable: true, enumerable: false });
    state.push([element, property, element.style.getPropertyValue(property), element.style.getPropertyPriority(property)]);
    element.style.setProperty(property, value, 'important');
  };
  try {
    for (const mask of options.remove || []) for (const { element } of matches(mask)) change(element, 'display', 'none');
    for (const mask of options.hide || []) {
      for (const { element } of matches(mask)) {
        change(element, 'visibility', 'hidden');
        for (const inner of element.querySelectorAll('*')) {
          if (inner.ownerDocument.defaultView.getComputedStyle(inner).visibility === 'visible') change(inner, 'visibility', 'hidden');
        }
      }
    }
    const areas = (options.measure || []).map((mask) => matches(mask).map(({ element, world }) => {
      const box = element.getBoundingClientRect();
      return [box.left + world.x, box.top + world.y, box.width, box.height];
    }).filter((box) => box[2] > 0 && box[3] > 0));
    return { areas, changed: state.length };
  } catch (error) {
    return { error: String(error.message || error).split('\n')[0] };
  }
}
