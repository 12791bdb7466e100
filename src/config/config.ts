import fs from 'node:fs';
import { z } from 'zod';

const flag = z.stringbool();
const wholeNumber = z.coerce.number().int();
const url = (...protocols: string[]) =>
  z.url().refine((value) => protocols.includes(new URL(value).protocol), { error: `must start with ${protocols.join(' or ')}` });
const list = z.string().transform((value) =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
);

const DEVELOPMENT_SECRET = 'parley-development-secret-do-not-use-in-production';

/** The environment. `.env.example` says the same in prose, and a test compares the two. */
const variables = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  HOST: z.string().default('127.0.0.1'),
  PORT: wholeNumber.min(0).max(65_535).default(3000),
  DATABASE_URL: url('postgres:', 'postgresql:').optional(),
  DATABASE_POOL: wholeNumber.min(2).max(100).default(10),
  REDIS_URL: url('redis:', 'rediss:').optional(),
  DATA_DIR: z.string().default('.data'),
  JWT_SECRET: z.string().min(32, 'must have at least 32 characters').optional(),
  JWKS_URL: url('http:', 'https:').optional(),
  JWT_ISSUER: z.string().optional(),
  JWT_AUDIENCE: z.string().optional(),
  ALLOWED_ORIGINS: list.default([]),
  TRUST_PROXY: flag.default(false),
  PLAYGROUND: flag.optional(),
  INTROSPECTION: flag.optional(),
  METRICS_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
  RATE_LIMIT_FACTOR: z.coerce.number().min(0).default(1),
  EDIT_WINDOW_MS: wholeNumber.min(0).default(15 * 60_000),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).optional(),
});

export const VARIABLES = Object.keys(variables.shape);

const settings = variables.transform((env) => ({
  environment: env.NODE_ENV,
  isProduction: env.NODE_ENV === 'production',
  host: env.HOST,
  port: env.PORT,
  /** Null: a PostgreSQL of our own starts inside `dataDir`. */
  databaseUrl: env.DATABASE_URL ?? null,
  databasePool: env.DATABASE_POOL,
  /** Null: this node is alone, and its bus is in the process. */
  redisUrl: env.REDIS_URL ?? null,
  dataDir: env.DATA_DIR,
  /** For HS256 tokens and local sessions. Null only where `jwksUrl` is set. */
  jwtSecret: env.JWT_SECRET ?? (env.NODE_ENV === 'production' ? null : DEVELOPMENT_SECRET),
  jwksUrl: env.JWKS_URL ?? null,
  jwtIssuer: env.JWT_ISSUER ?? null,
  jwtAudience: env.JWT_AUDIENCE ?? null,
  /** Of browsers, for CORS and sockets; empty: only the server's own pages. */
  allowedOrigins: env.ALLOWED_ORIGINS,
  trustProxy: env.TRUST_PROXY,
  playground: env.PLAYGROUND ?? env.NODE_ENV !== 'production',
  introspection: env.INTROSPECTION ?? env.NODE_ENV !== 'production',
  /** What Prometheus sends. Null: `/metrics` is open in development, and not there in production. */
  metricsToken: env.METRICS_TOKEN ?? null,
  /** What a person may do, and how many sockets they may have, times this; 0: without a limit. */
  rateLimitFactor: env.RATE_LIMIT_FACTOR,
  editWindowMs: env.EDIT_WINDOW_MS,
  logLevel: env.LOG_LEVEL ?? (env.NODE_ENV === 'production' ? 'info' : 'warn'),
}));

/** The settings of this process, under the names that the code uses. Durations in milliseconds. */
export type Config = z.output<typeof settings>;

/** Injection token of the `Config`. */
export const CONFIG = Symbol('Config');

/** All mistakes of the environment at once, each with the variable's name. */
export class ConfigError extends Error {}

export const SECRETS = ['DATABASE_URL', 'REDIS_URL', 'JWT_SECRET', 'METRICS_TOKEN'] as const;

type Environment = Record<string, string | undefined>;

/** `JWT_SECRET_FILE=/run/secrets/jwt` stands for `JWT_SECRET=<its content>`. Returns what is wrong with that. */
function readSecretFiles(env: Environment): string[] {
  const mistakes: string[] = [];
  for (const name of SECRETS) {
    const file = env[`${name}_FILE`];
    if (!file) continue;
    if (env[name]) mistakes.push(`${name}: set it or ${name}_FILE, not both`);
    try {
      env[name] = fs.readFileSync(file, 'utf8').trim();
    } catch {
      mistakes.push(`${name}_FILE: ${file} cannot be read`);
    }
  }
  return mistakes;
}

/** Not a refinement of the schema, because zod asks those only when all else is well, and every mistake shall be told. */
function unsafeInProduction(env: Environment): string[] {
  if (env['NODE_ENV'] !== 'production') return [];
  if (!env['JWT_SECRET'] && !env['JWKS_URL']) return ['JWT_SECRET: production needs JWT_SECRET or JWKS_URL'];
  return env['JWT_SECRET'] === DEVELOPMENT_SECRET ? ['JWT_SECRET: this is the development secret'] : [];
}

/** @throws ConfigError that lists every mistake; the process then exits 78 (EX_CONFIG of sysexits.h). */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const given: Environment = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const mistakes = [...readSecretFiles(given), ...unsafeInProduction(given)];
  const parsed = settings.safeParse(given);
  if (parsed.success && mistakes.length === 0) return parsed.data;
  for (const { path, message } of parsed.error?.issues ?? []) mistakes.push(`${path.join('.')}: ${message}`);
  throw new ConfigError(mistakes.join('\n'));
}
