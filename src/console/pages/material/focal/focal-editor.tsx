import { useMutation } from '@apollo/client/react';
import { Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { errorCode } from '../../../api/client.ts';
import { Failed } from '../../../components/failed.tsx';
import { UpdateMaterialDocument } from '../../../generated/graphql.ts';
import { useFormats, useMessages } from '../../../i18n/language.tsx';
import { defineMessages } from '../../../i18n/messages.ts';
import type { Detail } from '../detail.ts';
import { useRefetchMaterial } from '../use-refetch-material.ts';
import { FocalCrops } from './focal-crops.tsx';
import { FocalPicker, type Focus } from './focal-picker.tsx';

const messages = defineMessages({
  en: {
    what: 'Click what must stay in sight when the picture is cut to another shape, or move the ring with the arrow keys (faster with Shift).',
    at: (x: string, y: string) => `${x} from the left, ${y} from the top`,
    nowhere: 'No focal point: the middle is kept.',
    save: 'Save focal point',
    clear: 'Clear',
    done: 'Done',
  },
  zh: {
    what: '点击裁剪时必须保留的位置，或用方向键移动圆环（按住 Shift 移动更快）。',
    at: (x, y) => `距左侧 ${x}，距顶部 ${y}`,
    nowhere: '未设置焦点：裁剪时保留中间部分。',
    save: '保存焦点',
    clear: '清除',
    done: '完成',
  },
});

/** Says what of a picture, or of the poster of a video, a crop keeps in sight. */
export function FocalEditor({
  material,
  onDone,
}: {
  readonly material: Detail;
  readonly onDone: () => void;
}) {
  const t = useMessages(messages);
  const formats = useFormats();
  const kept = material.focalPoint;
  const [focus, setFocus] = useState<Focus | null>(kept && { x: kept.x, y: kept.y });
  const [update, { loading, error }] = useMutation(UpdateMaterialDocument);
  const refetch = useRefetchMaterial();
  const isSame = focus?.x === kept?.x && focus?.y === kept?.y;
  const save = async (focalPoint: Focus | null) => {
    setFocus(focalPoint);
    const input = { focalPoint, ifUpdatedAt: material.updatedAt };
    const failed = await update({ variables: { id: material.id, input } }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    // Who saves again has seen what was changed meanwhile.
    if (!failed || errorCode(failed) === 'MATERIAL_CHANGED') await refetch();
  };
  return (
    <Stack gap="sm">
      <FocalPicker
        material={material}
        focus={focus}
        onChange={setFocus}
        onSubmit={() => void save(focus)}
        onLeave={onDone}
      />
      <Text size="sm">{t.what}</Text>
      <Group justify="space-between">
        <Text size="sm" role="status">
          {focus ? t.at(formats.percent(focus.x), formats.percent(focus.y)) : t.nowhere}
        </Text>
        <Group gap="xs">
          <Button loading={loading} disabled={isSame || !focus} onClick={() => void save(focus)}>
            {t.save}
          </Button>
          <Button
            variant="default"
            disabled={loading || (!kept && !focus)}
            onClick={() => (kept ? void save(null) : setFocus(null))}
          >
            {t.clear}
          </Button>
          <Button variant="default" onClick={onDone}>
            {t.done}
          </Button>
        </Group>
      </Group>
      {error && <Failed error={error} />}
      <FocalCrops id={material.id} />
    </Stack>
  );
}
