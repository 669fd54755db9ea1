declare module '*.module.css' {
  /** Names in the file, and those that they have in the page. */
  const classes: Readonly<Record<string, string>>;
  export default classes;
}

declare module '*.css';

declare module 'stockroom:operations' {
  /** The examples of `schema/operations` by their file names; `src/console/build.ts` makes it. */
  export const operations: Readonly<Record<string, string>>;
}
