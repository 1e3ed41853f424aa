/* The panes of the chart: candles with lines and trades, lines of a scale of their own, equity, drawdown; one time axis.
   A `view` says what to draw and where: {c, plot, from, to, width, x(bar), windows, digits, words, months}. */

import {clamp, color, number, timeTicks, valueTicks} from "./scales.js";

export const AXIS_WIDTH = 66, AXIS_HEIGHT = 24, GAP = 1;
export const LINE_COLORS = ["--chart-1", "--chart-2", "--chart-3", "--chart-4", "--chart-5", "--chart-6"];
const FAMILY = "ui-sans-serif, system-ui, sans-serif";
export const FONT = `11px ${FAMILY}`;

/* The candles of the layers that are in the view: [window, first, last, left clip, right clip]. */
function parts(view) {
  return view.windows.layers(view.from, view.to).map(([w, a, b]) => {
    const first = clamp(Math.floor((a - w.start) / w.step), 0, w.time.length), last = clamp(Math.ceil((b - w.start) / w.step), first, w.time.length);
    return {w, first, last, a, b};
  });
}
const middle = (view, w, i) => view.x(Math.min(w.start + i * w.step + (w.step - 1) / 2, w.end - 1));

function range(pieces, columns) {
  let low = Infinity, high = -Infinity;
  for (const {w, first, last} of pieces) for (const values of columns(w)) {
    for (let i = first; i < last; i++) {
      const v = values[i];
      if (v == null) continue;
      if (v < low) low = v;
      if (v > high) high = v;
    }
  }
  return low > high ? null : [low, high];
}

class Pane {
  constructor(name, share) { Object.assign(this, {name, share, top: 0, bottom: 0, low: 0, high: 1}); }
  y(value) { return this.bottom - (value - this.low) / (this.high - this.low || 1) * (this.bottom - this.top); }
  value(y) { return this.low + (this.bottom - y) / (this.bottom - this.top) * (this.high - this.low); }
  fit(bounds, margin = 0.08) {
    const [low, high] = bounds ?? [0, 1], spare = (high - low || Math.abs(high) * 0.01 || 1) * margin;
    this.low = low - spare; this.high = high + spare;
  }
  clipped(view, draw) {
    const {c} = view;
    c.save(); c.beginPath(); c.rect(0, this.top, view.plot, this.bottom - this.top); c.clip();
    draw(c);
    c.restore();
  }
  axis(view, text, apart = 38) {
    const {c} = view, {ticks, digits} = valueTicks(this.low, this.high, (this.bottom - this.top) / apart);
    c.fillStyle = color("--muted"); c.strokeStyle = color("--chart-grid"); c.lineWidth = 1; c.textBaseline = "middle"; c.textAlign = "left";
    for (const value of ticks) {
      const y = Math.round(this.y(value)) + 0.5;
      if (y < this.top + 6 || y > this.bottom - 6) continue;
      stroke(c, 0, y, view.plot, y);
      c.fillText(text(value, digits), view.plot + 8, y);
    }
  }
  title(view, text) {
    const {c} = view;
    c.textAlign = "left"; c.textBaseline = "top";
    const width = c.measureText(text).width;
    c.save(); c.globalAlpha = 0.8; c.fillStyle = color("--card"); c.fillRect(4, this.top + 4, width + 8, 17); c.restore();
    c.fillStyle = color("--muted"); c.fillText(text, 8, this.top + 7);
  }
  /* One column as a line through the middles of its candles; gaps stay gaps. */
  path(view, {w, first, last}, values) {
    const {c} = view;
    let open = false;
    c.beginPath();
    for (let i = Math.max(0, first - 1); i < Math.min(values.length, last + 1); i++) {
      if (values[i] == null) { open = false; continue; }
      const x = middle(view, w, i), y = this.y(values[i]);
      open ? c.lineTo(x, y) : c.moveTo(x, y);
      open = true;
    }
  }
  /* Where a layer may draw: a coarse layer not over a fine one. */
  within(view, {a, b}, draw) {
    const {c} = view, left = view.left(a), right = view.left(b);
    c.save(); c.beginPath(); c.rect(left, this.top, right - left, this.bottom - this.top); c.clip();
    draw();
    c.restore();
  }
}

