// The page: what the reader does, and the panel that tells about what is chosen.

const MOST_LINES = 400, MOST_HITS = 30;

const data = JSON.parse(document.getElementById("data").textContent);
const canvas = document.querySelector("canvas");
const panel = document.getElementById("panel");
const search = document.getElementById("search");
const filters = [...document.querySelectorAll("[data-only]")];

const state = { open: new Set(), chosen: null, hovered: null, view: { x: 0, y: 0, scale: 1 }, scene: null, links: [], colours: {} };
let waiting = false;

const packages = data.groups.flatMap((group, number) => (number && group.children.length ? [number] : []));

function redraw() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    draw(canvas, data, state.scene, state.links, state.view, focus(), state.colours);
  });
}

/** What stands out: a link and its ends, or a box with its links and neighbours. */
function focus() {
  const what = state.chosen || state.hovered;
  if (!what) return null;
  if (what.link) return { boxes: new Set([what.link.from, what.link.to]), links: new Set([what.link]) };
  const links = linksAt(what.box);
  return { boxes: new Set([what.box, ...links.flatMap((link) => [link.from, link.to])]), links: new Set(links) };
}

/** The links that begin or end in a box, or in one inside it. */
function linksAt(number) {
  const inside = new Set([number]);
  modulesBelow(data, number, (module) => inside.add(state.scene.shown[module]));
  return state.links.filter((link) => inside.has(link.from) !== inside.has(link.to));
}

/** Lays the scene out anew; the box `still` stays where it is on the screen. */
function rebuild(still) {
  const before = still !== undefined && state.scene && state.scene.boxes.get(still);
  state.scene = sceneOf(data, state.open);
  const after = still !== undefined && state.scene.boxes.get(still);
  if (before && after) {
    state.view.x += (before.x - after.x) * state.view.scale;
    state.view.y += (before.y - after.y) * state.view.scale;
  }
  filter();
}

function filter() {
  const only = filters.filter((box) => box.checked).flatMap((box) => box.dataset.only.split(" "));
  state.links = state.scene.links.filter((link) => !only.length || only.includes(link.kind));
  redraw();
}

function toggle(number) {
  if (!data.groups[number].children.length) return;
  if (!state.open.delete(number)) state.open.add(number);
  rebuild(number);
  choose({ box: number });
}

function choose(what) {
  state.chosen = what;
  state.hovered = null;
  panel.replaceChildren(...(!what ? about() : what.link ? aboutLink(what.link) : aboutBox(what.box)));
  redraw();
}

function fit() {
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = Math.min(1.2, (width - 40) / state.scene.width, (height - 40) / state.scene.height);
  state.view = { scale, x: (width - state.scene.width * scale) / 2, y: (height - state.scene.height * scale) / 2 };
  redraw();
}

/** Opens what is around a box, chooses it and moves it to the middle. */
function reveal(number) {
  for (let around = data.groups[number].parent; around > 0; around = data.groups[around].parent) state.open.add(around);
  rebuild();
  const box = state.scene.boxes.get(number);
  const scale = Math.max(state.view.scale, 0.8);
  state.view = {
    moved: true,
    scale,
    x: canvas.clientWidth / 2 - (box.x + box.width / 2) * scale,
    y: canvas.clientHeight / 2 - (box.y + box.height / 2) * scale,
  };
  choose({ box: number });
}

function zoom(factor, x, y) {
  const scale = Math.min(4, Math.max(0.02, state.view.scale * factor));
  const ratio = scale / state.view.scale;
  state.view = { moved: true, scale, x: x - (x - state.view.x) * ratio, y: y - (y - state.view.y) * ratio };
  redraw();
}

function at(event) {
  const x = (event.offsetX - state.view.x) / state.view.scale, y = (event.offsetY - state.view.y) / state.view.scale;
  const number = boxAt(state.scene, x, y);
  if (number !== undefined && !state.open.has(number)) return { box: number };
  const link = linkAt(state.scene, state.links, x, y, 6 / state.view.scale);
  if (link) return { link };
  return number !== undefined && y < state.scene.boxes.get(number).y + TITLE ? { box: number } : null;
}

// ---- the panel: text from the repository goes in as text, never as markup

function element(name, text, action) {
  const made = document.createElement(name);
  made.textContent = text;
  if (action) made.addEventListener("click", action);
  return made;
}

function about() {
  const counts = data.modules.length + " modules, " + data.links.length + " pairs that import each other.";
  return [element("p", data.caption), element("p", counts), element("p", "Click a box or an arrow; double-click a box with a double border to open it.")];
}

function countsOf(link) {
  const kept = link.count - link.added;
  return [kept || "", link.added ? "+" + link.added : "", link.removed ? "−" + link.removed : ""].filter(Boolean).join(" ");
}

function row(link, name) {
  const item = element("li", "");
  const button = element("button", data.groups[name].name, () => choose({ link }));
  button.className = link.kind;
  item.append(button, " " + countsOf(link));
  return item;
}

