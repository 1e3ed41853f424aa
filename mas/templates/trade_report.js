/* The trade report: candles with buy and sell signals, the equity, the cumulative profit of the closed trades. */

/* Both deals of every trade as signals; a position still open after the last bar has only its entry. */
const signals = trades.flatMap(t => {
  const long = t.side === "long", name = long ? "LONG" : "SHORT";
  const one = {trade: t, bar: t.entry_bar, price: t.entry_price, buy: long, text: `${long ? "Buy" : "Sell"} (${name})`};
  const other = {trade: t, bar: t.exit_bar, price: t.exit_price, buy: !long, text: `${long ? "Sell" : "Buy"} (${name})`};
  return t.exit_reason === "end_of_data" ? [one] : [one, other];
}).sort((a, b) => a.bar - b.bar);

class SignalChart extends PriceChart {
  markers(c, pixels) {
    const seen = new Set(this.visible()), shown = signals.filter(s => seen.has(s.trade));
    const dense = shown.length > 300, size = dense ? 3 : clamp(pixels * 1.4, 5.5, 9), named = shown.length <= 24;
    this.near = null;
    let best = 16, nearest = null;
    c.lineWidth = 1.2; c.setLineDash([3, 3]);
    if (!dense) for (const t of seen) {
      c.strokeStyle = color(t.net > 0 ? "--gain" : t.net < 0 ? "--loss" : "--muted");
      this.line(c, this.x(t.entry_bar), this.y(t.entry_price), this.x(t.exit_bar), this.y(t.exit_price));
    }
    c.setLineDash([]); c.font = "600 11px ui-sans-serif, system-ui, sans-serif"; c.textAlign = "center"; c.textBaseline = "middle";
    for (const s of shown) {
      const x = this.x(s.bar), y = this.y(s.price), way = s.buy ? 1 : -1;
      c.fillStyle = color(s.buy ? "--gain" : "--loss");
      c.beginPath(); c.moveTo(x, y); c.lineTo(x - size, y + way * size * 1.7); c.lineTo(x + size, y + way * size * 1.7); c.closePath(); c.fill();
      if (!dense) { c.strokeStyle = color("--card"); c.lineWidth = 1; c.stroke(); }
      if (named) { c.lineWidth = 3; c.strokeStyle = color("--card"); const half = c.measureText(s.text).width / 2 + 3, at = clamp(x, half, this.plot - half), off = y + way * (size * 1.7 + 10); c.strokeText(s.text, at, off); c.fillText(s.text, at, off); }
      if (!this.mouse || this.pointers.size) continue;
      const away = Math.hypot(this.mouse.x - x, this.mouse.y - y - way * size);
      if (away < best) { best = away; nearest = s; }
    }
    c.font = FONT;
    this.near = nearest?.trade ?? null;
    if (this.near || this.selected) this.bracket(c, this.near || this.selected);
    if (this.mouse) nearest ? showTip([[nearest.text, "tip-title"], ...tradeLines(nearest.trade)], this.mouse.pageX, this.mouse.pageY) : hideTip();
    this.canvas.style.cursor = nearest ? "pointer" : "crosshair";
  }
}

