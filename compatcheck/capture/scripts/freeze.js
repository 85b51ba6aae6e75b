/*
 * Stops what moves, or lets it move again. One function expression: `(options) => object`.
 *
 *   options.stills   the engine goes on with animated pictures, so that GIFs are shown as stills here
 *   options.thaw     undoes everything, and lets go of timers that `hold.js` holds
 *
 * Finite animations and transitions are finished, endless ones are held at their beginning, no transition starts any more, the
 * caret is hidden; films stand at their first picture, marquees at their beginning. The page's own tree and attributes stay as
 * they are: styles come as adopted style sheets and Web Animations, and the events of films that are stopped are kept from the
 * page. It reaches shadow trees and frames of the same origin. Call it again while frozen to catch what the page has started
 * since. → {held, finished, seeking}: `seeking` films are still on their way to the first picture.
 */
(options) => {
  'use strict';
  const KEY = Symbol.for('compatcheck.frozen'), TIMERS = Symbol.for('compatcheck.timers');
  const FILM_EVENTS = ['pause', 'play', 'playing', 'seeking', 'seeked', 'timeupdate'];
  const ANIMATED = /^data:image\/(gif|apng)|^[^?#]*\.(gif|apng)([?#]|$)/i;
  const CSS = '*, *::before, *::after {'
    + ' caret-color: transparent !important; scroll-behavior: auto !important; transition: none !important; }';
  const worlds = [];
  const visit = (view) => {
    const world = { view, roots: [], films: [], marquees: [] };
    const enter = (root) => {
      world.roots.push(root);
      for (const element of root.querySelectorAll('*')) {
        const name = element.localName;
        if (element.shadowRoot) enter(element.shadowRoot);
        else if (name === 'video' || name === 'audio') world.films.push(element);
        else if (name === 'marquee') world.marquees.push(element);
        else if (name === 'iframe' || name === 'frame') {
          try {
            if (element.contentDocument && element.contentDocument.documentElement) visit(element.contentWindow);
          } catch (error) { /* a frame of another origin */ }
        }
      }
    };
    worlds.push(world);
    enter(view.document);
  };
  visit(window);
  const pin = (state, element, styles) => {
    const animation = element.animate([styles], { duration: 1, fill: 'both' });
    animation.finish();
    state.pins.push(animation);
  };

  const thaw = ({ view }) => {
    const state = view[KEY];
    if (view[TIMERS]) view[TIMERS].hold('');
    if (!state) return 0;
    for (const [root, sheet] of state.sheets) {
      root.adoptedStyleSheets = [...root.adoptedStyleSheets].filter((other) => other !== sheet);
    }
    for (const animation of state.pins) animation.cancel();
    for (const animation of state.held) {
      try { animation.play(); } catch (error) { /* its target is gone */ }
    }
    for (const marquee of state.marquees) marquee.start();
    for (const [film, { time, playing }] of state.films) {
      film.currentTime = time;
      if (playing) film.play().catch(() => { /* the page, or the engine, does not want it any more */ });
    }
    // The films' last events come a moment later.
    if (state.deaf) view.setTimeout(() => { for (const name of FILM_EVENTS) view.removeEventListener(name, state.deaf, true); }, 200);
    delete view[KEY];
    return state.held.length;
  };

  const stopAnimations = (state, { view, roots }) => {
    let finished = 0;
    const seen = new Set();
    for (const root of roots) {
      if (!root.getAnimations) continue;
      for (const animation of root.getAnimations()) {
        if (seen.has(animation)) continue;
        seen.add(animation);
        // An animation driven by scrolling is where the scroll position put it, and that is right.
        if (animation.timeline && !(animation.timeline instanceof view.DocumentTimeline)) continue;
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
    return finished;
  };

  const addStyles = (state, { view, roots }) => {
    for (const root of roots) {
      if (!root.adoptedStyleSheets || state.sheets.some(([known]) => known === root)) continue;
      try {
        const sheet = new view.CSSStyleSheet();
        sheet.replaceSync(CSS);
        root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
        state.sheets.push([root, sheet]);
      } catch (error) { /* an engine without constructed style sheets shows a caret, and no more than that */ }
    }
  };

  const stopFilms = (state, { view, films }) => {
    if (films.length && !state.deaf) {
      state.deaf = (event) => { if (state.films.has(event.target)) event.stopImmediatePropagation(); };
      for (const name of FILM_EVENTS) view.addEventListener(name, state.deaf, true);
    }
    let seeking = 0;
    for (const film of films) {
      if (!state.films.has(film)) {
        if (film.paused && film.currentTime === 0) continue;
        state.films.set(film, { time: film.currentTime, playing: !film.paused });
      }
      if (!film.paused) film.pause();
      if (film.currentTime > 0 && film.seekable.length && film.seekable.start(0) === 0) film.currentTime = 0;
      if (film.seeking) seeking++;
    }
    return seeking;
  };

  const stopMarquees = (state, { view, marquees }) => {
    for (const marquee of marquees) {
      if (state.marquees.includes(marquee) || !marquee.stop) continue;
      marquee.stop();
      marquee.scrollLeft = 0;
      marquee.scrollTop = 0;
      state.marquees.push(marquee);
      if (/up|down/i.test(marquee.direction)) continue; // Chromium leaves these where they are
      const range = view.document.createRange();
      range.selectNodeContents(marquee);
      const off = marquee.getBoundingClientRect().left - range.getBoundingClientRect().left;
      if (Math.abs(off) > 0.5) pin(state, marquee, { textIndent: off + 'px' });
    }
  };

  const still = (state, url, source) => {
    if (!state.stills.has(url)) {
      const canvas = document.createElement('canvas');
      canvas.width = source.naturalWidth;
      canvas.height = source.naturalHeight;
      let picture = null;
      try {
        canvas.getContext('2d').drawImage(source, 0, 0); // the first picture of it, by the HTML standard
        picture = `url("${canvas.toDataURL()}")`;
      } catch (error) { /* another origin's, which may not be read */ }
      state.stills.set(url, picture);
    }
    return state.stills.get(url);
  };

  const showStills = (state, { view, roots }) => {
    const animated = view.performance.getEntriesByType('resource').some((entry) => ANIMATED.test(entry.name));
    for (const root of roots) {
      for (const image of root.querySelectorAll('img')) {
        if (state.shown.has(image) || !image.complete || !image.naturalWidth || !ANIMATED.test(image.currentSrc)) continue;
        state.shown.add(image);
        const picture = still(state, image.currentSrc, image);
        if (picture) pin(state, image, { content: picture });
      }
      if (!animated) continue;
      for (const element of root.querySelectorAll('*')) {
        const background = view.getComputedStyle(element).backgroundImage;
        const [, url] = /^url\("([^"]+)"\)$/.exec(background) || [];
        if (!url || !ANIMATED.test(url) || state.shown.has(element)) continue;
        if (!state.loading.has(url)) state.loading.set(url, Object.assign(new view.Image(), { src: url }));
        const image = state.loading.get(url);
        if (!image.complete || !image.naturalWidth) continue; // the next call finds it
        state.shown.add(element);
        const picture = still(state, url, image);
        if (picture) pin(state, element, { backgroundImage: picture });
      }
    }
  };

  if (options.thaw) return { thawed: worlds.reduce((sum, world) => sum + thaw(world), 0) };
  const told = { finished: 0, held: 0, seeking: 0 };
  for (const world of worlds) {
    const { view } = world;
    const state = view[KEY] || {
      sheets: [], held: [], pins: [], films: new Map(), marquees: [], stills: new Map(), shown: new Set(), loading: new Map(), deaf: null,
    };
    if (!view[KEY]) Object.defineProperty(view, KEY, { value: state, configurable: true, enumerable: false });
    told.finished += stopAnimations(state, world);
    // Transitions that were running have been finished: from here on, changes take effect at once.
    addStyles(state, world);
    told.seeking += stopFilms(state, world);
    stopMarquees(state, world);
    if (options.stills) showStills(state, world);
    told.held += state.held.length;
  }
  return told;
}
