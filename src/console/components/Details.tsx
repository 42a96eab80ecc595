/**
 * Content that opens on request. The browser's own element, with one addition: the content is not
 * rendered before it is opened, since outputs can be large and steps many.
 */
import { classNames } from "./class-names.ts";
import { type ComponentProps, type ReactNode, useState } from "react";

export interface DetailsProps extends Omit<ComponentProps<"details">, "children"> {
  summary: ReactNode;
  children(): ReactNode;
}

export function Details({ summary, children, className, ...rest }: DetailsProps) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <details
      {...rest}
      className={classNames("wo-details", className)}
      onToggle={(event) => setIsOpen(event.currentTarget.open)}
    >
      <summary>{summary}</summary>
      {isOpen && <div className="wo-details-content">{children()}</div>}
    </details>
  );
}
