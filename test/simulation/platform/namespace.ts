/**
 * A namespace of objects as a binding: calls from one object to another. Each way takes its time,
 * and an answer reaches the caller only while it lives.
 */
import type { Random } from "../random.ts";
import type { Timeline } from "../timeline.ts";
import { running, type ServedObject } from "./instance.ts";
import type { SimulatedObject } from "./object.ts";

interface NamespaceHost {
  readonly timeline: Timeline;
  readonly random: Random;
  object(id: string): SimulatedObject;
}

type Method = (...values: unknown[]) => unknown;

/** Ids of its objects begin with the name of the binding. */
export function namespaceOf(binding: string, host: NamespaceHost): object {
  return {
    idFromName: (name: string) => name,
    get: (id: string) => stubOf(`${binding}/${id}`, host),
    getByName: (name: string) => stubOf(`${binding}/${name}`, host),
  };
}

function stubOf(id: string, host: NamespaceHost): object {
  const method = (name: string) => (values: unknown[]) =>
    call(id, name, host, (object) => {
      const own: unknown = Reflect.get(object, name);
      if (typeof own !== "function") throw new Error(`${id} has no method ${name}`);
      return (own as Method).apply(object, structuredClone(values));
    });
  return new Proxy(
    {},
    {
      get: (_target, name) =>
        typeof name === "string" && name !== "then"
          ? (...values: unknown[]) => method(name)(values)
          : undefined,
    },
  );
}

function call(
  id: string,
  what: string,
  { timeline, random, object }: NamespaceHost,
  work: (object: ServedObject) => unknown,
): Promise<unknown> {
  const caller = running.getStore();
  if (!caller) throw new Error("a call between objects without a caller");
  return new Promise((resolve, reject) => {
    caller.whenDurable(() => {
      timeline.after(random.latency(3, 40), `${caller.owner.id} ${what} at ${id}`, () => {
        object(id).deliver(what, work, (answer) => {
          timeline.after(random.latency(3, 40), `${id} answers ${caller.owner.id}`, () => {
            caller.enter(() => {
              if (answer.ok) resolve(structuredClone(answer.value));
              else reject(new Error(answer.error));
            });
          });
        });
      });
    });
  });
}
