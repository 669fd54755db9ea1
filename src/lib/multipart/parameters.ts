const NAME = /[ \t]*;[ \t]*(?:([\w!#$%&'*+.^`|~-]+)[ \t]*=[ \t]*)?/y;
const UNQUOTED = /[^;"\t ]*(?=[ \t]*(?:;|$))/y;
const ENDS_HERE = /[ \t]*(?:;|$)/y;

/** Says whether the quote at `index` closes the quoted string. */
type Closes = (text: string, index: number) => boolean;

/**
 * The parameters `; name=value; name="value"` of a header value (RFC 2045, section 5.1), names in lower case.
 * `text` begins with the first semicolon or is empty. In quoted values a backslash is an ordinary character,
 * except before a quote. Undefined: not a list of parameters, or a name came twice.
 */
export function parseParameters(text: string): Map<string, string> | undefined {
  // Some senders escape a quote with a backslash, others (browsers) never do, so that `"a\"` is a name that ends in a
  // backslash. Where the first reading gives no list, every quote that ends a parameter is a closing one.
  return readList(text, notEscaped) ?? readList(text, endsParameter);
}

function readList(text: string, closes: Closes): Map<string, string> | undefined {
  const list = new Map<string, string>();
  let at = 0;
  while (at < text.length) {
    const head = matchAt(NAME, text, at);
    if (head === null) return text.slice(at).trim() === '' ? list : undefined;
    at = NAME.lastIndex;
    const name = head[1]?.toLowerCase();
    if (name === undefined) continue;
    if (list.has(name)) return undefined;
    if (text[at] === '"') {
      const end = closingQuote(text, at + 1, closes);
      if (end < 0) return undefined;
      list.set(name, text.slice(at + 1, end).replaceAll('\\"', '"'));
      at = end + 1;
    } else {
      const value = matchAt(UNQUOTED, text, at);
      if (value === null) return undefined;
      list.set(name, value[0]);
      at = UNQUOTED.lastIndex;
    }
  }
  return list;
}

function closingQuote(text: string, from: number, closes: Closes): number {
  let quote = text.indexOf('"', from);
  while (quote >= 0 && !closes(text, quote)) quote = text.indexOf('"', quote + 1);
  return quote;
}

function notEscaped(text: string, index: number): boolean {
  return text[index - 1] !== '\\';
}

function endsParameter(text: string, index: number): boolean {
  return matchAt(ENDS_HERE, text, index + 1) !== null;
}

function matchAt(sticky: RegExp, text: string, index: number): RegExpExecArray | null {
  sticky.lastIndex = index;
  return sticky.exec(text);
}
