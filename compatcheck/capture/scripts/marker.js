/*
 * Paints over the whole view with one colour and marks its four corners, or takes that away again.
 * One async function: `(options, done) => void`; `done` gets {viewport, ratio}, two frames later.
 *
 *   options.cover, options.corners   CSS colours: one, and four (top left, top right, bottom left, bottom right)
 *   options.side                     the corner squares' side, CSS px
 *   options.remove                   take it away
 */
(options, done) => {
  'use strict';
  const KEY = Symbol.for('compatcheck.marker');
  if (window[KEY]) { window[KEY].remove(); delete window[KEY]; }
  const view = window.visualViewport || { offsetLeft: 0, offsetTop: 0, width: innerWidth, height: innerHeight };
  if (!options.remove) {
    const host = document.createElement('compatcheck-marker');
    const set = (element, styles) => {
      for (const name in styles) element.style.setProperty(name, styles[name], 'important');
    };
    set(host, {
      all: 'initial', position: 'fixed', 'z-index': '2147483647', left: view.offsetLeft + 'px', top: view.offsetTop + 'px',
      width: view.width + 'px', height: view.height + 'px', background: options.cover, 'pointer-events': 'none',
    });
    const root = host.attachShadow({ mode: 'closed' });
    options.corners.forEach((colour, index) => {
      const square = document.createElement('div');
      set(square, {
        position: 'absolute', width: options.side + 'px', height: options.side + 'px', background: colour,
        [index % 2 ? 'right' : 'left']: '0', [index < 2 ? 'top' : 'bottom']: '0',
      });
      root.appendChild(square);
    });
    document.documentElement.appendChild(host);
    if (host.showPopover) { host.popover = 'manual'; set(host, { margin: '0', padding: '0', border: '0' }); host.showPopover(); }
    Object.defineProperty(window, KEY, { value: host, configurable: true, enumerable: false });
  }
  let over = false;
  const finish = () => {
    if (over) return;
    over = true;
    done({ viewport: [view.width, view.height], ratio: devicePixelRatio });
  };
  setTimeout(finish, 300);
  requestAnimationFrame(() => requestAnimationFrame(finish));
}
