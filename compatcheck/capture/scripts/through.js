/*
 * Scrolls the page through once, screen by screen, and back to its top, so that what is lazy wakes up.
 * `(options: {most, seconds}, done) => void`; done(whether it came to the end).
 *
 * Two frames a screen (or a second, where nothing is painted): the observers of every screen have run then, the last one's too.
 */
(options, done) => {
  'use strict';
  const start = performance.now();
  const scroller = () => document.scrollingElement || document.documentElement;
  const scroll = (top) => window.scrollTo({ left: 0, top, behavior: 'instant' });
  const frames = (then) => {
    let over = false;
    const end = () => { if (over) return; over = true; clearTimeout(late); setTimeout(then, 0); };
    const late = setTimeout(end, 1000);
    requestAnimationFrame(() => requestAnimationFrame(end));
  };
  const screen = (top, count) => {
    scroll(top);
    frames(() => {
      const next = top + Math.max(100, innerHeight);
      const through = next >= scroller().scrollHeight;
      if (!through && count < options.most && performance.now() - start < options.seconds * 1000) { screen(next, count + 1); return; }
      scroll(0);
      done(through);
    });
  };
  screen(0, 1);
}
