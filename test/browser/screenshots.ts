/**
 * Takes the pictures of the console in the documents: `node test/browser/screenshots.ts`. No test:
 * pictures differ from machine to machine by their fonts.
 */
import { fileURLToPath } from "node:url";
import type { BrowserContextOptions } from "playwright";
import { type Service, startService } from "../support/service.ts";
import { answerForm, start } from "../service/runs.ts";
import { launch, Visitor } from "./visitor.ts";

const FOLDER = fileURLToPath(new URL("../../docs/images/", import.meta.url));
const DESK = { viewport: { width: 880, height: 660 } };
const PHONE = { viewport: { width: 360, height: 640 } };

interface Picture {
  name: string;
  path: string;
  /** What is on the page when it is ready. */
  ready: string;
  options: BrowserContextOptions;
}

async function picturesOf(service: Service): Promise<Picture[]> {
  const expense = { employee: "ada@example.com", purpose: "Train to the fair", amount: 840 };
  await start(service, { workflow_id: "expense_approval", inputs: expense });
  await start(service, { workflow_id: "vendor_onboarding", run_opts: { tags: ["urgent"] } });
  await start(service, { workflow_id: "document_review" });
  const form = await start(service);
  const approval = await answerForm(service, await start(service));
  const dark = { ...DESK, colorScheme: "dark" as const };
  return [
    { name: "waiting", path: "/", ready: "Approve the draft", options: DESK },
    { name: "approval", path: `/runs/${approval}`, ready: "To be approved", options: DESK },
    { name: "dark", path: `/runs/${approval}`, ready: "To be approved", options: dark },
    { name: "phone", path: `/runs/${form}`, ready: "Who is it for?", options: PHONE },
  ];
}

const service = await startService();
const browser = await launch();
try {
  for (const { name, path, ready, options } of await picturesOf(service)) {
    const visitor = await Visitor.enter(browser, service, options);
    await visitor.open(path);
    await visitor.text(ready).first().waitFor();
    if (path !== "/") await visitor.text("Live").waitFor();
    await visitor.page.mouse.move(0, 0);
    await visitor.page.screenshot({ path: `${FOLDER}console-${name}.png` });
    await visitor.leave();
  }
} finally {
  await browser.close();
  await service.close();
}
