/* <nl2-editor-help>: stands beside the editor of the language and teaches it completion and the marks of errors.

   source    address of the functions and keywords, such as /api/v1/language
   problems  JSON [{line, message}]: shown in the gutter
   goto      JSON {line, column, turn}: put the cursor there. turn: any new number
   label     how the editor is called

   The editor is CodeMirror as NiceGUI brings it; its own completion and gutter are used, with what is known here. */

const TRIES = 100; // times 50 ms: the editor comes a little after this element

class EditorHelp extends HTMLElement {
  static observedAttributes = ["problems", "goto", "label"];

  connectedCallback() { this.ready ??= this.begin(); }
  attributeChangedCallback(name) { this.ready?.then(() => this.apply(name)); }

  async begin() {
    this.view = await this.found();
    if (!this.view) return;
    const {EditorState, Prec, StateEffect, keymap} = this.cm;
    this.vocabulary = fetch(this.getAttribute("source")).then(answer => answer.json()).then(words => options(words));
    this.marks = gutterOf(this.cm);
    const data = [{autocomplete: context => this.complete(context)}]; // one and the same each time it is asked for
    const extensions = [
      EditorState.languageData.of(() => data),
      Prec.highest(keymap.of([{key: "Mod-Enter", run: () => true}])), // that runs the backtest: no new line
      this.marks.extension,
    ];
    this.view.dispatch({effects: StateEffect.appendConfig.of(extensions)});
    for (const name of EditorHelp.observedAttributes) this.apply(name);
  }

  async found() {
    for (let i = 0; i < TRIES; i++) {
      const element = this.parentElement?.querySelector(".cm-editor");
      if (element) {
        this.cm = await import("nicegui-codemirror");
        return this.cm.EditorView.findFromDOM(element);
      }
      await new Promise(done => setTimeout(done, 50));
    }
    return null;
  }

  apply(name) {
    const value = this.getAttribute(name);
    if (!this.view || !value) return;
    if (name === "problems") this.marks.show(this.view, JSON.parse(value));
    if (name === "label") this.view.contentDOM.setAttribute("aria-label", value);
    if (name === "goto") this.go(JSON.parse(value));
  }

  go({line, column}) {
    const {doc} = this.view.state;
    const at = doc.line(Math.min(Math.max(line, 1), doc.lines));
    const place = Math.min(at.from + Math.max(column - 1, 0), at.to);
    this.view.dispatch({selection: {anchor: place}, scrollIntoView: true});
    this.view.focus();
  }

  async complete(context) {
    const word = context.matchBefore(/[A-Za-z_]\w*/);
    if (!word && !context.explicit) return null;
    const line = context.state.doc.lineAt(context.pos);
    if (/#|"[^"]*$/.test(line.text.slice(0, context.pos - line.from))) return null; // a comment, a name
    const known = await this.vocabulary;
    const from = word ? word.from : context.pos;
    return {from, options: [...names(context.state.doc.toString(), from), ...known], validFor: /^\w*$/};
  }
}

/* What can be completed: functions with their signature and definition, and the words of the language. */
function options({functions, keywords}) {
  const found = functions.map(one => {
    const takes = /\((.*)\)/.exec(one.signature)?.[1] ?? "";
    return {
      label: one.name, type: "function", detail: one.signature.slice(one.name.length),
      info: `${one.title}: ${one.definition}`, apply: (view, _, from, to) => write(view, from, to, one.name, takes),
    };
  });
  return [...found, ...keywords.map(label => ({label, type: "keyword", boost: 1}))];
}

/* A function's name; with parentheses, and the cursor between them, where it takes something. */
function write(view, from, to, name, takes) {
  const open = view.state.sliceDoc(to, to + 1) === "(";
  const insert = takes && !open ? `${name}()` : name;
  view.dispatch({changes: {from, to, insert}, selection: {anchor: from + name.length + (takes ? 1 : 0)}, userEvent: "input.complete"});
}

/* Names that the program itself has given above. */
function names(text, until) {
  const found = new Map();
  for (const match of text.slice(0, until).matchAll(/^[ \t]*(let|input)[ \t]+([A-Za-z_]\w*)[ \t]*=[ \t]*(.*)$/gm))
    found.set(match[2], {label: match[2], type: "variable", detail: ` ${match[1]}`, info: match[3], boost: 2});
  return [...found.values()];
}

/* The gutter with a mark on each line that has a problem; marks stay with their lines while these move. */
function gutterOf({GutterMarker, RangeSet, StateEffect, StateField, gutter}) {
  class Mark extends GutterMarker {
    constructor(message) { super(); this.message = message; }
    eq(other) { return other.message === this.message; }
    toDOM() {
      const mark = document.createElement("span");
      Object.assign(mark, {className: "problem-mark", textContent: "!", title: this.message});
      return mark;
    }
  }
  const set = StateEffect.define();
  const field = StateField.define({
    create: () => RangeSet.empty,
    update(marks, change) {
      let now = marks.map(change.changes);
      for (const effect of change.effects) if (effect.is(set)) now = RangeSet.of(effect.value, true);
      return now;
    },
  });
  return {
    extension: [field, gutter({class: "problem-gutter", markers: view => view.state.field(field), initialSpacer: () => new Mark("")})],
    show(view, problems) {
      const lines = new Map();
      for (const {line, message} of problems)
        if (line >= 1 && line <= view.state.doc.lines) lines.set(line, lines.has(line) ? `${lines.get(line)}\n${message}` : message);
      view.dispatch({effects: set.of([...lines].map(([line, message]) => new Mark(message).range(view.state.doc.line(line).from)))});
    },
  };
}

customElements.define("nl2-editor-help", EditorHelp);
