/* <nl2-chart>: a finished backtest as a chart that can be moved. The page's Python talks to it through attributes and
   hears of it through events, so nothing is evaluated and nothing is inserted as HTML.

   source  address of the windows, such as /api/v1/runs/17/window
   goto    JSON {from_bar, to_bar, trade?, mark?, turn}: show these bars and select that trade; or only put the
           crosshair on from_bar (mark). turn: any new number
   reveal  any new value: scroll the page to the chart
   words   JSON of all texts
   pick    event {bar, trade}: a bar or a trade (its number, or null) was chosen
   step    event {direction}: the next (1) or previous (-1) trade is asked for */

import {AXIS_HEIGHT, AXIS_WIDTH, EquityPane, FallPane, FONT, LINE_COLORS, OwnPane, PricePane, crosshair, dividers, place, timeAxis} from "./panes.js";
import {clamp, color, money, number, onTheme, stamp} from "./scales.js";
import {Windows} from "./windows.js";
import {moves} from "./moving.js";
import {Overview} from "./overview.js";

const LEAST = 20; // bars, at the closest
const OWN = 3;    // panes of indicators that have a scale of their own
const WORDS = {
  label: "Price chart with trades, equity and drawdown", keys: "Arrow keys move and zoom, Shift and arrows walk from bar to bar, Enter explains the bar, n and p go to the next and previous trade.",
  in: "Zoom in", out: "Zoom out", all: "Everything", previous: "Previous trade", next: "Next trade", equity: "Equity", drawdown: "Drawdown", balance: "Balance",
  stop: "Stop", target: "Target", long: "Long", short: "Short", trade: "Trade", left_out: "{n} more trades: zoom in to see them", candle: "{n} bars a candle", loading: "Loading", failed: "The chart could not be loaded: {why}",
  hint: "Drag to move; click the chart, then scroll to zoom", ranges: [["1D", 1], ["1W", 7], ["1M", 30], ["1Y", 365]], open: "O", high: "H", low: "L", close: "C",
  months: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], day_month: "{day} {month}", month_year: "{month} ’{year}", reasons: {},
};

const moment = text => text.replace("T", " ").slice(0, 16);

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

class Chart extends HTMLElement {
  static observedAttributes = ["source", "goto", "reveal", "words"];

