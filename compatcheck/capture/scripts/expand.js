/*
 * Makes inner scrollers as tall as what they hold, so that the whole of it is on the page. One function expression:
 * `(options) => {expanded, error}`.
 *
 *   options.selectors   CSS; every element that they find is expanded, and what it lies in grows with it; may be called again
 *   options.restore     undoes it
 */
(options) => {
  'use strict';
  const KEY = Symbol.for('compatcheck.expanded');
  const state = window[KEY] || [];
  if (options.restore) {
    for (const [element, property, value, priority] of state.reverse()) {
      if (value) element.style.setProperty(property, value, priority);
      else element.style.removeProperty(property);
      if (element.getAttribute('style') === '') element.removeAttribute('style');
    }
    delete window[KEY];
    return { expanded: 0 };
  }
  if (!window[KEY]) Object.defineProperty(window, KEY, { value: state, configurable: true, enumerable: false });
  const change = (element, property, value) => {
    if (element.style.getPropertyValue(property) === value && element.style.getPropertyPriority(property)) return;
    state.push([element, property, element.style.getPropertyValue(property), element.style.getPropertyPriority(property)]);
    element.style.setProperty(property, value, 'important');
  };
  const roots = (scope) => {
    const found = [scope];
    for (const element of scope.querySelectorAll('*')) if (element.shadowRoot) found.push(...roots(element.shadowRoot));
    return found;
  };
  let found;
  try {
    found = options.selectors.map((selector) => roots(document).flatMap((root) => [...root.querySelectorAll(selector)]));
  } catch (error) {
    return { error: String(error.message || error).split('\n')[0] };
  }
  const above = (element) => element.parentElement || element.getRootNode().host || null;
  for (const element of found.flat()) {
    const style = getComputedStyle(element);
    const border = element.offsetHeight - element.clientHeight;
    if (element.scrollHeight <= element.clientHeight) continue;
    change(element, 'flex', 'none');
    change(element, 'box-sizing', 'border-box');
    change(element, 'height', element.scrollHeight + border + 'px');
    change(element, 'max-height', 'none');
    if (style.position === 'absolute' || style.position === 'fixed') change(element, 'bottom', 'auto');
    change(element, 'overflow-y', 'visible');
    change(element, 'overflow-x', style.overflowX === 'visible' ? 'visible' : 'clip');
    for (let outer = above(element); outer; outer = above(outer)) {
      const around = getComputedStyle(outer);
      const height = outer.getBoundingClientRect().height;
      if (outer !== document.documentElement) {
        change(outer, 'min-height', height + 'px');
        change(outer, 'height', 'auto');
        change(outer, 'max-height', 'none');
      }
      if (around.overflowY !== 'visible') change(outer, 'overflow', 'visible');
      if (around.position === 'fixed') change(outer, 'position', 'absolute'); // what is fixed does not make a page longer
      if (around.position === 'fixed' || around.position === 'absolute') change(outer, 'bottom', 'auto');
    }
  }
  return { expanded: found.flat().length };
}
