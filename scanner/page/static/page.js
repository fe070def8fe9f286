// The counter's page. It shows and asks; what is judged, signed and kept, the station's program does.

import { Camera } from "./camera.js";
import { Strokes } from "./strokes.js";
import { sound } from "./sound.js";

const SIGNS = { ready: "▥", ok: "✔", caution: "!", stop: "✘", scanner_fault: "↻" };
const CARD_FORGOTTEN_MS = 120_000;
const LOOK_MS = 700;
const BASKET_SHOWN = 30;  // the newest; how many there are stands above them
const RECEIVERS_KEPT = 30;
const LIKE_A_CODE = /^(\]|8\d{19}$|\(?0[01]\)?\d{14}|https?:)/;  // scanned into the card's field by mistake

const by = (id) => document.getElementById(id);
const language = () => document.documentElement.lang;
let words = {}, modes = [], mode = "inspect", basket = [], last = null, resting = true, state = null, found = null, forget = 0;
const settled = new Set();  // stops that were answered: neither a look that began before nor the ledger's word brings them back
const waits = [];        // milliseconds from a scan's last key to its verdict, for whoever measures
window.station = { waits };

// -- asking the station

async function ask(path, content) {
  const headers = { "Accept-Language": language() };
  const options = content === undefined ? { headers } : {
    method: "POST", body: content instanceof Blob ? content : JSON.stringify(content),
    headers: { ...headers, "Content-Type": content instanceof Blob ? content.type : "application/json" },
  };
  const answer = await fetch(path, options);
  const told = await answer.json();
  if (told.problem) throw Object.assign(new Error(told.problem.code), { problem: told.problem });
  return told;
}

const sentences = (all) => all.filter(Boolean).join(language() === "zh" ? "" : " ");
const filled = (word, ...values) => values.reduce((text, each) => text.replace("{}", each), words[word]);
const packs = (count) => filled(count === 1 ? "one-pack" : "packs", count);

async function speak(lang) {
  document.documentElement.lang = lang;
  localStorage.setItem("language", lang);
  ({ words, modes } = await ask("/words"));
  for (const each of document.querySelectorAll("[data-word]")) each.textContent = words[each.dataset.word];
  by("language").textContent = words.language;
  by("language").lang = lang === "zh" ? "en" : "zh";
  by("search").placeholder = words["search-hint"];
  by("symbol").alt = words.calibrate;
  for (const each of document.querySelectorAll("[data-label]")) each.setAttribute("aria-label", words[each.dataset.label]);
  by("modes").replaceChildren(...modes.map((each, at) => {
    const button = document.createElement("button");
    const key = document.createElement("kbd");
    key.textContent = `F${at + 1}`;
    button.append(key, words[each.name]);
    button.type = "button";
    button.dataset.mode = each.name;
    button.setAttribute("role", "radio");
    button.addEventListener("click", () => choose(each.name));
    return button;
  }));
  document.title = `${words["page-title"]} · packledger`;
  choose(mode);
  camera.tell();
  last = null;
  rest();
  await look();
}

// -- modes and the basket

function choose(name) {
  if (name !== mode) { finish(); camera.forget(); rest(); }
  mode = name;
  for (const each of by("modes").children) {
    const chosen = each.dataset.mode === name;
    each.setAttribute("aria-checked", chosen);
    each.tabIndex = chosen ? 0 : -1;
  }
  const needs = modes.find((each) => each.name === name).needs;
  by("card-row").hidden = needs !== "patient";
  by("destination-row").hidden = needs !== "destination";
  showBasket();
  if (needs === "patient") by("card").focus();
  else if (needs === "destination" && !by("destination").value) by("destination").focus();
  else document.activeElement.blur();
}

function finish() {
  const count = basket.length;
  basket = [];
  by("card").value = by("settlement").value = "";
  clearTimeout(forget);
  showBasket();
  if (count) by("hint").textContent = filled("finished", packs(count));
}

