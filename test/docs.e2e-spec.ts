import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildSchema, parse, validate } from 'graphql';
import { ERROR_CODES } from '../src/common/errors/errors.js';
import { World } from './support/world.js';

const PAGES = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md'];

const read = (file: string) => fs.readFileSync(file, 'utf8');
/** On one line, because pages break theirs anywhere. */
const readUnbroken = (file: string) => read(file).replace(/\s+/g, ' ');
const README = read('README.md');
const ARCHITECTURE = read('ARCHITECTURE.md');
const SOURCES = fs.readdirSync('src', { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));

/** Code blocks of one language, one after another: each fence ends what the last one began. */
const blocksOf = (text: string, language: string) =>
  [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].flatMap(([, name, code = '']) => (name === language ? [code] : []));

/** What the tables of a section explain: the first cell of each row, without its backticks. */
function explainedIn(section: string): string[] {
  const text = README.split(/^## /m).find((part) => part.startsWith(`${section}\n`)) ?? '';
  return [...text.matchAll(/^\| `([^`]+)`/gm)].map(([, cell = '']) => cell).sort();
}

const missingFrom = (text: string, names: string[]) => names.filter((name) => !text.includes(name));

describe('the README', () => {
  test('explains every error code, and no other', () => {
    expect(explainedIn('Errors')).toEqual(Object.keys(ERROR_CODES).sort());
  });

  test('explains every setting of .env.example, and no other', () => {
    const variables = [...read('.env.example').matchAll(/^#?([A-Z_]+)=/gm)].map(([, name]) => name);
    expect(explainedIn('Settings')).toEqual(variables.sort());
  });

  test('has a line for each folder of src/, and for no other', () => {
    const tree = blocksOf(README, '').find((block) => block.startsWith('src/')) ?? '';
    const folders = [...tree.matchAll(/^ {2}(\w+)\/ +\S/gm)].map(([, name]) => name);
    expect(folders.sort()).toEqual(SOURCES.sort());
  });

  test('names the commands that CI runs', () => {
    const [commands = ''] = blocksOf(README, 'sh');
    const runByCi = read('.ci/run').split('\n');
    const tests = /^(.*test)\b/m.exec(commands)?.[1]?.split(' && ') ?? [];
    expect(tests).toHaveLength(2);
    expect(missingFrom(runByCi.join('\n'), tests)).toEqual([]);
  });

  test('names no script that package.json does not have', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = PAGES.flatMap((page) => [...read(page).matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name));
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

describe('ARCHITECTURE.md', () => {
  test('proves its promises by tests that exist', () => {
    expect(ARCHITECTURE.match(/^\*\*P\d+\./gm)).toHaveLength(10);
    const proofs = [...readUnbroken('ARCHITECTURE.md').matchAll(/`([\w./-]+spec\.ts)` "([^"]+)"/g)].map(([, file = '', name = '']) => ({
      file,
      name,
    }));
    expect(proofs.length).toBeGreaterThan(10);
    expect(proofs.filter(({ file, name }) => !fs.existsSync(file) || !read(file).includes(name))).toEqual([]);
  });

  test('says where in the line each folder of src/ stands', () => {
    const line = /`(common → [^`]+)`/.exec(ARCHITECTURE)?.[1]?.split(' → ') ?? [];
    expect(line.sort()).toEqual([...SOURCES, 'app'].sort());
  });
});

describe('all pages', () => {
  test.each(PAGES)('%s links only to files that are there, and names only files that are there', (page) => {
    const text = read(page);
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target = '']) => target);
    const files = [...text.matchAll(/`((?:src|test|tools|migrations|bench|demo|docs)\/[\w./-]+\.\w+)`/g)].map(([, target = '']) => target);
    expect([...links, ...files].filter((file) => !fs.existsSync(file))).toEqual([]);
  });

  test('ask nothing that the API does not know', () => {
    const schema = buildSchema(read('schema.gql'));
    const documents = PAGES.flatMap((page) => blocksOf(read(page), 'graphql'));
    expect(documents.length).toBeGreaterThan(0);
    expect(documents.flatMap((document) => validate(schema, parse(document)))).toEqual([]);
  });
});

describe("the README's tour", () => {
  let world: World;

  beforeAll(async () => {
    world = await World.start();
    const host = await world.person('Host', 'SERVICE');
    for (const [externalId, email] of Object.entries({ 'demo:leila': 'leila@parley.example', 'demo:sam': 'sam@parley.example' }))
      await world.act(host, 'registerUser', { externalId, displayName: externalId, email, password: 'parley-demo' });
  });

  afterAll(() => world.stop());

  test('runs as it is written', async () => {
    const address = 'http://127.0.0.1:3000';
    const tour = blocksOf(README, 'js').join('\n');
    expect(tour).toContain(address);
    const script = tour.replace(address, world.nodes[0]?.url ?? '');
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
    expect(stdout.trim().split('\n')).toEqual([
      'I am demo:leila',
      expect.stringMatching(/^GRP-\w{8}: here I am ADMIN and may \d+ things$/),
      'message 2, sent twice and there once: true',
      '1 SYSTEM demo:leila opened the room',
      '2 TEXT Has it shipped?',
      'heard live: It has!',
      'unread in all my rooms: 0',
      'polled up to revision 3',
    ]);
  });
});