function stroke(c, x1, y1, x2, y2) { c.beginPath(); c.moveTo(x1, y1); c.lineTo(x2, y2); c.stroke(); }

class LinesPane extends Pane {
  /* What is shown of the lines of a window: those of this pane that are not switched off. */
  shown(w, view) { return (w.lines ?? []).map((line, i) => ({...line, i})).filter(line => line.pane === this.name && !view.hidden.has(line.name)); }
  lines(view, pieces) {
    const {c} = view;
    c.lineWidth = 1.5; c.lineJoin = "round";
    for (const piece of pieces) this.within(view, piece, () => {
      for (const line of this.shown(piece.w, view)) {
        c.strokeStyle = color(LINE_COLORS[line.i % LINE_COLORS.length]);
        this.path(view, piece, line.values);
        c.stroke();
      }
    });
  }
}

export class PricePane extends LinesPane {
  draw(view) {
    const pieces = parts(view);
    const bounds = range(pieces, w => [w.low, w.high]), lined = range(pieces, w => this.shown(w, view).map(line => line.values));
    if (bounds && lined) { // a line may widen the scale, but not flatten the candles
      const spare = (bounds[1] - bounds[0]) * 0.6;
      bounds[0] = Math.max(bounds[0] - spare, Math.min(bounds[0], lined[0])); bounds[1] = Math.min(bounds[1] + spare, Math.max(bounds[1], lined[1]));
    }
    const t = view.selected;
    if (bounds && t && t.exit_bar >= view.from && t.entry_bar <= view.to) for (const level of [t.sl, t.tp]) {
      const spare = (bounds[1] - bounds[0]) * 0.5;
      if (level != null && level > bounds[0] - spare && level < bounds[1] + spare) { bounds[0] = Math.min(bounds[0], level); bounds[1] = Math.max(bounds[1], level); }
    }
    this.fit(bounds);
    this.axis(view, v => v.toFixed(view.digits));
    if (view.synthetic) this.watermark(view);
    this.clipped(view, () => {
      for (const piece of pieces) this.within(view, piece, () => this.candles(view, piece));
      this.lines(view, pieces);
      this.trades(view);
    });
  }
  watermark(view) {
    const {c} = view;
    c.save();
    c.font = `800 ${clamp(view.plot / 9, 26, 96)}px ${FAMILY}`;
    c.fillStyle = color("--synthetic"); c.globalAlpha = 0.09; c.textAlign = "center"; c.textBaseline = "middle";
    c.fillText("SYNTHETIC", view.plot / 2, (this.top + this.bottom) / 2);
    c.restore();
  }
  candles(view, {w, first, last}) {
    const {c} = view, width = view.pixels * w.step, body = Math.min(25, Math.max(1, Math.round(width * 0.7) | 1));
    for (const rising of [true, false]) {
      c.fillStyle = color(rising ? "--candle-up" : "--candle-down");
      for (let i = first; i < last; i++) {
        if (w.close[i] >= w.open[i] !== rising) continue;
        const x = Math.floor(middle(view, w, i)), peak = this.y(w.high[i]);
        c.fillRect(x, peak, 1, Math.max(1, this.y(w.low[i]) - peak));
        if (body > 1) { const top = this.y(Math.max(w.open[i], w.close[i])); c.fillRect(x - (body - 1) / 2, top, body, Math.max(1, this.y(Math.min(w.open[i], w.close[i])) - top)); }
      }
    }
  }
  trades(view) {
    const {c} = view, list = view.trades, dense = list.length > 250, size = dense ? 3 : clamp(view.pixels * 1.3, 5, 8);
    view.near = null;
    let best = 14;
    for (const t of list) {
      const x1 = view.x(t.entry_bar), y1 = this.y(t.entry_price), x2 = view.x(t.exit_bar), y2 = this.y(t.exit_price), up = t.side === "long" ? 1 : -1;
      const ink = color(t.net > 0 ? "--gain" : t.net < 0 ? "--loss" : "--muted");
      c.strokeStyle = ink; c.lineWidth = dense ? 1 : 1.4;
      if (t.net < 0) c.setLineDash([3, 2]); // not by the colour alone
      stroke(c, x1, y1, x2, y2);
      c.setLineDash([]);
      c.fillStyle = color(up > 0 ? "--long" : "--short");
      c.beginPath(); c.moveTo(x1, y1); c.lineTo(x1 - size, y1 + up * size * 1.7); c.lineTo(x1 + size, y1 + up * size * 1.7); c.closePath(); c.fill();
      if (!dense) { c.strokeStyle = color("--card"); c.lineWidth = 1; c.stroke(); }
      c.beginPath(); c.arc(x2, y2, size * 0.6, 0, 7); c.fillStyle = dense ? ink : color("--card"); c.fill();
      if (!dense) { c.strokeStyle = ink; c.lineWidth = 1.6; c.stroke(); }
      if (view.mouse && !view.busy) {
        const away = Math.min(...[[x1, y1], [x2, y2], [(x1 + x2) / 2, (y1 + y2) / 2]].map(([x, y]) => Math.hypot(view.mouse.x - x, view.mouse.y - y)));
        if (away < best) { best = away; view.near = t; }
      }
    }
    const shown = view.near ?? view.selected;
    if (shown && shown.exit_bar >= view.from && shown.entry_bar <= view.to) this.levels(view, shown, size);
  }
  /* Entry, stop and target of one trade. */
  levels(view, t, size) {
    const {c} = view, x1 = view.x(t.entry_bar), x2 = Math.max(view.x(t.exit_bar), x1 + 8), y0 = this.y(t.entry_price);
    c.save();
    for (const [level, name, ink] of [[t.sl, view.words.stop, "--loss"], [t.tp, view.words.target, "--gain"]]) {
      if (level == null) continue;
      const y = this.y(level);
      c.globalAlpha = 0.13; c.fillStyle = color(ink); c.fillRect(x1, Math.min(y, y0), x2 - x1, Math.abs(y - y0));
      c.globalAlpha = 1; c.setLineDash([4, 3]); c.strokeStyle = color(ink); c.lineWidth = 1; stroke(c, x1, y, x2, y);
      const text = `${name} ${level.toFixed(view.digits)}`, room = x2 + 6 + c.measureText(text).width < view.plot;
      c.fillStyle = color(ink); c.textBaseline = room ? "middle" : y < y0 ? "bottom" : "top"; c.textAlign = room ? "left" : "right";
      const x = room ? x2 + 6 : Math.min(x2, view.plot - 6), width = c.measureText(text).width, line = room ? y : y + (y < y0 ? -3 : 3), top = room ? y - 8 : y < y0 ? line - 13 : line - 2;
      c.save(); c.globalAlpha = 0.85; c.fillStyle = color("--card"); c.fillRect(room ? x - 3 : x - width - 3, top, width + 6, 16); c.restore();
      c.fillText(text, x, line);
    }
    c.setLineDash([]); c.strokeStyle = color(t.net >= 0 ? "--gain" : "--loss"); c.lineWidth = 2.6;
    stroke(c, x1, y0, view.x(t.exit_bar), this.y(t.exit_price));
    c.lineWidth = 2; c.strokeStyle = color("--accent");
    for (const [x, y] of [[x1, y0], [view.x(t.exit_bar), this.y(t.exit_price)]]) { c.beginPath(); c.arc(x, y, size + 5, 0, 7); c.stroke(); }
    c.restore();
  }
}

