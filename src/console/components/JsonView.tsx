/**
 * A JSON value rendered for people: objects as names and values, lists as lists, texts with their
 * line breaks. Large values are rendered in part, and whole on request.
 */
import { classNames } from "./class-names.ts";
import { type ComponentProps, type ReactNode, useState } from "react";
import { isJsonObject } from "#model/json.ts";

export interface JsonViewProps extends Omit<ComponentProps<"div">, "children"> {
  value: unknown;
}

/** How many entries of an object or a list, and characters of a text, are rendered at first. */
const FIRST_ENTRIES = 50;
const FIRST_CHARACTERS = 4000;
/** Deeper values are shown as JSON. */
const DEPTH = 6;

export function JsonView({ value, className, ...rest }: JsonViewProps) {
  return (
    <div {...rest} className={classNames("wo-json", className)}>
      <Value value={value} depth={0} />
    </div>
  );
}

function Value({ value, depth }: { value: unknown; depth: number }) {
  if (typeof value === "string") return <TextValue text={value} />;
  if (typeof value !== "object" || value === null) return <Scalar value={value} />;
  if (depth >= DEPTH) return <code>{JSON.stringify(value)}</code>;
  if (Array.isArray(value)) return <ListValue items={value} depth={depth} />;
  return isJsonObject(value) ? <ObjectValue entries={Object.entries(value)} depth={depth} /> : null;
}

function Scalar({ value }: { value: unknown }) {
  if (value === null || value === undefined) return <span className="wo-json-nothing">none</span>;
  return <code>{JSON.stringify(value)}</code>;
}

function TextValue({ text }: { text: string }) {
  const [isWhole, setIsWhole] = useState(text.length <= FIRST_CHARACTERS);
  if (text === "") return <span className="wo-json-nothing">empty</span>;
  return (
    <>
      <span className="wo-json-text">{isWhole ? text : `${text.slice(0, FIRST_CHARACTERS)}…`}</span>
      {!isWhole && (
        <ShowAll onShow={() => setIsWhole(true)}>
          Show all {text.length.toLocaleString()} characters
        </ShowAll>
      )}
    </>
  );
}

function ObjectValue({ entries, depth }: { entries: [string, unknown][]; depth: number }) {
  const { first, rest } = usePart(entries);
  if (entries.length === 0) return <span className="wo-json-nothing">empty</span>;
  return (
    <>
      <dl className="wo-json-object">
        {first.map(([name, value]) => (
          <div key={name} className="wo-json-entry" data-nested={isNested(value) ? "" : undefined}>
            <dt>{name}</dt>
            <dd>
              <Value value={value} depth={depth + 1} />
            </dd>
          </div>
        ))}
      </dl>
      {rest}
    </>
  );
}

function ListValue({ items, depth }: { items: readonly unknown[]; depth: number }) {
  const { first, rest } = usePart(items);
  if (items.length === 0) return <span className="wo-json-nothing">empty list</span>;
  return (
    <>
      <ol className="wo-json-list" data-nested={items.some(isNested) ? "" : undefined}>
        {first.map((item, index) => (
          // The index is the only identity of the items.
          // oxlint-disable-next-line react/no-array-index-key
          <li key={index}>
            <Value value={item} depth={depth + 1} />
          </li>
        ))}
      </ol>
      {rest}
    </>
  );
}

function usePart<T>(all: readonly T[]): { first: readonly T[]; rest: ReactNode } {
  const [isWhole, setIsWhole] = useState(all.length <= FIRST_ENTRIES);
  if (isWhole) return { first: all, rest: null };
  return {
    first: all.slice(0, FIRST_ENTRIES),
    rest: <ShowAll onShow={() => setIsWhole(true)}>Show all {all.length.toLocaleString()}</ShowAll>,
  };
}

function ShowAll({ onShow, children }: { onShow(): void; children: ReactNode }) {
  return (
    <button type="button" className="wo-link wo-json-more" onClick={onShow}>
      {children}
    </button>
  );
}

function isNested(value: unknown): boolean {
  if (typeof value === "string") return value.length > 80 || value.includes("\n");
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}