/* Profit of the closed trades, added up: a step at every exit. */
class ProfitChart extends Surface {
  constructor(box, times, closed) {
    super(box);
    let sum = 0;
    Object.assign(this, {times, from: 0, to: times.length, steps: closed.map(t => ({trade: t, bar: t.exit_bar, total: sum += t.net}))});
    box.addEventListener("pointermove", e => { this.mouse = {x: e.clientX - box.getBoundingClientRect().left, pageX: e.clientX, pageY: e.clientY}; this.redraw(); });
    box.addEventListener("pointerleave", () => { this.mouse = null; hideTip(); this.redraw(); });
    box.addEventListener("pointerdown", () => { if (this.near) this.onpick?.(this.near.trade); });
  }
  draw(c) {
    const bottom = this.height - AXIS_HEIGHT, totals = this.steps.map(s => s.total);
    let low = totals.reduce((a, b) => Math.min(a, b), 0), high = totals.reduce((a, b) => Math.max(a, b), 0);
    const margin = (high - low || 1) * 0.08; low -= margin; high += margin;
    const y = v => bottom - (v - low) / (high - low) * bottom, zero = Math.round(y(0)) + 0.5;
    this.timeAxis(c, this.times, bottom);
    this.valueAxis(c, low, high, 0, bottom, (v, d) => number(v, d));
    this.watermark(c, bottom);
    c.strokeStyle = color("--muted"); c.lineWidth = 1; this.line(c, 0, zero, this.plot, zero);
    c.beginPath(); c.moveTo(0, zero);
    let at = zero;
    for (const s of this.steps) { const x = this.x(s.bar); c.lineTo(x, at); at = y(s.total); c.lineTo(x, at); }
    c.lineTo(this.plot, at);
    c.strokeStyle = color("--accent"); c.lineWidth = 1.6; c.lineJoin = "round"; c.stroke();
    c.lineTo(this.plot, zero); c.closePath();
    c.save(); c.globalAlpha = 0.1; c.fillStyle = color("--accent"); c.fill(); c.restore();
    this.near = null;
    const small = this.steps.length > 400 ? 1.5 : 3;
    for (const s of this.steps) {
      const x = this.x(s.bar);
      c.fillStyle = color(s.trade.net > 0 ? "--gain" : s.trade.net < 0 ? "--loss" : "--muted");
      c.beginPath(); c.arc(x, y(s.total), small, 0, 7); c.fill();
      if (this.mouse && Math.abs(this.mouse.x - x) < 12 && (!this.near || Math.abs(this.mouse.x - x) < Math.abs(this.mouse.x - this.x(this.near.bar)))) this.near = s;
    }
    if (this.near) showTip([[`Closed profit ${money(this.near.total)} ${REPORT.currency}`, "tip-title"], ...tradeLines(this.near.trade)], this.mouse.pageX, this.mouse.pageY);
    else if (this.mouse) hideTip();
    this.canvas.style.cursor = this.near ? "pointer" : "crosshair";
    this.onread?.(this.near ?? this.steps.at(-1));
  }
}

async function startCharts() {
  const names = ["time", "open", "high", "low", "close"];
  const [time, open, high, low, close, equity, balance] = await Promise.all([...names.map(n => REPORT.price[n]), REPORT.equity.equity, REPORT.equity.balance].map(unpack));
  const chart = new SignalChart(find("#price-chart"), {time, open, high, low, close, digits: REPORT.price.digits}, trades);
  chart.onread = ([when, o, h, l, c]) => { find("#price-read").textContent = `${when}   O ${o}   H ${h}   L ${l}   C ${c}`; };
  chart.onselect = t => { find("#chosen").textContent = tradeLines(t).map(([text]) => text.replace(/ {2,}/g, " ")).join(" · "); };
  const equityChart = new EquityChart(find("#equity-chart"), time, equity, balance, REPORT.equity.deposit);
  equityChart.onread = ([when, e, b, fall]) => { find("#equity-read").textContent = `${when}   equity ${number(e)}   balance ${number(b)}   drawdown ${number(fall)}%`; };
  equityChart.onpick = bar => { const half = Math.min((chart.to - chart.from) / 2, 600); chart.show(bar - half, bar + half); };
  chart.onview = (from, to) => { equityChart.window = [from, to]; equityChart.redraw(); };
  const profitChart = new ProfitChart(find("#profit-chart"), time, trades.filter(t => t.exit_reason !== "end_of_data"));
  profitChart.onread = s => { find("#profit-read").textContent = s ? `${stamp(s.trade.exit)}   closed profit ${money(s.total)} ${REPORT.currency}   trade ${s.trade.number}` : "no trade closed yet"; };
  profitChart.onpick = t => { chart.select(t); find("#price-chart").scrollIntoView({block: "center"}); };
  controls(chart);
  if (time.length <= 2000) chart.show(0, time.length);
}
startCharts().catch(() => { for (const box of findAll(".canvas")) box.replaceChildren(make("p", "This browser is too old to draw the charts.", {class: "muted"})); });
addEventListener("beforeprint", () => { root.dataset.printing = ""; themeChanged(); surfaces.forEach(s => s.now()); });
addEventListener("afterprint", () => { delete root.dataset.printing; themeChanged(); });
