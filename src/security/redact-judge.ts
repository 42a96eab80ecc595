/**
 * Whether a value behind a name is a credential: by the class of the name, or, where the name only
 * says that it may be one, by how random the value looks.
 */
import { type Context, isUuid, isValue, looksDrawn, looksRandom } from "./redact-value.ts";
import { isVendorValue, vendorOf } from "./redact-vendor-names.ts";
import { anyOf } from "./redact-words.ts";
import { classOfName } from "./sensitive-name.ts";

export interface Judge {
  /** A password may have any sign in it. */
  isPassword: boolean;
  isValue: (value: string, context: Context) => boolean;
}

/** Keys of these things are names, not credentials. */
const OTHER_KEYS = new RegExp(
  `${anyOf(
    "idempot cache primary foreign sort partition row dedup routing group object public index lookup",
    "s3 record run map storage item i18n message hot registry trace",
  )}\\w{0,12}[ _.-]?key$`,
  "i",
);

/** For the names of one text: the same one is looked up once. */
export function judging(): (name: string) => Judge | null {
  const known = new Map<string, Judge | null>();
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const judge = judgeOf(name);
    known.set(name, judge);
    return judge;
  };
}

/** How a value behind the name is judged; null when the name is none of a credential. */
function judgeOf(name: string): Judge | null {
  const nameClass = classOfName(name);
  if (nameClass !== null) {
    const isPassword = nameClass === "password";
    return { isPassword, isValue: (value, context) => isValue(value, nameClass, context) };
  }
  if (/key$/i.test(name)) {
    return isOtherKey(name) ? null : { isPassword: false, isValue: isKeyValue };
  }
  const vendor = vendorOf(name);
  if (vendor === null) return null;
  return { isPassword: false, isValue: (value) => isVendorValue(value, vendor) };
}

/** `message_key` is one, the key of MessageBird is not. */
export function isOtherKey(name: string): boolean {
  return OTHER_KEYS.test(name) && vendorOf(name.replace(/[ _.-]?key$/i, "")) === null;
}

/** A key of something may be its name: only what looks random counts. */
function isKeyValue(value: string, context: Context): boolean {
  if (value.length < 16 || !isValue(value, "secret", context)) return false;
  return looksDrawn(value) || (value.length >= 20 && (isUuid(value) || looksRandom(value)));
}
