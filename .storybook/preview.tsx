import type { Preview } from "@storybook/react-vite";
import "../src/console/styles/console.css";

const preview: Preview = {
  parameters: {
    a11y: { test: "error" },
  },
};

export default preview;
