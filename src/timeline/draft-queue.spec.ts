import { describe, expect, test } from '@jest/globals';
import type { Draft } from './log/append.queries.js';
import { DraftQueue, type Pending } from './draft-queue.js';

const pending = (roomId: string, content: string, clientId: string | null = null, since = 0): Pending => ({
  since,
  origin: undefined,
  draft: { roomId, content, clientId, senderId: 'ada' } as Draft,
  resolve: () => undefined,
  reject: () => undefined,
});

const contents = (batch: Pending[]) => batch.map(({ draft }) => draft.content);

function aQueue(...drafts: [roomId: string, content: string, clientId?: string][]): DraftQueue {
  const queue = new DraftQueue();
  for (const [roomId, content, clientId] of drafts) queue.push(pending(roomId, content, clientId));
  return queue;
}

describe('drafts that wait', () => {
  test('share a statement, each room in its order', () => {
    const queue = aQueue(['a', 'a1'], ['b', 'b1'], ['a', 'a2']);
    expect(contents(queue.take(10))).toEqual(['a1', 'a2', 'b1']);
    expect(queue.size).toBe(0);
  });

  test('wait while another statement works on their room', () => {
    const queue = aQueue(['a', 'a1']);
    queue.take(10);
    queue.push(pending('a', 'a2'));
    queue.push(pending('b', 'b1'));
    expect(contents(queue.take(10))).toEqual(['b1']);
    queue.release('a');
    expect(contents(queue.take(10))).toEqual(['a2']);
  });

  test('of a busy room do not keep the others from their turn', () => {
    const queue = aQueue(['a', 'a1'], ['a', 'a2'], ['a', 'a3'], ['b', 'b1']);
    expect(contents(queue.take(2))).toEqual(['a1', 'a2']);
    queue.release('a');
    expect(contents(queue.take(1))).toEqual(['b1']);
    expect(contents(queue.take(1))).toEqual(['a3']);
  });

  test('are put back before those that came later', () => {
    const queue = aQueue(['a', 'a1'], ['a', 'a2']);
    const batch = queue.take(2);
    queue.push(pending('a', 'a3'));
    queue.putBack('a', batch);
    expect(queue.size).toBe(3);
    expect(contents(queue.take(10))).toEqual([]);
    expect(contents(queue.takeFrom('a', 10))).toEqual(['a1', 'a2', 'a3']);
  });

  test('with the same key do not travel together', () => {
    const queue = aQueue(['a', 'first', 'k'], ['a', 'other'], ['a', 'again', 'k'], ['b', 'b1', 'k']);
    expect(contents(queue.take(10))).toEqual(['first', 'other', 'b1']);
    queue.release('a');
    expect(contents(queue.take(10))).toEqual(['again']);
  });

  test('are given up by their age, whatever their room, and the others keep their order', () => {
    const queue = new DraftQueue();
    for (const [at, roomId] of ['a', 'b', 'a', 'b', 'c'].entries()) queue.push(pending(roomId, `${roomId}${at}`, null, at));
    expect(contents(queue.takeOlder(2))).toEqual(['a0', 'b1']);
    expect(queue.size).toBe(3);
    expect(contents(queue.take(10))).toEqual(['a2', 'b3', 'c4']);
    expect(queue.takeOlder(9)).toEqual([]);
  });
});
