import * as fc from "fast-check";
import { expect, test } from "vitest";
import { stronglyConnected } from "#workflow/checks/strongly-connected.ts";

/** Edges of a graph over 0 … 7. */
const graph = fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { maxLength: 16 });

const reaches = (edges: readonly [number, number][], from: number, to: number): boolean => {
  const seen = new Set<number>([from]);
  for (const at of seen) for (const [a, b] of edges) if (a === at) seen.add(b);
  return seen.has(to);
};

test("two nodes are together exactly when each can be reached from the other", () => {
  fc.assert(
    fc.property(graph, (edges) => {
      const nodes = [0, 1, 2, 3, 4, 5, 6, 7];
      const components = stronglyConnected(nodes, (node) =>
        edges.filter(([from]) => from === node).map(([, to]) => to),
      );

      expect(components.flat().toSorted((a, b) => a - b)).toEqual(nodes);
      for (const a of nodes) {
        for (const b of nodes) {
          const together = components.some((one) => one.includes(a) && one.includes(b));
          expect(together).toBe(reaches(edges, a, b) && reaches(edges, b, a));
        }
      }
    }),
  );
});

test("a chain of any length is no danger", () => {
  const nodes = Array.from({ length: 100_000 }, (_, index) => index);
  const components = stronglyConnected(nodes, (node) => [(node + 1) % nodes.length]);

  expect(components).toHaveLength(1);
});
