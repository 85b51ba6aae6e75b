/* Which timers of the page are held from now on (`timers.js`): `options.hold`. One function expression: `(options) => number`. */
(options) => {
  'use strict';
  let reached = 0;
  const visit = (view) => {
    const gate = view[Symbol.for('compatcheck.timers')];
    if (gate) { gate.hold(options.hold); reached++; }
    for (let index = 0; index < view.frames.length; index++) {
      try { visit(view.frames[index]); } catch (error) { /* a frame of another origin */ }
    }
  };
  visit(window);
  return reached;
}
