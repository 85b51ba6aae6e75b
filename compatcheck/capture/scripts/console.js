/*
 * Installed before any script of the page where the engine does not hand out its console: keeps what is written to it, and what nobody
 * catches. One function expression: `() => void`.
 *
 * window[Symbol.for('compatcheck.console')].told   [[level, text, source] …]
 */
() => {
  'use strict';
  const KEY = Symbol.for('compatcheck.console'), MOST = 200, LONGEST = 2000;
  if (window[KEY]) return;
  const told = [];
  const tell = (level, text, source) => { if (told.length < MOST) told.push([level, text.slice(0, LONGEST), source]); };
  const words = (value) => {
    if (typeof value === 'string') return value;
    try {
      return value instanceof Error || typeof value !== 'object' ? String(value) : JSON.stringify(value);
    } catch (error) { return Object.prototype.toString.call(value); }
  };
  for (const [name, level] of [['error', 'error'], ['warn', 'warning'], ['info', 'info'], ['log', 'info'], ['debug', 'debug']]) {
    const real = console[name].bind(console);
    const kept = ((...values) => { tell(level, values.map(words).join(' '), 'console'); real(...values); }).bind(console);
    Object.defineProperty(kept, 'name', { value: name, configurable: true });
    Object.defineProperty(kept, 'length', { value: 0, configurable: true });
    console[name] = kept;
  }
  addEventListener('error', (event) => { if (event instanceof ErrorEvent) tell('error', `Uncaught ${event.message}`, 'javascript'); }, true);
  addEventListener('unhandledrejection', (event) => tell('error', `Uncaught (in promise) ${words(event.reason)}`, 'javascript'), true);
  Object.defineProperty(window, KEY, { value: { told }, configurable: true, enumerable: false });
}
