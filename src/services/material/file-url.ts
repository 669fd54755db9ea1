import type { Services } from '../context.ts';

/** Hex digits of the sha256 that stand for a version in URLs. */
const VERSION_LENGTH = 16;
const PLAIN_PATH = /^[\w./-]*$/;

/** Address of a material's bytes, with the version that makes it cacheable for ever. */
export function fileUrl(
  services: Pick<Services, 'urls'>,
  material: { readonly basePath: string; readonly sha256: string },
): string {
  return `${services.urls.files}${encodePath(material.basePath)}?v=${versionOf(material.sha256)}`;
}

/** The `v` of a file URL. */
export function versionOf(sha256: string): string {
  return sha256.slice(0, VERSION_LENGTH);
}

/** A base path as it stands in URLs. */
export function encodePath(basePath: string): string {
  // Most paths are dates and uuids.
  if (PLAIN_PATH.test(basePath)) return basePath;
  return basePath.split('/').map(encodeURIComponent).join('/');
}
