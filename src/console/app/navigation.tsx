/**
 * Navigation between pages without reloading: the History API, real links, and the focus. Routes
 * are in `routes.ts`.
 */
import {
  type ComponentProps,
  type MouseEvent,
  useEffect,
  useRef,
  useSyncExternalStore,
} from "react";
import { type Route, routeOf } from "./routes.ts";

const CHANGED = "console:navigated";
/** Whether there was any navigation: a freshly opened page keeps the browser's own focus. */
let hasNavigated = false;

/** The heading of the next page takes the focus. */
export function expectNewPage(): void {
  hasNavigated = true;
}

export function useRoute(): Route {
  const address = useSyncExternalStore(subscribe, () => location.pathname + location.search);
  const [path = "", search = ""] = address.split(/(?=\?)/);
  return routeOf(path, search);
}

function subscribe(changed: () => void): () => void {
  const onPop = () => {
    expectNewPage();
    changed();
  };
  addEventListener("popstate", onPop);
  addEventListener(CHANGED, changed);
  return () => {
    removeEventListener("popstate", onPop);
    removeEventListener(CHANGED, changed);
  };
}

export function navigate(to: string, options: { replace?: boolean } = {}): void {
  if (options.replace) history.replaceState(null, "", to);
  else {
    history.pushState(null, "", to);
    scrollTo(0, 0);
  }
  expectNewPage();
  dispatchEvent(new Event(CHANGED));
}

interface LinkProps extends ComponentProps<"a"> {
  to: string;
}

/** Opens in another tab on request, like any link. */
export function Link({ to, children, ...rest }: LinkProps) {
  const onClick = (event: MouseEvent<HTMLAnchorElement>) => {
    const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey);
    if (!isPlain || event.altKey || event.defaultPrevented) return;
    event.preventDefault();
    navigate(to);
  };
  return (
    <a {...rest} href={to} onClick={onClick}>
      {children}
    </a>
  );
}

/**
 * The h1 of a page. It sets the title of the tab, and takes the focus after navigation, so that a
 * screen reader announces the page and Tab continues from there.
 */
export function PageHeading({ children }: { children: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${children} · Workflow Orchestrator`;
  }, [children]);
  useEffect(() => {
    if (hasNavigated) heading.current?.focus();
    hasNavigated = false;
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1} className="wo-page-heading">
      {children}
    </h1>
  );
}
