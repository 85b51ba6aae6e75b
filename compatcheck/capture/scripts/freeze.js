/*
 * Stops what moves, or lets it move again. One function expression: `(options) => object`.
 *
 *   options.stills   the engine goes on with animated pictures, so that GIFs are shown as stills here
 *   options.known    {URL: data URL}: first pictures of animated ones that the engine knows of, whatever they are called
 *   options.reach    marquees are only stopped: DevTools puts them where they begin
 *   options.thaw     undoes everything, and lets go of timers that `hold.js` holds
 *
 * Finite animations and transitions are finished, endless ones are held at their beginning, no transition starts any more, the
 * caret is hidden; films stand at their first picture, marquees at their beginning. The page's own tree and attributes stay as
 * they are: styles come as adopted style sheets and Web Animations, and the events of films that are stopped are kept from the
 * page. It reaches shadow trees and frames; those of other origins are asked to do the same (`frames.js`). Call it again while frozen
 * to catch what the page has started since. → {held, finished, seeking, marquees, asked}: `seeking` films are still on their way to
 * the first picture, `asked` frames of other origins are to answer.
 */
(options) => {
  'use strict';
  const KEY = Symbol.for('compatcheck.frozen'), TIMERS = Symbol.for('compatcheck.timers');
  const FILM_EVENTS = ['pause', 'play', 'playing', 'seeking', 'seeked', 'timeupdate'];
  const ANIMATED = /^data:image\/(gif|apng)|^[^?#]*\.(gif|apng)([?#]|$)/i;
  const CSS = '*, *::before, *::after {'
    + ' caret-color: transparent !important; scroll-behavior: auto !important; transition: none !important; }'
    // A box before what it moves, as tall as it is off.
    + ' marquee:is([direction=up i], [direction=down i])::before { content: ""; display: block; margin-top: var(--compatcheck-marquee, 0); }';
  const PICTURED = ['backgroundImage', 'borderImageSource', 'listStyleImage', 'maskImage'];
  const worlds = [], strange = [], frames = window[Symbol.for('compatcheck.frames')];
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
            else if (!element.contentDocument && element.contentWindow) strange.push(element.contentWindow);
          } catch (error) { strange.push(element.contentWindow); }
        }
      }
    };
    worlds.push(world);
    enter(view.document);
  };
  visit(window);
  if (frames && strange.length) frames.ask(strange, 'freeze', options);
  const pin = (state, element, styles, pseudoElement = null) => {
    const animation = element.animate([styles], { duration: 1, fill: 'both', pseudoElement });
    animation.finish();
    state.pins.push(animation);
    return animation;
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
    for (const marquee of state.marquees.keys()) marquee.start();
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
      if (!marquee.stop) continue;
      if (!state.marquees.has(marquee)) {
        marquee.stop();
        marquee.scrollLeft = 0;
        marquee.scrollTop = 0;
        state.marquees.set(marquee, { shift: 0, pin: null });
      }
      if (options.reach) continue;
      // Chromium leaves what it moves where it is, a frame later than it was told to.
      const held = state.marquees.get(marquee), upright = /up|down/i.test(marquee.direction);
      const range = view.document.createRange();
      range.selectNodeContents(marquee);
      const [here, there] = [range.getBoundingClientRect(), marquee.getBoundingClientRect()];
      const off = upright ? there.top - here.top : there.left - here.left;
      if (Math.abs(off) < 0.02) continue;
      held.shift += off;
      if (held.pin) held.pin.cancel();
      held.pin = pin(state, marquee, { [upright ? '--compatcheck-marquee' : 'textIndent']: held.shift + 'px' });
    }
  };

  const still = (state, url, source) => {
    if (known[url]) return `url("${known[url]}")`;
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

  const known = options.known || {}, moves = (url) => url in known || ANIMATED.test(url);
  const showStills = (state, { view, roots }) => {
    const animated = view.performance.getEntriesByType('resource').some((entry) => moves(entry.name)) || Object.keys(known).length > 0;
    // Of a value with several pictures, those that move are replaced; null where there is nothing to replace, or it is still loading.
    const stilled = (value) => {
      let waits = false, changed = false;
      const made = value.replace(/url\("([^"]+)"\)/g, (whole, url) => {
        if (!moves(url)) return whole;
        if (!known[url] && !state.loading.has(url)) state.loading.set(url, Object.assign(new view.Image(), { src: url }));
        const image = state.loading.get(url);
        if (image && !(image.complete && image.naturalWidth)) { waits = true; return whole; } // the next call finds it
        const picture = still(state, url, image);
        if (picture) changed = true;
        return picture || whole;
      });
      return changed && !waits ? made : null;
    };
    const showIn = (element, pseudo) => {
      const computed = view.getComputedStyle(element, pseudo), styles = {};
      if (pseudo && computed.content === 'none') return;
      for (const name of pseudo ? [...PICTURED, 'content'] : PICTURED) {
        const value = computed[name], made = value && value.includes('url(') ? stilled(value) : null;
        if (made) styles[name] = made;
      }
      if (Object.keys(styles).length) pin(state, element, styles, pseudo);
    };
    for (const root of roots) {
      for (const image of root.querySelectorAll('img, input[type=image]')) {
        const url = image.currentSrc || image.src;
        if (state.shown.has(image) || image.complete === false || image.naturalWidth === 0 || !moves(url)) continue;
        state.shown.add(image);
        const picture = known[url] || image.complete ? still(state, url, image) : null;
        if (picture) pin(state, image, { content: picture });
      }
      if (!animated) continue;
      for (const element of root.querySelectorAll('*')) for (const pseudo of [null, '::before', '::after']) showIn(element, pseudo);
    }
  };

  if (options.thaw) return { thawed: worlds.reduce((sum, world) => sum + thaw(world), 0) };
  const told = { finished: 0, held: 0, seeking: 0, marquees: 0, asked: frames ? strange.length : 0 };
  for (const world of worlds) {
    const { view } = world;
    const state = view[KEY] || {
      sheets: [], held: [], pins: [], films: new Map(), marquees: new Map(), stills: new Map(), shown: new Set(), loading: new Map(), deaf: null,
    };
    if (!view[KEY]) Object.defineProperty(view, KEY, { value: state, configurable: true, enumerable: false });
    told.finished += stopAnimations(state, world);
    // Transitions that were running have been finished: from here on, changes take effect at once.
    addStyles(state, world);
    told.seeking += stopFilms(state, world);
    stopMarquees(state, world);
    told.marquees += state.marquees.size;
    if (options.stills) showStills(state, world);
    told.held += state.held.length;
  }
  return told;
}
