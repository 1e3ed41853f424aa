/* Mouse, touch and keys on the chart: drag and arrows move, wheel and pinch zoom, a click or Enter picks. */

import {clamp} from "./scales.js";

export function moves(chart) {
  const {box} = chart, pointers = new Map();
  let dragged = 0;

  box.addEventListener("pointerdown", e => {
    if (e.button > 0) return;
    pointers.set(e.pointerId, e.clientX);
    try { box.setPointerCapture(e.pointerId); } catch { /* the pointer is gone already */ }
    if (pointers.size === 1) dragged = 0;
  });
  box.addEventListener("pointermove", e => {
    const area = box.getBoundingClientRect();
    if (pointers.has(e.pointerId)) {
      const before = pointers.get(e.pointerId), other = [...pointers].find(([id]) => id !== e.pointerId)?.[1];
      if (other != null) {
        const apart = Math.abs(e.clientX - other), was = Math.abs(before - other);
        if (apart > 8 && was > 8) chart.zoom(was / apart, chart.barAt((e.clientX + other) / 2 - area.left));
      } else if (chart.plot) chart.pan((before - e.clientX) * (chart.to - chart.from) / chart.plot);
      dragged += Math.abs(e.clientX - before);
      pointers.set(e.pointerId, e.clientX);
    }
    chart.dragging = pointers.size > 0 && dragged > 3;
    box.classList.toggle("dragging", chart.dragging);
    chart.mouse = {x: e.clientX - area.left, y: e.clientY - area.top};
    chart.bar = null;
    chart.redraw();
  });
  const release = e => {
    const held = pointers.delete(e.pointerId);
    chart.dragging = false;
    box.classList.remove("dragging");
    if (held && e.type === "pointerup" && dragged < 4 && !pointers.size && chart.count) {
      const area = box.getBoundingClientRect(), x = e.clientX - area.left;
      if (chart.near) chart.pick(chart.near.entry_bar, chart.near);
      else if (x < chart.plot) chart.pick(clamp(Math.floor(chart.barAt(x)), 0, chart.count - 1));
    }
    if (e.pointerType === "touch") chart.mouse = null;
    chart.redraw();
  };
  box.addEventListener("pointerup", release);
  box.addEventListener("pointercancel", release);
  box.addEventListener("pointerleave", () => { chart.mouse = null; chart.redraw(); });
  box.addEventListener("dblclick", () => chart.show(0, chart.count));
  box.addEventListener("wheel", e => {
    const sideways = Math.abs(e.deltaX) > Math.abs(e.deltaY);
    if (!sideways && !e.ctrlKey && !e.metaKey && document.activeElement !== box) return; // the page scrolls
    e.preventDefault();
    if (sideways) chart.pan(e.deltaX * (chart.to - chart.from) / chart.plot);
    else chart.zoom(Math.exp(clamp(e.deltaY, -120, 120) * 0.0024), chart.barAt(e.clientX - box.getBoundingClientRect().left));
  }, {passive: false});
  box.addEventListener("keydown", e => {
    if (e.ctrlKey || e.metaKey || e.altKey || !chart.count) return;
    const width = chart.to - chart.from, plain = {
      ArrowLeft: () => chart.pan(-width / 8), ArrowRight: () => chart.pan(width / 8), ArrowUp: () => chart.zoom(0.7), ArrowDown: () => chart.zoom(1.4),
      "+": () => chart.zoom(0.7), "-": () => chart.zoom(1.4), Home: () => chart.show(0, width), End: () => chart.show(chart.count - width, chart.count),
      0: () => chart.show(0, chart.count), n: () => chart.step(1), p: () => chart.step(-1), Enter: () => chart.pick(chart.bar ?? Math.floor(clamp(chart.to, 1, chart.count) - 1)),
      Escape: () => { chart.bar = chart.selected = null; chart.redraw(); }};
    const walk = {ArrowLeft: -1, ArrowRight: 1}, act = e.shiftKey && walk[e.key] ? () => step(walk[e.key]) : plain[e.key];
    if (!act) return;
    e.preventDefault();
    act();
  });
  /* From one candle to the next, and say what is there. */
  function step(direction) {
    const at = chart.windows.candle(chart.bar ?? clamp((chart.from + chart.to) / 2, 0, chart.count - 1));
    if (!at) return;
    chart.bar = clamp(at.bar + direction * at.window.step, 0, chart.count - 1);
    chart.mouse = null;
    const width = chart.to - chart.from;
    if (chart.bar < chart.from) chart.pan(-width / 2);
    if (chart.bar > chart.to - 1) chart.pan(width / 2);
    chart.speak();
  }
}
