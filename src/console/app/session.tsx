/**
 * Who is signed in. The key is kept in sessionStorage: it is gone with the tab, no other tab and
 * no other site has it, and it never stands in an address.
 */
import { createContext, type ReactNode, use, useCallback, useMemo, useState } from "react";
import { type Api, createApi } from "../client/api.ts";
import { expectNewPage } from "./navigation.tsx";

const STORAGE_KEY = "workflow-orchestrator.credentials";

interface Session {
  /** null: nobody is signed in. */
  api: Api | null;
  /** Why one was signed out, when it was not asked for. */
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
    const onRefused = () => leave("Your key is not accepted any more. Sign in again.");
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
  if (!session) throw new Error("outside of a session");
  return session;
}

/** For pages that only those see who are signed in. */
export function useApi(): Api {
  const { api } = useSession();
  if (!api) throw new Error("nobody is signed in");
  return api;
}
