/*
 * Waits until the page's layout has stayed the same for a while. `(probe, options: {quiet, loaded, seconds, every, rounds, circling}, done) => void`;
 * `probe` is the function of `probe.js`, all times are in seconds. done(
 *   'still'   it has for `quiet`, and the load event is `loaded` ago
 *   'round'   layouts that had gone came back `rounds` times in `circling` or more: it will go on like that
 *   'late'    neither within `seconds`
 * )
 *
 * Without `done` it begins to watch, and the next call waits for the end of that.
 */
(probe, options, done) => {
  'use strict';
  const KEY = Symbol.for('compatcheck.still');
  const places = () => { const state = probe({}); return [state.layout, ...state.document].join(); };
  const loaded = () => { const [page] = performance.getEntriesByType('navigation'); return page && page.loadEventEnd || -Infinity; };
  const watch = (resolve) => {
    const start = performance.now();
    const gone = new Set();
    let last = places(), since = start, back = 0;
    const look = () => {
      const now = performance.now(), value = places();
      if (value !== last) {
        if (gone.has(value)) back++;
        gone.add(last);
        last = value;
        since = now;
      }
      if (now - since >= options.quiet * 1000 && now - loaded() >= options.loaded * 1000) resolve('still');
      else if (back >= options.rounds && now - start >= options.circling * 1000) resolve('round');
      else if (now - start >= options.seconds * 1000) resolve('late');
      else setTimeout(look, options.every * 1000);
    };
    setTimeout(look, options.every * 1000);
  };
  if (!window[KEY]) Object.defineProperty(window, KEY, { value: new Promise(watch), configurable: true, enumerable: false });
  if (done) window[KEY].then((still) => { delete window[KEY]; done(still); });
}
