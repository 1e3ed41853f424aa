// What every page does in the browser: colours by choice here, the rest by subject.

import "./rules.js";
import "./keys.js";
import "./editor.js";

document.addEventListener("click", event => {
  if (!(event.target instanceof Element) || !event.target.closest("button.theme")) return;
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("theme", root.dataset.theme);
});
