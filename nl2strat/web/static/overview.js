/* The whole run as a thin strip under the chart; the part in view is a handle that can be dragged. */

import {clamp, color} from "./scales.js";

export class Overview {
  constructor(chart) {
    this.box = document.createElement("div");
    this.box.className = "chart-overview";
    this.box.setAttribute("aria-hidden", "true"); // the keys of the chart do the same
    this.canvas = this.box.appendChild(document.createElement("canvas"));
    const go = e => {
      const area = this.box.getBoundingClientRect(), middle = (e.clientX - area.left) / this.plot * chart.count, half = (chart.to - chart.from) / 2;
      chart.show(middle - half, middle + half);
    };
    this.box.addEventListener("pointerdown", e => { this.held = true; try { this.box.setPointerCapture(e.pointerId); } catch { /* gone */ } go(e); });
    this.box.addEventListener("pointermove", e => { if (this.held) go(e); });
    for (const end of ["pointerup", "pointercancel"]) this.box.addEventListener(end, () => { this.held = false; });
  }
  draw(windows, from, to) {
    const {box, canvas} = this, ratio = window.devicePixelRatio || 1, width = box.clientWidth, height = box.clientHeight, w = windows.overview;
    if (!width || !w) return;
    this.plot = width;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) { canvas.width = Math.round(width * ratio); canvas.height = Math.round(height * ratio); }
    const c = canvas.getContext("2d");
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, width, height);
    let low = Infinity, high = -Infinity;
    for (const v of w.close) { low = Math.min(low, v); high = Math.max(high, v); }
    const y = v => height - 4 - (v - low) / (high - low || 1) * (height - 8), x = i => (w.start + (i + 0.5) * w.step) / windows.count * width;
    c.beginPath();
    w.close.forEach((v, i) => i ? c.lineTo(x(i), y(v)) : c.moveTo(x(i), y(v)));
    c.strokeStyle = color("--muted"); c.lineWidth = 1; c.stroke();
    c.lineTo(width, height); c.lineTo(0, height); c.closePath();
    c.save(); c.globalAlpha = 0.12; c.fillStyle = color("--muted"); c.fill(); c.restore();
    const left = clamp(from / windows.count, 0, 1) * width, right = Math.max(left + 4, clamp(to / windows.count, 0, 1) * width);
    c.save(); c.globalAlpha = 0.16; c.fillStyle = color("--accent"); c.fillRect(left, 0, right - left, height); c.restore();
    c.strokeStyle = color("--accent"); c.lineWidth = 1.5; c.strokeRect(left + 0.75, 0.75, Math.max(2.5, right - left - 1.5), height - 1.5);
  }
}
