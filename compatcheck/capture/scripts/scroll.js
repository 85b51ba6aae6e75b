/* Scrolls at once, whatever the page's scroll behaviour. `(options: {top}) => [scrollY, scroll height, innerHeight]`. */
(options) => {
  'use strict';
  const scroller = document.scrollingElement || document.documentElement;
  window.scrollTo({ left: 0, top: options.top, behavior: 'instant' });
  return [scrollY, scroller.scrollHeight, innerHeight];
}
