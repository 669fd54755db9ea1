import { builder } from '../builder.ts';

const ImageFit = builder.enumType('ImageFit', {
  description:
    'How a picture lies in a box of width and height. Nothing is enlarged: a box that is too large shrinks.',
  values: {
    COVER: { value: 'cover', description: 'Fills the box; what lies outside is cut off.' },
    CONTAIN: {
      value: 'contain',
      description: 'Lies in the box as a whole; the rest of the box stays empty.',
    },
    FILL: { value: 'fill', description: 'Is stretched to the shape of the box.' },
    INSIDE: {
      value: 'inside',
      description: 'Is as large as the box lets it; the result may be smaller than the box.',
    },
    OUTSIDE: {
      value: 'outside',
      description: 'Is as small as it can be with both sides at least those of the box.',
    },
  } as const,
});

const ImageFormat = builder.enumType('ImageFormat', {
  description: 'What a picture is sent as.',
  values: {
    AUTO: { value: 'auto', description: 'WebP where the client takes it, else what every browser shows.' },
    AVIF: { value: 'avif', description: 'AVIF: small, and slow to make.' },
    WEBP: { value: 'webp', description: 'WebP.' },
    JPEG: { value: 'jpeg', description: 'JPEG; transparency becomes white.' },
    PNG: { value: 'png', description: 'PNG.' },
    GIF: { value: 'gif', description: 'GIF.' },
  } as const,
});

/** The arguments of an address of a picture. */
export const variantArguments = builder.args((t) => ({
  width: t.int({
    description: 'Pixels, 1 to 4000; other sizes than those of a ladder become the next larger one.',
  }),
  height: t.int({ description: 'Pixels, 1 to 4000.' }),
  fit: t.field({ type: ImageFit, description: 'Where both sides are given; by default COVER.' }),
  format: t.field({
    type: ImageFormat,
    description: "By default the picture's own, if every browser shows it.",
  }),
  quality: t.int({ description: '1 to 100, in steps of 5; for JPEG, WebP and AVIF.' }),
}));