function list(title, rows) {
  const items = element("ul", "");
  items.append(...rows.slice(0, MOST_LINES));
  const rest = rows.length > MOST_LINES ? [element("p", "and " + (rows.length - MOST_LINES) + " more")] : [];
  return [element("h3", title + " (" + rows.length + ")"), items, ...rest];
}

function aboutBox(number) {
  const group = data.groups[number];
  const inside = new Set();
  modulesBelow(data, number, (module) => inside.add(state.scene.shown[module]));
  const links = linksAt(number);
  const parts = [element("h2", group.name)];
  if (group.module >= 0) parts.push(element("p", data.modules[group.module][1]));
  if (group.state !== "kept") parts.push(element("p", group.state));
  if (group.children.length) {
    const button = element("button", state.open.has(number) ? "Close" : "Open", () => toggle(number));
    button.id = "toggle";
    parts.push(button);
  }
  const out = links.filter((link) => inside.has(link.from) || link.from === number);
  const into = links.filter((link) => !out.includes(link));
  parts.push(...list("imports", out.map((link) => row(link, link.to))), ...list("imported by", into.map((link) => row(link, link.from))));
  return parts;
}

function aboutLink(link) {
  const names = [link.from, link.to].map((number) => element("button", data.groups[number].name, () => choose({ box: number })));
  const title = element("h2", "");
  title.append(names[0], " → ", names[1]);
  const kind = element("p", data.kinds[link.kind] + " · " + countsOf(link) + " pairs of modules");
  kind.className = link.kind;
  const rows = link.members.flatMap((member) => {
    const [importer, imported, stateOfPair, mark, places] = data.links[member];
    return places.map(([line, scope]) => {
      const item = element("li", data.modules[importer][1] + ":" + line + " ");
      const detail = element("span", data.modules[importer][0] + " → " + data.modules[imported][0] + (scope === "import" ? "" : " (" + scope + ")"));
      detail.className = mark === "closes" || mark === "back" ? mark : stateOfPair;
      item.append(detail);
      return item;
    });
  });
  return [title, kind, ...list("imports", rows)];
}

function find() {
  const wanted = search.value.trim().toLowerCase();
  if (!wanted) return choose(null);
  const hits = data.groups
    .map((group, number) => ({ number, name: group.name, where: group.name.toLowerCase().indexOf(wanted) }))
    .filter((hit) => hit.number && hit.where >= 0)
    .sort((a, b) => a.name.length - b.name.length || a.number - b.number);
  const rows = hits.slice(0, MOST_HITS).map((hit) => {
    const item = element("li", "");
    item.append(element("button", hit.name, () => reveal(hit.number)));
    return item;
  });
  const items = element("ul", "");
  items.append(...rows);
  panel.replaceChildren(element("h3", hits.length + " found"), items);
  return hits;
}

// ---- what the reader does

function resize() {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = canvas.clientWidth * ratio;
  canvas.height = canvas.clientHeight * ratio;
  if (state.view.moved) redraw();
  else fit();
}

function recolour() {
  state.colours = coloursOf(document.body);
  redraw();
}

let grip = null;
canvas.addEventListener("pointerdown", (event) => {
  grip = { x: event.clientX, y: event.clientY, moved: false };
  canvas.setPointerCapture(event.pointerId);
});
canvas.addEventListener("pointermove", (event) => {
  if (!grip) {
    const hovered = state.chosen ? null : at(event);
    if ((hovered && hovered.box) !== (state.hovered && state.hovered.box) || (hovered && hovered.link) !== (state.hovered && state.hovered.link)) {
      state.hovered = hovered;
      redraw();
    }
    return;
  }
  const x = event.clientX - grip.x, y = event.clientY - grip.y;
  if (!grip.moved && Math.hypot(x, y) < 4) return;
  state.view = { ...state.view, moved: true, x: state.view.x + x, y: state.view.y + y };
  grip = { x: event.clientX, y: event.clientY, moved: true };
  redraw();
});
canvas.addEventListener("pointerup", (event) => {
  if (grip && !grip.moved) choose(at(event));
  grip = null;
});
canvas.addEventListener("dblclick", (event) => {
  const what = at(event);
  if (what && what.box !== undefined) toggle(what.box);
});
canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)), event.offsetX, event.offsetY);
}, { passive: false });
search.addEventListener("input", find);
search.addEventListener("keydown", (event) => {
  if (event.key === "Enter") {
    const hits = find();
    if (hits && hits.length) reveal(hits[0].number);
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") choose(null);
  else if (event.target === search) return;
  else if (event.key === "/") event.preventDefault(), search.focus();
  else if (event.key === "+" || event.key === "-") zoom(event.key === "+" ? 1.25 : 0.8, canvas.clientWidth / 2, canvas.clientHeight / 2);
});
const buttons = {
  fit,
  open: () => (state.open = new Set(packages), rebuild(), choose(null), fit()),
  close: () => (state.open.clear(), rebuild(), choose(null), fit()),
};
for (const [id, action] of Object.entries(buttons)) document.getElementById(id).addEventListener("click", action);
for (const box of filters) box.addEventListener("change", () => (filter(), choose(null)));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
addEventListener("resize", resize);

if (data.open) state.open = new Set(packages);
rebuild();
resize();
recolour();
choose(null);
