/** What an object gets from the platform: its state, its storage, its bindings. */
import type { Instance } from "./instance.ts";

/** `ctx` of an object, as far as the code under test uses it; more of it is an error that says so. */
export function contextOf(instance: Instance): object {
  const { sql } = instance;
  const storage = {
    sql,
    transactionSync: <T>(work: () => T) => sql.transactionSync(work),
    getAlarm: async () => instance.alarm,
    setAlarm: async (at: number | Date) => instance.setAlarm(Number(at)),
    deleteAlarm: async () => instance.setAlarm(null),
    sync: () => new Promise<void>((resolve) => instance.whenDurable(resolve)),
    deleteAll: async () => {
      const tables = sql
        .exec("SELECT name FROM sqlite_master WHERE type = 'table'")
        .toArray()
        .map(({ name }) => String(name));
      for (const name of tables) sql.exec(`DROP TABLE "${name}"`);
      instance.setAlarm(null);
    },
  };
  return strict("ctx", {
    id: { name: instance.owner.id, toString: () => instance.owner.id },
    storage: strict("ctx.storage", storage),
    waitUntil: (work: Promise<unknown>) => void inBackground(instance, work),
    blockConcurrencyWhile: <T>(work: () => Promise<T>) => instance.block(work),
    abort: (reason?: string) => instance.owner.reset(reason ?? "aborted"),
  });
}

async function inBackground(instance: Instance, work: Promise<unknown>): Promise<void> {
  instance.busy += 1;
  try {
    await work;
  } catch (error) {
    instance.timeline.note(`${instance.owner.id} background work failed: ${String(error)}`);
  } finally {
    instance.busy -= 1;
  }
}

/** A member that is not simulated is not undefined, it is an error. */
function strict<T extends object>(name: string, value: T): T {
  return new Proxy(value, {
    get(target, key, receiver) {
      if (typeof key === "string" && !(key in target) && key !== "then") {
        throw new Error(`${name}.${key} is not simulated`);
      }
      const member: unknown = Reflect.get(target, key, receiver);
      return member;
    },
  });
}
