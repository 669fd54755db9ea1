/** The same library in one file, without what reads streams: it loads in a quarter of the time. */
declare module 'exceljs/dist/exceljs.min.js' {
  import type * as excel from 'exceljs';

  const library: typeof excel;
  export default library;
}
