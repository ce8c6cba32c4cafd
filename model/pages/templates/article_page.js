// The page around the article: filters, the list of articles, keys, and steps from event to event.

const PAGE = 50;
const SEARCH_DELAY = 150; // milliseconds after the last key

const at = (id) => document.getElementById(id);
const labelButtons = [...document.querySelectorAll("button.label")];
const labels = labelButtons.map(({ dataset }, number) => ({ number, name: dataset.name, code: dataset.code }));
const articles = new Articles([...document.querySelectorAll("script.article")], labels.length);
const reader = new Reader(at("article"), labels);

const state = { shown: labels.map(() => true), least: 0, query: "", order: "given", onlyHits: false };
let found = []; // numbers of the articles in the list
let page = 0; // of the list
let open = -1; // number of the article shown

const words = () => folded(state.query).split(/\s+/).filter(Boolean);
const many = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

// Bring everything in line with the filters; the article in view stays while the list still has it.
function refresh() {
  const total = articles.count(state.shown, state.least);
  labelButtons.forEach((button, number) => {
    button.ariaPressed = String(state.shown[number]);
    button.querySelector(".count").textContent = total.labels[number].toLocaleString("en");
  });
  at("summary").textContent = `${many(articles.length, "article")}, ${many(total.hits, "sentence")} with events`;
  at("least-value").textContent = (state.least / 100).toFixed(2);
  found = articles.find(state.query, state);
  at("found").textContent = found.length === articles.length ? many(found.length, "article") : `${many(found.length, "article")} of ${articles.length.toLocaleString("en")}`;
  const stays = found.includes(open);
  page = stays ? Math.floor(found.indexOf(open) / PAGE) : 0;
  if (stays || !found.length) showArticle(open);
  else showArticle(found[0]);
}

function showList() {
  const first = page * PAGE;
  at("list").replaceChildren(...found.slice(first, first + PAGE).map(listItem));
  at("page").textContent = found.length ? `${(first + 1).toLocaleString("en")} to ${Math.min(first + PAGE, found.length).toLocaleString("en")}` : "none";
  at("earlier").disabled = page === 0;
  at("later").disabled = first + PAGE >= found.length;
}

function listItem(number) {
  const known = articles.known[number];
  const title = make("span", "title", known.title);
  title.dir = "auto";
  const link = make("a", known.hits ? "" : "empty", title);
  const about = [known.source, known.date].filter(Boolean).join(" · ");
  if (about) link.append(make("span", "known", make("bdi", "", about)));
  const counts = labels.filter((label) => state.shown[label.number] && known.labels[label.number]);
  if (counts.length) link.append(make("span", "counts", ...counts.map((label) => countOf(label, known.labels[label.number]))));
  link.href = `#${number + 1}`;
  if (number === open) link.ariaCurrent = "true";
  return make("li", "", link);
}

function countOf(label, count) {
  const code = badge(label);
  code.ariaHidden = "true";
  return make("span", "", code, heard(`${label.name} `), String(count));
}

function showArticle(number) {
  open = number;
  if (number < 0) {
    at("article").replaceChildren(make("p", "known", "No article to show."));
  } else {
    reader.show(articles.read(number), { ...state, words: words() });
    const place = found.indexOf(number);
    if (place >= 0) page = Math.floor(place / PAGE);
    if (location.hash !== `#${number + 1}`) history.replaceState(null, "", `#${number + 1}`);
  }
  showList();
  keepCurrentInView();
  showPosition();
}

// By hand: scrollIntoView would have the next Tab go on from there.
function keepCurrentInView() {
  const list = at("list");
  const current = list.querySelector("[aria-current]");
  if (!current) return;
  const own = current.getBoundingClientRect();
  const top = list.getBoundingClientRect().top + list.clientTop;
  list.scrollTop += Math.min(0, own.top - top) || Math.max(0, own.bottom - top - list.clientHeight);
}