function showBasket() {
  by("basket").start = Math.max(1, basket.length - BASKET_SHOWN + 1);
  by("basket").replaceChildren(...basket.slice(-BASKET_SHOWN).map((each) => {
    const line = document.createElement("li");
    line.textContent = `${SIGNS[each.verdict]} ${named(each)} ${each.code}`;
    return line;
  }));
  const lacks = mode === "dispense-insured" && !by("card").value;
  by("hint").textContent = lacks ? words["card-first"] : basket.length ? packs(basket.length) : words["basket-empty"];
}

// What the ledger said since, and the names in the language that is read now.
function renewBasket() {
  const news = new Map(state.today.map((each) => [each.number, each]));
  const seen = (all) => JSON.stringify(all.map((each) => [each.verdict, named(each)]));
  const before = seen(basket);
  basket.forEach((each, at) => { basket[at] = news.get(each.number) ?? each; });
  if (seen(basket) !== before) showBasket();
}

function keepCard() {
  clearTimeout(forget);
  forget = setTimeout(finish, CARD_FORGOTTEN_MS);
}

// -- scanning: one at a time, in order

let line = Promise.resolve();
const strokes = new Strokes((keys, end, pressed) => {
  if (by("calibration").open) calibrated(keys, end);
  else if (by("stop").open) refuse();
  else take({ strokes: keys, end }, pressed);
});

// A scan belongs to what was chosen when it was made, also when its turn comes later.
function take(what, begun = performance.now()) {
  const into = basket;
  const scan = { mode, card: by("card").value, settlement: by("settlement").value, destination: by("destination").value, ...what };
  line = line.then(async () => {
    try {
      const told = await ask("/scan", scan);
      show(told, true);
      waits.push(performance.now() - begun);
      if (told.number && !told.again) into.push(told);
      if (told.number && into === basket) { keepCard(); showBasket(); }
      if (told.number && scan.mode === "ship") keepReceiver(scan.destination);
    } catch (error) {
      trouble(error);
    }
    lookSoon();
  });
  return line;
}

function trouble(error) {
  const problem = error.problem ?? { title: words["lost-server"], advice: "" };
  if (problem.code === "basket-incomplete") choose(mode);
  show({ verdict: "scanner_fault", say: [problem.title, problem.advice], known: "" }, true);
}

// Whoever was shipped to is offered again.
const receivers = () => JSON.parse(localStorage.getItem("receivers") ?? "[]");

function keepReceiver(uri) {
  localStorage.setItem("receivers", JSON.stringify([uri, ...receivers().filter((each) => each !== uri)].slice(0, RECEIVERS_KEPT)));
  offerReceivers();
}

function offerReceivers() {
  by("receivers").replaceChildren(...receivers().map((uri) => Object.assign(document.createElement("option"), { value: uri })));
}

function refuse() {
  sound("stop");
  by("stop-hint").textContent = words["stop-first"];
}

// -- showing

function rest(say = words["ready-say"]) {
  resting = true;
  by("verdict").dataset.verdict = "ready";
  by("sign").textContent = SIGNS.ready;
  by("word").textContent = words.ready;
  by("name").textContent = "";
  by("goods").replaceChildren();
  by("say").textContent = say;
  by("source").textContent = "";
}

function show(told, loud) {
  last = told;
  resting = false;
  by("verdict").dataset.verdict = told.verdict;
  by("sign").textContent = SIGNS[told.verdict];
  by("word").textContent = words[told.verdict];
  showGoods(told);
  by("say").textContent = sentences(told.say);
  const sources = { offline: state?.snapshotMade ? filled("own-verdict", knowledge()) : "", blind: words["blind-say"], online: words["confirmed-by-ledger"] };
  by("source").textContent = told.number ? sources[told.known] : "";
  if (loud) sound(told.verdict);
  if (told.verdict === "stop" && !settled.has(told.number)) stop(told);
}

const knowledge = () => {
  const seconds = state.now - state.snapshotMade;
  return seconds < 60 ? words["knowledge-new"] : filled("knowledge-age", age(seconds));
};

