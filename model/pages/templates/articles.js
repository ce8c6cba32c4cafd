// The articles of the page: what is known of each, which of its sentences are hits, and which articles are found.
//
// The text of an article stays in its script element until it is shown or searched. What filters need of all
// articles is kept in flat arrays, one entry for each label of each sentence, so that counting stays quick.

const NO_TITLE_LENGTH = 90;

// A part of an article is bare text; [text, reason] for furniture; [text, labels, scores] for a sentence.
const isSentence = (part) => part.length === 3 && typeof part !== "string";
const isFurniture = (part) => part.length === 2 && typeof part !== "string";

class Articles {
  constructor(elements, labelCount) {
    this.elements = elements;
    this.labelCount = labelCount;
    this.known = [];
    this.labelOf = [];
    this.scoreOf = [];
    this.sentenceOf = [];
    elements.forEach((_, number) => this.index(this.read(number)));
    this.labelOf = Uint16Array.from(this.labelOf);
    this.scoreOf = Float32Array.from(this.scoreOf);
    this.sentenceOf = Uint32Array.from(this.sentenceOf);
    this.searchable = new Array(elements.length);
  }

  get length() { return this.elements.length; }

  read(number) { return JSON.parse(this.elements[number].textContent); }

  index(article) {
    const first = this.labelOf.length;
    article.parts.forEach((part, place) => {
      if (!isSentence(part)) return;
      for (const label of part[1]) {
        this.labelOf.push(label);
        this.scoreOf.push(part[2][label]);
        this.sentenceOf.push(place);
      }
    });
    const { id, source, date } = article;
    this.known.push({ id, source, date, title: titleOf(article), first, end: this.labelOf.length });
  }

  // Count the hits of every article for the labels shown and the least score: sentences by label, and in all.
  count(shown, least) {
    const total = { labels: new Uint32Array(this.labelCount), hits: 0 };
    for (const known of this.known) {
      known.labels = new Uint32Array(this.labelCount);
      known.hits = 0;
      let last = -1;
      for (let at = known.first; at < known.end; at += 1) {
        // Scores are compared as they are shown, with two decimals.
        if (Math.round(this.scoreOf[at] * 100) < least) continue;
        known.labels[this.labelOf[at]] += 1;
        if (!shown[this.labelOf[at]]) continue;
        if (this.sentenceOf[at] !== last) known.hits += 1;
        last = this.sentenceOf[at];
      }
      known.labels.forEach((count, label) => { total.labels[label] += count; });
      total.hits += known.hits;
    }
    return total;
  }

  // The numbers of the articles that hold all words of the query, in the order asked for.
  find(query, { onlyHits, order }) {
    const words = folded(query).split(/\s+/).filter(Boolean);
    const found = [];
    for (let number = 0; number < this.length; number += 1) {
      if (onlyHits && !this.known[number].hits) continue;
      if (words.length && !words.every((word) => this.textOf(number).includes(word))) continue;
      found.push(number);
    }
    const known = this.known;
    if (order === "hits") found.sort((a, b) => known[b].hits - known[a].hits || a - b);
    // Articles without a date come last.
    if (order === "date") found.sort((a, b) => compare(known[a].date || "\uffff", known[b].date || "\uffff") || a - b);
    return found;
  }

  textOf(number) {
    if (this.searchable[number] === undefined) {
      const { id, title, source, date, parts } = this.read(number);
      const text = parts.map((part) => (typeof part === "string" ? part : part[0])).join("");
      this.searchable[number] = folded([title, source, date, id, text].join("\n"));
    }
    return this.searchable[number];
  }
}

const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

// Lower case without accents, so that "deir ez-zor" and "Ḥomṣ" are found however they are spelt.
function folded(text) {
  return text.normalize("NFD").replace(/\p{Mn}/gu, "").toLowerCase();
}

function titleOf(article) {
  if (article.title.trim()) return article.title;
  const text = article.parts.find((part) => isSentence(part)) || article.parts[0] || article.id;
  const words = (typeof text === "string" ? text : text[0]).trim();
  return words.length > NO_TITLE_LENGTH ? `${words.slice(0, NO_TITLE_LENGTH).trimEnd()}…` : words;
}
