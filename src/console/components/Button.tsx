/** A button. While its action is running it keeps the focus, but does nothing. */
import type { ComponentProps } from "react";
import { classNames } from "./class-names.ts";

export interface ButtonProps extends Omit<ComponentProps<"button">, "disabled"> {
  kind?: "primary" | "secondary" | "negative" | "quiet";
  isPending?: boolean;
}

export function Button({
  kind = "secondary",
  isPending = false,
  type = "button",
  className,
  onClick,
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      // oxlint-disable-next-line react/button-has-type
      type={type}
      className={classNames("wo-button", className)}
      data-kind={kind}
      data-pending={isPending ? "" : undefined}
      aria-disabled={isPending}
      onClick={(event) => {
        if (isPending) event.preventDefault();
        else onClick?.(event);
      }}
    />
  );
}