function showPosition() {
  const { current, hits } = reader;
  const place = found.indexOf(open);
  at("position").textContent = !hits.length ? "no events" : current < 0 ? many(hits.length, "event") : `${current + 1} of ${many(hits.length, "event")}`;
  at("previous-article").disabled = place <= 0;
  at("next-article").disabled = place + 1 >= found.length;
  at("previous-hit").disabled = at("next-hit").disabled = !found.some((number) => articles.known[number].hits);
}

function stepArticle(by) {
  const next = found[found.indexOf(open) + by];
  if (next === undefined) return;
  showArticle(next);
  at("article").focus({ preventScroll: true });
}

// The next event: in this article, or in the next one of the list that has any.
function stepHit(by) {
  if (reader.step(by < 0 && reader.current < 0 ? 0 : by)) return;
  let place = found.indexOf(open) + by;
  while (found[place] !== undefined && !articles.known[found[place]].hits) place += by;
  if (found[place] === undefined) return;
  showArticle(found[place]);
  reader.go(by > 0 ? 0 : reader.hits.length - 1);
}

function toggleLabel(number) {
  state.shown[number] = !state.shown[number];
  refresh();
}

function showOnlyReader(isReading) {
  document.body.classList.toggle("listing", !isReading);
  at("show-list").ariaExpanded = String(!isReading);
}

let waiting = 0;
function later(action) {
  clearTimeout(waiting);
  waiting = setTimeout(action, SEARCH_DELAY);
}

labelButtons.forEach((button, number) => button.addEventListener("click", () => toggleLabel(number)));
at("least").addEventListener("input", (event) => {
  state.least = Math.round(event.target.valueAsNumber * 100);
  at("least-value").textContent = (state.least / 100).toFixed(2);
  later(refresh);
});
at("search").addEventListener("input", (event) => {
  state.query = event.target.value;
  later(refresh);
});
at("order").addEventListener("change", (event) => { state.order = event.target.value; refresh(); });
at("only-hits").addEventListener("change", (event) => { state.onlyHits = event.target.checked; refresh(); });
at("earlier").addEventListener("click", () => { page -= 1; showList(); at("list").scrollTop = 0; });
at("later").addEventListener("click", () => { page += 1; showList(); at("list").scrollTop = 0; });
at("previous-article").addEventListener("click", () => stepArticle(-1));
at("next-article").addEventListener("click", () => stepArticle(1));
at("previous-hit").addEventListener("click", () => stepHit(-1));
at("next-hit").addEventListener("click", () => stepHit(1));
at("show-list").addEventListener("click", () => showOnlyReader(document.body.classList.contains("listing")));
at("show-help").addEventListener("click", () => at("help").showModal());
at("list").addEventListener("click", (event) => {
  if (event.target.closest("a")) showOnlyReader(true);
});
reader.onMove = showPosition;

addEventListener("hashchange", () => {
  const number = Number(location.hash.slice(1)) - 1;
  if (number === open || !articles.known[number]) return;
  showArticle(number);
  at("article").focus({ preventScroll: true });
});

const keys = {
  j: () => stepHit(1),
  k: () => stepHit(-1),
  n: () => stepArticle(1),
  p: () => stepArticle(-1),
  "/": () => { showOnlyReader(false); at("search").focus(); at("search").select(); },
  "?": () => at("help").showModal(),
  0: () => { state.shown.fill(true); refresh(); },
};
addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    reader.hideScores();
    if (document.activeElement === at("search")) at("search").blur();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || !at("keys").checked || at("help").open) return;
  if (event.target.matches("input:not([type=checkbox], [type=range]), select")) return;
  const action = /^[1-9]$/.test(event.key) && labels[event.key - 1] ? () => toggleLabel(event.key - 1) : keys[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

const version = document.querySelector("script.model-version");
at("version").textContent = JSON.parse(version.textContent);
open = Number(location.hash.slice(1)) - 1;
if (!articles.known[open]) open = -1;
refresh();
