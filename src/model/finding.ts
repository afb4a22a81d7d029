/** What doctor found out about one layer by trying it. */
export interface Finding {
  readonly what: string;
  readonly isOk: boolean;
  /** False for what this version does not have: absent, but no fault of the machine. */
  readonly isNeeded: boolean;
  readonly result: string;
  readonly advice?: string | undefined;
}
