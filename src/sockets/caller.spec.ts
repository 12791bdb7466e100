import { expect, test } from '@jest/globals';
import { Connections } from '../auth/connections.js';
import { PlatformRole } from '../policy/roles.js';
import { Caller } from './caller.js';

const viewer = { userId: 'ada', platformRole: PlatformRole.USER, sessionId: null, expiresAt: new Date(Date.now() + 60_000) };

test('who is put off is nobody from that moment, however long they hold the line', () => {
  const closed: number[] = [];
  const connections = new Connections();
  const caller = new Caller('', { close: (code: number) => void closed.push(code), sendFrame: () => undefined });
  caller.admit(viewer, connections);
  expect(caller.context().viewer).toBe(viewer);
  connections.endOf(new Set([viewer]), 'because');
  expect([closed, caller.context().viewer, connections.has('ada')]).toEqual([[4403], null, false]);
  caller.admit(viewer, connections);
  expect(caller.context().viewer).toBeNull();
});

test('a person comes with their first socket and goes with their last', () => {
  const heard: [string, boolean][] = [];
  const connections = new Connections();
  connections.onChange((...change) => heard.push(change));
  const socket = { close: () => undefined, sendFrame: () => undefined };
  const [first, second] = [new Caller('', socket), new Caller('', socket)];
  first.admit(viewer, connections);
  second.admit({ ...viewer }, connections);
  second.admit({ ...viewer }, connections);
  first.leave();
  expect(heard).toEqual([['ada', true]]);
  second.leave();
  expect(heard).toEqual([
    ['ada', true],
    ['ada', false],
  ]);
});