const named = (told) => [told.name, told.strength].filter(Boolean).join(" ");

function showGoods(told) {
  by("name").textContent = named(told);
  const goods = [["batch", told.batch], ["recalled-batches", told.recalled], ["expiry", told.expiry], ["code", told.code]].filter((each) => each[1]);
  by("goods").replaceChildren(...goods.map(([word, value]) => {
    const pair = document.createElement("div"), name = document.createElement("dt"), what = document.createElement("dd");
    name.textContent = words[word];
    what.textContent = value;
    pair.append(name, what);
    return pair;
  }));
}

function stop(told) {
  const dialog = by("stop");
  dialog.dataset.number = told.number;
  by("stop-pack").textContent = [named(told), told.batch, told.code].filter(Boolean).join(" · ");
  const recorded = told.mode.startsWith("dispense") && !told.corrects ? words["stop-recorded"] : "";
  by("stop-say").textContent = [...told.say, recorded].filter(Boolean).join("\n");
  by("stop-hint").textContent = "";
  by("stop-undo").hidden = Boolean(told.corrects);
  if (!dialog.open) dialog.showModal();
}

async function confirmStop(path) {
  const number = Number(by("stop").dataset.number);
  settled.add(number);
  by("stop").close();
  document.activeElement.blur();
  if (path === "/undo") return undo(number, () => settled.delete(number));
  await ask(path, { number }).catch((error) => { settled.delete(number); trouble(error); });
  look();
}

function age(seconds) {
  return seconds < 5400 ? `${Math.round(seconds / 60)} ${words.minutes}` :
    seconds < 172_800 ? `${Math.round(seconds / 3600)} ${words.hours}` : `${Math.round(seconds / 86_400)} ${words.days}`;
}

// Scans that follow each other closely share a look: what it costs must not hold up their verdicts.
let due = 0, looked = 0;
function lookSoon() {
  due ||= setTimeout(look, Math.max(0, looked + LOOK_MS - performance.now()));
}

let looking = false;
async function look() {
  clearTimeout(due);
  due = 0;
  if (looking) return;
  looking = true;
  looked = performance.now();
  try {
    state = { ...state, ...await ask(`/state?seen=${state?.revision ?? ""}`) };  // without lists that are as they were
  } catch {
    by("alarms").textContent = words["lost-server"];
    return;
  } finally {
    looking = false;
  }
  by("station").textContent = state.station;
  by("known").textContent = words[state.known];
  by("known").dataset.known = state.known;
  by("queue").textContent = `${words.queue} ${state.waiting}`;
  by("queue").dataset.waits = state.waiting ? "yes" : "no";
  by("refused").textContent = state.refused ? `${words.refused} ${state.refused}` : "";
  by("age").textContent = state.snapshotMade === null ? "" : knowledge();
  by("left").textContent = state.known === "online" ? "" : `${words["offline-left"]} ${age(Math.max(0, state.offlineLeft))}`;
  by("alarms").replaceChildren(...state.alarms.map((each) => {
    const text = document.createElement("p");
    text.textContent = sentences([each.title, each.advice]);
    return text;
  }));
  const news = last?.number && state.today.find((each) => each.number === last.number);
  if (news && !resting) showGoods(news);
  if (news && news.known === "online" && last.known !== "online") {
    const same = news.verdict === last.verdict;
    if (same && resting) last = news;
    else {
      show(news, !same && news.verdict !== "stop");
      if (!same) by("source").textContent = words["changed-by-ledger"];
    }
  } else if (news && news.state === "refused" && last.state !== "refused") {
    show({ ...news, verdict: "caution" }, true);
  }
  renewBasket();
  const waiting = state.stops.find((each) => !settled.has(each.number));
  if (waiting && !by("stop").open) { sound("stop"); stop(waiting); }
  if (found) await find();
  else showList();
}

