// A rule that is pointed at shows wherever it stands: elements, and the editor's marks, say whose they are in
// `data-rules`. A click keeps it shown. By keyboard: arrows walk through the rules of a text (`data-walk`) that has the
// focus; and the rule in which the cursor stands, in the editor or in the box of the text, shows too.

const words = value => (value ? value.split(" ") : []);

function rulesOf(node) {
  const element = node instanceof Element ? node : node?.parentElement;
  return words(element?.closest("[data-rules]")?.dataset.rules);
}

let shown = "", pinned = [], walked = null;

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

function again() { // what was written anew has lost its light
  shown = "";
  light(pinned);
}

// ---- by mouse

document.addEventListener("mouseover", event => {
  const rules = rulesOf(event.target);
  light(rules.length ? rules : pinned);
});

document.addEventListener("click", event => {
  if (!(event.target instanceof Element)) return;
  if (event.target.closest('[role="tab"]')) { setTimeout(again, 80); return; }
  if (event.target.closest("button, a, input, textarea, select, .cm-editor")) return;
  pinned = rulesOf(event.target);
  light(pinned);
});

// ---- by keyboard

/* The first piece of each rule of a text, in their order. */
function stops(text) {
  const found = new Map();
  for (const piece of text.querySelectorAll("[data-rules]"))
    if (!found.has(piece.dataset.rules)) found.set(piece.dataset.rules, piece);
  return [...found.values()];
}

function walk(text, way) {
  const pieces = stops(text);
  if (!pieces.length) return;
  const at = pieces.findIndex(piece => piece.dataset.rules === walked);
  const last = pieces.length - 1;
  const next = {first: 0, last, on: at < 0 ? 0 : Math.min(at + 1, last), back: at < 0 ? last : Math.max(at - 1, 0)}[way];
  walked = pieces[next].dataset.rules;
  pinned = words(walked);
  light(pinned);
  pieces[next].scrollIntoView({block: "nearest"});
  const spoken = document.querySelector(".rule-spoken");
  if (spoken) spoken.textContent = pieces[next].title || pieces[next].textContent;
}

const WAYS = {ArrowRight: "on", ArrowDown: "on", ArrowLeft: "back", ArrowUp: "back", Home: "first", End: "last"};

document.addEventListener("keydown", event => {
  const text = event.target instanceof Element && event.target.matches("[data-walk]") ? event.target : null;
  if (!text || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
  if (WAYS[event.key]) { walk(text, WAYS[event.key]); event.preventDefault(); }
});

document.addEventListener("focusin", event => {
  if (event.target instanceof Element && event.target.matches("[data-walk]:focus-visible") && !pinned.length) walk(event.target, "first");
});

document.addEventListener("focusout", event => {
  if (!(event.target instanceof Element) || !event.target.matches("[data-walk]")) return;
  if (event.relatedTarget?.matches?.("[data-walk]")) return;
  walked = null;
  pinned = [];
  light(pinned);
});

// ---- by the cursor

/* The piece of the marked text in which a place of the box stands; none while the two differ. */
function pieceAt(box) {
  const marked = document.querySelector(".marked");
  if (!marked || marked.textContent !== box.value) return null;
  let until = 0;
  for (const piece of marked.children) {
    until += piece.textContent.length;
    if (box.selectionStart < until) return piece;
  }
  return null;
}

document.addEventListener("selectionchange", () => {
  const active = document.activeElement;
  if (active instanceof HTMLTextAreaElement && active.closest(".text-box")) light(rulesOf(pieceAt(active)));
  else if (active?.classList.contains("cm-content")) light(rulesOf(getSelection().anchorNode));
});
