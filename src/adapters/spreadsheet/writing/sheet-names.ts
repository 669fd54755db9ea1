/** UTF-16 units that Excel takes. */
const LONGEST = 31;
const FORBIDDEN = /[[\]:*?/\\]/g;

/** A name that Excel takes for a sheet. */
export function sheetName(name: string, suffix = ''): string {
  const allowed =
    name
      .replace(FORBIDDEN, ' ')
      .replace(/[^\P{C}]/gu, ' ')
      .replace(/^'+|'+$/g, '')
      .trim() || 'Sheet';
  const cut = allowed
    .slice(0, LONGEST - suffix.length)
    .replace(/[\ud800-\udbff]$/, '')
    .trimEnd();
  // Excel keeps this one for itself.
  return /^history$/i.test(cut + suffix) ? `${cut}_` : cut + suffix;
}

/** The names, each made one that no other has, whatever its case. */
export function distinctSheetNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let free = sheetName(name);
    for (let number = 2; taken.has(free.toLowerCase()); number++) free = sheetName(name, ` (${number})`);
    taken.add(free.toLowerCase());
    return free;
  });
}
