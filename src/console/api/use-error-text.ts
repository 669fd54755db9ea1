import { CombinedGraphQLErrors } from '@apollo/client';
import { useCallback } from 'react';
import { useMessages } from '../i18n/language.tsx';
import { defineMessages } from '../i18n/messages.ts';
import { ProblemError } from './problem.ts';

const messages = defineMessages({
  en: {
    unreachable: 'The server cannot be reached. Check your connection and try again.',
    unexpected: (status: number) => `The server answered in an unexpected way (status ${status}).`,
    requestId: (id: string) => `Request ${id}`,
  },
  zh: {
    unreachable: '无法连接服务器，请检查网络后重试。',
    unexpected: (status) => `服务器返回了意外的响应（状态码 ${status}）。`,
    requestId: (id) => `请求编号 ${id}`,
  },
});

/** Says what went wrong, in the user's language; of the server's own faults also the id under which its log has them. */
export function useErrorText(): (error: unknown) => string {
  const t = useMessages(messages);
  return useCallback(
    (error) => {
      if (CombinedGraphQLErrors.is(error)) {
        const [first] = error.errors;
        const { code, requestId } = first?.extensions ?? {};
        const text = first?.message ?? error.message;
        return code === 'INTERNAL_ERROR' && typeof requestId === 'string'
          ? `${text} (${t.requestId(requestId)})`
          : text;
      }
      if (error instanceof ProblemError) return error.message;
      const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 0;
      return status > 0 ? t.unexpected(status) : t.unreachable;
    },
    [t],
  );
}
