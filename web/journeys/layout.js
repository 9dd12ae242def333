// Rows of the metric path_steps to boxes and bands.

/** Boxes of one step besides the last, which holds all other pages. */
const MOST = 6;
export const OTHERS = "\u0000others";

/**
 * `rows` are `{ step, from_path, to_path, sessions }`. Gives columns of nodes `{ step, path, sessions, left, y, height }`, and links
 * `{ from, to, sessions, y0, y1, height }` in the unit of `height`, which is that of the highest column.
 */
export function layOut(rows, { steps, height, gap }) {
  const columns = Array.from({ length: steps }, (_, index) => column(rows.filter(({ step }) => step === index + 1), index + 1));
  while (columns.length > 0 && columns.at(-1).length === 0) columns.pop();
  const totals = columns.map((nodes) => nodes.reduce((sum, { sessions }) => sum + sessions, 0));
  const most = Math.max(1, ...totals);
  const room = height - gap * MOST;
  const scale = room / most;
  for (const nodes of columns) {
    let y = 0;
    for (const node of nodes) {
      node.y = y;
      node.height = Math.max(2, node.sessions * scale);
      y += node.height + gap;
    }
  }
  return { columns, links: linksOf(rows, columns, scale), total: totals[0] ?? 0 };
}

function column(rows, step) {
  const counts = new Map();
  for (const { from_path: path, to_path: to, sessions } of rows) {
    const node = counts.get(path) ?? { step, path, sessions: 0, left: 0 };
    node.sessions += sessions;
    if (to === "") node.left += sessions;
    counts.set(path, node);
  }
  const nodes = [...counts.values()].sort((one, other) => other.sessions - one.sessions || (one.path < other.path ? -1 : 1));
  if (nodes.length <= MOST + 1) return nodes;
  const rest = nodes.slice(MOST);
  const sum = (name) => rest.reduce((total, node) => total + node[name], 0);
  return [...nodes.slice(0, MOST), { step, path: OTHERS, pages: rest.length, sessions: sum("sessions"), left: sum("left") }];
}

function linksOf(rows, columns, scale) {
  const found = new Map();
  for (const { step, from_path: from, to_path: to, sessions } of rows) {
    if (to === "" || step >= columns.length) continue;
    const [source, target] = [find(columns[step - 1], from), find(columns[step], to)];
    if (!source || !target) continue;
    const name = `${step}\u0001${source.path}\u0001${target.path}`;
    const link = found.get(name) ?? { from: source, to: target, sessions: 0 };
    link.sessions += sessions;
    found.set(name, link);
  }
  const links = [...found.values()];
  // At both ends in the order of the boxes, so that few cross.
  const out = new Map();
  const into = new Map();
  const take = (used, node, height) => {
    const y = node.y + (used.get(node) ?? 0);
    used.set(node, (used.get(node) ?? 0) + height);
    return y;
  };
  for (const link of links) link.height = link.sessions * scale;
  for (const link of [...links].sort((one, other) => one.to.y - other.to.y)) link.y0 = take(out, link.from, link.height);
  for (const link of [...links].sort((one, other) => one.from.y - other.from.y)) link.y1 = take(into, link.to, link.height);
  return links;
}

const find = (nodes, path) => nodes.find((node) => node.path === path) ?? nodes.find((node) => node.path === OTHERS);
