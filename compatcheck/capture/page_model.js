/*
 * The page model: every visible element with its box, text lines, paint-relevant style and flags, in one pass, without
 * touching the document. One function expression: `(options) => object`, read by `PageModel.from_json`.
 *
 *   options.maskSelectors, options.maskXPaths                 elements (with all inside) that are not to be judged
 *   options.layoutMaskSelectors, options.layoutMaskXPaths     elements whose place counts but whose content does not
 *   options.regionSelectors                                   where they are is told in `extra.regions`
 *   options.maxElements (20000)
 *   options.asText (false)    return JSON text instead of the object: WebDriver clones objects slowly, and pages that
 *                             define `toJSON` on built-in prototypes would spoil it
 *
 * Boxes are [x, y, width, height] in CSS px of the whole page. `styles` is a table; an element's `style` is its index.
 * Getters are taken from the prototypes, because `<input name="parentNode">` shadows `form.parentNode`.
 */
(options) => {
  'use strict';
  options = options || {};
  const MAX_ELEMENTS = options.maxElements || 20000;
  const MAX_TEXT = 500, MAX_LINES = 60, MAX_PATH = 1500, MAX_FRAME_DEPTH = 5, HIT_TESTS = 400;
  const startedAt = Date.now();

  // ---- plain access, whatever the page has done to its own objects -------------------------------------------------
  const getter = (proto, name) => {
    for (let owner = proto; owner; owner = Object.getPrototypeOf(owner)) {
      const found = Object.getOwnPropertyDescriptor(owner, name);
      if (found && found.get) { const get = found.get; return (target) => get.call(target); }
    }
    return (target) => target[name];
  };
  const method = (proto, name) => {
    for (let owner = proto; owner; owner = Object.getPrototypeOf(owner)) {
      const found = Object.getOwnPropertyDescriptor(owner, name);
      if (found && typeof found.value === 'function') { const call = found.value; return (target, argument) => call.call(target, argument); }
    }
    return (target, argument) => target[name](argument);
  };
  const EP = Element.prototype, NP = Node.prototype;
  const firstChild = getter(NP, 'firstChild'), nextSibling = getter(NP, 'nextSibling'), nodeType = getter(NP, 'nodeType');
  const nodeValue = getter(NP, 'nodeValue'), localName = getter(EP, 'localName');
  const shadowRootOf = getter(EP, 'shadowRoot'), namespaceOf = getter(EP, 'namespaceURI');
  const scrollWidth = getter(EP, 'scrollWidth'), scrollHeight = getter(EP, 'scrollHeight');
  const clientWidth = getter(EP, 'clientWidth'), clientHeight = getter(EP, 'clientHeight');
  const clientLeft = getter(EP, 'clientLeft'), clientTop = getter(EP, 'clientTop');
  const attributesOf = getter(EP, 'attributes'), attribute = method(EP, 'getAttribute'), hasAttribute = method(EP, 'hasAttribute');
  const rectOf = method(EP, 'getBoundingClientRect');
  const queryAll = method(Document.prototype, 'querySelectorAll');
  const attempt = (work, otherwise) => { try { return work(); } catch (error) { return otherwise; } };
  const number = (value) => {
    if (typeof value !== 'number' || !isFinite(value)) return 0;
    return Math.round(Math.min(1e7, Math.max(-1e7, value)) * 100) / 100;
  };
  const collapse = (text) => String(text).replace(/[\s\u00a0]+/g, ' ').trim();

  // ---- words -------------------------------------------------------------------------------------------------------
  const words = (text) => new Set(text.split(' '));
  const SKIP = words('head script style template noscript meta link title base br wbr area map param source track datalist option optgroup col colgroup');
  const REPLACED = words('img video canvas svg iframe frame object embed math');
  const LEAF = words('img video audio canvas svg object embed select textarea input math progress meter');
  const CONTROLS = words('button input select textarea summary');
  const CLICK_ROLES = words('button link checkbox radio tab menuitem switch option combobox slider');
  const ATTRIBUTES = words('id class name type href src alt role aria-label placeholder title for data-testid');
  const ROLES = {
    button: 'button', nav: 'navigation', main: 'main', header: 'banner', footer: 'contentinfo', aside: 'complementary',
    h1: 'heading', h2: 'heading', h3: 'heading', h4: 'heading', h5: 'heading', h6: 'heading', img: 'img', ul: 'list',
    ol: 'list', li: 'listitem', table: 'table', tr: 'row', td: 'cell', th: 'columnheader', form: 'form', select: 'combobox',
    textarea: 'textbox', article: 'article', section: 'region', dialog: 'dialog', p: 'paragraph', hr: 'separator',
    summary: 'button', svg: 'img', progress: 'progressbar',
  };
  const INPUT_ROLES = {
    button: 'button', submit: 'button', reset: 'button', image: 'button', checkbox: 'checkbox', radio: 'radio', range: 'slider',
  };
  // Properties read for every element, for those that lay out children, for those that show text, and for pictures.
  const ALWAYS = ['display', 'position', 'visibility', 'opacity', 'overflowX', 'overflowY', 'zIndex', 'backgroundColor',
    'backgroundImage', 'borderTopWidth', 'borderRightWidth', 'borderBottomWidth', 'borderLeftWidth', 'boxShadow',
    'transform', 'filter', 'clipPath', 'float', 'fontSize', 'direction'];
  const BLOCK = ['paddingTop', 'paddingRight', 'paddingBottom', 'paddingLeft', 'marginTop', 'marginRight', 'marginBottom',
    'marginLeft', 'maxWidth', 'minWidth', 'boxSizing', 'borderRadius'];
  const FLEX = ['flexDirection', 'flexWrap', 'alignItems', 'justifyContent'];
  const GRID = ['gridTemplateColumns', 'alignItems', 'justifyContent'];
  const TEXT = ['color', 'fontFamily', 'fontWeight', 'fontStyle', 'lineHeight', 'textAlign', 'textDecorationLine',
    'textTransform', 'textOverflow', 'whiteSpace'];

  const alpha = (colour) => {
    if (!colour || colour === 'transparent') return 0;
    const slash = colour.match(/\/\s*([\d.]+)(%?)\s*\)$/) || colour.match(/^rgba\([^)]*,\s*([\d.]+)(%?)\)$/);
    return slash ? parseFloat(slash[1]) / (slash[2] ? 100 : 1) : 1;
  };

  // ---- result ------------------------------------------------------------------------------------------------------
  const warnings = [], elements = [], nodes = [], styles = [], styleIndex = new Map(), families = new Set();
  let limitReached = false, shortPaths = 0, hitTests = 0;

  const masked = new Set(), contentMasked = new Set();
  const collectMasks = (doc) => {
    const pick = (selectors, xpaths, into) => {
      (selectors || []).forEach((selector) => attempt(() => queryAll(doc, selector).forEach((node) => into.add(node))));
      (xpaths || []).forEach((xpath) => attempt(() => {
        const found = doc.evaluate(xpath, doc, null, 7, null);
        for (let at = 0; at < found.snapshotLength; at++) into.add(found.snapshotItem(at));
      }));
    };
    pick(options.maskSelectors, options.maskXPaths, masked);
    pick(options.layoutMaskSelectors, options.layoutMaskXPaths, contentMasked);
  };

  // ---- short selectors: unique id, test id, unique class, else the parent's and a place -------------------------------
  const CSSescape = (text) => (window.CSS && CSS.escape ? CSS.escape(text) : text.replace(/[^\w-]/g, '\\$&'));
  const census = (doc) => {
    const counts = new Map(), add = (key) => counts.set(key, (counts.get(key) || 0) + 1);
    attempt(() => queryAll(doc, '[id],[class],[data-testid]').forEach((node) => {
      const id = attribute(node, 'id'), test = attribute(node, 'data-testid'), names = attribute(node, 'class');
      if (id) add('#' + id);
      if (test) add('@' + test);
      if (names) new Set(names.split(/\s+/)).forEach((name) => name && add(localName(node) + '.' + name));
    }));
    return counts;
  };
  const elementPlace = (node, tag, nth) => {
    const names = attribute(node, 'class');
    const first = names ? names.trim().split(/\s+/)[0] : '';
    return tag + (first && first.length < 40 ? '.' + CSSescape(first) : '') + ':nth-of-type(' + nth + ')';
  };
  const shortSelector = (node, tag, frame, nth) => {
    if (!frame.inShadow) {
      const known = frame.world.counts;
      const id = attribute(node, 'id');
      if (id && id.length < 80 && known.get('#' + id) === 1) return '#' + CSSescape(id);
      const test = attribute(node, 'data-testid');
      if (test && test.length < 80 && known.get('@' + test) === 1) return '[data-testid="' + test.replace(/["\\]/g, '\\$&') + '"]';
      const names = attribute(node, 'class');
      if (names) {
        for (const name of names.split(/\s+/)) {
          if (name && name.length < 60 && known.get(tag + '.' + name) === 1) return tag + '.' + CSSescape(name);
        }
      }
    }
    if (tag === 'html' || tag === 'body') return tag;
    const base = frame.selector === '' || frame.selector.length > 160 ? '' : frame.selector + ' > ';
    return base + elementPlace(node, tag, nth);
  };

  // ---- one element's facts -----------------------------------------------------------------------------------------
  const textRange = new Map();
  const linesOf = (node, doc, frame) => {
    // Boxes of the lines of the element's own text: rectangles of its text nodes, merged where they share a line.
    let text = '';
    const lines = [];
    let range = textRange.get(doc);
    for (let child = firstChild(node); child; child = nextSibling(child)) {
      if (nodeType(child) !== 3) continue;
      const value = nodeValue(child);
      if (!/\S/.test(value)) continue;
      if (text.length < MAX_TEXT) text += ' ' + value.slice(0, 4 * MAX_TEXT);
      if (!range) textRange.set(doc, (range = doc.createRange()));
      range.selectNodeContents(child);
      const rects = range.getClientRects();
      const count = Math.min(rects.length, 400);
      for (let at = 0; at < count; at++) {
        const rect = rects[at];
        if (!(rect.width > 0.05) || !(rect.height > 0.05)) continue;
        const left = rect.left, top = rect.top, right = rect.right, bottom = rect.bottom;
        let line = null;
        for (let back = lines.length - 1; back >= 0 && back >= lines.length - 3; back--) {
          const other = lines[back];
          const shared = Math.min(bottom, other[3]) - Math.max(top, other[1]);
          if (shared > 0.5 * Math.min(bottom - top, other[3] - other[1])) { line = other; break; }
        }
        if (line) {
          line[0] = Math.min(line[0], left); line[1] = Math.min(line[1], top);
          line[2] = Math.max(line[2], right); line[3] = Math.max(line[3], bottom);
        } else if (lines.length < MAX_LINES) lines.push([left, top, right, bottom]);
      }
    }
    lines.sort((a, b) => a[1] - b[1]);
    return {
      text: collapse(text).slice(0, MAX_TEXT),
      lines: lines.map((l) => [number(l[0] + frame.dx), number(l[1] + frame.dy), number(l[2] - l[0]), number(l[3] - l[1])]),
    };
  };

  const controlText = (node, tag) => {
    if (tag === 'img') return collapse(attribute(node, 'alt') || '');
    if (tag === 'select') {
      const chosen = node.selectedOptions && node.selectedOptions[0];
      return chosen ? collapse(chosen.textContent) : '';
    }
    if (tag === 'textarea') return collapse(node.value || attribute(node, 'placeholder') || '');
    if (tag !== 'input') return '';
    const type = String(node.type || 'text');
    if (type === 'password') return collapse(attribute(node, 'placeholder') || '');
    if (type === 'checkbox' || type === 'radio' || type === 'range' || type === 'color' || type === 'file') return '';
    const own = collapse(node.value || attribute(node, 'placeholder') || '');
    return own || (type === 'submit' ? 'Submit' : type === 'reset' ? 'Reset' : '');
  };

  const roleOf = (node, tag) => {
    const declared = attribute(node, 'role');
    if (declared) return declared.trim().split(/\s+/)[0];
    if (tag === 'a') return hasAttribute(node, 'href') ? 'link' : '';
    if (tag === 'input') return INPUT_ROLES[String(node.type)] || 'textbox';
    return Object.prototype.hasOwnProperty.call(ROLES, tag) ? ROLES[tag] : '';
  };

  const isControl = (node, tag, role) => {
    if (CONTROLS.has(tag)) return tag !== 'input' || node.type !== 'hidden';
    if (tag === 'a') return hasAttribute(node, 'href');
    const tabIndex = attribute(node, 'tabindex');
    return CLICK_ROLES.has(role) || (tabIndex !== null && parseInt(tabIndex, 10) >= 0) || hasAttribute(node, 'onclick');
  };

  // ---- missing glyphs: characters that the engine draws as it draws one that no font has ------------------------------
  // Chromium and WebKit draw the first font's stand-in, Firefox a frame with the character's number in it: the same width and
  // the same outline as for U+FFFE or, with a number as long as theirs, U+10FFFF, which are no characters.
  const GLYPH_TESTS = 1500, SIDE = 48;
  const PLAIN = /^[\u0000-\u024f\u2010-\u2027\u2030-\u205e\u20ac\u2122]*$/;
  const NO_INK = /[\s\p{Z}\p{M}\p{Cc}\p{Cf}\p{Cs}\u115f\u1160\u2800\u3164\uffa0\ufe0e\ufe0f]/u;
  const glyphs = new Map(), standIns = new Map();
  let pen = null;
  const drawn = (text, font) => {
    pen = pen || Object.assign(document.createElement('canvas'), { width: SIDE, height: SIDE }).getContext('2d', { willReadFrequently: true });
    pen.fillStyle = '#fff'; pen.fillRect(0, 0, SIDE, SIDE);
    pen.fillStyle = '#000'; pen.textBaseline = 'alphabetic'; pen.font = font; pen.fillText(text, 8, 34);
    const data = pen.getImageData(0, 0, SIDE, SIDE).data, ink = [];
    let left = SIDE, top = SIDE, right = -1, bottom = -1;
    for (let at = 0; at < SIDE * SIDE; at++) {
      const dark = 255 - data[4 * at];
      ink.push(dark);
      if (dark > 40) {
        const x = at % SIDE, y = (at - x) / SIDE;
        left = Math.min(left, x); right = Math.max(right, x); top = Math.min(top, y); bottom = Math.max(bottom, y);
      }
    }
    return { ink: ink, box: [left, top, right, bottom] };
  };
  const framed = (picture) => {
    const [left, top, right, bottom] = picture.box;
    const dark = (x, y) => picture.ink[y * SIDE + x] > 40;
    for (let x = left + 1; x < right; x++) if (!dark(x, top) || !dark(x, bottom)) return false;
    for (let y = top + 1; y < bottom; y++) if (!dark(left, y) || !dark(right, y)) return false;
    return right - left > 3 && bottom - top > 3;
  };
  const isMissing = (character, font) => {
    const key = font + '|' + character;
    if (glyphs.has(key)) return glyphs.get(key);
    if (glyphs.size >= GLYPH_TESTS) return false;
    const nobody = character.length > 1 ? '\u{10ffff}' : '\ufffe';
    let standIn = standIns.get(font + nobody);
    if (!standIn) {
      standIns.set(font + nobody, (standIn = drawn(nobody, font)));
      standIn.width = pen.measureText(nobody).width;
    }
    pen.font = font;
    let missing = Math.abs(pen.measureText(character).width - standIn.width) < 0.02;
    if (missing) {
      const own = drawn(character, font);
      missing = own.box.join() === standIn.box.join() &&
        (own.ink.every((dark, at) => dark === standIn.ink[at]) || (framed(own) && framed(standIn)));
    }
    glyphs.set(key, missing);
    return missing;
  };
  const missingGlyphs = (text, style) => attempt(() => {
    if (PLAIN.test(text)) return null;
    const font = style.fontStyle + ' ' + style.fontWeight + ' 24px ' + style.fontFamily, found = [];
    let count = 0;
    for (const character of text) {
      if (NO_INK.test(character)) continue;
      count += 1;
      if (!PLAIN.test(character) && isMissing(character, font)) found.push('U+' + character.codePointAt(0).toString(16).toUpperCase().padStart(4, '0'));
    }
    return found.length ? { characters: Array.from(new Set(found)).slice(0, 8), share: number(found.length / count) } : null;
  }, null);

  const pseudo = (node, view, which) => attempt(() => {
    const style = view.getComputedStyle(node, which), content = style.content;
    if (!content || content === 'none' || content === 'normal' || style.display === 'none') return null;
    const quoted = content.match(/^(["'])(.*)\1$/s);
    const missing = quoted && style.visibility === 'visible' ? missingGlyphs(quoted[2].slice(0, 40), style) : null;
    return [content.slice(0, 40), style.position, style.fontFamily.slice(0, 80)].concat(missing ? [missing] : []);
  }, null);

  const keepStyle = (values) => {
    let key = '';
    for (const name in values) key += name + values[name] + ';';
    let at = styleIndex.get(key);
    if (at === undefined) { at = styles.length; styles.push(values); styleIndex.set(key, at); }
    return at;
  };

  // ---- clipping: three rectangles, because absolute and fixed boxes escape what is not their containing block --------
  // A clip is {x0, y0, x1, y1, by, scrollX, scrollY}: `by` the element that cuts (-1: the document), `scrollX` and `scrollY`
  // whether what it cuts can be scrolled to.
  const cutBy = (clip, box, by, scrollX, scrollY, cutsX, cutsY) => ({
    x0: cutsX ? Math.max(clip.x0, box[0]) : clip.x0, x1: cutsX ? Math.min(clip.x1, box[2]) : clip.x1,
    y0: cutsY ? Math.max(clip.y0, box[1]) : clip.y0, y1: cutsY ? Math.min(clip.y1, box[3]) : clip.y1,
    by: by,
    scrollX: cutsX ? scrollX : clip.scrollX, scrollY: cutsY ? scrollY : clip.scrollY,
  });

  const collectFrameRoot = (doc, view, outer) => {
    collectMasks(doc);
    return { doc: doc, view: view, dx: outer.dx, dy: outer.dy, depth: outer.depth, counts: census(doc) };
  };

  // ---- the walk: an explicit stack, because pages can be deeper than the call stack -----------------------------------
  const stack = [];
  const push = (node, frame) => stack.push({ node: node, frame: frame });

  const visit = (node, frame, nth) => {
    const tag = localName(node);
    if (SKIP.has(tag)) return null;
    const doc = frame.world.doc, view = frame.world.view;
    const cs = view.getComputedStyle(node);
    if (!cs) return null;
    const display = cs.display;
    if (display === 'none') return null;
    const isRoot = tag === 'html' || tag === 'body';
    let path = frame.path + frame.joint + (isRoot ? tag : tag + ':nth-of-type(' + nth + ')');
    if (path.length > MAX_PATH) path = 'deep-' + (++shortPaths) + '>' + tag;
    const selector = shortSelector(node, tag, frame, nth);
    if (display === 'contents') {
      return Object.assign({}, frame, { path: path, joint: '>', selector: selector });
    }
    const style = { display: display };
    for (let at = 1; at < ALWAYS.length; at++) style[ALWAYS[at]] = cs[ALWAYS[at]];
    const position = style.position;
    const replaced = REPLACED.has(tag) || (tag === 'input' && node.type === 'image');
    const inline = display === 'inline' && !replaced && !LEAF.has(tag);
    const rect = rectOf(node);
    const x0 = rect.left + frame.world.dx, y0 = rect.top + frame.world.dy, x1 = rect.right + frame.world.dx, y1 = rect.bottom + frame.world.dy;
    const flags = [], extra = {};
    const role = roleOf(node, tag), control = isControl(node, tag, role);
    const own = LEAF.has(tag) ? { text: controlText(node, tag), lines: [] } : linesOf(node, doc, frame.world);

    if (!inline) {
      for (const name of BLOCK) style[name] = cs[name];
      if (display.indexOf('flex') >= 0) for (const name of FLEX) style[name] = cs[name];
      else if (display.indexOf('grid') >= 0) for (const name of GRID) style[name] = cs[name];
    }
    if (own.text || control) {
      for (const name of TEXT) style[name] = cs[name];
      families.add(style.fontFamily);
      const missing = own.text && style.visibility === 'visible' && tag !== 'img' ? missingGlyphs(own.text, style) : null;
      if (missing) extra.missingGlyphs = missing;
    }
    const borderWidths = parseFloat(style.borderTopWidth) + parseFloat(style.borderRightWidth) + parseFloat(style.borderBottomWidth) + parseFloat(style.borderLeftWidth);
    if (borderWidths > 0) {
      style.borderTopStyle = cs.borderTopStyle;
      style.borderTopColor = parseFloat(style.borderTopWidth) > 0 ? cs.borderTopColor : cs.borderBottomColor;
      if (parseFloat(style.borderTopWidth) <= 0 && parseFloat(style.borderBottomWidth) <= 0) style.borderTopColor = cs.borderLeftColor;
    }
    if (replaced) style.objectFit = cs.objectFit;

    // What it paints, and what hides it.
    const opacity = parseFloat(style.opacity);
    const seen = { transparent: frame.transparent || opacity === 0, fixed: frame.fixed || position === 'fixed',
      sticky: frame.sticky || position === 'sticky', masked: frame.masked || masked.has(node),
      contentMasked: frame.contentMasked || contentMasked.has(node) };
    const invisible = style.visibility !== 'visible';
    const area = (x1 - x0) * (y1 - y0);
    const paints = !invisible && (own.lines.length > 0 || replaced || (control && tag !== 'a' && LEAF.has(tag)) || tag === 'meter' || tag === 'progress' ||
      (area > 0 && (alpha(style.backgroundColor) > 0.02 || style.backgroundImage !== 'none' || style.boxShadow !== 'none' ||
        (borderWidths > 0 && alpha(style.borderTopColor) > 0.02))));
    if (inline) flags.push('inline');
    if (replaced) flags.push('replaced');
    if (control) flags.push('control');
    if (seen.fixed) flags.push('fixed');
    if (seen.sticky) flags.push('sticky');
    if (seen.transparent) flags.push('transparent');
    if (seen.masked) flags.push('masked');
    if (invisible) flags.push('invisible');
    if (paints) flags.push('paints');
    if (seen.contentMasked) extra.contentMasked = true;
    if (tag === 'img') {
      const width = node.naturalWidth || 0, height = node.naturalHeight || 0;
      extra.natural = [width, height];
      if (!node.complete) flags.push('imagePending');
      else if (width === 0 && (attribute(node, 'src') || attribute(node, 'srcset'))) flags.push('imageBroken');
      const used = attempt(() => String(node.currentSrc || ''), '');
      if (used && used.slice(0, 5) !== 'data:') extra.currentSrc = used.slice(0, 300);
    }
    if (style.backgroundImage !== 'none' && String(cs.backgroundAttachment).includes('fixed')) extra.fixedGround = true;
    if (tag === 'video') {
      extra.natural = [node.videoWidth || 0, node.videoHeight || 0];
      // Nothing arrived that could be shown: the file is not there, or the browser cannot decode it.
      if (!node.videoWidth && !attribute(node, 'poster') && !node.controls) extra.frameless = true;
    }

    // Stacking: does it make a context of its own (CSS 2.1 appendix E and the later modules).
    const transformed = style.transform !== 'none' || style.filter !== 'none' || (cs.perspective && cs.perspective !== 'none') ||
      (cs.contain && /paint|layout|strict|content/.test(cs.contain));
    const willChange = cs.willChange;
    const stacks = transformed || position === 'fixed' || position === 'sticky' || opacity < 1 || style.clipPath !== 'none' ||
      (style.zIndex !== 'auto' && (position !== 'static' || frame.flexItems)) || cs.isolation === 'isolate' ||
      (cs.mixBlendMode && cs.mixBlendMode !== 'normal') || (willChange && /transform|opacity|filter/.test(willChange));
    if (stacks) extra.stacks = true;
    if (control && cs.pointerEvents === 'none') extra.pointerEvents = 'none';

    // What is left of it after clipping.
    let clip = position === 'fixed' ? frame.clipFixed : position === 'absolute' ? frame.clipAbsolute : frame.clip;
    if (position === 'absolute' || position === 'fixed') {
      const old = cs.clip;
      const parts = old && old !== 'auto' ? old.match(/-?[\d.]+/g) : null;
      if (parts && parts.length === 4) {
        clip = cutBy(clip, [x0 + +parts[3], y0 + +parts[0], x0 + +parts[1], y0 + +parts[2]], elements.length, false, false, true, true);
      }
    }
    if (style.clipPath !== 'none') {
      const inset = style.clipPath.match(/^inset\(\s*([\d.]+)(%|px)/);
      if (inset) {
        const part = parseFloat(inset[1]) / 100, px = parseFloat(inset[1]);
        const dx = inset[2] === '%' ? part * (x1 - x0) : px, dy = inset[2] === '%' ? part * (y1 - y0) : px;
        clip = cutBy(clip, [x0 + dx, y0 + dy, x1 - dx, y1 - dy], elements.length, false, false, true, true);
      }
    }
    const v0 = Math.max(x0, clip.x0), w0 = Math.max(y0, clip.y0);
    const v1 = Math.max(v0, Math.min(x1, clip.x1)), w1 = Math.max(w0, Math.min(y1, clip.y1));
    if (v0 - x0 > 0.5 || w0 - y0 > 0.5 || x1 - v1 > 0.5 || y1 - w1 > 0.5) {
      extra.cut = [number(v0 - x0), number(w0 - y0), number(x1 - v1), number(y1 - w1)];
      extra.cutBy = clip.by;
      if (clip.scrollX) extra.cutScrollX = true;
      if (clip.scrollY) extra.cutScrollY = true;
    }
    const empty = v1 <= v0 || w1 <= w0;

    const scroll = inline ? [0, 0, 0, 0] : [number(scrollWidth(node)), number(scrollHeight(node)), number(clientWidth(node)), number(clientHeight(node))];
    const scrollsX = /auto|scroll/.test(style.overflowX), scrollsY = /auto|scroll/.test(style.overflowY);
    const isViewport = isRoot && node === frame.world.viewportFrom;
    if (!isViewport && ((scrollsX && scroll[0] > scroll[2] + 1) || (scrollsY && scroll[1] > scroll[3] + 1))) flags.push('scroller');
    if (style.textOverflow === 'ellipsis' && style.overflowX !== 'visible' && scroll[0] > scroll[2] + 1) flags.push('ellipsis');

    const attributes = {}, present = attributesOf(node);
    for (let at = 0; at < present.length; at++) {
      const name = present[at].name, value = present[at].value;
      if (value !== '' && ATTRIBUTES.has(name)) attributes[name] = value.length > 300 ? value.slice(0, 300) : value;
    }
    if (!LEAF.has(tag)) {
      const before = pseudo(node, view, '::before'), after = pseudo(node, view, '::after');
      if (before || after) extra.pseudo = { before: before, after: after };
    }
    const index = elements.length;
    elements.push({
      parent: frame.parent, path: path, selector: selector, tag: tag, role: role, text: own.text,
      box: [number(x0), number(y0), number(x1 - x0), number(y1 - y0)], lines: own.lines,
      visibleBox: [number(v0), number(w0), number(v1 - v0), number(w1 - w0)],
      style: keepStyle(style), attributes: attributes, scroll: scroll, flags: flags, extra: extra,
    });
    nodes.push(node);
    // Kept only when it can be seen itself, or (decided at the end) when something inside can.
    elements[index].keep = !invisible && ((area > 0 && (paints || !empty || control)) || own.lines.length > 0);
    if (LEAF.has(tag)) return null;
    if (tag === 'details' && !hasAttribute(node, 'open')) frame = Object.assign({}, frame, { summaryOnly: true });
    else if (frame.summaryOnly) frame = Object.assign({}, frame, { summaryOnly: false });

    let inner = clip;
    const cutsX = style.overflowX !== 'visible' && !inline && !isViewport, cutsY = style.overflowY !== 'visible' && !inline && !isViewport;
    if ((cutsX || cutsY) && display.slice(0, 6) !== 'table-' && display !== 'table') {
      const left = x0 + clientLeft(node), top = y0 + clientTop(node);
      inner = cutBy(clip, [left, top, left + clientWidth(node), top + clientHeight(node)], index, scrollsX, scrollsY, cutsX, cutsY);
    }
    const contains = position !== 'static' || transformed || (willChange && /transform|filter/.test(willChange));
    return Object.assign({}, frame, seen, {
      parent: index, path: path, joint: '>', selector: selector, inShadow: frame.inShadow,
      clip: inner, clipAbsolute: contains ? inner : frame.clipAbsolute, clipFixed: transformed ? inner : frame.clipFixed,
      flexItems: display.indexOf('flex') >= 0 || display.indexOf('grid') >= 0,
    });
  };

  const enterFrameElement = (node, tag, frame, box) => {
    // A same-origin frame's document, placed where its frame shows it.
    const inside = attempt(() => node.contentDocument, null), view = inside && inside.defaultView;
    const root = inside && inside.documentElement;
    if (!root || !view) {
      if (box[2] > 4 && box[3] > 4) warnings.push('The content of the cross-origin frame ' + String(attribute(node, 'src') || tag).slice(0, 120) + ' is not in the page model.');
      return;
    }
    if (frame.world.depth >= MAX_FRAME_DEPTH) { warnings.push('Frames nested deeper than ' + MAX_FRAME_DEPTH + ' are not in the page model.'); return; }
    const style = frame.world.view.getComputedStyle(node);
    const dx = box[0] + clientLeft(node) + (parseFloat(style.paddingLeft) || 0);
    const dy = box[1] + clientTop(node) + (parseFloat(style.paddingTop) || 0);
    const world = collectFrameRoot(inside, view, { dx: dx, dy: dy, depth: frame.world.depth + 1 });
    world.viewportFrom = null;
    const clip = cutBy(frame.clip, [dx, dy, dx + view.innerWidth, dy + view.innerHeight], frame.parent, true, true, true, true);
    push(root, Object.assign({}, frame, { world: world, joint: '|||', inShadow: false, clip: clip, clipAbsolute: clip, clipFixed: clip, flexItems: false }));
  };

  const childrenOf = (node, frame) => {
    // In the order in which they are laid out: the shadow tree instead of the children, assigned nodes instead of a slot.
    const tag = localName(node), found = [];
    const add = (parent, path, joint, inShadow) => {
      const counts = new Map();
      const shared = frame.path === path && frame.joint === joint && frame.inShadow === inShadow ? frame :
        Object.assign({}, frame, { path: path, joint: joint, inShadow: inShadow, host: joint === '>>>' ? frame.path : frame.host });
      for (let child = firstChild(parent); child; child = nextSibling(child)) {
        if (nodeType(child) !== 1) continue;
        const name = localName(child), nth = (counts.get(name) || 0) + 1;
        counts.set(name, nth);
        if (frame.summaryOnly && !(name === 'summary' && nth === 1)) continue;
        found.push({ node: child, nth: nth, frame: shared });
      }
    };
    const shadow = attempt(() => shadowRootOf(node), null);
    if (shadow) add(shadow, frame.path, '>>>', true);
    else if (tag === 'slot' && frame.inShadow) {
      const assigned = attempt(() => node.assignedElements({ flatten: true }), []) || [];
      if (assigned.length) {
        const light = Object.assign({}, frame, { path: frame.host || frame.path, joint: '>', inShadow: false });
        for (const child of assigned) {
          const name = localName(child);
          let nth = 1;
          for (let other = child.previousElementSibling; other; other = other.previousElementSibling) if (localName(other) === name) nth += 1;
          found.push({ node: child, nth: nth, frame: light });
        }
      } else add(node, frame.path, '>', true);
    } else add(node, frame.path, '>', frame.inShadow);
    return found;
  };

  // ---- start -------------------------------------------------------------------------------------------------------
  const root = document.documentElement, body = document.body;
  const quirks = document.compatMode === 'BackCompat' && body;
  const layoutWidth = clientWidth(quirks ? body : root) || innerWidth, layoutHeight = innerHeight;
  const scroller = document.scrollingElement || root;
  const documentWidth = Math.max(scrollWidth(scroller), layoutWidth), documentHeight = Math.max(scrollHeight(scroller), clientHeight(root));
  const rootStyle = getComputedStyle(root), bodyStyle = body ? getComputedStyle(body) : null;
  // Overflow of <html>, or of <body> when <html> has none, belongs to the viewport (CSS Overflow 3, section 3.3).
  const rootOwn = rootStyle.overflowX !== 'visible' || rootStyle.overflowY !== 'visible';
  const viewportStyle = rootOwn || !bodyStyle ? rootStyle : bodyStyle;
  const hiddenX = /hidden|clip/.test(viewportStyle.overflowX), hiddenY = /hidden|clip/.test(viewportStyle.overflowY);
  const rtl = rootStyle.direction === 'rtl';
  const pageLeft = rtl && !hiddenX ? layoutWidth - documentWidth : 0;
  const everything = {
    x0: pageLeft, y0: 0, x1: pageLeft + (hiddenX ? layoutWidth : documentWidth), y1: hiddenY ? layoutHeight : documentHeight,
    by: -1, scrollX: false, scrollY: false,
  };
  const topWorld = collectFrameRoot(document, window, { dx: number(window.scrollX), dy: number(window.scrollY), depth: 0 });
  topWorld.viewportFrom = viewportStyle === rootStyle ? root : body;
  push(root, {
    world: topWorld, parent: null, path: '', joint: '', selector: '', inShadow: false, host: '', clip: everything, clipAbsolute: everything,
    clipFixed: everything, transparent: false, fixed: false, sticky: false, masked: false, contentMasked: false, flexItems: false, summaryOnly: false,
  });
  while (stack.length) {
    const entry = stack.pop();
    if (elements.length >= MAX_ELEMENTS) { limitReached = true; break; }
    const node = entry.node, tag = attempt(() => localName(node), '');
    if (!tag) continue;
    const nth = entry.nth || 1;
    const before = elements.length;
    const frame = attempt(() => visit(node, entry.frame, nth), null);
    if ((tag === 'iframe' || tag === 'frame') && elements.length > before) {
      const index = elements.length - 1, at = elements[index].box;
      attempt(() => enterFrameElement(node, tag, Object.assign({}, entry.frame, frame || {}, { parent: index }), at));
      continue;
    }
    if (!frame) continue;
    if (namespaceOf(node) === 'http://www.w3.org/2000/svg') continue;
    const children = attempt(() => childrenOf(node, frame), []);
    for (let at = children.length - 1; at >= 0; at--) {
      stack.push(children[at]);
    }
  }
  if (limitReached) warnings.push('Only the first ' + MAX_ELEMENTS + ' elements are in the page model.');

  // ---- keep what shows, or holds what shows --------------------------------------------------------------------------
  for (let at = elements.length - 1; at >= 0; at--) {
    const parent = elements[at].parent;
    if (elements[at].keep && parent !== null) elements[parent].keep = true;
  }
  const renumbered = new Array(elements.length), kept = [], keptNodes = [];
  for (let at = 0; at < elements.length; at++) {
    const element = elements[at];
    if (!element.keep) continue;
    renumbered[at] = kept.length;
    delete element.keep;
    if (element.parent !== null) element.parent = renumbered[element.parent];
    if (element.extra.cutBy !== undefined && element.extra.cutBy >= 0) element.extra.cutBy = renumbered[element.extra.cutBy];
    kept.push(element);
    keptNodes.push(nodes[at]);
  }

  // ---- what a click would reach: the engine's own answer, for controls and text inside the viewport -------------------
  const fromPoint = document.elementFromPoint ? (x, y) => document.elementFromPoint(x, y) : () => null;
  const related = (a, b) => a === b || a.contains(b) || b.contains(a);
  for (let at = 0; at < kept.length && hitTests < HIT_TESTS; at++) {
    const element = kept[at], node = keptNodes[at];
    if (!(element.flags.indexOf('control') >= 0 || element.lines.length) || element.path.indexOf('|||') >= 0 || element.path.indexOf('>>>') >= 0) continue;
    const spots = element.lines.length ? element.lines.slice(0, 2) : [element.visibleBox];
    let tested = 0, hidden = 0, by = null;
    for (const spot of spots) {
      const x = spot[0] + spot[2] / 2 - topWorld.dx, y = spot[1] + spot[3] / 2 - topWorld.dy;
      if (spot[2] < 1 || x < 0 || y < 0 || x >= layoutWidth || y >= layoutHeight) continue;
      hitTests += 1;
      const top = attempt(() => fromPoint(x, y), null);
      if (!top) continue;
      tested += 1;
      if (!related(top, node) && !attempt(() => top.closest('label') && top.closest('label').contains(node), false)) { hidden += 1; by = top; }
    }
    if (tested && hidden === tested && by) {
      const style = attempt(() => getComputedStyle(by), null), tag = attempt(() => localName(by), '');
      if (style && (alpha(style.backgroundColor) >= 0.5 || REPLACED.has(tag))) element.flags.push('covered');
      const at2 = keptNodes.indexOf(by);
      element.extra.hit = at2 >= 0 ? at2 : -1;
    }
  }

  // ---- the document's own facts --------------------------------------------------------------------------------------
  const extra = {
    documentWidth: number(documentWidth), innerWidth: number(innerWidth), scrollX: number(window.scrollX), scrollY: number(window.scrollY),
    overflowX: viewportStyle.overflowX, overflowY: viewportStyle.overflowY, direction: rtl ? 'rtl' : 'ltr',
    lang: String(root.lang || ''), compatMode: document.compatMode, canvas: (alpha(rootStyle.backgroundColor) > 0 ? rootStyle : bodyStyle || rootStyle).backgroundColor,
    metaViewport: attempt(() => { const meta = document.querySelector('meta[name="viewport" i]'); return meta ? String(attribute(meta, 'content') || '') : ''; }, ''),
  };
  extra.fontFaces = attempt(() => {
    const faces = [];
    document.fonts.forEach((face) => { if (faces.length < 200) faces.push([face.family.replace(/^["']|["']$/g, ''), face.weight, face.style, face.status]); });
    return faces;
  }, []);
  // Which of the families asked for are there: a family that is missing measures like the generic one behind it.
  extra.families = attempt(() => {
    const context = document.createElement('canvas').getContext('2d'), answer = {}, probe = 'mmmwwwillij 0123 @WQg';
    const width = (font) => { context.font = '32px ' + font; return context.measureText(probe).width; };
    const generic = { serif: width('serif'), monospace: width('monospace') };
    let asked = 0;
    families.forEach((list) => String(list || '').split(',').forEach((part) => {
      const name = part.trim().replace(/^["']|["']$/g, '');
      if (!name || name in answer || asked >= 60) return;
      asked += 1;
      const quoted = '"' + name.replace(/["\\]/g, '') + '"';
      answer[name] = /^(-apple-system|BlinkMacSystemFont|serif|sans-serif|monospace|cursive|fantasy|system-ui|ui-[a-z-]+|math|emoji)$/.test(name) ? null :
        width(quoted + ',serif') !== generic.serif || width(quoted + ',monospace') !== generic.monospace;
    }));
    return answer;
  }, {});
  extra.media = attempt(() => {
    const found = {};
    let count = 0;
    const walk = (rules, depth) => {
      for (let at = 0; at < rules.length && count < 20000; at++) {
        const rule = rules[at];
        count += 1;
        if (rule.media && rule.media.mediaText && Object.keys(found).length < 200) found[rule.media.mediaText.slice(0, 200)] = matchMedia(rule.media.mediaText).matches;
        if (depth < 2 && rule.type !== 1 && rule.cssRules && rule.cssRules.length) walk(rule.cssRules, depth + 1);
      }
    };
    for (const sheet of document.styleSheets) attempt(() => walk(sheet.cssRules, 0));
    return found;
  }, {});
  // Newer features of CSS: which of them this engine lacks, and (where it has them) which elements' rules use them.
  const FEATURES = [
    // name, what CSS.supports is asked, how a rule shows that it uses it
    ['aspect-ratio', 'aspect-ratio: 1', /aspect-ratio:/], ['subgrid', 'grid-template-columns: subgrid', /subgrid/],
    ['masonry', 'grid-template-rows: masonry', /masonry|display: grid-lanes/], ['container queries', 'container-type: inline-size', /container(-type)?:/],
    ['container units', 'width: 1cqw', /\d(cqw|cqh|cqi|cqb|cqmin|cqmax)\b/], ['dynamic viewport units', 'height: 1dvh', /\d(dvh|svh|lvh|dvw|svw|lvw|dvi|dvb)\b/],
    [':has()', 'selector(:has(a))', /:has\(/], ['nested rules', 'selector(& > a)', null], ['text-wrap: balance', 'text-wrap: balance', /text-wrap(-style)?: balance/],
    ['text-wrap: pretty', 'text-wrap: pretty', /text-wrap(-style)?: pretty/], ['text-box-trim', 'text-box-trim: trim-both', /text-box(-trim|-edge)?:/],
    ['field-sizing', 'field-sizing: content', /field-sizing:/], ['anchor positioning', 'position-anchor: --a', /position-anchor:|position-area:|anchor(-size)?\(/],
    ['interpolate-size', 'interpolate-size: allow-keywords', /interpolate-size:|calc-size\(/], ['scroll-driven animations', 'animation-timeline: scroll()', /animation-timeline:|scroll-timeline/],
    ['backdrop-filter', 'backdrop-filter: blur(1px)', /backdrop-filter:/], ['color-mix()', 'color: color-mix(in srgb, red, blue)', /color-mix\(/],
    ['oklch()', 'color: oklch(0.5 0.1 100)', /okl(ch|ab)\(/], ['relative colours', 'color: rgb(from red r g b)', /\(from /], ['light-dark()', 'color: light-dark(red, blue)', /light-dark\(/],
    ['contrast-color()', 'color: contrast-color(red)', /contrast-color\(/], ['initial-letter', 'initial-letter: 2', /initial-letter:/],
    ['line-clamp', 'line-clamp: 2', /(^|[^-])line-clamp:/], ['-webkit-line-clamp', '-webkit-line-clamp: 2', /-webkit-line-clamp:/], ['zoom', 'zoom: 2', /[\s{;]zoom:/],
    ['overflow: clip', 'overflow: clip', /overflow(-x|-y)?: clip/], ['content-visibility', 'content-visibility: auto', /content-visibility:/],
    ['hanging-punctuation', 'hanging-punctuation: first', /hanging-punctuation:/], ['mask', 'mask-image: none', /mask(-image)?:/], ['shape()', 'clip-path: shape(from 0 0, line to 1px 1px)', /[\s:]shape\(/],
    ['corner-shape', 'corner-shape: squircle', /corner-shape:|corner-.*-shape:/], ['reading-flow', 'reading-flow: flex-visual', /reading-flow:/],
    ['-webkit-box-reflect', '-webkit-box-reflect: below', /-webkit-box-reflect:/], ['-webkit-text-stroke', '-webkit-text-stroke: 1px red', /-webkit-text-stroke/],
    ['-webkit-fill-available', 'width: -webkit-fill-available', /-webkit-fill-available/], ['-moz-available', 'width: -moz-available', /-moz-available/],
    ['stretch as a size', 'width: stretch', /(width|height|-size): stretch/], ['typed attr()', 'width: attr(data-w type(<length>))', /attr\([^)]*type\(/],
    ['if()', 'color: if(else: red)', /[\s:]if\(/], ['sibling-index()', 'width: calc(1px * sibling-index())', /sibling-(index|count)\(/], ['round()', 'width: round(1px, 1px)', /[\s:(]round\(/],
    ['font-size-adjust', 'font-size-adjust: 0.5', /font-size-adjust:/], ['hyphenate-limit-chars', 'hyphenate-limit-chars: 5', /hyphenate-limit-chars:/], ['scrollbar-gutter', 'scrollbar-gutter: stable', /scrollbar-gutter:/],
    ['gap decorations', 'column-rule-break: none', /row-rule|column-rule-break:/], ['margin-trim', 'margin-trim: block', /margin-trim:/],
  ];
  extra.lacks = attempt(() => FEATURES.filter(([, question]) => !CSS.supports(question.slice(0, 9) === 'selector(' ? question : '(' + question + ')')).map(([name]) => name), []);
  attempt(() => {
    const places = new Map(keptNodes.map((node, at) => [node, at])), until = Date.now() + 250;
    let count = 0;
    const use = (names, selector) => attempt(() => {
      let found = 0;
      for (const node of queryAll(document, selector.replace(/::[a-z-]+(\([^)]*\))?/g, ''))) {
        const at = places.get(node);
        if (at === undefined || (found += 1) > 200) continue;
        const used = kept[at].extra.uses || (kept[at].extra.uses = []);
        for (const name of names) if (used.indexOf(name) < 0 && used.length < 8) used.push(name);
      }
    });
    const walk = (rules, depth, outer) => {
      for (let at = 0; at < rules.length && count < 8000 && Date.now() < until; at++) {
        const rule = rules[at];
        count += 1;
        if (rule.selectorText !== undefined && rule.style) {
          const selector = outer && /&/.test(rule.selectorText) ? rule.selectorText.replace(/&/g, ':is(' + outer + ')') : outer ? ':is(' + outer + ') ' + rule.selectorText : rule.selectorText;
          const text = rule.style.cssText;
          const names = FEATURES.filter(([name, , uses]) => uses && (name === ':has()' ? uses.test(selector) : uses.test(' ' + text))).map(([name]) => name);
          if (outer) names.push('nested rules');
          if (names.length) use(names, selector);
          if (rule.cssRules && rule.cssRules.length && depth < 4) walk(rule.cssRules, depth + 1, selector);
        } else if (rule.cssRules && rule.cssRules.length && depth < 4) walk(rule.cssRules, depth + 1, outer);
      }
    };
    for (const sheet of document.styleSheets) attempt(() => walk(sheet.cssRules, 0, ''));
  });
  // Where the regions are that thresholds name: {selector: boxes}.
  extra.regions = {};
  (options.regionSelectors || []).forEach((selector) => attempt(() => {
    const boxes = [];
    queryAll(document, selector).forEach((node) => {
      const rect = rectOf(node);
      if (boxes.length < 500 && (rect.width > 0 || rect.height > 0)) {
        boxes.push([number(rect.left + topWorld.dx), number(rect.top + topWorld.dy), number(rect.width), number(rect.height)]);
      }
    });
    extra.regions[selector] = boxes;
  }));
  extra.seconds = (Date.now() - startedAt) / 1000;

  const model = {
    version: 1, document: [number(documentWidth), number(documentHeight)], viewport: [number(layoutWidth), number(layoutHeight)],
    warnings: warnings, extra: extra, styles: styles, elements: kept,
  };
  if (!options.asText) return model;
  const spoilt = [];
  try {
    for (const proto of [Object.prototype, Array.prototype, String.prototype, Number.prototype]) {
      if (Object.prototype.hasOwnProperty.call(proto, 'toJSON')) { spoilt.push([proto, proto.toJSON]); proto.toJSON = undefined; }
    }
    return JSON.stringify(model);
  } finally {
    spoilt.forEach((pair) => { pair[0].toJSON = pair[1]; });
  }
}
