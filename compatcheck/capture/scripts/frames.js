/*
 * Installed before any script of every document: what is done in the page is done in frames of other origins too, which the page's
 * scripts cannot reach. One function expression: `(works) => void`; `works` are functions `(options) => object`, by name.
 *
 * window[Symbol.for('compatcheck.frames')]
 *   .ask(windows, name, options)   has the work done in these windows; a work that is asked for so asks the windows inside in turn
 *   .answered(done)                calls `done` with {silent, seeking, marquees} once all have answered, or after PATIENCE: a frame that
 *                                  may run no scripts never does; `silent` are those that have not
 * Windows are told by messages, which the page itself never hears of: this listener is the first one.
 */
(works) => {
  'use strict';
  const KEY = Symbol.for('compatcheck.frames'), NAME = 'compatcheck.frames';
  if (window[KEY]) return;
  const PATIENCE = 400, LATER_PATIENCE = 40; // milliseconds; a page with a frame that does not answer is not slowed down each time
  const later = setTimeout.bind(window);
  let number = 0, asked = 0, answers = 0, seeking = 0, marquees = 0, patience = PATIENCE, waiting = null, inside = null;
  const end = (silent) => {
    if (!waiting) return;
    const done = waiting;
    waiting = null;
    if (silent) patience = LATER_PATIENCE;
    done({ silent: asked - answers, seeking, marquees });
  };
  addEventListener('message', (event) => {
    const told = event.data && event.data[NAME];
    if (!told) return;
    event.stopImmediatePropagation();
    if (told.work) {
      inside = [];
      let result = {};
      try { result = works[told.work](told.options) || {}; } catch (error) { /* a document on its way out */ }
      const windows = inside;
      inside = null;
      // The answer first: it says how many more there will be.
      const { seeking: films = 0, marquees: lines = 0 } = result;
      window.top.postMessage({ [NAME]: { number: told.number, more: windows.length, seeking: films, marquees: lines } }, '*');
      for (const one of windows) one.postMessage(event.data, '*');
    } else if (told.number === number) {
      answers += 1;
      asked += told.more;
      seeking += told.seeking;
      marquees += told.marquees;
      if (answers >= asked) end(false);
    }
  }, true);
  const ask = (windows, work, options) => {
    if (inside) { inside.push(...windows); return; }
    number += 1;
    [asked, answers, seeking, marquees] = [windows.length, 0, 0, 0];
    for (const one of windows) one.postMessage({ [NAME]: { number, work, options } }, '*');
  };
  const answered = (done) => {
    waiting = done;
    if (answers >= asked) end(false);
    else later(() => end(true), patience);
  };
  Object.defineProperty(window, KEY, { value: { ask, answered }, configurable: true, enumerable: false });
}
