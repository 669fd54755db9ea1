import { z } from 'zod';
import { type Modifiers, modifierNames, modifiers } from '../../services/material/variant/modifiers.ts';
import type { RestRoute } from './rest/route.ts';

const MEANINGS: Readonly<Record<keyof Modifiers, string>> = {
  w: 'Width of the box, px',
  h: 'Height of the box, px',
  fit: 'How the picture lies in a box of two sides; `cover` by default',
  format: 'Of the answer; `auto`: the best that `Accept` lets; by default its own',
  q: 'Quality of JPEG, WebP and AVIF',
  focus: 'What `cover` keeps: `x,y`, each from 0 to 1, or a word',
  dpr: 'Device pixels in one of the box',
  blur: 'px',
  rotate: 'Degrees, clockwise',
  bg: 'Colour behind what is transparent: `fff`, `336699`, `33669980` or a name',
};

/** What makes a picture of other measures, each with its limits. */
const MODIFIERS = Object.fromEntries(
  modifierNames.map((name) => [
    name,
    z
      .string()
      .meta({ ...modifiers[name].schema, description: `${MEANINGS[name]}.` })
      .optional(),
  ]),
);

/** Of links that somebody who may see it has made. */
export const LINK_QUERY = {
  expires: z
    .string()
    .meta({ type: 'integer', description: 'Of a link: when it ends, seconds since 1970.' })
    .optional(),
  signature: z.string().describe('Of a link: covers the path and every other parameter.').optional(),
};

export const CONDITIONAL_HEADERS = {
  Range: 'Bytes that are wanted (RFC 9110, section 14.2).',
  'If-Range': 'The `ETag` or the date for which `Range` holds.',
  'If-None-Match': 'The `ETag` that is there already.',
  'If-Modified-Since': 'A date; without `If-None-Match`.',
  'If-Match': 'The `ETag` that it has to have.',
  'If-Unmodified-Since': 'A date; without `If-Match`.',
};

export const fileAnswers = (types: readonly string[]) => ({
  200: {
    description: 'The bytes.',
    types,
    headers: { ETag: 'A strong one.', 'Accept-Ranges': '`bytes`' },
  },
  206: {
    description: 'The range; several come as `multipart/byteranges`.',
    types: [...types, 'multipart/byteranges'],
    headers: { 'Content-Range': 'Of one range.' },
  },
  302: {
    description: 'The bytes are at another address, which holds for a short time.',
    headers: { Location: 'That address.' },
  },
  304: { description: 'The client has it already.' },
});

export const fileDefinition = {
  method: 'GET',
  path: '/files/*',
  id: 'file',
  tag: 'Files',
  summary: 'The bytes of a material, or a picture of it made to measure',
  description:
    'Pictures are made anew where one of `w`, `h`, `fit`, `focus`, `format`, `q`, `dpr`, `blur`, `rotate` or `bg` ' +
    'is given. Measures are rounded up to one of a few sizes, unless a link is signed for them. Other parameters are ' +
    'passed over.',
  caller: 'EVERYBODY_OR_USER',
  parameters: {
    basePath: z
      .string()
      .describe(
        'Its path without the first slash, such as `mall/2026-11-22/….jpg`; slashes stay as they are.',
      ),
  },
  query: z.object({
    v: z
      .string()
      .describe('Its version, as `Material.url` has it: the answer may be cached for ever.')
      .optional(),
    download: z.string().describe('Whatever its value: as an attachment under its original name.').optional(),
    poster: z.string().describe('Whatever its value: the still picture of a video.').optional(),
    ...MODIFIERS,
    ...LINK_QUERY,
  }),
  headers: CONDITIONAL_HEADERS,
  answers: fileAnswers(['image/*', 'video/*', 'audio/*', 'application/octet-stream']),
  errors: [
    'PARAMS_INVALID',
    'NOT_FOUND',
    'LINK_INVALID',
    'LINK_EXPIRED',
    'PRECONDITION_FAILED',
    'RANGE_NOT_SATISFIABLE',
    'IMAGE_FORMAT_UNSUPPORTED',
    'IMAGE_TOO_LARGE',
    'FILE_DAMAGED',
    'SERVICE_UNAVAILABLE',
  ],
} as const satisfies RestRoute;
