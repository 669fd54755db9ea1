/** What a server says before the body (RFC 9112, sections 4 and 5). */
export interface AnswerHead {
  readonly status: number;
  readonly version: '1.0' | '1.1';
  readonly headers: Headers;
}

/** How every answer begins. */
export const ANSWER_START = 'HTTP/1.';

const STATUS_LINE = /^HTTP\/(1\.[01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
/**
 * Without space before the colon, and without folded lines: programs differ on what those mean. `Headers` trims the value:
 * a pattern that did would try each way to part many spaces.
 */
const FIELD_LINE = /^([\w!#$%&'*+.^`|~-]+):([\t\x20-\x7e\x80-\xff]*)$/;
/** `Headers` compares each name with all before it. */
const MAX_FIELDS = 256;

/**
 * @param text bytes as Latin-1, up to the empty line.
 * @returns undefined for what is no such head.
 */
export function parseHead(text: string): AnswerHead | undefined {
  const [first = '', ...lines] = text.split('\r\n');
  const [, version, status] = STATUS_LINE.exec(first) ?? [];
  const headers = parseFields(lines);
  if (version === undefined || headers === undefined) return undefined;
  return { status: Number(status), version: version === '1.0' ? '1.0' : '1.1', headers };
}

/** Header or trailer fields, one a line; undefined if one of them is none, or if they are too many. */
export function parseFields(lines: readonly string[]): Headers | undefined {
  if (lines.length > MAX_FIELDS) return undefined;
  const headers = new Headers();
  for (const line of lines) {
    const [, name, value] = FIELD_LINE.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    headers.append(name, value);
  }
  return headers;
}

/** Whether a list such as that of `Connection` has a word, which is in lower case. */
export function lists(headers: Headers, name: string, word: string): boolean {
  const words = headers.get(name)?.toLowerCase().split(',') ?? [];
  return words.some((one) => one.trim() === word);
}

/** The beginning of what a server says, for an error that is logged: it may be long, to fill the log. */
export function quote(value: string): string {
  return JSON.stringify(value.slice(0, 40));
}
