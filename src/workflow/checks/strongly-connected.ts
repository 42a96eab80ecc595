/**
 * Strongly connected components by Tarjan's algorithm, with a stack of its own instead of
 * recursion, so that a chain of any length is no danger.
 */

interface Frame<T> {
  node: T;
  rest: Iterator<T>;
}

interface Marks {
  order: number;
  low: number;
  open: boolean;
}

/** The components of a directed graph, those that come last in it first. Linear. */
export function stronglyConnected<T>(nodes: Iterable<T>, follow: (node: T) => Iterable<T>): T[][] {
  const marks = new Map<T, Marks>();
  const open: T[] = [];
  const components: T[][] = [];
  for (const root of nodes) {
    if (marks.has(root)) continue;
    const frames = [enter(root, marks, open, follow)];
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const step = frame.rest.next();
      if (step.done !== true) {
        const seen = marks.get(step.value);
        if (seen === undefined) frames.push(enter(step.value, marks, open, follow));
        else if (seen.open) lower(marks, frame.node, seen.order);
        continue;
      }
      frames.pop();
      const parent = frames.at(-1);
      const own = marks.get(frame.node);
      if (own === undefined) continue;
      if (parent !== undefined) lower(marks, parent.node, own.low);
      if (own.low === own.order) components.push(close(frame.node, marks, open));
    }
  }
  return components;
}

function enter<T>(
  node: T,
  marks: Map<T, Marks>,
  open: T[],
  follow: (node: T) => Iterable<T>,
): Frame<T> {
  marks.set(node, { order: marks.size, low: marks.size, open: true });
  open.push(node);
  return { node, rest: follow(node)[Symbol.iterator]() };
}

function lower<T>(marks: ReadonlyMap<T, Marks>, node: T, low: number): void {
  const own = marks.get(node);
  if (own !== undefined) own.low = Math.min(own.low, low);
}

/** Takes the component of a finished node off the stack of open nodes. */
function close<T>(node: T, marks: ReadonlyMap<T, Marks>, open: T[]): T[] {
  const component = open.splice(open.lastIndexOf(node));
  for (const member of component) {
    const own = marks.get(member);
    if (own !== undefined) own.open = false;
  }
  return component;
}
