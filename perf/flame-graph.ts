/** A CPU profile of the inspector as a flame graph (SVG) and as the functions that take the most. */

export interface ProfileNode {
  id: number;
  callFrame: { functionName: string; url: string; lineNumber: number };
  children?: number[];
}

export interface Profile {
  nodes: ProfileNode[];
  samples: number[];
}

/** A function with its callers above it; `total` and `self` in samples. */
interface Frame {
  name: string;
  total: number;
  self: number;
  children: Map<string, Frame>;
}

const NOT_WORK = new Set(["(idle)", "(program)"]);
const WIDTH = 1200;
const ROW = 16;
/** Frames below this share of the whole are left out. */
const LEAST = 0.004;

const frame = (name: string): Frame => ({ name, total: 0, self: 0, children: new Map() });

/** All samples in which JavaScript or its garbage collection ran. */
export function toFrames({ nodes, samples }: Profile): Frame {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((c) => [c, id])));
  const root = frame("all");
  for (const sample of samples) {
    const names: string[] = [];
    for (let id: number | undefined = sample; id !== undefined; id = parents.get(id)) {
      const name = nameOf(byId.get(id));
      if (name !== "(root)") names.unshift(name);
    }
    if (names.some((name) => NOT_WORK.has(name))) continue;
    add(root, names);
  }
  return root;
}

function nameOf(node: ProfileNode | undefined): string {
  if (!node) return "(root)";
  const { functionName, url, lineNumber } = node.callFrame;
  return functionName === ""
    ? `(anonymous) ${url.split("/").at(-1)}:${lineNumber + 1}`
    : functionName;
}

function add(root: Frame, names: readonly string[]): void {
  let at = root;
  at.total += 1;
  for (const name of names) {
    const child = at.children.get(name) ?? frame(name);
    at.children.set(name, child);
    child.total += 1;
    at = child;
  }
  at.self += 1;
}

/** Share of the samples that each function itself takes, the largest first. */
export function selfShares(root: Frame): [name: string, share: number][] {
  const selves = new Map<string, number>();
  const walk = (one: Frame) => {
    selves.set(one.name, (selves.get(one.name) ?? 0) + one.self);
    for (const child of one.children.values()) walk(child);
  };
  walk(root);
  return [...selves]
    .map(([name, self]): [string, number] => [name, self / root.total])
    .toSorted(([, left], [, right]) => right - left);
}

export function toSvg(root: Frame, title: string): string {
  const parts: string[] = [];
  let depth = 0;
  const draw = (one: Frame, x: number, level: number) => {
    const width = (one.total / root.total) * WIDTH;
    depth = Math.max(depth, level);
    parts.push(box(one, { x, y: level * ROW + 24, width, share: one.total / root.total }));
    let left = x;
    for (const child of [...one.children.values()].toSorted((a, b) => b.total - a.total)) {
      if (child.total / root.total >= LEAST) draw(child, left, level + 1);
      left += (child.total / root.total) * WIDTH;
    }
  };
  draw(root, 0, 0);
  const height = (depth + 1) * ROW + 30;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="monospace" font-size="11">
<text x="4" y="16">${escape(title)}</text>
${parts.join("\n")}
</svg>
`;
}

interface Box {
  x: number;
  y: number;
  width: number;
  share: number;
}

function box({ name }: Frame, { x, y, width, share }: Box): string {
  const letters = Math.floor(width / 7);
  const shown = letters < 3 ? "" : escape(name.slice(0, letters));
  const hue = 20 + ((name.length * 37 + (name.codePointAt(0) ?? 0)) % 35);
  return `<g><title>${escape(name)} ${(share * 100).toFixed(1)} %</title><rect x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${ROW - 1}" fill="hsl(${hue},70%,70%)"/><text x="${(x + 2).toFixed(1)}" y="${y + 11}">${shown}</text></g>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
