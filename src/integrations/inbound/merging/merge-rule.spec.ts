import { describe, expect, test } from '@jest/globals';
import { deliveryMachine } from '../../../deliveries/delivery.machine.js';
import { orderMachine } from '../../../orders/order.machine.js';
import type { Machine } from '../../../transitions/machine/machine.js';
import type { Subject } from '../../../transitions/machine/subject.js';
import { disputeMachine } from '../../disputes/machine/dispute.machine.js';
import { judgeNews, type Known, type News, type Verdict } from './merge-rule.js';

const order = orderMachine as unknown as Machine<Subject, string>;
const dispute = disputeMachine as unknown as Machine<Subject, string>;
const delivery = deliveryMachine as unknown as Machine<Subject, string>;
const at = (second: number) => new Date(second * 1_000);

const verdict = (machine: Machine<Subject, string>, known: Partial<Known> & { status: string }, news: Partial<News> & { event: string }) =>
  judgeNews(
    machine,
    { hostVersion: null, mergedAt: at(5), ...known },
    { version: null, occurredAt: at(6), ...news },
    (event) => event !== 'assign' && event !== 'decide',
  );

describe('an event of the host', () => {
  test.each<[string, Verdict['kind'], Parameters<typeof verdict>]>([
    ['that follows is taken', 'STEPS', [order, { status: 'PLACED' }, { event: 'accept' }]],
    ['that happened before the last one is stale', 'STALE', [order, { status: 'PLACED' }, { event: 'accept', occurredAt: at(4) }]],
    ['that is not of a later version is stale', 'STALE', [order, { status: 'PLACED', hostVersion: 3 }, { event: 'accept', version: 3 }]],
    ['that lies behind is stale', 'STALE', [order, { status: 'READY' }, { event: 'accept' }]],
    ['that lies ahead waits', 'EARLY', [order, { status: 'PLACED' }, { event: 'ready' }]],
    ['that no way leads to is impossible', 'IMPOSSIBLE', [order, { status: 'CANCELED' }, { event: 'complete' }]],
    ['of the next version does not skip', 'EARLY', [order, { status: 'READY', hostVersion: 3 }, { event: 'deliver', version: 4 }]],
    ['waits where two ways lead to it', 'EARLY', [order, { status: 'CONFIRMED', hostVersion: 2 }, { event: 'dispatch', version: 6 }]],
    [
      'waits where another way needs more than its name',
      'EARLY',
      [dispute, { status: 'AWAITING_RESPONSE', hostVersion: 2 }, { event: 'close', version: 6 }],
    ],
    ['waits where a step needs more than its name', 'EARLY', [delivery, { status: 'UNASSIGNED' }, { event: 'pick_up', version: 6 }]],
  ])('%s', (_what, kind, given) => {
    expect(verdict(...given).kind).toBe(kind);
  });

  test('of a later version takes the steps between, where only one way leads there', () => {
    expect(verdict(order, { status: 'READY', hostVersion: 4 }, { event: 'deliver', version: 6 })).toEqual({
      kind: 'STEPS',
      events: ['dispatch', 'deliver'],
    });
  });
});
