import { describe, expect, test } from 'bun:test';
import { htmlSnippet, markdownSnippet } from '../../../src/console/pages/material/share/snippets.ts';

const FILE = 'https://files.example.com/mall/a.jpg?v=0';
const hostile = {
  kind: 'IMAGE',
  originFilename: '"><script>alert(1)</script>](x)',
  url: FILE,
  posterUrl: null,
  width: 1000,
  height: 500,
} as const;

describe('what is copied to show a material elsewhere', () => {
  test('has every width of a picture, in HTML that no name breaks out of', () => {
    const html = htmlSnippet(hostile, [
      { url: `${FILE}&w=320`, width: 320 },
      { url: FILE, width: 1000 },
    ]);
    expect(html).toContain('a.jpg?v=0&amp;w=320 320w');
    expect(html).toContain(`src="${FILE}"`);
    expect(html).toContain(
      'alt="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;](x)" width="1000" height="500"',
    );
    expect(html.match(/[<>]/g)).toEqual(['<', '>']);
  });

  test('of a small picture has one address', () => {
    expect(htmlSnippet(hostile, [{ url: FILE, width: 1000 }])).not.toContain('srcset');
  });

  test('of a video has its poster and size, of a sound neither', () => {
    expect(htmlSnippet({ ...hostile, kind: 'VIDEO', posterUrl: `${FILE}&poster` }, [])).toBe(
      `<video controls preload="metadata" src="${FILE}" poster="${FILE}&amp;poster" width="1000" height="500"></video>`,
    );
    expect(htmlSnippet({ ...hostile, kind: 'AUDIO' }, [])).toBe(
      `<audio controls preload="metadata" src="${FILE}"></audio>`,
    );
  });

  test('in Markdown is one link, whatever the name', () => {
    expect(markdownSnippet({ ...hostile, originFilename: 'a](b)\n# *c*' })).toBe(
      `![a\\](b) # \\*c\\*](${FILE})`,
    );
    expect(markdownSnippet({ ...hostile, kind: 'VIDEO', originFilename: 'v' })).toBe(`[v](${FILE})`);
  });
});
