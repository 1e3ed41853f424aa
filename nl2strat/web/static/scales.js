/* Numbers, times and colours of the charts: plain functions, nothing is drawn here. */

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const two = n => String(n).padStart(2, "0");

/* 1234567.891 -> "1,234,567.89", with a typographic minus. */
export function number(value, digits = 2) {
  const text = Math.abs(value).toLocaleString("en-US", {minimumFractionDigits: digits, maximumFractionDigits: digits});
  return (value < 0 && /[1-9]/.test(text) ? "−" : "") + text;
}
export const money = value => (value > 0 ? "+" : "") + number(value);

/* Epoch seconds of the data's wall clock -> "2024-01-31 14:00". */
export function stamp(seconds) {
  const d = new Date(seconds * 1000);
  return `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())} ${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
}

/* Position of the first time at or after `moment`. */
export function search(times, moment) {
  let low = 0, high = times.length;
  while (low < high) { const middle = (low + high) >> 1; if (times[middle] < moment) low = middle + 1; else high = middle; }
  return low;
}

/* Round steps for a value axis: 1, 2 or 5 times a power of ten. */
export function valueTicks(low, high, count) {
  const raw = (high - low) / Math.max(1, count), power = 10 ** Math.floor(Math.log10(raw || 1));
  const step = [1, 2, 5, 10].find(f => f * power >= raw * 0.999) * power, ticks = [];
  for (let i = Math.ceil(low / step); i * step <= high + step * 1e-9 && ticks.length < 50; i++) ticks.push(i * step);
  return {ticks, digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9))};
}

const STEPS = [60, 300, 900, 1800, 3600, 4 * 3600, 12 * 3600, 86400, 2 * 86400, 7 * 86400];
const MONTH_STEPS = [1, 3, 6, 12, 24, 60, 120];

function dated(text, d, words) {
  return text.replace("{day}", d.getUTCDate()).replace("{month}", words.months[d.getUTCMonth()]).replace("{year}", two(d.getUTCFullYear() % 100));
}

function tickLabel(seconds, step, words) {
  const d = new Date(seconds * 1000), day = 86400;
  if (step >= 360 * day || (d.getUTCMonth() === 0 && d.getUTCDate() === 1 && step >= day)) return String(d.getUTCFullYear());
  if (step >= 28 * day) return dated(words.month_year, d, words);
  if (step >= day || (d.getUTCHours() === 0 && d.getUTCMinutes() === 0)) return dated(words.day_month, d, words);
  return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
}

/* Calendar marks from time `a` to time `b` as [time, label], about 90 pixels apart. */
export function timeTicks(a, b, width, words) {
  const least = (b - a) / Math.max(1, width / 90), marks = [], seconds = STEPS.find(s => s >= least);
  if (seconds) {
    for (let t = Math.ceil(a / seconds) * seconds; t <= b; t += seconds) marks.push([t, tickLabel(t, seconds, words)]);
    return marks;
  }
  const every = MONTH_STEPS.find(m => m * 30.4 * 86400 >= least) || 120, start = new Date(a * 1000);
  for (let month = Math.floor((start.getUTCFullYear() * 12 + start.getUTCMonth()) / every) * every; ; month += every) {
    const t = Date.UTC(Math.floor(month / 12), month % 12, 1) / 1000;
    if (t > b) return marks;
    if (t >= a) marks.push([t, tickLabel(t, every * 30.4 * 86400, words)]);
  }
}

/* The colours of the theme by the names of their tokens; `themeChanged` is told when they are others. */
let colors = {}, probe = null;
const listeners = new Set();
export function color(name) {
  if (!colors[name]) {
    probe ??= document.body.appendChild(Object.assign(document.createElement("i"), {hidden: true}));
    probe.style.color = `var(${name})`;
    colors[name] = getComputedStyle(probe).color;
  }
  return colors[name];
}
function changed() { colors = {}; for (const tell of listeners) tell(); }
export function onTheme(tell) { listeners.add(tell); return () => listeners.delete(tell); }
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
for (const element of [document.documentElement, document.body])
  new MutationObserver(changed).observe(element, {attributes: true, attributeFilter: ["class", "data-theme", "style"]});
