import { useQuery } from '@apollo/client/react';
import { Group, Text } from '@mantine/core';
import { MaterialCropsDocument } from '../../../generated/graphql.ts';
import { useMessages } from '../../../i18n/language.tsx';
import { defineMessages } from '../../../i18n/messages.ts';
import { ownFileUrl } from '../../../server.ts';
import classes from './focal-editor.module.css';

const HEIGHT = 120;

const messages = defineMessages({
  en: { title: 'As it is cut now', crop: (shape: string) => `Cut to ${shape}` },
  zh: { title: '当前裁剪效果', crop: (shape) => `裁剪为 ${shape}` },
});

/** What the server makes of the picture for three shapes. */
export function FocalCrops({ id }: { readonly id: string }) {
  const t = useMessages(messages);
  const { data } = useQuery(MaterialCropsDocument, { variables: { id } });
  const crops = data?.material;
  if (!crops) return null;
  const shapes = [
    { name: '1:1', url: crops.squarePoster ?? crops.square, ratio: 1 },
    { name: '16:9', url: crops.widePoster ?? crops.wide, ratio: 16 / 9 },
    { name: '9:16', url: crops.tallPoster ?? crops.tall, ratio: 9 / 16 },
  ];
  return (
    <div>
      <Text size="sm" fw={600} mb={4}>
        {t.title}
      </Text>
      <Group gap="sm" align="flex-start">
        {shapes.map(({ name, url, ratio }) => (
          <figure key={name} style={{ margin: 0 }}>
            <img
              className={classes.crop}
              src={ownFileUrl(url)}
              alt={t.crop(name)}
              width={HEIGHT * ratio}
              height={HEIGHT}
            />
            <Text component="figcaption" size="xs" c="dimmed" ta="center">
              {name}
            </Text>
          </figure>
        ))}
      </Group>
    </div>
  );
}
