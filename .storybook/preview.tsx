import type { Preview } from "@storybook/react-vite";
import axe from "axe-core";
import "../src/console/styles/console.css";

const preview: Preview = {
  parameters: {
    // A violation fails the story, in `npm run stories` as in the panel.
    a11y: { test: "error" },
  },
  /** The add-on looks at the story as it is shown; contrast has to hold in the other theme too. */
  async afterEach({ canvasElement }) {
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
