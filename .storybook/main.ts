/** Storybook over `stories/`. It asks nothing of the network: no telemetry, no look for updates. */
import type { StorybookConfig } from "@storybook/react-vite";
import react from "@vitejs/plugin-react";
import { mergeConfig } from "vite";

const config: StorybookConfig = {
  framework: "@storybook/react-vite",
  stories: ["../stories/**/*.stories.tsx"],
  addons: ["@storybook/addon-a11y", "@storybook/addon-vitest"],
  staticDirs: ["../stories/public"],
  core: {
    disableTelemetry: true,
    disableWhatsNewNotifications: true,
    enableCrashReports: false,
  },
  typescript: { reactDocgen: false },
  viteFinal: (vite) =>
    mergeConfig(vite, {
      plugins: [react()],
      // The first with light-dark(); for older ones it would be rewritten so that only the system
      // can choose the theme.
      build: { cssTarget: ["chrome123", "firefox120", "safari17.5"] },
      optimizeDeps: { entries: ["stories/**/*.stories.tsx"] },
    }),
};

export default config;
