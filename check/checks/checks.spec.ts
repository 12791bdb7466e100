import { describe, expect, test } from '@jest/globals';
import { checkAccess, stalledMs } from './access.js';
import { checkDurability, checkRetries, checkSequence } from './log.js';
import { checkStreams } from './streams.js';
import { checkUnread } from './unread.js';
import { type HeardEntry, History, type Send, type Stream } from './history.js';
import type { LoggedMessage, Outcome } from './outcome.js';
import type { Verdict } from './verdict.js';

const ROOM = 'room';
const call = { userId: 'ada', roomId: ROOM, from: 0, to: 1, unknown: 0, refusal: null };

const message = (sequence: number, more: Partial<LoggedMessage> = {}): LoggedMessage => ({
  ...{ roomId: ROOM, sequence, id: `m${sequence}`, senderId: 'ada', kind: 'TEXT', content: `c${sequence}`, clientId: `k${sequence}` },
  ...{ createdRevision: sequence, revision: sequence, createdAt: sequence * 10_000, isDeleted: false, event: null, userId: null },
  ...more,
});

const notice = (sequence: number, event: string, userId: string) =>
  message(sequence, { senderId: null, kind: 'SYSTEM', clientId: null, event, userId });

const outcome = (messages: LoggedMessage[], more: Partial<Outcome> = {}): Outcome => ({
  rooms: [{ id: ROOM, lastSequence: messages.length, revision: Math.max(0, ...messages.map(({ revision }) => revision)) }],
  ...{ messages, seats: [], told: [], badges: [] },
  ...more,
});

const send = (sequence: number, more: Partial<Send> = {}): Send => ({
  ...{ ...call, clientId: `k${sequence}`, content: `c${sequence}`, messageId: `m${sequence}`, sequence },
  ...more,
});

const entry = (revision: number, more: Partial<HeardEntry> = {}): HeardEntry => ({
  ...{ at: revision * 10_000 + 10, type: 'MessageAdded', revision, messageId: `m${revision}`, sequence: revision, content: `c${revision}` },
  ...{ messageRevision: revision, ...more },
});

const stream = (entries: HeardEntry[], more: Partial<Stream> = {}): Stream => ({
  ...{ userId: 'ada', roomId: ROOM, node: 0, after: 0, openedAt: 0, firstAt: entries[0]?.at ?? null, endedAt: null, ending: null },
  ...{ resyncs: 0, backwards: 0, entries, ...more },
});

const history = (more: Partial<History>): History => Object.assign(new History(), more);

/** The faults that were found, once for each violation. */
const faults = (verdicts: Verdict[]): string[] => verdicts.flatMap(({ fault, violations }) => violations.map(() => fault));

const inside = (userId: string, lastRead = 0) => ({
  roomId: ROOM,
  userId,
  isInside: true,
  lastRead,
  markedFrom: null as number | null,
  horizon: 0,
});

describe('the log', () => {
  test('holds what was acknowledged, and says the same', () => {
    expect(faults(checkDurability(history({ sends: [send(1), send(2)] }), outcome([message(1), message(2)])))).toEqual([]);
  });

  test('without an acknowledged message has lost it', () => {
    expect(faults(checkDurability(history({ sends: [send(1), send(2)] }), outcome([message(1)])))).toEqual(['lost']);
  });

  test('with a message that nobody sent, or that was refused, has a phantom', () => {
    const refused = send(1, { refusal: 'FORBIDDEN', messageId: undefined });
    expect(faults(checkDurability(history({}), outcome([message(1)])))).toEqual(['phantom']);
    expect(faults(checkDurability(history({ sends: [refused] }), outcome([message(1)])))).toEqual(['phantom']);
  });

  test('may hold what was refused after an attempt whose outcome nobody knows', () => {
    const perhaps = send(1, { refusal: 'NOT_FOUND', unknown: 1, messageId: undefined });
    expect(faults(checkDurability(history({ sends: [perhaps] }), outcome([message(1)])))).toEqual([]);
    expect(faults(checkDurability(history({ sends: [perhaps] }), outcome([])))).toEqual([]);
  });

  test('says what the last acknowledged edit said, or one that may have come later', () => {
    const edits = [1, 2].map((n) => ({ ...call, kind: 'edit' as const, messageId: 'm1', content: `e${n}`, revision: n + 1 }));
    const perhaps = { ...edits[0]!, content: 'perhaps', unknown: 1, refusal: 'NOT_FOUND' };
    const says = (content: string) =>
      faults(checkDurability(history({ sends: [send(1)], changes: [...edits, perhaps] }), outcome([message(1, { content, revision: 3 })])));
    expect([says('e2'), says('perhaps'), says('e1'), says('c1')]).toEqual([[], [], ['altered'], ['altered']]);
  });

  test('counts without holes and repetitions, as far as the room says', () => {
    const of = (...sequences: number[]) => faults(checkSequence(outcome(sequences.map((sequence) => message(sequence)))));
    expect(of(1, 2, 3)).toEqual([]);
    expect(of(1, 3)).toEqual(['hole', 'hole']);
    expect(of(1, 1)).toContain('hole');
  });

  test('has one message for a key, and one answer', () => {
    const twice = [message(1), message(2, { clientId: 'k1' })];
    expect(faults(checkRetries(history({ sends: [send(1), send(1)] }), outcome([message(1)])))).toEqual([]);
    expect(faults(checkRetries(history({ sends: [send(1), send(2, { clientId: 'k1' })] }), outcome(twice)))).toEqual([
      'sent twice',
      'sent twice',
    ]);
  });
});

