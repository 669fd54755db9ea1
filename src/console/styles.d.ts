declare module '*.module.css' {
  /** Names in the file, and those that they have in the page. */
  const classes: Readonly<Record<string, string>>;
  export default classes;
}

declare module '*.css';
