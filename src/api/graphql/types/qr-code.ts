import { type QrCodeInput, type QrFormat, qrSvg, qrUrl } from '../../../services/qr/qr-code.ts';
import { builder } from '../builder.ts';

const QrFormatEnum = builder.enumType('QrFormat', {
  description: 'What a QR code is sent as.',
  values: {
    SVG: { value: 'svg', description: 'Drawn sharply in any size.' },
    PNG: { value: 'png', description: 'For what cannot show SVG, such as mail.' },
  } as const,
});

const QrCode = builder.objectRef<QrCodeInput & { format: QrFormat }>('QrCode').implement({
  description: 'A text, mostly an address, for the cameras of phones.',
  fields: (t) => ({
    url: t.string({
      description: 'Address of the picture; the session is asked for there too.',
      resolve: (code, _args, { ctx }) => qrUrl(ctx, code.format, code),
    }),
    svg: t.string({
      description: 'The picture itself as an SVG document, whatever the format.',
      resolve: (code, _args, { ctx }) => qrSvg(ctx, code),
    }),
  }),
});

builder.queryField('qrCode', (t) =>
  t.field({
    type: QrCode,
    description: 'A QR code of a text, for whoever is logged in.',
    args: {
      text: t.arg.string({ required: true, description: '1 to 2,000 bytes in UTF-8, such as an address.' }),
      size: t.arg.int({ description: 'Pixels of either side, 64 to 2048; by default 256.' }),
      format: t.arg({ type: QrFormatEnum, description: 'Of `url`; by default SVG.' }),
    },
    resolve: (_root, { text, size, format }) => ({ text, size, format: format ?? 'svg' }),
  }),
);
