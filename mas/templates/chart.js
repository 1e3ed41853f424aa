/* Drawing on canvas: candles with trades, equity with drawdown. Columns are halved again and again ("levels"), so a
   frame never touches more points than the screen has pixels, whether 500 bars are shown or 1 000 000. */

const TYPES = {i2: Int16Array, i4: Int32Array, f8: Float64Array};
const AXIS_WIDTH = 68, AXIS_HEIGHT = 24, FONT = "11px ui-sans-serif, system-ui, sans-serif";

async function unpack(column) {
  const bytes = Uint8Array.from(atob(column.data), c => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const steps = new TYPES[column.type](await new Response(stream).arrayBuffer());
  const values = new Float64Array(steps.length);
  let sum = column.first;
  for (let i = 0; i < steps.length; i++) { sum += steps[i]; values[i] = sum * column.scale; }
  return values;
}

/* Pairs of neighbours joined by `join(a, b)`, level after level. */
function halves(values, join) {
  const levels = [values];
  while (levels.at(-1).length > 64) {
    const fine = levels.at(-1), coarse = new Float64Array(Math.ceil(fine.length / 2));
    for (let i = 0; i < coarse.length; i++) coarse[i] = join(fine[2 * i], fine[Math.min(2 * i + 1, fine.length - 1)]);
    levels.push(coarse);
  }
  return levels;
}
const first = a => a, last = (_, b) => b;
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/* Position of the first time at or after `moment`. */
function search(times, moment) {
  let low = 0, high = times.length;
  while (low < high) { const middle = (low + high) >> 1; if (times[middle] < moment) low = middle + 1; else high = middle; }
  return low;
}

/* Round steps for a value axis: 1, 2 or 5 times a power of ten. */
function valueTicks(low, high, count) {
  const raw = (high - low) / Math.max(1, count), power = 10 ** Math.floor(Math.log10(raw || 1));
  const step = [1, 2, 5, 10].find(f => f * power >= raw) * power, ticks = [];
  for (let v = Math.ceil(low / step) * step; v <= high + step * 1e-9; v += step) ticks.push(v);
  return {ticks, digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9))};
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = n => String(n).padStart(2, "0");
function stamp(seconds) {
  const d = new Date(seconds * 1000);
  return `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())} ${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
}
function tickLabel(seconds, step) {
  const d = new Date(seconds * 1000);
  if (step >= 360 * 86400 || (d.getUTCMonth() === 0 && d.getUTCDate() === 1 && step >= 86400)) return String(d.getUTCFullYear());
  if (step >= 28 * 86400) return MONTHS[d.getUTCMonth()] + " " + two(d.getUTCFullYear() % 100).padStart(3, "’");
  if (step >= 86400 || (d.getUTCHours() === 0 && d.getUTCMinutes() === 0)) return d.getUTCDate() + " " + MONTHS[d.getUTCMonth()];
  return two(d.getUTCHours()) + ":" + two(d.getUTCMinutes());
}
const STEPS = [60, 300, 900, 1800, 3600, 4 * 3600, 12 * 3600, 86400, 2 * 86400, 7 * 86400];
const MONTH_STEPS = [1, 3, 6, 12, 24, 60, 120];

/* Calendar marks inside the view, as [bar, label]: round times, at least 90 pixels apart. */
function timeTicks(times, from, to, width) {
  const a = times[clamp(Math.ceil(from), 0, times.length - 1)], b = times[clamp(Math.floor(to), 0, times.length - 1)];
  const least = (b - a) / Math.max(1, width / 90), marks = [];
  const seconds = STEPS.find(s => s >= least);
  if (seconds) {
    for (let t = Math.ceil(a / seconds) * seconds; t <= b; t += seconds) marks.push([t, tickLabel(t, seconds)]);
  } else {
    const months = MONTH_STEPS.find(m => m * 30.4 * 86400 >= least) || 120, start = new Date(a * 1000);
    let month = Math.floor((start.getUTCFullYear() * 12 + start.getUTCMonth()) / months) * months;
    for (; ; month += months) {
      const t = Date.UTC(Math.floor(month / 12), month % 12, 1) / 1000;
      if (t > b) break;
      if (t >= a) marks.push([t, tickLabel(t, months * 30.4 * 86400)]);
    }
  }
  return marks.map(([t, label]) => [search(times, t), label]);
}

/* A canvas that follows the size of its box and the colours of the theme. */
const surfaces = [];
class Surface {
  constructor(box) {
    surfaces.push(this);
    this.box = box;
    this.canvas = box.querySelector("canvas");
    this.context = this.canvas.getContext("2d");
    this.pending = false;
    new ResizeObserver(() => this.redraw()).observe(box);
    document.addEventListener("themechange", () => this.redraw());
  }
  redraw() {
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => { this.pending = false; this.now(); });
  }
  now() {
    const ratio = window.devicePixelRatio || 1;
    this.width = this.box.clientWidth; this.height = this.box.clientHeight;
    if (!this.width) return;
    this.canvas.width = this.width * ratio; this.canvas.height = this.height * ratio;
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.context.font = FONT;
    this.plot = this.width - AXIS_WIDTH;
    this.draw(this.context);
  }
  x(bar) { return (bar + 0.5 - this.from) * this.plot / (this.to - this.from); }
  barAt(x) { return this.from + x * (this.to - this.from) / this.plot; }
  line(c, x1, y1, x2, y2) { c.beginPath(); c.moveTo(x1, y1); c.lineTo(x2, y2); c.stroke(); }
  timeAxis(c, times, bottom) {
    c.fillStyle = color("--muted"); c.strokeStyle = color("--grid"); c.lineWidth = 1; c.textBaseline = "middle"; c.textAlign = "center";
    let free = 0;
    for (const [bar, label] of timeTicks(times, this.from, this.to, this.plot)) {
      const x = Math.round((bar - this.from) * this.plot / (this.to - this.from)) + 0.5, half = c.measureText(label).width / 2;
      if (x - half < free || x + half > this.plot) continue;
      free = x + half + 16;
      this.line(c, x, 0, x, bottom);
      c.fillText(label, x, bottom + AXIS_HEIGHT / 2 + 1);
    }
  }
  valueAxis(c, low, high, top, bottom, text, apart = 40) {
    const {ticks, digits} = valueTicks(low, high, (bottom - top) / apart);
    c.fillStyle = color("--muted"); c.strokeStyle = color("--grid"); c.lineWidth = 1; c.textBaseline = "middle"; c.textAlign = "left";
    for (const value of ticks) {
      const y = Math.round(bottom - (value - low) / (high - low) * (bottom - top)) + 0.5;
      if (y < top + 5 || y > bottom - 3) continue;
      this.line(c, 0, y, this.plot, y);
      c.fillText(text(value, digits), this.plot + 8, y);
    }
  }
  watermark(c, height) {
    if (!REPORT.synthetic) return;
    c.save();
    c.font = `800 ${clamp(this.plot / 9, 28, 110)}px ui-sans-serif, system-ui, sans-serif`;
    c.fillStyle = color("--synthetic"); c.globalAlpha = 0.13; c.textAlign = "center"; c.textBaseline = "middle";
    c.fillText("SYNTHETIC", this.plot / 2, height / 2);
    c.restore();
  }
  tag(c, text, y, fill, ink) {
    c.fillStyle = fill; c.fillRect(this.plot + 2, y - 9, AXIS_WIDTH - 4, 18);
    c.fillStyle = ink; c.textAlign = "left"; c.textBaseline = "middle"; c.fillText(text, this.plot + 8, y + 0.5);
  }
}

/* Equity, balance and drawdown of the whole run; the shaded window is what the price chart shows, and moves it. */
class EquityChart extends Surface {
  constructor(box, times, equity, balance, deposit) {
    super(box);
    Object.assign(this, {times, equity, balance, deposit, from: 0, to: times.length});
    this.fall = new Float64Array(equity.length);
    for (let i = 0, peak = deposit; i < equity.length; i++) { peak = Math.max(peak, equity[i]); this.fall[i] = 100 * (equity[i] / peak - 1); }
    this.levels = {low: halves(equity, Math.min), high: halves(equity, Math.max), balance: halves(balance, last), fall: halves(this.fall, Math.min)};
    box.addEventListener("pointermove", e => this.move(e));
    box.addEventListener("pointerdown", e => { this.drag = true; try { box.setPointerCapture(e.pointerId); } catch { /* gone */ } this.move(e); });
    box.addEventListener("pointerup", () => { this.drag = false; });
    box.addEventListener("pointercancel", () => { this.drag = false; });
    box.addEventListener("pointerleave", () => { this.hover = null; this.redraw(); });
  }
  move(e) {
    const x = e.clientX - this.box.getBoundingClientRect().left;
    this.hover = clamp(Math.floor(this.barAt(x)), 0, this.times.length - 1);
    if (this.drag) this.onpick?.(this.hover);
    this.redraw();
  }
  draw(c) {
    const bottom = this.height - AXIS_HEIGHT, split = Math.round(bottom * 0.7), n = this.times.length;
    const level = clamp(Math.ceil(Math.log2(n / this.plot)), 0, this.levels.low.length - 1), size = 2 ** level;
    let low = Math.min(this.deposit, ...this.levels.low.at(-1)), high = Math.max(this.deposit, ...this.levels.high.at(-1));
    const margin = (high - low || Math.abs(high) * 0.01 || 1) * 0.06; low -= margin; high += margin;
    const y = v => split - (v - low) / (high - low) * split;
    const deepest = Math.min(-0.01, ...this.levels.fall.at(-1)) * 1.12, yFall = v => split + 8 + v / deepest * (bottom - split - 8);
    this.timeAxis(c, this.times, bottom);
    this.valueAxis(c, low, high, 0, split, (v, d) => number(v, d));
    this.valueAxis(c, deepest, 0, split + 8, bottom, (v, d) => number(v, d) + "%", 22);
    this.watermark(c, split);
    const path = (values, yOf) => { c.beginPath(); for (let i = 0; i < values.length; i++) c.lineTo(this.x(Math.min(i * size + (size - 1) / 2, n - 1)), yOf(values[i])); };
    const middle = this.x(n - 1);
    path(this.levels.high[level], y); c.lineTo(middle, y(this.deposit)); c.lineTo(this.x(0), y(this.deposit)); c.closePath();
    c.save(); c.globalAlpha = 0.1; c.fillStyle = color("--accent"); c.fill(); c.restore();
    c.save(); c.setLineDash([3, 4]); c.strokeStyle = color("--muted"); c.lineWidth = 1; const base = Math.round(y(this.deposit)) + 0.5; this.line(c, 0, base, this.plot, base); c.restore();
    c.lineJoin = "round"; c.lineWidth = 1; c.strokeStyle = color("--balance"); path(this.levels.balance[level], y); c.stroke();
    c.lineWidth = 1.6; c.strokeStyle = color("--accent"); c.beginPath();
    for (let i = 0; i < this.levels.low[level].length; i++) {
      const x = this.x(Math.min(i * size + (size - 1) / 2, n - 1));
      c.lineTo(x, y(this.levels.high[level][i])); c.lineTo(x, y(this.levels.low[level][i]));
    }
    c.stroke();
    path(this.levels.fall[level], yFall); c.lineTo(middle, yFall(0)); c.lineTo(this.x(0), yFall(0)); c.closePath();
    c.save(); c.globalAlpha = 0.22; c.fillStyle = color("--loss"); c.fill(); c.restore();
    c.strokeStyle = color("--loss"); c.lineWidth = 1; path(this.levels.fall[level], yFall); c.stroke();
    if (this.window && this.window[1] - this.window[0] < n * 0.98) {
      const a = this.x(this.window[0]), width = Math.max(3, this.x(this.window[1]) - a);
      c.save(); c.globalAlpha = 0.14; c.fillStyle = color("--ink"); c.fillRect(a, 0, width, bottom); c.restore();
    }
    if (this.hover != null) {
      const x = Math.round(this.x(this.hover)) + 0.5;
      c.strokeStyle = color("--muted"); c.lineWidth = 1; this.line(c, x, 0, x, bottom);
      this.tag(c, number(this.equity[this.hover], 0), clamp(y(this.equity[this.hover]), 9, split), color("--accent"), color("--paper"));
    }
    const at = this.hover ?? n - 1;
    this.onread?.([stamp(this.times[at]), this.equity[at], this.balance[at], this.fall[at]]);
  }
}

/* Candles with every trade; drag, wheel, pinch and keys move the view. */
class PriceChart extends Surface {
  constructor(box, data, trades) {
    super(box);
    Object.assign(this, data, {trades});
    this.count = this.time.length;
    this.levels = {open: halves(data.open, first), high: halves(data.high, Math.max), low: halves(data.low, Math.min), close: halves(data.close, last)};
    this.byEntry = trades.slice().sort((a, b) => a.entry_bar - b.entry_bar);
    this.longest = trades.reduce((most, t) => Math.max(most, t.exit_bar - t.entry_bar), 0);
    this.show(0, this.count);
    this.pointers = new Map();
    box.addEventListener("pointerdown", e => this.press(e));
    box.addEventListener("pointermove", e => this.move(e));
    for (const end of ["pointerup", "pointercancel"]) box.addEventListener(end, e => this.release(e));
    box.addEventListener("pointerleave", () => { this.mouse = null; hideTip(); this.redraw(); });
    box.addEventListener("dblclick", () => this.show(0, this.count));
    box.addEventListener("wheel", e => this.wheel(e), {passive: false});
    box.addEventListener("keydown", e => this.key(e));
  }
  show(from, to) {
    const width = clamp(to - from, Math.min(20, this.count), this.count);
    const middle = (from + to) / 2, pad = Math.min(width * 0.02, 20);
    this.from = clamp(middle - width / 2, -pad, this.count + pad - width); this.to = this.from + width;
    this.onview?.(this.from, this.to);
    this.redraw();
  }
  zoom(factor, at = (this.from + this.to) / 2) {
    const width = clamp((this.to - this.from) * factor, Math.min(20, this.count), this.count);
    const part = (at - this.from) / (this.to - this.from);
    this.show(at - part * width, at + (1 - part) * width);
  }
  pan(bars) { this.show(this.from + bars, this.to + bars); }
  select(trade) {
    this.selected = trade;
    const length = trade.exit_bar - trade.entry_bar, width = Math.max(80, Math.min(this.to - this.from, 400), length * 2.5);
    const middle = (trade.entry_bar + trade.exit_bar) / 2;
    this.show(middle - width / 2, middle + width / 2);
    this.onselect?.(trade);
  }
  step(direction) {
    const list = this.byEntry, at = this.selected ? list.indexOf(this.selected) : (direction > 0 ? -1 : list.length);
    const next = list[clamp(at + direction, 0, list.length - 1)];
    if (next) this.select(next);
  }
  press(e) {
    this.pointers.set(e.pointerId, e.clientX);
    try { this.box.setPointerCapture(e.pointerId); } catch { /* the pointer is gone already */ }
    this.dragged = 0;
  }
  move(e) {
    const box = this.box.getBoundingClientRect();
    if (this.pointers.has(e.pointerId)) {
      const before = this.pointers.get(e.pointerId), others = [...this.pointers].filter(([id]) => id !== e.pointerId);
      if (others.length) {
        const other = others[0][1], spread = Math.abs(e.clientX - other), was = Math.abs(before - other);
        if (spread > 8 && was > 8) this.zoom(was / spread, this.barAt((e.clientX + other) / 2 - box.left));
      } else this.pan((before - e.clientX) * (this.to - this.from) / this.plot);
      this.dragged += Math.abs(e.clientX - before);
      this.pointers.set(e.pointerId, e.clientX);
    }
    this.mouse = {x: e.clientX - box.left, y: e.clientY - box.top, pageX: e.clientX, pageY: e.clientY};
    this.redraw();
  }
  release(e) {
    if (this.pointers.delete(e.pointerId) && e.type === "pointerup" && this.dragged < 4) {
      this.selected = this.near || null;
      if (this.near) this.onselect?.(this.near);
    }
    this.redraw();
  }
  wheel(e) {
    const sideways = Math.abs(e.deltaX) > Math.abs(e.deltaY);
    if (!sideways && !e.ctrlKey && !e.metaKey && document.activeElement !== this.box) return; // the page scrolls
    e.preventDefault();
    if (sideways) this.pan(e.deltaX * (this.to - this.from) / this.plot);
    else this.zoom(Math.exp(clamp(e.deltaY, -120, 120) * 0.0022), this.barAt(e.clientX - this.box.getBoundingClientRect().left));
  }
  key(e) {
    const width = this.to - this.from, acts = {
      ArrowLeft: () => this.pan(-width / 8), ArrowRight: () => this.pan(width / 8), ArrowUp: () => this.zoom(0.7), ArrowDown: () => this.zoom(1.4),
      "+": () => this.zoom(0.7), "-": () => this.zoom(1.4), Home: () => this.show(0, width), End: () => this.show(this.count - width, this.count),
      n: () => this.step(1), p: () => this.step(-1), 0: () => this.show(0, this.count)};
    if (!acts[e.key] || e.ctrlKey || e.metaKey || e.altKey) return;
    e.preventDefault();
    acts[e.key]();
  }
  visible() {
    const list = this.byEntry, start = Math.floor(this.from) - this.longest, out = [];
    let low = 0, high = list.length;
    while (low < high) { const m = (low + high) >> 1; if (list[m].entry_bar < start) low = m + 1; else high = m; }
    for (let i = low; i < list.length && list[i].entry_bar <= this.to; i++) if (list[i].exit_bar >= this.from) out.push(list[i]);
    return out;
  }
  draw(c) {
    const bottom = this.height - AXIS_HEIGHT, pixels = this.plot / (this.to - this.from);
    const level = clamp(Math.ceil(Math.log2(3 / pixels)), 0, this.levels.open.length - 1), size = 2 ** level;
    const a = clamp(Math.floor(this.from / size), 0, this.levels.open[level].length - 1), b = clamp(Math.ceil(this.to / size), a + 1, this.levels.open[level].length);
    let low = Infinity, high = -Infinity;
    for (let i = a; i < b; i++) { low = Math.min(low, this.levels.low[level][i]); high = Math.max(high, this.levels.high[level][i]); }
    const margin = (high - low || high * 0.01) * 0.08; low -= margin; high += margin;
    this.y = v => bottom - (v - low) / (high - low) * bottom;
    this.timeAxis(c, this.time, bottom);
    this.valueAxis(c, low, high, 0, bottom, v => v.toFixed(this.digits));
    this.watermark(c, bottom);
    c.save(); c.beginPath(); c.rect(0, 0, this.plot, bottom); c.clip();
    this.candles(c, level, size, a, b, pixels * size);
    this.markers(c, pixels);
    c.restore();
    this.crosshair(c, low, high, bottom);
  }
  candles(c, level, size, a, b, width) {
    const {open, high, low, close} = Object.fromEntries(Object.entries(this.levels).map(([k, v]) => [k, v[level]])), body = Math.max(1, Math.round(width * 0.68));
    for (const rising of [true, false]) {
      c.fillStyle = color(rising ? "--candle-up" : "--candle-down");
      for (let i = a; i < b; i++) {
        if (close[i] >= open[i] !== rising) continue;
        const x = Math.round(this.x(i * size + (size - 1) / 2)), top = this.y(Math.max(open[i], close[i])), foot = this.y(Math.min(open[i], close[i])), peak = this.y(high[i]);
        c.fillRect(x - 0.5, peak, 1, Math.max(1, this.y(low[i]) - peak));
        if (body > 1) c.fillRect(x - body / 2, top, body, Math.max(1, foot - top));
      }
    }
  }
  markers(c, pixels) {
    const trades = this.visible(), dense = trades.length > 250, crowded = trades.length > 3000, size = dense ? 2.5 : clamp(pixels * 1.3, 5, 8);
    this.near = null;
    let best = 14;
    const reach = (x, y) => Math.hypot(this.mouse.x - x, this.mouse.y - y);
    for (const t of trades) {
      const x1 = this.x(t.entry_bar), y1 = this.y(t.entry_price), x2 = this.x(t.exit_bar), y2 = this.y(t.exit_price);
      const ink = color(t.net > 0 ? "--gain" : t.net < 0 ? "--loss" : "--muted");
      c.strokeStyle = ink; c.lineWidth = 1.4;
      if (!crowded) this.line(c, x1, y1, x2, y2);
      const up = t.side === "long" ? 1 : -1;
      c.fillStyle = color(up > 0 ? "--long" : "--short");
      c.beginPath(); c.moveTo(x1, y1); c.lineTo(x1 - size, y1 + up * size * 1.7); c.lineTo(x1 + size, y1 + up * size * 1.7); c.closePath(); c.fill();
      if (!dense) { c.strokeStyle = color("--card"); c.lineWidth = 1; c.stroke(); c.strokeStyle = ink; c.lineWidth = 1.4; }
      if (!crowded) { c.beginPath(); c.arc(x2, y2, size * 0.62, 0, 7); c.fillStyle = dense ? ink : color("--card"); c.fill(); if (!dense) c.stroke(); }
      if (this.mouse && !this.pointers.size && !crowded) {
        const away = Math.min(reach(x1, y1), reach(x2, y2), reach((x1 + x2) / 2, (y1 + y2) / 2));
        if (away < best) { best = away; this.near = t; }
      }
    }
    const shown = this.near || this.selected;
    if (shown) this.bracket(c, shown);
    if (this.mouse) this.near ? showTip(tradeLines(this.near), this.mouse.pageX, this.mouse.pageY) : hideTip();
    this.canvas.style.cursor = this.near ? "pointer" : "crosshair";
  }
  bracket(c, t) {
    const x1 = this.x(t.entry_bar), x2 = Math.max(this.x(t.exit_bar), x1 + 6), y0 = this.y(t.entry_price);
    c.save();
    for (const [price, name, ink] of [[t.sl, "SL", "--loss"], [t.tp, "TP", "--gain"]]) {
      if (price == null) continue;
      const y = this.y(price);
      c.globalAlpha = 0.12; c.fillStyle = color(ink); c.fillRect(x1, Math.min(y, y0), x2 - x1, Math.abs(y - y0));
      c.globalAlpha = 1; c.setLineDash([4, 3]); c.strokeStyle = color(ink); c.lineWidth = 1; this.line(c, x1, y, x2, y);
      c.fillStyle = color(ink); c.textAlign = "left"; c.textBaseline = "middle"; c.fillText(name, x2 + 4, y);
    }
    c.setLineDash([]); c.strokeStyle = color(t.net >= 0 ? "--gain" : "--loss"); c.lineWidth = 2.6;
    this.line(c, this.x(t.entry_bar), y0, this.x(t.exit_bar), this.y(t.exit_price));
    c.restore();
  }
  crosshair(c, low, high, bottom) {
    const inside = this.mouse && this.mouse.x < this.plot && this.mouse.y < bottom;
    const bar = clamp(Math.floor(inside ? this.barAt(this.mouse.x) : this.to - 1), 0, this.count - 1);
    if (inside) {
      c.save(); c.setLineDash([2, 3]); c.strokeStyle = color("--muted"); c.lineWidth = 1;
      const x = Math.round(this.x(bar)) + 0.5, y = Math.round(this.mouse.y) + 0.5;
      this.line(c, x, 0, x, bottom); this.line(c, 0, y, this.plot, y);
      c.restore();
      this.tag(c, (low + (bottom - this.mouse.y) / bottom * (high - low)).toFixed(this.digits), this.mouse.y, color("--ink"), color("--paper"));
    }
    this.onread?.([stamp(this.time[bar]), ...["open", "high", "low", "close"].map(k => this[k][bar].toFixed(this.digits))]);
  }
}