  constructor() {
    super();
    this.texts = WORDS;
    this.windows = new Windows(() => this.arrived());
    Object.assign(this, {from: 0, to: 0, hidden_lines: new Set(), selected: null, mouse: null, bar: null, pending: false, wish: null, known: new Map()});
    this.owns = new Map();
    this.panes = {price: new PricePane("price", 60), equity: new EquityPane("equity", 17), fall: new FallPane("fall", 12)};
  }
  connectedCallback() {
    if (!this.canvas) this.build();
    this.sizes = new ResizeObserver(() => this.redraw());
    this.sizes.observe(this.box);
    this.forget = onTheme(() => this.redraw());
  }
  disconnectedCallback() { this.sizes?.disconnect(); this.forget?.(); }
  attributeChangedCallback(name, _, value) {
    if (name === "words") { this.texts = {...WORDS, ...JSON.parse(value || "{}")}; if (this.canvas) this.label(); }
    if (name === "source" && value) { this.setAttribute("aria-busy", "true"); this.windows.open(value); }
    if (name === "reveal" && value) this.scrollIntoView({block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth"});
    if (name === "goto" && value) this.go(JSON.parse(value));
    this.redraw();
  }

  // ------------------------------------------------------------------ what it is made of
  build() {
    const button = (act, text) => make("button", {type: "button", "data-act": act, class: "chart-button"}, text);
    this.legend = make("div", {class: "chart-legend"});
    this.ranges = make("div", {class: "chart-group", role: "group"});
    this.tools = make("div", {class: "chart-tools"}, make("div", {class: "chart-group", role: "group"}, button("previous", "‹"), button("next", "›")),
      this.ranges, make("div", {class: "chart-group", role: "group"}, button("out", "−"), button("in", "+"), button("all", "⤢")));
    this.read = make("div", {class: "chart-read"});
    this.canvas = make("canvas");
    this.tip = make("div", {class: "chart-tip", hidden: ""});
    this.note = make("div", {class: "chart-note", hidden: ""});
    this.box = make("div", {class: "chart-box", tabindex: "0", role: "application"}, this.canvas, this.note);
    this.spoken = make("div", {class: "sr", "aria-live": "polite"});
    this.overview = new Overview(this);
    this.hint = make("p", {class: "chart-hint"});
    this.append(make("div", {class: "chart-head"}, this.legend, this.tools), this.read, this.box, this.overview.box, this.hint, this.spoken, this.tip);
    this.context = this.canvas.getContext("2d");
    this.tools.addEventListener("click", e => { const pressed = e.target.closest("button"); if (pressed) this.act(pressed); });
    this.legend.addEventListener("change", e => { const name = e.target.value; e.target.checked ? this.hidden_lines.delete(name) : this.hidden_lines.add(name); this.redraw(); });
    moves(this);
    this.label();
  }
  label() {
    const w = this.texts;
    this.box.setAttribute("aria-label", `${w.label}. ${w.keys}`);
    this.hint.textContent = w.hint;
    for (const pressed of this.tools.querySelectorAll("[data-act]")) { const name = w[pressed.dataset.act]; pressed.setAttribute("aria-label", name); pressed.title = name; }
    this.ranges.replaceChildren(...w.ranges.map(([text, days]) => make("button", {type: "button", "data-days": days, class: "chart-button"}, text)));
  }
  act(pressed) {
    const acts = {in: () => this.zoom(0.5), out: () => this.zoom(2), all: () => this.show(0, this.count), previous: () => this.step(-1), next: () => this.step(1)};
    if (pressed.dataset.act) return acts[pressed.dataset.act]();
    const {windows} = this, half = pressed.dataset.days * 43200, middle = clamp((this.from + this.to) / 2, 0, this.count);
    const t = windows.timeOf(middle), whole = windows.overview, seconds = (whole.time.at(-1) - whole.time[0]) / Math.max(1, (whole.time.length - 1) * whole.step);
    const bars = Math.max(LEAST, seconds ? half / seconds : LEAST);
    const [a, b] = [windows.barOf(t - half), windows.barOf(t + half)];
    b - a > LEAST / 2 ? this.show(a, b) : this.show(middle - bars, middle + bars);
  }

  // ------------------------------------------------------------------ what is in view
  get count() { return this.windows.count; }
  show(from, to) {
    if (!this.count) return;
    const width = clamp(to - from, Math.min(LEAST, this.count), this.count), pad = Math.min(width * 0.03, 20);
    this.from = clamp((from + to - width) / 2, -pad, this.count + pad - width); this.to = this.from + width;
    if (width >= this.count) { this.from = 0; this.to = this.count; }
    this.redraw();
  }
  zoom(factor, at = (this.from + this.to) / 2) {
    const width = clamp((this.to - this.from) * factor, Math.min(LEAST, this.count), this.count), part = (at - this.from) / (this.to - this.from);
    this.show(at - part * width, at + (1 - part) * width);
  }
  pan(bars) { this.show(this.from + bars, this.to + bars); }
  step(direction) { this.dispatchEvent(new CustomEvent("step", {detail: {direction}})); }
  pick(bar, trade) {
    this.selected = trade ?? null;
    this.redraw();
    this.dispatchEvent(new CustomEvent("pick", {detail: {bar, trade: trade?.number ?? null}}));
  }
  go(wish) {
    if (!this.count) { this.wish = wish; return; }
    this.wish = null;
    if (wish.mark) {
      this.bar = wish.from_bar;
      if (this.bar < this.from || this.bar > this.to - 1) this.show(this.bar - (this.to - this.from) / 2, this.bar + (this.to - this.from) / 2);
      this.redraw();
      return;
    }
    this.selected = wish.trade ?? null;
    this.bar = null;
    const length = wish.to_bar - wish.from_bar, width = Math.max(60, Math.min(this.to - this.from, 240), length * 1.8), middle = (wish.from_bar + wish.to_bar) / 2;
    this.show(middle - width / 2, middle + width / 2);
  }
  /* New bars: at first the end of the run is in view, later what was in view before. */
  arrived() {
    const {overview, error} = this.windows;
    this.note.hidden = !error;
    this.note.textContent = error ? this.texts.failed.replace("{why}", error) : "";
    this.removeAttribute("aria-busy");
    if (!overview) return;
    if (this.shown !== overview) {
      const before = this.shown;
      this.shown = overview;
      this.lines(overview.lines);
      if (!before || before.bars !== overview.bars) { const width = Math.min(this.count, 300); this.show(this.count - width * 0.98, this.count + width * 0.02); }
      if (this.wish) this.go(this.wish);
    }
    this.redraw();
  }
  lines(lines) {
    if (JSON.stringify(lines.map(line => [line.name, line.pane])) === this.lined) return;
    this.lined = JSON.stringify(lines.map(line => [line.name, line.pane]));
    this.legend.replaceChildren(...lines.map(({name}, i) => {
      const box = make("input", {type: "checkbox", value: name});
      box.checked = !this.hidden_lines.has(name);
      return make("label", {class: `chart-line chart-color-${i % LINE_COLORS.length + 1}`}, box, make("span", {}, name));
    }));
  }

  // ------------------------------------------------------------------ drawing
  x(bar) { return (bar + 0.5 - this.from) * this.plot / (this.to - this.from); }
  left(bar) { return (bar - this.from) * this.plot / (this.to - this.from); }
  barAt(x) { return this.from + x * (this.to - this.from) / this.plot; }
  redraw() {
    if (this.pending || !this.canvas) return;
    this.pending = true;
    requestAnimationFrame(() => { this.pending = false; this.draw(); });
  }
  draw() {
    const {box, canvas, context: c, windows} = this, ratio = window.devicePixelRatio || 1, width = box.clientWidth, height = box.clientHeight;
    if (!width || !height) return;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) { canvas.width = Math.round(width * ratio); canvas.height = Math.round(height * ratio); }
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, width, height);
    c.font = FONT;
    this.plot = width - AXIS_WIDTH;
    const whole = windows.overview;
    if (!whole || !whole.time.length) return;
    windows.want(this.from, this.to, this.plot);
    const {panes} = this, own = [...new Set(whole.lines.filter(line => line.pane !== "price" && !this.hidden_lines.has(line.name)).map(line => line.pane))];
    for (const name of own) if (!this.owns.has(name)) this.owns.set(name, new OwnPane(name, 14));
    const stack = [panes.price, ...own.slice(0, OWN).map(name => this.owns.get(name)), panes.equity, panes.fall];
    const view = {
      c, windows, plot: this.plot, from: this.from, to: this.to, pixels: this.plot / (this.to - this.from), x: bar => this.x(bar), left: bar => this.left(bar), hidden: this.hidden_lines,
      digits: whole.digits, deposit: whole.deposit, synthetic: whole.synthetic, words: this.texts, selected: this.selected, trades: this.visible(), mouse: this.mouse, busy: this.dragging,
    };
    place(stack, height);
    timeAxis(view, height);
    for (const pane of stack) pane.draw(view);
    dividers(view, stack);
    const inside = this.mouse && this.mouse.x < this.plot && this.mouse.y < height - AXIS_HEIGHT, bar = inside ? this.barAt(this.mouse.x) : this.bar;
    if (bar != null) crosshair(view, stack, this.centre(bar));
    this.near = inside ? view.near : null;
    canvas.classList.toggle("near", Boolean(this.near));
    this.hover();
    this.readout(bar ?? Math.min(this.to, this.count) - 1);
    this.overview.draw(windows, this.from, this.to);
    this.setAttribute("data-step", String(windows.candle(clamp(bar ?? this.from + 1, 0, this.count - 1))?.window.step ?? ""));
  }
  /* Bars drawn as one candle have one middle. */
  centre(bar) { const at = this.windows.candle(clamp(bar, 0, this.count - 1)); return at ? Math.min(at.bar + (at.window.step - 1) / 2, this.count - 1) : bar; }
  visible() {
    const {near, overview} = this.windows, w = near && near.start <= Math.max(0, this.from) && near.end >= Math.min(this.count, this.to) ? near : overview;
    const list = w.trades.filter(t => t.exit_bar >= this.from && t.entry_bar <= this.to), chosen = this.selected;
    if (chosen && chosen.exit_bar >= this.from && chosen.entry_bar <= this.to && !list.some(t => t.number === chosen.number)) list.push(chosen);
    return list;
  }
  readout(at) {
    const found = this.windows.candle(clamp(Math.floor(at), 0, this.count - 1));
    if (!found) return;
    const {window: w, i} = found, words = this.texts, price = v => v == null ? "–" : v.toFixed(this.windows.overview.digits);
    const cells = [["", stamp(w.time[i])], ...["open", "high", "low", "close"].map(k => [words[k], price(w[k][i])]),
      ...w.lines.filter(line => !this.hidden_lines.has(line.name)).map(line => [line.name, line.pane === "price" ? price(line.values[i]) : line.values[i] == null ? "–" : number(line.values[i])]),
      [words.equity, number(w.equity[i])], [words.drawdown, `${number(w.drawdown[i])}%`]];
    const left = w.trades_left_out, more = left && w === this.windows.near ? words.left_out.replace("{n}", number(left, 0)) : "";
    const extra = [w.step > 1 ? words.candle.replace("{n}", number(w.step, 0)) : "", more].filter(Boolean);
    const key = JSON.stringify([cells, extra]);
    if (key === this.last_read) return;
    this.last_read = key;
    this.read.replaceChildren(...cells.map(([name, value]) => make("span", {}, ...(name ? [make("b", {}, name), " "] : []), value)), ...extra.map(text => make("em", {}, text)));
  }
  speak() { this.redraw(); requestAnimationFrame(() => requestAnimationFrame(() => { this.spoken.textContent = [...this.read.children].map(e => e.textContent).join(", "); })); }
  hover() {
    const t = this.near;
    this.tip.hidden = !t;
    if (!t) return;
    const w = this.texts, up = t.side === "long", price = v => v == null ? "–" : v.toFixed(this.windows.overview.digits);
    const line = (text, kind = "") => make("div", {class: kind}, text);
    if (this.tip.dataset.trade !== String(t.number)) {
      this.tip.dataset.trade = t.number;
      this.tip.replaceChildren(line(`${up ? "▲" : "▼"} ${up ? w.long : w.short} ${t.volume} · ${w.trade} ${t.number}`, "chart-tip-title"),
        line(`${moment(t.entry_time)}  ${price(t.entry_price)}`, "mono"), line(`${moment(t.exit_time)}  ${price(t.exit_price)}`, "mono"),
        line(`${money(t.net)} ${this.windows.overview.currency} · ${w.reasons[t.exit_reason] ?? t.exit_reason}`, "chart-tip-title"));
    }
    const outer = this.getBoundingClientRect(), box = this.box.getBoundingClientRect(), size = this.tip.getBoundingClientRect();
    const x = box.left - outer.left + this.mouse.x, y = box.top - outer.top + this.mouse.y;
    this.tip.style.left = `${clamp(x + 16, 4, Math.max(4, outer.width - size.width - 4))}px`;
    this.tip.style.top = `${this.mouse.y > box.height / 2 ? y - size.height - 14 : y + 18}px`;
  }
}

customElements.define("nl2-chart", Chart);