describe('streams', () => {
  const three = outcome([message(1), message(2), message(3)], { seats: [inside('ada')] });
  const judged = (...streams: Stream[]) => faults(checkStreams(history({ streams }), three));

  test('tell everything once and in order, across a break', () => {
    expect(judged(stream([entry(1), entry(2)]), stream([entry(3)], { after: 2 }))).toEqual([]);
  });

  test('that repeat, swap, leave out or stop early are found', () => {
    expect(judged(stream([entry(1), entry(2), entry(2), entry(3)]))).toEqual(['doubled']);
    expect(judged(stream([entry(1), entry(3), entry(2)]))).toEqual(['swapped', 'missing']);
    expect(judged(stream([entry(1)]), stream([entry(3)], { after: 1 }))).toEqual(['missing']);
    expect(judged(stream([entry(1), entry(2)]))).toEqual(['missing']);
  });

  test('that leave out the last change leave the listener with what is out of date', () => {
    const edited = outcome([message(1, { revision: 2, content: 'edited' })], { seats: [inside('ada')] });
    const change = entry(2, { type: 'MessageChanged', messageId: 'm1', sequence: 1, content: 'edited' });
    expect(faults(checkStreams(history({ streams: [stream([entry(1)])] }), edited))).toEqual(['stale']);
    expect(faults(checkStreams(history({ streams: [stream([entry(1), change])] }), edited))).toEqual([]);
  });
});

describe('access', () => {
  const log = outcome([
    message(1),
    notice(2, 'participant.removed', 'ben'),
    message(3),
    notice(4, 'participant.joined', 'ben'),
    message(5),
  ]);
  const ben = (entries: HeardEntry[], endedAt: number | null) => stream(entries, { userId: 'ben', endedAt });
  const witness = stream([1, 2, 3, 4, 5].map((revision) => entry(revision)));
  const judged = (more: Partial<History>, ...streams: Stream[]) =>
    faults(checkAccess(history({ ...more, streams: [witness, ...streams] }), log).verdicts);

  test('ends with the removal, and comes back with all that was missed', () => {
    expect(
      judged(
        {},
        ben([entry(1)], 20_100),
        stream(
          [3, 5].map((n) => entry(n, { at: 60_000 })),
          { userId: 'ben', after: 1 },
        ),
      ),
    ).toEqual([]);
  });

  test('that a stream goes on with is a leak', () => {
    expect(judged({}, ben([entry(1), entry(3)], 30_100))).toEqual(['leaked', 'lingering']);
  });

  test('ends within the time, without what a fault took of it', () => {
    const fault = { kind: 'postgres SIGKILL', node: null, stalls: true, from: 20_000, to: 21_000 };
    expect(judged({}, ben([entry(1)], 22_000))).toEqual(['lingering']);
    expect(judged({ faults: [fault] }, ben([entry(1)], 22_000))).toEqual([]);
    expect(judged({ faults: [{ ...fault, stalls: false }] }, ben([entry(1)], 22_000))).toEqual(['lingering']);
  });

  test('that is over shows nothing, and lets nobody speak', () => {
    const reads = [{ ...call, userId: 'ben', node: 0, from: 25_000, to: 25_010 }];
    expect(judged({ reads })).toEqual(['read']);
    expect(judged({ reads: [{ ...reads[0]!, refusal: 'NOT_FOUND' }] })).toEqual([]);
    const spoken = outcome(log.messages.map((said) => (said.sequence === 3 ? { ...said, senderId: 'ben' } : said)));
    expect(faults(checkAccess(history({}), spoken).verdicts)).toEqual(['spoken']);
  });

  test('is excused by each moment of a fault once', () => {
    const fault = { kind: '', node: 1, stalls: true, from: 100, to: 200 };
    expect(stalledMs([fault, { ...fault, from: 150 }], 1, 0, 1_000)).toBe(900);
    expect(stalledMs([fault], 0, 0, 1_000)).toBe(0);
  });
});

describe('what is unread', () => {
  const messages = [
    message(1),
    message(2, { isDeleted: true }),
    message(3),
    message(4, { senderId: 'ben' }),
    notice(5, 'room.updated', ''),
  ];
  const told = (unread: number, total: number, markedFrom: number | null = null) =>
    outcome(messages, {
      seats: [{ ...inside('ben', 1), markedFrom }],
      told: [{ roomId: ROOM, userId: 'ben', unread, lastRead: 1 }],
      badges: [{ userId: 'ben', total }],
    });

  test("is the others', behind one's position, and not deleted", () => {
    expect(faults(checkUnread(history({}), told(1, 1)))).toEqual([]);
    expect(faults(checkUnread(history({}), told(2, 1)))).toEqual(['drifted']);
    expect(faults(checkUnread(history({}), told(1, 0)))).toEqual(['drifted']);
  });

  test('begins where somebody marked it, if they did', () => {
    expect(faults(checkUnread(history({}), told(2, 2, 0)))).toEqual([]);
    expect(faults(checkUnread(history({}), told(1, 2, 0)))).toEqual(['drifted']);
  });

  test('never grows because a position went back', () => {
    const mark = (from: number, position: number) => ({ ...call, userId: 'ben', from, to: from + 1, position });
    expect(faults(checkUnread(history({ marks: [mark(1, 1), mark(5, 1)] }), told(1, 1)))).toEqual([]);
    expect(faults(checkUnread(history({ marks: [mark(1, 1), mark(5, 0)] }), told(1, 1)))).toEqual(['backwards']);
    expect(faults(checkUnread(history({ marks: [mark(1, 3)] }), told(1, 1)))).toEqual(['backwards']);
  });
});
