/*
 * Put one fault into the open page: `(fault) => {applied, reason}`. The element is found by its path in the page model,
 * which is a CSS selector. Rules are set inline and !important, as the last word that a page's own style sheets could have.
 */
(fault) => {
  'use strict';
  const find = (path) => { try { return document.querySelector(path); } catch (error) { return null; } };
  const node = find(fault.path);
  if (!node) return { applied: false, reason: 'The element is not there: ' + fault.path };
  const values = fault.values || {};
  const set = (target, rules) => { for (const name in rules) target.style.setProperty(name, rules[name], 'important'); };
  const shown = (parent) => [...parent.children].filter((child) => child.getClientRects().length > 0);
  const faults = {
    'shifted': () => {
      if (getComputedStyle(node).position === 'static') set(node, { position: 'relative' });
      set(node, { translate: values.left + 'px ' + values.top + 'px' });
    },
    'resized': () => set(node, values.width ? { width: values.width + 'px', 'min-width': 0, 'max-width': 'none', 'flex': 'none' } : { height: values.height + 'px', 'max-height': 'none' }),
    'hidden': () => set(node, { display: 'none' }),
    'collapsed': () => set(node, { height: '0', 'min-height': '0', 'padding-top': '0', 'padding-bottom': '0', overflow: 'hidden', flex: 'none' }),
    'overlapping': () => set(node, { 'margin-top': '-' + values.up + 'px' }),
    'overflowing': () => set(node, { width: values.width + 'px', 'max-width': 'none', flex: 'none' }),
    'clipped': () => set(node, { height: values.height + 'px', 'min-height': '0', 'max-height': values.height + 'px', overflow: 'hidden', 'padding-bottom': '0' }),
    'enlarged-text': () => set(node, { 'font-size': parseFloat(getComputedStyle(node).fontSize) * values.times + 'px' }),
    'unstacked': () => {
      if (values.to === 'column') {
        set(node, { display: 'block' });
        shown(node).forEach((child) => set(child, { float: 'none', width: 'auto', 'max-width': 'none', display: 'block' }));
      } else set(node, { display: 'flex', 'flex-direction': 'row', 'flex-wrap': 'nowrap' });
    },
    'broken-image': () => { node.removeAttribute('srcset'); node.removeAttribute('loading'); node.setAttribute('src', '/compatcheck-no-such-picture.png'); },
    'wrong-colour': () => set(node, { [values.property]: values.value }),
    'wrong-font': () => set(node, { 'font-family': values.family }),
    'reordered': () => { const other = find(values.with); if (other) node.parentNode.insertBefore(other, node); },
    'invisible': () => set(node, values.how === 'visibility' ? { visibility: 'hidden' } : values.how === 'opacity' ? { opacity: '0' } : { color: 'transparent' }),
    'background-lost': () => set(node, { background: 'none' }),
    'covered': () => {
      const rect = node.getBoundingClientRect(), cover = document.createElement('div');
      set(cover, { position: 'absolute', left: rect.left + scrollX - 6 + 'px', top: rect.top + scrollY - 4 + 'px', width: rect.width + 12 + 'px',
        height: rect.height + 8 + 'px', background: values.colour, 'z-index': '2147483000', margin: '0' });
      document.body.appendChild(cover);
    },
    'unwrapped': () => set(node, { 'white-space': 'nowrap' }),
  };
  if (!faults[fault.kind]) return { applied: false, reason: 'No such fault: ' + fault.kind };
  faults[fault.kind]();
  return { applied: true, reason: '' };
}
