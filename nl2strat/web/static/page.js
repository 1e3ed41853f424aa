// Colours by choice, and a rule that is pointed at shows wherever it stands: elements, and the editor's marks,
// say whose they are in `data-rules`. A click keeps it shown.

function rulesOf(element) {
  const marked = element instanceof Element && element.closest("[data-rules]");
  return marked ? marked.dataset.rules.split(" ") : [];
}

let shown = "", pinned = [];
function light(rules) {
  const wanted = rules.join(" ");
  if (wanted === shown) return;
  shown = wanted;
  for (const element of document.querySelectorAll(".lit")) element.classList.remove("lit");
  for (const rule of rules) {
    const css = `[data-rules~="${CSS.escape(rule)}"]`;
    for (const element of document.querySelectorAll(css)) element.classList.add("lit");
  }
}

document.addEventListener("mouseover", event => {
  const rules = rulesOf(event.target);
  light(rules.length ? rules : pinned);
});
document.addEventListener("click", event => {
  const tab = event.target instanceof Element && event.target.closest('[role="tab"]');
  if (tab) { shown = ""; setTimeout(() => light(pinned), 80); return; }
  if (event.target instanceof Element && event.target.closest("button, a, input, textarea, select")) return;
  pinned = rulesOf(event.target);
  light(pinned);
});
document.addEventListener("click", event => {
  if (!(event.target instanceof Element) || !event.target.closest("button.theme")) return;
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("theme", root.dataset.theme);
});
