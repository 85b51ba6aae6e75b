/* Which timers of the page are held from now on (`timers.js`): `options.hold`. One function expression: `(options) => {reached}`. */
(options) => {
  'use strict';
  let reached = 0;
  const strange = [], frames = window[Symbol.for('compatcheck.frames')];
  const visit = (view) => {
    const gate = view[Symbol.for('compatcheck.timers')];
    if (gate) { gate.hold(options.hold); reached++; }
    for (let index = 0; index < view.frames.length; index++) {
      try { visit(view.frames[index]); } catch (error) { strange.push(view.frames[index]); }
    }
  };
  visit(window);
  if (frames && strange.length) frames.ask(strange, 'hold', options);
  return { reached };
}
