/** The console: shows the sign-in page or, with a session, the page of the address. */
import { lazy, Suspense } from "react";
import { RunsPage } from "../pages/RunsPage.tsx";
import { SignInPage } from "../pages/SignInPage.tsx";
import { UnknownPage } from "../pages/UnknownPage.tsx";
import { WaitingPage } from "../pages/WaitingPage.tsx";
import { ErrorBoundary } from "./ErrorBoundary.tsx";
import { Layout } from "./Layout.tsx";
import { useRoute } from "./navigation.tsx";
import { Busy } from "./notices.tsx";
import type { Route } from "./routes.ts";
import { SessionProvider, useSession } from "./session.tsx";

/** Loaded on demand: the code for forms and logs is large, and not needed for the list of waits. */
const RunPage = lazy(async () => ({ default: (await import("../pages/RunPage.tsx")).RunPage }));
const StartPage = lazy(async () => ({
  default: (await import("../pages/StartPage.tsx")).StartPage,
}));
const CheckPage = lazy(async () => ({
  default: (await import("../pages/CheckPage.tsx")).CheckPage,
}));

export function App() {
  return (
    <SessionProvider>
      <Gate />
    </SessionProvider>
  );
}

function Gate() {
  const { api } = useSession();
  const route = useRoute();
  if (!api) {
    return (
      <Layout>
        <SignInPage />
      </Layout>
    );
  }
  return (
    <Layout route={route}>
      <ErrorBoundary key={route.page}>
        <Suspense fallback={<Busy>Loading …</Busy>}>
          <CurrentPage route={route} />
        </Suspense>
      </ErrorBoundary>
    </Layout>
  );
}

function CurrentPage({ route }: { route: Route }) {
  switch (route.page) {
    case "waiting":
      return <WaitingPage />;
    case "runs":
      return <RunsPage status={route.status} workflowId={route.workflowId} />;
    case "run":
      return <RunPage key={route.id} id={route.id} />;
    case "start":
      return <StartPage workflowId={route.workflowId} />;
    case "check":
      return <CheckPage />;
    case "unknown":
      return <UnknownPage />;
  }
}
