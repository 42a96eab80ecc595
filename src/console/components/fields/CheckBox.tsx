/** The box with its tick; `data-selected` of the surrounding control is the state. */
export function CheckBox() {
  return (
    <span className="wo-box" aria-hidden="true">
      <svg viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="2.25">
        <path d="M3.5 8.5l3 3 6-6.5" strokeLinecap="round" strokeLinejoin="round" />
      </svg>
    </span>
  );
}
