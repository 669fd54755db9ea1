/** What `doctor` found out about one thing. */
export interface Finding {
  /** Of the thing, such as `database`. */
  readonly name: string;
  readonly state: 'fine' | 'warning' | 'failed';
  /** What it is like, in a line. */
  readonly found: string;
  /** What to do about it. */
  readonly advice?: string;
}
