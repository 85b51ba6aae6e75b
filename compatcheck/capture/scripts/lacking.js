/*
 * Which declarations of the page's style sheets the engine does not take. One async function: `(options, done) => void`.
 *
 *   options.known   addresses of style sheets that were read before
 *
 * `done` gets {address: [declaration …]} for the sheets that were read, '' standing for those inside the document, and
 * {address: null} for sheets in use that were read before. Engines drop what they do not know when they read a sheet, so its text is
 * needed: it comes from the browser's cache. Sheets of other origins may not be read. Left out: prefixed properties and values (they
 * are for one engine by intent), custom properties and what is computed from them, rules that hold no style.
 */
(options, done) => {
  'use strict';
  const LONGEST = 2e6, MOST = 100, SECONDS = 2;
  const NO_STYLE = /@(?:font-face|page|property|counter-style|font-feature-values|font-palette-values|view-transition|color-profile)[^{}]*\{(?:[^{}]|\{[^{}]*\})*\}/gi;
  const DECLARATION = /[;{]\s*([a-z][-a-z]*)\s*:\s*([^;{}]+?)\s*(?=[;}])/gi;
  const BY_INTENT = /(?:^|[\s,(])-(?:webkit|moz|ms|o)-|\b(?:var|env)\(|\\|progid|alpha\(|expression\(/i;
  const lacking = (text) => {
    const plain = text.slice(0, LONGEST).replace(/\/\*[^]*?\*\//g, '').replace(/url\([^)]*\)/gi, 'url(x)').replace(NO_STYLE, '');
    const asked = new Set(), found = [];
    for (const [, name, given] of plain.matchAll(DECLARATION)) {
      const value = given.replace(/\s*!important$/i, ''), whole = `${name}: ${value}`;
      if (asked.has(whole) || BY_INTENT.test(value)) continue;
      asked.add(whole);
      if (!CSS.supports(name, value)) found.push(whole.slice(0, 200));
      if (found.length === MOST) break;
    }
    return found;
  };
  const told = { '': lacking([...document.querySelectorAll('style')].map((one) => one.textContent).join('\n')) };
  const read = [...document.styleSheets].map((sheet) => sheet.href).filter((address) => address && new URL(address).origin === location.origin)
    .map(async (address) => {
      if (options.known.includes(address)) { told[address] = null; return; }
      const answer = await fetch(address, { cache: 'force-cache', credentials: 'same-origin' });
      if (answer.ok) told[address] = lacking(await answer.text());
    });
  const late = new Promise((resolve) => { setTimeout(resolve, SECONDS * 1000); });
  Promise.race([Promise.allSettled(read), late]).then(() => done(told), () => done(told));
}
