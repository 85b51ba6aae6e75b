/*
 * What steps do to an element, or to the page. One function expression: `(options) => object`; `error` says what is wrong.
 *
 *   options.do   "fill" {text}, "select" {by, value}, "scroll" {to, x, y}, "show", "focus", "covered"
 */
(options) => {
  'use strict';
  const element = options.element || null;
  const tell = (target, event) => target.dispatchEvent(event);
  const changed = (target) => {
    tell(target, new Event('input', { bubbles: true, composed: true }));
    tell(target, new Event('change', { bubbles: true }));
  };
  switch (options.do) {
    case 'show': {
      // What is in view already stays where it is.
      const box = element.getBoundingClientRect();
      const inside = box.top >= 0 && box.left >= 0 && box.bottom <= innerHeight && box.right <= innerWidth;
      if (!inside) element.scrollIntoView({ block: 'center', inline: 'nearest', behavior: 'instant' });
      return {};
    }
    case 'focus':
      element.focus();
      return {};
    case 'covered': {
      const box = element.getBoundingClientRect();
      let hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
      while (hit && hit.shadowRoot) {
        const inner = hit.shadowRoot.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
        if (!inner || inner === hit) break;
        hit = inner;
      }
      const same = !hit || hit === element || element.contains(hit) || hit.contains(element);
      const name = hit ? hit.tagName.toLowerCase() + (hit.id ? '#' + hit.id : hit.classList.length ? '.' + hit.classList[0] : '') : '';
      return { by: same ? '' : name };
    }
    case 'fill': {
      if (element.disabled || element.readOnly) return { error: 'the field cannot be changed' };
      element.focus();
      if (element.isContentEditable) {
        getSelection().selectAllChildren(element);
        document.execCommand(options.text ? 'insertText' : 'delete', false, options.text);
        return {};
      }
      const prototype = element instanceof HTMLTextAreaElement ? HTMLTextAreaElement.prototype
        : element instanceof HTMLInputElement ? HTMLInputElement.prototype : null;
      if (!prototype || /^(checkbox|radio|file|button|submit|reset|image)$/.test(element.type)) {
        return { error: 'it is no text field', final: true };
      }
      // Frameworks that watch a field's value look past a plain assignment.
      Object.getOwnPropertyDescriptor(prototype, 'value').set.call(element, options.text);
      if (element.value !== options.text && options.text) return { error: `it does not take this text (${element.type})`, final: true };
      changed(element);
      return {};
    }
    case 'select': {
      if (!(element instanceof HTMLSelectElement)) return { error: 'it is no select box', final: true };
      const plain = (text) => text.replace(/\s+/g, ' ').trim();
      const ways = {
        value: (option) => option.value === options.value,
        label: (option) => plain(option.label || option.text) === plain(options.value),
        index: (option, at) => at === Number(options.value),
      };
      const option = [...element.options].find(ways[options.by]);
      if (!option) return { error: `it has no such option; there are ${[...element.options].slice(0, 8).map((one) => one.label || one.value).join(', ')}` };
      if (element.disabled || option.disabled) return { error: 'it cannot be chosen' };
      element.focus();
      element.value = option.value;
      option.selected = true;
      changed(element);
      return {};
    }
    case 'scroll': {
      const target = element || document.scrollingElement || document.documentElement;
      const place = { behavior: 'instant' };
      if (options.to === 'top') place.top = 0;
      if (options.to === 'bottom') place.top = target.scrollHeight;
      if (options.x !== null) place.left = options.x;
      if (options.y !== null) place.top = options.y;
      (element || window).scrollTo(place);
      return {};
    }
  }
  return { error: `there is no ${options.do}`, final: true };
}
