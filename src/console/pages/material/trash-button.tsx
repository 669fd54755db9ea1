import { useMutation } from '@apollo/client/react';
import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { Trash2 } from 'lucide-react';
import { useErrorText } from '../../api/use-error-text.ts';
import { DeleteMaterialsDocument } from '../../generated/graphql.ts';
import { useMessages } from '../../i18n/language.tsx';
import { defineMessages } from '../../i18n/messages.ts';
import { useRefetchMaterial } from './use-refetch-material.ts';

const messages = defineMessages({
  en: { trash: 'Move to the trash' },
  zh: { trash: '移入回收站' },
});

/** Asks nothing: the page then offers to bring the material back. */
export function TrashButton({ id }: { readonly id: string }) {
  const t = useMessages(messages);
  const errorText = useErrorText();
  const [trash, { loading }] = useMutation(DeleteMaterialsDocument);
  const refetch = useRefetchMaterial();
  const send = async () => {
    const say = (message: string) => notifications.show({ message, color: 'red' });
    try {
      const { data } = await trash({ variables: { ids: [id] } });
      const refusal = data?.deleteMaterials[0]?.message;
      if (refusal) say(refusal);
      await refetch();
    } catch (error) {
      say(errorText(error));
    }
  };
  return (
    <Button
      variant="default"
      loading={loading}
      leftSection={<Trash2 size={18} aria-hidden />}
      onClick={() => void send()}
    >
      {t.trash}
    </Button>
  );
}
