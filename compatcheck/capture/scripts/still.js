/*
 * Waits until the page's layout has stayed the same for a while. `(probe, options: {quiet, seconds, every}, done) => void`;
 * done(whether it did within `seconds`). `probe` is the function of `probe.js`; all times in seconds.
 */
(probe, options, done) => {
  'use strict';
  const start = performance.now();
  const places = () => { const state = probe({}); return [state.layout, ...state.document].join(); };
  let last = places(), since = performance.now();
  const look = () => {
    const now = performance.now(), value = places();
    if (value !== last) { last = value; since = now; }
    if (now - since >= options.quiet * 1000) done(true);
    else if (now - start >= options.seconds * 1000) done(false);
    else setTimeout(look, options.every * 1000);
  };
  setTimeout(look, options.every * 1000);
}
