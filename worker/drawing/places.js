"use strict";

// Layers and sizes -> coordinates: the same as places.py, because boxes change their size when they are opened here.

const GAP = 22, BEND_GAP = 9, PULLS = 10, STRAIGHT = 6, PORT = 9, SHELF = 2, TOWER = 1.2;

/** layers: {rows: [[item]], routes: [[importer, imported, [bend]]]}; sizes: [[width, height]] of the nodes. */
function place(layers, sizes) {
  const near = neighbours(layers);
  const bands = bandsOf(layers.rows, near, sizes);
  const centres = centresOf(layers.rows, near, sizes);
  const width = (item) => (item < sizes.length ? sizes[item][0] : 0);
  let left = Infinity, right = -Infinity, bottom = 0;
  for (const item of layers.rows.flat()) {
    left = Math.min(left, centres.get(item) - width(item) / 2);
    right = Math.max(right, centres.get(item) + width(item) / 2);
    bottom = Math.max(bottom, bands.get(item)[1]);
  }
  if (left > right) left = right = 0;
  for (const [item, centre] of centres) centres.set(item, centre - left);
  const boxes = sizes.map(([wide, high], node) => {
    const [top, end] = bands.get(node);
    return { x: centres.get(node) - wide / 2, y: (top + end - high) / 2, width: wide, height: high };
  });
  const ports = portsOf(near, centres, sizes);
  const routes = new Map();
  for (const [one, other, bends] of layers.routes) {
    routes.set(one + " " + other, routeOf([one, ...bends, other], bands, centres, boxes, ports));
  }
  return { boxes, routes, width: right - left, height: bottom };
}

/** Shelves that are filled one after the other, for large boxes that would make a tower; links get no routes. */
function shelve(layers, sizes) {
  const area = sizes.reduce((sum, [wide, high]) => sum + wide * high, 0);
  const wanted = Math.max(Math.sqrt(SHELF * area), ...sizes.map(([wide]) => wide));
  const boxes = [];
  let x = 0, y = 0, right = 0, bottom = 0;
  for (const node of layers.rows.flat().filter((item) => item < sizes.length)) {
    const [wide, high] = sizes[node];
    if (x && x + wide > wanted) [x, y] = [0, bottom + 2 * GAP];
    boxes[node] = { x, y, width: wide, height: high };
    x += wide + GAP;
    right = Math.max(right, x - GAP);
    bottom = Math.max(bottom, y + high);
  }
  return { boxes, routes: new Map(), width: right, height: bottom };
}

/** What each item is linked to: {above: Map(item -> [item]), below: Map(item -> [item])}. */
function neighbours(layers) {
  const rowOf = new Map();
  layers.rows.forEach((row, number) => row.forEach((item) => rowOf.set(item, number)));
  const steps = new Map();
  for (const [one, other, bends] of layers.routes) {
    const chain = [one, ...bends, other];
    for (let i = 1; i < chain.length; i++) {
      const [a, b] = rowOf.get(chain[i - 1]) < rowOf.get(chain[i]) ? [chain[i - 1], chain[i]] : [chain[i], chain[i - 1]];
      steps.set(a + " " + b, [a, b]);
    }
  }
  const above = new Map(), below = new Map();
  for (const item of rowOf.keys()) above.set(item, []), below.set(item, []);
  for (const [upper, lower] of [...steps.values()].sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    above.get(lower).push(upper);
    below.get(upper).push(lower);
  }
  return { above, below };
}

function centresOf(rows, near, sizes) {
  const count = sizes.length;
  const half = (item) => (item < count ? sizes[item][0] / 2 : 0);
  const centres = new Map();
  const offsets = rows.map((row) => {
    const found = [0];
    for (let i = 1; i < row.length; i++) {
      const gap = row[i - 1] >= count || row[i] >= count ? BEND_GAP : GAP;
      found.push(found[i - 1] + half(row[i - 1]) + half(row[i]) + gap);
    }
    row.forEach((item, i) => centres.set(item, found[i] - found[found.length - 1] / 2));
    return found;
  });
  for (let pull = 0; pull < PULLS; pull++) {
    for (let i = 0; i < rows.length; i++) {
      const number = pull % 2 ? rows.length - 1 - i : i;
      const wishes = [], weights = [];
      for (const item of rows[number]) {
        const up = near.above.get(item), down = near.below.get(item);
        const others = pull > PULLS - 3 ? [...up, ...down] : pull % 2 ? down : up;
        let total = 0, sum = 0;
        for (const other of others) {
          const weight = STRAIGHT ** ((item >= count) + (other >= count));
          total += weight;
          sum += weight * centres.get(other);
        }
        wishes.push(total ? sum / total : centres.get(item));
        weights.push(total || 0.01);
      }
      apart(wishes, weights, offsets[number]).forEach((x, i) => centres.set(rows[number][i], x));
    }
  }
  return centres;
}

/** The positions nearest to the wishes that keep the order and the distances. */
function apart(wishes, weights, offsets) {
  const blocks = [];
  wishes.forEach((wish, i) => {
    let block = { mean: wish - offsets[i], total: weights[i], size: 1 };
    while (blocks.length && blocks[blocks.length - 1].mean >= block.mean) {
      const other = blocks.pop();
      const total = block.total + other.total;
      block = { mean: (block.mean * block.total + other.mean * other.total) / total, total, size: block.size + other.size };
    }
    blocks.push(block);
  });
  const means = blocks.flatMap((block) => Array(block.size).fill(block.mean));
  return means.map((mean, i) => mean + offsets[i]);
}

function bandsOf(rows, near, sizes) {
  const bands = new Map();
  let y = 0;
  for (const row of rows) {
    let height = 0, links = 0;
    for (const item of row) {
      height = Math.max(height, item < sizes.length ? sizes[item][1] : 0);
      links += near.below.get(item).length;
    }
    for (const item of row) bands.set(item, [y, y + height]);
    y += height + (links ? 32 + Math.min(60, links * 0.8) : GAP / 2);
  }
  return bands;
}

function portsOf(near, centres, sizes) {
  const ports = new Map();
  for (const side of [near.above, near.below]) {
    for (const [node, others] of side) {
      if (node >= sizes.length || !others.length) continue;
      const step = Math.min(PORT, (sizes[node][0] - 16) / others.length);
      const sorted = [...others].sort((a, b) => centres.get(a) - centres.get(b) || a - b);
      sorted.forEach((other, i) => ports.set(node + " " + other, (i - (others.length - 1) / 2) * step));
    }
  }
  return ports;
}

/** The points of a link, flat: x, y, x, y, ... */
function routeOf(chain, bands, centres, boxes, ports) {
  const one = chain[0], other = chain[chain.length - 1];
  const down = bands.get(one)[0] < bands.get(other)[0];
  const begin = boxes[one], end = boxes[other];
  const points = [centres.get(one) + ports.get(one + " " + chain[1]), begin.y + (down ? begin.height : 0)];
  for (const bend of chain.slice(1, -1)) {
    const [top, bottom] = bands.get(bend);
    points.push(centres.get(bend), down ? top : bottom, centres.get(bend), down ? bottom : top);
  }
  points.push(centres.get(other) + ports.get(other + " " + chain[chain.length - 2]), end.y + (down ? 0 : end.height));
  return points;
}
