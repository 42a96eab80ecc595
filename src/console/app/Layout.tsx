/** The frame of every page: the skip link, the navigation, the main area. */
import type { ReactNode } from "react";
import { Link } from "./navigation.tsx";
import type { Route } from "./routes.ts";
import { useSession } from "./session.tsx";

interface LayoutProps {
  /** Absent without a session, since there is nowhere to go. */
  route?: Route;
  children: ReactNode;
}

const ENTRIES: readonly { page: Route["page"]; to: string; label: string }[] = [
  { page: "waiting", to: "/", label: "Waiting" },
  { page: "runs", to: "/runs", label: "Runs" },
  { page: "start", to: "/start", label: "Start" },
  { page: "check", to: "/check", label: "Check" },
];

export function Layout({ route, children }: LayoutProps) {
  return (
    <>
      <a className="wo-skip" href="#main">
        Skip to the content
      </a>
      <header className="wo-header">
        <div className="wo-header-inner">
          <span className="wo-brand">
            <BrandMark />
            Workflow Orchestrator
          </span>
          {route && <Navigation route={route} />}
        </div>
      </header>
      <main id="main" tabIndex={-1} className="wo-main">
        {children}
      </main>
    </>
  );
}

function Navigation({ route }: { route: Route }) {
  const { signOut } = useSession();
  const current = route.page === "run" ? "runs" : route.page;
  return (
    <>
      <nav className="wo-nav" aria-label="Console">
        <ul>
          {ENTRIES.map(({ page, to, label }) => (
            <li key={page}>
              <Link
                to={to}
                className="wo-nav-link"
                aria-current={
                  page === current ? (page === route.page ? "page" : "true") : undefined
                }
              >
                {label}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <button type="button" className="wo-button" data-kind="quiet" onClick={signOut}>
        Sign out
      </button>
    </>
  );
}

function BrandMark() {
  return (
    <svg className="wo-brand-mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="var(--wo-accent)" />
      <g
        fill="none"
        stroke="var(--wo-on-accent)"
        strokeWidth="2.5"
        strokeLinecap="round"
        strokeLinejoin="round"
      >
        <circle cx="9" cy="9" r="3" />
        <circle cx="23" cy="23" r="3" />
        <path d="M9 12v5a6 6 0 0 0 6 6h5" />
      </g>
    </svg>
  );
}
