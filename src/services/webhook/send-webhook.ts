import type { Services } from '../context.ts';
import { WEBHOOKS } from './record.ts';

/** Has a webhook told now what it is to be told, on any instance. Without a message the queue finds it within a minute. */
export function sendWebhook({ jobs, log }: Pick<Services, 'jobs' | 'log'>, webhookId: string): void {
  jobs.send(WEBHOOKS, webhookId).catch((error: unknown) => {
    log.debug({ err: error, webhookId }, 'a webhook is told a little later');
  });
}
