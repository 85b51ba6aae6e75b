/*
 * Finds elements. One function expression: `(options) => {count, visible, element, error}`; changes nothing.
 *
 *   options.parts   [{kind: "css" | "xpath" | "text", value, exact}], one inside the shadow root of the one before
 *
 * `element` is the first that is visible, else the first. CSS and text look into open shadow roots.
 */
(options) => {
  'use strict';
  const plain = (text) => (text || '').replace(/\s+/g, ' ').trim();
  const SILENT = new Set(['SCRIPT', 'STYLE', 'NOSCRIPT', 'TEMPLATE', 'HEAD']);
  const roots = (scope) => {
    const found = [scope];
    for (const element of scope.querySelectorAll('*')) if (element.shadowRoot) found.push(...roots(element.shadowRoot));
    return found;
  };
  const shows = (element) => {
    if (element.tagName === 'INPUT' && /^(button|submit|reset)$/.test(element.type)) return element.value;
    let text = '';
    for (const child of element.childNodes) {
      if (child.nodeType === 3) text += child.nodeValue;
      else if (child.nodeType === 1 && !SILENT.has(child.tagName)) text += ' ' + shows(child) + ' ';
    }
    if (element.shadowRoot) for (const child of element.shadowRoot.children) if (!SILENT.has(child.tagName)) text += ' ' + shows(child) + ' ';
    return text;
  };
  const byText = (scope, part) => {
    const wanted = part.exact ? part.value : part.value.toLowerCase();
    const fits = (element) => {
      const text = plain(shows(element));
      return part.exact ? text === wanted : text.toLowerCase().includes(wanted);
    };
    const innermost = (element) => {
      if (SILENT.has(element.tagName) || !fits(element)) return [];
      const inside = [...element.children, ...(element.shadowRoot ? element.shadowRoot.children : [])].flatMap(innermost);
      return inside.length ? inside : [element];
    };
    // An element that does not fit exactly may hold one that does.
    if (part.exact) {
      const all = roots(scope).flatMap((root) => [...root.querySelectorAll('*')]);
      const found = all.filter((element) => !SILENT.has(element.tagName) && fits(element));
      return found.filter((element) => !found.some((other) => other !== element && element.contains(other)));
    }
    return [...(scope.documentElement ? [scope.documentElement] : scope.children)].flatMap(innermost);
  };
  const byXPath = (scope, part) => {
    const found = document.evaluate(part.value, scope, null, 7, null);
    return Array.from({ length: found.snapshotLength }, (_, at) => found.snapshotItem(at)).filter((node) => node.nodeType === 1);
  };
  const byCss = (scope, part) => roots(scope).flatMap((root) => [...root.querySelectorAll(part.value)]);
  const ways = { css: byCss, xpath: byXPath, text: byText };
  const visible = (element) => {
    const box = element.getBoundingClientRect();
    if (box.width <= 0 || box.height <= 0) return false;
    const view = element.ownerDocument.defaultView;
    if (view.getComputedStyle(element).visibility !== 'visible') return false;
    for (let above = element; above; above = above.parentElement || (above.getRootNode().host || null)) {
      if (view.getComputedStyle(above).opacity === '0') return false;
    }
    return true;
  };
  let scopes = [document], found = [];
  try {
    options.parts.forEach((part, index) => {
      found = scopes.flatMap((scope) => ways[part.kind](scope, part));
      if (index < options.parts.length - 1) scopes = found.map((element) => element.shadowRoot).filter(Boolean);
    });
  } catch (error) {
    return { error: String(error.message || error).split('\n')[0] };
  }
  const seen = found.filter(visible);
  return { count: found.length, visible: seen.length, element: seen[0] || found[0] || null, error: '' };
}