export class OwnPane extends LinesPane {
  draw(view) {
    const pieces = parts(view);
    this.fit(range(pieces, w => this.shown(w, view).map(line => line.values)), 0.1);
    this.axis(view, (v, digits) => v.toFixed(digits), 22);
    this.lines(view, pieces);
    this.title(view, this.name);
  }
}

export class EquityPane extends Pane {
  draw(view) {
    const {c} = view, pieces = parts(view);
    this.fit(range(pieces, w => [w.equity, w.equity_high, w.balance]), 0.14);
    this.axis(view, (v, digits) => number(v, Math.min(2, digits)), 22);
    for (const piece of pieces) this.within(view, piece, () => {
      c.save(); c.setLineDash([3, 4]); c.strokeStyle = color("--muted"); c.lineWidth = 1;
      const base = Math.round(this.y(view.deposit)) + 0.5; stroke(c, 0, base, view.plot, base); c.restore();
      c.lineJoin = "round"; c.lineWidth = 1; c.strokeStyle = color("--balance"); this.path(view, piece, piece.w.balance); c.stroke();
      c.strokeStyle = color("--accent"); c.lineWidth = 1.5;
      this.equity(view, piece);
    });
    this.title(view, view.words.equity);
  }
  /* The lowest and the highest close of each candle. */
  equity(view, {w, first, last}) {
    const {c} = view;
    c.beginPath();
    for (let i = Math.max(0, first - 1); i < Math.min(w.time.length, last + 1); i++) {
      const x = middle(view, w, i);
      if (w.step > 1) c.lineTo(x, this.y(w.equity_high[i]));
      c.lineTo(x, this.y(w.equity[i]));
    }
    c.stroke();
  }
}

