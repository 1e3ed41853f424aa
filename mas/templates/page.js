/* What every page with charts has: its data, theme, one tip, trades as rows. All text is set as text, never as HTML. */

const REPORT = JSON.parse(document.getElementById("report-data").textContent);
const find = (selector, root = document) => root.querySelector(selector);
const findAll = (selector, root = document) => [...root.querySelectorAll(selector)];
const number = (value, digits = 2) => value.toLocaleString("en-US", {minimumFractionDigits: digits, maximumFractionDigits: digits});
const money = value => (value > 0 ? "+" : value < 0 ? "−" : "") + number(Math.abs(value));
const reasons = {sl: "stop loss", tp: "take profit", end_of_data: "end of data", stop_out: "margin stop-out", breakeven: "break-even", trailing: "trailing stop"};
const reason = t => (reasons[t.exit_reason] || t.exit_reason) + (t.ambiguous ? " (ambiguous)" : "");
const price = (value, trade) => value == null ? "–" : value.toFixed(REPORT.digits?.[trade?.symbol] ?? REPORT.price.digits);

function make(tag, text, attributes = {}) {
  const element = document.createElement(tag);
  if (text != null) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/* ---- theme: the system's, until the reader chooses */
const root = document.documentElement, probe = document.body.appendChild(make("i", null, {hidden: ""}));
let colors = {};
function color(name) {
  if (!colors[name]) { probe.style.color = `var(${name})`; colors[name] = getComputedStyle(probe).color; }
  return colors[name];
}
function themeChanged() { colors = {}; document.dispatchEvent(new Event("themechange")); }
function isDark() { return root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches; }
find("#theme").addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; themeChanged(); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", themeChanged);

/* ---- one tip for charts and figures */
const tip = find("#tip");
function showTip(lines, x, y) {
  tip.replaceChildren(...lines.map(([text, kind]) => make("div", text, kind ? {class: kind} : {})));
  tip.hidden = false;
  const {width, height} = tip.getBoundingClientRect();
  tip.style.left = Math.max(6, Math.min(x + 16, innerWidth - width - 10)) + "px";
  tip.style.top = (y + 18 + height > innerHeight ? Math.max(6, y - height - 14) : y + 18) + "px";
}
function hideTip() { tip.hidden = true; }
for (const element of findAll("[data-tip]")) {
  const show = () => { const box = element.getBoundingClientRect(); showTip([[element.dataset.tip]], box.left, box.bottom - 8); };
  element.addEventListener("mouseenter", show); element.addEventListener("focusin", () => element.matches(":focus-visible") && show());
  element.addEventListener("mouseleave", hideTip); element.addEventListener("focusout", hideTip);
}
addEventListener("keydown", e => { if (e.key === "Escape") hideTip(); });
addEventListener("scroll", hideTip, {passive: true});

function tradeLines(t) {
  return [
    [`${t.side === "long" ? "▲ Long" : "▼ Short"} ${t.volume} lot · trade ${t.number}`, "tip-title " + t.side],
    [`In    ${stamp(t.entry)}   ${price(t.entry_price)}`, "mono"],
    [`Out   ${stamp(t.exit)}   ${price(t.exit_price)}`, "mono"],
    ...(t.sl == null && t.tp == null ? [] : [[`SL ${price(t.sl)}   TP ${price(t.tp)}`, "mono"]]),
    [`${money(t.net)} ${REPORT.currency} · ${reason(t)}`, t.net > 0 ? "gain" : t.net < 0 ? "loss" : ""],
  ];
}

/* ---- trades: columns to rows */
const trades = REPORT.trades.rows.map(row => Object.fromEntries(REPORT.trades.columns.map((name, i) => [name, row[i]])));
for (const t of trades) {
  t.entry = Date.parse(t.entry_time + "Z") / 1000; t.exit = Date.parse(t.exit_time + "Z") / 1000; t.bars = t.exit_bar - t.entry_bar;
}

/* ---- the toolbar of a price chart; at first the last trade is in view */
function controls(chart) {
  const times = chart.time, count = times.length;
  const end = trades.length ? trades.at(-1).exit_bar : count, width = Math.min(count, Math.max(80, chart.box.clientWidth / 4));
  chart.show(end - width * 0.93, end + width * 0.07);
  const acts = {in: () => chart.zoom(0.6), out: () => chart.zoom(1.6), all: () => chart.show(0, count), previous: () => chart.step(-1), next: () => chart.step(1)};
  for (const button of findAll("[data-act]")) button.addEventListener("click", () => acts[button.dataset.act]());
  for (const button of findAll("[data-days]")) button.addEventListener("click", () => {
    const middle = clamp(Math.round((chart.from + chart.to) / 2), 0, count - 1), half = button.dataset.days * 43200;
    chart.show(search(times, times[middle] - half), search(times, times[middle] + half));
  });
}
