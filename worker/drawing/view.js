// The canvas: draws the part of a scene that is in sight.

const LETTERS = '12px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace';

const LOUD = ["added", "closes"];

/** The colours of the style sheet, which follow the reader's preference for dark or light. */
function coloursOf(element) {
  const style = getComputedStyle(element);
  const names = ["paper", "ink", "box", "frame", "chosen", ...KINDS];
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue("--" + name).trim()]));
}

/**
 * view: {x, y, scale} of the scene's origin on the screen. focus: {boxes: Set, links: Set} of what is chosen and what
 * belongs to it, or null; everything else fades.
 */
function draw(canvas, data, scene, links, view, focus, colours) {
  const ratio = window.devicePixelRatio || 1;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = colours.paper;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.setTransform(ratio * view.scale, 0, 0, ratio * view.scale, ratio * view.x, ratio * view.y);
  const sight = {
    left: -view.x / view.scale, top: -view.y / view.scale,
    right: (canvas.width / ratio - view.x) / view.scale, bottom: (canvas.height / ratio - view.y) / view.scale,
  };
  const frames = new Set(scene.frames);
  for (const number of scene.frames) drawFrame(context, data, scene.boxes.get(number), number, sight, focus, colours);
  const inSight = links.filter((link) => touches(sight, link.area));
  const detail = view.scale > 0.35 || inSight.length < 1500;
  const faint = inSight.length > 2500 ? 0.08 : inSight.length > 600 ? 0.2 : 0.4;
  drawLinks(context, inSight.filter((link) => !focus || !focus.links.has(link)), { colours, detail, faint, faded: Boolean(focus) });
  if (focus) drawLinks(context, inSight.filter((link) => focus.links.has(link)), { colours, detail: true, faint: 1, faded: false });
  for (const [number, box] of scene.boxes) {
    if (!frames.has(number) && touches(sight, { left: box.x, top: box.y, right: box.x + box.width, bottom: box.y + box.height })) {
      drawBox(context, data, box, number, view.scale, focus, colours);
    }
  }
}

function alphaOf(link, faint, faded) {
  const quiet = link.kind === "kept" || link.kind === "shrunk";
  if (faded) return quiet ? 0.05 : 0.15;
  if (link.kind === "grown" && faint < 1) return 0.45;
  return !quiet ? 1 : link.implied && faint < 1 ? faint * 0.6 : Math.min(1, faint * 2);
}

function touches(sight, area) {
  return area.right >= sight.left && area.left <= sight.right && area.bottom >= sight.top && area.top <= sight.bottom;
}

/** One path for all links that look the same. */
function drawLinks(context, links, { colours, detail, faint, faded }) {
  const alike = new Map();
  for (const link of links) {
    const alpha = alphaOf(link, faint, faded);
    const width = Math.min(4, 1 + Math.log2(Math.max(1, link.count)) / 3) + (LOUD.includes(link.kind) || faint === 1 ? 0.8 : 0);
    const key = [link.kind, alpha, Math.round(width * 2) / 2].join(" ");
    if (!alike.has(key)) alike.set(key, { kind: link.kind, alpha, width, links: [] });
    alike.get(key).links.push(link);
  }
  for (const { kind, alpha, width, links } of alike.values()) {
    context.globalAlpha = alpha;
    context.strokeStyle = context.fillStyle = colours[kind];
    context.lineWidth = width;
    context.setLineDash(kind === "removed" ? [6, 4] : []);
    context.beginPath();
    for (const link of links) trace(context, link.points, detail);
    context.stroke();
    context.setLineDash([]);
    if (detail && alpha > 0.1) {
      context.beginPath();
      for (const link of links) traceArrow(context, link.points);
      context.fill();
    }
  }
  context.globalAlpha = 1;
}

function trace(context, points, detail) {
  context.moveTo(points[0], points[1]);
  for (let i = 2; i < points.length; i += 2) {
    const middle = (points[i - 1] + points[i + 1]) / 2;
    if (detail && i % 4 === 2) context.bezierCurveTo(points[i - 2], middle, points[i], middle, points[i], points[i + 1]);
    else context.lineTo(points[i], points[i + 1]);
  }
}

function traceArrow(context, points) {
  const x = points[points.length - 2], y = points[points.length - 1];
  const back = y > points[points.length - 3] ? -7 : 7;
  context.moveTo(x, y);
  context.lineTo(x - 3.5, y + back);
  context.lineTo(x + 3.5, y + back);
}

function drawFrame(context, data, box, number, sight, focus, colours) {
  if (!touches(sight, { left: box.x, top: box.y, right: box.x + box.width, bottom: box.y + box.height })) return;
  context.globalAlpha = 0.07;
  context.fillStyle = colours.frame;
  context.fillRect(box.x, box.y, box.width, box.height);
  context.globalAlpha = focus && focus.boxes.has(number) ? 1 : 0.5;
  context.strokeStyle = focus && focus.boxes.has(number) ? colours.chosen : colours.frame;
  context.lineWidth = 1;
  context.strokeRect(box.x, box.y, box.width, box.height);
  context.globalAlpha = 0.85;
  context.fillStyle = colours.ink;
  context.font = "bold " + LETTERS;
  context.textAlign = "left";
  context.fillText(data.groups[number].label, box.x + PADDING, box.y + 17);
  context.globalAlpha = 1;
}

function drawBox(context, data, box, number, scale, focus, colours) {
  const group = data.groups[number];
  const near = !focus || focus.boxes.has(number);
  context.globalAlpha = near ? 1 : 0.3;
  context.fillStyle = colours.box;
  context.strokeStyle = focus && near ? colours.chosen : group.state === "kept" ? colours.frame : colours[group.state];
  context.lineWidth = focus && near ? 2 : 1;
  context.setLineDash(group.state === "removed" ? [5, 3] : []);
  context.beginPath();
  context.roundRect(box.x, box.y, box.width, box.height, 4);
  context.fill();
  context.stroke();
  if (group.children.length) context.strokeRect(box.x + 3, box.y + 3, box.width - 6, box.height - 6);
  context.setLineDash([]);
  if (scale * 12 >= 4) {
    context.fillStyle = colours.ink;
    context.font = LETTERS;
    context.textAlign = "center";
    context.fillText(group.label, box.x + box.width / 2, box.y + box.height / 2 + 4);
  }
  context.globalAlpha = 1;
}
