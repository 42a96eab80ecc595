/**
 * Stands in for a page that broke: a part of the console that could not be loaded (after a
 * deployment its old parts are gone), or a defect of ours. Loading anew mends the first.
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
        <p>Nothing that was sent is lost.</p>
        <button type="button" className="wo-button" onClick={() => location.reload()}>
          Load the console anew
        </button>
      </Notice>
    );
  }
}
