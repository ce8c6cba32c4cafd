// Shows one article: its hits marked, its furniture in grey, the scores of the sentence that is pointed at.

const LONG_FURNITURE = 240;
const MOST_HIGHLIGHTS = 5000;

// Make an element; texts among the children become text nodes, never markup.
function make(name, className, ...children) {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

const heard = (text) => make("span", "heard", text);
const badge = (label, ...more) => make("span", `badge label-${label.number}`, label.code, ...more);

class Reader {
  constructor(place, labels) {
    this.place = place;
    this.labels = labels;
    this.tooltip = document.getElementById("scores");
    this.hits = [];
    this.current = -1;
    this.scores = new WeakMap();
    place.addEventListener("pointerover", (event) => this.showScoresOf(event.target));
    place.addEventListener("focusin", (event) => {
      const hit = this.hits.indexOf(event.target);
      if (hit >= 0) this.current = hit;
      this.showScoresOf(event.target);
      this.onMove();
    });
    place.addEventListener("click", (event) => this.showScoresOf(event.target));
    place.addEventListener("pointerleave", () => this.hideScores());
    place.addEventListener("focusout", () => this.hideScores());
    place.addEventListener("scroll", () => this.showScoresOf(document.activeElement));
    this.onMove = () => {};
  }

  show(article, { shown, least, words }) {
    this.hideScores();
    const text = make("div", "text");
    text.dir = "auto";
    this.hits = [];
    this.current = -1;
    article.parts.forEach((part, place) => {
      if (isFurniture(part)) text.append(this.furniture(part));
      else if (isSentence(part)) text.append(this.sentence(part, shown, least));
      else text.append(gap(part, article.parts[place - 1], article.parts[place + 1]));
    });
    const title = make("h2", "title", titleOf(article));
    title.dir = "auto";
    const known = [article.source, article.date, article.id].filter(Boolean).map((value) => make("bdi", "", value));
    const line = make("p", "known", ...known.flatMap((value, at) => (at ? [" · ", value] : [value])));
    this.place.replaceChildren(line, title, text);
    this.place.scrollTop = 0;
    highlight(this.place, words);
  }

  sentence([text, given, scores], shown, least) {
    const marked = given.filter((label) => shown[label] && Math.round(scores[label] * 100) >= least);
    const element = make(marked.length ? "mark" : "span", marked.length ? "hit" : "sentence");
    this.scores.set(element, { given, scores });
    if (!marked.length) {
      element.append(text);
      return element;
    }
    const labels = marked.map((number) => this.labels[number]);
    const badges = make("span", "badges", ...labels.map((label) => badge(label, make("span", "score", ` ${scores[label.number].toFixed(2)}`))));
    badges.ariaHidden = "true";
    const names = labels.map((label) => `${label.name} ${scores[label.number].toFixed(2)}`).join(", ");
    element.append(heard(`[${names}] `), badges, underlined(text, marked));
    element.style.backgroundImage = tints(marked);
    element.tabIndex = 0;
    this.hits.push(element);
    return element;
  }

  furniture([text, reason]) {
    const why = make("span", "reason", `${reason}: `);
    if (text.length <= LONG_FURNITURE) return make("span", "furniture", why, text.trim());
    const summary = make("summary", "", make("span", "reason", reason), ` (${text.length.toLocaleString()} characters)`);
    return make("details", "furniture", summary, text.trim());
  }

  // Move to the hit that many steps away; false where there is none.
  step(by) {
    const next = this.current + by;
    if (next < 0 || next >= this.hits.length) return false;
    this.go(next);
    return true;
  }

  go(number) {
    this.current = number;
    this.hits[number].scrollIntoView({ block: "center" });
    this.hits[number].focus({ preventScroll: true });
  }

  showScoresOf(target) {
    const element = target.closest?.(".hit, .sentence");
    if (!element || !this.scores.has(element)) {
      this.hideScores();
      return;
    }
    const { given, scores } = this.scores.get(element);
    this.tooltip.replaceChildren(...this.labels.map((label) => scoreLine(label, scores[label.number], given)));
    this.tooltip.hidden = false;
    this.describe(element);
    const box = element.getClientRects()[0];
    const tip = this.tooltip.getBoundingClientRect();
    const below = element.getBoundingClientRect().bottom + 8;
    const above = box.top - tip.height - 8;
    const top = above > 8 ? above : Math.min(below, innerHeight - tip.height - 8);
    this.tooltip.style.top = `${top}px`;
    this.tooltip.style.left = `${Math.max(8, Math.min(box.left, innerWidth - tip.width - 8))}px`;
  }

  describe(element) {
    this.described?.removeAttribute("aria-describedby");
    element?.setAttribute("aria-describedby", "scores");
    this.described = element;
  }

  hideScores() {
    this.tooltip.hidden = true;
    this.describe(null);
  }
}

function scoreLine(label, score, given) {
  const bar = make("span", "");
  bar.style.width = `${score * 100}%`;
  const track = make("span", "track", bar);
  track.ariaHidden = "true";
  const isGiven = given.includes(label.number);
  const line = make("p", `label-${label.number}${isGiven ? " given" : ""}`);
  line.append(badge(label), make("span", "", label.name), track, make("span", "number", score.toFixed(2)));
  return line;
}

// One underline below another, each in its label's colour and kind.
function underlined(text, marked) {
  let inner = make("bdi", "", text);
  marked.forEach((number, depth) => {
    const line = make("span", `underline label-${number}`, inner);
    line.style.setProperty("--below", depth);
    inner = line;
  });
  return inner;
}

// The colour of the one label, or a passage from one to the next.
function tints(marked) {
  const colours = marked.map((number) => `var(--tint-${number})`);
  return `linear-gradient(90deg, ${[...colours, ...colours.slice(-1)].join(", ")})`;
}

// Text between sentences, without the line breaks that furniture, a block of its own, makes needless.
function gap(text, before, after) {
  let kept = text.replace(/\n\s*\n\s*/g, "\n\n");
  if (before === undefined || isFurniture(before)) kept = kept.replace(/^\s+/, "");
  if (after === undefined || isFurniture(after)) kept = kept.replace(/\s+$/, "");
  return kept;
}

// Mark the words searched for, where the browser can do so without touching the text (CSS Custom Highlight).
function highlight(place, words) {
  if (!CSS.highlights) return;
  CSS.highlights.delete("found");
  if (!words.length) return;
  const ranges = [];
  const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const text = node.data.toLowerCase();
    for (const word of words) {
      for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
        if (at + word.length > node.length) break;
        const range = new Range();
        range.setStart(node, at);
        range.setEnd(node, at + word.length);
        ranges.push(range);
      }
    }
  }
  CSS.highlights.set("found", new Highlight(...ranges.slice(0, MOST_HIGHLIGHTS)));
}
