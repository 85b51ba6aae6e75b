/*
 * Makes ready for a picture put together by scrolling, or undoes it. One function expression: `(options) => number`.
 *
 * options.fixed   "hide": what is fixed to the viewport is made see-through, so that it is in the first screen only
 * options.restore undoes everything
 *
 * It works through Web Animations, so that the page's own tree and attributes stay as they are. What is sticky is let go to
 * where it is at the top of the page. The page is not told of the camera's scrolling.
 */
(options) => {
  'use strict';
  const KEY = Symbol.for('compatcheck.stowed');
  const state = window[KEY] || { animations: [], deaf: null };
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
  const visit = (root) => {
    for (const element of root.querySelectorAll('*')) {
      const position = getComputedStyle(element).position;
      if (position === 'sticky' && options.fixed !== 'hide') {
        state.animations.push(element.animate([{ top: 'auto', bottom: 'auto', left: 'auto', right: 'auto' }], forever));
      } else if (position === 'fixed' && options.fixed === 'hide' && !fixedToPage(element)) {
        state.animations.push(element.animate([{ opacity: 0 }], forever));
      }
      if (element.shadowRoot) visit(element.shadowRoot);
    }
  };
  visit(document);
  for (const animation of state.animations) animation.finish();
  return state.animations.length;
}
