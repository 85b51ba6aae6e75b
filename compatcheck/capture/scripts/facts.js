/* What the browser says about itself and about the load. One function expression: `(options) => object`. */
(options) => {
  'use strict';
  const navigation = performance.getEntriesByType('navigation')[0] || {};
  const failed = performance.getEntriesByType('resource')
    .filter((entry) => entry.responseStatus >= 400)
    .map((entry) => entry.responseStatus + ' ' + entry.name)
    .slice(0, 50);
  const seconds = (value) => (typeof value === 'number' && value > 0 ? value / 1000 : null);
  const paint = performance.getEntriesByType('paint').find((entry) => entry.name === 'first-contentful-paint');
  return {
    userAgent: navigator.userAgent,
    platform: navigator.platform,
    language: navigator.language,
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    touchPoints: navigator.maxTouchPoints,
    touchEvents: 'ontouchstart' in window,
    coarse: matchMedia('(pointer: coarse)').matches,
    orientation: screen.orientation ? screen.orientation.type : '',
    forcedColors: matchMedia('(forced-colors: active)').matches,
    dark: matchMedia('(prefers-color-scheme: dark)').matches,
    reducedMotion: matchMedia('(prefers-reduced-motion: reduce)').matches,
    url: location.href,
    title: document.title,
    status: navigation.responseStatus || null,
    redirects: navigation.redirectCount || 0,
    failed,
    timings: {
      responseStart: seconds(navigation.responseStart),
      domContentLoaded: seconds(navigation.domContentLoadedEventEnd),
      load: seconds(navigation.loadEventEnd),
      firstContentfulPaint: paint ? seconds(paint.startTime) : null,
    },
  };
}
