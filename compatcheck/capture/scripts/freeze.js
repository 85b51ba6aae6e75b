/*
 * Stops what moves, or lets it move again. One function expression: `(options) => object`; `options.thaw` undoes it.
 *
 * Finite animations and transitions are finished, endless ones are held at their beginning, no transition starts any more, the
 * caret is hidden. Styles come
 * as an adopted style sheet, so that the page sees no change of its own tree. Call it again while frozen to catch what
 * the page has started since.
 */
(options) => {
  'use strict';
  const KEY = Symbol.for('compatcheck.frozen');
  const roots = [];
  const visit = (root) => {
    roots.push(root);
    for (const element of root.querySelectorAll('*')) if (element.shadowRoot) visit(element.shadowRoot);
  };
  visit(document);
  if (options.thaw) {
    const state = window[KEY];
    if (!state) return { thawed: 0 };
    for (const [root, sheet] of state.sheets) {
      root.adoptedStyleSheets = [...root.adoptedStyleSheets].filter((other) => other !== sheet);
    }
    for (const animation of state.held) {
      try { animation.play(); } catch (error) { /* its target is gone */ }
    }
    delete window[KEY];
    return { thawed: state.held.length };
  }
  const state = window[KEY] || { sheets: [], held: [] };
  if (!window[KEY]) Object.defineProperty(window, KEY, { value: state, configurable: true, enumerable: false });
  const css = '*, *::before, *::after {'
    + ' caret-color: transparent !important; scroll-behavior: auto !important; transition: none !important; }';
  let finished = 0;
  const seen = new Set();
  for (const root of roots) {
    if (!root.getAnimations) continue;
    for (const animation of root.getAnimations()) {
      if (seen.has(animation)) continue;
      seen.add(animation);
      // An animation driven by scrolling is where the scroll position put it, and that is right.
      if (animation.timeline && !(animation.timeline instanceof DocumentTimeline)) continue;
      if (animation.playState === 'finished' || animation.playState === 'idle') continue;
      const timing = animation.effect ? animation.effect.getComputedTiming() : null;
      if (!timing) continue;
      try {
        if (timing.endTime !== Infinity && animation.playbackRate !== 0 && animation.playState !== 'paused') {
          animation.finish();
          finished++;
        } else if (timing.endTime === Infinity && animation.playState !== 'paused') {
          animation.pause();
          animation.currentTime = 0;
          state.held.push(animation);
        }
      } catch (error) { /* the page took it away meanwhile */ }
    }
  }
  // Transitions that were running have been finished above: from here on, changes take effect at once.
  for (const root of roots) {
    if (!root.adoptedStyleSheets || state.sheets.some(([known]) => known === root)) continue;
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
      state.sheets.push([root, sheet]);
    } catch (error) { /* an engine without constructed style sheets shows a caret, and no more than that */ }
  }
  return { finished, held: state.held.length };
}
