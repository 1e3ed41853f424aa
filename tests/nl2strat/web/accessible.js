const faults = [], seen = new Set();
const shown = e => { const b = e.getBoundingClientRect(), s = getComputedStyle(e); return b.width > 0 && b.height > 0 && s.visibility !== 'hidden' && s.display !== 'none'; };
const where = e => { const t = (e.innerText || e.getAttribute('aria-label') || '').trim().slice(0, 40); return `${e.tagName.toLowerCase()}.${[...e.classList].slice(0, 3).join('.')} "${t}"`; };
const add = text => { if (!seen.has(text)) { seen.add(text); faults.push(text); } };
const hidden = e => e.closest('[aria-hidden="true"]');
const texts = ids => ids.split(/\s+/).map(id => document.getElementById(id)?.textContent ?? '').join(' ').trim();
function named(e) {
  const by = e.getAttribute('aria-labelledby');
  if (by && texts(by)) return true;
  if ((e.getAttribute('aria-label') || '').trim()) return true;
  if (e.labels && [...e.labels].some(l => l.textContent.trim() || l.getAttribute('aria-label'))) return true;
  if ((e.getAttribute('title') || e.getAttribute('alt') || '').trim()) return true;
  return !['INPUT', 'SELECT', 'TEXTAREA'].includes(e.tagName) && e.textContent.trim() !== '';
}
for (const e of document.querySelectorAll('button, a[href], input:not([type=hidden]), select, textarea, summary, [role=button], [role=slider], [role=combobox], [role=checkbox], [role=switch], [role=tab], [role=application], [role=dialog], nav, progress'))
  if (shown(e) && !hidden(e) && !named(e)) add(`no name: ${where(e)}`);
for (const e of document.querySelectorAll('img:not([alt]), svg[role=img]:not([aria-label])')) if (shown(e) && !hidden(e)) add(`no alternative text: ${where(e)}`);
for (const e of document.querySelectorAll('th:not([scope])')) add(`th without scope: ${where(e)}`);
for (const e of document.querySelectorAll('[tabindex]')) if (Number(e.getAttribute('tabindex')) > 0) add(`tabindex above 0: ${where(e)}`);
for (const e of document.querySelectorAll('[aria-hidden="true"] :is(button, a[href], input, [tabindex="0"])')) if (shown(e)) add(`focus within what is hidden: ${where(e)}`);
const ids = new Map();
for (const e of document.querySelectorAll('[id]')) ids.set(e.id, (ids.get(e.id) ?? 0) + 1);
for (const [id, n] of ids) if (n > 1) add(`id used ${n} times: ${id}`);
if (!document.documentElement.lang) add('the document has no language');

const dot = Object.assign(document.createElement('canvas'), {width: 1, height: 1}).getContext('2d', {willReadFrequently: true}), known = new Map();
function rgba(text) {
  if (!known.has(text)) { dot.clearRect(0, 0, 1, 1); dot.fillStyle = text; dot.fillRect(0, 0, 1, 1); const [r, g, b, a] = dot.getImageData(0, 0, 1, 1).data; known.set(text, [r, g, b, a / 255]); }
  return known.get(text);
}
const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3]));
function ground(e) {
  const layers = [];
  for (let at = e; at; at = at.parentElement) { const c = rgba(getComputedStyle(at).backgroundColor); if (c[3] > 0) layers.push(c); if (c[3] === 1) break; }
  let color = getComputedStyle(document.documentElement).colorScheme.startsWith('dark') || matchMedia('(prefers-color-scheme: dark)').matches ? [18, 18, 18] : [255, 255, 255];
  for (const layer of layers.reverse()) color = over(layer, color);
  return color;
}
const light = c => { const [r, g, b] = c.map(v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const e = walker.currentNode.parentElement;
  if (!walker.currentNode.textContent.trim() || !shown(e) || e.closest('.sr, script, style, noscript, :disabled, [aria-disabled="true"], .disabled, .stale')) continue;
  const style = getComputedStyle(e), back = ground(e), ink = over(rgba(style.color), back), a = light(ink), b = light(back);
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), size = parseFloat(style.fontSize), bold = Number(style.fontWeight) >= 700;
  const least = size >= 24 || (bold && size >= 18.66) ? 3 : 4.5;
  if (ratio < least - 0.01) add(`contrast ${ratio.toFixed(2)} below ${least}: ${where(e)}`);
}
return faults;
