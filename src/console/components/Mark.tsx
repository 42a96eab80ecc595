/** Small icons beside text. They add nothing to the text, so screen readers skip them. */
import { classNames } from "./class-names.ts";

const CIRCLE = "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Z";
const PATHS = {
  error: `${CIRCLE}M8 4.75v4M8 11.2v.05`,
  warning: "M8 2 1.5 13.5h13L8 2ZM8 6.5v3.25M8 11.7v.05",
  hint: `${CIRCLE}M8 7.25v4M8 4.8v.05`,
  approved: `${CIRCLE}M5.25 8.25l2 2 3.5-4`,
  rejected: `${CIRCLE}M5.75 5.75l4.5 4.5m0-4.5-4.5 4.5`,
  undecided: CIRCLE,
  clock: `${CIRCLE}M8 4.5V8l2.25 1.5`,
} as const;

export type MarkName = keyof typeof PATHS;

export function Mark({ name }: { name: MarkName }) {
  return <Drawing path={PATHS[name]} />;
}

export function Drawing({ path, ...rest }: { path: string; className?: string }) {
  return (
    <svg
      viewBox="0 0 16 16"
      aria-hidden="true"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      {...rest}
      className={classNames("wo-icon", rest.className)}
    >
      <path d={path} />
    </svg>
  );
}
