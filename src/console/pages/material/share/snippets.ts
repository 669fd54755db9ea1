import type { Detail } from '../detail.ts';
import type { Candidate } from '../viewer/candidates.ts';

type Shown = Pick<Detail, 'originFilename' | 'url' | 'posterUrl' | 'width' | 'height' | 'kind'>;

/** Of the `src` of a picture that is there in several widths: px. */
const USUAL_WIDTH = 960;

/** HTML that shows the material: of pictures in the width that fits. */
export function htmlSnippet(material: Shown, candidates: readonly Candidate[]): string {
  const { kind, url, posterUrl } = material;
  switch (kind) {
    case 'IMAGE':
      return imageSnippet(material, candidates);
    case 'VIDEO': {
      const poster = posterUrl ? ` poster="${escaped(posterUrl)}"` : '';
      return `<video controls preload="metadata" src="${escaped(url)}"${poster}${sizeOf(material)}></video>`;
    }
    case 'AUDIO':
      return `<audio controls preload="metadata" src="${escaped(url)}"></audio>`;
  }
}

export function markdownSnippet({ kind, originFilename, url }: Shown): string {
  const text = originFilename.replace(/\s+/g, ' ').replace(/[\\[\]`*_<>!&]/g, '\\$&');
  return `${kind === 'IMAGE' ? '!' : ''}[${text}](${url})`;
}

function imageSnippet(material: Shown, candidates: readonly Candidate[]): string {
  const usual = candidates.find(({ width }) => width >= USUAL_WIDTH) ?? candidates.at(-1);
  const attributes = [
    `src="${escaped(usual?.url ?? material.url)}"`,
    ...(candidates.length > 1
      ? [
          `srcset="${candidates.map(({ url, width }) => `${escaped(url)} ${width}w`).join(',\n    ')}"`,
          'sizes="100vw"',
        ]
      : []),
    `alt="${escaped(material.originFilename)}"${sizeOf(material)}`,
    'loading="lazy"',
  ];
  return `<img\n  ${attributes.join('\n  ')}>`;
}

function sizeOf({ width, height }: Shown): string {
  return width && height ? ` width="${width}" height="${height}"` : '';
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
