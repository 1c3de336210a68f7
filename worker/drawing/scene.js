// What is to be seen: which boxes are open, where everything stands, and which links there are between what shows.

const HEIGHT = 30, PADDING = 14, TITLE = 26;
const KINDS = ["kept", "shrunk", "cycle", "grown", "added", "removed", "back", "closes"];
const MARKS = ["cycle", "back", "closes"];

/**
 * data: see page.py. open: the set of the numbers of the open boxes.
 * Gives {boxes: Map(number -> {x, y, width, height}), frames: [number], links: [link], width, height, shown}, where
 * `shown` maps a module to the box that it shows in, and a link is {from, to, kind, count, added, removed, members,
 * points, implied, area}: `members` are the links between modules that it stands for.
 */
function sceneOf(data, open) {
  const inner = new Map();
  const sizeOf = (number) => {
    const group = data.groups[number];
    if (number && !open.has(number)) return [group.width, HEIGHT];
    const sizes = group.children.map(sizeOf);
    let placed = place(group, sizes);
    const packages = group.children.filter((child) => data.groups[child].children.length);
    const mostOpen = packages.filter((child) => open.has(child)).length * 2 > packages.length;
    if (mostOpen && placed.height > TOWER * placed.width) placed = shelve(group, sizes);
    inner.set(number, placed);
    return [Math.max(group.width, placed.width + 2 * PADDING), placed.height + TITLE + PADDING];
  };
  const [width, height] = sizeOf(0);
  const scene = { boxes: new Map(), frames: [], links: [], width, height, shown: new Array(data.modules.length) };
  const put = (number, x, y) => {
    data.groups[number].children.forEach((child, i) => {
      const box = inner.get(number).boxes[i];
      const moved = { x: box.x + x, y: box.y + y, width: box.width, height: box.height };
      scene.boxes.set(child, moved);
      if (inner.has(child)) {
        scene.frames.push(child);
        put(child, moved.x + PADDING, moved.y + TITLE);
      } else {
        modulesBelow(data, child, (module) => (scene.shown[module] = child));
      }
    });
  };
  put(0, 0, 0);
  scene.links = linksOf(data, scene, inner);
  return scene;
}

function modulesBelow(data, number, visit) {
  const group = data.groups[number];
  if (group.module >= 0) visit(group.module);
  for (const child of group.children) modulesBelow(data, child, visit);
}

function linksOf(data, scene, inner) {
  const found = new Map();
  data.links.forEach(([importer, imported, state, mark], number) => {
    const from = scene.shown[importer], to = scene.shown[imported];
    if (from === to) return;
    const key = from + " " + to;
    let link = found.get(key);
    if (!link) found.set(key, (link = { from, to, count: 0, added: 0, removed: 0, mark: "", members: [] }));
    link.count += state !== "removed";
    link.added += state === "added";
    link.removed += state === "removed";
    if (MARKS.indexOf(mark) > MARKS.indexOf(link.mark)) link.mark = mark;
    link.members.push(number);
  });
  const links = [...found.values()];
  for (const link of links) {
    const between = data.marks[link.from + " " + link.to];
    if (between !== undefined) link.mark = between;
    route(data, scene, inner, link);
    link.kind = kindOf(link);
    link.area = areaOf(link.points);
  }
  return links.sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || a.from - b.from || a.to - b.to);
}

/** Through the rows where both ends stand in one box, else straight on. */
function route(data, scene, inner, link) {
  const one = data.groups[link.from], other = data.groups[link.to];
  const siblings = one.parent === other.parent;
  const key = one.place + " " + other.place;
  const points = siblings && inner.get(one.parent).routes.get(key);
  link.implied = siblings && data.groups[one.parent].implied.includes(key);
  if (points) {
    const around = scene.boxes.get(one.parent);
    const x = around ? around.x + PADDING : 0, y = around ? around.y + TITLE : 0;
    link.points = points.map((value, i) => value + (i % 2 ? y : x));
  } else {
    const begin = scene.boxes.get(link.from), end = scene.boxes.get(link.to);
    const down = begin.y + begin.height / 2 <= end.y + end.height / 2;
    link.points = [
      begin.x + begin.width / 2, begin.y + (down ? begin.height : 0),
      end.x + end.width / 2, end.y + (down ? 0 : end.height),
    ];
  }
}

function kindOf(link) {
  if (link.mark === "closes" || link.mark === "back") return link.mark;
  if (link.mark === "cycle" && link.points[link.points.length - 1] < link.points[1]) return "cycle";
  if (!link.count) return "removed";
  if (link.added === link.count && !link.removed) return "added";
  return link.added ? "grown" : link.removed ? "shrunk" : "kept";
}

function areaOf(points) {
  const area = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (let i = 0; i < points.length; i += 2) {
    area.left = Math.min(area.left, points[i]);
    area.right = Math.max(area.right, points[i]);
    area.top = Math.min(area.top, points[i + 1]);
    area.bottom = Math.max(area.bottom, points[i + 1]);
  }
  return area;
}

/** The box at a point, the innermost; undefined where there is none. */
function boxAt(scene, x, y) {
  let found;
  for (const [number, box] of scene.boxes) {
    if (x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height) found = number;
  }
  return found;
}

/** The link nearest to a point, no further away than `reach`; what is drawn on top wins. */
function linkAt(scene, links, x, y, reach) {
  let found, nearest = reach;
  for (const link of links) {
    const { left, top, right, bottom } = link.area;
    if (x < left - reach || x > right + reach || y < top - reach || y > bottom + reach) continue;
    const distance = distanceTo(link.points, x, y);
    if (distance <= nearest) [found, nearest] = [link, distance];
  }
  return found;
}

function distanceTo(points, x, y) {
  let nearest = Infinity;
  for (let i = 0; i + 3 < points.length; i += 2) {
    const [x0, y0, x1, y1] = points.slice(i, i + 4);
    const bent = i % 4 === 0;
    for (let step = 0; step <= 24; step++) {
      const t = step / 24, s = 1 - t;
      const across = bent ? s * s * (s + 3 * t) : s;
      const along = bent ? s * s * s * y0 + 1.5 * s * t * (y0 + y1) + t * t * t * y1 : s * y0 + t * y1;
      nearest = Math.min(nearest, Math.hypot(across * x0 + (1 - across) * x1 - x, along - y));
    }
  }
  return nearest;
}
