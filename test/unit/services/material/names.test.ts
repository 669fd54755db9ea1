import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { AppError } from '../../../../src/errors.ts';
import { fileUrl } from '../../../../src/services/material/file-url.ts';
import { parseFolder } from '../../../../src/services/material/folder.ts';
import { safeName } from '../../../../src/services/material/upload-templates.ts';

describe('folders', () => {
  test.each([
    [undefined, ''],
    ['', ''],
    ['/a//b/ ', 'a/b'],
    ['商品/主图', '商品/主图'],
  ])('%p is kept as %p', (given, kept) => expect(parseFolder(given)).toBe(kept));
  test.each(['..', 'a/../b', './a', 'x'.repeat(501)])('%p is refused', (given) => {
    expect(() => parseFolder(given)).toThrow(AppError);
  });
});

describe('names of site files', () => {
  test.each([
    ['banner.png', 'png', 'banner.png'],
    ['Banner 1.PNG', 'png', 'Banner-1.png'],
    ['photo.jpeg', 'jpg', 'photo.jpeg'],
    ['横幅.png', 'png', '横幅.png'],
    ['../../etc/passwd', 'png', 'passwd.png'],
    ['C:\\pictures\\a.png', 'png', 'a.png'],
    ['page.html', 'png', 'page.html.png'],
    ['.htaccess', 'gif', 'htaccess.gif'],
    ['', 'gif', 'file.gif'],
  ])('%p with %p bytes becomes %p', (given, extension, kept) =>
    expect(safeName(given, extension)).toBe(kept),
  );

  test('hold no separator, space, quote or control character, and never begin with a dot', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
        const kept = safeName(name, 'png');
        expect(kept).toMatch(/^[^.\s/\\"'<>&?#%\p{C}][^\s/\\"'<>&?#%\p{C}]*\.png$/u);
        expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(500);
      }),
    );
  });
});

test('addresses of files are percent-encoded and carry the version of the bytes', () => {
  const urls = { public: 'https://s.example', files: 'https://cdn.example/files' };
  const sha256 = `${'0123456789abcdef'.repeat(4)}`;
  expect(fileUrl({ urls }, { basePath: '/mall/2026-11-22/a.jpg', sha256 })).toBe(
    'https://cdn.example/files/mall/2026-11-22/a.jpg?v=0123456789abcdef',
  );
  expect(fileUrl({ urls }, { basePath: '/cms/template/2026-11-22/横幅.png', sha256 })).toBe(
    'https://cdn.example/files/cms/template/2026-11-22/%E6%A8%AA%E5%B9%85.png?v=0123456789abcdef',
  );
});
