/** 0 done, 1 findings or failure, 2 wrong usage. */
export type ExitCode = 0 | 1 | 2;

/**
 * Ends a command from any depth; only cli/ throws it. The message is complete and for people;
 * `hint` is what to do next, on its own line.
 */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exitCode: 1 | 2;

  constructor(exitCode: 1 | 2, message: string, hint?: string) {
    super(hint === undefined ? message : `${message}\n${hint}`);
    this.exitCode = exitCode;
  }
}