// A row is made anew only when something in it changed.
const rows = new Map();
function showList() {
  const entries = found ?? state?.today ?? [];
  const undone = new Set(entries.filter((each) => each.corrects).map((each) => each.corrects));
  by("list-title").textContent = found ? words.found : words.today;
  by("none").textContent = entries.length ? "" : words["nothing-today"];
  const shown = entries.map((each) => {
    const says = JSON.stringify([language(), undone.has(each.number), each]);
    const known = rows.get(each.number);
    return known?.says === says ? known : { number: each.number, says, row: rowOf(each, undone.has(each.number)) };
  });
  rows.clear();
  for (const each of shown) rows.set(each.number, each);
  const body = by("rows"), keep = new Set(shown.map((each) => each.row));
  for (const row of [...body.children]) if (!keep.has(row)) row.remove();
  shown.forEach(({ row }, at) => { if (body.children[at] !== row) body.insertBefore(row, body.children[at] ?? null); });
}

function rowOf(each, undone) {
  const row = document.createElement("tr");
  const made = new Date(each.made * 1000), clock = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
  const ofToday = made.toDateString() === new Date(state.now * 1000).toDateString();
  const time = ofToday ? made.toLocaleTimeString(language(), clock) : made.toLocaleString(language(), { month: "short", day: "numeric", ...clock });
  const what = words[each.mode] + (each.corrects ? ` · ${words.correction}` : "");
  const verdict = each.state === "refused" ? each.say[0] ?? "" : each.corrects ? "" : `${SIGNS[each.verdict]} ${words[each.verdict]}`;
  for (const text of [time, what, named(each), verdict, words[each.state]]) row.insertCell().textContent = text;
  row.cells[1].className = "what";
  row.cells[2].className = "pack";
  row.cells[2].append(Object.assign(document.createElement("span"), { className: "code", textContent: ` ${each.code}` }));
  if (each.state === "refused") row.cells[3].className = "why";
  const cell = row.insertCell();
  if (undone) {
    row.dataset.undone = "";
    cell.textContent = words.undone;
  } else if (!each.corrects) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = words.undo;
    button.setAttribute("aria-label", `${words.undo} ${each.code}`);
    button.addEventListener("click", () => undo(each.number));
    cell.append(button);
  }
  return row;
}

async function find() {
  const text = by("search").value.trim();
  const all = text ? (await ask(`/find?text=${encodeURIComponent(text)}`).catch(() => ({ found: [] }))).found : null;
  if (by("search").value.trim() !== text) return;
  found = all;
  showList();
}

async function undo(number, failed = () => {}) {
  try {
    const told = await ask("/undo", { number });
    if (last?.number === number) {
      last = null;
      rest(filled("taken-back", `${named(told)} ${told.code}`.trim()));
    }
    const at = basket.findIndex((each) => each.number === number);
    if (at >= 0) basket.splice(at, 1);
  } catch (error) {
    failed();
    trouble(error);
  }
  showBasket();
  await look();
}

function undoLast() {
  const undone = new Set(state.today.map((each) => each.corrects));
  const newest = state.today.find((each) => !each.corrects && !undone.has(each.number));
  if (newest) undo(newest.number);
}

// -- calibration and camera

function calibrate() {
  by("symbol").src = "/symbol";
  by("calibration-say").textContent = "";
  by("calibration").showModal();
  document.activeElement.blur();
}

async function calibrated(keys, end) {
  try {
    const told = await ask("/calibrate", { strokes: keys, end });
    by("calibration-say").textContent = words[told.separator ? "calibrated" : "calibrated-without-separator"];
    sound("ok");
  } catch (error) {
    by("calibration-say").textContent = error.problem ? sentences([error.problem.title, error.problem.advice]) : words["lost-server"];
    sound("scanner_fault");
  }
}

const camera = new Camera(by("eye"), {
  busy: () => by("stop").open || by("calibration").open,
  look: (frame) => ask("/picture", frame),
  async found(told) {
    if (told.lost) trouble(told.lost);
    else if (told.text) await take({ text: told.text, raw: told.raw });
    else if (told.several) by("camera-say").textContent = words["camera-several"];
    else show(told, true);
  },
  changed(on, why) {
    by("eye").hidden = !on;
    by("camera").textContent = words[on ? "camera-off" : "camera"];
    by("camera").setAttribute("aria-pressed", on);
    by("camera-say").textContent = why ? words[why] : on ? words["camera-say"] : "";
  },
});

