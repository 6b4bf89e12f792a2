// What the reader does beyond links: search as one types, keys, and progress that moves.
// Without it every page still reads; the search is then a form, and the keys are the browser's.

const box = document.querySelector("#search");
const results = document.querySelector("#results");
let asked = 0;

// Pages that are files have no server to ask: they load the whole list, once.
let everything = null;
async function find(question) {
  if (!("static" in document.documentElement.dataset)) {
    const answer = await fetch(`${box.form.action}?format=json&q=${encodeURIComponent(question)}`);
    return answer.ok ? (await answer.json()).results : [];
  }
  everything ??= (await fetch("/search.json")).json();
  const words = question.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
  const score = ({ title, text, weight }) => words.reduce((sum, word) => {
    const at = title.toLowerCase().indexOf(word);
    const points = title.toLowerCase() === word ? 20 * weight : at === 0 ? 10 * weight
      : at > 0 ? 8 * weight : text.includes(word) ? 1 : 0;
    return sum && points ? sum + points : 0;
  }, words.length ? 1 : 0);
  return (await everything).map((entry) => [score(entry), entry]).filter(([points]) => points)
    .sort(([a], [b]) => b - a).slice(0, 20).map(([, entry]) => entry);
}

async function search() {
  const question = box.value.trim();
  const mine = ++asked;
  if (!question) { results.replaceChildren(); results.hidden = true; return; }
  const found = await find(question);
  if (mine !== asked) return; // an older question's answer came late
  results.replaceChildren(...found.map(({ title, where, url }) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    const place = document.createElement("small");
    link.href = url;
    link.textContent = title;
    place.textContent = where;
    link.append(place);
    item.append(link);
    return item;
  }));
  if (!found.length) results.textContent = "Nothing has all of these words.";
  results.hidden = false;
}

if (box) {
  box.addEventListener("input", search);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { box.value = ""; search(); box.blur(); }
    if (event.key === "ArrowDown") { event.preventDefault(); results.querySelector("a")?.focus(); }
  });
  results.addEventListener("keydown", (event) => {
    const links = [...results.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    if (event.key === "ArrowDown") { event.preventDefault(); links[at + 1]?.focus(); }
    if (event.key === "ArrowUp") { event.preventDefault(); (links[at - 1] ?? box).focus(); }
    if (event.key === "Escape") box.focus();
  });
}

document.addEventListener("keydown", (event) => {
  if (event.target.matches("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
  const go = (rel) => document.querySelector(`a[rel="${rel}"]`)?.click();
  if (event.key === "/") { event.preventDefault(); box?.focus(); }
  else if (event.key === "n") go("next");
  else if (event.key === "p") go("prev");
  else if (event.key === "h") document.querySelector("a.brand")?.click();
});

// Progress: the page has the numbers of when it was made; the stream tells of every change.
const live = document.querySelector("[data-progress]");
if (live) {
  const source = new EventSource(live.dataset.progress);
  source.onmessage = (event) => {
    for (const [chapter, { done, total }] of Object.entries(JSON.parse(event.data))) {
      for (const place of document.querySelectorAll(`[data-chapter="${chapter}"]`)) {
        place.querySelector("progress").value = done;
        place.querySelector("progress").max = total;
        place.querySelector(".count").textContent = `${done} of ${total}`;
      }
    }
  };
  addEventListener("pagehide", () => source.close());
}
