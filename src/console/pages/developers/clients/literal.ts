/** A JSON value as JavaScript source, keys without quotes where they can be. */
export function literal(value: unknown): string {
  return JSON.stringify(value, null, 2)
    .replace(/^(\s*)"([a-zA-Z_]\w*)":/gm, '$1$2:')
    .replace(/"((?:[^"\\']|\\[^"'])*)"/g, "'$1'");
}

/** A text of several lines as JavaScript source. */
export function template(text: string): string {
  return `\`\n${text
    .replace(/[\\`]|\$\{/g, '\\$&')
    .split('\n')
    .map((line) => (line ? `  ${line}` : line))
    .join('\n')}\n\``;
}
