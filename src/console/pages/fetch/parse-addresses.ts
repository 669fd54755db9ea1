/** What a text of addresses has. */
interface ParsedAddresses {
  /** Each once, in their order. */
  readonly urls: readonly string[];
  /** Lines that repeat an address. */
  readonly repeated: number;
  /** Lines between others that have nothing. */
  readonly empty: number;
  readonly invalid: readonly { readonly line: number; readonly text: string }[];
}

/** What lists and spreadsheets leave around an address. */
const BEFORE = /^[\s"'“”‘’<[,;，；]+/;
const AFTER = /[\s"'“”‘’>,;，；]+$/;

/** Reads addresses, one a line or a cell of a spreadsheet; quotes, commas and brackets around them do not count. */
export function parseAddresses(text: string): ParsedAddresses {
  const urls = new Set<string>();
  const invalid: { line: number; text: string }[] = [];
  let repeated = 0;
  const lines = text.trim() === '' ? [] : text.trimEnd().split(/\r\n|\r|\n/);
  for (const [i, line] of lines.entries()) {
    for (const cell of line.split('\t')) {
      const address = bare(cell);
      if (address === '') continue;
      if (!isAddress(address)) invalid.push({ line: i + 1, text: address });
      else if (urls.has(address)) repeated++;
      else urls.add(address);
    }
  }
  const empty = lines.filter((line) => bare(line) === '').length;
  return { urls: [...urls], repeated, empty, invalid };
}

function bare(cell: string): string {
  const inner = cell.replace(BEFORE, '').replace(AFTER, '');
  // The end of a list, unless it is that of an IPv6 address.
  return inner.endsWith(']') && !inner.includes('[') ? inner.slice(0, -1).replace(AFTER, '') : inner;
}

function isAddress(text: string): boolean {
  return /^https?:\/\//i.test(text) && !/\s/.test(text) && URL.canParse(text);
}
