/*
 * Installed before any script of the page: lets the camera hold the page's timers. One function expression: `() => void`.
 *
 * window[Symbol.for('compatcheck.timers')].hold(what) holds from now on
 *   "slow"   intervals of a second or more and time-outs of three or more: carousels, clocks, pop-ups that come later
 *   "all"    every timer and animation frame that the page had asked for by then
 *   ""       nothing: what fell due meanwhile runs now, an interval once
 * What is asked for while all is held runs: it is the camera's own, or an answer to something that came from outside.
 */
() => {
  'use strict';
  const KEY = Symbol.for('compatcheck.timers');
  if (window[KEY]) return;
  const SLOW_INTERVAL = 1000, SLOW_TIMEOUT = 3000;
  const real = {};
  for (const name of ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'requestAnimationFrame', 'cancelAnimationFrame']) {
    real[name] = window[name].bind(window);
  }
  let held = '';
  const waiting = new Map(); // by kind and number, so that clearing finds them
  const install = (name, length, made) => {
    // A bound function reads as native code, as the one before did.
    const bound = made.bind(window);
    Object.defineProperty(bound, 'name', { value: name, configurable: true });
    Object.defineProperty(bound, 'length', { value: length, configurable: true });
    Object.defineProperty(window, name, { value: bound, configurable: true, enumerable: true, writable: true });
  };
  const wrap = (name, kind, slowFrom) => {
    install(name, 1, (callback, delay, ...rest) => {
      if (typeof callback !== 'function' || held === 'all') return real[name](callback, delay, ...rest);
      const slow = Number(delay) >= slowFrom;
      const number = real[name]((...given) => {
        const run = () => callback.apply(window, given);
        if (held === 'all' || (held === 'slow' && slow)) waiting.set(kind + number, run);
        else run();
      }, delay, ...rest);
      return number;
    });
  };
  wrap('setTimeout', 't', SLOW_TIMEOUT);
  wrap('setInterval', 't', SLOW_INTERVAL);
  wrap('requestAnimationFrame', 'f', Infinity);
  for (const [name, kind] of [['clearTimeout', 't'], ['clearInterval', 't'], ['cancelAnimationFrame', 'f']]) {
    install(name, name === 'cancelAnimationFrame' ? 1 : 0, (number) => { waiting.delete(kind + number); real[name](number); });
  }
  const hold = (what) => {
    held = what;
    if (what) return;
    const due = [...waiting.values()];
    waiting.clear();
    for (const run of due) real.setTimeout(run, 0);
  };
  Object.defineProperty(window, KEY, { value: { hold }, configurable: true, enumerable: false });
}
