import type { Preview } from "@storybook/react";
import axe from "axe-core";
import { configure } from "storybook/test";
import "#console/styles/console.css";
import "./preview.css";

// Machines that run the tests are busy; what never comes fails all the same.
configure({ asyncUtilTimeout: 5000 });

const preview: Preview = {
  parameters: {
    layout: "fullscreen",
    // A violation fails the story, in `npm run stories` as in the panel.
    a11y: { test: "error" },
    viewport: {
      options: {
        phone: { name: "Phone", styles: { width: "320px", height: "640px" }, type: "mobile" },
      },
    },
  },
  globalTypes: {
    theme: {
      description: "Colours",
      toolbar: {
        icon: "mirror",
        items: ["system", "light", "dark"].map((value) => ({ value, title: value })),
        dynamicTitle: true,
      },
    },
  },
  initialGlobals: { theme: "system" },
  decorators: [
    (Story, { globals }) => {
      const theme = globals["theme"] as string;
      document.documentElement.style.colorScheme = theme === "system" ? "" : theme;
      return (
        <main className="story">
          <Story />
        </main>
      );
    },
  ],
  /** The add-on looks at the story as it is shown; contrast has to hold in the other theme too. */
  async afterEach({ canvasElement }) {
    // The colours are the system's then, in either theme.
    if (matchMedia("(forced-colors: active)").matches) return;
    const { style } = document.documentElement;
    const before = style.colorScheme;
    for (const theme of ["light", "dark"]) {
      style.colorScheme = theme;
      const { violations } = await axe.run(canvasElement, { runOnly: ["color-contrast"] });
      const places = violations.flatMap(({ nodes }) => nodes.map((node) => node.failureSummary));
      if (places.length > 0) throw new Error(`In the ${theme} theme: ${places.join("\n")}`);
    }
    style.colorScheme = before;
  },
};

export default preview;
