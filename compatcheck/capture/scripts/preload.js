/*
 * Installed before any script of the page: a clock that stands, a Math.random with a seed, storage that is there already.
 * One function expression: `(options) => void`. It runs in every document and frame.
 *
 *   options.time      milliseconds since 1970 at which the clock stands, or null
 *   options.random    the seed, or null
 *   options.storage   {origin: {local: {name: value}, session: {name: value}}}; what is there already stays
 */
(options) => {
  'use strict';
  const fill = (area, entries) => {
    for (const name of Object.keys(entries || {})) if (area.getItem(name) === null) area.setItem(name, entries[name]);
  };
  const mine = (options.storage || {})[location.origin];
  if (mine) {
    try { fill(localStorage, mine.local); fill(sessionStorage, mine.session); } catch (error) { /* a sandboxed frame has none */ }
  }
  const named = (made, name, length) => {
    Object.defineProperty(made, 'name', { value: name, configurable: true });
    if (length !== undefined) Object.defineProperty(made, 'length', { value: length, configurable: true });
    return made;
  };
  if (options.random !== null && options.random !== undefined) {
    // mulberry32: 32 bits of state, equal in every engine.
    let state = options.random >>> 0;
    const random = () => {
      state = (state + 0x6D2B79F5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    };
    Math.random = named(random, 'random');
  }
  if (options.time === null || options.time === undefined) return;
  const Real = Date, time = options.time;
  const Standing = function (...parts) {
    if (!new.target) return new Real(time).toString();
    return Reflect.construct(Real, parts.length ? parts : [time], new.target === Standing ? Standing : new.target);
  };
  named(Standing, 'Date', 7);
  Standing.prototype = Real.prototype;
  Object.defineProperty(Real.prototype, 'constructor', { value: Standing, configurable: true, writable: true });
  Standing.now = named(() => time, 'now');
  Standing.UTC = Real.UTC;
  Standing.parse = Real.parse;
  Object.defineProperty(window, 'Date', { value: Standing, configurable: true, writable: true });
  const Format = window.Intl && Intl.DateTimeFormat;
  if (Format) {
    const getter = Object.getOwnPropertyDescriptor(Format.prototype, 'format');
    Object.defineProperty(Format.prototype, 'format', {
      ...getter,
      get() {
        const format = getter.get.call(this);
        return (date) => format(date === undefined ? time : date);
      },
    });
    const parts = Format.prototype.formatToParts;
    Format.prototype.formatToParts = named(function (date) { return parts.call(this, date === undefined ? time : date); }, 'formatToParts');
  }
  const Clock = window.Temporal && Temporal.Now;
  if (Clock) {
    const instant = () => Temporal.Instant.fromEpochMilliseconds(time);
    const zoned = (zone) => instant().toZonedDateTimeISO(zone || Clock.timeZoneId());
    Clock.instant = named(instant, 'instant');
    Clock.zonedDateTimeISO = named(zoned, 'zonedDateTimeISO', 0);
    for (const what of ['PlainDateTime', 'PlainDate', 'PlainTime']) {
      const name = what[0].toLowerCase() + what.slice(1) + 'ISO';
      Clock[name] = named((zone) => zoned(zone)['to' + what](), name, 0);
    }
  }
}
