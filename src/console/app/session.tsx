/**
 * The session. The key is kept in sessionStorage: it is deleted with the tab, no other tab and no
 * other site has it, and it is never in an address.
 */
import { createContext, type ReactNode, use, useCallback, useMemo, useState } from "react";
import { type Api, createApi } from "../client/api.ts";
import { expectNewPage } from "./navigation.tsx";

const STORAGE_KEY = "workflow-orchestrator.credentials";

interface Session {
  /** null: not signed in. */
  api: Api | null;
  /** Why the session ended, when the user did not sign out. */
  notice: string;
  signIn(credentials: string): void;
  signOut(): void;
}

const SessionContext = createContext<Session | null>(null);

export function SessionProvider({ children }: { children: ReactNode }) {
  const [credentials, setCredentials] = useState(() => sessionStorage.getItem(STORAGE_KEY));
  const [notice, setNotice] = useState("");
  const leave = useCallback((why: string) => {
    sessionStorage.removeItem(STORAGE_KEY);
    setCredentials(null);
    setNotice(why);
    expectNewPage();
  }, []);
  const session = useMemo<Session>(() => {
    const onRefused = () => leave("Your key is no longer accepted. Sign in again.");
    return {
      api: credentials === null ? null : createApi(credentials, onRefused),
      notice,
      signIn: (given) => {
        sessionStorage.setItem(STORAGE_KEY, given);
        setCredentials(given);
        setNotice("");
        expectNewPage();
      },
      signOut: () => leave(""),
    };
  }, [credentials, notice, leave]);
  return <SessionContext value={session}>{children}</SessionContext>;
}

export function useSession(): Session {
  const session = use(SessionContext);
  if (!session) throw new Error("used outside of SessionProvider");
  return session;
}

/** For pages that are only shown with a session. */
export function useApi(): Api {
  const { api } = useSession();
  if (!api) throw new Error("there is no session");
  return api;
}
