/*
 * Makes ready for a picture put together by scrolling, or undoes it. One function expression: `(options) => number`.
 *
 * options.fixed   "keep": the first screen is pictured as it is; "hide": the screens below are: what is fixed to the viewport is
 *                 made see-through, what is sticky is let go, or made see-through too where it was stuck in the first screen
 * options.restore undoes everything
 *
 * It works through Web Animations, so that the page's own tree and attributes stay as they are. The page is not told of the
 * camera's scrolling.
 */
(options) => {
  'use strict';
  const KEY = Symbol.for('compatcheck.stowed');
  const state = window[KEY] || { animations: [], stuck: new Map(), deaf: null };
  if (options.restore) {
    for (const animation of state.animations) animation.cancel();
    // The last scroll event comes with the next frame.
    setTimeout(() => { window.removeEventListener('scroll', state.deaf, true); }, 200);
    delete window[KEY];
    return 0;
  }
  if (!window[KEY]) {
    Object.defineProperty(window, KEY, { value: state, configurable: true, enumerable: false });
    state.deaf = (event) => event.stopImmediatePropagation();
    window.addEventListener('scroll', state.deaf, true);
  }
  const holds = (style) => style.transform !== 'none' || style.filter !== 'none' || style.perspective !== 'none'
    || /paint|layout|strict|content/.test(style.contain);
  const fixedToPage = (element) => {
    for (let above = element.parentElement; above; above = above.parentElement) if (holds(getComputedStyle(above))) return true;
    return false;
  };
  const forever = { duration: 1, fill: 'both' };
  const make = (element, frame) => {
    const animation = element.animate([frame], forever);
    animation.finish();
    state.animations.push(animation);
  };
  const place = (element) => {
    const box = element.getBoundingClientRect();
    return [box.left + scrollX, box.top + scrollY];
  };
  const visit = (root) => {
    for (const element of root.querySelectorAll('*')) {
      const position = getComputedStyle(element).position;
      if (position === 'sticky' && options.fixed === 'keep') state.stuck.set(element, place(element));
      else if (position === 'sticky') make(element, { top: 'auto', bottom: 'auto', left: 'auto', right: 'auto' });
      else if (position === 'fixed' && options.fixed === 'hide' && !fixedToPage(element)) make(element, { opacity: 0 });
      if (element.shadowRoot) visit(element.shadowRoot);
    }
  };
  visit(document);
  if (options.fixed === 'hide') {
    for (const [element, [left, top]] of state.stuck) {
      const [x, y] = place(element);
      if (Math.abs(x - left) > 1 || Math.abs(y - top) > 1) make(element, { opacity: 0 });
    }
  }
  return state.animations.length;
}
