/* <nl2-upload>: a file on its way to the server, chosen or dropped, with its progress. What is typed nowhere: nothing
   is evaluated, and all texts are set as text.

   to      address that takes the file as the body of a POST
   most    bytes that a file may have
   accept  endings, ".csv,.parquet"
   words   JSON of all texts
   reset   any new value: ready for another file
   sent    event {id, name, size}: the server has it
   refused event {message}: it has not, and why */

const WORDS = {
  choose: "Choose a file", drop: "or drop it here", limit: "", sending: "Sending {name}", cancel: "Cancel",
  large: "{name} has {size} MB; {most} MB are the most", empty: "{name} is empty", lost: "The server could not be reached",
};

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
const megabytes = bytes => (bytes / 1e6).toLocaleString("en-US", {maximumFractionDigits: 1});

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

class Upload extends HTMLElement {
  static observedAttributes = ["words", "reset"];

  constructor() {
    super();
    this.texts = WORDS;
    this.request = null;
  }

  connectedCallback() {
    if (!this.field) this.build();
  }

  disconnectedCallback() { this.request?.abort(); }

  attributeChangedCallback(name, _, value) {
    if (name === "words") this.texts = {...WORDS, ...JSON.parse(value || "{}")};
    if (name === "reset" && this.field) this.idle();
    if (this.field) this.label();
  }

  build() {
    this.field = make("input", {type: "file", class: "upload-field", accept: this.getAttribute("accept") ?? ""});
    this.words = make("span", {class: "upload-words"});
    this.limit = make("span", {class: "upload-limit"});
    this.area = make("label", {class: "upload-area"}, this.field, this.words, this.limit);
    this.bar = make("progress", {max: "1"});
    this.says = make("span", {role: "status", "aria-live": "polite"});
    this.stop = make("button", {type: "button", class: "plain-button"});
    this.going = make("div", {class: "upload-going"}, this.says, this.bar, this.stop);
    this.append(this.area, this.going);
    this.field.addEventListener("change", () => this.chosen(this.field.files[0]));
    this.stop.addEventListener("click", () => this.request?.abort());
    for (const kind of ["dragenter", "dragover", "dragleave", "drop"])
      this.area.addEventListener(kind, event => this.dragged(event));
    this.label();
    this.idle();
  }

  label() {
    this.words.replaceChildren(make("strong", {}, this.texts.choose), " ", make("span", {}, this.texts.drop));
    this.limit.textContent = this.texts.limit;
    this.stop.textContent = this.texts.cancel;
    this.bar.setAttribute("aria-label", this.texts.choose);
    this.field.setAttribute("aria-label", this.texts.choose);
  }

  idle() {
    this.request = null;
    this.field.value = "";
    this.area.hidden = false;
    this.going.hidden = true;
  }

  dragged(event) {
    event.preventDefault();
    this.area.classList.toggle("over", event.type === "dragenter" || event.type === "dragover");
    if (event.type === "drop") this.chosen(event.dataTransfer.files[0]);
  }

  chosen(file) {
    if (!file || this.request) return;
    const most = Number(this.getAttribute("most"));
    const said = {name: file.name, size: megabytes(file.size), most: megabytes(most)};
    if (file.size > most) return this.refuse(fill(this.texts.large, said));
    if (!file.size) return this.refuse(fill(this.texts.empty, said));
    this.send(file, said);
  }

  send(file, said) {
    const request = new XMLHttpRequest();
    this.request = request;
    this.area.hidden = true;
    this.going.hidden = false;
    this.says.textContent = fill(this.texts.sending, said);
    this.bar.value = 0;
    request.upload.onprogress = event => { if (event.lengthComputable) this.bar.value = event.loaded / event.total; };
    request.onload = () => this.answered(request);
    request.onerror = () => this.refuse(this.texts.lost);
    request.onabort = () => this.idle();
    request.open("POST", `${this.getAttribute("to")}?name=${encodeURIComponent(file.name.slice(-200))}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.send(file);
  }

  answered(request) {
    let given = {};
    try { given = JSON.parse(request.responseText); } catch { /* then there is no more to say than its status */ }
    if (request.status !== 201) return this.refuse(given.errors?.[0]?.message ?? `${this.texts.lost} (${request.status})`);
    this.idle();
    this.dispatchEvent(new CustomEvent("sent", {detail: given}));
  }

  refuse(message) {
    this.idle();
    this.dispatchEvent(new CustomEvent("refused", {detail: {message}}));
  }
}

customElements.define("nl2-upload", Upload);
