/*
 * What state the page is in. One function expression: `(options) => object`; changes nothing.
 *
 * `layout` is a fingerprint of where everything is and what the text says: equal fingerprints, equal layout.
 */
(options) => {
  'use strict';
  const MAX_ELEMENTS = 5000;
  const root = document.documentElement;
  const scroller = document.scrollingElement || root;
  let hash = 2166136261, count = 0, pending = 0, broken = 0, images = 0;
  const mix = (value) => { hash = Math.imul(hash ^ (value | 0), 16777619); };
  const near = (box) => box.width > 0 && box.height > 0 && box.right > 0 && box.left < Math.max(innerWidth, scroller.scrollWidth);
  const walk = (node) => {
    for (let element = node.firstElementChild; element; element = element.nextElementSibling) {
      if (++count > MAX_ELEMENTS) return;
      const box = element.getBoundingClientRect();
      mix(box.left * 16); mix((box.top + scrollY) * 16); mix(box.width * 16); mix(box.height * 16);
      if (element instanceof HTMLImageElement) {
        images++;
        const wanted = element.currentSrc || element.getAttribute('src') || element.getAttribute('srcset');
        // A lazy image that is nowhere on the page is never asked for, so nobody waits for it.
        if (wanted && !element.complete && (element.loading !== 'lazy' || near(box))) pending++;
        if (wanted && element.complete && element.naturalWidth === 0) broken++;
        mix(element.complete ? element.naturalWidth + 1 : 0);
      }
      for (let child = element.firstChild; child; child = child.nextSibling) {
        if (child.nodeType !== 3) continue;
        const text = child.nodeValue;
        mix(text.length);
        for (let index = 0; index < text.length && index < 64; index++) mix(text.charCodeAt(index));
      }
      if (element.shadowRoot) walk(element.shadowRoot);
      walk(element);
    }
  };
  if (root) walk({ firstElementChild: root });
  mix(count);
  const rightToLeft = root && scroller && getComputedStyle(scroller).direction === 'rtl';
  return {
    ready: document.readyState,
    url: location.href,
    documentUrl: document.documentURI,
    title: document.title,
    hasBody: !!document.body && document.body.childNodes.length > 0,
    fonts: document.fonts ? document.fonts.status : 'loaded',
    images, pending, broken,
    layout: hash >>> 0,
    open: window[Symbol.for('compatcheck.traffic')] ? window[Symbol.for('compatcheck.traffic')].open() : [],
    resources: performance.getEntriesByType('resource').length,
    viewport: [innerWidth, innerHeight],
    layoutViewport: root ? [root.clientWidth, root.clientHeight] : [0, 0],
    ratio: devicePixelRatio,
    // Content that runs out to the left of a right-to-left page lies before the document's origin and is not pictured.
    document: scroller ? [
      rightToLeft ? innerWidth : Math.max(scroller.scrollWidth, root.clientWidth || innerWidth),
      Math.max(scroller.scrollHeight, innerHeight),
    ] : [innerWidth, innerHeight],
    leftOverflow: !!rightToLeft && scroller.scrollWidth > innerWidth,
    scroll: [scrollX, scrollY],
  };
}
