/**
 * Replaces a page that failed: a part of the console could not be loaded (a deployment removes old
 * parts), or there is a defect. Reloading fixes the first.
 */
import { Component, type ReactNode } from "react";
import { Notice } from "./notices.tsx";

export class ErrorBoundary extends Component<{ children: ReactNode }, { isBroken: boolean }> {
  override state = { isBroken: false };

  static getDerivedStateFromError(): { isBroken: boolean } {
    return { isBroken: true };
  }

  override render(): ReactNode {
    if (!this.state.isBroken) return this.props.children;
    return (
      <Notice tone="negative" title="This page could not be shown">
        <p>No answer that was sent is lost.</p>
        <button type="button" className="wo-button" onClick={() => location.reload()}>
          Reload the console
        </button>
      </Notice>
    );
  }
}
