import 'reflect-metadata';
import pg from 'pg';
import { ParleyError } from '../../src/common/errors/errors.js';
import { RoomHub } from '../../src/live/hub/hub.js';
import { Hubs } from '../../src/live/hub/hubs.js';
import { RoomStream } from '../../src/live/stream.js';
import { Memberships } from '../../src/participants/membership/memberships.service.js';
import { MessageWriter } from '../../src/timeline/message-writer.js';
import type { SabotageName } from './sabotages.js';

/**
 * Loaded into a node before anything else (`node --import`), this plants the bug that PARLEY_SABOTAGE names: it changes methods
 * and texts of statements of the running program, so that nothing of it stands in the product.
 */

type Method = (this: object, ...args: unknown[]) => unknown;
type Result = { done?: boolean; value?: unknown };
/** Null: there is nothing at this moment. */
type Taken = Result | null;
interface Named {
  name?: string;
  text?: string;
}

const OFTEN = 0.2;
/** The statement that appends, in all its forms. */
const APPEND = /^append/;

const maybe = (): boolean => Math.random() < OFTEN;

function replace(owner: { prototype: object }, name: string, make: (original: Method) => Method): void {
  const methods = owner.prototype as Record<string, Method>;
  const original = methods[name];
  if (!original) throw new Error(`sabotage: there is no ${name} any more`);
  methods[name] = make(original);
}

/** Another text for a prepared statement. A text that has changed since ends the node, so that no planted bug quietly is none. */
function rewrite(statement: RegExp, from: string, to: string): void {
  replace(
    pg.Client,
    'query',
    (original) =>
      function (config, ...rest) {
        const { name, text } = (config ?? {}) as Named;
        if (!statement.test(name ?? '')) return original.call(this, config, ...rest);
        if (!text?.includes(from)) {
          process.stderr.write(`sabotage: ${name} no longer says "${from}"\n`);
          process.exit(1);
        }
        return original.call(this, { ...(config as Named), text: text.replaceAll(from, to) }, ...rest);
      },
  );
}

/** The answer comes back before the transaction ends. */
function commitLater(): void {
  const LATE_MS = 200;
  replace(
    pg.Pool,
    'query',
    (original) =>
      function (config, ...rest) {
        if (!APPEND.test((config as Named).name ?? '')) return original.call(this, config, ...rest);
        return (async () => {
          const client = await (this as pg.Pool).connect();
          client.on('error', () => undefined);
          await client.query('begin');
          const result: unknown = await client.query(config as pg.QueryConfig);
          const finish = () =>
            client.query('commit').then(
              () => client.release(),
              () => client.release(true),
            );
          setTimeout(() => void finish(), LATE_MS);
          return result;
        })();
      },
  );
}

/** Of the items that a stream tells, changes which come and when. It tells all of them itself: no one stands in for it. */
function tell(change: (stream: object, take: () => Taken) => Taken): void {
  replace(RoomStream, 'rest', () => () => null);
  replace(
    RoomStream,
    'take',
    (original) =>
      function () {
        return change(this, () => original.call(this) as Taken);
      },
  );
}

const isEntry = (taken: Taken): boolean => typeof taken?.value === 'object' && taken.value !== null && 'sequence' in taken.value;

function tellTwice(): void {
  const again = new WeakMap<object, Result>();
  tell((stream, take) => {
    const repeated = again.get(stream);
    again.delete(stream);
    if (repeated) return repeated;
    const result = take();
    if (result && isEntry(result) && maybe()) again.set(stream, result);
    return result;
  });
}

/** Every now and then an entry waits for the next one to be told before it. */
function tellSwapped(): void {
  const held = new WeakMap<object, Result>();
  const late = new WeakMap<object, Result>();
  tell((stream, take) => {
    const overtaken = late.get(stream);
    late.delete(stream);
    if (overtaken) return overtaken;
    const result = take();
    const waiting = held.get(stream);
    if (!waiting && result && isEntry(result) && maybe()) {
      held.set(stream, result);
      return take();
    }
    if (!result || !waiting) return result;
    held.delete(stream);
    if (!result.done) late.set(stream, waiting);
    return result;
  });
}

/** What a node has once seen of a membership it never looks up again. */
function believeForever(): void {
  replace(Memberships, 'onModuleInit', () => () => Promise.resolve());
  replace(
    Memberships,
    'known',
    () =>
      function (roomId, person) {
        const { rooms } = this as { rooms: Map<unknown, Map<string, { membership: unknown }>> };
        return rooms.get(roomId)?.get((person as { userId: string }).userId)?.membership;
      },
  );
}

const PLANT: Record<SabotageName, () => void> = {
  'acknowledge-before-commit': commitLater,
  'refuse-what-is-written': () =>
    replace(
      MessageWriter,
      'send',
      (original) =>
        async function (draft) {
          const message = await original.call(this, draft);
          if (maybe()) throw new ParleyError('FORBIDDEN');
          return message;
        },
    ),
  'lose-edits': () => rewrite(/^edit_message$/, 'set content = $2', 'set content = case when random() < 0.5 then content else $2 end'),
  'skip-sequences': () => {
    const place = 'last_sequence + row_number() over place as sequence, room_revision + row_number() over place as revision';
    const jump = '(extract(milliseconds from now())::int % 10 = 0)::int';
    rewrite(APPEND, place, place.replaceAll('over place', `over place + ${jump}`));
  },
  'ignore-client-ids': () => {
    // The index would refuse what the statement forgets.
    rewrite(APPEND, 'and e.client_id = s.client_id', 'and false');
    rewrite(
      APPEND,
      'reply_to_id, client_id, fingerprint, revision, revision',
      'reply_to_id, right(id::text, 12) || client_id, fingerprint, revision, revision',
    );
  },
  'deliver-twice': tellTwice,
  'swap-events': tellSwapped,
  'leave-holes': () =>
    replace(
      RoomHub,
      'fill',
      () =>
        function () {
          const hub = this as { head: number; announced: number };
          hub.head = Math.max(hub.head, hub.announced);
          return Promise.resolve();
        },
    ),
  'no-sweep': () => replace(Hubs, 'sweep', () => () => Promise.resolve()),
  'replay-without-edits': () =>
    rewrite(/^read_log$/, 'and m.revision > m.created_revision', 'and m.revision > m.created_revision and m.edited_at is null'),
  'keep-streams-of-the-removed': () => replace(RoomStream, 'isCutOffBy', () => () => false),
  'trust-the-cache': believeForever,
  'let-the-removed-speak': () => {
    believeForever();
    rewrite(APPEND, `when s.role is null or s.status in ('LEFT', 'BLOCKED') then 'NOT_FOUND'`, `when s.role is null then 'NOT_FOUND'`);
  },
  'read-positions-go-back': () => {
    rewrite(/^mark$/, 'when $4 then greatest(t.had_read, t.upto)', 'when $4 then t.upto');
    rewrite(/^mark$/, 't.upto > case', 't.upto <> case');
  },
  'count-deleted-as-unread': () => {
    rewrite(/^(my_rooms|unread_by_kind)$/, 'and m.deleted_at is null', '');
  },
};

const name = process.env['PARLEY_SABOTAGE'];
if (process.env['NODE_ENV'] === 'production') throw new Error('PARLEY_SABOTAGE is for tests');
if (name === undefined || !(name in PLANT)) throw new Error(`PARLEY_SABOTAGE: there is no "${name}"`);
PLANT[name as SabotageName]();
