import { builder } from '../builder.ts';

export const Visibility = builder.enumType('Visibility', {
  description:
    'Who may fetch the bytes: everybody who has the address, or members of the mall and holders of a link.',
  values: ['PUBLIC', 'PRIVATE'] as const,
});