// -- keys

document.addEventListener("keydown", (event) => {
  const field = event.target.closest?.("input") ?? null;
  const undoes = event.ctrlKey && event.code === "KeyZ" && !field;
  if (by("stop").open && (event.key === "F9" || undoes)) {
    event.preventDefault();
    if (event.key === "F9" || !by("stop-undo").hidden) confirmStop(event.key === "F9" ? "/confirm" : "/undo");
    return;
  }
  if (!by("stop").open && !by("calibration").open) {
    const number = /^F([1-7])$/.exec(event.key);
    if (number) { event.preventDefault(); choose(modes[number[1] - 1].name); return; }
    if (event.key === "F10") { event.preventDefault(); finish(); return; }
    if (event.key === "F8") { event.preventDefault(); by("code").focus(); return; }
    if (undoes) { event.preventDefault(); undoLast(); return; }
    if (event.ctrlKey && event.code === "KeyK") { event.preventDefault(); by("search").focus(); return; }
  }
  if (event.key === "Escape" && !by("stop").open && !field) return;  // closes what is open, and begins no scan
  if (by("stop").open && event.key === "Escape") { event.preventDefault(); return; }
  if (field) {
    if (field === by("search") && event.key === "Escape") { field.value = ""; find(); }
    if (field === by("card") && event.key === "Enter" && LIKE_A_CODE.test(field.value.trim())) {
      field.value = "";
      sound("scanner_fault");
      by("hint").textContent = words["card-is-code"];
    } else if (event.key === "Escape" || (event.key === "Enter" && !field.form)) { field.blur(); showBasket(); }
    return;
  }
  // Keys that move about the page, unless they come in the middle of a scan.
  const moves = ["Tab", "Enter", " ", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"];
  if (moves.includes(event.key) && !strokes.holds(event)) {
    if (by("stop").open && event.key === "Enter") event.preventDefault();  // the Enter of a scanner confirms nothing
    if (event.target.role === "radio" && event.key.startsWith("Arrow")) { event.preventDefault(); step(event); }
    return;
  }
  if (event.metaKey || (event.ctrlKey && event.code !== "BracketRight") || /^F1[12]$/.test(event.key)) return;
  if (["Shift", "Control", "Alt", "AltGraph", "CapsLock", "NumLock"].includes(event.key) && !strokes.holds(event)) return;
  if (strokes.take(event)) event.preventDefault();
}, true);

function step(event) {
  const at = modes.findIndex((each) => each.name === mode) + (["ArrowRight", "ArrowDown"].includes(event.key) ? 1 : modes.length - 1);
  choose(modes[at % modes.length].name);
  by("modes").children[at % modes.length].focus();
}

by("language").addEventListener("click", () => speak(language() === "zh" ? "en" : "zh"));
by("finish").addEventListener("click", finish);
by("undo-last").addEventListener("click", undoLast);
by("camera").addEventListener("click", () => camera.turn());
by("calibrate").addEventListener("click", calibrate);
by("calibration-close").addEventListener("click", () => by("calibration").close());
by("stop-confirm").addEventListener("click", () => confirmStop("/confirm"));
by("stop-undo").addEventListener("click", () => confirmStop("/undo"));
by("stop").addEventListener("cancel", (event) => event.preventDefault());
by("card").addEventListener("input", keepCard);
by("settlement").addEventListener("input", keepCard);
by("typed").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = by("code").value.trim();
  by("code").value = "";
  by("code").blur();
  if (text) take({ text });
});
by("search").addEventListener("input", find);
offerReceivers();

await speak(localStorage.getItem("language") ?? (navigator.language.startsWith("zh") ? "zh" : "en"));
document.body.dataset.ready = "yes";
setInterval(look, LOOK_MS);
