/*
 * Installed before any script of the page: counts the requests of its scripts that are not answered yet. `() => void`.
 *
 * window[Symbol.for('compatcheck.traffic')].open()   → [[url, seconds since it was asked for] …]
 */
() => {
  'use strict';
  const KEY = Symbol.for('compatcheck.traffic');
  if (window[KEY]) return;
  const asked = new Map(), now = performance.now.bind(performance);
  let count = 0;
  const begin = (url) => {
    const number = ++count;
    let whole = String(url);
    try { whole = new URL(whole, document.baseURI).href; } catch (error) { /* told as it is */ }
    asked.set(number, [whole, now()]);
    return () => { asked.delete(number); };
  };
  const named = (made, like) => {
    for (const name of ['name', 'length']) Object.defineProperty(made, name, { value: like[name], configurable: true });
    return made;
  };
  if (window.fetch) {
    const fetch = window.fetch.bind(window);
    const counted = (...given) => {
      const end = begin(given[0] instanceof Request ? given[0].url : given[0]);
      const answer = fetch(...given);
      answer.then(end, end); // with the head of the answer; its body, when it has come, is a new entry of `performance`
      return answer;
    };
    window.fetch = named(counted.bind(window), window.fetch);
  }
  const send = XMLHttpRequest.prototype.send, open = XMLHttpRequest.prototype.open, places = new WeakMap();
  XMLHttpRequest.prototype.open = named(function (...given) { places.set(this, given[1]); return open.apply(this, given); }, open);
  XMLHttpRequest.prototype.send = named(function (...given) {
    const end = begin(places.get(this));
    this.addEventListener('loadend', end);
    return send.apply(this, given);
  }, send);
  const told = () => [...asked.values()].map(([url, since]) => [url, (now() - since) / 1000]);
  Object.defineProperty(window, KEY, { value: { open: told }, configurable: true, enumerable: false });
}
