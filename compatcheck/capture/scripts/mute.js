/*
 * Installed before any script of the page: while muted, the page is not told of resizes that the camera causes.
 * One function expression: `(options) => void`; `options.word` is the name of the event that toggles it.
 */
(options) => {
  'use strict';
  let muted = false;
  const swallow = (event) => { if (muted) event.stopImmediatePropagation(); };
  window.addEventListener('resize', swallow, true);
  if (window.visualViewport) window.visualViewport.addEventListener('resize', swallow, true);
  window.addEventListener(options.word, (event) => { event.stopImmediatePropagation(); muted = event.detail === 'mute'; }, true);
}
