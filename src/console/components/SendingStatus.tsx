/** Says to screen readers that an answer is under way; the button says it to the others. */
export function SendingStatus({ isSending }: { isSending: boolean }) {
  return (
    <span className="wo-sr-only" role="status">
      {isSending && "Sending…"}
    </span>
  );
}
