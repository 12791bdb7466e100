import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import ts from 'typescript';

/**
 * A folder imports only from itself and from those before it. What lies directly in a folder comes after the folders in it, and what lies
 * directly in src/ (`app`) comes last.
 */
const LINE = [
  ...['common/text', 'common/errors', 'common/values', 'common/telemetry', 'common/graphql', 'common'],
  ...['config', 'database/postgres', 'database', 'jobs', 'policy', 'limits', 'auth', 'sessions'],
  ...['live/bus', 'live/hub', 'live', 'users', 'timeline/log', 'timeline', 'wording'],
  ...['participants/membership', 'participants/seats', 'participants', 'presence'],
  ...['rooms/room', 'rooms', 'messages/held', 'messages/message', 'messages', 'search', 'inbox', 'attachments'],
  ...['transitions/machine', 'transitions/log', 'transitions/deadlines', 'transitions/subjects', 'transitions', 'orders', 'deliveries'],
  'integrations/providers',
  ...['integrations/payments/payment', 'integrations/payments/settlement', 'integrations/payments/provider', 'integrations/payments'],
  ...['integrations/disputes/dispute', 'integrations/disputes/evidence', 'integrations/disputes/machine', 'integrations/disputes'],
  ...['integrations/jobs/job', 'integrations/jobs/offers', 'integrations/jobs'],
  ...['integrations/appointments/appointment', 'integrations/appointments', 'integrations/absences'],
  ...['integrations/facilities/facility', 'integrations/facilities/study', 'integrations/facilities'],
  ...['integrations/inbound/receiving', 'integrations/inbound/kinds', 'integrations/inbound/merging', 'integrations/inbound'],
  ...['integrations/webhooks/endpoint', 'integrations/webhooks/log', 'integrations/webhooks/dispatch', 'integrations/webhooks'],
  ...['notifications/settings', 'notifications/devices', 'notifications/outbox', 'notifications/channels', 'notifications'],
  ...['moderation', 'maintenance', 'graphql/documents', 'graphql'],
  ...['sockets/frames', 'sockets/sharing', 'sockets', 'playground', 'monitoring', 'app'],
];

const SOURCE = path.join(import.meta.dirname, '../src');
const FILES = fs.readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

const folderOf = (file: string) => (file.includes('/') ? path.dirname(file) : 'app');
const textOf = (file: string) => fs.readFileSync(path.join(SOURCE, file), 'utf8');

/** What is wrong with the imports of a file, each as "file imports what: why". */
function complaints(file: string, text: string): string[] {
  const own = folderOf(file);
  if (!LINE.includes(own)) return [`${file}: its folder has no place in the line`];
  return ts.preProcessFile(text, true, true).importedFiles.flatMap(({ fileName }) => {
    if (!fileName.startsWith('.')) return [];
    const target = path.join(path.dirname(file), fileName);
    if (target.startsWith('..')) return [`${file} imports ${fileName}: outside of src/`];
    const folder = folderOf(target);
    return LINE.indexOf(folder) <= LINE.indexOf(own) ? [] : [`${file} imports ${fileName}: ${own} stands before ${folder}`];
  });
}

/** Ways around the line that an import does not show. */
function tricks(file: string, text: string): string[] {
  return [
    ...(text.includes('forwardRef') ? [`${file} refers forward`] : []),
    ...(path.basename(file) === 'index.ts' ? [`${file} is a barrel`] : []),
  ];
}

describe('the house', () => {
  test('imports point one way', () => {
    expect(FILES.flatMap((file) => complaints(file, textOf(file)))).toEqual([]);
  });

  test('an import against the line is named', () => {
    expect(complaints('auth/tokens.ts', `import type { Room } from '../rooms/room.entity.js';`)).toEqual([
      'auth/tokens.ts imports ../rooms/room.entity.js: auth stands before rooms',
    ]);
    expect(complaints('rooms/rooms.service.ts', `export { main } from '../main.js';`)).toHaveLength(1);
    expect(complaints('rooms/rooms.service.ts', `await import('../messages/reader.js');`)).toHaveLength(1);
    expect(complaints('rooms/rooms.service.ts', `import { newId } from '../common/ids.js';`)).toEqual([]);
    expect(complaints('integrations/payments/x.ts', `import { y } from '../disputes/y.js';`)).toEqual([
      'integrations/payments/x.ts imports ../disputes/y.js: integrations/payments stands before integrations/disputes',
    ]);
    expect(complaints('integrations/disputes/x.ts', `import { y } from '../payments/y.js';`)).toEqual([]);
    expect(complaints('integrations/payments/payment/x.ts', `import { y } from '../y.js';`)).toEqual([
      'integrations/payments/payment/x.ts imports ../y.js: integrations/payments/payment stands before integrations/payments',
    ]);
    expect(complaints('helpers/x.ts', '')).toEqual(['helpers/x.ts: its folder has no place in the line']);
  });

  test('all of it is looked at', () => {
    expect(FILES).toEqual(expect.arrayContaining(['main.ts', 'common/errors/errors.ts', 'integrations/payments/payments.module.ts']));
  });

  test('nothing refers forward, and nothing hides behind a barrel', () => {
    expect(FILES.flatMap((file) => tricks(file, textOf(file)))).toEqual([]);
  });

  test('a reference forward and a barrel are named', () => {
    expect(tricks('rooms/rooms.module.ts', 'imports: [forwardRef(() => MessagesModule)]')).toEqual([
      'rooms/rooms.module.ts refers forward',
    ]);
    expect(tricks('rooms/index.ts', `export * from './rooms.service.js';`)).toEqual(['rooms/index.ts is a barrel']);
    expect(tricks('rooms/rooms.module.ts', 'imports: [MessagesModule]')).toEqual([]);
  });

  test('a folder holds ten files at most', () => {
    const sizes = Map.groupBy(FILES, folderOf);
    expect(sizes.get('database/postgres')).toHaveLength(2);
    expect([...sizes].filter(([, files]) => files.length > 10).map(([folder]) => folder)).toEqual([]);
  });

  test('no file grows past 300 lines', () => {
    expect(FILES.filter((file) => textOf(file).split('\n').length > 301)).toEqual([]);
  });
});
