import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export interface Forgery {
  /** The secret that the server verifies HS256 with. */
  secret: string;
  issuer: string;
  audience: string;
  /** The host's key, whose public half the server has. */
  hostKey: KeyObject;
  hostKeyId: string;
}

const base64url = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const seconds = () => Math.floor(Date.now() / 1000);

/** By hand, because a good library refuses to make these. */
export function hs256(secret: string | Buffer, payload: unknown, header: object = {}): string {
  const input = `${base64url({ alg: 'HS256', typ: 'JWT', ...header })}.${base64url(payload)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

export function signedBy(key: KeyObject, alg: 'RS256' | 'ES256' | 'EdDSA', payload: unknown, header: object = {}): string {
  const input = `${base64url({ alg, typ: 'JWT', ...header })}.${base64url(payload)}`;
  const signature = sign(alg === 'EdDSA' ? null : 'sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

/** Every way we know to come in without being let in: a name for the test, and the token, made for the address at which the attacker serves keys. */
export function forgedTokens({
  secret,
  issuer,
  audience,
  hostKey,
  hostKeyId,
}: Forgery): [name: string, make: (attackerUrl: string) => string][] {
  const good = { sub: 'mallory', iss: issuer, aud: audience, exp: seconds() + 600 };
  const attacker = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const attackerJwk = attacker.publicKey.export({ format: 'jwk' });
  const hostPublic = createPublicKey(hostKey);
  const genuine = hs256(secret, good);
  const [header, payload, signature] = genuine.split('.') as [string, string, string];
  const without = (claim: keyof typeof good) => Object.fromEntries(Object.entries(good).filter(([name]) => name !== claim));
  const byHost = (claims: object, headers: object = {}) => signedBy(hostKey, 'RS256', claims, { kid: hostKeyId, ...headers });

  return [
    ['alg none, no signature', () => `${base64url({ alg: 'none' })}.${payload}.`],
    ['alg None in other letters', () => `${base64url({ alg: 'nOnE' })}.${payload}.`],
    ['alg none with a genuine signature', () => `${base64url({ alg: 'none' })}.${payload}.${signature}`],
    ['no alg at all', () => `${base64url({ typ: 'JWT' })}.${payload}.${signature}`],
    ['HS512 with the right secret', () => hs256(secret, good, { alg: 'HS512' })],
    ['HS256 with another secret', () => hs256('another secret that is long enough to be one', good)],
    ['HS256 with an empty secret', () => hs256('', good)],
    ['HS256 with the public key as PEM', () => hs256(hostPublic.export({ type: 'spki', format: 'pem' }), good, { kid: hostKeyId })],
    ['HS256 with the public key as DER', () => hs256(hostPublic.export({ type: 'spki', format: 'der' }), good, { kid: hostKeyId })],
    ['HS256 with the public key as JWK', () => hs256(JSON.stringify(hostPublic.export({ format: 'jwk' })), good, { kid: hostKeyId })],
    ['RS256 by a stranger', () => signedBy(attacker.privateKey, 'RS256', good)],
    ["RS256 by a stranger under the host's kid", () => signedBy(attacker.privateKey, 'RS256', good, { kid: hostKeyId })],
    ['RS256 by the host under a foreign kid', () => byHost(good, { kid: 'somebody-else' })],
    ['RS256 by the host under a kid that is a path', () => byHost(good, { kid: '../../../dev/null' })],
    ['ES256 in name, RS256 in truth', () => byHost(good, { alg: 'ES256' })],
    ['a jwk of its own', () => signedBy(attacker.privateKey, 'RS256', good, { jwk: attackerJwk })],
    ['a jku of its own', (url) => signedBy(attacker.privateKey, 'RS256', good, { jku: url, kid: 'attacker' })],
    ['an x5u of its own', (url) => signedBy(attacker.privateKey, 'RS256', good, { x5u: url })],
    ['a jku beside a good signature', (url) => hs256(secret, good, { jku: url })],
    ['a critical extension that we do not know', () => hs256(secret, good, { crit: ['exotic'], exotic: true })],
    ['expired a minute ago', () => hs256(secret, { ...good, exp: seconds() - 60 })],
    ['expired, by the host', () => byHost({ ...good, exp: seconds() - 60 })],
    ['no exp', () => hs256(secret, without('exp'))],
    ['exp as text', () => hs256(secret, { ...good, exp: String(good.exp) })],
    ['nbf in a minute', () => hs256(secret, { ...good, nbf: seconds() + 60 })],
    ['nbf as text', () => hs256(secret, { ...good, nbf: 'yesterday' })],
    ['another issuer', () => hs256(secret, { ...good, iss: 'https://evil.example' })],
    ['no issuer', () => hs256(secret, without('iss'))],
    ['another audience', () => hs256(secret, { ...good, aud: 'another-service' })],
    ['no audience', () => hs256(secret, without('aud'))],
    ['no sub', () => hs256(secret, without('sub'))],
    ['an empty sub', () => hs256(secret, { ...good, sub: '' })],
    ['a number as sub', () => hs256(secret, { ...good, sub: 7 })],
    ['a sub of 256 characters', () => hs256(secret, { ...good, sub: 'x'.repeat(256) })],
    ['a NUL in sub', () => hs256(secret, { ...good, sub: 'ada\0' })],
    ['an unknown role', () => hs256(secret, { ...good, role: 'ROOT' })],
    ['a role in a list', () => hs256(secret, { ...good, role: ['ADMIN'] })],
    [
      'our own issuer and a session that is not',
      () => hs256(secret, { ...good, iss: 'parley', sid: '01900000-0000-7000-8000-000000000000' }),
    ],
    ['our own issuer and a session that is no id', () => hs256(secret, { ...good, iss: 'parley', sid: "' or 1=1" })],
    [
      "our own issuer and a session, by the host's key",
      () => byHost({ ...good, iss: 'parley', sid: '01900000-0000-7000-8000-000000000000' }),
    ],
    ['another payload under the signature', () => `${header}.${base64url({ ...good, role: 'ADMIN' })}.${signature}`],
    ['truncated', () => genuine.slice(0, -10)],
    ['two parts', () => `${header}.${payload}`],
    ['an extra part', () => `${genuine}.${signature}`],
    ['bad base64', () => `${header}.${payload}.@@@@`],
    ['a header that is no JSON', () => `${base64url('{"alg":')}.${payload}.${signature}`],
    ['a payload that is no object', () => hs256(secret, '[]')],
    ['an empty payload', () => hs256(secret, '')],
    ['huge', () => hs256(secret, { ...good, padding: 'x'.repeat(9000) })],
    ['only dots', () => '..'],
  ];
}
