import { describe, expect, test } from 'bun:test';
import type { Transfer } from '../../../../src/console/upload/queue/transfer.ts';
import type { SendResult, UploadPort } from '../../../../src/console/upload/queue/upload-port.ts';
import { UploadQueue } from '../../../../src/console/upload/queue/upload-queue.ts';
import { until } from '../../../support/temporary.ts';

const LIMITS = { fileBytes: 1000, requestBytes: 1024 * 1024, filesPerRequest: 100 };
const TOP = { mallId: 1, folder: '' };

/** Requests that wait until the test answers them. */
class ManualPort implements UploadPort {
  readonly open: {
    batch: readonly Transfer[];
    signal: AbortSignal;
    answer: PromiseWithResolvers<SendResult[]>;
  }[] = [];
  readonly removed: string[] = [];

  send: UploadPort['send'] = async (batch, { signal, onProgress }) => {
    const answer = Promise.withResolvers<SendResult[]>();
    signal.addEventListener('abort', () => answer.reject(new DOMException('cancelled', 'AbortError')));
    // A long body of which the beginning has left.
    onProgress(1, 100_000_000);
    this.open.push({ batch, signal, answer });
    return await answer.promise;
  };

  remove: UploadPort['remove'] = async (ids) => {
    this.removed.push(...ids);
  };

  /** Answers the oldest request: everything is kept under its name. */
  async keep(): Promise<void> {
    const request = this.open.shift();
    request?.answer.resolve(request.batch.map(({ name }) => ({ materialId: name })));
    await Bun.sleep(0);
  }
}

function opened(): { port: ManualPort; queue: UploadQueue } {
  const port = new ManualPort();
  const queue = new UploadQueue(port, LIMITS);
  queue.setUser(1);
  return { port, queue };
}

function files(count: number, prefix = ''): File[] {
  return Array.from({ length: count }, (_, i) => new File(['bytes'], `${prefix}${i}`));
}

const rowsIn = (queue: UploadQueue, state: string) => queue.rows().filter((row) => row.state === state);

describe('the queue of uploads', () => {
  test('has three requests under way at most, and holds no bytes of what is done', async () => {
    const { port, queue } = opened();
    queue.add(files(500), TOP);
    let most = 0;
    while (port.open.length > 0) {
      most = Math.max(most, port.open.length);
      await port.keep();
    }
    expect(most).toBe(3);
    expect(queue.isBusy).toBe(false);
    expect(queue.rows().length).toBe(200);
    expect(queue.rows().every(({ file }) => file === undefined)).toBe(true);
  });

  test('says at once what is too large', () => {
    const { port, queue } = opened();
    queue.add([new File(['x'.repeat(1001)], 'large')], TOP);
    expect(rowsIn(queue, 'failed').map(({ reason }) => reason?.kind)).toEqual(['tooLarge']);
    expect(port.open).toEqual([]);
  });

  test('removes what was cancelled when it had left already, and nothing else of its request', async () => {
    const { port, queue } = opened();
    queue.add(files(3), TOP);
    const [first] = rowsIn(queue, 'sending');
    if (first) queue.cancel([first]);
    await port.keep();
    await until('the removal', () => port.removed.length || undefined);
    expect(port.removed).toEqual(['0']);
    expect(rowsIn(queue, 'done').map(({ name }) => name)).toEqual(['2', '1']);
  });

  test('ends a request all of whose files are cancelled before they can have got there', async () => {
    const { port, queue } = opened();
    queue.add(files(100), TOP);
    queue.cancelAll();
    expect(port.open.map(({ signal }) => signal.aborted)).toEqual([true, true, true]);
    await until('the queue to be empty', () => !queue.isBusy || undefined);
    expect(queue.rows()).toEqual([]);
    expect(port.removed).toEqual([]);
  });

  test('sends again under the same ids what got no answer', async () => {
    const { port, queue } = opened();
    queue.add(files(2), TOP);
    const before = port.open[0]?.batch.map(({ id }) => id);
    port.open.shift()?.answer.reject(new TypeError('the connection was lost'));
    await until('the next try', () => port.open.length || undefined);
    expect(port.open[0]?.batch.map(({ id }) => id)).toEqual(before ?? []);
    await port.keep();
    expect(rowsIn(queue, 'done').length).toBe(2);
  });

  test('waits while nobody is logged in, and drops what is of somebody else', async () => {
    const { port, queue } = opened();
    queue.add(files(200), TOP);
    queue.setUser(undefined);
    for (let i = 0; i < 3; i++) await port.keep();
    expect(port.open).toEqual([]);
    queue.setUser(1);
    expect(port.open.length).toBe(3);
    queue.setUser(undefined);
    queue.setUser(2);
    expect(queue.rows()).toEqual([]);
    expect(queue.isBusy).toBe(false);
    queue.add(files(1, 'own'), TOP);
    expect(port.open.at(-1)?.batch.map(({ name }) => name)).toEqual(['own0']);
  });
});