export class FallPane extends Pane {
  draw(view) {
    const {c} = view, pieces = parts(view), bounds = range(pieces, w => [w.drawdown]);
    this.low = Math.min(-0.1, (bounds?.[0] ?? 0) * 1.15); this.high = 0;
    this.axis(view, (v, digits) => `${number(v, digits)}%`, 20);
    for (const piece of pieces) this.within(view, piece, () => {
      const {w, first, last} = piece, ends = [Math.max(0, first - 1), Math.min(w.time.length, last + 1) - 1].map(i => middle(view, w, i));
      this.path(view, piece, w.drawdown);
      c.strokeStyle = color("--loss"); c.lineWidth = 1; c.stroke();
      c.lineTo(ends[1], this.top); c.lineTo(ends[0], this.top); c.closePath();
      c.save(); c.globalAlpha = 0.2; c.fillStyle = color("--loss"); c.fill(); c.restore();
    });
    this.title(view, view.words.drawdown);
  }
}

/* Places panes one above the other by their shares; a pane without anything to show takes no room. */
export function place(panes, height) {
  const room = height - AXIS_HEIGHT - GAP * (panes.length - 1), whole = panes.reduce((sum, pane) => sum + pane.share, 0);
  let top = 0;
  for (const pane of panes) { pane.top = top; pane.bottom = Math.round(top + room * pane.share / whole); top = pane.bottom + GAP; }
}

export function timeAxis(view, height) {
  const {c, windows} = view, bottom = height - AXIS_HEIGHT;
  c.fillStyle = color("--muted"); c.strokeStyle = color("--chart-grid"); c.lineWidth = 1; c.textBaseline = "middle"; c.textAlign = "center";
  let free = 4;
  const first = windows.timeOf(Math.max(0, view.from)), last = windows.timeOf(Math.min(windows.count, view.to));
  for (const [moment, label] of timeTicks(first, last, view.plot, view.words)) {
    const x = Math.round(view.left(windows.barOf(moment))) + 0.5, half = c.measureText(label).width / 2;
    if (x - half < free || x + half > view.plot) continue;
    free = x + half + 16;
    stroke(c, x, 0, x, bottom);
    c.fillText(label, x, bottom + AXIS_HEIGHT / 2 + 1);
  }
}

export function dividers(view, panes) {
  const {c} = view;
  c.strokeStyle = color("--line"); c.lineWidth = 1;
  for (const pane of panes) stroke(c, 0, pane.bottom + 0.5, view.plot + AXIS_WIDTH, pane.bottom + 0.5);
  stroke(c, view.plot + 0.5, 0, view.plot + 0.5, panes.at(-1).bottom);
}

/* The crosshair: one line through all panes, and the value at the mouse in the pane that it is in. */
export function crosshair(view, panes, bar) {
  const {c, mouse} = view, x = Math.round(view.x(bar)) + 0.5, bottom = panes.at(-1).bottom;
  c.save();
  c.setLineDash([2, 3]); c.strokeStyle = color("--muted"); c.lineWidth = 1;
  stroke(c, x, 0, x, bottom);
  const pane = mouse && panes.find(p => mouse.y >= p.top && mouse.y < p.bottom);
  if (pane) {
    const y = Math.round(mouse.y) + 0.5, value = pane.value(mouse.y), digits = pane.name === "price" ? view.digits : 2;
    stroke(c, 0, y, view.plot, y);
    c.fillStyle = color("--ink"); c.fillRect(view.plot + 2, y - 9, AXIS_WIDTH - 4, 18);
    c.fillStyle = color("--paper"); c.textAlign = "left"; c.textBaseline = "middle"; c.fillText(pane.name === "price" ? value.toFixed(digits) : number(value, digits), view.plot + 8, y + 0.5);
  }
  c.restore();
}
