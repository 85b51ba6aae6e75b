/* Scrolls at once, whatever the page's scroll behaviour. `(options: {top, left}) => [scrollY, scroll height, innerHeight, scrollX, innerWidth]`. */
(options) => {
  'use strict';
  const scroller = document.scrollingElement || document.documentElement;
  window.scrollTo({ left: options.left || 0, top: options.top, behavior: 'instant' });
  return [scrollY, scroller.scrollHeight, innerHeight, scrollX, innerWidth];
}
