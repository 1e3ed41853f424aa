/* The trade table, the charts' controls, copying and printing of the backtest report. */

let priceChart = null;
function charted(t) { return !t.symbol || t.symbol === REPORT.price.symbol; }
function jump(t) { if (priceChart && charted(t)) { priceChart.select(t); find("#chart").scrollIntoView({block: "start"}); } }

class TradeTable {
  constructor(box) {
    Object.assign(this, {box, sort: "number", down: false, page: 0, size: 25});
    for (const button of findAll("th button", box)) button.addEventListener("click", () => this.order(button.dataset.key));
    for (const control of findAll("select", box)) control.addEventListener("change", () => { this.page = 0; this.draw(); });
    const why = find("#by-reason");
    for (const name of [...new Set(trades.map(t => t.exit_reason))].sort()) why.append(make("option", reasons[name] || name, {value: name}));
    find("#earlier").addEventListener("click", () => { this.page--; this.draw(); });
    find("#later").addEventListener("click", () => { this.page++; this.draw(); });
    find("#csv").addEventListener("click", () => this.save());
    find("tbody", box).addEventListener("click", e => { const row = e.target.closest("tr"); if (row?.trade) jump(row.trade); });
    this.draw();
  }
  order(key) {
    this.down = this.sort === key ? !this.down : ["net", "bars", "volume"].includes(key);
    this.sort = key; this.page = 0;
    this.draw();
  }
  rows() {
    const side = find("#by-side").value, result = find("#by-result").value, why = find("#by-reason").value;
    const kept = trades.filter(t => (!side || t.side === side) && (!why || t.exit_reason === why)
      && (!result || (result === "won" ? t.net > 0 : result === "lost" ? t.net < 0 : t.ambiguous)));
    const sign = this.down ? -1 : 1, value = t => t[this.sort] ?? -Infinity;
    return kept.sort((a, b) => sign * (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0) || a.number - b.number);
  }
  draw() {
    const rows = this.rows(), pages = Math.max(1, Math.ceil(rows.length / this.size));
    this.page = clamp(this.page, 0, pages - 1);
    find("tbody", this.box).replaceChildren(...rows.slice(this.page * this.size, (this.page + 1) * this.size).map(t => this.row(t)));
    for (const head of findAll("th", this.box)) {
      const mine = find("button", head)?.dataset.key === this.sort;
      head.setAttribute("aria-sort", mine ? (this.down ? "descending" : "ascending") : "none");
    }
    const net = rows.reduce((sum, t) => sum + t.net, 0);
    find("#trade-count").textContent = `${number(rows.length, 0)} of ${number(trades.length, 0)} trades · net ${money(net)} ${REPORT.currency}`;
    find("#pages").textContent = `${this.page + 1} / ${pages}`;
    find("#earlier").disabled = this.page === 0; find("#later").disabled = this.page === pages - 1;
    find(".pager", this.box).hidden = pages === 1;
  }
  row(t) {
    const row = make("tr"), head = make("th", null, {scope: "row"});
    row.trade = t;
    head.append(make("button", String(t.number), {class: "plain", "aria-label": `Show trade ${t.number} in the chart`}));
    const cells = [...(t.symbol ? [[t.symbol, ""]] : []),
      [t.side === "long" ? "▲ Long" : "▼ Short", t.side], [money(t.net), "num strong " + (t.net > 0 ? "gain" : t.net < 0 ? "loss" : "")], [reason(t), ""],
      [stamp(t.entry), "num"], [price(t.entry_price, t), "num"], [stamp(t.exit), "num"], [price(t.exit_price, t), "num"],
      [price(t.sl, t), "num extra"], [price(t.tp, t), "num extra"], [String(t.bars), "num extra"], [String(t.volume), "num"]];
    row.append(head, ...cells.map(([text, kind]) => make("td", text, kind ? {class: kind} : {})));
    return row;
  }
  save() {
    const names = REPORT.trades.columns, quote = v => v == null ? "" : String(v);
    const lines = [names.join(","), ...trades.map(t => names.map(n => quote(t[n])).join(","))];
    const link = make("a", null, {download: (REPORT.synthetic ? "SYNTHETIC_" : "") + "trades.csv", href: URL.createObjectURL(new Blob([lines.join("\r\n") + "\r\n"], {type: "text/csv"}))});
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
}
const table = trades.length ? new TradeTable(find("#trade-table")) : null;

/* ---- charts */
async function startCharts() {
  const names = ["time", "open", "high", "low", "close"];
  const [time, open, high, low, close, equity, balance] = await Promise.all([...names.map(n => REPORT.price[n]), REPORT.equity.equity, REPORT.equity.balance].map(unpack));
  const equityChart = new EquityChart(find("#equity-chart"), time, equity, balance, REPORT.equity.deposit);
  equityChart.onread = ([when, e, b, fall]) => { find("#equity-read").textContent = `${when}   equity ${number(e)}   balance ${number(b)}   drawdown ${number(fall)}%`; };
  priceChart = new PriceChart(find("#price-chart"), {time, open, high, low, close, digits: REPORT.price.digits}, trades.filter(charted));
  priceChart.onread = ([when, o, h, l, c]) => { find("#price-read").textContent = `${when}   O ${o}   H ${h}   L ${l}   C ${c}`; };
  priceChart.onview = (from, to) => { equityChart.window = [from, to]; equityChart.redraw(); };
  priceChart.onselect = t => { find("#chosen").textContent = tradeLines(t).map(([text]) => text.replace(/ {2,}/g, " ")).join(" · "); };
  equityChart.onpick = bar => { const half = Math.min((priceChart.to - priceChart.from) / 2, 600); priceChart.show(bar - half, bar + half); };
  controls(priceChart);
}
startCharts().catch(() => { for (const box of findAll(".canvas")) box.replaceChildren(make("p", "This browser is too old to draw the charts; the figures and the trade list are complete.", {class: "muted"})); });

/* ---- copying, definitions, printing */
for (const button of findAll("[data-copy]")) button.addEventListener("click", async () => {
  const source = document.getElementById(button.dataset.copy);
  try { await navigator.clipboard.writeText(source.textContent); }
  catch { const range = document.createRange(); range.selectNodeContents(source); getSelection().removeAllRanges(); getSelection().addRange(range); document.execCommand("copy"); }
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
});
find("#definitions").addEventListener("click", e => {
  const open = e.target.getAttribute("aria-pressed") !== "true";
  e.target.setAttribute("aria-pressed", String(open));
  for (const metric of findAll("details.metric")) metric.open = open;
});
let closed = [];
addEventListener("beforeprint", () => {
  closed = findAll("details:not([open])"); closed.forEach(d => { d.open = true; });
  root.dataset.printing = ""; themeChanged();
  surfaces.forEach(s => s.now());
  if (table) { table.size = 200; table.draw(); }
});
addEventListener("afterprint", () => {
  closed.forEach(d => { d.open = false; });
  delete root.dataset.printing; themeChanged();
  if (table) { table.size = 25; table.draw(); }
});
