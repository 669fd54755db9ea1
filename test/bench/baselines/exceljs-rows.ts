/** exceljs's streaming writer, fed rows from memory. Arguments: rows, path. Prints the ms it took as JSON. */
import excel from 'exceljs';

const [rows = '1', path = '/dev/null'] = process.argv.slice(2);
const start = performance.now();
const workbook = new excel.stream.xlsx.WorkbookWriter({ filename: path, useStyles: true });
const sheet = workbook.addWorksheet('Rows');
for (let i = 1; i <= Number(rows); i++) {
  sheet
    .addRow([
      i,
      i * 7919,
      `c4ca4238a0b923820dcc509a${i}`,
      `商品图片 ${i}.jpg`,
      'image/jpeg',
      new Date(1_704_067_200_000 + i * 61_123),
      new Date(1_577_836_800_000 + (i % 2000) * 86_400_000),
      i % 3 === 0,
      i / 7,
      `folder_${i % 100}/春季 & 夏季`,
    ])
    .commit();
}
await workbook.commit();
console.log(JSON.stringify({ ms: performance.now() - start }));
