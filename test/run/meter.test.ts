/** The meter of a principal: requests of all isolates, and tokens by day. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { bindings } from "./support/runs.ts";

const meter = (name: string) => bindings.METERS.getByName(name);
const DAY = "2026-11-28";

describe("requests", () => {
  test("of several isolates are added up, window by window", async () => {
    const count = (window: number, added: number) =>
      meter("requests").count({ policy: "principal", window, count: added });
    expect(await count(7, 20)).toEqual({ window: 7, current: 20, previous: 0 });
    expect(await count(7, 5)).toEqual({ window: 7, current: 25, previous: 0 });
    expect(await count(8, 1)).toEqual({ window: 8, current: 1, previous: 25 });
    // A report that was late, and one that was very late.
    expect(await count(7, 4)).toEqual({ window: 8, current: 1, previous: 29 });
    expect(await count(3, 9)).toEqual({ window: 8, current: 1, previous: 29 });
    expect(await count(10, 2)).toEqual({ window: 10, current: 2, previous: 0 });
  });

  test("store nothing", async () => {
    await meter("stores").count({ policy: "principal", window: 1, count: 1 });
    const tables = await runInDurableObject(meter("stores"), (_, state) =>
      state.storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'days'").toArray(),
    );
    expect(tables).toEqual([]);
  });
});

describe("tokens", () => {
  const reserve = (name: string, tokens: number, day = DAY) =>
    meter(name).reserve({ day, tokens, dailyTokens: 100 });

  test("are reserved up to the share of a day, and not one more", async () => {
    expect(await reserve("a", 60)).toEqual({ ok: true, spent: 60 });
    expect(await reserve("a", 41)).toEqual({ ok: false, spent: 60 });
    expect(await reserve("a", 40)).toEqual({ ok: true, spent: 100 });
    expect(await reserve("a", 1)).toEqual({ ok: false, spent: 100 });
    // Another principal and another day have their own.
    expect(await reserve("b", 100)).toEqual({ ok: true, spent: 100 });
    expect(await reserve("a", 100, "2026-11-29")).toEqual({ ok: true, spent: 100 });
  });

  test("are corrected by what the call took", async () => {
    await reserve("c", 90);
    await meter("c").correct(DAY, -80);
    expect(await reserve("c", 90)).toEqual({ ok: true, spent: 100 });
    await meter("c").correct(DAY, 500);
    expect(await reserve("c", 0)).toEqual({ ok: false, spent: 600 });
    await meter("c").correct(DAY, -9_999);
    expect(await reserve("c", 100)).toEqual({ ok: true, spent: 100 });
  });

  test("are not reserved twice by calls at the same time", async () => {
    const results = await Promise.all(Array.from({ length: 30 }, () => reserve("d", 10)));
    expect(results.filter(({ ok }) => ok)).toHaveLength(10);
  });

  test("are still spent when the object was away", async () => {
    await reserve("e", 100);
    await evictDurableObject(meter("e"));
    expect(await reserve("e", 1)).toEqual({ ok: false, spent: 100 });
  });

  test("of days long past are removed", async () => {
    for (let day = 10; day < 20; day++) await reserve("f", 1, `2026-11-${day}`);
    const days = await runInDurableObject(meter("f"), (_, state) =>
      state.storage.sql.exec("SELECT day FROM days ORDER BY day").toArray(),
    );
    expect(days).toEqual([{ day: "2026-11-18" }, { day: "2026-11-19" }]);
  });
});
