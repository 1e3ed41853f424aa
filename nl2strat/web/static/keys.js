// Keys that every tab list has, the help about keys, and the parts of the screen that a phone shows one at a time.

const TABS = '[role="tablist"]';

document.addEventListener("keydown", event => {
  const tab = event.target instanceof Element ? event.target.closest('[role="tab"]') : null;
  if (!tab || event.ctrlKey || event.altKey || event.metaKey) return;
  const all = [...tab.closest(TABS).querySelectorAll('[role="tab"]:not(:disabled)')], at = all.indexOf(tab), n = all.length;
  const next = {ArrowRight: (at + 1) % n, ArrowLeft: (at + n - 1) % n, Home: 0, End: n - 1}[event.key];
  if (next === undefined) return;
  event.preventDefault();
  all[next].focus();
  all[next].click();
});

/* A tab turns at once; the server hears of the click too, and says the same. */
document.addEventListener("click", event => {
  const tab = event.target instanceof Element ? event.target.closest('[role="tab"][aria-controls]:not([data-to])') : null;
  for (const one of tab?.closest(TABS).querySelectorAll('[role="tab"]') ?? []) {
    one.setAttribute("aria-selected", one === tab);
    one.tabIndex = one === tab ? 0 : -1;
    document.getElementById(one.getAttribute("aria-controls"))?.classList.toggle("hidden", one !== tab);
  }
});

document.addEventListener("keydown", event => {
  if (event.key !== "?" || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable=true], .q-dialog")) return;
  document.querySelector("button.keys")?.click();
});

// ---- one part of the screen at a time, where there is no room for more

const narrow = matchMedia("(max-width: 640px)");

function turn(part) {
  const main = document.querySelector("main.page");
  if (!main || !main.querySelector(`[data-part="${part}"]`)) return;
  const other = main.dataset.shown !== part;
  main.dataset.shown = part;
  for (const tab of document.querySelectorAll("nl2-parts [role=tab]")) {
    const own = tab.dataset.to === part;
    tab.setAttribute("aria-selected", own);
    tab.tabIndex = own ? 0 : -1;
  }
  if (other && narrow.matches) scrollTo({top: 0, behavior: "instant"});
}

document.addEventListener("click", event => {
  const tab = event.target instanceof Element ? event.target.closest("nl2-parts [data-to]") : null;
  if (tab) turn(tab.dataset.to);
});

/* <nl2-parts>: the bar. Each part is the panel of its tab only while the bar is there. */
class Parts extends HTMLElement {
  connectedCallback() {
    this.heard ??= () => this.panels();
    narrow.addEventListener("change", this.heard);
    setTimeout(this.heard, 0);
  }
  disconnectedCallback() { narrow.removeEventListener("change", this.heard); }
  panels() {
    for (const part of document.querySelectorAll("[data-part]")) {
      if (narrow.matches) part.setAttribute("role", "tabpanel"); else part.removeAttribute("role");
    }
  }
}

customElements.define("nl2-parts", Parts);
