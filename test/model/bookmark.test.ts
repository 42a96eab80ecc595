import { describe, expect, test } from "vitest";
import { BookmarkJar, isBookmark, latestBookmark } from "#model/bookmark.ts";

const at = (place: number) =>
  `${place.toString(16).padStart(8, "0")}-0000024c-00004c6d-8e61117bf38d7adb71b934ebbf891683`;

describe("a bookmark", () => {
  test.each([at(1), "ffffffff-ffffffff-ffffffff-ffffffffffffffffffffffffffffffff"])(
    "%s",
    (text) => {
      expect(isBookmark(text)).toBe(true);
    },
  );

  test.each(["", "first-primary", at(1).toUpperCase(), `${at(1)}0`, ` ${at(1)}`, `${at(1)}\n`])(
    "is not %j",
    (text) => {
      expect(isBookmark(text)).toBe(false);
    },
  );

  test.each<[(string | null)[], string | null]>([
    [[], null],
    [[null, null], null],
    [[at(9), at(10), null, at(2)], at(10)],
    [["zzz", at(1)], at(1)],
  ])("the latest of %j", (all, latest) => {
    expect(latestBookmark(all)).toBe(latest);
  });
});

describe("a client", () => {
  const received = (bookmark: string | null) => ({
    headers: new Headers(bookmark === null ? {} : { "x-d1-bookmark": bookmark }),
  });

  test("sends nothing before it has seen something", () => {
    expect(new BookmarkJar().headers()).toEqual({});
  });

  test("sends the latest that it has seen, also when responses overtake each other", () => {
    const jar = new BookmarkJar();
    const list = jar.headers();
    const put = jar.headers();
    jar.keep(put, received(at(8)));
    jar.keep(list, received(at(5)));
    expect(jar.headers()).toEqual({ "x-d1-bookmark": at(8) });
    jar.keep(jar.headers(), received(null));
    jar.keep(jar.headers(), received("nonsense"));
    expect(jar.headers()).toEqual({ "x-d1-bookmark": at(8) });
  });

  test("takes an earlier one when the service could not follow its own", () => {
    const jar = new BookmarkJar();
    jar.keep({}, received(at(8)));
    jar.keep(jar.headers(), received(at(3)));
    expect(jar.headers()).toEqual({ "x-d1-bookmark": at(3) });
  });
});
