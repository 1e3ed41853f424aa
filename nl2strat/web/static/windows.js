/* What of a run is shown: windows of bars resampled by the server to what the screen can show. While a new window is
   on its way the old one stays; where that does not reach, the overview of the whole run does. */

import {search} from "./scales.js";

const WAIT = 70;      // milliseconds of rest before a moving view asks for more
const MARGIN = 1;     // views that are fetched beside the one that is shown, on either side
const OVERVIEW = 600; // candles of the whole run

export class Windows {
  constructor(tell) {
    this.tell = tell;   // called when there is something new to draw, or an error
    this.overview = null; this.near = null; this.stale = false; this.error = "";
    this.address = ""; this.asked = null; this.timer = 0; this.fetching = null;
  }
  get count() { return this.overview?.bars ?? 0; }

  /* Another run: its overview is fetched first; what was shown stays until it is there. */
  async open(address) {
    if (address === this.address) return;
    this.address = address;
    this.fetching?.abort(); clearTimeout(this.timer); this.asked = null;
    try {
      const overview = await this.get(0, 0, OVERVIEW);
      if (address !== this.address) return;
      const same = this.overview?.bars === overview.bars && this.overview.time[0] === overview.time[0] && this.overview.time.at(-1) === overview.time.at(-1);
      Object.assign(this, {overview, near: same ? this.near : null, stale: true, error: ""});
    } catch (error) {
      if (error.name === "AbortError" || address !== this.address) return;
      this.error = error.message;
    }
    this.tell();
  }

  /* The view is now bars `from` to `to` on `pixels` pixels: fetch what is missing for it, once it rests. */
  want(from, to, pixels) {
    if (!this.count || !pixels) return;
    const span = to - from, most = Math.max(60, Math.ceil(pixels / 1.8)), step = stepFor(span, most);
    const first = Math.max(0, Math.floor(from)), last = Math.min(this.count, Math.ceil(to));
    const enough = w => w && !(this.stale && w === this.near) && w.step <= step && w.start <= first && w.end >= last;
    if (enough(this.near) && this.near.step * 4 > step) return;
    if (enough(this.asked) && this.asked.step * 4 > step) return;
    const start = Math.max(0, Math.floor(first - span * MARGIN)), end = Math.min(this.count, Math.ceil(last + span * MARGIN));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.fetch(start, end, Math.ceil((end - start) / step) + 1, step), WAIT);
  }
  async fetch(start, end, width, step) {
    const address = this.address;
    this.fetching?.abort();
    const fetching = this.fetching = new AbortController();
    this.asked = {start, end, step};
    try {
      const near = await this.get(start, end, width, fetching.signal);
      if (address !== this.address) return;
      Object.assign(this, {near, stale: false, error: ""});
    } catch (error) {
      if (error.name === "AbortError" || address !== this.address) return;
      this.error = error.message;
    }
    if (this.fetching === fetching) this.asked = null;
    this.tell();
  }
  async get(start, end, width, signal) {
    const range = end ? `&start=${start}&end=${end}` : "";
    const answer = await fetch(`${this.address}?width=${width}${range}`, {signal, credentials: "same-origin"});
    const body = await answer.json().catch(() => null);
    if (!answer.ok || !body) throw new Error(body?.error?.message ?? body?.message ?? `the bars did not come (${answer.status})`);
    return {...body, lines: body.lines.map(line => ({...line, pane: line.group}))}; // a pane for each kind of scale
  }

  /* The windows to draw for a view, coarse ones first, each with the bars it is to cover. */
  layers(from, to) {
    const near = this.near;
    if (!near || near.end <= from || near.start >= to) return this.overview ? [[this.overview, from, to]] : [];
    const layers = [];
    if (near.start > Math.max(0, from)) layers.push([this.overview, from, near.start]);
    if (near.end < Math.min(this.count, to)) layers.push([this.overview, near.end, to]);
    layers.push([near, from, to]);
    return layers;
  }
  /* The window and the position in it of the candle that holds a bar. */
  candle(bar) {
    const window = this.near && bar >= this.near.start && bar < this.near.end ? this.near : this.overview;
    if (!window) return null;
    const i = Math.min(window.time.length - 1, Math.max(0, Math.floor((bar - window.start) / window.step)));
    return {window, i, bar: window.start + i * window.step};
  }
  /* The bar at or after a time, as exactly as is known. */
  barOf(moment) {
    for (const w of [this.near, this.overview]) {
      if (!w?.time.length || (w === this.near && (moment < w.time[0] || moment > w.time.at(-1)))) continue;
      const i = search(w.time, moment);
      if (i >= w.time.length) return w.end;
      if (w.step === 1 || i === 0) return w.start + i * w.step;
      const before = w.time[i - 1];
      return w.start + (i - 1 + (moment - before) / Math.max(1, w.time[i] - before)) * w.step;
    }
    return 0;
  }
  timeOf(bar) {
    const at = this.candle(bar);
    if (!at) return 0;
    const {window: w, i} = at, part = (bar - at.bar) / w.step, next = w.time[i + 1] ?? w.time[i];
    return w.time[i] + Math.max(0, part) * (next - w.time[i]);
  }
}

/* Bars per candle: the smallest power of two with at most `most` candles in the view. */
function stepFor(span, most) { return 2 ** Math.max(0, Math.ceil(Math.log2(span / most))); }
