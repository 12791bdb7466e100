import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import webPush from 'web-push';
import { ConfigError, readConfig, SECRETS, VARIABLES } from './config.js';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parley-config-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

function fileWith(content: string): string {
  const file = path.join(folder, `secret-${content.length}`);
  fs.writeFileSync(file, content);
  return file;
}

function mistakesIn(environment: NodeJS.ProcessEnv): string[] {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n').sort();
    throw error;
  }
  return [];
}

const secret = 'a secret of more than thirty-two characters';

describe('the settings', () => {
  test('take a limit of money for all currencies, and others for some', () => {
    const limitsIn = (text?: string) => readConfig(text === undefined ? {} : { DISPUTE_FOUR_EYES: text }).disputes.fourEyes;
    expect([...limitsIn()]).toEqual([['any', 500]]);
    expect([...limitsIn('500, JPY:80000')]).toEqual([
      ['any', 500],
      ['JPY', 80_000],
    ]);
    for (const wrong of ['12.5', 'yen:1', 'JPY:', '-1']) expect(mistakesIn({ DISPUTE_FOUR_EYES: wrong })).toHaveLength(1);
  });

  test('are complete without any variable', () => {
    expect(readConfig({})).toMatchObject({ environment: 'development', port: 3000, databaseUrl: null, playground: true, logLevel: 'warn' });
  });

  test('an empty variable counts as absent', () => {
    expect(readConfig({ PORT: '', DATABASE_URL: '' })).toEqual(readConfig({}));
  });

  test('every mistake is told at once, with the name of its variable', () => {
    const environment = {
      NODE_ENV: 'production',
      PORT: '70000',
      DATABASE_URL: 'mysql://localhost/parley',
      DATABASE_POOL: 'many',
      TRUST_PROXY: 'perhaps',
      REDIS_URL: 'redis://one:6379,http://two:6379',
      JWT_SECRET_FILE: path.join(folder, 'nothing-here'),
    };
    expect(mistakesIn(environment).map((mistake) => mistake.split(':')[0])).toEqual([
      'DATABASE_POOL',
      'DATABASE_URL',
      'JWT_SECRET',
      'JWT_SECRET_FILE',
      'PORT',
      'REDIS_URL',
      'TRUST_PROXY',
    ]);
  });

  test('keys with which nobody can be notified are a mistake, not a silence', () => {
    const [one, other] = [webPush.generateVAPIDKeys(), webPush.generateVAPIDKeys()];
    const vapid = { VAPID_PUBLIC_KEY: one.publicKey, VAPID_PRIVATE_KEY: one.privateKey, VAPID_SUBJECT: 'mailto:ops@example.com' };
    expect(mistakesIn(vapid)).toEqual([]);
    expect(mistakesIn({ ...vapid, VAPID_PRIVATE_KEY: other.privateKey })).toEqual([expect.stringMatching(/^VAPID_PRIVATE_KEY: is not/)]);
    const account = { project_id: 'corner', client_email: 'push@corner.example', private_key: '-----BEGIN PRIVATE KEY-----\nnothing' };
    expect(mistakesIn({ FCM_SERVICE_ACCOUNT: JSON.stringify(account) })).toEqual([expect.stringMatching(/^FCM_SERVICE_ACCOUNT: /)]);
    for (const [from, count] of [
      ['Corner <chat@corner.example>', 0],
      ['chat@corner.example', 0],
      ['Corner', 1],
      ['a@b <c>', 1],
    ] as const) {
      expect(mistakesIn({ EMAIL_FROM: from })).toHaveLength(count);
    }
  });

  test('a secret may come from a file', () => {
    expect(readConfig({ JWT_SECRET_FILE: fileWith(`${secret}\n`) }).jwtSecret).toBe(secret);
    expect(mistakesIn({ JWT_SECRET_FILE: fileWith(secret), JWT_SECRET: secret })).toEqual([
      'JWT_SECRET: set it or JWT_SECRET_FILE, not both',
    ]);
    expect(mistakesIn({ JWT_SECRET_FILE: fileWith('short') })).toEqual(['JWT_SECRET: must have at least 32 characters']);
  });

  test('production has no default secret, and refuses the one of development', () => {
    expect(mistakesIn({ NODE_ENV: 'production' })).toEqual(['JWT_SECRET: production needs JWT_SECRET or JWKS_URL']);
    const known = readConfig({}).jwtSecret ?? '';
    expect(mistakesIn({ NODE_ENV: 'production', JWT_SECRET: known })).toEqual(['JWT_SECRET: this is the development secret']);
    expect(mistakesIn({ NODE_ENV: 'production', JWT_SECRET_FILE: fileWith(known) })).toEqual([
      'JWT_SECRET: this is the development secret',
    ]);
    expect(readConfig({ NODE_ENV: 'production', JWKS_URL: 'https://id.example.test/jwks' }).jwtSecret).toBeNull();
  });

  test('production shows neither the IDE nor the schema unless it is told to', () => {
    expect(readConfig({ NODE_ENV: 'production', JWT_SECRET: secret })).toMatchObject({ playground: false, introspection: false });
    expect(readConfig({ NODE_ENV: 'production', JWT_SECRET: secret, PLAYGROUND: 'true' })).toMatchObject({ playground: true });
  });

  test('.env.example explains each of them, and nothing else', () => {
    const lines = fs.readFileSync('.env.example', 'utf8').split('\n');
    const named = lines.flatMap((line) => /^#?([A-Z_]+)=/.exec(line)?.[1] ?? []);
    expect(named.sort()).toEqual([...VARIABLES, ...SECRETS.map((name) => `${name}_FILE`)].sort());
  });
});
