/*
 * Adds CSS to the page, its open shadow roots and its frames of the same origin. One function expression: `(options) => number`.
 *
 * The sheets are adopted, so that the page's own tree stays as it is. Call it again for roots that have come since.
 */
(options) => {
  'use strict';
  const KEY = Symbol.for('compatcheck.styles');
  let added = 0;
  const visit = (root, view) => {
    if (!root[KEY] && root.adoptedStyleSheets) {
      const sheets = options.styles.map((text) => {
        const sheet = new view.CSSStyleSheet();
        sheet.replaceSync(text);
        return sheet;
      });
      root.adoptedStyleSheets = [...root.adoptedStyleSheets, ...sheets];
      Object.defineProperty(root, KEY, { value: true, configurable: true, enumerable: false });
      added++;
    }
    for (const element of root.querySelectorAll('*')) {
      if (element.shadowRoot) visit(element.shadowRoot, view);
      if (element.tagName === 'IFRAME') {
        try {
          if (element.contentDocument) visit(element.contentDocument, element.contentWindow);
        } catch (error) { /* a frame of another origin */ }
      }
    }
  };
  visit(document, window);
  return added;
}
