// A process that takes a job, says so, and never ends it: to be killed.
import { openJobQueue } from './job-queues.ts';

const [url = '', queueName = '', id = ''] = process.argv.slice(2);
const { queue } = openJobQueue(url);
queue.work(queueName, { concurrency: 1, due: async () => [id] }, async () => {
  process.stdout.write('taken\n');
  await new Promise(() => {});
  return undefined;
});
